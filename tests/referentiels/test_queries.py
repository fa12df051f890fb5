from datetime import date

import pytest

from referentiels.domain.queries import (
    carif_oref_of,
    commune_of,
    crous_of,
    emerging_jobs,
    families,
    find_communes,
    jobs_on,
    region_of_commune,
)
from referentiels.models import Commune, Metier, MetierEmergent, Region
from referentiels.texte import normalise, typographie

pytestmark = pytest.mark.usefixtures("referentiels")


@pytest.mark.parametrize(
    ("texte", "codes"),
    [
        ("rennes", ["35238"]),
        ("RENNES", ["35238"]),
        ("renn", ["35238"]),
        ("35000", ["35238"]),
        ("35238", ["35238"]),
        ("rennes 35", ["35238"]),
        ("rennes 44", []),
        ("st etienne", ["42218"]),
        ("Saint-Étienne", ["42218"]),
        ("saint", ["42218", "97411", "93066"]),
        ("saint denis 974", ["97411"]),
        ("denis", ["97411", "93066"]),
        ("2a", ["2A004"]),
        ("20000", ["2A004"]),
        ("abergement", ["01001"]),
        ("l'abergement", ["01001"]),
        ("paris", ["75056", "75120", "75101"]),
        ("75020", ["75056", "75120"]),
        ("nnes", []),
        ("r", []),
        ("3", []),
        ("", []),
        ("%", []),
        ("_ennes", []),
    ],
)
def test_given_a_typed_text_when_searched_then_the_likeliest_communes_come_first(
    texte: str, codes: list[str]
) -> None:
    assert [commune.code for commune in find_communes(texte)] == codes


def test_given_many_matches_when_searched_then_the_limit_holds_and_regions_cost_no_more_queries(
    django_assert_num_queries: object,
) -> None:
    with django_assert_num_queries(1):
        trouvees = find_communes("saint", limite=2)
        assert [commune.departement.region.nom for commune in trouvees] == [
            "Auvergne-Rhône-Alpes",
            "La Réunion",
        ]


def test_given_a_former_commune_when_searched_then_it_is_not_offered() -> None:
    Commune.objects.filter(code="35238").update(actuelle=False)
    assert find_communes("rennes") == []
    assert commune_of("35238") is not None


@pytest.mark.parametrize(
    ("code", "region"),
    [
        ("35238", "Bretagne"),
        ("2A004", "Corse"),
        ("97611", "Mayotte"),
        ("01340", "Auvergne-Rhône-Alpes"),
        ("99999", None),
        ("", None),
    ],
)
def test_given_a_commune_code_when_its_region_is_asked_then_merged_communes_are_known_too(
    code: str, region: str | None
) -> None:
    trouvee = region_of_commune(code)
    assert (trouvee.nom if trouvee else None) == region


def test_given_a_department_and_a_region_when_asked_then_their_crous_and_carif_oref_are_told() -> None:
    crous = crous_of("973")
    assert crous is not None
    assert crous.nom == "Crous des Antilles et de la Guyane"
    assert crous_of("99") is None
    carif = carif_oref_of(Region.objects.get(nom="Bretagne"))
    assert carif is not None
    assert carif.nom == "GREF Bretagne"


def test_given_a_metier_that_ends_when_asked_by_day_then_its_last_day_counts() -> None:
    Metier.objects.filter(code="webmestre").update(valide_au=date(2022, 12, 31))
    assert jobs_on(date(2022, 12, 31)).filter(code="webmestre").exists()
    assert not jobs_on(date(2023, 1, 1)).filter(code="webmestre").exists()
    assert not jobs_on(date(2021, 5, 19)).exists()


def test_given_a_family_when_its_metiers_are_asked_then_the_others_stay_out() -> None:
    commerce = families("2021").get(code="commerce")
    assert {metier.famille for metier in jobs_on(date(2021, 9, 20), famille=commerce)} == {commerce}


def test_given_a_publication_that_ends_when_asked_by_day_then_it_no_longer_holds() -> None:
    assert emerging_jobs(date(2021, 9, 20)).count() == 8
    MetierEmergent.objects.update(valide_au=date(2021, 9, 19))
    assert emerging_jobs(date(2021, 9, 20)).count() == 0


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("Œuf-en-Ternois", "oeuf en ternois"),
        ("L’Haÿ-les-Roses", "l hay les roses"),
        (" Évry—Courcouronnes ", "evry courcouronnes"),
        ("ß%_", ""),
    ],
)
def test_given_a_name_when_normalised_then_accents_and_marks_are_gone(texte: str, attendu: str) -> None:
    assert normalise(texte) == attendu


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("l'an : 50% ; « oui » ?", "l’an\u00a0: 50\u00a0%\u00a0; «\u00a0oui\u00a0»\u00a0?"),
        ("etc...", "etc…"),
        ("https://sig.ville.gouv.fr", "https://sig.ville.gouv.fr"),
        ("web / digital", "web / digital"),
    ],
)
def test_given_a_text_typed_plainly_when_loaded_then_its_typography_is_french(
    texte: str, attendu: str
) -> None:
    assert typographie(texte) == attendu
    assert typographie(attendu) == attendu
