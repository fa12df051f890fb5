"""« Ma formation peut-elle candidater ? »: the ten criteria in a few questions, before any account (R15).

A quick look, which nothing keeps: the pre-checks read the dossier itself. "I don't know" is never a no.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.conf import settings


class Etat(StrEnum):
    """Where a formation stands before a criterion."""

    TENU = "tenu"
    MANQUE = "manque"
    INCONNU = "inconnu"


@dataclass(frozen=True)
class Question:
    """A question answered by yes, no or not yet; ``non`` says why the other answer is no good.

    The sentences may name the values of the rules (``settings.GEN_REGLES``) in braces.
    """

    nom: str
    critere: int
    texte: str
    non: str
    aide: str = ""
    attendue: str = "oui"

    def worded(self, phrase: str) -> str:
        """Return one of its sentences, with the values of the rules."""
        return phrase.format(**settings.GEN_REGLES)


@dataclass(frozen=True)
class Verdict:
    """What the answers say of one criterion."""

    critere: int
    etat: Etat
    phrases: tuple[str, ...] = ()


#: Numbers that criteria 3 and 6 count, and what is asked.
NOMBRES = {
    "heures": "Combien d’heures dure-t-elle, sans l’immersion en entreprise\u00a0?",
    "mois": "Combien de mois dure-t-elle, sans l’immersion en entreprise\u00a0?",
    "apprenants": "Combien d’apprenants compte une session\u00a0?",
}
DUREE = 3
#: Third answer about the places where one meets.
SUR_PLACE = "place"
QUESTIONS = (
    Question(
        "metier",
        1,
        "Forme-t-elle à un métier technique du numérique\u00a0?",
        "La formation prépare à un métier du numérique, d’une des neuf familles de l’appel. Un "
        "métier qui se sert "
        "du numérique, sans en être un, n’en fait pas partie.",
        "Développement, réseaux, données, création numérique, cybersécurité…",
    ),
    Question(
        "certification",
        2,
        "Mène-t-elle à une certification enregistrée au RNCP ou au répertoire spécifique (RS)\u00a0?",
        "La formation mène à une certification enregistrée. Si elle n’est pas la vôtre, signez "
        "d’abord un accord "
        "de partenariat avec le certificateur.",
        "La vôtre, ou celle d’un certificateur avec qui vous avez un accord.",
    ),
    Question(
        "distance",
        DUREE,
        "Plus de la moitié de ses modules se tient-elle à distance\u00a0?",
        "",
        "Le téléprésentiel compte comme de la distance.",
        attendue="",
    ),
    Question(
        "lieux",
        DUREE,
        "Si elle se tient à distance, ou en partie en téléprésentiel, offrez-vous des lieux d’accueil "
        "collectifs\u00a0?",
        "Une formation à distance ou en téléprésentiel offre des lieux où se retrouver.",
        "Tiers-lieux, médiathèques, fabriques de territoire…",
    ),
    Question(
        "prerequis",
        4,
        "Faut-il un diplôme ou un niveau scolaire pour y entrer\u00a0?",
        "Aucun diplôme ni niveau scolaire ne peut être exigé\u00a0: la motivation est le premier "
        "critère de sélection.",
        attendue="non",
    ),
    Question(
        "immersion",
        5,
        "Compte-t-elle au moins une période d’immersion professionnelle\u00a0?",
        "Prévoyez au moins une période d’immersion.",
        "Un stage, un projet pour un client extérieur, ou une alternance.",
    ),
    Question(
        "sessions",
        6,
        "Tiendrez-vous au moins une session par an pendant trois ans, avec au moins "
        "{apprenants_minimum_par_session} personnes des publics de la GEN dans chacune\u00a0?",
        "Une formation de moins d’un an tient une session par an pendant les trois ans du label, "
        "avec au moins "
        "{apprenants_minimum_par_session} personnes des publics de la GEN. Pour une formation plus "
        "longue, très "
        "grande ou toute à distance, la convention fixe le nombre\u00a0: vous pouvez candidater.",
        "Personnes éloignées de l’emploi, de niveau bac ou inférieur, de moins de {age_public_gen} "
        "ans, femmes, "
        "habitants des quartiers prioritaires (QPV) ou des zones rurales à revitaliser (ZRR).",
    ),
    Question(
        "gratuite",
        7,
        "Est-elle gratuite pour ces personnes, certification comprise\u00a0?",
        "Rien ne peut rester à la charge de ces personnes, certification comprise.",
    ),
    Question(
        "labellisee",
        8,
        "A-t-elle un label GEN dont la convention court encore\u00a0?",
        "Une formation labellisée ne peut pas l’être deux fois\u00a0: demandez le renouvellement à "
        "la fin de la "
        "convention.",
        attendue="non",
    ),
    Question(
        "qualite",
        9,
        "L’organisme a-t-il un certificat Qualiopi, un label qualité reconnu par France Compétences, "
        "ou un contrat "
        "avec un certificateur et une date d’audit\u00a0?",
        "Signez un contrat avec un certificateur\u00a0: la date d’audit suffit pour candidater.",
    ),
    Question(
        "obligations",
        10,
        "L’organisme a-t-il un numéro de déclaration d’activité (NDA), et est-il à jour de ses obligations "
        "fiscales et sociales\u00a0?",
        "Il faut un numéro de déclaration d’activité valide et des attestations fiscale et sociale "
        "récentes. Le "
        "numéro peut être celui de votre sous-traitant.",
    ),
)


def assess(reponses: Mapping[str, Any]) -> list[Verdict]:
    """Return what the answers say of each of the ten criteria, in their order.

    ``reponses``: "oui", "non" or nothing by question; whole numbers, or ``None``, for ``NOMBRES``.
    """
    par_critere: dict[int, list[tuple[Etat, str]]] = {}
    for question in QUESTIONS:
        if question.attendue:
            par_critere.setdefault(question.critere, []).append(_answer(question, reponses))
    par_critere[DUREE] += _duration(reponses)
    return [_verdict(critere, par_critere[critere]) for critere in sorted(par_critere)]


def _answer(question: Question, reponses: Mapping[str, Any]) -> tuple[Etat, str]:
    reponse = reponses.get(question.nom)
    if reponse == SUR_PLACE:
        return (Etat.INCONNU if reponses.get("distance") == "oui" else Etat.TENU), ""
    if reponse == question.attendue:
        return Etat.TENU, ""
    if not reponse or _may_be_exempt(question, reponses):
        return Etat.INCONNU, ""
    return Etat.MANQUE, question.worded(question.non)


def _may_be_exempt(question: Question, reponses: Mapping[str, Any]) -> bool:
    """Whether a no is no good for some formations only, and this one may not be among them."""
    if question.nom == "lieux":
        return reponses.get("distance") != "oui"
    if question.nom != "sessions":
        return False
    # The convention writes the number of a longer formation, of a very large one, or of one at a distance.
    mois, apprenants = reponses.get("mois"), reponses.get("apprenants")
    grande = settings.GEN_REGLES["apprenants_session_tres_grande"]
    courte_et_petite = mois is not None and mois < 12 and apprenants is not None and apprenants < grande
    return not courte_et_petite or reponses.get("distance") != "non"


def _duration(reponses: Mapping[str, Any]) -> list[tuple[Etat, str]]:
    regles, distance = settings.GEN_REGLES, reponses.get("distance")
    heures, mois = reponses.get("heures"), reponses.get("mois")
    minimum = regles["heures_minimum"]
    bilan = [
        _bounded(
            heures,
            heures is not None and heures >= minimum,
            f"Il faut au moins {minimum}\u00a0heures, sans l’immersion.",
        )
    ]
    maximum = regles["mois_maximum_distance" if distance == "oui" else "mois_maximum"]
    suite = " lorsque plus de la moitié des modules est à distance" if distance == "oui" else ""
    bilan.append(
        _bounded(
            mois,
            mois is not None and mois <= maximum,
            f"Elle dure au plus {maximum}\u00a0mois sans l’immersion{suite}.",
        )
    )
    if not distance and mois is not None and regles["mois_maximum_distance"] < mois <= maximum:
        bilan.append((Etat.INCONNU, ""))
    return bilan


def _bounded(valeur: int | None, tenu: bool, phrase: str) -> tuple[Etat, str]:
    if valeur is None:
        return Etat.INCONNU, ""
    return (Etat.TENU, "") if tenu else (Etat.MANQUE, phrase)


def _verdict(critere: int, bilan: list[tuple[Etat, str]]) -> Verdict:
    etats = {etat for etat, _ in bilan}
    pire = next(etat for etat in (Etat.MANQUE, Etat.INCONNU, Etat.TENU) if etat in etats)
    return Verdict(critere, pire, tuple(phrase for _, phrase in bilan if phrase))
