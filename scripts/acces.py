"""``python -m scripts.acces``: print the table of access (``tests/access/table.txt``) as ``docs/acces.md``.

The table is written for people, and read by the access walk (``tests/access``). One address a line, then
one line for each method and object::

    candidatures:dossier
        GET brouillon: voit porteur contributeur; 404 autres

``autres`` stands for everybody signed in whom the line doesn't name, ``tous`` for everybody, ``connectés``
for everybody signed in; a visitor whom the line doesn't name is sent to the sign-in (``connexion``).
"""

import itertools
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import django

from scripts.etapes import RACINE, say

TABLE = RACINE / "tests/access/table.txt"
LISTES = RACINE / "tests/access/lists.txt"
PAGE = RACINE / "docs/acces.md"

#: Columns of the table. "This structure" files all the dossiers that the rows name.
PERSONAS: dict[str, str] = {
    "anonyme": "nobody signed in",
    "inscrit": "an account without structure nor role",
    "porteur": "responsable of this structure",
    "contributeur": "contributeur of this structure",
    "organisme": "training body authorised on the label of this structure",
    "voisin": "responsable of another structure, with dossiers and a label of its own",
    "instructeur": "instructor in charge of the dossiers",
    "instructeur-autre": "instructor in charge of none of them",
    "instructeur-lié": "instructor who declared a link with this structure",
    "membre": "committee member convened to the séances of these dossiers",
    "membre-ailleurs": "committee member convened to another séance only",
    "membre-déporté": "committee member convened to the same séances, withdrawn from the dossiers (déport)",
    "région": "referent of the Région of the formation",
    "région-ailleurs": "referent of another Région",
    "direction": "direction of GEN",
    "direction-liée": "direction, who declared a link with this structure",
    "administrateur": "administrator of the portal",
}
CONNECTES = tuple(nom for nom in PERSONAS if nom != "anonyme")
#: Words that a line may use for several columns.
GROUPES: dict[str, tuple[str, ...]] = {
    "tous": tuple(PERSONAS),
    "connectés": CONNECTES,
    "structure": ("porteur", "contributeur"),
    "instructeurs": ("instructeur", "instructeur-autre", "instructeur-lié"),
    "comité": ("membre", "membre-ailleurs", "membre-déporté"),
    "directions": ("direction", "direction-liée"),
    "instruction": ("instructeur", "instructeur-autre", "direction"),
    "liés": ("instructeur-lié", "direction-liée"),
    "gen": (
        "instructeur",
        "instructeur-autre",
        "instructeur-lié",
        "direction",
        "direction-liée",
        "administrateur",
    ),
}
#: Words of the cells.
MOTS: dict[str, str] = {
    "voit": "the page (or the file) is shown",
    "agit": "the act is done, or its form comes back with what to correct",
    "refus": "the page is theirs, the act is not: a sentence says so and nothing changes",
    "redirige": "led to another page",
    "connexion": "sent to the sign-in",
    "403": "the page says that it is not for them",
    "404": "there is nothing here: hidden and missing look the same",
    "409": "the link is no longer worth anything, and the page says so",
}
METHODES = ("GET", "POST")

_LIGNE = re.compile(r"^\s+(?P<methode>[A-Z]+)(?:\s+(?P<objet>[^:]+?))?\s*:\s*(?P<cellules>.+)$")
_ACCOLADES = re.compile(r"\{([^}]*)\}")


class TableIllisible(ValueError):
    """A line of the table that can't be understood."""


@dataclass(frozen=True)
class Ligne:
    """One method of one address, for one object: what each persona gets."""

    section: str
    adresse: str
    methode: str
    objet: str
    cellules: Mapping[str, str]
    numero: int

    def __str__(self) -> str:
        return " ".join(part for part in (self.adresse, self.methode, self.objet) if part)


def expand(motif: str) -> list[str]:
    """Return the names behind ``a_{b,c}``."""
    parts = _ACCOLADES.split(motif)
    choix = [part.split(",") if rang % 2 else [part] for rang, part in enumerate(parts)]
    return ["".join(mots).replace(" ", "") for mots in itertools.product(*choix)]


def read_cells(texte: str) -> dict[str, str]:
    """Return the word of each persona."""
    cellules: dict[str, str] = {}
    reste = ""
    for part in texte.split(";"):
        mot, *noms = part.split()
        if mot not in MOTS:
            raise TableIllisible(f"mot inconnu : {mot}")
        for nom in noms:
            if nom == "autres":
                reste = mot
                continue
            for persona in GROUPES.get(nom, (nom,)):
                if persona not in PERSONAS:
                    raise TableIllisible(f"personne inconnue : {persona}")
                if persona in cellules:
                    raise TableIllisible(f"{persona} nommé deux fois")
                cellules[persona] = mot
    cellules.setdefault("anonyme", "connexion")
    for persona in CONNECTES:
        if persona not in cellules:
            if not reste:
                raise TableIllisible(f"rien pour {persona}, ni pour les autres")
            cellules[persona] = reste
    return {persona: cellules[persona] for persona in PERSONAS}


def read(texte: str) -> Iterator[Ligne]:
    """Yield every line of the table."""
    section, adresses = "", list[str]()
    for numero, brut in enumerate(texte.splitlines(), start=1):
        ligne = brut.split("#")[0].rstrip()
        if not ligne:
            continue
        if ligne.startswith("["):
            section = ligne.strip("[] ")
            continue
        if not ligne[0].isspace():
            adresses = expand(ligne)
            continue
        match = _LIGNE.match(ligne)
        try:
            if match is None or match["methode"] not in METHODES or not adresses:
                raise TableIllisible("ligne incomprise")
            cellules = read_cells(match["cellules"])
        except TableIllisible as erreur:
            raise TableIllisible(f"{TABLE.name}:{numero}: {erreur}") from erreur
        for adresse in adresses:
            yield Ligne(section, adresse, match["methode"], match["objet"] or "", cellules, numero)


def table(path: Path = TABLE) -> list[Ligne]:
    """Return the table."""
    return list(read(path.read_text()))


# --- What the lists hold -------------------------------------------------------------------------
@dataclass(frozen=True)
class Contenu:
    """One list: the dossiers that each person finds there, by the last word of their titles."""

    adresse: str
    objet: str
    requete: str
    trouve: Mapping[str, tuple[str, ...]]

    def __str__(self) -> str:
        return " ".join(part for part in (self.adresse + self.requete, self.objet) if part)


def read_contents(texte: str) -> Iterator[Contenu]:
    """Yield every list. A block: the address (with ``?query``), its object; then who finds what."""
    ensembles: dict[str, tuple[str, ...]] = {}
    for bloc in re.split(r"\n\s*\n", re.sub(r"#.*", "", texte)):
        lignes = [ligne for ligne in bloc.splitlines() if ligne.strip()]
        if not lignes:
            continue
        if lignes[0].startswith("="):
            for ligne in lignes:
                nom, mots = ligne.lstrip("= ").split(":")
                ensembles[nom.strip()] = _words(mots, ensembles)
            continue
        adresse, _, objet = lignes[0].partition(" ")
        adresse, marque, requete = adresse.partition("?")
        trouve: dict[str, tuple[str, ...]] = {}
        reste: tuple[str, ...] = ()
        for ligne in lignes[1:]:
            noms, mots = ligne.split(":")
            for nom in noms.split():
                if nom == "autres":
                    reste = _words(mots, ensembles)
                for persona in GROUPES.get(nom, (nom,)):
                    trouve[persona] = _words(mots, ensembles)
        trouve.pop("autres", None)
        yield Contenu(
            adresse, objet.strip(), marque + requete, {nom: trouve.get(nom, reste) for nom in PERSONAS}
        )


def _words(mots: str, ensembles: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    if mots.strip() == "rien":
        return ()
    return tuple(itertools.chain.from_iterable(ensembles.get(mot, (mot,)) for mot in mots.split()))


def contents(path: Path = LISTES) -> list[Contenu]:
    """Return what the lists hold."""
    return list(read_contents(path.read_text()))


# --- The page ------------------------------------------------------------------------------------
ENTETE = """\
# Who reaches what

Made by `python -m scripts.acces` from `tests/access/table.txt` and `tests/access/lists.txt`: correct them,
not this page. The access walk (`tests/access`) asks every address below, as every person, with every method,
and compares; an address that has no row fails. A method that has no row here answers 405 (to a visitor,
perhaps the sign-in); only GET, HEAD and POST exist, and HEAD answers as GET, or 405. A forged identifier, or
one of another kind, is a 404. The addresses of the demonstration exist only there, and are left out.

## Words

{mots}

## People

{personas}
"""

ENTETE_LISTES = """\
## What the lists hold

Each dossier of the scene has a stone in its title; who finds which one. Whoever is not named finds none.
"""


def render(lignes: Iterable[Ligne], listes: Iterable[Contenu], chemins: Mapping[str, str]) -> str:
    """Return the page; ``chemins`` gives the path behind each address."""
    texte = ENTETE.format(
        mots="\n".join(f"- **{mot}**: {sens}" for mot, sens in MOTS.items()),
        personas="\n".join(f"- **{nom}**: {sens}" for nom, sens in PERSONAS.items()),
    )
    for section, groupe in itertools.groupby(lignes, key=lambda ligne: ligne.section):
        texte += f"\n## {section}\n\n" + _grid(
            ["address", "method", "object", *PERSONAS],
            (
                [f"`{chemins[ligne.adresse]}`", ligne.methode, ligne.objet, *ligne.cellules.values()]
                for ligne in groupe
            ),
        )
    return f"{texte}\n{ENTETE_LISTES}\n" + _grid(
        ["address", "object", "person", "dossiers found"],
        (
            [f"`{chemins[liste.adresse]}{liste.requete}`", liste.objet, ", ".join(personnes), " ".join(mots)]
            for liste in listes
            for mots, personnes in _by_finding(liste)
            if mots
        ),
    )


def _by_finding(liste: Contenu) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    for mots in dict.fromkeys(liste.trouve.values()):
        yield mots, [nom for nom in PERSONAS if liste.trouve[nom] == mots]


def _grid(entete: list[str], lignes: Iterable[list[str]]) -> str:
    rangs = [entete, ["---"] * len(entete), *lignes]
    return "".join(f"| {' | '.join(rang)} |\n" for rang in rangs)


def main() -> int:
    """Write the page."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gen_portal.settings")
    django.setup()
    from tests.access.adresses import paths

    PAGE.write_text(render(table(), contents(), paths()))
    say(f"{PAGE.relative_to(RACINE)} est à jour")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
