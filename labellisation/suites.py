"""What the labelling adds to the page of a dossier, once it is announced."""

from typing import Any

from django.urls import reverse

from candidatures.domain import suites
from candidatures.domain.suites import Suite
from candidatures.models import Candidature
from labellisation import cycle
from labellisation.models import Convention, Decision


def register() -> None:
    """Register the letters and the convention of a dossier."""
    suites.register("labellisation", _suites)


def _suites(utilisateur: Any, candidature: Candidature) -> list[Suite]:
    return [*_letters(utilisateur, candidature), *_conventions(utilisateur, candidature)]


def _letters(utilisateur: Any, candidature: Candidature) -> list[Suite]:
    """Return the letters of the decisions notified; a decision only taken has none (R39)."""
    decisions = Decision.objects.filter(candidature=candidature, etat=cycle.NOTIFIEE, lettre__isnull=False)
    return [
        Suite(
            "Lettre de décision",
            f"Lire la lettre\u00a0: {decision.get_nature_display().lower()}",
            reverse("socle:document", args=[decision.lettre_id]),
        )
        for decision in decisions.order_by("notifiee_le")
        if utilisateur.has_perm("labellisation.read_decision", decision)
    ]


def _conventions(utilisateur: Any, candidature: Candidature) -> list[Suite]:
    conventions = Convention.objects.visible_to(utilisateur).filter(candidature=candidature)
    return [
        Suite(
            "Convention",
            f"{convention.numero}, {convention.get_etat_display().lower()}",
            reverse("labellisation:convention", args=[convention.pk]),
        )
        for convention in conventions
    ]
