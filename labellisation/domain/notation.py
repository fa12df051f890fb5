"""Scoring: two instructors, independently and blind, then one retained score (R19 to R21)."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.db import transaction

from candidatures import cycle
from candidatures.models import Candidature
from labellisation.domain import score as calcul
from labellisation.models import JustificationCritere, NiveauAttribue, Notation, Score
from referentiels.models import Indicateur
from socle import horloge, journal
from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier
from socle.references import SYSTEME
from socle.transition import lock, transition

#: Independent notations of a dossier (R21).
NOTATIONS = 2


class NotationRefusee(ErreurMetier):
    """A notation that can't be written or submitted in this state."""


def _demand(candidature: Candidature, acteur: Any) -> None:
    if not acteur.has_perm("candidatures.note_candidature", candidature):
        raise ActeurRefuse("Vous n’êtes pas chargé de noter ce dossier.")


def _check_open(candidature: Candidature) -> None:
    if candidature.etat != cycle.RECEVABLE:
        raise NotationRefusee("On note un dossier recevable, avant qu’il ait son score.")


def submitted(candidature: Candidature) -> list[Notation]:
    """Return the independent notations submitted and not set aside, oldest first."""
    return list(
        candidature.notations.filter(
            soumise_le__isnull=False, ecartee_le__isnull=True, harmonisation=False
        ).order_by("soumise_le", "cree_le")
    )


def is_blind(candidature: Candidature) -> bool:
    """Whether notations are still hidden from everybody but their author (R21)."""
    return len(submitted(candidature)) < NOTATIONS


def readable_by(candidature: Candidature, user: Any) -> list[Notation]:
    """Return the notations of a dossier that ``user`` may read now: theirs, or all once both are in."""
    notations = candidature.notations.filter(ecartee_le__isnull=True).order_by("cree_le")
    if is_blind(candidature):
        notations = notations.filter(instructeur=user.pk)
    return list(notations.select_related("instructeur"))


@transaction.atomic
def start_notation(*, candidature: Candidature, acteur: Any) -> Notation:
    """Open one's own draft notation, or return the one already open.

    Effects: one ``Notation`` on the grid of the call. Errors: ``ActeurRefuse``; ``NotationRefusee``.
    """
    lock(candidature)
    _demand(candidature, acteur)
    existante = candidature.notations.filter(
        instructeur=acteur, ecartee_le__isnull=True, harmonisation=False
    ).first()
    if existante is not None:
        return existante
    _check_open(candidature)
    return Notation.objects.create(
        candidature=candidature, instructeur=acteur, grille=candidature.appel.grille
    )


@transaction.atomic
def save_levels(
    *, notation: Notation, niveaux: Mapping[str, int], justifications: Mapping[int, str], acteur: Any
) -> Notation:
    """Save levels (by indicator's code) and justifications (by criterion) of one's draft.

    Errors: ``ActeurRefuse`` for anybody but its author; ``NotationRefusee`` once submitted;
    ``DonneesInvalides`` for an unknown indicator or a level that doesn't exist.
    """
    candidature = notation.candidature
    lock(candidature)
    lock(notation)
    if notation.instructeur_id != acteur.pk:
        raise ActeurRefuse("Cette notation n’est pas la vôtre.")
    _demand(candidature, acteur)
    _check_draft(notation, candidature)
    _write_levels(notation, niveaux)
    _write_justifications(notation, justifications)
    notation.save(update_fields=["modifie_le"])
    return notation


def _check_draft(notation: Notation, candidature: Candidature) -> None:
    _check_open(candidature)
    if notation.soumise_le is not None:
        raise NotationRefusee("Cette notation est soumise\u00a0: elle ne change plus.")
    if notation.ecartee_le is not None:
        raise NotationRefusee("Cette notation est écartée.")


def _write_levels(notation: Notation, niveaux: Mapping[str, int]) -> None:
    indicateurs = {
        ligne.code: ligne for ligne in Indicateur.objects.filter(critere__grille=notation.grille_id)
    }
    erreurs: dict[str, list[str]] = {}
    for code, niveau in niveaux.items():
        if code not in indicateurs:
            erreurs[code] = ["Cet indicateur n’est pas dans la grille."]
        elif niveau not in range(calcul.NIVEAU_MAX + 1):
            erreurs[code] = ["Ce niveau n’existe pas."]
    if erreurs:
        raise DonneesInvalides(erreurs)
    for code, niveau in niveaux.items():
        NiveauAttribue.objects.update_or_create(
            notation=notation, indicateur=indicateurs[code], defaults={"niveau": niveau}
        )


def _write_justifications(notation: Notation, justifications: Mapping[int, str]) -> None:
    for numero, texte in justifications.items():
        JustificationCritere.objects.update_or_create(
            notation=notation, critere=numero, defaults={"texte": texte.strip()}
        )


def levels(notation: Notation) -> dict[str, int]:
    """Return the levels of a notation by indicator's code."""
    return dict(notation.niveaux.values_list("indicateur__code", "niveau"))


def missing(notation: Notation) -> dict[str, list[str]]:
    """Return what a notation lacks before it can be submitted, by indicator or criterion (R20)."""
    criteres = calcul.criteria_of(notation.grille)
    attribues = levels(notation)
    ecrites = {ligne.critere for ligne in notation.justifications.all() if ligne.texte.strip()}
    erreurs = {
        ligne.code: [f"Choisissez un niveau pour l’indicateur {ligne.code}."]
        for critere in criteres
        for ligne in critere.indicateurs
        if ligne.code not in attribues
    }
    erreurs |= {
        f"justification-{critere.numero}": [f"Justifiez la note du critère {critere.numero}."]
        for critere in criteres
        if critere.numero not in ecrites
    }
    return erreurs


@transaction.atomic
def submit_notation(*, notation: Notation, acteur: Any) -> Notation:
    """Submit one's complete notation, for good.

    Effects: ``soumise_le``, event ``notation.soumise`` (without its figures); with the second one,
    the retained score and transition ``complete_notation``, unless a gap asks for a harmonisation.
    Errors: ``DonneesInvalides`` with what is missing; ``ActeurRefuse``; ``NotationRefusee``.
    """
    candidature = notation.candidature
    lock(candidature)
    lock(notation)
    if notation.instructeur_id != acteur.pk:
        raise ActeurRefuse("Cette notation n’est pas la vôtre.")
    _demand(candidature, acteur)
    _check_draft(notation, candidature)
    if manques := missing(notation):
        raise DonneesInvalides(manques)
    if len(submitted(candidature)) >= NOTATIONS:
        raise NotationRefusee("Ce dossier a déjà ses deux notations.")
    notation.soumise_le = horloge.now()
    notation.save(update_fields=["soumise_le"])
    journal.record("notation.soumise", sujet=notation, acteur=acteur)
    _retain(candidature)
    return notation


def _retain(candidature: Candidature) -> Score | None:
    """Write the retained score when two notations agree closely enough; the dossier is locked."""
    notations = submitted(candidature)
    if len(notations) < NOTATIONS or gaps_of(candidature):
        return None
    criteres = calcul.criteria_of(candidature.appel.grille)
    retenu = calcul.mean(criteres, levels(notations[0]), levels(notations[1]))
    if retenu is None:
        raise NotationRefusee("Une notation soumise est incomplète.")
    return _write_score(candidature, retenu, harmonise=False)


def gaps_of(candidature: Candidature) -> calcul.Ecarts | None:
    """Return the gaps between the two notations that ask for a harmonisation, or ``None`` before."""
    notations = submitted(candidature)
    if len(notations) < NOTATIONS:
        return None
    return calcul.gaps(
        calcul.criteria_of(candidature.appel.grille),
        levels(notations[0]),
        levels(notations[1]),
        seuil_critere=settings.GEN_REGLES["ecart_critere_harmonisation"],
        seuil_score=settings.GEN_REGLES["ecart_score_harmonisation"],
    )


@transaction.atomic
def harmonise(
    *,
    candidature: Candidature,
    niveaux: Mapping[str, int],
    justifications: Mapping[int, str],
    motif: str,
    acteur: Any,
) -> Notation:
    """Settle a gap by an agreed notation with its reason (R21).

    Effects: a harmonised notation, event ``notation.harmonisee``, the retained score and transition
    ``complete_notation``. Errors: ``NotationRefusee`` when no gap asks for it; ``DonneesInvalides``.
    """
    lock(candidature)
    _demand(candidature, acteur)
    _check_open(candidature)
    if not gaps_of(candidature):
        raise NotationRefusee("Aucun écart ne demande une harmonisation.")
    if not motif.strip():
        raise DonneesInvalides({"motif": ["Écrivez le motif de l’harmonisation."]})
    notation = Notation.objects.create(
        candidature=candidature,
        instructeur=acteur,
        grille=candidature.appel.grille,
        harmonisation=True,
        motif_harmonisation=motif.strip(),
        soumise_le=horloge.now(),
    )
    _write_levels(notation, niveaux)
    _write_justifications(notation, justifications)
    if manques := missing(notation):
        raise DonneesInvalides(manques)
    journal.record("notation.harmonisee", sujet=notation, acteur=acteur)
    _write_score(candidature, _harmonised(candidature, notation), harmonise=True)
    return notation


def _harmonised(candidature: Candidature, notation: Notation) -> calcul.Retenu:
    criteres = calcul.criteria_of(candidature.appel.grille)
    premiere, seconde = (levels(ligne) for ligne in submitted(candidature))
    moyenne = calcul.mean(criteres, premiere, seconde)
    retenu = calcul.mean(criteres, levels(notation), levels(notation))
    if moyenne is None or retenu is None:
        raise NotationRefusee("Une notation soumise est incomplète.")
    return calcul.Retenu(retenu.notes, retenu.score, retenu.entreprises, moyenne.ecart)


def _write_score(candidature: Candidature, retenu: calcul.Retenu, *, harmonise: bool) -> Score:
    def arrondi(valeur: Fraction) -> int:
        return calcul.hundredths(valeur)

    score, _ = Score.objects.update_or_create(
        candidature=candidature,
        defaults={
            "grille": candidature.appel.grille,
            "score": arrondi(retenu.score),
            "ecart": arrondi(retenu.ecart),
            **{f"note_{numero}": arrondi(note) for numero, note in retenu.notes.items()},
            "partenariats_entreprises": arrondi(retenu.entreprises),
            "harmonise": harmonise,
        },
    )
    transition(candidature, "complete_notation", SYSTEME, donnees={"score": score.score})
    return score


@transaction.atomic
def set_aside(*, notation: Notation, acteur: Any, motif: str) -> Notation:
    """Set a notation aside (a link of interest declared afterwards); another one is then asked.

    Effects: ``ecartee_le``, event ``notation.ecartee``. Errors: ``ActeurRefuse``;
    ``NotationRefusee`` once the dossier has its score.
    """
    candidature = notation.candidature
    lock(candidature)
    lock(notation)
    if not acteur.has_perm("candidatures.direct_candidature", candidature):
        raise ActeurRefuse("Seule la direction écarte une notation.")
    _check_open(candidature)
    notation.ecartee_le = horloge.now()
    notation.save(update_fields=["ecartee_le"])
    journal.record("notation.ecartee", sujet=notation, acteur=acteur, donnees={"motif": motif.strip()})
    return notation
