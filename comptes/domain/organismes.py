"""What the public list of training bodies proposes to whoever writes the record of a structure (R14)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from comptes.models import Structure
from referentiels.domain.queries import communes_named, find_organismes, organismes_of
from referentiels.models import OrganismeFormation
from socle.typographie import siret_lisible

#: Suggestions that a person can still read; more means typing further.
LIMITE = 10
#: Beyond, nobody types: it is a text that was pasted.
TEXTE_MAX = 100


@dataclass(frozen=True)
class OrganismeConnu:
    """A body of the list: its SIRET, its name, what tells it from another, and what it says of the record."""

    siret: str
    denomination: str
    detail: str
    #: What the list knows, by field of the record; nothing that its column would cut.
    fiche: dict[str, str]


def suggest_bodies(texte: str) -> list[OrganismeConnu]:
    """Return the bodies that a typed text may mean; none for a text too short or too long (R14)."""
    texte = texte.strip()
    if not 0 < len(texte) <= TEXTE_MAX:
        return []
    return list(_known(find_organismes(texte, limite=LIMITE)))


def known_body(siret: str) -> OrganismeConnu | None:
    """Return what the list says of a SIRET; of another establishment of the same body, not its address."""
    organisme = organismes_of([siret]).get(siret)
    if organisme is None:
        return None
    connu = next(_known([organisme]))
    if organisme.siret in ("", siret):
        return connu
    du_corps = {champ: valeur for champ, valeur in connu.fiche.items() if champ in ("raison_sociale", "nda")}
    return OrganismeConnu(connu.siret, connu.denomination, connu.detail, du_corps)


def details_of(organisme: OrganismeFormation) -> str:
    """Return what tells a body from another of the same name."""
    lieu = " ".join(filter(None, (organisme.code_postal, organisme.ville)))
    details = [lieu, f"SIRET {siret_lisible(organisme.siret)}", f"NDA {organisme.nda}"]
    if not organisme.present:
        details.append("absent de la dernière édition de la liste")
    if organisme.fictif:
        details.append("organisme fictif")
    return ", ".join(filter(None, details))


def _known(organismes: Iterable[OrganismeFormation]) -> Iterator[OrganismeConnu]:
    organismes = list(organismes)
    communes = communes_named((un.ville, un.code_postal) for un in organismes)
    for un in organismes:
        commune = communes.get((un.ville, un.code_postal))
        fiche = {
            "raison_sociale": un.denomination,
            "nda": un.nda,
            "adresse": un.adresse,
            "code_postal": un.code_postal,
            "commune": commune.nom if commune else un.ville,
        }
        tenues = {champ: valeur for champ, valeur in fiche.items() if valeur and _fits(champ, valeur)}
        yield OrganismeConnu(un.siret, un.denomination, details_of(un), tenues)


def _fits(champ: str, valeur: str) -> bool:
    maximum: int | None = Structure._meta.get_field(champ).max_length  # type: ignore[union-attr]  # a column
    return maximum is None or len(valeur) <= maximum
