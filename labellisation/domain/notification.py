"""Notification of a séance in one act: prepared by one person, confirmed by another (R39)."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from labellisation import cycle
from labellisation.domain.decision import NotificationRefusee, notify_decision
from labellisation.models import Decision, Seance
from socle import horloge, journal
from socle.erreurs import ActeurRefuse, TransitionRefusee
from socle.references import SYSTEME
from socle.transition import lock
from socle.travaux import enqueue

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


def preview(seance: Seance) -> Apercu:
    """Return the counts of a séance's decisions to announce, and the dossiers without an address."""
    decisions = list(pending(seance).select_related("candidature__structure"))
    par_nature: dict[str, int] = {}
    for decision in decisions:
        libelle = str(cycle.NatureDecision(decision.nature).label)
        par_nature[libelle] = par_nature.get(libelle, 0) + 1
    sans_courriel = [
        decision.candidature.reference
        for decision in decisions
        if not decision.candidature.structure.appartenances.en_cours()
        .filter(utilisateur__is_active=True)
        .exists()
    ]
    return Apercu(par_nature, sans_courriel)


def pending(seance: Seance) -> Any:
    """Return the decisions of a séance that are taken and not announced."""
    return Decision.objects.filter(inscription__seance=seance, etat=cycle.PRISE).order_by(
        "candidature__reference"
    )


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
    seance.notification_preparee_par = acteur
    seance.notification_preparee_le = horloge.now()
    seance.save(update_fields=["notification_preparee_par", "notification_preparee_le"])
    journal.record("seance.notification_preparee", sujet=seance, acteur=acteur)
    return seance


@transaction.atomic
def confirm_notification(*, seance: Seance, acteur: Any) -> None:
    """Launch the notification of a séance; the confirming person signs the letters.

    Effects: event ``seance.notification_confirmee`` and one background job that announces each
    decision in a transaction of its own. Errors: ``ActeurRefuse`` for the person who prepared it;
    ``NotificationRefusee`` while the signatory's name or function is missing.
    """
    _demand_direction(acteur)
    lock(seance)
    if seance.notification_preparee_par_id is None:
        raise NotificationRefusee("La notification n’est pas préparée.")
    if seance.notification_preparee_par_id == acteur.pk:
        raise ActeurRefuse("Une autre personne de la direction doit confirmer la notification.")
    if not (acteur.prenom and acteur.nom and acteur.fonction):
        raise NotificationRefusee("Complétez votre nom et votre fonction avant de signer les lettres.")
    journal.record("seance.notification_confirmee", sujet=seance, acteur=acteur)
    enqueue(
        GENRE_TRAVAIL,
        cle=f"{GENRE_TRAVAIL}:{seance.pk}",
        charge={
            "seance": str(seance.pk),
            "signataire_nom": acteur.nom_complet,
            "signataire_qualite": acteur.fonction,
        },
    )


def notify_pending(*, seance: Seance, signataire_nom: str, signataire_qualite: str, progress: Any) -> int:
    """Announce what is left to announce, one transaction each; a killed run goes on where it was.

    ``progress(done, total)`` is called after each. Returns how many this run announced.
    """
    attente = list(pending(seance))
    for fait, decision in enumerate(attente, start=1):
        notify_decision(
            decision=decision,
            acteur=SYSTEME,
            signataire_nom=signataire_nom,
            signataire_qualite=signataire_qualite,
        )
        progress(fait, len(attente))
    return len(attente)


def _demand_direction(acteur: Any) -> None:
    if not acteur.has_perm("labellisation.direct_seance"):
        raise ActeurRefuse("Seule la direction notifie les décisions.")
