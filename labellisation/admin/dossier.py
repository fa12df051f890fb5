"""One dossier on one screen: the frozen dossier, the ten criteria, what is missing before the decision."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.views.decorators.http import require_http_methods, require_safe

from candidatures import cycle
from candidatures.domain.chronologie import timeline
from candidatures.domain.queries import releve_affiche
from candidatures.models import Affectation, Candidature
from labellisation.admin.acces import (
    CONFLIT,
    REFUSE,
    dossier_address,
    dossier_instruit,
    dossier_juge,
    page,
    says_refusals,
)
from labellisation.admin.complements import answer_shown, former_deposit, request_shown
from labellisation.admin.lecture import Lecture, read_dossier
from labellisation.admin.voisins import came_from, came_from_query, neighbour_links
from labellisation.cycle import PRISE
from labellisation.domain.notation import gaps_of, is_blind, own_notation, score_in_doubt
from labellisation.domain.notes import notes_of
from labellisation.domain.prevalidations import PRECONTROLES
from labellisation.domain.recevabilite import (
    Avancement,
    LigneCritere,
    RecevabiliteRefusee,
    VerdictConcurrent,
    current_deposit,
    examination,
    former_verdicts,
    record_and_tell,
    verdicts_of,
)
from labellisation.forms.instruction import VerdictForm
from labellisation.models import Decision, Score, Verdict
from socle.erreurs import ActeurRefuse, DonneesInvalides
from socle.journal import Visibilite
from socle.typographie import date_simple, heure

#: What is looked for in the dossier: the « q » of the lists follows from dossier to dossier.
RECHERCHE_DOSSIER = "cherche"
#: Where an error of a verdict leads, on its criterion.
PLACES = {"motif": "motif", NON_FIELD_ERRORS: "critere"}


@require_safe
def dossier(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the dossier."""
    return _screen(request, dossier_instruit(request, pk))


@require_safe
def avancement(request: HttpRequest, pk: uuid.UUID) -> JsonResponse:
    """Say which verdicts are given now, for a page that is open: somebody else may have given some."""
    candidature = dossier_juge(request, pk)
    depot = current_deposit(candidature)
    verdicts = verdicts_of(depot)
    reponse = JsonResponse(
        {
            "depot": depot.numero,
            "etat": candidature.etat,
            "verdicts": {critere: _shown(rendu) for critere, rendu in verdicts.items()},
            "suite": _rest(request, candidature, Avancement(verdicts)),
        }
    )
    reponse["Cache-Control"] = "private, no-store"
    return reponse


@require_http_methods(["GET", "POST"])
@says_refusals
def verdict(request: HttpRequest, pk: uuid.UUID, critere: int) -> HttpResponse:
    """Save the verdict on one criterion, then lead to the next one; read again, lead to the criterion.

    A page that saves as one goes asks for JSON.
    """
    candidature = dossier_juge(request, pk)
    if critere not in PRECONTROLES:
        raise Http404("Ce critère n’existe pas.")
    if request.method != "POST":
        return redirect(f"{dossier_address(request, candidature.pk)}#critere-{critere}")
    form = VerdictForm(request.POST)
    if "application/json" in request.headers.get("Accept", ""):
        return _save_as_one_goes(request, candidature, critere, form)
    try:
        if _record(request, candidature, critere, form):
            messages.success(request, f"Verdict enregistré sur le critère {critere}.")
            suite = f"critere-{critere + 1}" if critere < 10 else "suite"
            return redirect(f"{dossier_address(request, candidature.pk)}#{suite}")
    except VerdictConcurrent as conflit:
        return _screen(request, dossier_instruit(request, pk), refuse={critere: form}, conflit=conflit)
    except RecevabiliteRefusee as refus:
        # What was typed comes back with the reason, though the page may no longer take any verdict.
        form.add_error(None, str(refus))
    return _screen(request, dossier_instruit(request, pk), refuse={critere: form})


def _record(
    request: HttpRequest, candidature: Candidature, critere: int, form: VerdictForm
) -> tuple[Verdict, Avancement] | None:
    """Call the verb; what it refuses by field goes back beside its field, and nothing is returned."""
    if not form.is_valid():
        return None
    try:
        return record_and_tell(
            candidature=candidature,
            critere=critere,
            avis=form.cleaned_data["avis"],
            motif=form.cleaned_data["motif"],
            instructeur=request.user,
            version=form.cleaned_data["version"],
            vue=form.cleaned_data["vue"],
        )
    except DonneesInvalides as erreur:
        for champ, phrases in erreur.erreurs.items():
            form.add_error(champ if champ in form.fields else None, phrases)
        return None


def _save_as_one_goes(
    request: HttpRequest, candidature: Candidature, critere: int, form: VerdictForm
) -> JsonResponse:
    """Answer a page: kept (200), to be corrected (422), another verdict stands, or refused (409)."""
    try:
        fait = _record(request, candidature, critere, form)
    except VerdictConcurrent as conflit:
        return JsonResponse({"refus": str(conflit), "conflit": _shown(conflit.verdict)}, status=409)
    except RecevabiliteRefusee as refus:
        return JsonResponse({"refus": str(refus)}, status=409)
    if fait is None:
        return JsonResponse({"erreurs": form.errors}, status=REFUSE)
    rendu, ou = fait
    return JsonResponse(
        {"verdict": _shown(rendu), "heure": heure(rendu.modifie_le), "suite": _rest(request, candidature, ou)}
    )


def _shown(rendu: Verdict) -> dict[str, Any]:
    """Return a verdict as a page shows it."""
    return {
        "version": rendu.version,
        "avis": rendu.avis,
        "mots": rendu.get_avis_display(),
        "motif": rendu.motif,
        "qui": str(rendu.instructeur_id),
        "par": rendu.instructeur.nom_complet,
        "le": f"{date_simple(rendu.modifie_le)} à {heure(rendu.modifie_le)}",
        "ecart": rendu.ecart,
    }


def _rest(request: HttpRequest, candidature: Candidature, examen: Avancement) -> str:
    """Return what is missing before the decision, as HTML."""
    return render_to_string(
        "admin/labellisation/_suite.html",
        {"candidature": candidature, "examen": examen, "suite_liste": came_from_query(request)},
    )


def _screen(
    request: HttpRequest,
    candidature: Candidature,
    refuse: dict[int, VerdictForm] | None = None,
    conflit: VerdictConcurrent | None = None,
) -> HttpResponse:
    utilisateur: Any = request.user
    depot = current_deposit(candidature)
    examen = examination(candidature=candidature, depot=depot, lecteur=utilisateur)
    precedent = former_deposit(depot)
    lecture = read_dossier(candidature, depot, request.GET.get(RECHERCHE_DOSSIER, ""), precedent)
    anciens = former_verdicts(depot)
    return page(
        request,
        "dossier",
        f"{candidature.reference} — {candidature.intitule}",
        status=CONFLIT if conflit else REFUSE if refuse else 200,
        candidature=candidature,
        depot=depot,
        lecture=lecture,
        examen=examen,
        criteres=[
            {
                **_criterion(ligne, lecture, (refuse or {}).get(ligne.critere.numero), conflit),
                "precedent": anciens.get(ligne.critere.numero),
            }
            for ligne in examen.lignes
        ],
        alertes=[(alerte, lecture.links(alerte)) for alerte in examen.alertes],
        erreurs=_errors(refuse or {}, conflit),
        peut_juger=utilisateur.has_perm("labellisation.offer_verdicts", candidature),
        etat=cycle.CYCLE.etat(candidature.etat),
        releve=releve_affiche(candidature.releve_examen),
        charges=_in_charge(candidature),
        **request_shown(candidature, lecture),
        **answer_shown(candidature, precedent, lecture),
        moments=timeline(candidature, Visibilite.values),
        liste_gardee=list(came_from(request).items()),
        **neighbour_links(request, candidature.pk),
        **_notes(utilisateur, candidature),
        **_scoring(utilisateur, candidature),
    )


def _criterion(
    ligne: LigneCritere, lecture: Lecture, form: VerdictForm | None, conflit: VerdictConcurrent | None
) -> dict[str, Any]:
    """Return a criterion as its form shows it: what was typed, else what is saved."""
    rendu = ligne.verdict
    autre = conflit.verdict if conflit and form else None
    avis = form.data.get("avis", "") if form else rendu.avis if rendu else ""
    permis = [
        (code, libelle)
        for code, libelle in Verdict.Avis.choices
        if code != Verdict.Avis.SANS_OBJET or ligne.critere.sans_objet_permis
    ]
    return {
        "ligne": ligne,
        "proposition": Verdict.Proposition(str(ligne.resultat.proposition)).label,
        "constats": [(constat, lecture.links(constat)) for constat in ligne.resultat.constats],
        "choix": [(code, libelle, code == avis) for code, libelle in permis],
        "motif": form.data.get("motif", "") if form else rendu.motif if rendu else "",
        "erreurs": form.errors if form else {},
        "refus": form.non_field_errors() if form else [],
        "autre": autre,
        # Saving what is typed over another verdict needs that this one was seen.
        "vue": (autre or rendu).version if (autre or rendu) else 0,
    }


def _errors(refuse: dict[int, VerdictForm], conflit: VerdictConcurrent | None) -> list[tuple[str, str]]:
    """Return (anchor, sentence) pairs for the summary."""
    concurrents = [(f"autre-{conflit.verdict.critere}", str(conflit))] if conflit else []
    return concurrents + [
        (f"{PLACES.get(champ, 'avis')}-{critere}", phrase)
        for critere, form in refuse.items()
        for champ, phrases in form.errors.items()
        for phrase in phrases
    ]


def _notes(utilisateur: Any, candidature: Candidature) -> dict[str, Any]:
    """Return the notes for whoever may read them; for anybody else, not even that there are some."""
    try:
        notes = notes_of(candidature, utilisateur)
    except ActeurRefuse:
        return {"voit_les_notes": False}
    return {
        "voit_les_notes": True,
        "notes": notes,
        "cle_note": uuid.uuid4(),
        "heures_note": settings.GEN_REGLES["note_modifiable_heures"],
    }


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
    # Nobody scores before the examination has ended.
    examinee = candidature.etat not in (cycle.DEPOSEE, cycle.EN_COMPLEMENT)
    mienne = own_notation(candidature, utilisateur) if examinee else None
    a_soumis = mienne is not None and mienne.soumise_le is not None
    score = Score.objects.filter(candidature=candidature).first() if examinee else None
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
        "peut_signer": (
            decision is not None
            and decision.etat == PRISE
            and utilisateur.has_perm("labellisation.notify_decision", decision)
        ),
        "peut_affecter": utilisateur.has_perm("candidatures.assign_candidature", candidature),
    }
