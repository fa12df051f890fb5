"""Words that betray a text left in English, or a field's name shown as it is written in the code."""

import re
from collections.abc import Iterable

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
