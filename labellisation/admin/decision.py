"""The decision on admissibility: declared, its letter read, signed and sent; the examination opened again."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from candidatures import cycle as cycle_dossier
from candidatures.domain.queries import responsables
from candidatures.models import Affectation, Candidature
from comptes.domain.acces import require
from labellisation import cycle
from labellisation.admin.acces import (
    REFUSE,
    dossier_address,
    dossier_instruit,
    draft_key,
    page,
    saved,
    says_refusals,
)
from labellisation.cycle import NatureDecision
from labellisation.domain.decision import amend_grounds, sign_and_notify, version_of
from labellisation.domain.delegation import Signature, signature_of
from labellisation.domain.lettre import preview_declaration, preview_letter, preview_signed
from labellisation.domain.mentions import last_day_to_appeal
from labellisation.domain.notification import follow_letters
from labellisation.domain.recevabilite import (
    REFUS,
    Examen,
    closed_because,
    compose_grounds,
    current_deposit,
    declare_irrecevable,
    declare_recevable,
    examination,
)
from labellisation.domain.reouverture import decision_to_reopen, reopen_dossier
from labellisation.forms.decision import IrrecevabiliteForm, MotifsForm, ReouvertureForm, SignatureForm
from labellisation.models import Decision
from socle import horloge
from socle.views.actes import perform_form

FIGES = "Cette décision n’attend plus sa notification\u00a0: ses motifs sont figés."


def _address(request: HttpRequest, candidature: Candidature, nom: str = "instruction_dossier") -> str:
    return dossier_address(request, candidature.pk, nom)


# --- What was typed is never lost ----------------------------------------------------------------
def _keep_in_browser(request: HttpRequest, candidature: Candidature, form: Any, brouillon: str) -> None:
    """Tell the page's script under which key to keep the text until it is saved (message.js)."""
    attributs = form.fields["motifs"].widget.attrs
    attributs["data-garde"] = draft_key(request, candidature, brouillon)
    if not form.is_bound:
        # What comes back with a refusal is newer than what was kept.
        attributs["data-reprend"] = ""


def _was_in_charge(request: HttpRequest, candidature: Candidature) -> bool:
    """Whether this person has ever been in charge of the recevabilité: their text is then given back."""
    confiees = candidature.affectations.filter(tache=Affectation.Tache.RECEVABILITE)
    return confiees.filter(instructeur=request.user.pk).exists()


def _closed(request: HttpRequest, candidature: Candidature) -> str:
    """Return why this person cannot declare anything on the dossier now; nothing when they can."""
    personne: Any = request.user
    if personne.has_perm("labellisation.offer_verdicts", candidature):
        return ""
    return closed_because(candidature) or REFUS


# --- Declarations --------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
@says_refusals
def recevable(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Declare the dossier recevable, after a page that says what will happen."""
    candidature = dossier_instruit(request, pk)
    refus = _closed(request, candidature)
    if refus and (request.method == "GET" or _was_in_charge(request, candidature)):
        messages.error(request, refus)
        return redirect(_address(request, candidature))
    if request.method == "POST":
        declare_recevable(candidature=candidature, acteur=request.user, version=_version(request))
        messages.success(
            request, f"Le dossier {candidature.reference} est recevable. Il attend deux notations."
        )
        return redirect(_address(request, candidature))
    examen = _examen(request, candidature)
    if not examen.recevable:
        return _not_yet(request, candidature, examen)
    depot = current_deposit(candidature)
    return page(
        request, "recevable", "Déclarer recevable", candidature=candidature, examen=examen, depot=depot
    )


@require_http_methods(["GET", "POST"])
@says_refusals
def irrecevable(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Declare the dossier irrecevable: write its grounds, read the letter that they make, then decide.

    Whatever happened meanwhile, a text that is sent comes back with the reason why it isn't saved.
    """
    candidature = dossier_instruit(request, pk)
    if request.method == "POST" and not _was_in_charge(request, candidature):
        require(request.user, "labellisation.record_verdict", candidature)
    examen, ferme = _examen(request, candidature), _closed(request, candidature)
    if request.method == "GET" and ferme:
        messages.error(request, ferme)
        return redirect(_address(request, candidature))
    if request.method == "GET" and not examen.irrecevable:
        return _not_yet(request, candidature, examen)
    form = IrrecevabiliteForm(request.POST or None, initial={"motifs": compose_grounds(examen)})
    rereads = request.POST.get("acte") == "relire"
    if request.method == "POST" and form.is_valid() and not rereads and _declared(request, candidature, form):
        return saved(_address(request, candidature, "instruction_decision"), "irrecevable")
    refus = ferme or _why_not(examen)
    if rereads and refus:
        form.add_error(None, refus)
    _keep_in_browser(request, candidature, form, "irrecevable")
    return page(
        request,
        "irrecevable",
        "Déclarer irrecevable",
        status=REFUSE if form.errors else 200,
        candidature=candidature,
        depot=current_deposit(candidature),
        examen=examen,
        form=form,
        peut_declarer=not refus,
        donnees=preview_declaration(
            candidature=candidature,
            criteres=[verdict.critere for verdict in examen.non_conformes],
            motifs=form["motifs"].value() or "",
            acteur=request.user,
        ),
        relue=rereads and not form.errors,
        erreurs=_errors(form),
    )


def _declared(request: HttpRequest, candidature: Candidature, form: IrrecevabiliteForm) -> bool:
    return perform_form(
        request,
        form,
        lambda: declare_irrecevable(
            candidature=candidature,
            acteur=request.user,
            motifs=form.cleaned_data["motifs"],
            version=_version(request),
        ),
        f"Le dossier {candidature.reference} est irrecevable. Sa lettre attend d’être signée.",
    )


def _version(request: HttpRequest) -> int | None:
    """Return the number of the deposit that the page showed, when its form says it."""
    lue = request.POST.get("version", "")
    return int(lue) if lue.isascii() and lue.isdigit() and len(lue) < 10 else None


def _errors(form: Any) -> list[tuple[str, str]]:
    """Return (anchor, sentence) pairs for the summary."""
    montres = {champ.name: champ.id_for_label for champ in form.visible_fields()}
    return [
        (montres.get(champ, "formulaire"), phrase)
        for champ, phrases in form.errors.items()
        for phrase in phrases
    ]


def _examen(request: HttpRequest, candidature: Candidature) -> Examen:
    lecteur: Any = request.user
    return examination(candidature=candidature, depot=current_deposit(candidature), lecteur=lecteur)


def _why_not(examen: Examen) -> str:
    """Return why an examination makes no inadmissibility; nothing when it does."""
    if examen.manquants:
        return f"Il manque un verdict au critère {', '.join(map(str, examen.manquants))}."
    return "" if examen.non_conformes else "Tous les critères sont conformes\u00a0: le dossier est recevable."


def _not_yet(request: HttpRequest, candidature: Candidature, examen: Examen) -> HttpResponse:
    non_conforme = "Un critère est non conforme\u00a0: le dossier ne peut pas être recevable."
    messages.error(request, _why_not(examen) or non_conforme)
    return redirect(f"{_address(request, candidature)}#suite")


# --- The letter ----------------------------------------------------------------------------------
def _decision(request: HttpRequest, pk: uuid.UUID) -> tuple[Candidature, Decision]:
    """Return the dossier and its last decision of inadmissibility, or a 404."""
    candidature = dossier_instruit(request, pk)
    decisions = Decision.objects.filter(candidature=candidature, nature=NatureDecision.IRRECEVABLE)
    decision = decisions.select_related("delegation", "lettre", "prise_par").order_by("-prise_le").first()
    if decision is None:
        raise Http404("Ce dossier n’a pas de décision d’irrecevabilité.")
    decision.candidature = candidature
    return candidature, decision


@require_http_methods(["GET", "POST"])
def decision(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the letter of an inadmissibility; sign and send it, for whoever may."""
    candidature, objet = _decision(request, pk)
    signature = signature_of(request.user)
    form = SignatureForm(request.POST or None, initial={"qualite": signature.qualite})
    if request.method == "POST":
        require(request.user, "labellisation.notify_decision", objet)
        rereads = request.POST.get("acte") == "relire"
        if form.is_valid() and not rereads and _signed(request, objet, form):
            return redirect(_address(request, candidature, "instruction_decision"))
        signature = signature_of(request.user, form["qualite"].value())
        candidature, objet = _decision(request, pk)
    return _letter_page(request, candidature, objet, form, signature)


def _signed(request: HttpRequest, objet: Decision, form: SignatureForm) -> bool:
    return perform_form(
        request,
        form,
        lambda: sign_and_notify(decision=objet, acteur=request.user, **form.cleaned_data),
        f"La décision sur {objet.candidature.reference} est signée et envoyée.",
    )


def _letter_page(
    request: HttpRequest, candidature: Candidature, objet: Decision, form: SignatureForm, signature: Signature
) -> HttpResponse:
    personne: Any = request.user
    attend = objet.etat == cycle.PRISE
    signe = attend and personne.has_perm("labellisation.notify_decision", objet)
    return page(
        request,
        "decision",
        "Décision d’irrecevabilité",
        status=REFUSE if form.errors else 200,
        candidature=candidature,
        decision=objet,
        form=form,
        erreurs=_errors(form),
        version=version_of(objet),
        attend=attend,
        peut_signer=signe,
        delegation=signature.delegation,
        peut_modifier=attend and personne.has_perm("labellisation.amend_grounds", objet),
        peut_rouvrir=(
            candidature.etat == cycle_dossier.IRRECEVABLE
            and personne.has_perm("labellisation.reopen_dossier", candidature)
        ),
        destinataires=responsables(candidature.structure),
        suivi=follow_letters([objet])[0],
        reouverture=getattr(objet, "reouverture", None),
        donnees=_letter(objet, personne, signature if signe else None),
    )


def _letter(objet: Decision, personne: Any, signature: Signature | None) -> dict[str, Any]:
    """Return the letter that left, or the one that would leave, with this signature if there is one."""
    if objet.lettre:
        return dict(objet.lettre.donnees)
    return preview_signed(objet, personne, signature) if signature else preview_letter(objet)


@require_http_methods(["GET", "POST"])
def motifs(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Write the grounds of a decision again, before its notification."""
    candidature, objet = _decision(request, pk)
    if not (request.method == "POST" and _was_in_charge(request, candidature)):
        require(request.user, "labellisation.amend_grounds", objet)
    if objet.etat != cycle.PRISE and request.method == "GET":
        messages.error(request, FIGES)
        return redirect(_address(request, candidature, "instruction_decision"))
    form = MotifsForm(request.POST or None, initial={"motifs": objet.motifs, "lue": version_of(objet)})
    rereads = request.POST.get("acte") == "relire"
    if (
        request.method == "POST"
        and form.is_valid()
        and not rereads
        and perform_form(
            request,
            form,
            lambda: amend_grounds(decision=objet, acteur=request.user, **form.cleaned_data),
            "Les motifs sont enregistrés.",
        )
    ):
        return saved(_address(request, candidature, "instruction_decision"), "motifs")
    return _grounds_page(request, candidature, objet, form, rereads=rereads)


def _grounds_page(
    request: HttpRequest, candidature: Candidature, objet: Decision, form: MotifsForm, *, rereads: bool
) -> HttpResponse:
    personne: Any = request.user
    enregistree = Decision.objects.select_related("delegation").get(pk=objet.pk)
    enregistree.candidature = candidature
    version, autre = version_of(enregistree), ""
    refus = "" if enregistree.etat == cycle.PRISE else FIGES
    if not personne.has_perm("labellisation.amend_grounds", enregistree):
        refus = refus or REFUS
    if rereads and refus:
        form.add_error(None, refus)
    if request.method == "POST" and form.data.get("lue") != version:
        # Somebody else wrote meanwhile: both texts are shown, and the next saving has seen this one.
        autre = enregistree.motifs
    enregistree.motifs = form["motifs"].value() or ""
    # A text kept from before somebody else's is not put back over it.
    _keep_in_browser(request, candidature, form, f"motifs-{version[:12]}")
    return page(
        request,
        "decision_motifs",
        "Modifier les motifs",
        status=REFUSE if form.errors else 200,
        candidature=candidature,
        form=form,
        erreurs=_errors(form),
        relue=rereads and not form.errors,
        peut_enregistrer=not refus,
        version=version,
        autre=autre,
        donnees=preview_letter(enregistree),
    )


# --- Opened again --------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def rouvrir(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Examine again a dossier declared irrecevable, after a page that says what will happen."""
    candidature = dossier_instruit(request, pk)
    require(request.user, "labellisation.reopen_dossier", candidature)
    objet = decision_to_reopen(candidature)
    ferme = objet is None or candidature.etat != cycle_dossier.IRRECEVABLE
    if ferme and request.method == "GET":
        messages.error(request, "Ce dossier n’est pas, ou n’est plus, déclaré irrecevable.")
        return redirect(_address(request, candidature))
    # Opened again or withdrawn meanwhile: the form that is given back is the one that was read.
    etat = objet.etat if objet else request.POST.get("etat_lu", "")
    annoncee = etat == cycle.NOTIFIEE
    form = ReouvertureForm(request.POST or None, recours=annoncee, initial={"etat_lu": etat})
    if request.method == "POST" and form.is_valid() and _reopened(request, candidature, form):
        return saved(_address(request, candidature), "rouvrir")
    _keep_in_browser(request, candidature, form, "rouvrir")
    return page(
        request,
        "rouvrir",
        "Accepter un recours" if annoncee else "Rouvrir l’examen",
        status=REFUSE if form.errors else 200,
        candidature=candidature,
        decision=objet,
        etat_lu=etat,
        peut_rouvrir=not ferme,
        annoncee=annoncee,
        form=form,
        erreurs=_errors(form),
        destinataires=responsables(candidature.structure) if annoncee else [],
        dernier_jour=(
            last_day_to_appeal(horloge.paris(objet.notifiee_le).date())
            if objet and objet.notifiee_le
            else None
        ),
    )


def _reopened(request: HttpRequest, candidature: Candidature, form: ReouvertureForm) -> bool:
    return perform_form(
        request,
        form,
        lambda: reopen_dossier(candidature=candidature, acteur=request.user, **form.cleaned_data),
        f"L’examen du dossier {candidature.reference} est rouvert.",
    )
