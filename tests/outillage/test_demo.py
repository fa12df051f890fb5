"""What the demo promises before anything runs: its port, its data, its settings."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import demo, port
from tests.outillage.conftest import Lancement


@pytest.fixture
def taken_port() -> Iterator[int]:
    """Give the number of a port on which somebody listens."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_given_a_free_port_when_asked_then_nothing_is_refused() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        number = server.getsockname()[1]
    assert port.refusal(number) == ""


@pytest.mark.parametrize("number", [0, -1, 65536])
def test_given_a_number_that_is_no_port_when_asked_then_it_is_said(number: int) -> None:
    assert "n’est pas un numéro de port" in port.refusal(number)


def test_given_a_taken_port_when_the_demo_starts_then_it_says_so_at_once_and_touches_nothing(
    taken_port: int, lancement: Lancement, tmp_path: Path
) -> None:
    folder = tmp_path / "var"
    popen = lancement.start("-m", "scripts.demo", "--port", str(taken_port), GEN_VAR_DIR=str(folder))

    assert popen.wait(timeout=60) == 1
    assert f"Le port {taken_port} est déjà pris" in lancement.texte
    assert f"make demo PORT={taken_port + 1}" in lancement.texte
    assert not folder.exists()


def test_given_a_demo_on_the_same_data_when_another_starts_then_it_is_refused(
    lancement: Lancement, tmp_path: Path
) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        number = server.getsockname()[1]
    with demo.hold(tmp_path / "var"):
        popen = lancement.start(
            "-m", "scripts.demo", "--port", str(number), "--neuf", GEN_VAR_DIR=str(tmp_path / "var")
        )
        code = popen.wait(timeout=60)

    assert code == 1
    assert "Une démonstration tourne déjà sur ces données" in lancement.texte


def test_given_settings_of_another_project_when_the_demo_prepares_then_they_stay_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://autre@base.example/autre")
    monkeypatch.setenv("REDIS_URL", "redis://autre.example")
    monkeypatch.setenv("GEN_ENV", "production")
    monkeypatch.setenv("GEN_S3_BUCKET", "autre")
    monkeypatch.setenv("GEN_VAR_DIR", str(tmp_path))
    monkeypatch.delenv("GEN_TICK", raising=False)

    env = demo.environment(8123)

    assert {"DATABASE_URL", "REDIS_URL", "GEN_S3_BUCKET"}.isdisjoint(env)
    assert (env["GEN_ENV"], env["GEN_DEMO"], env["GEN_TICK"]) == ("local", "1", "5")
    assert env["GEN_URL"] == "http://localhost:8123"
    assert env["GEN_VAR_DIR"] == str(tmp_path)


def test_given_data_and_a_foreign_file_when_erased_then_only_the_data_goes(tmp_path: Path) -> None:
    (tmp_path / "portail.sqlite3").write_text("base")
    (tmp_path / "courriels").mkdir()
    (tmp_path / "courriels" / "1.eml").write_text("courriel")
    (tmp_path / "notes.txt").write_text("à garder")

    demo.erase(tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.txt"]
