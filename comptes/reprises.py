"""What hangs on an account among the structures themselves (``comptes.domain.attaches``)."""

from collections.abc import Iterator

from comptes.domain import attaches
from comptes.domain.attaches import Attache
from comptes.models import Structure, Utilisateur


def register() -> None:
    """Register the structures whose conventions are signed at this account's address."""
    attaches.register("comptes.representants", _represented)


def _represented(personne: Utilisateur, lecteur: Utilisateur) -> Iterator[Attache]:
    """A signature link belongs to the legal representative, not to the account: it stays good."""
    visibles = Structure.objects.visible_to(lecteur)
    for structure in visibles.filter(representant_email__iexact=personne.email):
        yield Attache(
            f"Représentant légal, {structure}",
            "les liens de signature partent encore à son adresse. "
            "La structure change de représentant sur sa fiche.",
        )
