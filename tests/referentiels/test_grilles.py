import csv
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext

from referentiels.domain.grilles import GrilleRefusee, publish_grille
from referentiels.domain.queries import grid, grid_in_force
from referentiels.imports.chargement import DONNEES
from referentiels.imports.lecture import read_toml
from referentiels.models import Grille, Indicateur, NiveauIndicateur

TEXTE = Path(__file__).parent / "textes" / "criteres.tsv"
FICHIER = DONNEES / "grilles" / "2021-1.toml"


@pytest.fixture
def donnees() -> dict[str, Any]:
    return read_toml(FICHIER)


def _bare(texte: str) -> str:
    """Letters and marks alone: the text's layout and our typography aside."""
    return "".join(texte.replace("’", "'").replace("…", "...").split())


@pytest.mark.regle("R15")
@pytest.mark.usefixtures("referentiels")
def test_given_the_text_when_the_criteria_are_loaded_then_their_words_are_its_words() -> None:
    grille = grid("2021-1")
    par_genre = {
        "Critère de recevabilité": list(grille.criteres_recevabilite.all()),
        "Critère de sélection": list(grille.criteres_selection.all()),
    }
    with TEXTE.open(encoding="utf-8", newline="") as flux:
        lignes = list(csv.reader(flux, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert len(lignes) == 16
    for genre, numero, intitule, precisions in lignes:
        critere = par_genre[genre][int(numero) - 1]
        assert critere.numero == int(numero)
        assert _bare(critere.intitule) == _bare(intitule)
        assert _bare(critere.precisions) == _bare(precisions)


@pytest.mark.regle("R19")
@pytest.mark.usefixtures("referentiels")
def test_given_the_first_grid_when_loaded_then_it_has_the_structure_of_r19() -> None:
    criteres = list(grid("2021-1").criteres_selection.all())
    assert [critere.numero for critere in criteres] == [1, 2, 3, 4, 5, 6]
    for critere in criteres:
        indicateurs = list(critere.indicateurs.all())
        assert 2 <= len(indicateurs) <= 5
        for indicateur in indicateurs:
            assert indicateur.poids >= 1
            assert [niveau.niveau for niveau in indicateur.niveaux.all()] == [0, 1, 2, 3, 4]
    assert NiveauIndicateur.objects.count() == 5 * Indicateur.objects.count() == 120


@pytest.mark.regle("R19")
@pytest.mark.usefixtures("referentiels")
def test_given_criterion_1_when_loaded_then_company_partnerships_are_its_heaviest_indicator() -> None:
    entreprises = Indicateur.objects.get(est_partenariats_entreprises=True)
    autres = entreprises.critere.indicateurs.exclude(pk=entreprises.pk)
    assert entreprises.critere.numero == 1
    assert all(autre.poids < entreprises.poids for autre in autres)


@pytest.mark.regle("R15")
@pytest.mark.usefixtures("referentiels")
def test_given_the_ten_criteria_when_loaded_then_only_the_sixth_may_be_without_object() -> None:
    permis = [critere for critere in grid("2021-1").criteres_recevabilite.all() if critere.sans_objet_permis]
    assert [critere.numero for critere in permis] == [6]
    assert "fixé par la convention" in permis[0].sans_objet_cas


@pytest.mark.usefixtures("referentiels")
@pytest.mark.parametrize(
    ("jour", "version"),
    [(date(2021, 5, 19), None), (date(2021, 5, 20), "2021-1"), (date(2023, 1, 1), "2021-1")],
)
def test_given_a_day_when_the_grid_in_force_is_asked_then_its_first_day_counts(
    jour: date, version: str | None
) -> None:
    grille = grid_in_force("2021", jour)
    assert (grille.version if grille else None) == version
    assert grid_in_force("2019", jour) is None


@pytest.mark.usefixtures("referentiels")
def test_given_a_whole_grid_when_read_then_five_queries_are_enough(
    django_assert_num_queries: CaptureQueriesContext,
) -> None:
    with django_assert_num_queries(5):
        grille = grid("2021-1")
        phrases = [
            niveau.phrase
            for critere in grille.criteres_selection.all()
            for indicateur in critere.indicateurs.all()
            for niveau in indicateur.niveaux.all()
        ]
        assert len(phrases) == 120
        assert len(grille.criteres_recevabilite.all()) == 10


@pytest.mark.django_db
@pytest.mark.regle("R19")
def test_given_a_published_grid_when_a_sentence_is_corrected_then_only_it_changes(
    donnees: dict[str, Any],
) -> None:
    publish_grille(donnees)
    avant = dict(NiveauIndicateur.objects.values_list("pk", "phrase"))
    donnees["selection"][0]["indicateurs"][0]["niveaux"][2] = "Une phrase corrigée."
    publish_grille(donnees)
    apres = dict(NiveauIndicateur.objects.values_list("pk", "phrase"))
    assert avant.keys() == apres.keys()
    assert [phrase for pk, phrase in apres.items() if avant[pk] != phrase] == ["Une phrase corrigée."]


def _other_weight(donnees: dict[str, Any]) -> None:
    donnees["selection"][1]["poids"] = 2


def _other_indicator_weight(donnees: dict[str, Any]) -> None:
    donnees["selection"][0]["indicateurs"][2]["poids"] = 5


def _one_indicator_less(donnees: dict[str, Any]) -> None:
    donnees["selection"][4]["indicateurs"].pop()


def _other_order(donnees: dict[str, Any]) -> None:
    donnees["selection"][1]["indicateurs"].reverse()


def _other_without_object(donnees: dict[str, Any]) -> None:
    donnees["recevabilite"][0] |= {"sans_objet_permis": True, "sans_objet_cas": "Jamais."}


@pytest.mark.django_db
@pytest.mark.regle("R19")
@pytest.mark.parametrize(
    "change",
    [_other_weight, _other_indicator_weight, _one_indicator_less, _other_order, _other_without_object],
)
def test_given_a_published_grid_when_its_structure_changes_then_it_is_refused_and_kept(
    donnees: dict[str, Any], change: Any
) -> None:
    publish_grille(donnees)
    avant = list(Indicateur.objects.order_by("pk").values())
    change(donnees)
    with pytest.raises(GrilleRefusee, match="nouvelle version"):
        publish_grille(donnees)
    assert list(Indicateur.objects.order_by("pk").values()) == avant
    donnees["version"] = "2021-2"
    publish_grille(donnees)
    assert Grille.objects.count() == 2


def _nine_criteria(donnees: dict[str, Any]) -> None:
    donnees["recevabilite"].pop()


def _five_criteria(donnees: dict[str, Any]) -> None:
    donnees["selection"].pop()


def _one_indicator(donnees: dict[str, Any]) -> None:
    del donnees["selection"][2]["indicateurs"][1:]


def _six_indicators(donnees: dict[str, Any]) -> None:
    modele = donnees["selection"][0]["indicateurs"][0]
    donnees["selection"][0]["indicateurs"].append({**modele, "code": "1.6"})


def _four_levels(donnees: dict[str, Any]) -> None:
    donnees["selection"][2]["indicateurs"][1]["niveaux"].pop()


def _same_sentence(donnees: dict[str, Any]) -> None:
    niveaux = donnees["selection"][2]["indicateurs"][1]["niveaux"]
    niveaux[1] = niveaux[0]


def _empty_sentence(donnees: dict[str, Any]) -> None:
    donnees["selection"][2]["indicateurs"][1]["niveaux"][3] = " "


def _zero_weight(donnees: dict[str, Any]) -> None:
    donnees["selection"][3]["poids"] = 0


def _half_weight(donnees: dict[str, Any]) -> None:
    donnees["selection"][3]["indicateurs"][0]["poids"] = 1.5


def _no_partnerships(donnees: dict[str, Any]) -> None:
    del donnees["selection"][0]["indicateurs"][2]["est_partenariats_entreprises"]


def _light_partnerships(donnees: dict[str, Any]) -> None:
    donnees["selection"][0]["indicateurs"][2]["poids"] = 2


@pytest.mark.django_db
@pytest.mark.regle("R19")
@pytest.mark.parametrize(
    ("change", "phrase"),
    [
        (_nine_criteria, "dix critères de recevabilité"),
        (_five_criteria, "six critères de sélection"),
        (_one_indicator, "de 2 à 5 indicateurs"),
        (_six_indicators, "de 2 à 5 indicateurs"),
        (_four_levels, "cinq niveaux"),
        (_same_sentence, "la même phrase"),
        (_empty_sentence, "a sa phrase"),
        (_zero_weight, "entier positif"),
        (_half_weight, "entier positif"),
        (_no_partnerships, "un seul indicateur"),
        (_light_partnerships, "le plus lourd"),
    ],
)
def test_given_a_grid_that_breaks_r19_when_published_then_it_is_refused_whole(
    donnees: dict[str, Any], change: Any, phrase: str
) -> None:
    change(donnees)
    with pytest.raises(GrilleRefusee, match=phrase):
        publish_grille(donnees)
    assert Grille.objects.count() == 0


def test_given_the_grid_file_when_read_then_its_typography_is_french() -> None:
    brut = tomllib.loads(FICHIER.read_text(encoding="utf-8"))
    lu = read_toml(FICHIER)
    assert "l'appel" in brut["libelle"]
    assert "l’appel" in lu["libelle"]
    assert "50\u00a0%" in lu["recevabilite"][2]["precisions"]
    assert "projet\u00a0:" in lu["recevabilite"][2]["precisions"]
