"""The demo's story, told by the verbs on a base of its own: what a newcomer finds on the first day."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.bases import copy_of
from tests.e2e.pile import manage

pytestmark = [pytest.mark.service, pytest.mark.sqlite]

#: Printed by the portal itself, on the demo's base.
CONSTAT = """
import json
from collections import Counter
from candidatures.models import Candidature
from labellisation.models import Convention, Label
from labellisation.domain.label import public_status
from referentiels.models import BesoinRegional
from socle import horloge, journal
from socle.models import Courriel, Evenement, Travail
besoins = set(BesoinRegional.objects.values_list("region__code", "metiers__code"))
dossiers = Candidature.objects.select_related("region")
observees = {region for region, metier in besoins}
hors_besoins = []
for dossier in dossiers.filter(sectionformation__metier__isnull=False):
    # Overseas regions are not observed: they have no listed need (DOMAIN, reference data).
    besoin = (dossier.region.code, dossier.sectionformation.metier.code)
    if dossier.region.code in observees and besoin not in besoins:
        hors_besoins.append(dossier.reference)
from candidatures.models import Depot
from labellisation.domain.contexte_recevabilite import check_all
def seen(depots):
    vues = {critere: set() for critere in range(1, 11)}
    for depot, resultats in check_all(depots, horloge.today()):
        for resultat in resultats:
            vues[resultat.critere].add(str(resultat.proposition))
    return {critere: sorted(unes) for critere, unes in vues.items()}
depots = Depot.objects.select_related("candidature__appel__grille", "candidature__releve_examen")
from django.db.models import Q
a_examiner = {}
for nom in ("instructeur1", "instructeur2"):
    charge = Q(
        candidature__affectations__tache="RECEVABILITE",
        candidature__affectations__retiree_le__isnull=True,
        candidature__affectations__instructeur__email__startswith=nom + "@",
    )
    siens = depots.filter(charge, candidature__etat="DEPOSEE", candidature__verdicts__isnull=True)
    a_examiner[nom] = seen(siens)
print(json.dumps({
    "propositions": seen(depots),
    "a_examiner": a_examiner,
    "dossiers": dossiers.count(),
    "etats": dict(Counter(dossiers.values_list("etat", flat=True))),
    "regions": len(set(dossiers.values_list("region", flat=True)) - {None}),
    "hors_besoins": hors_besoins,
    "conventions": sorted(set(Convention.objects.values_list("etat", flat=True))),
    "labels": sorted({public_status(label) for label in Label.objects.all()}),
    "horloge": horloge.paris(horloge.now()).isoformat(timespec="minutes"),
    "journal": journal.verify().ok,
    "morts": Travail.objects.filter(etat="MORT").count(),
    "douteux": Courriel.objects.filter(etat__in=["A_VERIFIER", "ECHEC"]).count(),
    "evenements": Evenement.objects.count(),
}))
"""


@pytest.fixture(scope="module")
def demo(demo_prete: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A loaded demo, and what stands in it."""
    dossier = copy_of(demo_prete, tmp_path_factory.mktemp("constat"))
    return dossier, _look(dossier)


def _look(dossier: Path) -> dict[str, Any]:
    constat: dict[str, Any] = json.loads(manage(dossier, "shell", "--no-imports", "-c", CONSTAT))
    return constat


def test_given_a_fresh_demo_then_its_dossiers_stand_in_every_state_over_the_regions_and_their_needs(
    demo: tuple[Path, dict[str, Any]],
) -> None:
    constat = demo[1]
    assert 35 <= constat["dossiers"] <= 50
    assert set(constat["etats"]) == {
        "BROUILLON",
        "DEPOSEE",
        "EN_COMPLEMENT",
        "RECEVABLE",
        "IRRECEVABLE",
        "NOTEE",
        "INSCRITE",
        "AJOURNEE",
        "SANS_SUITE",
    }
    assert constat["regions"] >= 13
    assert constat["hors_besoins"] == []
    assert {"A_SIGNER", "SIGNEE"} <= set(constat["conventions"])
    assert {"valide", "conditionnel", "expire", "retire"} <= set(constat["labels"])


@pytest.mark.regle("R15")
def test_given_a_fresh_demo_then_each_of_the_ten_criteria_is_seen_to_hold_and_to_fail(
    demo: tuple[Path, dict[str, Any]],
) -> None:
    constat = demo[1]
    for critere, vues in constat["propositions"].items():
        assert {"CONFORME", "NON_CONFORME"} <= set(vues), critere
    # Not in the past alone: whoever opens « Ma file » meets all ten, and each instructor some of them.
    files = constat["a_examiner"]
    for critere in constat["propositions"]:
        vues = {vue for file in files.values() for vue in file[critere]}
        assert {"CONFORME", "NON_CONFORME"} <= vues, critere
    for nom, file in files.items():
        assert sum("NON_CONFORME" in vues for vues in file.values()) >= 4, nom


def test_given_a_fresh_demo_then_it_begins_on_its_monday_with_a_sound_journal_and_nothing_in_doubt(
    demo: tuple[Path, dict[str, Any]],
) -> None:
    constat = demo[1]
    assert constat["horloge"].startswith("2021-09-20T10:0")
    assert constat["journal"] is True
    assert (constat["morts"], constat["douteux"]) == (0, 0)


def test_given_a_loaded_demo_when_loaded_again_then_nothing_is_added(
    demo: tuple[Path, dict[str, Any]],
) -> None:
    dossier, avant = demo
    assert "déjà chargée" in manage(dossier, "demo_data")
    apres = _look(dossier)
    assert apres["dossiers"] == avant["dossiers"]
    assert apres["evenements"] == avant["evenements"]
