"""What the page of a section proposes while somebody types an identifier: the field's text, and its words."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from candidatures.models import Candidature, SessionPrevue, Site
from comptes.domain.organismes import LIMITE, TEXTE_MAX, details_of
from referentiels.domain import queries
from referentiels.models import Certification, Commune
from referentiels.texte import normalise
from socle import horloge
from socle.typographie import date_simple


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
        yield Suggestion(organisme.siret, organisme.denomination, details_of(organisme))


# --- The place of a planned session ----------------------------------------------------------------
def suggest_places(candidature: Candidature, texte: str) -> list[Suggestion]:
    """Return where a session may take place: the dossier's own sites, then communes.

    Nothing typed yet gives the sites alone. The place stays a text: no criterion reads it, and the
    referencing of a session asks for an address, which a site's words are.
    """
    texte = texte.strip()
    if len(texte) > TEXTE_MAX:
        return []
    mots = normalise(texte).split()
    sites = [
        Suggestion(lieu, lieu, "Site de la section\u00a02")
        for lieu in places_of_sites(candidature)
        if all(f" {mot}" in f" {normalise(lieu)}" for mot in mots)
    ]
    if len(texte) < queries.LETTRES_MIN:
        return sites[:LIMITE]
    return [*sites, *map(_town, queries.find_communes(texte, limite=LIMITE))][:LIMITE]


def places_of_sites(candidature: Candidature) -> list[str]:
    """Return the words of each training site of a dossier."""
    sites = candidature.sites.select_related("commune")
    return list(dict.fromkeys(filter(None, map(_place, sites))))


def _place(site: Site) -> str:
    """Return a site as one writes an address; without its name when its column would cut it."""
    ville = " ".join(filter(None, (site.code_postal, site.commune.nom if site.commune else "")))
    adresse = ", ".join(filter(None, (site.adresse, ville)))
    entiere = ", ".join(filter(None, (site.nom, adresse)))
    maximum = SessionPrevue._meta.get_field("lieu").max_length or 0
    return next((texte for texte in (entiere, adresse, ville) if len(texte) <= maximum), "")


def _town(commune: Commune) -> Suggestion:
    departement = commune.departement.nom
    return Suggestion(f"{commune.nom} ({departement})", commune.nom, departement)


#: What can be searched, by the name that its address bears.
GENRES: dict[str, Callable[[str], Iterator[Suggestion]]] = {
    "communes": _communes,
    "metiers": _metiers,
    "rome": _rome,
    "certifications": _certifications,
    "structures": _structures,
}
