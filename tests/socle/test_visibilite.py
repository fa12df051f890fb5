"""Access to rows is closed by default."""

import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from django.db.models import Q

from socle import visibilite
from socle.references import SYSTEME
from socle.visibilite import RIEN, TOUT
from tests.socle.essai import Essai

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("table_essai")]


@pytest.fixture(autouse=True)
def registre(monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty registries."""
    monkeypatch.setattr(visibilite, "_filtres", {})
    monkeypatch.setattr(visibilite, "_exclusions", {})


@pytest.fixture
def ana() -> Any:
    return SimpleNamespace(pk=uuid.uuid4())


@pytest.fixture
def rows(ana: Any) -> tuple[Essai, Essai]:
    return (
        Essai.objects.create(titre="à Ana", proprietaire_id=ana.pk),
        Essai.objects.create(titre="à Bruno"),
    )


def own(user: Any) -> Q:
    return Q(proprietaire_id=user.pk)


def seen(user: Any) -> set[str]:
    return set(Essai.objects.visible_to(user).values_list("titre", flat=True))


def test_given_no_policy_when_asked_then_nothing_is_seen(ana: Any, rows: Any) -> None:
    assert Essai.objects.count() == 2
    assert seen(ana) == set()


def test_given_no_policy_when_the_portal_asks_then_it_sees_all(rows: Any) -> None:
    assert seen(SYSTEME) == {"à Ana", "à Bruno"}


def test_given_a_policy_when_asked_then_only_its_rows_are_seen(ana: Any, rows: Any) -> None:
    visibilite.register("essai.essai", "proprietaire", own)

    assert seen(ana) == {"à Ana"}
    assert seen(SimpleNamespace(pk=uuid.uuid4())) == set()


def test_given_several_policies_when_asked_then_they_add_up(ana: Any, rows: Any) -> None:
    visibilite.register("essai.Essai", "proprietaire", own)
    visibilite.register("essai.essai", "bruno", lambda user: Q(titre="à Bruno"))
    visibilite.register("essai.essai", "personne", lambda user: RIEN)

    assert seen(ana) == {"à Ana", "à Bruno"}


def test_given_an_exclusion_when_a_policy_opens_all_then_the_exclusion_wins(ana: Any, rows: Any) -> None:
    visibilite.register("essai.essai", "tout", lambda user: TOUT)
    assert seen(ana) == {"à Ana", "à Bruno"}

    visibilite.register_exclusion("essai.essai", "conflit", own)
    assert seen(ana) == {"à Bruno"}


def test_given_an_exclusion_of_nothing_when_asked_then_nothing_is_hidden(ana: Any, rows: Any) -> None:
    visibilite.register("essai.essai", "tout", lambda user: TOUT)
    visibilite.register_exclusion("essai.essai", "conflit", lambda user: RIEN)

    assert seen(ana) == {"à Ana", "à Bruno"}


def test_given_a_policy_of_another_model_when_asked_then_nothing_is_seen(ana: Any, rows: Any) -> None:
    visibilite.register("essai.autre", "tout", lambda user: TOUT)

    assert seen(ana) == set()


def test_given_a_narrowed_queryset_when_asked_then_it_stays_narrow(ana: Any, rows: Any) -> None:
    visibilite.register("essai.essai", "tout", lambda user: TOUT)

    assert list(Essai.objects.filter(titre="à Ana").visible_to(ana)) == [rows[0]]


@pytest.mark.parametrize("register", [visibilite.register, visibilite.register_exclusion])
def test_given_a_policy_that_answers_an_empty_q_when_asked_then_refused(register: Any, ana: Any) -> None:
    register("essai.essai", "vide", lambda user: Q())

    with pytest.raises(ValueError, match="TOUT or RIEN"):
        seen(ana)


def test_given_a_name_already_taken_when_registered_then_refused() -> None:
    visibilite.register("essai.essai", "proprietaire", own)
    visibilite.register("essai.essai", "proprietaire", own)

    with pytest.raises(ValueError, match="already registered"):
        visibilite.register("essai.essai", "proprietaire", lambda user: TOUT)
