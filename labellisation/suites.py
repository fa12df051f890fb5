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
    """Return the letters of the decisions announced; a decision only taken has none (R39).

    The page shows what the last one says, unless it was withdrawn since.
    """
    decisions = Decision.objects.filter(
        candidature=candidature, etat__in=cycle.ANNONCEES, lettre__isnull=False
    ).select_related("lettre", "candidature__structure")
    lisibles = [
        decision
        for decision in decisions.order_by("notifiee_le")
        if utilisateur.has_perm("labellisation.read_decision", decision)
    ]
    return [
        _letter(decision, montree=decision is lisibles[-1] and decision.etat == cycle.NOTIFIEE)
        for decision in lisibles
    ]


def _letter(decision: Decision, *, montree: bool) -> Suite:
    retiree = ", décision retirée après recours" if decision.etat == cycle.RETIREE else ""
    return Suite(
        "Lettre de décision",
        f"Lire la lettre\u00a0: {decision.get_nature_display().lower()}{retiree}",
        reverse("socle:document", args=[decision.lettre_id]),
        gabarit="labellisation/_decision_notifiee.html" if montree else "",
        contexte={"decision": decision, "donnees": decision.lettre.donnees} if montree else {},
        document=decision.lettre if montree else None,
    )


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
