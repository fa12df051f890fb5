"""One dossier on one screen: the frozen dossier, the ten criteria, what is missing before the decision."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from candidatures import cycle
from candidatures.domain.chronologie import timeline
from candidatures.domain.lecture import sections_lisibles
from candidatures.domain.queries import demande_ouverte, releve_affiche
from candidatures.models import Affectation, Candidature
from comptes.domain.acces import require
from labellisation.admin.acces import REFUSE, dossier_instruit, page, says_refusals
from labellisation.domain.notation import gaps_of, is_blind, own_notation, score_in_doubt
from labellisation.domain.prevalidations import PRECONTROLES
from labellisation.domain.recevabilite import (
    Examen,
    LigneCritere,
    compose_grounds,
    current_deposit,
    declare_irrecevable,
    declare_recevable,
    examination,
    record_verdict,
)
from labellisation.forms.instruction import IrrecevabiliteForm, VerdictForm
from labellisation.models import Decision, Score, Verdict
from socle.erreurs import DonneesInvalides
from socle.journal import Visibilite
from socle.views.actes import perform_form


@require_safe
def dossier(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the dossier."""
    return _screen(request, dossier_instruit(request, pk))


@require_http_methods(["GET", "POST"])
@says_refusals
def verdict(request: HttpRequest, pk: uuid.UUID, critere: int) -> HttpResponse:
    """Save the verdict on one criterion, then lead to the next one; read again, lead to the criterion."""
    candidature = dossier_instruit(request, pk)
    if critere not in PRECONTROLES:
        raise Http404("Ce critère n’existe pas.")
    if request.method != "POST":
        return redirect(f"{_address(candidature)}#critere-{critere}")
    form = VerdictForm(request.POST)
    if form.is_valid():
        try:
            record_verdict(
                candidature=candidature,
                critere=critere,
                avis=form.cleaned_data["avis"],
                motif=form.cleaned_data["motif"],
                instructeur=request.user,
                version=form.cleaned_data["version"],
            )
        except DonneesInvalides as erreur:
            for champ, phrases in erreur.erreurs.items():
                form.add_error(champ if champ in form.fields else None, phrases)
        else:
            messages.success(request, f"Verdict enregistré sur le critère {critere}.")
            suite = f"critere-{critere + 1}" if critere < 10 else "suite"
            return redirect(f"{_address(candidature)}#{suite}")
    return _screen(request, candidature, refuse={critere: form})


def _address(candidature: Candidature) -> str:
    return reverse("admin:instruction_dossier", args=[candidature.pk])


def _screen(
    request: HttpRequest, candidature: Candidature, refuse: dict[int, VerdictForm] | None = None
) -> HttpResponse:
    utilisateur: Any = request.user
    depot = current_deposit(candidature)
    examen = examination(candidature=candidature, depot=depot)
    return page(
        request,
        "dossier",
        f"{candidature.reference} — {candidature.intitule}",
        status=REFUSE if refuse else 200,
        candidature=candidature,
        depot=depot,
        sections=sections_lisibles(depot.instantane),
        examen=examen,
        criteres=[_criterion(ligne, (refuse or {}).get(ligne.critere.numero)) for ligne in examen.lignes],
        erreurs=_errors(refuse or {}),
        peut_juger=utilisateur.has_perm("labellisation.offer_verdicts", candidature),
        etat=cycle.CYCLE.etat(candidature.etat),
        releve=releve_affiche(candidature.releve_examen),
        charges=_in_charge(candidature),
        demande=demande_ouverte(candidature),
        moments=timeline(candidature, Visibilite.values),
        **_scoring(utilisateur, candidature),
    )


def _criterion(ligne: LigneCritere, form: VerdictForm | None) -> dict[str, Any]:
    """Return a criterion as its form shows it: what was typed, else what is saved."""
    rendu = ligne.verdict
    avis = form.data.get("avis", "") if form else rendu.avis if rendu else ""
    permis = [
        (code, libelle)
        for code, libelle in Verdict.Avis.choices
        if code != Verdict.Avis.SANS_OBJET or ligne.critere.sans_objet_permis
    ]
    return {
        "ligne": ligne,
        "proposition": Verdict.Proposition(str(ligne.resultat.proposition)).label,
        "choix": [(code, libelle, code == avis) for code, libelle in permis],
        "motif": form.data.get("motif", "") if form else rendu.motif if rendu else "",
        "erreurs": form.errors if form else {},
    }


def _errors(refuse: dict[int, VerdictForm]) -> list[tuple[str, str]]:
    """Return (anchor, sentence) pairs for the summary."""
    return [
        (f"{'motif' if champ == 'motif' else 'avis'}-{critere}", phrase)
        for critere, form in refuse.items()
        for champ, phrases in form.errors.items()
        for phrase in phrases
    ]


def _in_charge(candidature: Candidature) -> list[tuple[str, str]]:
    """Return each task with the names of those in charge."""
    charges: list[Affectation] = candidature.charges
    return [
        (
            str(libelle),
            ", ".join(charge.instructeur.nom_complet for charge in charges if charge.tache == tache)
            or "personne pour l’instant",
        )
        for tache, libelle in Affectation.Tache.choices
    ]


def _scoring(utilisateur: Any, candidature: Candidature) -> dict[str, Any]:
    """Return what the header says of the scoring, without telling anything before both are in (R21)."""
    decision = Decision.objects.filter(candidature=candidature).order_by("-prise_le").first()
    mienne = own_notation(candidature, utilisateur)
    a_soumis = mienne is not None and mienne.soumise_le is not None
    score = Score.objects.filter(candidature=candidature).first()
    return {
        "ma_notation": a_soumis,
        "peut_noter": not a_soumis and utilisateur.has_perm("labellisation.offer_scoring", candidature),
        "a_harmoniser": (
            utilisateur.has_perm("labellisation.see_gaps", candidature)
            and not is_blind(candidature)
            and bool(gaps_of(candidature))
        ),
        "score": score,
        "score_en_doute": score_in_doubt(candidature, score),
        "decision": decision,
        "peut_affecter": utilisateur.has_perm("candidatures.assign_candidature", candidature),
    }


# --- Declarations --------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
@says_refusals
def recevable(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Declare the dossier recevable, after a page that says what will happen."""
    candidature = dossier_instruit(request, pk)
    if request.method == "POST":
        declare_recevable(candidature=candidature, acteur=request.user)
        messages.success(
            request, f"Le dossier {candidature.reference} est recevable. Il attend deux notations."
        )
        return redirect(_address(candidature))
    examen = _examen(candidature)
    if not examen.recevable:
        return _not_yet(request, candidature, examen)
    return page(request, "recevable", "Déclarer recevable", candidature=candidature, examen=examen)


@require_http_methods(["GET", "POST"])
@says_refusals
def irrecevable(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Declare the dossier irrecevable, with its grounds, after a page that says what will happen."""
    candidature = dossier_instruit(request, pk)
    if request.method == "POST":
        require(request.user, "labellisation.record_verdict", candidature)
    examen = _examen(candidature)
    form = IrrecevabiliteForm(request.POST or None, initial={"motifs": compose_grounds(examen)})
    if (
        request.method == "POST"
        and form.is_valid()
        and perform_form(
            request,
            form,
            lambda: declare_irrecevable(
                candidature=candidature,
                acteur=request.user,
                motifs=form.cleaned_data["motifs"],
            ),
            f"Le dossier {candidature.reference} est irrecevable. La direction notifiera la décision.",
        )
    ):
        return redirect(_address(candidature))
    if request.method == "GET" and not examen.irrecevable:
        return _not_yet(request, candidature, examen)
    return page(
        request,
        "irrecevable",
        "Déclarer irrecevable",
        status=REFUSE if form.errors else 200,
        candidature=candidature,
        examen=examen,
        form=form,
    )


def _examen(candidature: Candidature) -> Examen:
    return examination(candidature=candidature, depot=current_deposit(candidature))


def _not_yet(request: HttpRequest, candidature: Candidature, examen: Examen) -> HttpResponse:
    if examen.manquants:
        manquants = ", ".join(map(str, examen.manquants))
        messages.error(request, f"Il manque un verdict au critère {manquants}.")
    elif examen.non_conformes:
        messages.error(request, "Un critère est non conforme\u00a0: le dossier ne peut pas être recevable.")
    else:
        messages.error(request, "Tous les critères sont conformes\u00a0: le dossier est recevable.")
    return redirect(f"{_address(candidature)}#suite")
