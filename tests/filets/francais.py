"""Words that betray a text left in English, or a field's name shown as it is written in the code."""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from django import conf
from django.apps import apps

#: English words that no sentence of the portal holds; those that French shares ("date") are left out.
ANGLAIS = frozenset(
    word
    for line in (
        "the and please required this these that with without from your you have has been was were are is",
        "not must should could cannot be by at it its which when where what who why how if of to for go",
        "any each more less than here now ago next previous first last back home today yesterday",
        "sign log login logout signup password username email emails verify recovery activate deactivate",
        "delete deleted save saved history add added changed select selected view remove removed edit",
        "search filter filters yes none unknown true false null undefined enabled disabled",
        "enter invalid error errors field fields value values empty already exists valid submit upload",
        "download choose currently clear reset cancel confirm click show hide toggle skip run",
        "choice item items objects object results result successfully warning welcome thanks thank",
        "reason user users group groups available chosen",
    )
    for word in line.split()
)
#: Phrases whose words are French one by one.
EXPRESSIONS = ("view site", "no results", "recent actions", "my actions", "page not found", "all")
#: French words without their accents.
SANS_ACCENT = frozenset(
    word
    for line in (
        "etat etats cree creee modifie modifiee depose deposee deposees envoye envoyee recu recue verifie",
        "numero numeros prenom prenoms region regions metier metiers telephone releve releves seance",
        "seances echeance echeances libelle intitule donnees categorie reference references decision",
        "decisions deja apres tres ecole duree debut prevu prevue prevues qualite role roles genere gere",
        "piece pieces complement complements evenement evenements reponse operation verifiee declare",
    )
    for word in line.split()
)
MOT = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
#: Addresses, codes, names of files: what holds a slash, an at sign, an underscore, a digit, a dot inside.
ADRESSES = re.compile(r"\S*(?:[/@_\\]|\w\.\w|\d)\S*")


def foreign_words(texte: str, admis: Iterable[str] = ()) -> list[str]:
    """Return the words and phrases of ``texte`` that are not French, those of ``admis`` left out."""
    propre = re.sub(r"\s+", " ", ADRESSES.sub(" ", texte)).lower()
    for passage in admis:
        propre = propre.replace(passage.lower(), " ")
    mots = set(MOT.findall(propre)) & (ANGLAIS | SANS_ACCENT)
    return sorted(mots) + [phrase for phrase in EXPRESSIONS if re.search(rf"\b{phrase}\b", propre)]


#: An entry of a catalogue: what precedes it, what is written in English, what in French.
ENTREE = re.compile(
    r'(?P<avant>(?:^#.*\n)*)^msgid (?P<de>(?:".*"\n)+)^msgstr (?P<vers>(?:".*"\n?)+)', re.MULTILINE
)
#: Too short to tell, and words of both languages.
COURT, COMMUNS = 4, {"active", "addition", "close", "continue", "note", "notice", "usage"}


@cache
def untranslated() -> frozenset[str]:
    """Return what Django and the libraries say in English and not in French, word for word.

    A page that holds one of them whole shows it untranslated, whatever its words.
    """
    dits: dict[str, str] = {}
    for catalogue in _catalogues():
        for entree in ENTREE.finditer(catalogue.read_text()):
            vers = "" if "fuzzy" in entree["avant"] else _joined(entree["vers"])
            dits[_bare(_joined(entree["de"]))] = _bare(vers)
    francais = set(dits.values())
    return frozenset(
        de
        for de, vers in dits.items()
        if len(de) >= COURT and de != vers and de not in francais and de not in COMMUNS
    )


def _catalogues() -> Iterator[Path]:
    """Yield the French catalogues of Django and of the libraries."""
    racines = [Path(conf.__file__).parent, *(Path(app.path) for app in apps.get_app_configs())]
    for racine in racines:
        yield from racine.glob("locale/fr/LC_MESSAGES/django.po")


def _joined(lignes: str) -> str:
    return "".join(ast.literal_eval(ligne) for ligne in lignes.splitlines())


def _bare(texte: str) -> str:
    return re.sub(r"\s+", " ", texte).strip(" .:;!?…\u00a0\u202f").lower()


def english_phrases(textes: Iterable[str]) -> list[str]:
    """Return those of the texts that a library says in English."""
    return sorted({texte for texte in textes if _bare(texte) in untranslated()})
