"""Notification of a séance in one act: prepared by one person, confirmed by another (R39)."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from candidatures.models import Candidature
from comptes.models import Appartenance, RoleMembre
from labellisation import cycle
from labellisation.domain.decision import NotificationRefusee, notify_decision
from labellisation.models import Decision, Seance
from socle import horloge, journal
from socle.erreurs import ActeurRefuse, TransitionRefusee
from socle.models import Courriel, Travail
from socle.references import SYSTEME
from socle.transition import lock
from socle.travaux import enqueue, relaunch

logger = logging.getLogger(__name__)

GENRE_TRAVAIL = "labellisation.notifier_seance"


@dataclass(frozen=True)
class Apercu:
    """What a notification will announce: how many of each nature, and what stands in the way."""

    par_nature: dict[str, int]
    sans_courriel: list[str]

    @property
    def total(self) -> int:
        """Return the number of letters."""
        return sum(self.par_nature.values())


def preview(seance: Seance, user: Any) -> Apercu:
    """Return the counts of a séance's decisions to announce, and the dossiers without an address.

    What a declared link hides from ``user`` is left out of the counts (R36).
    """
    visibles = Candidature.objects.visible_to(user)
    decisions = list(pending(seance).filter(candidature__in=visibles).select_related("candidature"))
    par_nature: dict[str, int] = {}
    for decision in decisions:
        libelle = str(cycle.NatureDecision(decision.nature).label)
        par_nature[libelle] = par_nature.get(libelle, 0) + 1
    joignables = set(
        Appartenance.objects.en_cours()
        .filter(
            structure__in=[decision.candidature.structure_id for decision in decisions],
            role=RoleMembre.RESPONSABLE,
            utilisateur__is_active=True,
        )
        .values_list("structure", flat=True)
    )
    sans_courriel = [
        decision.candidature.reference
        for decision in decisions
        if decision.candidature.structure_id not in joignables
    ]
    return Apercu(par_nature, sans_courriel)


def pending(seance: Seance) -> Any:
    """Return the decisions of a séance that are taken and not announced."""
    return Decision.objects.filter(inscription__seance=seance, etat=cycle.PRISE).order_by(
        "candidature__reference"
    )


@dataclass(frozen=True)
class SuiviLettre:
    """What is known of one letter: its e-mails (sent, delivered, read) and its first opening (R39)."""

    decision: Decision
    courriels: list[Courriel]


def follow_letters(decisions: Iterable[Decision]) -> list[SuiviLettre]:
    """Return each decision with the e-mails that announced it, in one query for all."""
    lignes = list(decisions)
    annonces: dict[Any, list[Courriel]] = {ligne.pk: [] for ligne in lignes}
    courriels = Courriel.objects.filter(
        sujet_genre=Decision._meta.label_lower, sujet_id__in=list(annonces), gabarit="labellisation_decision"
    )
    # Their words are many, and nobody reads them here.
    suivis = courriels.only("sujet_id", "email", "nom", "etat", "remis_le", "livre_le", "lu_le")
    for courriel in suivis.order_by("cree_le", "email"):
        annonces[courriel.sujet_id].append(courriel)
    return [SuiviLettre(ligne, annonces[ligne.pk]) for ligne in lignes]


@transaction.atomic
def prepare_notification(*, seance: Seance, acteur: Any) -> Seance:
    """Say that the letters of a closed séance are ready: another person must confirm.

    Effects: who and when on the séance, event ``seance.notification_preparee``.
    """
    _demand_direction(acteur)
    lock(seance)
    if seance.etat != cycle.CLOSE:
        raise TransitionRefusee("On notifie une séance close.")
    if not pending(seance).exists():
        raise NotificationRefusee("Aucune décision de cette séance n’attend sa notification.")
    _demand_no_link(seance, acteur)
    seance.notification_preparee_par = acteur
    seance.notification_preparee_le = horloge.now()
    seance.save(update_fields=["notification_preparee_par", "notification_preparee_le"])
    journal.record("seance.notification_preparee", sujet=seance, acteur=acteur)
    return seance


@transaction.atomic
def confirm_notification(*, seance: Seance, acteur: Any) -> None:
    """Launch the notification of a séance; the confirming person signs the letters.

    Effects: event ``seance.notification_confirmee`` and one background job that announces each
    decision in a transaction of its own; a job that was given up is launched again. Errors:
    ``ActeurRefuse`` for the person who prepared it; ``NotificationRefusee`` while the signatory's name
    or function is missing, or when nothing is left to announce.
    """
    _demand_direction(acteur)
    lock(seance)
    if seance.notification_preparee_par_id is None:
        raise NotificationRefusee("La notification n’est pas préparée.")
    if seance.notification_preparee_par_id == acteur.pk:
        raise ActeurRefuse("Une autre personne de la direction doit confirmer la notification.")
    _demand_no_link(seance, acteur)
    if not (acteur.prenom and acteur.nom and acteur.fonction):
        raise NotificationRefusee("Complétez votre nom et votre fonction avant de signer les lettres.")
    if not pending(seance).exists():
        raise NotificationRefusee("Toutes les décisions de cette séance sont notifiées.")
    journal.record("seance.notification_confirmee", sujet=seance, acteur=acteur)
    travail = enqueue(
        GENRE_TRAVAIL,
        cle=f"{GENRE_TRAVAIL}:{seance.pk}",
        charge={
            "seance": str(seance.pk),
            "signataire_nom": acteur.nom_complet,
            "signataire_qualite": acteur.fonction,
        },
    )
    if travail.etat == Travail.Etat.MORT:
        # The direction's own act, already checked and recorded: no administrator is needed.
        relaunch(travail, SYSTEME)


def notify_pending(*, seance: Seance, signataire_nom: str, signataire_qualite: str, progress: Any) -> int:
    """Announce what is left to announce, one transaction each; a killed run goes on where it was.

    ``progress(done, total)`` is called after each. Returns how many this run announced. A decision that
    lapsed meanwhile is left; one that fails doesn't hold the others back: its error is raised at the
    end, so that the job is tried again.
    """
    attente = list(pending(seance).select_related("candidature"))
    echecs: list[Exception] = []
    annoncees = 0
    for fait, decision in enumerate(attente, start=1):
        try:
            notify_decision(
                decision=decision,
                acteur=SYSTEME,
                signataire_nom=signataire_nom,
                signataire_qualite=signataire_qualite,
            )
            annoncees += 1
        except TransitionRefusee as refus:
            decision.refresh_from_db()
            if decision.etat == cycle.PRISE:
                logger.exception("decision %s could not be announced", decision.pk)
                echecs.append(refus)
                continue
            logger.info("decision %s is no longer to be announced", decision.pk)
        except Exception as erreur:
            logger.exception("decision %s could not be announced", decision.pk)
            echecs.append(erreur)
        progress(fait, len(attente))
    if echecs:
        raise echecs[0]
    return annoncees


def _demand_no_link(seance: Seance, acteur: Any) -> None:
    """Nobody prepares or signs letters that a declared link hides from them (R36)."""
    visibles = Candidature.objects.visible_to(acteur)
    if pending(seance).exclude(candidature__in=visibles).exists():
        raise ActeurRefuse(
            "Un lien d’intérêt vous cache une décision de cette séance : une autre personne doit agir."
        )


def _demand_direction(acteur: Any) -> None:
    if not acteur.has_perm("labellisation.direct_seance"):
        raise ActeurRefuse("Seule la direction notifie les décisions.")
