"""The runner of the tests: what counts as a failure, and what it says last."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from scripts import essais
from scripts.essais import Passe, Resultat


def result(code: int, closing: str, base: str = "SQLite") -> Resultat:
    """Make the result of a pass."""
    return Resultat(Passe(base, base, [], {}), code, closing, 1.0)


def run_project(folder: Path, text: str, options: Sequence[str] = ()) -> Resultat:
    """Run real tests, in a project of their own, without the settings of the portal."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_projet.py").write_text(text)
    selection = ["-c", str(folder / "pytest.ini"), "--rootdir", str(folder), "-p", "no:cacheprovider"]
    return essais.run(Passe("Projet", "SQLite", [*selection, "-p", "no:django", *options, str(folder)], {}))


def test_given_tests_that_pass_when_run_then_the_closing_line_is_pytest_s_own(tmp_path: Path) -> None:
    outcome = run_project(tmp_path, "def test_a(): pass\ndef test_b(): pass\n")

    assert outcome.ok
    assert outcome.cloture.startswith("=")
    assert "2 passed in" in outcome.cloture


def test_given_a_failure_when_run_then_the_pass_failed(tmp_path: Path) -> None:
    outcome = run_project(tmp_path, "def test_a(): pass\ndef test_b(): assert False\n")

    assert not outcome.ok
    assert "1 failed, 1 passed in" in outcome.cloture


def test_given_no_test_at_all_when_run_then_the_pass_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = run_project(tmp_path, "def test_a(): pass\n", ["-k", "introuvable"])

    assert outcome.code == 5
    assert not outcome.ok
    assert essais.report([outcome]) == 1
    assert "aucun test trouvé" in capsys.readouterr().out


def test_given_a_run_killed_before_its_end_when_reported_then_it_is_a_failure(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert essais.report([result(-9, "")]) == 1
    assert "pytest n’a pas conclu" in capsys.readouterr().out


def test_given_several_passes_when_reported_then_one_total_per_database_and_closing_lines_last(
    capsys: pytest.CaptureFixture[str],
) -> None:
    passes = [
        result(0, "===== 12 passed in 1.50s ====="),
        result(0, "===== 3 passed, 12 deselected in 61.20s (0:01:01) ====="),
        result(1, "===== 1 failed, 14 passed in 2.00s =====", "PostgreSQL"),
    ]

    assert essais.report(passes) == 1

    lines = capsys.readouterr().out.splitlines()
    assert "  Total SQLite : 15 passed" in lines
    assert "  Total PostgreSQL : 1 failed, 14 passed" in lines
    assert lines[-1] == "PostgreSQL : ===== 1 failed, 14 passed in 2.00s ====="


def test_given_all_passes_good_when_reported_then_success() -> None:
    assert essais.report([result(0, "===== 12 passed in 1.50s =====")]) == 0


def test_given_no_pass_when_reported_then_failure() -> None:
    assert essais.report([]) == 1


def test_given_settings_in_the_shell_when_a_pass_runs_then_they_stay_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://autre@base.example/autre")
    monkeypatch.setenv("GEN_DEMO", "1")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("GEN_TEST_PG_URL", "postgres://moi@127.0.0.1/gen_moi")

    env = essais.environment(Passe("SQLite", "SQLite", [], {}), tmp_path)

    assert {"DATABASE_URL", "GEN_DEMO", "PYTHONDONTWRITEBYTECODE"}.isdisjoint(env)
    assert env["GEN_TEST_PG_URL"] == "postgres://moi@127.0.0.1/gen_moi"
    assert env["GEN_VAR_DIR"] == str(tmp_path)


def test_given_the_complete_run_when_planned_then_both_databases_and_every_kind_are_there() -> None:
    passes = essais.complete_run({"GEN_TEST_PG_URL": "postgres://x"}, [])

    assert {passe.base for passe in passes} == {"SQLite", "PostgreSQL"}
    assert all(("DATABASE_URL" in passe.env) == (passe.base == "PostgreSQL") for passe in passes)
    assert any(passe.env.get("GEN_TESTS_SERVICES") for passe in passes)
    assert any(passe.env.get("GEN_TESTS_NAVIGATEUR") for passe in passes)
    assert any(passe.env.get("GEN_TEST_YEUX") for passe in passes)
    assert {passe.base for passe in passes if passe.env.get("GEN_TEST_ACCES")} == {"SQLite", "PostgreSQL"}
