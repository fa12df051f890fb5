"""The journal: chained, append-only by the database's own refusal, and verifiable."""

import json
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.core.management import CommandError, call_command
from django.core.management.sql import emit_post_migrate_signal
from django.db import IntegrityError, connection, models, transaction
from django.db.transaction import TransactionManagementError

from comptes.models import Utilisateur
from socle import gardes, journal, reactions
from socle.journal import Entree, Visibilite
from socle.models import Chaine, Evenement
from socle.references import SYSTEME, Reference, reference
from tests.conftest import lift_guards
from tests.socle.essai import Essai
from tests.socle.fils import PATIENCE, Fil, somebody_waits_for_a_lock, wait_until

INSTANT = datetime(2021, 9, 20, 8, 0, 0, 120000, tzinfo=UTC)
SUJET = Reference("essai.essai", uuid.UUID(int=5))


@pytest.fixture(autouse=True)
def registre(monkeypatch: pytest.MonkeyPatch) -> None:
    """No reaction of the portal answers these events."""
    monkeypatch.setattr(reactions, "_reactions", {})


def record(verbe: str = "essai.vu", chaine: str = "dossier:1", **options: Any) -> Evenement:
    with transaction.atomic():
        return journal.record(verbe, **{"sujet": SUJET, "acteur": SYSTEME, "chaine": chaine, **options})


def sql(requete: str, *parametres: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(requete, parametres)


def problems() -> str:
    rapport = journal.verify()
    assert rapport.ok is not bool(rapport.problemes)
    return "\n".join(rapport.problemes).replace("\u00a0", " ")


# --- Writing ------------------------------------------------------------------------------------
@pytest.mark.django_db
class TestRecord:
    """One event after the other, linked."""

    def test_given_an_aggregate_when_recorded_then_every_column(self) -> None:
        essai, acteur = Essai(), Reference("comptes.utilisateur", uuid.UUID(int=9))
        with time_machine.travel(INSTANT, tick=False):
            evenement = record(
                sujet=essai, acteur=acteur, chaine=None, donnees={"releve": 2}, visibilite=Visibilite.PORTEUR
            )

        stored = Evenement.objects.get()
        assert stored.pk == evenement.pk
        assert (stored.chaine, stored.numero) == (f"essai:{essai.pk}", 1)
        assert (stored.verbe, stored.sujet, stored.acteur) == ("essai.vu", reference(essai), acteur)
        assert (stored.donnees, stored.visibilite) == ({"releve": 2}, "PORTEUR")
        assert stored.instant == stored.heure_reelle == INSTANT
        assert (stored.precedent, stored.empreinte) == ("", journal.fingerprint(stored))
        assert journal.verify().ok

    def test_given_a_known_event_when_hashed_then_the_same_for_ever(self) -> None:
        evenement = Evenement(
            id=uuid.UUID(int=1),
            chaine="portail",
            numero=3,
            verbe="essai.vu",
            sujet_genre="essai.essai",
            sujet_id=uuid.UUID(int=2),
            acteur_genre="systeme",
            acteur_id=uuid.UUID(int=0),
            donnees={"b": [1, None, True], "a": "é"},
            visibilite="GEN",
            instant=INSTANT,
            heure_reelle=INSTANT,
            precedent="ab",
        )
        # If this changes, every journal already written becomes unverifiable.
        assert (
            journal.fingerprint(evenement)
            == "544856b6974377711ee8ee5b6939a327af2068f8a840b335a61e16f3d7bed208"
        )

    def test_given_several_events_when_recorded_then_numbered_and_linked_by_chain(self) -> None:
        a1, b1, a2 = record(chaine="a"), record(chaine="b"), record(chaine="a")

        assert [(e.numero, e.precedent) for e in (a1, b1, a2)] == [(1, ""), (1, ""), (2, a1.empreinte)]
        heads = {c.chaine: (c.numero, c.empreinte) for c in Chaine.objects.all()}
        assert heads == {"a": (2, a2.empreinte), "b": (1, b1.empreinte)}

    def test_given_a_business_instant_when_recorded_then_both_times_are_kept(self) -> None:
        with time_machine.travel(datetime(2026, 1, 1, tzinfo=UTC), tick=False):
            evenement = record(instant=INSTANT.astimezone(journal.horloge.PARIS))

        evenement.refresh_from_db()
        assert (evenement.instant, evenement.heure_reelle) == (INSTANT, datetime(2026, 1, 1, tzinfo=UTC))

    def test_given_a_subject_by_reference_when_recorded_then_its_chain_or_the_portal_s(self) -> None:
        personne = Utilisateur.objects.create_user("a@exemple.fr", prenom="Ana", nom="Bel")

        assert record(sujet=reference(personne), chaine=None).chaine == personne.chaine_journal
        assert record(sujet=SUJET, chaine=None).chaine == "portail"

    def test_given_rich_data_when_recorded_then_plain_json_that_comes_back_the_same(self) -> None:
        autre = uuid.UUID(int=7)
        donnees = {
            "z": 1,
            "a": {"é": '« œuvre » 👩‍💻 \\ " \u2028', "10": [1, 2, [None, True, {}]], "2": ()},
            "grand": 10**40,
            "negatif": -5,
            "jour": date(2021, 9, 30),
            "instant": datetime(2021, 9, 30, 23, 59, tzinfo=journal.horloge.PARIS),
            "id": autre,
            "qui": Reference("systeme", autre),
            "visibilite": Visibilite.GEN,
        }

        evenement = record(donnees=donnees)

        stored = Evenement.objects.get()
        assert stored.donnees == evenement.donnees
        assert stored.donnees["a"] == {
            "é": '« œuvre » 👩‍💻 \\ " \u2028',
            "10": [1, 2, [None, True, {}]],
            "2": [],
        }
        assert stored.donnees["instant"] == "2021-09-30T21:59:00.000000+00:00"
        assert stored.donnees["grand"] == 10**40
        assert (stored.donnees["jour"], stored.donnees["id"]) == ("2021-09-30", str(autre))
        assert (stored.donnees["qui"], stored.donnees["visibilite"]) == (f"systeme:{autre}", "GEN")
        assert journal.fingerprint(stored) == evenement.empreinte
        assert journal.verify().ok

    @pytest.mark.parametrize(
        "valeur",
        [1.5, float("nan"), datetime(2021, 1, 1), b"x", {1: 2}, {1}, object()],  # noqa: DTZ001
    )
    def test_given_data_that_json_does_not_keep_when_recorded_then_refused(self, valeur: Any) -> None:
        with pytest.raises(TypeError):
            record(donnees={"liste": [valeur]})

        assert Evenement.objects.count() == Chaine.objects.count() == 0

    @pytest.mark.parametrize("texte", ["a\x00b", "\ud800"])
    def test_given_text_that_postgresql_refuses_when_recorded_then_refused_everywhere(
        self, texte: str
    ) -> None:
        for donnees in ({"texte": texte}, {texte: 1}):
            with pytest.raises(ValueError, match=r"NUL|surrogates"):
                record(donnees=donnees)

    def test_given_an_unknown_visibility_when_recorded_then_refused(self) -> None:
        with pytest.raises(ValueError, match="TOUS"):
            record(visibilite="TOUS")

    def test_given_a_timeline_when_read_then_only_the_visible_events_of_the_chain_in_order(self) -> None:
        for numero, visibilite in enumerate(Visibilite.values):
            record(f"essai.{numero}", visibilite=visibilite)
        record("essai.ailleurs", chaine="dossier:2", visibilite=Visibilite.PORTEUR)

        porteur = journal.timeline("dossier:1", visibilites=[Visibilite.PUBLIC, Visibilite.PORTEUR])
        assert [e.verbe for e in porteur] == ["essai.0", "essai.1"]
        assert journal.timeline("dossier:1", visibilites=Visibilite.values).count() == 4
        assert not journal.timeline("dossier:1", visibilites=[]).exists()


@pytest.mark.django_db(transaction=True)
def test_given_no_transaction_when_recorded_then_refused() -> None:
    with pytest.raises(TransactionManagementError):
        journal.record("essai.vu", sujet=SUJET, acteur=SYSTEME)
    assert Evenement.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_given_an_act_that_fails_when_undone_then_the_chain_goes_on_without_a_hole() -> None:
    def fail() -> None:
        with transaction.atomic():
            record()
            raise RuntimeError("panne")

    record()
    with pytest.raises(RuntimeError, match="panne"):
        fail()
    assert record().numero == 2
    assert journal.verify().ok


@pytest.mark.django_db
class TestRecordMany:
    """The same, in bulk."""

    def entries(self, nombre: int) -> list[Entree]:
        return [Entree(f"essai.{i}", SUJET, SYSTEME, {"i": i}, chaine=f"c{i % 2}") for i in range(nombre)]

    def test_given_events_of_two_chains_when_recorded_then_each_chain_in_order_after_what_it_held(
        self,
    ) -> None:
        record(chaine="c0")

        with transaction.atomic():
            evenements = journal.record_many(iter(self.entries(5)))

        assert [(e.chaine, e.numero, e.donnees["i"]) for e in evenements] == [
            ("c0", 2, 0),
            ("c1", 1, 1),
            ("c0", 3, 2),
            ("c1", 2, 3),
            ("c0", 4, 4),
        ]
        assert journal.verify().ok

    def test_given_many_events_when_recorded_then_no_query_per_event(
        self, django_assert_num_queries: Any
    ) -> None:
        record(chaine="c0")
        record(chaine="c1")
        for nombre in (2, 40):
            # Per chain: lock the head, insert all, move the head.
            with transaction.atomic(), django_assert_num_queries(6):
                journal.record_many(self.entries(nombre))
        assert journal.verify().evenements == 44

    def test_given_more_than_a_batch_when_recorded_then_the_chain_holds(self) -> None:
        with transaction.atomic():
            journal.record_many(self.entries(1203))

        rapport = journal.verify()
        assert (rapport.ok, rapport.evenements, rapport.chaines) == (True, 1203, 2)

    def test_given_reactions_when_recorded_then_called_for_each_in_order_once_all_is_written(self) -> None:
        appels: list[Any] = []
        for verbe in ("essai.0", "essai.1", "essai.2"):
            reactions.on(verbe)(lambda e, sujet: appels.append((e.verbe, sujet, Evenement.objects.count())))
        essai = Essai()

        with transaction.atomic():
            journal.record_many([Entree(f"essai.{i}", essai, SYSTEME, chaine=f"c{i % 2}") for i in range(3)])

        assert appels == [("essai.0", essai, 3), ("essai.1", essai, 3), ("essai.2", essai, 3)]

    def test_given_no_event_when_recorded_then_nothing(self) -> None:
        assert journal.record_many([]) == []
        assert Chaine.objects.count() == 0


# --- Two first events at once -----------------------------------------------------------------------
def hold_first(inside: threading.Event, go_on: threading.Event) -> None:
    """Make the first event wait, its transaction open, until the test says so."""

    @reactions.on("essai.premier")
    def hold(evenement: Evenement, sujet: Any) -> None:
        inside.set()
        assert go_on.wait(PATIENCE)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_given_two_first_events_of_a_chain_on_postgresql_when_at_once_then_both_stand() -> None:
    inside, go_on = threading.Event(), threading.Event()
    hold_first(inside, go_on)
    first = Fil(lambda: record("essai.premier"))
    assert inside.wait(PATIENCE)
    second = Fil(lambda: record("essai.second"))
    wait_until(somebody_waits_for_a_lock)
    go_on.set()

    assert [first.value().numero, second.value().numero] == [1, 2]
    assert journal.verify().ok


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_given_a_first_event_undone_on_postgresql_when_another_waits_then_it_becomes_the_first() -> None:
    inside, go_on = threading.Event(), threading.Event()

    @reactions.on("essai.premier")
    def fail(evenement: Evenement, sujet: Any) -> None:
        inside.set()
        assert go_on.wait(PATIENCE)
        raise RuntimeError("panne")

    first = Fil(lambda: record("essai.premier"))
    assert inside.wait(PATIENCE)
    second = Fil(lambda: record("essai.second"))
    wait_until(somebody_waits_for_a_lock)
    go_on.set()

    assert isinstance(first.end().erreur, RuntimeError)
    assert second.value().numero == 1
    assert journal.verify().ok


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_given_many_threads_on_postgresql_when_they_write_the_same_chains_then_no_hole_and_no_deadlock() -> (
    None
):
    def write(n: int) -> None:
        chaines = ("a", "b", "c") if n % 2 else ("c", "b", "a")
        for _ in range(5):
            with transaction.atomic():
                journal.record_many([Entree("essai.vu", SUJET, SYSTEME, chaine=c) for c in chaines])

    for fil in [Fil(lambda n=n: write(n)) for n in range(4)]:
        fil.value()

    rapport = journal.verify()
    assert (rapport.ok, rapport.evenements, rapport.chaines) == (True, 60, 3)


@pytest.mark.usefixtures("sqlite_file")
def test_given_two_first_events_of_a_chain_on_a_sqlite_file_when_at_once_then_both_stand() -> None:
    inside, go_on = threading.Event(), threading.Event()
    hold_first(inside, go_on)
    first = Fil(lambda: record("essai.premier"))
    assert inside.wait(PATIENCE), first.erreur
    second = Fil(lambda: record("essai.second"))
    second.join(0.3)
    assert second.is_alive()
    go_on.set()

    assert [first.value().numero, second.value().numero] == [1, 2]
    assert Fil(journal.verify).value().problemes == []


# --- The database refuses -----------------------------------------------------------------------------
_COLUMNS = (
    "id, chaine, numero, verbe, sujet_genre, sujet_id, acteur_genre, acteur_id, donnees, visibilite, "
    "instant, heure_reelle, precedent, empreinte"
)


@pytest.mark.django_db
class TestGuards:
    """Whoever asks, and in whatever words."""

    @pytest.mark.parametrize(
        "requete",
        [
            "UPDATE socle_evenement SET verbe = 'faux'",
            "UPDATE socle_evenement SET verbe = verbe",
            "DELETE FROM socle_evenement",
            "DELETE FROM socle_evenement WHERE numero = 1",
        ],
    )
    def test_given_an_event_when_changed_in_sql_then_refused(self, requete: str) -> None:
        evenement = record()

        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            sql(requete)

        assert Evenement.objects.get().empreinte == evenement.empreinte

    def test_given_an_event_when_changed_through_django_then_refused(self) -> None:
        evenement = record()
        evenement.verbe = "faux"
        for act in (
            evenement.save,
            evenement.delete,
            lambda: Evenement.objects.update(verbe="faux"),
            lambda: Evenement.objects.all().delete(),
            lambda: Evenement.objects.bulk_update([evenement], ["verbe"]),
        ):
            with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
                act()
        assert journal.verify().ok

    @pytest.mark.sqlite
    @pytest.mark.parametrize("cle", ["id", "numero"])
    def test_given_an_event_on_sqlite_when_replaced_then_refused(self, cle: str) -> None:
        record()
        columns = (
            _COLUMNS.replace("id,", "'00000000000000000000000000000001',", 1) if cle == "numero" else _COLUMNS
        )

        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            sql(f"INSERT OR REPLACE INTO socle_evenement ({_COLUMNS}) SELECT {columns} FROM socle_evenement")
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            sql(f"REPLACE INTO socle_evenement ({_COLUMNS}) SELECT {columns} FROM socle_evenement")
        assert journal.verify().ok

    def test_given_an_event_when_upserted_then_refused(self) -> None:
        record()
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            sql(
                f"INSERT INTO socle_evenement ({_COLUMNS}) SELECT {_COLUMNS} FROM socle_evenement WHERE 1=1 "
                "ON CONFLICT (id) DO UPDATE SET verbe = 'faux'"
            )
        assert journal.verify().ok

    @pytest.mark.postgresql
    @pytest.mark.parametrize("requete", ["TRUNCATE socle_evenement", "TRUNCATE socle_evenement CASCADE"])
    def test_given_an_event_on_postgresql_when_truncated_then_refused(self, requete: str) -> None:
        record()
        with pytest.raises(IntegrityError, match="append-only: TRUNCATE"), transaction.atomic():
            sql(requete)
        assert Evenement.objects.count() == 1

    @pytest.mark.postgresql
    def test_given_the_replica_role_on_postgresql_when_changed_then_still_refused(self) -> None:
        record()
        sql("SET LOCAL session_replication_role = replica")
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            sql("DELETE FROM socle_evenement")
        sql("SET LOCAL session_replication_role = origin")

    def test_given_a_new_database_when_asked_then_the_guards_stand(self) -> None:
        assert journal.guards_present()
        assert gardes.missing() == []

    @pytest.mark.usefixtures("journal_sans_gardes")
    def test_given_no_guards_when_asked_then_each_is_missing_and_verify_fails(self) -> None:
        record()
        assert not journal.guards_present()
        assert gardes.missing() == list(gardes.GARDES[connection.vendor])
        for nom in gardes.GARDES[connection.vendor]:
            assert f"Garde absente : {nom}." in problems()

    @pytest.mark.usefixtures("journal_sans_gardes")
    def test_given_no_guards_when_a_migration_ends_then_they_are_back(self) -> None:
        record()
        emit_post_migrate_signal(verbosity=0, interactive=False, db="default")

        assert journal.verify().ok
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            sql("DELETE FROM socle_evenement")

    def test_given_the_guards_when_installed_again_then_only_a_look(
        self, django_assert_num_queries: Any
    ) -> None:
        with django_assert_num_queries(2):
            gardes.install(connection)

    @pytest.mark.usefixtures("journal_sans_gardes")
    def test_given_no_table_yet_when_a_migration_ends_then_nothing_fails(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(connection.introspection, "table_names", lambda cursor=None: [])
        gardes.reinstall(using="default")
        assert not journal.guards_present()

    @pytest.mark.sqlite
    def test_given_a_guard_that_does_nothing_on_sqlite_when_asked_then_missing_and_put_right(self) -> None:
        sql("DROP TRIGGER socle_evenement_no_delete")
        sql("CREATE TRIGGER socle_evenement_no_delete BEFORE DELETE ON socle_evenement BEGIN SELECT 1; END")
        assert gardes.missing() == ["socle_evenement_no_delete"]
        gardes.install(connection)
        assert gardes.missing() == []

    @pytest.mark.sqlite
    def test_given_a_connection_without_recursive_triggers_when_asked_then_missing(self) -> None:
        sql("PRAGMA recursive_triggers = OFF")
        try:
            assert gardes.missing() == ["PRAGMA recursive_triggers"]
            assert "PRAGMA recursive_triggers" in problems()
        finally:
            sql("PRAGMA recursive_triggers = ON")

    @pytest.mark.postgresql
    @pytest.mark.parametrize(
        ("requete", "absente"),
        [
            (
                "ALTER TABLE socle_evenement DISABLE TRIGGER socle_evenement_no_change",
                "socle_evenement_no_change",
            ),
            (
                "ALTER TABLE socle_evenement ENABLE TRIGGER socle_evenement_no_change",
                "socle_evenement_no_change",
            ),
            ("DROP TRIGGER socle_evenement_no_truncate ON socle_evenement", "socle_evenement_no_truncate"),
            (
                "CREATE OR REPLACE TRIGGER socle_evenement_no_change BEFORE UPDATE ON socle_evenement "
                "FOR EACH ROW EXECUTE FUNCTION socle_evenement_refuse()",
                "socle_evenement_no_change",
            ),
            (
                "CREATE OR REPLACE FUNCTION socle_evenement_refuse() RETURNS trigger LANGUAGE plpgsql "
                "AS 'BEGIN RETURN NULL; END'",
                "socle_evenement_refuse",
            ),
        ],
    )
    def test_given_a_guard_altered_on_postgresql_when_asked_then_missing_and_put_right(
        self, requete: str, absente: str
    ) -> None:
        sql(requete)
        assert gardes.missing() == [absente]
        gardes.install(connection)
        assert gardes.missing() == []


def change_table(longueur: int) -> None:
    """Do what a later migration would: widen a column of the journal."""
    old, new = Evenement._meta.get_field("verbe"), models.CharField(max_length=longueur, editable=False)
    new.set_attributes_from_name("verbe")
    new.model = Evenement
    with connection.schema_editor() as editor:
        editor.alter_field(Evenement, old, new, strict=True)


@pytest.fixture
def table_changed() -> Iterator[None]:
    change_table(200)
    yield
    change_table(100)
    gardes.install(connection)


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_given_a_table_rebuilt_on_sqlite_when_migrations_end_then_the_lost_guards_are_back(
    request: pytest.FixtureRequest,
) -> None:
    record()
    assert journal.guards_present()
    request.getfixturevalue("table_changed")

    assert gardes.missing() == list(gardes.GARDES["sqlite"])
    assert "Garde absente" in problems()
    with pytest.raises(CommandError, match="2 problème"):
        call_command("verify_journal", stdout=StringIO(), stderr=StringIO())

    call_command("migrate", run_syncdb=True, verbosity=0)

    assert journal.verify().ok
    with pytest.raises(IntegrityError, match="append-only"):
        sql("DELETE FROM socle_evenement")


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_given_a_table_altered_on_postgresql_when_asked_then_the_guards_survived(
    request: pytest.FixtureRequest,
) -> None:
    record()
    request.getfixturevalue("table_changed")

    assert journal.verify().ok


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fois", [1, 2])
def test_given_a_transactional_test_when_it_ends_then_the_journal_is_empty_and_guarded_again(
    fois: int,
) -> None:
    assert Evenement.objects.count() == Chaine.objects.count() == 0
    assert journal.guards_present()
    record()


# --- Verifying -------------------------------------------------------------------------------------
@pytest.fixture
def damaged(journal_sans_gardes: None) -> list[Evenement]:
    """Three events in a chain and one in another, and nothing that keeps them."""
    return [record() for _ in range(3)] + [record(chaine="dossier:2")]


@pytest.fixture
def problems_but_guards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gardes, "missing", lambda connection=None: [])


@pytest.mark.usefixtures("problems_but_guards")
class TestVerify:
    """Whatever was done to the rows by somebody with the keys."""

    def test_given_untouched_chains_when_verified_then_ok_and_counted(self, damaged: list[Evenement]) -> None:
        rapport = journal.verify()

        assert (rapport.ok, rapport.chaines, rapport.evenements) == (True, 2, 4)

    @pytest.mark.django_db
    def test_given_an_empty_journal_when_verified_then_ok(self) -> None:
        assert journal.verify().ok

    @pytest.mark.parametrize(
        ("colonne", "valeur"),
        [
            ("id", str(uuid.UUID(int=77).hex)),
            ("verbe", "essai.vV"),
            ("sujet_genre", "essai.essaj"),
            ("sujet_id", uuid.UUID(int=6).hex),
            ("acteur_genre", "systemf"),
            ("acteur_id", uuid.UUID(int=1).hex),
            ("donnees", '{"a": 1}'),
            ("visibilite", "PUBLIC"),
            ("instant", "2021-09-20 08:00:00.120001"),
            ("heure_reelle", "2021-09-20 08:00:00.120001"),
            ("empreinte", "0" * 64),
        ],
    )
    def test_given_a_flipped_byte_in_any_column_when_verified_then_seen(
        self, damaged: list[Evenement], colonne: str, valeur: str
    ) -> None:
        sql(f"UPDATE socle_evenement SET {colonne} = %s WHERE chaine = 'dossier:1' AND numero = 2", valeur)

        assert "Chaîne dossier:1, n° 2 : le contenu ne correspond pas à l’empreinte." in problems()
        assert "dossier:2" not in problems()

    @pytest.mark.sqlite
    @pytest.mark.parametrize(
        ("colonne", "valeur"),
        [
            ("donnees", '{"a":'),
            ("instant", "hier"),
            ("heure_reelle", "2021-09-31"),
            ("id", "zz"),
            ("sujet_id", ""),
        ],
    )
    def test_given_a_value_that_cannot_be_read_when_verified_then_reported_not_raised(
        self, damaged: list[Evenement], colonne: str, valeur: str
    ) -> None:
        # JSON validity is a constraint of the table: somebody with the keys switches it off.
        sql("PRAGMA ignore_check_constraints = ON")
        try:
            sql(
                f"UPDATE socle_evenement SET {colonne} = %s WHERE chaine = 'dossier:1' AND numero = 2", valeur
            )
        finally:
            sql("PRAGMA ignore_check_constraints = OFF")

        assert problems() == "Chaîne dossier:1, n° 2 : le contenu ne correspond pas à l’empreinte."

    def test_given_a_wrong_link_when_verified_then_seen(self, damaged: list[Evenement]) -> None:
        sql("UPDATE socle_evenement SET precedent = %s WHERE chaine = 'dossier:1' AND numero = 2", "0" * 64)

        assert "dossier:1, n° 2 : le lien avec l’événement précédent est rompu." in problems()

    def test_given_an_event_forged_with_its_hash_when_verified_then_the_next_link_is_broken(
        self, damaged: list[Evenement]
    ) -> None:
        forged = Evenement.objects.get(chaine="dossier:1", numero=2)
        forged.verbe = "essai.faux"
        Evenement.objects.filter(pk=forged.pk).update(
            verbe=forged.verbe, empreinte=journal.fingerprint(forged)
        )

        assert problems() == "Chaîne dossier:1, n° 3 : le lien avec l’événement précédent est rompu."

    @pytest.mark.parametrize("numero", [1, 2])
    def test_given_an_event_taken_away_when_verified_then_its_number_is_missing(
        self, damaged: list[Evenement], numero: int
    ) -> None:
        sql("DELETE FROM socle_evenement WHERE chaine = 'dossier:1' AND numero = %s", numero)

        assert problems() == f"Chaîne dossier:1, n° {numero + 1} : le n° {numero} manque."

    def test_given_the_last_event_cut_when_verified_then_the_head_knows(
        self, damaged: list[Evenement]
    ) -> None:
        sql("DELETE FROM socle_evenement WHERE chaine = 'dossier:1' AND numero = 3")

        assert problems() == "Chaîne dossier:1 : la tête est au n° 3, le dernier événement au n° 2."

    def test_given_a_whole_chain_cut_when_verified_then_its_head_knows(
        self, damaged: list[Evenement]
    ) -> None:
        sql("DELETE FROM socle_evenement WHERE chaine = 'dossier:1'")

        assert problems() == "Chaîne dossier:1 : la tête est au n° 3, le dernier événement au n° 0."

    def test_given_a_head_taken_away_when_verified_then_seen(self, damaged: list[Evenement]) -> None:
        Chaine.objects.filter(pk="dossier:1").delete()

        assert problems() == "Chaîne dossier:1 : la tête de chaîne est absente."

    def test_given_a_head_with_another_hash_when_verified_then_seen(self, damaged: list[Evenement]) -> None:
        Chaine.objects.filter(pk="dossier:1").update(empreinte="0" * 64)

        assert problems() == (
            "Chaîne dossier:1 : l’empreinte de la tête n’est pas celle du dernier événement."
        )

    def test_given_an_event_moved_to_another_chain_when_verified_then_both_show_it(
        self, damaged: list[Evenement]
    ) -> None:
        sql("UPDATE socle_evenement SET chaine = 'dossier:2' WHERE chaine = 'dossier:1' AND numero = 2")

        assert "Chaîne dossier:1, n° 3 : le n° 2 manque." in problems()
        assert "Chaîne dossier:2, n° 2 : le contenu ne correspond pas" in problems()

    def test_given_a_chain_that_grows_meanwhile_when_verified_then_no_false_alarm(
        self, damaged: list[Evenement], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        read, written = journal._read_chains, []

        def read_later(rows: Any) -> Any:
            if not written:
                written.extend([record(), record(chaine="dossier:3")])
            return read(rows)

        monkeypatch.setattr(journal, "_read_chains", read_later)

        rapport = journal.verify()
        assert rapport.problemes == []
        assert rapport.evenements == 6

    def test_given_more_events_when_verified_then_no_more_queries(
        self, damaged: list[Evenement], django_assert_num_queries: Any
    ) -> None:
        for nombre in (1, 3):
            for _ in range(nombre):
                record(chaine=f"dossier:{nombre}")
            with django_assert_num_queries(2):
                assert journal.verify().ok


# --- Heads kept elsewhere -----------------------------------------------------------------------------
def cut_tail() -> None:
    """Cut the last event as a careful forger would: its head is set back too."""
    sql("DELETE FROM socle_evenement WHERE chaine = 'dossier:1' AND numero = 3")
    last = Evenement.objects.get(chaine="dossier:1", numero=2)
    Chaine.objects.filter(pk="dossier:1").update(numero=2, empreinte=last.empreinte)


@pytest.mark.usefixtures("problems_but_guards")
class TestHeads:
    """A chain alone can't show a cut tail: heads exported earlier do."""

    def test_given_chains_when_heads_are_exported_then_number_and_hash_of_each(
        self, damaged: list[Evenement]
    ) -> None:
        assert journal.export_heads() == [
            {"chaine": "dossier:1", "numero": 3, "empreinte": damaged[2].empreinte},
            {"chaine": "dossier:2", "numero": 1, "empreinte": damaged[3].empreinte},
        ]

    def test_given_heads_when_the_chains_grew_then_they_still_hold(self, damaged: list[Evenement]) -> None:
        heads = journal.export_heads()
        record()
        assert journal.compare_heads(heads) == []

    def test_given_heads_when_the_tail_was_cut_then_only_the_comparison_sees_it(
        self, damaged: list[Evenement]
    ) -> None:
        heads = journal.export_heads()
        cut_tail()

        assert journal.verify().ok
        assert journal.compare_heads(heads) == [
            "Chaîne dossier:1\u00a0: l’événement n°\u00a03 exporté a disparu."
        ]

    def test_given_heads_when_the_tail_was_cut_and_written_anew_then_the_comparison_sees_it(
        self, damaged: list[Evenement]
    ) -> None:
        heads = journal.export_heads()
        cut_tail()
        record("essai.faux")

        assert journal.verify().ok
        assert journal.compare_heads(heads) == [
            "Chaîne dossier:1\u00a0: l’événement n°\u00a03 n’est plus celui exporté."
        ]


# --- The command ----------------------------------------------------------------------------------------
def run_command(**options: Any) -> str:
    sortie = StringIO()
    call_command("verify_journal", stdout=sortie, stderr=sortie, **options)
    return sortie.getvalue()


class TestCommand:
    """``verify_journal`` for the operator and for the timer."""

    @pytest.mark.django_db
    def test_given_a_whole_journal_when_run_then_it_says_so(self) -> None:
        record()
        sortie = run_command()
        assert "1 événement(s) lus dans 1 chaîne(s)." in sortie
        assert "Le journal est intègre." in sortie

    def test_given_missing_guards_when_run_then_it_fails(self, damaged: list[Evenement]) -> None:
        sortie = StringIO()
        with pytest.raises(CommandError, match="2 problème"):
            call_command("verify_journal", stdout=sortie, stderr=sortie)
        assert "Garde absente" in sortie.getvalue()
        assert "intègre" not in sortie.getvalue()

    @pytest.mark.usefixtures("problems_but_guards")
    def test_given_heads_written_when_compared_later_then_a_cut_tail_fails(
        self, damaged: list[Evenement], tmp_path: Path
    ) -> None:
        fichier = tmp_path / "tetes.json"
        run_command(heads=fichier)
        assert json.loads(fichier.read_text())["tetes"] == journal.export_heads()
        assert "intègre" in run_command(compare=fichier)

        cut_tail()

        assert "intègre" in run_command()
        with pytest.raises(CommandError, match="1 problème"):
            run_command(compare=fichier)

    @pytest.mark.usefixtures("problems_but_guards")
    def test_given_a_damaged_journal_when_heads_are_asked_then_none_is_written(
        self, damaged: list[Evenement], tmp_path: Path
    ) -> None:
        sql("UPDATE socle_evenement SET verbe = 'faux' WHERE numero = 2")
        fichier = tmp_path / "tetes.json"
        with pytest.raises(CommandError, match="1 problème"):
            run_command(heads=fichier)
        assert not fichier.exists()

    @pytest.mark.django_db
    @pytest.mark.parametrize("contenu", [None, "", "[]", "{}", "{"])
    def test_given_no_file_of_heads_when_compared_then_it_says_so(
        self, tmp_path: Path, contenu: str | None
    ) -> None:
        fichier = tmp_path / "tetes.json"
        if contenu is not None:
            fichier.write_text(contenu)
        with pytest.raises(CommandError, match="n’est pas un export"):
            run_command(compare=fichier)


def test_given_the_socle_when_django_starts_then_the_guards_follow_its_migrations_alone() -> None:
    receivers = [
        receiver for receiver, *_ in models.signals.post_migrate.receivers if receiver[0] == "socle.gardes"
    ]
    assert receivers == [("socle.gardes", id(apps.get_app_config("socle")))]


@pytest.mark.django_db
def test_given_the_tests_fixture_when_guards_are_lifted_then_only_between() -> None:
    lift_guards("default")
    assert not journal.guards_present()
    gardes.install(connection)
    assert journal.guards_present()
