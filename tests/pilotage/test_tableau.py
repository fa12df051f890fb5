"""The direction's dashboard: for the direction alone, on what it may see."""

from datetime import date
from typing import Any

import pytest

from candidatures import cycle
from pilotage.domain.tableau import dashboard
from tests.candidatures import fabriques as candidatures
from tests.comptes import fabriques as comptes
from tests.suivi import fabriques

pytestmark = pytest.mark.django_db

ADRESSE = "/pilotage/"


def personne(role: str) -> Any:
    """Return somebody of GEN, roles read anew."""
    utilisateur = comptes.utilisateur(role)
    utilisateur.forget_roles()
    return utilisateur


def test_given_each_role_then_the_dashboard_opens_to_the_direction_alone() -> None:
    label = fabriques.label()

    assert fabriques.connecte(personne("direction")).get(ADRESSE).status_code == 200
    for role in ("instructeur", "comite", "region", "administrateur"):
        assert fabriques.connecte(personne(role)).get(ADRESSE).status_code == 403, role
    assert fabriques.connecte(fabriques.porteur(label)).get(ADRESSE).status_code == 403


def test_given_dossiers_and_late_obligations_then_the_counts_are_those_it_may_see(aller: Any) -> None:
    label = fabriques.label()
    candidatures.brouillon()
    candidatures.dossier_depose()
    aller(date(2021, 11, 16))
    direction = personne("direction")

    tableau = dashboard(direction)

    etats = dict(tableau.etats)
    assert sum(etats.values()) == 2
    assert str(dict(cycle.CYCLE.choices)[cycle.BROUILLON]) not in etats
    assert tableau.regions == [("Région 32", 2)]
    assert [(retard.echeance.due, retard.structure) for retard in tableau.retards] == [
        (date(2021, 11, 14), label.structure.raison_sociale),
        (date(2021, 11, 14), label.structure.raison_sociale),
        (date(2021, 11, 15), label.structure.raison_sociale),
    ]
    autre = dashboard(personne("comite"))
    assert (sum(dict(autre.etats).values()), autre.regions, autre.retards) == (0, [], [])
