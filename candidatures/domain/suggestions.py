"""What the page of a section proposes while somebody types an identifier: the field's text, and its words."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from referentiels.domain import queries
from referentiels.models import Certification, OrganismeFormation
from socle import horloge
from socle.typographie import date_simple, siret_lisible

#: Suggestions that a person can still read; more means typing further.
LIMITE = 10
#: Beyond, nobody types: it is a text that was pasted.
TEXTE_MAX = 100


@dataclass(frozen=True)
class Suggestion:
    """What goes into the field, and the line that says what it is."""

    valeur: str
    texte: str
    detail: str = ""


def suggest(quoi: str, texte: str) -> list[Suggestion]:
    """Return what a typed text may mean, the likeliest first; nothing for a text too short or too long.

    Errors: ``KeyError`` for a kind that is not in ``GENRES``.
    """
    chercher = GENRES[quoi]
    texte = texte.strip()
    return list(chercher(texte)) if 0 < len(texte) <= TEXTE_MAX else []


def _communes(texte: str) -> Iterator[Suggestion]:
    for commune in queries.find_communes(texte, limite=LIMITE):
        codes = commune.liste_codes_postaux
        postes = ", ".join(codes[:3]) + ("…" if len(codes) > 3 else "")
        lieu = ", ".join(filter(None, (postes, commune.departement.nom)))
        yield Suggestion(f"{commune.nom} ({commune.pk})", commune.nom, lieu)


def _metiers(texte: str) -> Iterator[Suggestion]:
    for metier in queries.find_metiers(texte, jour=horloge.today(), limite=LIMITE):
        yield Suggestion(str(metier.pk), metier.libelle, metier.famille.libelle)


def _rome(texte: str) -> Iterator[Suggestion]:
    for rome in queries.find_rome(texte, jour=horloge.today(), limite=LIMITE):
        ligne = f"{rome.code} — {rome.libelle}" if rome.libelle else rome.code
        metiers = ", ".join(rome.metiers[:3]) + ("…" if len(rome.metiers) > 3 else "")
        yield Suggestion(rome.code, ligne, f"Métiers de la liste\u00a0: {metiers}" if metiers else "")


def _certifications(texte: str) -> Iterator[Suggestion]:
    for fiche in queries.find_certifications(texte, limite=LIMITE):
        yield Suggestion(fiche.code, f"{fiche.code} — {fiche.intitule}", _sheet_details(fiche))


def _sheet_details(fiche: Certification) -> str:
    details = [f"Niveau {fiche.niveau}"] if fiche.niveau else []
    if not fiche.actif:
        details.append("fiche qui n’est plus active")
    elif fiche.date_fin_enregistrement:
        details.append(f"enregistrée jusqu’au {date_simple(fiche.date_fin_enregistrement)}")
    if fiche.fictive:
        details.append("fiche fictive")
    texte = ", ".join(details)
    return texte[:1].upper() + texte[1:]


def _structures(texte: str) -> Iterator[Suggestion]:
    for organisme in queries.find_organismes(texte, limite=LIMITE):
        yield Suggestion(organisme.siret, organisme.denomination, _body_details(organisme))


def _body_details(organisme: OrganismeFormation) -> str:
    lieu = " ".join(filter(None, (organisme.code_postal, organisme.ville)))
    details = [lieu, f"SIRET {siret_lisible(organisme.siret)}", f"NDA {organisme.nda}"]
    if not organisme.present:
        details.append("absent de la dernière édition de la liste")
    if organisme.fictif:
        details.append("organisme fictif")
    return ", ".join(filter(None, details))


#: What can be searched, by the name that its address bears.
GENRES: dict[str, Callable[[str], Iterator[Suggestion]]] = {
    "communes": _communes,
    "metiers": _metiers,
    "rome": _rome,
    "certifications": _certifications,
    "structures": _structures,
}
