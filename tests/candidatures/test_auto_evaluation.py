"""The self-check: each no is explained by its criterion, and what is not known is never a no (R15)."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from candidatures.domain.auto_evaluation import NOMBRES, QUESTIONS, Etat, assess
from candidatures.forms.auto_evaluation import AutoEvaluationForm
from socle import horloge
from socle.typographie import duree
from tests.candidatures import fabriques

BONNES: dict[str, Any] = {
    "metier": "oui",
    "certification": "oui",
    "heures": 400,
    "mois": 18,
    "apprenants": 15,
    "distance": "non",
    "lieux": "place",
    "prerequis": "non",
    "immersion": "oui",
    "sessions": "oui",
    "gratuite": "oui",
    "labellisee": "non",
    "qualite": "oui",
    "obligations": "oui",
}


def states(**reponses: Any) -> dict[int, Etat]:
    """Return the state of each criterion when these answers replace the good ones."""
    return {verdict.critere: verdict.etat for verdict in assess(BONNES | reponses)}


@pytest.mark.regle("R15")
def test_given_good_answers_then_the_ten_criteria_hold() -> None:
    assert states() == dict.fromkeys(range(1, 11), Etat.TENU)


@pytest.mark.regle("R15")
@pytest.mark.parametrize(
    ("reponses", "critere", "etat"),
    [
        ({"metier": "non"}, 1, Etat.MANQUE),
        ({"certification": "non"}, 2, Etat.MANQUE),
        ({"heures": 399}, 3, Etat.MANQUE),
        ({"heures": None}, 3, Etat.INCONNU),
        ({"mois": 19}, 3, Etat.MANQUE),
        ({"mois": 0}, 3, Etat.TENU),
        ({"distance": "oui", "mois": 6, "lieux": "oui"}, 3, Etat.TENU),
        ({"distance": "oui", "mois": 7, "lieux": "oui"}, 3, Etat.MANQUE),
        ({"distance": "oui", "mois": 6, "lieux": "non"}, 3, Etat.MANQUE),
        ({"distance": "oui", "mois": 6, "lieux": ""}, 3, Etat.INCONNU),
        ({"lieux": ""}, 3, Etat.INCONNU),
        ({"lieux": "non"}, 3, Etat.INCONNU),
        ({"distance": "", "mois": 6}, 3, Etat.TENU),
        ({"distance": "", "mois": 7}, 3, Etat.INCONNU),
        ({"prerequis": "oui"}, 4, Etat.MANQUE),
        ({"immersion": "non"}, 5, Etat.MANQUE),
        ({"sessions": "non", "mois": 11}, 6, Etat.MANQUE),
        ({"sessions": "non", "mois": 12}, 6, Etat.INCONNU),
        ({"sessions": "non", "mois": 6, "apprenants": 50}, 6, Etat.INCONNU),
        ({"sessions": "non", "mois": 6, "apprenants": None}, 6, Etat.INCONNU),
        ({"distance": "oui", "mois": 6, "lieux": "place"}, 3, Etat.INCONNU),
        ({"sessions": "non", "mois": 6, "distance": "oui", "lieux": "oui"}, 6, Etat.INCONNU),
        ({"gratuite": "non"}, 7, Etat.MANQUE),
        ({"labellisee": "oui"}, 8, Etat.MANQUE),
        ({"qualite": "non"}, 9, Etat.MANQUE),
        ({"obligations": ""}, 10, Etat.INCONNU),
    ],
)
def test_given_one_other_answer_then_its_criterion_alone_changes(
    reponses: dict[str, Any], critere: int, etat: Etat
) -> None:
    assert states(**reponses) == dict.fromkeys(range(1, 11), Etat.TENU) | {critere: etat}


def test_given_a_no_then_it_is_explained_with_the_values_of_the_rules(settings: Any) -> None:
    settings.GEN_REGLES = settings.GEN_REGLES | {"heures_minimum": 600, "apprenants_minimum_par_session": 12}
    verdicts = {verdict.critere: verdict for verdict in assess(BONNES | {"sessions": "non", "mois": 6})}
    assert "au moins 600\u00a0heures" in verdicts[3].phrases[0]
    assert "au moins 12 personnes" in verdicts[6].phrases[0]
    muettes = [question.nom for question in QUESTIONS if question.attendue and not question.non]
    assert muettes == []


@given(
    st.fixed_dictionaries(
        {question.nom: st.sampled_from(["", "oui", "non", "place"]) for question in QUESTIONS}
        | {nom: st.none() | st.integers(0, 32_767) for nom in NOMBRES}
    )
)
def test_given_any_answers_then_ten_verdicts_each_no_with_its_reason(reponses: dict[str, Any]) -> None:
    verdicts = assess(reponses)
    assert [verdict.critere for verdict in verdicts] == list(range(1, 11))
    assert all((verdict.etat == Etat.MANQUE) == bool(verdict.phrases) for verdict in verdicts)


@pytest.mark.django_db
def test_given_the_page_without_an_account_when_answered_then_each_no_leads_to_its_criterion() -> None:
    fabriques.referentiel()
    with time_machine.travel(fabriques.LUNDI, tick=False):
        vierge = Client().get("/appel/verifier/")
        assert list(AutoEvaluationForm().fields) == list(vierge.context["form"].fields)
        page = Client().get("/appel/verifier/", {"verifier": "1", **BONNES, "gratuite": "non"})
        texte = page.content.decode()
        assert "1 critère sur dix n’est pas rempli" in texte
        assert "/appel/#recevabilite-7" in texte
        assert (
            "Oui, d’après vos réponses"
            in Client().get("/appel/verifier/", {"verifier": "1", **BONNES}).content.decode()
        )
        fausse = Client().get(
            "/appel/verifier/", {"verifier": "1", "heures": "beaucoup", "metier": "peut-être"}
        )
    assert fausse.status_code == 422
    assert "Indiquez un nombre entier" in fausse.content.decode()


@pytest.mark.django_db
@pytest.mark.regle("R3")
@pytest.mark.parametrize(
    ("avant", "dit"),
    [
        (timedelta(hours=72, seconds=1), None),
        (timedelta(hours=72), "3\u00a0jours"),
        (timedelta(hours=26, minutes=10), "1\u00a0jour et 2\u00a0heures"),
        (timedelta(minutes=61), "1\u00a0heure et 1\u00a0minute"),
        (timedelta(seconds=59), "moins d’une minute"),
        (timedelta(0), None),
    ],
)
def test_given_the_last_hours_before_a_releve_then_the_pages_count_down(
    avant: timedelta, dit: str | None
) -> None:
    fabriques.referentiel()
    borne = horloge.at_paris(date(2021, 10, 1))
    with time_machine.travel(borne - avant, tick=False):
        page = Client().get("/appel/").content.decode()
    assert ("Il reste" in page) is (dit is not None)
    if dit:
        assert f"Il reste <strong>{dit}</strong>" in page


def test_given_a_length_of_time_then_its_two_largest_units_are_said() -> None:
    assert duree(None) == ""
    assert duree(90_000) == "1\u00a0jour et 1\u00a0heure"
    assert duree(86_400 + 120) == "1\u00a0jour"
