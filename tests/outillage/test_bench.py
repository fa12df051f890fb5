"""The bench's own logic: what is over a budget fails, what is at it passes, and what has none is refused."""

import http.server
import json
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from comptes.models import Role
from scripts import bench
from tests.benchmarks.cibles import show_second_factor
from tests.comptes.fabriques import utilisateur

PAGE = {"name": "une page", "median_ms": 50.0, "queries": 12, "bytes": 900, "ratio": 5.0}
TRAVAIL = {"name": "un travail", "seconds": 10.0, "peak_mb": 100}
BUDGETS = {
    "pages": {"une page": {"ratio": 5, "queries": 12}, "sans limite": {"ratio": 5}},
    "works": {"un travail": {"seconds": 10, "peak_mb": 100}},
}


@pytest.mark.parametrize(
    ("entree", "fautes"),
    [
        (PAGE, []),
        (PAGE | {"ratio": 5.01}, ["ratio 5.01 > 5"]),
        (PAGE | {"queries": 13}, ["queries 13 > 12"]),
        (PAGE | {"ratio": 6.0, "queries": 13}, ["ratio 6.0 > 5", "queries 13 > 12"]),
        (PAGE | {"name": "sans limite", "queries": 400}, []),
        (TRAVAIL, []),
        (TRAVAIL | {"seconds": 10.1}, ["seconds 10.1 > 10"]),
        (TRAVAIL | {"peak_mb": 101}, ["peak_mb 101 > 100"]),
    ],
)
def test_given_a_measure_when_compared_to_its_budget_then_only_what_is_over_is_named(
    entree: dict[str, object], fautes: list[str]
) -> None:
    assert bench.overruns(bench.with_budget(entree, BUDGETS)) == fautes


def test_given_an_entry_without_budget_when_compared_then_the_bench_refuses() -> None:
    with pytest.raises(bench.BancImpossible, match="pas de budget"):
        bench.with_budget(PAGE | {"name": "inconnue"}, BUDGETS)


@pytest.mark.parametrize(("ratio", "code"), [(5.0, 0), (5.1, 1)])
def test_given_a_table_when_printed_then_an_overrun_is_named_and_fails(
    ratio: float, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    entrees = [bench.with_budget(entree, BUDGETS) for entree in (PAGE | {"ratio": ratio}, TRAVAIL)]
    assert bench.report(10.0, entrees) == code
    sortie = capsys.readouterr().out
    assert ("TROP : ratio 5.1 > 5" in sortie) is bool(code)
    assert "charge de la machine" in sortie
    assert set(entrees[0]) == {
        "name",
        "median_ms",
        "queries",
        "bytes",
        "ratio",
        "max_ratio",
        "max_queries",
    }


def test_given_the_written_budgets_when_read_then_the_nine_first_pages_keep_theirs() -> None:
    budgets = tomllib.loads(bench.BUDGETS.read_text(encoding="utf-8"))["pages"]
    lus = {nom: (ligne["ratio"], ligne["queries"]) for nom, ligne in budgets.items()}
    assert (
        lus
        | {
            "home signed in": (2, 6),
            "my dossiers": (5, 12),
            "task list": (5, 12),
            "section form of 40 fields": (8, 15),
            "dossier in the admin": (12, 25),
            "admin list of 50, filtered": (9, 15),
            "ranking of 50 rows": (8, 12),
            "late obligations": (6, 12),
            "verification page": (2, 3),
        }
        == lus
    )


class _Pages(http.server.BaseHTTPRequestHandler):
    recues: list[tuple[str, str]] = []

    def do_GET(self) -> None:
        """Answer ten bytes, or refuse."""
        self.recues.append((self.path, self.headers.get("Cookie", "")))
        self.send_response(500 if self.path == "/panne" else 200)
        self.end_headers()
        self.wfile.write(b"dix octets")

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    """A server that answers ten bytes to everything."""
    _Pages.recues = []
    serveur = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    fil = threading.Thread(target=serveur.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    fil.start()
    yield serveur.server_address[1]
    serveur.shutdown()
    serveur.server_close()
    fil.join()


def test_given_pages_when_measured_then_the_floor_is_asked_for_beside_each(port: int) -> None:
    cibles = [{"name": "une page", "path": "/a/", "cookie": "sessionid=x", "queries": 3}]
    plancher, entrees = bench.measure(cibles, port, port, 2)
    assert plancher > 0
    assert (entrees[0]["bytes"], entrees[0]["queries"]) == (10, 3)
    assert _Pages.recues == [("/", ""), ("/a/", "sessionid=x")] * (bench.ECHAUFFEMENT + 2)


def test_given_an_act_that_is_done_once_when_measured_then_each_time_at_another_address(port: int) -> None:
    chemins = [f"/{rang}/" for rang in range(bench.ECHAUFFEMENT + 2)]
    bench.measure([{"name": "x", "path": "/0/", "paths": chemins, "cookie": "", "queries": 0}], port, port, 2)
    assert [chemin for chemin, _ in _Pages.recues if chemin != "/"] == chemins


def test_given_an_act_that_does_not_end_as_it_should_when_measured_then_the_bench_stops(port: int) -> None:
    with pytest.raises(bench.BancImpossible, match="réponse 200"):
        bench.measure(
            [{"name": "x", "path": "/a/", "cookie": "", "queries": 0, "statut": 302}], port, port, 1
        )


def test_given_a_page_that_fails_when_measured_then_the_bench_stops(port: int) -> None:
    with pytest.raises(bench.BancImpossible, match="réponse 500"):
        bench.measure([{"name": "x", "path": "/panne", "cookie": "", "queries": 0}], port, port, 1)


def test_given_the_makers_of_the_data_when_one_changes_then_the_stamp_does(tmp_path: Path) -> None:
    migration = tmp_path / "socle/migrations/0001_initial.py"
    migration.parent.mkdir(parents=True)
    migration.write_text("un")
    avant = bench.stamp(10, 20, tmp_path)
    assert bench.stamp(10, 20, tmp_path) == avant
    assert bench.stamp(11, 20, tmp_path) != avant
    (tmp_path / "socle/vues.py").write_text("sans effet sur les données")
    assert bench.stamp(10, 20, tmp_path) == avant
    migration.write_text("deux")
    assert bench.stamp(10, 20, tmp_path) != avant


def test_given_a_command_that_fails_when_run_then_its_words_are_shown() -> None:
    with pytest.raises(bench.BancImpossible, match="dit pourquoi"):
        bench.run(
            ["python3", "-c", "import sys; sys.exit('dit pourquoi')"], {"PATH": "/usr/bin:/usr/local/bin"}
        )


def test_given_a_page_entry_when_made_then_its_ratio_is_to_the_floor() -> None:
    entree = bench.page_entry({"name": "x", "queries": 2}, 42.04, 10, 8.0)
    assert json.loads(json.dumps(entree)) == {
        "name": "x",
        "median_ms": 42.0,
        "queries": 2,
        "bytes": 10,
        "ratio": 5.25,
    }


# --- Who asks -----------------------------------------------------------------------------------
@pytest.mark.django_db
def test_given_an_agent_of_the_bench_when_signed_in_then_the_door_lets_them_through_as_in_production(
    settings: Any, client: Client
) -> None:
    settings.GEN_SECOND_FACTEUR = True
    instructeur = utilisateur(Role.INSTRUCTEUR)
    client.force_login(instructeur, backend="allauth.account.auth_backends.AuthenticationBackend")
    file = reverse("admin:instruction_file")
    assert client.get(file).status_code == 302

    show_second_factor(client, instructeur)

    assert client.get(file).status_code == 200
