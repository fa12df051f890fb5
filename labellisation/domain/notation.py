"""Scoring: two instructors, blind until both have submitted; then one retained score (R19 to R21)."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, QuerySet

from candidatures import cycle as cycle_dossier
from candidatures.domain.affectations import assign, unassign
from candidatures.models import Affectation, Candidature, LienInteret
from candidatures.sections import PAR_CODE
from comptes.domain.acces import require
from comptes.models import Role, Utilisateur
from labellisation.domain import score as calcul
from labellisation.domain.score import Critere, Ecarts, Retenu
from labellisation.models import JustificationCritere, NiveauAttribue, Notation, Score
from referentiels.models import CritereSelection, Indicateur
from socle import horloge, journal, revisions
from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier
from socle.references import SYSTEME, Acteur
from socle.transition import lock, transition

#: How many independent notations a dossier gets (R21).
NOTATIONS = 2

REFUS = (
    "Vous ne pouvez pas noter ce dossier\u00a0: il est confié à d’autres personnes, ou vous avez déclaré "
    "un lien avec lui."
)


class NotationRefusee(ErreurMetier):
    """A notation that can't be written or submitted in this state."""


# --- Reading ---------------------------------------------------------------------------------------
def submitted(candidature: Candidature) -> list[Notation]:
    """Return the independent notations that count: submitted, not set aside, oldest first, two at most."""
    soumises = _active(candidature).filter(harmonisation=False, soumise_le__isnull=False)
    return list(soumises.select_related("instructeur").order_by("soumise_le", "pk")[:NOTATIONS])


def own_notation(candidature: Candidature, user: Any) -> Notation | None:
    """Return this person's notation of the dossier, draft or submitted; set aside, it counts no more."""
    mienne = _active(candidature).filter(instructeur=user, harmonisation=False)
    return mienne.select_related("candidature", "grille").first()


def is_blind(candidature: Candidature) -> bool:
    """Whether notations are still hidden from everybody but their author, the direction included (R21)."""
    return len(submitted(candidature)) < NOTATIONS


def visible_notations(user: Any) -> QuerySet[Notation]:
    """Keep the notations that ``user`` may see: their own, others' once both are submitted (R21, R36).

    The direction is blind too. A dossier hidden by a declared link hides its notations.
    """
    dossiers = Candidature.objects.visible_to(user)
    ouvertes = Q(instructeur=user)
    if user.a_role(Role.INSTRUCTEUR, Role.DIRECTION):
        completes = (
            Notation.objects.filter(harmonisation=False, soumise_le__isnull=False, ecartee_le__isnull=True)
            .order_by()
            .values("candidature")
            .annotate(nombre=Count("pk"))
            .filter(nombre__gte=NOTATIONS)
        )
        ouvertes |= Q(candidature__in=completes.values("candidature"))
    return Notation.objects.filter(ouvertes, candidature__in=dossiers)


def readable_by(candidature: Candidature, user: Any) -> list[Notation]:
    """Return the notations of a dossier that ``user`` may read now, those set aside left out."""
    lisibles = visible_notations(user).filter(candidature=candidature, ecartee_le__isnull=True)
    return list(lisibles.select_related("instructeur").order_by("cree_le", "pk"))


def levels(notation: Notation) -> dict[str, int]:
    """Return the levels given so far, by code of indicator."""
    return dict(notation.niveaux.values_list("indicateur__code", "niveau"))


def missing(notation: Notation) -> dict[str, list[str]]:
    """Return what a notation lacks before it can be submitted, by indicator or criterion (R20)."""
    justifications = dict(notation.justifications.values_list("critere", "texte"))
    return _missing(calcul.criteria_of(notation.grille), levels(notation), justifications)


def gaps_of(candidature: Candidature) -> Ecarts | None:
    """Return the gaps between the two notations that ask for a harmonisation; none before both are in."""
    aveugles = submitted(candidature)
    if len(aveugles) < NOTATIONS:
        return None
    return _gaps(calcul.criteria_of(candidature.appel.grille), aveugles)


def score_in_doubt(candidature: Candidature, score: Score | None) -> bool:
    """Whether its score stands on a notation set aside since (a dossier on an agenda, see ``set_aside``)."""
    return score is not None and is_blind(candidature)


def _gaps(criteres: tuple[Critere, ...], aveugles: list[Notation]) -> Ecarts:
    premiere, seconde = map(levels, aveugles)
    return calcul.gaps(
        criteres,
        premiere,
        seconde,
        seuil_critere=settings.GEN_REGLES["ecart_critere_harmonisation"],
        seuil_score=settings.GEN_REGLES["ecart_score_harmonisation"],
    )


def _missing(
    criteres: tuple[Critere, ...], niveaux: Mapping[str, int], justifications: Mapping[int, str]
) -> dict[str, list[str]]:
    """Missing is not zero: each criterion has its levels and its justification."""
    erreurs = {
        indicateur.code: [f"Choisissez un niveau pour l’indicateur {indicateur.code}."]
        for critere in criteres
        for indicateur in critere.indicateurs
        if indicateur.code not in niveaux
    }
    return erreurs | {
        f"justification-{critere.numero}": [f"Justifiez la note du critère {critere.numero}."]
        for critere in criteres
        if not justifications.get(critere.numero, "").strip()
    }


def _active(candidature: Candidature) -> QuerySet[Notation]:
    return Notation.objects.filter(candidature=candidature, ecartee_le__isnull=True)


# --- One's own notation ------------------------------------------------------------------------------
@transaction.atomic
def start_notation(*, candidature: Candidature, acteur: Utilisateur) -> Notation:
    """Open one's notation of a dossier; again gives the same one.

    Effects: an empty notation on the call's grid; the instructor takes a free seat of the scoring.
    Errors: ``NotationRefusee`` for a dossier that is not to be scored; ``ActeurRefuse`` for somebody
    not in charge, with a declared link, or when two others score it already. Source: R21, R36.
    """
    lock(candidature)
    _check_state(candidature)
    require(acteur, "labellisation.score_candidature", candidature, REFUS)
    actives = _active(candidature).filter(harmonisation=False)
    if mienne := actives.filter(instructeur=acteur).first():
        return mienne
    if actives.count() >= NOTATIONS:
        raise ActeurRefuse("Deux personnes notent déjà ce dossier.")
    assign(candidature=candidature, instructeur=acteur, tache=Affectation.Tache.NOTATION, acteur=acteur)
    notation = Notation.objects.create(
        candidature=candidature, instructeur=acteur, grille=candidature.appel.grille
    )
    journal.record("notation.ouverte", sujet=notation, acteur=acteur)
    return notation


@transaction.atomic
def save_levels(
    *,
    notation: Notation,
    niveaux: Mapping[str, int | None],
    justifications: Mapping[int, str],
    acteur: Utilisateur,
    sections: Mapping[int, str] | None = None,
) -> Notation:
    """Save the levels and justifications given so far; what is not named stays as it was.

    A level ``None`` or a blank justification is taken away. ``sections``: the section of the dossier
    that each justification rests on (R20). A draft: neither event nor revision.
    Errors: ``DonneesInvalides`` for an unknown indicator, level, criterion or section;
    ``ActeurRefuse`` for anybody else than its author; ``NotationRefusee`` once submitted.
    """
    _open_own(notation, acteur)
    _write(notation, niveaux, justifications, sections)
    notation.save(update_fields=["modifie_le"])
    return notation


@transaction.atomic
def submit_notation(*, notation: Notation, acteur: Utilisateur) -> Notation:
    """Submit one's notation: it can't change any more.

    Effects: ``soumise_le``, event ``notation.soumise``. When it is the second: the retained score and
    transition ``complete_notation``, or event ``notation.ecart`` when the gap asks for a
    harmonisation (R21). Errors: ``DonneesInvalides`` naming the criteria that lack a level or their
    justification (R20); ``ActeurRefuse``; ``NotationRefusee`` the second time.
    """
    _open_own(notation, acteur)
    if manques := missing(notation):
        raise DonneesInvalides(manques)
    if not is_blind(notation.candidature):
        raise NotationRefusee("Ce dossier a déjà ses deux notations.")
    notation.soumise_le = horloge.now()
    notation.save(update_fields=["soumise_le"])
    journal.record("notation.soumise", sujet=notation, acteur=acteur)
    _settle(notation.candidature)
    return notation


def _open_own(notation: Notation, acteur: Utilisateur) -> None:
    """Lock the dossier, then the notation; refuse whatever may not be written any more."""
    candidature = notation.candidature
    lock(candidature)
    lock(notation)
    notation.candidature = candidature
    if notation.instructeur_id != acteur.pk:
        raise ActeurRefuse("Cette notation est celle d’une autre personne.")
    if notation.ecartee_le is not None:
        raise NotationRefusee("Cette notation est écartée\u00a0: elle ne compte plus.")
    if notation.soumise_le is not None:
        raise NotationRefusee("Cette notation est soumise\u00a0: elle ne change plus.")
    _check_state(candidature)
    require(acteur, "labellisation.score_candidature", candidature, REFUS)


def _check_state(candidature: Candidature) -> None:
    if candidature.etat == cycle_dossier.RECEVABLE:
        return
    if candidature.etat == cycle_dossier.SANS_SUITE:
        raise NotationRefusee("Le porteur a retiré ce dossier.")
    raise NotationRefusee("Ce dossier n’est pas à noter\u00a0: on note un dossier recevable, une seule fois.")


def _write(
    notation: Notation,
    niveaux: Mapping[str, int | None],
    justifications: Mapping[int, str],
    sections: Mapping[int, str] | None,
) -> None:
    citees = sections or {}
    indicateurs = dict(
        Indicateur.objects.filter(critere__grille=notation.grille_id).values_list("code", "pk")
    )
    criteres = set(
        CritereSelection.objects.filter(grille=notation.grille_id).values_list("numero", flat=True)
    )
    _check_input(indicateurs, criteres, niveaux, justifications, citees)
    donnes = {code: niveau for code, niveau in niveaux.items() if niveau is not None}
    effaces = [indicateurs[code] for code, niveau in niveaux.items() if niveau is None]
    notation.niveaux.filter(indicateur__in=effaces).delete()
    NiveauAttribue.objects.bulk_create(
        (
            NiveauAttribue(notation=notation, indicateur_id=indicateurs[code], niveau=niveau)
            for code, niveau in donnes.items()
        ),
        update_conflicts=True,
        unique_fields=["notation", "indicateur"],
        update_fields=["niveau"],
    )
    textes = {critere: texte.strip() for critere, texte in justifications.items()}
    notation.justifications.filter(
        critere__in=[critere for critere, texte in textes.items() if not texte]
    ).delete()
    JustificationCritere.objects.bulk_create(
        (
            JustificationCritere(
                notation=notation, critere=critere, texte=texte, section=citees.get(critere, "")
            )
            for critere, texte in textes.items()
            if texte
        ),
        update_conflicts=True,
        unique_fields=["notation", "critere"],
        update_fields=["texte"] if sections is None else ["texte", "section"],
    )


def _check_input(
    indicateurs: Mapping[str, Any],
    criteres: set[int],
    niveaux: Mapping[str, int | None],
    justifications: Mapping[int, str],
    sections: Mapping[int, str],
) -> None:
    erreurs: dict[str, list[str]] = {}
    for code, niveau in niveaux.items():
        if code not in indicateurs:
            erreurs.setdefault("niveaux", []).append(
                f"L’indicateur {code} n’est pas dans la grille de ce dossier."
            )
        elif niveau is not None and not calcul.is_level(niveau):
            erreurs.setdefault("niveaux", []).append(
                f"{code}\u00a0: un niveau va de 0 à {calcul.NIVEAU_MAX}."
            )
    if inconnus := (set(justifications) | set(sections)) - criteres:
        erreurs["justifications"] = [f"Le critère {numero} n’existe pas." for numero in sorted(inconnus)]
    if any(section and section not in PAR_CODE for section in sections.values()):
        erreurs["sections"] = ["La section citée n’existe pas."]
    if erreurs:
        raise DonneesInvalides(erreurs)


# --- The retained score ------------------------------------------------------------------------------
def _settle(candidature: Candidature) -> Score | None:
    """Keep the score once both notations are in and close enough; the dossier's row is locked."""
    aveugles = submitted(candidature)
    if len(aveugles) < NOTATIONS:
        return None
    criteres = calcul.criteria_of(candidature.appel.grille)
    if ecarts := _gaps(criteres, aveugles):
        journal.record(
            "notation.ecart",
            sujet=candidature,
            acteur=SYSTEME,
            donnees={"criteres": list(ecarts.criteres), "score": ecarts.score},
        )
        return None
    premiere, seconde = map(levels, aveugles)
    return _write_score(candidature, calcul.mean(criteres, premiere, seconde), harmonise=False)


def _write_score(candidature: Candidature, retenu: Retenu | None, *, harmonise: bool) -> Score:
    if retenu is None:
        raise NotationRefusee("Une notation soumise est incomplète.")
    score = Score.objects.create(
        candidature=candidature,
        grille=candidature.appel.grille,
        score=calcul.hundredths(retenu.score),
        ecart=calcul.hundredths(retenu.ecart),
        partenariats_entreprises=calcul.hundredths(retenu.entreprises),
        harmonise=harmonise,
        **{f"note_{numero}": calcul.hundredths(note) for numero, note in retenu.notes.items()},
    )
    # The arithmetic decides, nobody in particular: those who scored stand in the events before.
    transition(
        candidature, "complete_notation", SYSTEME, donnees={"score": score.score, "ecart": score.ecart}
    )
    return score


@transaction.atomic
def harmonise(
    *,
    candidature: Candidature,
    acteur: Utilisateur,
    niveaux: Mapping[str, int | None],
    justifications: Mapping[int, str],
    motif: str,
) -> Notation:
    """Settle a gap by an agreed or third notation, with its reason.

    Effects: one harmonised notation, submitted; the retained score is its own; event
    ``notation.harmonisee``; transition ``complete_notation``. Errors: ``NotationRefusee`` unless two
    notations are in and too far apart; ``DonneesInvalides`` without a reason or incomplete;
    ``ActeurRefuse`` for anybody but a scorer of the dossier or the direction. Source: R21.
    """
    lock(candidature)
    _check_state(candidature)
    require(acteur, "labellisation.harmonise_notation", candidature, REFUS)
    aveugles = submitted(candidature)
    criteres = calcul.criteria_of(candidature.appel.grille)
    if len(aveugles) < NOTATIONS or not _gaps(criteres, aveugles):
        raise NotationRefusee("Aucun écart entre deux notations soumises ne demande d’harmonisation.")
    if not motif.strip():
        raise DonneesInvalides({"motif": ["Écrivez ce qui explique l’écart et l’accord trouvé."]})
    donnes = {code: niveau for code, niveau in niveaux.items() if niveau is not None}
    if manques := _missing(criteres, donnes, justifications):
        raise DonneesInvalides(manques)
    notation = Notation.objects.create(
        candidature=candidature,
        instructeur=acteur,
        grille=candidature.appel.grille,
        harmonisation=True,
        motif_harmonisation=motif.strip(),
        soumise_le=horloge.now(),
    )
    _write(notation, donnes, justifications, None)
    journal.record("notation.harmonisee", sujet=notation, acteur=acteur)
    premiere, seconde = map(levels, aveugles)
    _write_score(candidature, calcul.harmonised(criteres, donnes, premiere, seconde), harmonise=True)
    return notation


# --- Set aside ---------------------------------------------------------------------------------------
@transaction.atomic
def set_aside(*, notation: Notation, acteur: Acteur, motif: str) -> Notation:
    """Set a notation aside, as when its author declares a link afterwards (R36); twice is once.

    Effects: ``ecartee_le`` (and that of a harmonised notation that rested on it), the author's seat is
    free again, event ``notation.ecartee`` with the reason. A dossier already scored goes back to
    scoring by ``return_to_notation`` and loses its score. On an agenda it keeps its score: the
    direction takes it off first, then sets the notation aside again.
    Errors: ``ActeurRefuse`` for anybody but the direction; ``DonneesInvalides`` without a reason.
    """
    candidature = notation.candidature
    lock(candidature)
    lock(notation)
    require(acteur, "labellisation.set_aside_notation", candidature)
    if not motif.strip():
        raise DonneesInvalides({"motif": ["Écrivez pourquoi cette notation est écartée."]})
    if notation.ecartee_le is None:
        _withdraw(notation, acteur)
        journal.record(
            "notation.ecartee",
            sujet=notation,
            acteur=acteur,
            donnees={"etat": candidature.etat},
        )
        # A reason may name people: it stays on a row that can be erased, out of the journal.
        revisions.record_changes(
            notation, acteur=acteur, contexte="ecartee", changements={"motif": ("", motif.strip())}
        )
    if candidature.etat in (cycle_dossier.RECEVABLE, cycle_dossier.NOTEE):
        for harmonisee in _active(candidature).filter(harmonisation=True):
            _withdraw(harmonisee, acteur)
    if candidature.etat == cycle_dossier.NOTEE:
        Score.objects.filter(candidature=candidature).delete()
        transition(candidature, "return_to_notation", acteur, donnees={"notation": notation.pk})
    return notation


def _withdraw(notation: Notation, acteur: Acteur) -> None:
    notation.ecartee_le = horloge.now()
    notation.save(update_fields=["ecartee_le"])
    if notation.harmonisation:
        return
    places = Affectation.objects.filter(
        candidature=notation.candidature_id,
        instructeur=notation.instructeur_id,
        tache=Affectation.Tache.NOTATION,
        retiree_le__isnull=True,
    )
    for affectation in places.select_related("candidature"):
        unassign(affectation=affectation, acteur=acteur)


@transaction.atomic
def set_aside_after_interest(*, lien: LienInteret) -> int:
    """Set aside the notations of a person on the dossiers that a declared link hides now (R36).

    Effects: ``set_aside`` by the portal; returns how many.
    """
    concernes = (
        Q(candidature=lien.candidature_id)
        if lien.candidature_id
        else Q(candidature__structure=lien.structure_id)
    )
    actives = Notation.objects.filter(concernes, instructeur=lien.personne_id, ecartee_le__isnull=True)
    notations = list(actives.select_related("candidature").order_by("pk"))
    for notation in notations:
        set_aside(
            notation=notation,
            acteur=SYSTEME,
            motif="Lien d’intérêt déclaré après coup.",
        )
    return len(notations)
