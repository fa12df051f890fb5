"""Cycles as tables, and the one way in which a state changes."""

import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import rules
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.transaction import TransactionManagementError

from comptes.models import Utilisateur
from socle import reactions
from socle.cycles import Cycle, Etat, Fleche
from socle.erreurs import ActeurRefuse, ErreurMetier, TransitionRefusee
from socle.journal import verify
from socle.models import Chaine, Evenement
from socle.references import SYSTEME, Reference, reference
from socle.transition import lock, transition
from socle.visibilite import Visibilite
from tests.socle.essai import CYCLE, Essai
from tests.socle.fils import PATIENCE, Fil, somebody_waits_for_a_lock, wait_until

INSTANT = datetime(2021, 9, 20, 8, tzinfo=UTC)


# --- The table ---------------------------------------------------------------------------------
class TestCycle:
    """A cycle is data that checks itself."""

    def test_given_a_cycle_when_read_then_states_arrows_and_choices(self) -> None:
        assert CYCLE.choices == [("BROUILLON", "Brouillon"), ("ENVOYE", "À lire"), ("CLOS", "Clos")]
        assert CYCLE.etat("BROUILLON").suite == "Envoyez-le."
        assert CYCLE.fleche("send").vers == "ENVOYE"
        assert CYCLE.verbes_depuis("ENVOYE") == ("close", "reopen")

    def test_given_an_unknown_word_when_asked_then_refused(self) -> None:
        with pytest.raises(ValueError, match="no state 'PERDU'"):
            CYCLE.etat("PERDU")
        with pytest.raises(ValueError, match="no verb 'burn'"):
            CYCLE.fleche("burn")

    @pytest.mark.parametrize(
        ("etats", "fleches", "message"),
        [
            (("A", "A"), (), "a state is written twice"),
            (
                ("A", "B"),
                (("go", ("A",), "B", "p", "e"), ("go", ("B",), "A", "p", "e")),
                "verb is written twice",
            ),
            (("A",), (("go", ("A",), "B", "p", "e"),), r"go: unknown state \['B'\]"),
            (("B",), (("go", ("A",), "B", "p", "e"),), r"go: unknown state \['A'\]"),
            (("A", "B"), (("go", (), "B", "p", "e"),), "has a start, a permission and an event"),
            (("A", "B"), (("go", ("A",), "B", "", "e"),), "has a start, a permission and an event"),
            (("A", "B"), (("go", ("A",), "B", "p", ""),), "has a start, a permission and an event"),
            (("A", "B"), (("go", ("A",), "B", "p", "e", "", "TOUS"),), "unknown visibility"),
        ],
    )
    def test_given_a_table_that_contradicts_itself_when_built_then_refused(
        self, etats: Any, fleches: Any, message: str
    ) -> None:
        with pytest.raises(ValueError, match=message):
            Cycle("x", etats=map(Etat, etats), fleches=[Fleche(*fleche) for fleche in fleches])

    def test_given_a_cycle_when_drawn_then_a_mermaid_diagram(self) -> None:
        cycle = Cycle(
            "x",
            etats=(Etat("A", gen="Début"), Etat("B", porteur="Fin")),
            fleches=(Fleche("go", de=("A",), vers="B", permission="p", evenement="e"),),
        )
        assert cycle.mermaid().splitlines() == [
            "stateDiagram-v2",
            "    A: Début",
            "    B: Fin",
            "    [*] --> A",
            "    A --> B: go",
            "    B --> [*]",
        ]


# --- One transition ----------------------------------------------------------------------------
@pytest.fixture
def permissions() -> Iterator[None]:
    """The real backend, with a rule: one sends what one owns; nobody closes."""
    rules.add_perm("essai.send", rules.predicate(lambda user, essai: essai.proprietaire_id == user.pk))
    rules.add_perm("essai.close", rules.always_false)
    yield
    rules.remove_perm("essai.send")
    rules.remove_perm("essai.close")


@pytest.fixture
def ana(db: None) -> Utilisateur:
    return Utilisateur.objects.create_user("ana@exemple.fr", prenom="Ana", nom="Bel")


@pytest.fixture
def essai(table_essai: None, ana: Utilisateur) -> Essai:
    return Essai.objects.create(titre="Un", proprietaire_id=ana.pk)


@pytest.mark.usefixtures("permissions")
class TestTransition:
    """State, dates, permission and event in one act."""

    def test_given_the_owner_when_sent_then_state_instant_values_and_event(
        self, essai: Essai, ana: Utilisateur
    ) -> None:
        with time_machine.travel(INSTANT, tick=False):
            evenement = transition(essai, "send", ana, valeurs={"titre": "Deux"}, donnees={"releve": 2})

        stored = Essai.objects.get()
        assert (stored.etat, stored.titre, stored.envoye_le) == ("ENVOYE", "Deux", INSTANT)
        assert stored.modifie_le == INSTANT
        assert (essai.etat, essai.titre, essai.envoye_le) == ("ENVOYE", "Deux", INSTANT)
        assert Evenement.objects.get() == evenement
        assert (evenement.verbe, evenement.chaine) == ("essai.envoye", f"essai:{essai.pk}")
        assert (evenement.sujet, evenement.acteur) == (reference(essai), reference(ana))
        assert evenement.donnees == {"de": "BROUILLON", "vers": "ENVOYE", "releve": 2}
        assert (evenement.visibilite, evenement.instant) == (Visibilite.PORTEUR, INSTANT)

    @pytest.mark.regle("R4")
    def test_given_the_arrival_of_the_request_when_sent_then_it_dates_state_and_event(
        self, essai: Essai, ana: Utilisateur
    ) -> None:
        evenement = transition(essai, "send", ana, instant=INSTANT)

        assert Essai.objects.get().envoye_le == evenement.instant == INSTANT
        assert evenement.heure_reelle > INSTANT

    def test_given_an_arrow_without_instant_when_walked_then_no_date_changes(self, essai: Essai) -> None:
        transition(essai, "send", SYSTEME, instant=INSTANT)
        evenement = transition(essai, "close", SYSTEME)

        stored = Essai.objects.get()
        assert (stored.etat, stored.envoye_le) == ("CLOS", INSTANT)
        assert evenement.visibilite == Visibilite.GEN

    def test_given_a_stale_object_when_sent_then_it_is_refreshed_and_only_the_act_is_written(
        self, essai: Essai, ana: Utilisateur
    ) -> None:
        Essai.objects.filter(pk=essai.pk).update(titre="Changé ailleurs")
        essai.titre = "Jamais enregistré"

        transition(essai, "send", ana)

        assert essai.titre == Essai.objects.get().titre == "Changé ailleurs"

    def test_given_another_state_when_sent_then_refused_in_the_porteur_s_words(
        self, essai: Essai, ana: Utilisateur
    ) -> None:
        transition(essai, "send", ana)

        with pytest.raises(TransitionRefusee, match="«\u00a0Envoyé\u00a0»") as refus:
            transition(essai, "send", ana)

        assert isinstance(refus.value, ErreurMetier)
        assert "À lire" not in str(refus.value)
        assert Evenement.objects.count() == 1

    def test_given_a_state_changed_elsewhere_when_sent_then_refused_by_the_stored_state(
        self, essai: Essai, ana: Utilisateur
    ) -> None:
        Essai.objects.filter(pk=essai.pk).update(etat="CLOS")

        with pytest.raises(TransitionRefusee, match="dans l’état actuel\\."):
            transition(essai, "send", ana)

        assert essai.etat == "CLOS"

    def test_given_somebody_else_when_sent_then_permission_denied_and_nothing_written(
        self, essai: Essai
    ) -> None:
        bruno = Utilisateur.objects.create_user("bruno@exemple.fr", prenom="Bruno", nom="Dia")

        with pytest.raises(ActeurRefuse) as refus:
            transition(essai, "send", bruno)

        assert isinstance(refus.value, PermissionDenied)
        assert Essai.objects.get().etat == essai.etat == "BROUILLON"
        assert Evenement.objects.count() == 0

    def test_given_an_inactive_owner_or_a_partner_when_sent_then_permission_denied(
        self, essai: Essai, ana: Utilisateur
    ) -> None:
        ana.is_active = False
        for acteur in (ana, Reference("partenaire", uuid.uuid4())):
            with pytest.raises(ActeurRefuse):
                transition(essai, "send", acteur)

    def test_given_the_portal_when_it_acts_then_it_passes_every_permission(self, essai: Essai) -> None:
        transition(essai, "send", SYSTEME)

        assert transition(essai, "close", SYSTEME).acteur.genre == "systeme"

    def test_given_a_reaction_that_fails_when_sent_then_all_is_undone_in_memory_too(
        self, essai: Essai, ana: Utilisateur, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reactions, "_reactions", {})

        @reactions.on("essai.envoye")
        def fail(evenement: Evenement, sujet: Essai) -> None:
            assert sujet.etat == "ENVOYE"
            raise RuntimeError("panne")

        with pytest.raises(RuntimeError, match="panne"):
            transition(essai, "send", ana, valeurs={"titre": "Deux"})

        stored = Essai.objects.get()
        for objet in (essai, stored):
            assert (objet.etat, objet.titre, objet.envoye_le) == ("BROUILLON", "Un", None)
        assert Evenement.objects.count() == Chaine.objects.count() == 0

    @pytest.mark.parametrize("valeurs", [{"etat": "CLOS"}, {"envoye_le": INSTANT}])
    def test_given_values_that_the_arrow_writes_when_sent_then_refused(
        self, essai: Essai, ana: Utilisateur, valeurs: Any
    ) -> None:
        with pytest.raises(ValueError, match="written by the transition itself"):
            transition(essai, "send", ana, valeurs=valeurs)

        assert Essai.objects.get().etat == "BROUILLON"

    def test_given_an_unknown_field_when_sent_then_refused_and_undone(
        self, essai: Essai, ana: Utilisateur
    ) -> None:
        with pytest.raises(ValueError, match="inconnu"):
            transition(essai, "send", ana, valeurs={"inconnu": 1})

        assert Essai.objects.get().etat == essai.etat == "BROUILLON"

    def test_given_an_unknown_verb_when_called_then_a_mistake_of_the_program(self, essai: Essai) -> None:
        with pytest.raises(ValueError, match="no verb"):
            transition(essai, "burn", SYSTEME)

    def test_given_a_row_that_is_gone_when_sent_then_refused(self, essai: Essai, ana: Utilisateur) -> None:
        Essai.objects.all().delete()

        with pytest.raises(TransitionRefusee, match="n’existe plus"):
            transition(essai, "send", ana)


@pytest.mark.usefixtures("table_essai")
@pytest.mark.django_db(transaction=True)
def test_given_no_transaction_when_a_row_is_locked_then_refused() -> None:
    essai = Essai.objects.create()
    try:
        with pytest.raises(TransactionManagementError):
            lock(essai)
        with transaction.atomic():
            lock(essai)
    finally:
        # The table belongs to no app: the flush does not know it.
        essai.delete()


# --- Two threads on one transition ---------------------------------------------------------------
@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[threading.Event, threading.Event]]:
    """Hold the first act open in its reaction: (it is inside, it may go on)."""
    inside, go_on = threading.Event(), threading.Event()
    monkeypatch.setattr(reactions, "_reactions", {})

    @reactions.on("essai.envoye")
    def hold(evenement: Evenement, sujet: Essai) -> None:
        inside.set()
        assert go_on.wait(PATIENCE)

    yield inside, go_on
    go_on.set()


def send(pk: uuid.UUID) -> Any:
    return transition(Essai(pk=pk, etat="BROUILLON"), "send", SYSTEME)


def assert_one_won(first: Fil, second: Fil) -> None:
    assert first.erreur is None
    assert isinstance(second.erreur, TransitionRefusee), second.erreur


@pytest.mark.postgresql
@pytest.mark.usefixtures("table_essai")
@pytest.mark.django_db(transaction=True)
def test_given_two_threads_on_postgresql_when_both_send_then_one_wins_and_the_other_is_refused(
    held: tuple[threading.Event, threading.Event],
) -> None:
    inside, go_on = held
    essai = Essai.objects.create()
    try:
        first = Fil(lambda: send(essai.pk))
        assert inside.wait(PATIENCE), first.erreur
        second = Fil(lambda: send(essai.pk))
        wait_until(somebody_waits_for_a_lock)
        go_on.set()

        assert_one_won(first.end(), second.end())
        assert Essai.objects.get().etat == "ENVOYE"
        assert Evenement.objects.get() == first.resultat
        assert verify().ok
    finally:
        Essai.objects.all().delete()


@pytest.mark.usefixtures("sqlite_file")
def test_given_two_threads_on_a_sqlite_file_when_both_send_then_one_wins_and_the_other_is_refused(
    held: tuple[threading.Event, threading.Event],
) -> None:
    inside, go_on = held
    essai = Fil(Essai.objects.create).value()

    first = Fil(lambda: send(essai.pk))
    assert inside.wait(PATIENCE), first.erreur
    starting = threading.Event()
    second = Fil(lambda: (starting.set(), send(essai.pk)))
    assert starting.wait(PATIENCE)
    # SQLite shows nobody its waiters: it must still wait a moment later.
    second.join(0.3)
    assert second.is_alive()
    go_on.set()

    assert_one_won(first.end(), second.end())
    assert Fil(lambda: (Essai.objects.get().etat, Evenement.objects.count())).value() == ("ENVOYE", 1)
