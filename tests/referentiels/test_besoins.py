import csv
from datetime import date
from pathlib import Path

import pytest

from referentiels.domain.queries import adequation, needs_of
from referentiels.models import BesoinRegional, Metier, Region
from referentiels.texte import normalise

pytestmark = [pytest.mark.regle("R45"), pytest.mark.usefixtures("referentiels")]

TABLEAU = Path(__file__).parent / "textes" / "tableau_des_besoins.tsv"
#: Counted by hand in the table of the cahier des charges.
NOMBRES = {
    "Auvergne-Rhône-Alpes": 10,
    "Bourgogne-Franche-Comté": 7,
    "Bretagne": 7,
    "Centre-Val de Loire": 7,
    "Corse": 4,
    "Grand Est": 9,
    "Hauts-de-France": 9,
    "Île-de-France": 10,
    "Normandie": 8,
    "Nouvelle-Aquitaine": 11,
    "Occitanie": 11,
    "Pays de la Loire": 8,
    "Provence-Alpes-Côte d’Azur": 8,
}
JOUR = date(2021, 9, 20)


def _cells() -> dict[str, str]:
    """The text's cells by normalised region name (the text writes "Provence-Alpes- Côtes-d'Azur")."""
    with TABLEAU.open(encoding="utf-8", newline="") as flux:
        _, *lignes = csv.reader(flux, delimiter="\t")
    return {normalise(nom).replace("cotes", "cote"): cellule for nom, cellule in lignes}


def test_given_the_table_when_loaded_then_each_of_the_13_regions_has_its_needs() -> None:
    assert {region.nom: len(needs_of(region)) for region in Region.objects.filter(outre_mer=False)} == NOMBRES
    assert BesoinRegional.objects.count() == 109


def test_given_the_text_when_its_needs_are_joined_again_then_they_are_its_cells() -> None:
    cellules = _cells()
    assert len(cellules) == 13
    for region in Region.objects.filter(besoins_observes=True):
        rejointes = " ".join(besoin.texte for besoin in needs_of(region))
        assert rejointes.replace("’", "'") == cellules[region.nom_recherche]


def test_given_an_overseas_region_when_asked_then_it_is_not_observed_rather_than_without_need() -> None:
    outre_mer = Region.objects.filter(outre_mer=True)
    assert sorted(region.nom for region in outre_mer) == [
        "Guadeloupe",
        "Guyane",
        "La Réunion",
        "Martinique",
        "Mayotte",
    ]
    reponse = adequation(outre_mer[0], Metier.objects.get(code="developpeur-mobile"), jour=JOUR)
    assert not reponse.observee
    assert list(reponse.du_metier) == []


def test_given_every_need_when_loaded_then_it_has_a_family_and_metiers_of_that_family() -> None:
    for besoin in BesoinRegional.objects.select_related("famille").prefetch_related("metiers__famille"):
        metiers = besoin.metiers.all()
        assert metiers, besoin
        assert {metier.famille for metier in metiers} == {besoin.famille}
        assert set(besoin.codes_rome) <= {code for metier in metiers for code in metier.codes_rome}


def test_given_developers_specialities_when_loaded_then_they_stay_one_need_and_name_their_metiers() -> None:
    besoin = BesoinRegional.objects.get(region__nom="Île-de-France", libelle="Développeur")
    assert besoin.texte == "Développeur (full-stack, front-end, back-end, DevOps, mobile, IoT)"
    assert besoin.metiers.filter(code="developpeur-iot").exists()
    assert (
        not BesoinRegional.objects.get(region__nom="Bretagne", libelle="Développeur")
        .metiers.filter(code="developpeur-iot")
        .exists()
    )


def test_given_a_metier_and_a_region_when_asked_then_its_needs_come_apart_from_its_familys() -> None:
    reponse = adequation(
        Region.objects.get(nom="Bretagne"), Metier.objects.get(code="technicien-telecom"), jour=JOUR
    )
    assert reponse.observee
    assert [besoin.libelle for besoin in reponse.du_metier] == ["Technicien télécom"]
    assert [besoin.libelle for besoin in reponse.de_la_famille] == ["Technicien systèmes et réseau"]


def test_given_an_emerging_metier_when_asked_then_its_publication_is_told_from_its_first_day() -> None:
    region, metier = Region.objects.get(nom="Corse"), Metier.objects.get(code="developpeur-ia")
    publications = adequation(region, metier, jour=JOUR).emergents
    assert [emergent.libelle for emergent in publications] == ["Développeur intelligence artificielle"]
    assert list(adequation(region, metier, jour=date(2020, 8, 31)).emergents) == []
