"""The results of a relevé: a dated obligation of the direction, met when nothing waits (R4)."""

from django.db import transaction

from candidatures import cycle
from candidatures.models import Candidature, Releve
from socle import echeances, horloge
from socle.models import Echeance
from socle.references import reference

RESULTATS = "candidatures.resultats"


def awaiting_results(releve: Releve) -> int:
    """Return how many dossiers of a relevé still wait for an outcome that their porteur knows."""
    return (
        Candidature.objects.filter(releve_examen=releve, issue_notifiee="")
        .exclude(etat__in=(cycle.BROUILLON, cycle.SANS_SUITE))
        .count()
    )


@transaction.atomic
def settle_results(releve: Releve) -> bool:
    """Meet the obligation of a relevé whose bound has passed and whose outcomes are all announced.

    Effects: ``candidatures.resultats`` fulfilled. Returns whether this call met it.
    """
    if horloge.now() < releve.borne or awaiting_results(releve):
        return False
    return echeances.fulfil(RESULTATS, sujet=releve, preuve=reference(releve)) is not None


def settle_all_results() -> int:
    """Meet the obligations of the relevés that have nothing left to announce (an empty one too)."""
    ouvertes = Echeance.objects.open().filter(genre=RESULTATS).values("sujet_id")
    passes = Releve.objects.filter(pk__in=ouvertes, borne__lte=horloge.now())
    return sum(settle_results(releve) for releve in passes)
