"""The page of a dossier: its task list while it is a draft, its state and what happens next after."""

import uuid
from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from candidatures import cycle
from candidatures.domain import instantane
from candidatures.domain.archive import request_dossier_archive, request_working_archive
from candidatures.domain.attentes import next_releve
from candidatures.domain.avertissements import Avertissement, warnings_for
from candidatures.domain.chronologie import timeline
from candidatures.domain.complements import (
    answer_complements,
    dossier_to_answer,
    gaps_to_answer,
    refused_renewal,
    too_late,
)
from candidatures.domain.completude import Manque, gaps
from candidatures.domain.copies import copy_opened, duplicate_candidature
from candidatures.domain.depot import (
    is_withdrawable,
    resend_receipt,
    submit_candidature,
    withdraw_candidature,
)
from candidatures.domain.echanges import count_for
from candidatures.domain.edition import request_dossier, request_working_copy
from candidatures.domain.lecture import place_of_element, sections_lisibles
from candidatures.domain.pieces import held_pieces, may_replace
from candidatures.domain.queries import (
    demande_ouverte,
    dernier_depot,
    echeance_affichee,
    est_membre,
    releve_affiche,
    remaining,
    responsables,
    statut_porteur,
)
from candidatures.domain.renouvellements import too_early
from candidatures.domain.saisie import open_answers
from candidatures.domain.suites import suites_of
from candidatures.forms.sections import anchor_of
from candidatures.models import Candidature, DemandeComplements, EtatSection, Message, Piece
from candidatures.sections import PAR_CODE, SECTIONS, Section
from candidatures.views.acces import contexte, dossier_de_membre, dossier_visible
from candidatures.views.equipe import team
from comptes.voir_comme import open_to_view
from socle import horloge, lectures
from socle.erreurs import ActeurRefuse, ErreurMetier
from socle.models import Document
from socle.views.actes import perform_allowed, perform_opening

_COULEURS = {
    EtatSection.Avancement.A_COMMENCER: "",
    EtatSection.Avancement.EN_COURS: "fr-badge--info",
    EtatSection.Avancement.TERMINEE: "fr-badge--success",
    EtatSection.Avancement.A_CORRIGER: "fr-badge--warning",
    EtatSection.Avancement.SANS_OBJET: "",
}


@open_to_view
@require_safe
def dossier(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show a dossier."""
    candidature = dossier_visible(request, pk)
    membre = est_membre(request.user, candidature)
    if candidature.est_brouillon:
        return render(request, "candidatures/brouillon.html", _draft(request, candidature))
    page = _deposited(request, candidature, membre)
    for suite in page["suites"]:
        if suite.document is not None:
            lectures.note_opening(request, suite.document)
    return render(request, "candidatures/dossier.html", page)


def _draft(request: HttpRequest, candidature: Candidature) -> dict[str, Any]:
    taches = tasks(candidature)
    terminees = sum(tache["terminee"] for tache in taches)
    return contexte(
        candidature,
        taches=taches,
        terminees=terminees,
        total=len(taches),
        complet=not any(tache["manques"] for tache in taches),
        peut_deposer=_may_submit(request, candidature),
        statut=statut_porteur(candidature),
        prochain=_next_releve(candidature),
        retenues=_held(request, candidature),
        **team(request, candidature),
    )


def _held(request: HttpRequest, candidature: Candidature) -> list[tuple[Piece, str]]:
    """Return the pieces that nobody can read, each with the act by which this person may replace it."""
    return [(piece, may_replace(piece, request.user)) for piece in held_pieces(candidature)]


def _next_releve(candidature: Candidature) -> dict[str, Any] | None:
    """Return the relevé in which a deposit made now falls, and what is left before it."""
    releve = next_releve(candidature)
    if releve is None:
        return None
    return {"jusqu_au": echeance_affichee(releve), "reste": remaining(releve, horloge.now())}


def tasks(candidature: Candidature, seulement: set[str] | None = None) -> list[dict[str, Any]]:
    """Return the sections with their state, in one query."""
    etats = {etat.section: etat for etat in candidature.etats_sections.select_related("modifiee_par")}
    return [
        {
            "section": section,
            "etat": etats[section.code],
            "couleur": _COULEURS[EtatSection.Avancement(etats[section.code].avancement)],
            "manques": etats[section.code].manques,
            "terminee": etats[section.code].avancement == EtatSection.Avancement.TERMINEE,
        }
        for section in SECTIONS
        if seulement is None or section.code in seulement
    ]


def _deposited(request: HttpRequest, candidature: Candidature, membre: bool) -> dict[str, Any]:
    depot = dernier_depot(candidature)
    assert depot is not None, "a deposited dossier has a deposit"
    demande = demande_ouverte(candidature) if candidature.etat == cycle.EN_COMPLEMENT else None
    depots = list(candidature.depots.select_related("recu").order_by("numero"))
    return contexte(
        candidature,
        membre=membre,
        statut=statut_porteur(candidature),
        depot=depot,
        recu=depots[0].recu if membre or _is_agent(request) else None,
        releve=releve_affiche(candidature.releve_arrivee),
        resultats_avant=candidature.releve_arrivee and candidature.releve_arrivee.resultats_avant,
        decompte_messages=count_for(candidature, Message.Cote.PORTEUR) if membre else None,
        moments=timeline(candidature, membre=membre),
        suites=suites_of(request.user, candidature),
        sections=sections_lisibles(depot.instantane),
        demande=demande,
        elements=_elements(demande),
        retenues=_held(request, candidature) if membre else [],
        peut_retirer=_may_withdraw(request, candidature),
        **(team(request, candidature) if membre else {}),
    )


def _elements(demande: DemandeComplements | None) -> list[dict[str, Any]]:
    if demande is None:
        return []
    return [
        {
            "section": PAR_CODE[element.section],
            "lieu": place_of_element(PAR_CODE[element.section], element.champ),
            "consigne": element.consigne,
        }
        for element in demande.elements.order_by("id")
    ]


def _is_agent(request: HttpRequest) -> bool:
    utilisateur: Any = request.user
    return utilisateur.a_role("instructeur", "direction")


def _may_submit(request: HttpRequest, candidature: Candidature) -> bool:
    utilisateur: Any = request.user
    return utilisateur.has_perm("candidatures.submit_candidature", candidature)


def _may_withdraw(request: HttpRequest, candidature: Candidature) -> bool:
    utilisateur: Any = request.user
    return (
        "withdraw_candidature" in cycle.CYCLE.verbes_depuis(candidature.etat)
        and is_withdrawable(candidature)
        and utilisateur.has_perm("candidatures.withdraw_candidature", candidature)
    )


# --- Recap, deposit, answer --------------------------------------------------------------------
@open_to_view
@require_safe
def recapitulatif(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the whole dossier before the deposit (or before the answer), with its gaps and warnings."""
    candidature = dossier_de_membre(request, pk)
    if candidature.etat not in (cycle.BROUILLON, cycle.EN_COMPLEMENT):
        return redirect("candidatures:dossier", pk=pk)
    ouvertes = open_answers(candidature)
    if candidature.est_brouillon:
        donnees = instantane.build(candidature)
        manques, attente = gaps(donnees), too_early(candidature, donnees["formation"], horloge.today())
        retard = ""
    else:
        donnees, depot = dossier_to_answer(candidature), dernier_depot(candidature)
        assert depot is not None, "a deposited dossier has a deposit"
        manques = gaps_to_answer(candidature, donnees)
        retard = too_late(candidature)
        attente = refused_renewal(candidature, donnees, depot, horloge.today())
    page = contexte(
        candidature,
        "Vérifier et déposer" if candidature.est_brouillon else "Vérifier et transmettre",
        manques=[
            (PAR_CODE[code], [(manque.phrase, _anchor(manque, ouvertes, donnees)) for manque in liste])
            for code, liste in manques.items()
        ],
        nombre=sum(len(liste) for liste in manques.values()),
        avertissements=[
            (
                PAR_CODE[avertissement.section],
                avertissement,
                _where(candidature, avertissement, ouvertes, donnees),
            )
            for avertissement in warnings_for(donnees, horloge.today(), _seen_by(request))
        ],
        sections=sections_lisibles(donnees),
        ouvertes=set(ouvertes),
        engagements=PAR_CODE["engagements"],
        peut_deposer=_may_submit(request, candidature),
        attente=attente,
        retard=retard,
        prochain=_next_releve(candidature),
        responsables=responsables(candidature.structure),
    )
    return render(request, "candidatures/recapitulatif.html", page)


def _seen_by(request: HttpRequest) -> Any:
    """Return who looks at a porteur's page as they see it, if somebody does."""
    personne: Any = request.user
    return personne.vu_par


def _anchor(
    signale: Manque | Avertissement, ouvertes: Mapping[str, Collection[str]], donnees: dict[str, Any]
) -> str:
    """Return the id of what a gap or a warning speaks of, on its page with what may be changed there."""
    section = PAR_CODE[signale.section]
    lignes = [ligne["id"] for ligne in instantane.rows_of(section, donnees[section.code])]
    return anchor_of(signale, ouvertes.get(section.code, set()), lignes)


def _where(
    candidature: Candidature,
    avertissement: Avertissement,
    ouvertes: Mapping[str, Collection[str]],
    donnees: dict[str, Any],
) -> str:
    """Return where what a warning speaks of is corrected, or read where nothing of it may be changed."""
    section = PAR_CODE[avertissement.section]
    if section.code not in ouvertes:
        return f"#section-{section.code}"
    ouverte = _is_open(section, avertissement, ouvertes[section.code])
    ancre = _anchor(avertissement, ouvertes, donnees) if ouverte else "contenu"
    return f"{reverse('candidatures:section', args=[candidature.pk, section.code])}#{ancre}"


def _is_open(section: Section, avertissement: Avertissement, ouverts: set[str]) -> bool:
    nature, _, piece = avertissement.champ.partition(":")
    if piece:
        return section.opens_piece(ouverts, piece)
    tableau = section.tableau.nom if section.tableau else ""
    return (tableau if avertissement.ligne is not None else nature) in ouverts


@require_POST
def deposer(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Deposit the dossier."""
    candidature = dossier_de_membre(request, pk)
    arrivee = request.arrivee
    try:
        submit_candidature(candidature=candidature, acteur=request.user, arrivee=arrivee)
    except ActeurRefuse:
        raise
    except ErreurMetier as erreur:
        messages.error(request, f"Le dossier n’est pas déposé. {erreur}")
        return redirect("candidatures:recapitulatif", pk=pk)
    messages.success(
        request,
        f"Le dossier {candidature.reference} est déposé ({releve_affiche(candidature.releve_arrivee)}). "
        "L’accusé de réception vous est envoyé par courriel.",
    )
    return redirect("candidatures:dossier", pk=pk)


@require_POST
def renvoyer_recu(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Send the receipt again to whoever asks."""
    candidature = dossier_de_membre(request, pk)
    utilisateur: Any = request.user
    perform_allowed(
        request,
        lambda: resend_receipt(candidature=candidature, acteur=utilisateur),
        f"L’accusé de réception vous est renvoyé à l’adresse {utilisateur.email}.",
    )
    return redirect("candidatures:dossier", pk=pk)


@require_POST
def repondre(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Hand in the compléments."""
    candidature = dossier_de_membre(request, pk)
    arrivee = request.arrivee
    try:
        answer_complements(candidature=candidature, acteur=request.user, arrivee=arrivee)
    except ActeurRefuse:
        raise
    except ErreurMetier as erreur:
        messages.error(request, f"Les compléments ne sont pas transmis. {erreur}")
        return redirect("candidatures:recapitulatif", pk=pk)
    messages.success(request, "Vos compléments sont transmis. L’examen du dossier reprend.")
    return redirect("candidatures:dossier", pk=pk)


@require_POST
def dupliquer(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Open a draft with the answers of this dossier, and lead to it."""
    candidature = dossier_de_membre(request, pk)
    copie = perform_opening(
        request,
        lambda: duplicate_candidature(candidature=candidature, acteur=request.user),
        lambda copie: copy_opened(copie, candidature),
    )
    return redirect("candidatures:dossier", pk=copie.pk if copie else pk)


# --- The whole dossier, as a PDF or with its attachments ------------------------------------------
@require_POST
def demander_copie(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask for the PDF of a draft, or of compléments in preparation, and lead to it."""
    return _lead_to(request, dossier_de_membre(request, pk), request_working_copy)


@require_POST
def demander_archive_copie(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask for the ZIP of a draft, or of compléments in preparation, and lead to it."""
    return _lead_to(request, dossier_de_membre(request, pk), request_working_archive)


@require_POST
def demander_pdf(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask for the PDF of the deposited dossier, and lead to it."""
    return _lead_to(request, dossier_visible(request, pk), request_dossier)


@require_POST
def demander_archive(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask for the ZIP of the deposited dossier, and lead to it."""
    return _lead_to(request, dossier_visible(request, pk), request_dossier_archive)


def _lead_to(
    request: HttpRequest, candidature: Candidature, demander: Callable[..., Document]
) -> HttpResponse:
    """Lead to what is asked for, whose page waits for it by itself; back to the dossier if refused."""
    try:
        return redirect(demander(candidature=candidature, acteur=request.user).url)
    except ActeurRefuse:
        raise
    except ErreurMetier as erreur:
        messages.error(request, str(erreur))
    return redirect("candidatures:dossier", pk=candidature.pk)


@require_http_methods(["GET", "POST"])
def retirer(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Withdraw a deposited dossier, after a confirmation."""
    candidature = dossier_de_membre(request, pk)
    if request.method == "POST":
        try:
            withdraw_candidature(candidature=candidature, acteur=request.user)
        except ActeurRefuse:
            raise
        except ErreurMetier as erreur:
            messages.error(request, str(erreur))
        else:
            messages.success(
                request, f"Le dossier {candidature.reference} est retiré. Il ne sera pas examiné."
            )
        return redirect("candidatures:dossier", pk=pk)
    if not _may_withdraw(request, candidature):
        messages.error(request, "Ce dossier ne peut pas être retiré, ou vous n’en êtes pas responsable.")
        return redirect("candidatures:dossier", pk=pk)
    return render(request, "candidatures/retirer.html", contexte(candidature, "Retirer le dossier"))
