"""The scoring screens: one's own notation, blind, and the harmonisation of two."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from candidatures import cycle
from candidatures.models import Candidature
from comptes.domain.acces import require
from labellisation.admin.acces import REFUSE, dossier_address, dossier_instruit, page, says_refusals
from labellisation.admin.lecture import read_dossier
from labellisation.domain import score as calcul
from labellisation.domain.contexte_recevabilite import build_context
from labellisation.domain.notation import (
    NOTATIONS,
    NotationRefusee,
    gaps_of,
    harmonise,
    is_blind,
    levels,
    missing,
    own_notation,
    save_levels,
    start_notation,
    submit_notation,
    submitted,
)
from labellisation.domain.prevalidations import accompaniment_share, alerts
from labellisation.domain.recevabilite import current_deposit
from labellisation.forms.instruction import HarmonisationForm, NotationForm, criteria, section_choices
from labellisation.models import Notation
from referentiels.domain.queries import grid
from referentiels.models import Grille
from socle.erreurs import DonneesInvalides

SANS_ECART = "Aucun écart entre deux notations soumises ne demande d’harmonisation."
SOUMISE = (
    "Votre notation est soumise, dans une autre fenêtre\u00a0: elle ne change plus. Ce que vous venez "
    "d’écrire n’est pas enregistré."
)


@require_http_methods(["GET", "POST"])
@says_refusals
def notation(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Score the six criteria: save a draft, or save and go on to the submission."""
    candidature = dossier_instruit(request, pk)
    mienne = own_notation(candidature, request.user)
    grille = grid(candidature.appel.grille.version)
    if mienne is not None and mienne.soumise_le is not None:
        if request.method == "POST":
            # Submitted in another window: what was typed in this one is not lost in silence.
            return _screen(request, candidature, grille, request.POST.dict(), _general(SOUMISE))
        return _submitted_screen(request, candidature, mienne)
    require(request.user, "labellisation.score_candidature", candidature)
    if request.method == "GET":
        return _screen(request, candidature, grille, _saved(mienne))
    form = NotationForm(request.POST, grille=grille)
    if not form.is_valid():
        return _screen(request, candidature, grille, request.POST.dict(), erreurs=_plain(form.errors))
    try:
        mienne = _save(candidature, request.user, form)
    except (NotationRefusee, DonneesInvalides) as refus:
        return _screen(request, candidature, grille, request.POST.dict(), _refusal(refus))
    if "soumettre" not in request.POST:
        messages.success(request, "Votre brouillon est enregistré. Personne d’autre ne le voit.")
        return redirect(dossier_address(request, candidature.pk, "instruction_notation"))
    if manques := missing(mienne):
        return _screen(request, candidature, grille, _saved(mienne), erreurs=manques)
    return redirect(dossier_address(request, candidature.pk, "instruction_soumettre"))


def _save(candidature: Candidature, acteur: Any, form: NotationForm) -> Notation:
    saisie = form.typed()
    mienne = start_notation(candidature=candidature, acteur=acteur)
    save_levels(
        notation=mienne,
        niveaux=saisie.niveaux,
        justifications=saisie.justifications,
        sections=saisie.sections,
        acteur=acteur,
    )
    return mienne


@require_http_methods(["GET", "POST"])
@says_refusals
def soumettre(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Submit one's notation, after a page that shows its notes and says what will happen."""
    candidature = dossier_instruit(request, pk)
    mienne = own_notation(candidature, request.user)
    if mienne is None:
        raise NotationRefusee("Vous n’avez pas de notation en cours sur ce dossier.")
    if request.method == "POST":
        submit_notation(notation=mienne, acteur=request.user)
        messages.success(request, _after_submission(candidature))
        return redirect(dossier_address(request, candidature.pk))
    if missing(mienne):
        return redirect(dossier_address(request, candidature.pk, "instruction_notation"))
    return page(
        request,
        "soumettre",
        "Soumettre ma notation",
        candidature=candidature,
        notes=_notes(mienne),
    )


def _after_submission(candidature: Candidature) -> str:
    candidature.refresh_from_db()
    if candidature.etat == cycle.NOTEE:
        return "Votre notation est soumise. Les deux notations sont là\u00a0: le dossier est noté."
    if gaps_of(candidature):
        return "Votre notation est soumise. Elle est trop éloignée de l’autre\u00a0: harmonisez-les."
    return "Votre notation est soumise. L’autre notation est attendue."


@require_http_methods(["GET", "POST"])
@says_refusals
def harmonisation(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show both notations side by side, and settle their gap by an agreed one."""
    candidature = dossier_instruit(request, pk)
    require(request.user, "labellisation.harmonise_notation", candidature)
    ecarts = gaps_of(candidature)
    grille = grid(candidature.appel.grille.version)
    if not ecarts or candidature.etat != cycle.RECEVABLE:
        if request.method == "POST":
            refus = _general(SANS_ECART)
            return _harmonisation_screen(request, candidature, grille, request.POST.dict(), refus)
        raise NotationRefusee(SANS_ECART)
    if request.method == "GET":
        return _harmonisation_screen(request, candidature, grille, {})
    form = HarmonisationForm(request.POST, grille=grille)
    erreurs = _plain(form.errors)
    if not erreurs:
        saisie = form.typed()
        try:
            harmonise(
                candidature=candidature,
                acteur=request.user,
                niveaux=saisie.niveaux,
                justifications=saisie.justifications,
                motif=form.cleaned_data["motif"],
            )
        except (NotationRefusee, DonneesInvalides) as refus:
            erreurs = _refusal(refus)
        else:
            messages.success(request, "L’écart est réglé\u00a0: la notation convenue donne le score retenu.")
            return redirect(dossier_address(request, candidature.pk))
    return _harmonisation_screen(request, candidature, grille, request.POST.dict(), erreurs)


# --- Screens ---------------------------------------------------------------------------------------
def _screen(
    request: HttpRequest,
    candidature: Candidature,
    grille: Grille,
    saisie: dict[str, Any],
    erreurs: dict[str, list[str]] | None = None,
) -> HttpResponse:
    return page(
        request,
        "notation",
        "Notation",
        status=REFUSE if erreurs else 200,
        candidature=candidature,
        criteres=_criteria(grille, saisie, erreurs or {}),
        resume=_summary(erreurs or {}),
        **_reading(candidature),
    )


def _harmonisation_screen(
    request: HttpRequest,
    candidature: Candidature,
    grille: Grille,
    saisie: dict[str, Any],
    erreurs: dict[str, list[str]] | None = None,
) -> HttpResponse:
    # A form sent too early comes back with what was typed, and with nothing of who has submitted (R21).
    aveugles = [] if is_blind(candidature) else submitted(candidature)
    return page(
        request,
        "harmonisation",
        "Harmonisation",
        status=REFUSE if erreurs else 200,
        candidature=candidature,
        aveugles=aveugles,
        comparaison=_comparison(candidature, aveugles),
        criteres=_criteria(grille, saisie, erreurs or {}, aveugles),
        motif=saisie.get("motif", ""),
        erreurs_motif=(erreurs or {}).get("motif", []),
        resume=_summary(erreurs or {}),
        **_reading(candidature),
    )


def _submitted_screen(request: HttpRequest, candidature: Candidature, mienne: Notation) -> HttpResponse:
    """One's submitted notation, which does not change; the other's only on the dossier's other screens."""
    grille = grid(candidature.appel.grille.version)
    return page(
        request,
        "notation_soumise",
        "Ma notation",
        candidature=candidature,
        notation=mienne,
        notes=_notes(mienne),
        criteres=_criteria(grille, _saved(mienne), {}),
    )


def _reading(candidature: Candidature) -> dict[str, Any]:
    """Return the left side of a scoring screen, and what the scorer should see beside the criteria."""
    depot = current_deposit(candidature)
    part = accompaniment_share(depot.instantane)
    return {
        "lecture": read_dossier(candidature, depot),
        "alertes": alerts(depot.instantane, build_context(candidature, depot, criteres=())),
        "accompagnement": part and {"heures": part[0], "total": part[1], "part": 100 * part[0] // part[1]},
    }


# --- What the templates show -------------------------------------------------------------------------
def _saved(notation: Notation | None) -> dict[str, Any]:
    """Return a saved notation under the names of its form."""
    if notation is None:
        return {}
    saisie: dict[str, Any] = {f"niveau-{code}": str(niveau) for code, niveau in levels(notation).items()}
    for ligne in notation.justifications.all():
        saisie |= {f"justification-{ligne.critere}": ligne.texte, f"section-{ligne.critere}": ligne.section}
    return saisie


def _criteria(
    grille: Grille,
    saisie: dict[str, Any],
    erreurs: dict[str, list[str]],
    aveugles: list[Notation] | None = None,
) -> list[dict[str, Any]]:
    autres = [levels(notation) for notation in aveugles or []]
    textes = [dict(notation.justifications.values_list("critere", "texte")) for notation in aveugles or []]
    return [
        {
            "critere": critere,
            "indicateurs": [
                _indicator(indicateur, saisie, erreurs, [niveaux.get(indicateur.code) for niveaux in autres])
                for indicateur in critere.indicateurs.all()
            ],
            "justification": saisie.get(f"justification-{critere.numero}", ""),
            "sections": [
                (code, libelle, saisie.get(f"section-{critere.numero}") == code)
                for code, libelle in section_choices()
            ],
            "erreurs": erreurs.get(f"justification-{critere.numero}", []),
            "erreurs_section": erreurs.get(f"section-{critere.numero}", []),
            "autres": [texte.get(critere.numero, "") for texte in textes],
        }
        for critere in criteria(grille)
    ]


def _indicator(
    indicateur: Any, saisie: dict[str, Any], erreurs: dict[str, list[str]], autres: list[int | None]
) -> dict[str, Any]:
    choisi = str(saisie.get(f"niveau-{indicateur.code}", ""))
    return {
        "indicateur": indicateur,
        "ancre": _anchor(indicateur.code),
        "niveaux": [
            {"niveau": ligne.niveau, "phrase": ligne.phrase, "choisi": str(ligne.niveau) == choisi}
            for ligne in indicateur.niveaux.all()
        ],
        "erreurs": erreurs.get(indicateur.code, []) + erreurs.get(f"niveau-{indicateur.code}", []),
        "autres": autres,
        "differents": len(set(autres)) > 1,
    }


def _anchor(code: str) -> str:
    return f"indicateur-{code.replace('.', '-')}"


def _summary(erreurs: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Return (anchor, sentence) pairs in the order of the screen."""
    resume = []
    for nom, phrases in erreurs.items():
        code = nom.removeprefix("niveau-")
        ancre = nom if nom.startswith(("justification-", "motif")) else _anchor(code)
        if nom.startswith("section-"):
            # The sections of the dossier, beside the form, have that name.
            ancre = nom.replace("section-", "section-citee-", 1)
        ancre = "titre-criteres" if nom == NON_FIELD_ERRORS else ancre
        resume += [(ancre, phrase) for phrase in phrases]
    return resume


def _general(phrase: str) -> dict[str, list[str]]:
    return {NON_FIELD_ERRORS: [phrase]}


def _refusal(refus: NotationRefusee | DonneesInvalides) -> dict[str, list[str]]:
    """Return what a verb refuses, by field where it says so."""
    return refus.erreurs if isinstance(refus, DonneesInvalides) else _general(str(refus))


def _plain(erreurs: Any) -> dict[str, list[str]]:
    return {champ: list(phrases) for champ, phrases in erreurs.items()}


def _notes(notation: Notation) -> dict[str, Any]:
    """Return one notation's notes and score, in hundredths."""
    criteres = calcul.criteria_of(notation.grille)
    notes = calcul.notes(criteres, levels(notation))
    total = calcul.score(criteres, notes)
    titres = dict(notation.grille.criteres_selection.values_list("numero", "titre"))
    return {
        "lignes": [
            (numero, titres[numero], None if note is None else calcul.hundredths(note))
            for numero, note in notes.items()
        ],
        "score": None if total is None else calcul.hundredths(total),
    }


def _comparison(candidature: Candidature, aveugles: list[Notation]) -> dict[str, Any]:
    """Return both notations' notes side by side, with the gaps that asked for this page."""
    if len(aveugles) < NOTATIONS:
        return {}
    ecarts = gaps_of(candidature)
    notes = [_notes(notation) for notation in aveugles]
    lignes = []
    for (numero, titre, une), (_, _, autre) in zip(notes[0]["lignes"], notes[1]["lignes"], strict=True):
        loin = bool(ecarts and numero in ecarts.criteres)
        lignes.append((numero, titre, une, autre, abs(une - autre), loin))
    return {
        "lignes": lignes,
        "scores": [colonne["score"] for colonne in notes],
        "ecart": abs(notes[0]["score"] - notes[1]["score"]),
        "ecart_score": bool(ecarts and ecarts.score),
    }
