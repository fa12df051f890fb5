"""What GEN notes of an obligation: met by a document that it received, or waived (R26).

And the volumes of criterion 6, met by what the sessions show.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.core.files import File
from django.db import transaction

from labellisation.models import Label
from socle import echeances as socle_echeances
from socle import fichiers, horloge
from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier
from socle.models import Echeance
from suivi.domain.apprenants import is_gen_public
from suivi.models import Session

POLITIQUE_PREUVE = "suivi.preuve"


class EcheanceNonOuverte(ErreurMetier):
    """The obligation is already met, waived or closed."""


@transaction.atomic
def record_met(
    *, echeance: Echeance, label: Label, acteur: Any, jour: date, preuve: File, nom: str
) -> Echeance:
    """Note that the porteur handed in what was asked, on which day, by which document (R26).

    Effects: the file (private, checked by the antivirus), event ``echeance.remplie`` by ``acteur``;
    by reaction the label's record is counted anew. Errors: ``ActeurRefuse`` for anybody but the
    direction; ``DonneesInvalides`` for a day to come; ``EcheanceNonOuverte``; ``FichierRefuse``.
    """
    _check(acteur, label)
    if jour > horloge.today():
        raise DonneesInvalides({"jour": ["Indiquez le jour de la réception, aujourd’hui ou avant."]})
    _lock_open(echeance)
    fichier = fichiers.store(preuve, nom=nom, proprietaire=label, politique=POLITIQUE_PREUVE, acteur=acteur)
    remplie = socle_echeances.fulfil(
        echeance.genre,
        sujet=echeance.sujet,
        cle=echeance.cle,
        preuve=fichier,
        instant=min(horloge.now(), horloge.at_paris(jour, 12)),
        acteur=acteur,
    )
    assert remplie is not None
    return remplie


@transaction.atomic
def waive_obligation(*, echeance: Echeance, label: Label, acteur: Any, motif: str) -> Echeance:
    """Waive an obligation: by whom and why (R26).

    Effects: event ``echeance.levee``. Errors: ``ActeurRefuse`` for anybody but the direction;
    ``ErreurMetier`` without a reason or when it is no longer open.
    """
    _check(acteur, label)
    return socle_echeances.waive(echeance, acteur=acteur, motif=motif)


def _check(acteur: Any, label: Label) -> None:
    if not acteur.has_perm("suivi.settle_obligation", label):
        raise ActeurRefuse("Seule la direction de la GEN note une échéance comme remplie ou la lève.")


def _lock_open(echeance: Echeance) -> None:
    """Refuse what two people settle at once, before a file is kept for nothing."""
    if not Echeance.objects.select_for_update().get(pk=echeance.pk).est_ouverte:
        raise EcheanceNonOuverte("Cette échéance est déjà remplie, levée ou close.")


# --- Criterion 6 -----------------------------------------------------------------------------
def gen_public_of(session: Session) -> int:
    """Return how many learners of a session are known to be of the GEN public (R15a)."""
    return sum(is_gen_public(apprenant) is True for apprenant in session.apprenants.all())


def attested_sessions(label: Label) -> Iterator[Session]:
    """Yield the sessions whose start is attested, with their learners, oldest first."""
    attestees = label.sessions.filter(attestation__isnull=False)
    yield from attestees.prefetch_related("apprenants").order_by("debut")


def learners_trained(label: Label) -> int:
    """Return how many learners the attested sessions count, each once per session (R29)."""
    return sum(len(session.apprenants.all()) for session in attested_sessions(label))
