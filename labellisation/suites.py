"""What the labelling adds to the page of a dossier, once it is announced."""

from dataclasses import replace
from typing import Any

from django.urls import reverse

from candidatures.domain import suites
from candidatures.domain.suites import Suite
from candidatures.models import Candidature
from labellisation import cycle
from labellisation.models import Convention, Decision

NOTIFIEE = "labellisation/_decision_notifiee.html"
RETIREE = "labellisation/_decision_retiree.html"


def register() -> None:
    """Register the letters and the convention of a dossier."""
    suites.register("labellisation", _suites)


def _suites(utilisateur: Any, candidature: Candidature) -> list[Suite]:
    return [*_letters(utilisateur, candidature), *_conventions(utilisateur, candidature)]


def _letters(utilisateur: Any, candidature: Candidature) -> list[Suite]:
    """Return the letters of the decisions announced; a decision only taken has none (R39).

    The page shows what the last one says, or why it was withdrawn.
    """
    decisions = Decision.objects.filter(
        candidature=candidature, etat__in=cycle.ANNONCEES, lettre__isnull=False
    ).select_related("lettre", "candidature__structure", "reouverture")
    lisibles = [
        decision
        for decision in decisions.order_by("notifiee_le")
        if utilisateur.has_perm("labellisation.read_decision", decision)
    ]
    return [_letter(decision, montree=decision is lisibles[-1]) for decision in lisibles]


def _letter(decision: Decision, *, montree: bool) -> Suite:
    retiree = decision.etat == cycle.RETIREE
    nature = decision.get_nature_display().lower()
    suite = Suite(
        "Lettre de décision",
        f"Lire la lettre\u00a0: {nature}{', décision retirée après recours' if retiree else ''}",
        reverse("socle:document", args=[decision.lettre_id]),
    )
    if not montree:
        return suite
    if retiree:
        return replace(suite, gabarit=RETIREE, contexte={"decision": decision, "donnees": {}})
    contexte = {"decision": decision, "donnees": decision.lettre.donnees}
    return replace(suite, gabarit=NOTIFIEE, contexte=contexte, document=decision.lettre)


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
