"""Reactions: in the event's transaction, in order, and their failure undoes the act."""

from typing import Any

import pytest
from django.db import transaction

from socle import journal, reactions
from socle.models import Evenement
from socle.references import SYSTEME, Reference, reference
from tests.socle.essai import Essai


@pytest.fixture(autouse=True)
def registre(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """An empty registry of reactions."""
    vide: dict[str, Any] = {}
    monkeypatch.setattr(reactions, "_reactions", vide)
    return vide


def record(sujet: Any, verbe: str = "essai.vu") -> Evenement:
    with transaction.atomic():
        return journal.record(verbe, sujet=sujet, acteur=SYSTEME, chaine="portail")


@pytest.mark.django_db
def test_given_two_handlers_when_recorded_then_called_in_order_with_the_stored_event_and_subject() -> None:
    appels: list[Any] = []

    @reactions.on("essai.vu")
    def first(evenement: Evenement, sujet: Essai) -> None:
        appels.append(("first", Evenement.objects.get(pk=evenement.pk), sujet))

    @reactions.on("essai.autre", "essai.vu")
    def second(evenement: Evenement, sujet: Essai) -> None:
        appels.append(("second", evenement, sujet))

    essai = Essai()
    evenement = record(essai)

    assert appels == [("first", evenement, essai), ("second", evenement, essai)]


@pytest.mark.django_db
def test_given_a_handler_of_another_event_when_recorded_then_not_called() -> None:
    appels: list[Any] = []
    reactions.on("essai.autre")(lambda evenement, sujet: appels.append(evenement.verbe))

    record(Essai())
    assert appels == []
    record(Essai(), "essai.autre")
    assert appels == ["essai.autre"]


def test_given_a_handler_registered_twice_when_reacting_then_called_once(registre: dict[str, Any]) -> None:
    def handler(evenement: Evenement, sujet: Any) -> None:
        """Do nothing."""

    reactions.on("essai.vu")(handler)
    reactions.on("essai.vu")(handler)

    assert registre == {"essai.vu": [handler]}


@pytest.mark.django_db
def test_given_a_subject_known_by_reference_when_recorded_then_the_handler_gets_the_object() -> None:
    from comptes.models import Utilisateur

    personne = Utilisateur.objects.create_user("a@exemple.fr", prenom="Ana", nom="Bel")
    sujets: list[Any] = []
    reactions.on("essai.vu")(lambda evenement, sujet: sujets.append(sujet))

    record(reference(personne))
    record(Reference("partenaire", personne.pk))

    assert sujets == [personne, None]


@pytest.mark.django_db
def test_given_a_handler_that_raises_when_recorded_then_the_event_is_undone() -> None:
    class PanneError(Exception):
        pass

    @reactions.on("essai.vu")
    def fail(evenement: Evenement, sujet: Any) -> None:
        raise PanneError

    with pytest.raises(PanneError):
        record(Essai())

    assert Evenement.objects.count() == 0
    assert journal.verify().ok


@pytest.mark.django_db
def test_given_a_handler_that_records_in_the_same_chain_when_recorded_then_the_chain_holds() -> None:
    @reactions.on("essai.vu")
    def follow(evenement: Evenement, sujet: Any) -> None:
        journal.record("essai.suite", sujet=sujet, acteur=SYSTEME, chaine=evenement.chaine)

    record(Essai())
    record(Essai())

    verbes = list(Evenement.objects.order_by("numero").values_list("verbe", flat=True))
    assert verbes == ["essai.vu", "essai.suite"] * 2
    assert journal.verify().ok
