"""The direction's dashboard: where the dossiers stand and what is late."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count

from candidatures import cycle
from candidatures.models import Candidature
from comptes.models import Structure
from socle import horloge
from socle.models import Courriel, Echeance


@dataclass(frozen=True)
class Retard:
    """A late obligation and the structure that it waits for."""

    echeance: Echeance
    structure: str


@dataclass(frozen=True)
class Tableau:
    """What the direction reads first."""

    jour: date
    etats: list[tuple[str, int]]
    regions: list[tuple[str, int]]
    retards: list[Retard]
    courriels_a_verifier: int


def dashboard(user: Any) -> Tableau:
    """Return the counts of the dossiers that ``user`` may see, and the late obligations."""
    dossiers = Candidature.objects.visible_to(user).exclude(etat=cycle.BROUILLON)
    par_etat = dict(dossiers.order_by().values_list("etat").annotate(nombre=Count("pk")))
    regions = (
        dossiers.order_by()
        .values("region__nom")
        .annotate(nombre=Count("pk"))
        .order_by("-nombre", "region__nom")
    )
    return Tableau(
        jour=horloge.today(),
        etats=[
            (str(libelle), par_etat.get(code, 0))
            for code, libelle in cycle.CYCLE.choices
            if code != cycle.BROUILLON
        ],
        regions=[(ligne["region__nom"] or "Sans région", ligne["nombre"]) for ligne in regions],
        retards=late_obligations(user),
        courriels_a_verifier=Courriel.objects.to_check().count(),
    )


def late_obligations(user: Any, limite: int = 50) -> list[Retard]:
    """Return the late obligations of the follow-up, the oldest first, with who must act."""
    echeances = list(
        Echeance.objects.late()
        .visible_to(user)
        .filter(genre__startswith="suivi.")
        .order_by("due", "id")[:limite]
    )
    noms = dict(
        Structure.objects.filter(pk__in={ligne.responsable_id for ligne in echeances}).values_list(
            "pk", "raison_sociale"
        )
    )
    return [Retard(ligne, noms.get(ligne.responsable_id, "")) for ligne in echeances]
