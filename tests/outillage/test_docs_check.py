"""The check of the documents."""

from pathlib import Path

from scripts import docs_check


def test_given_links_when_checked_then_only_those_that_lead_nowhere_are_named(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "la.md").write_text("# Le titre\n\n[retour](../README.md#l-accueil)\n")
    (tmp_path / "README.md").write_text(
        "# L'accueil\n"
        "[bon](docs/la.md) [ancre](docs/la.md#le-titre) [dehors](https://exemple.fr/x) [ici](#laccueil)\n"
        "`[code](rien.md)`\n"
        "```\n[bloc](rien.md)\n```\n"
        "[faux](docs/ailleurs.md)\n"
        '<img src="docs/image.png" alt="">\n'
        "[mauvaise ancre](docs/la.md#autre)\n"
    )

    assert list(docs_check.broken_links(tmp_path)) == [
        "README.md:7: docs/ailleurs.md n’existe pas",
        "README.md:8: docs/image.png n’existe pas",
        "README.md:9: docs/la.md#autre : aucun titre ne porte cette ancre",
        "docs/la.md:3: ../README.md#l-accueil : aucun titre ne porte cette ancre",
    ]


def test_given_tests_that_name_rules_when_read_then_each_mark_is_found(tmp_path: Path) -> None:
    (tmp_path / "tests" / "suivi").mkdir(parents=True)
    (tmp_path / "tests" / "suivi" / "test_a.py").write_text(
        '@pytest.mark.regle("R12", "R15a")\ndef test_a(): ...\npytestmark = pytest.mark.regle("R99")\n'
    )

    assert set(docs_check.marks(tmp_path)) == {"R12", "R15a", "R99"}


def test_the_rules_are_those_of_the_domain() -> None:
    assert len(docs_check.REGLES) == 48
    assert {"R1", "R45", "R15a", "R22a", "R22b"} <= set(docs_check.REGLES)
    assert "R46" not in docs_check.REGLES
