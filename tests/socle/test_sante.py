"""What ``/sante/`` says, service by service."""

import socket
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from celery import current_app

from socle import horloge, sante
from socle.models import Courriel, Travail


@pytest.fixture(autouse=True)
def services_en_marche(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything answers, until the test says otherwise; the database and the journal are the real ones."""
    monkeypatch.setattr(
        sante, "AUTRES", {**sante.AUTRES, "antivirus": lambda: True, "file_de_taches": lambda: True}
    )


def un_courriel(**valeurs: Any) -> Courriel:
    return Courriel.objects.create(
        **{
            "cle": str(uuid.uuid4()),
            "gabarit": "essai",
            "destinataire_genre": "essai",
            "destinataire_id": uuid.uuid4(),
            "email": "personne@essai.example",
            "objet": "Essai",
            **valeurs,
        }
    )


def ago(secondes: int) -> Any:
    return horloge.real_now() - timedelta(seconds=secondes)


@pytest.mark.django_db
def test_given_all_services_when_asked_then_ok() -> None:
    report = sante.etat()
    assert (report["statut"], report["courriels_a_verifier"]) == ("ok", 0)
    assert set(report["services"]) == {
        "base",
        "gardes_du_journal",
        "file_de_taches",
        "antivirus",
        "fichiers",
        "courriels",
        "travaux",
    }
    assert all(report["services"].values())


@pytest.mark.django_db(transaction=True)
def test_given_a_missing_guard_when_asked_then_unavailable(journal_sans_gardes: None) -> None:
    report = sante.etat()
    assert (report["statut"], report["services"]["gardes_du_journal"]) == ("indisponible", False)


@pytest.mark.django_db
def test_given_no_database_when_asked_then_unavailable_and_nothing_else_is_asked(
    monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def gone() -> bool:
        raise ConnectionRefusedError("no database")

    monkeypatch.setattr(sante, "ESSENTIELS", {"base": gone})
    assert sante.etat()["statut"] == "indisponible"
    assert sante.etat()["services"] == {"base": False}
    assert "base does not answer" in caplog.text


@pytest.mark.django_db
def test_given_a_lesser_service_that_is_off_when_asked_then_degraded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sante, "AUTRES", {**sante.AUTRES, "antivirus": lambda: False})
    report = sante.etat()
    assert (report["statut"], report["services"]["antivirus"]) == ("dégradé", False)


@pytest.mark.django_db
@pytest.mark.parametrize(("secondes", "well"), [(60, True), (3600, False)])
def test_given_an_e_mail_that_waits_when_asked_then_degraded_after_ten_minutes(
    secondes: int, well: bool
) -> None:
    un_courriel(prochaine_tentative=ago(secondes))
    assert sante.etat()["services"]["courriels"] is well


@pytest.mark.django_db
def test_given_doubtful_e_mails_when_asked_then_counted() -> None:
    un_courriel(etat=Courriel.Etat.A_VERIFIER)
    assert sante.etat()["courriels_a_verifier"] == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("valeurs", "well"),
    [
        (lambda: {"prochaine_tentative": ago(60)}, True),
        (lambda: {"prochaine_tentative": ago(3600)}, False),
        (lambda: {"etat": "MORT", "termine_le": ago(1)}, False),
    ],
)
def test_given_jobs_that_wait_or_were_given_up_when_asked_then_degraded(
    valeurs: Callable[[], dict[str, Any]], well: bool
) -> None:
    Travail.objects.create(genre="essai", cle="essai", **valeurs())
    assert sante.etat()["services"]["travaux"] is well


def test_given_a_store_whose_port_is_closed_when_asked_then_it_does_not_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.socket() as libre:
        libre.bind(("127.0.0.1", 0))
        port = libre.getsockname()[1]
    monkeypatch.setattr(sante, "default_storage", SimpleNamespace(endpoint_url=f"http://127.0.0.1:{port}"))
    assert sante._ask("fichiers", sante.store) is False


def test_given_a_folder_of_files_when_asked_then_well() -> None:
    assert sante.store()


@contextmanager
def silent_server() -> Iterator[int]:
    """Accept connections and never answer."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(5)
        yield server.getsockname()[1]


@pytest.mark.parametrize("panne", ["absent", "muet"])
def test_given_a_broker_that_is_away_when_asked_then_the_answer_takes_a_second(
    monkeypatch: pytest.MonkeyPatch, panne: str
) -> None:
    options = {"socket_connect_timeout": 1, "socket_timeout": 1, "retry_on_timeout": False}
    with silent_server() as port:
        url = f"redis://127.0.0.1:{port if panne == 'muet' else 1}/0"
        monkeypatch.setattr(
            sante, "current_app", type("App", (), {"connection_for_write": lambda: connection(url, options)})
        )
        start = time.monotonic()
        assert sante._ask("file_de_taches", sante.broker) is False
        assert time.monotonic() - start < 2


def connection(url: str, options: dict[str, Any]) -> Any:
    return current_app.amqp.Connection(url, transport_options=options)
