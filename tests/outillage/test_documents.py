"""The documents say what the code says."""

import re

from scripts.etapes import RACINE

REGLAGES = (RACINE / "gen_portal" / "settings.py").read_text()
OPERATIONS = (RACINE / "docs" / "operations.md").read_text()
GLOSSAIRE = (RACINE / "docs" / "glossaire.md").read_text()
APPS = (
    "socle",
    "referentiels",
    "comptes",
    "candidatures",
    "labellisation",
    "suivi",
    "pilotage",
    "gen_portal",
)


def test_every_setting_read_from_the_environment_is_documented() -> None:
    read = set(re.findall(r"env\.\w+\(\s*\"([A-Z][A-Z0-9_]+)\"", REGLAGES))
    read |= set(re.findall(r"_secret\(\"([A-Z0-9_]+)\"", REGLAGES))
    assert {"GEN_ENV", "DATABASE_URL", "GEN_SECRET_KEY", "EMAIL_URL", "GEN_TICK"} <= read

    assert sorted(name for name in read if f"`{name}`" not in OPERATIONS) == []


def test_every_documented_setting_is_read() -> None:
    documented = set(re.findall(r"^\| (.*?) \|", OPERATIONS, re.MULTILINE))
    names = {name for cell in documented for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", cell)}
    assert "GEN_ENV" in names

    assert sorted(name for name in names if f'"{name}"' not in REGLAGES) == []


def test_every_make_target_is_documented() -> None:
    makefile = (RACINE / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):.*##", makefile, re.MULTILINE)) - {"help"}
    assert {"install", "demo", "demo-reset", "test", "test-all", "lint", "docs-check"} <= targets

    assert sorted(target for target in targets if f"| `make {target}` |" not in OPERATIONS) == []


def glossary_names() -> list[str]:
    """Return the names of the glossary's middle column that stand for what exists today."""
    cells = re.findall(r"^\| [^|]+ \| ([^|*]+) \| [^|]+ \|$", GLOSSAIRE, re.MULTILINE)
    return sorted({name for cell in cells for name in re.findall(r"`([A-Za-z_.]+)`", cell)})


def test_every_name_of_the_glossary_is_used_by_the_code() -> None:
    files = (path for app in APPS for path in sorted((RACINE / app).rglob("*.py")))
    source = "\n".join(path.read_text() for path in files)
    names = glossary_names()
    assert {"Candidature", "Role.COMITE", "BROUILLON", "horloge"} <= set(names)

    unknown = []
    for name in names:
        last = name.rpartition(".")[2]
        is_class = last[0].isupper() and not last.isupper()
        if not re.search(
            rf"(class {last}\b|^{last} = )" if is_class else rf"(?<![^\W_]){last}", source, re.MULTILINE
        ):
            unknown.append(name)
    assert unknown == []
