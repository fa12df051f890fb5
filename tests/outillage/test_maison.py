"""The house rules: each finds its breach, and lets the right way through."""

from pathlib import Path

import pytest

from scripts import maison


def write(root: Path, name: str, text: str) -> None:
    """Write a file of a small project."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("suivi/domain/a.py", "from django.http import HttpResponse\n", "n’importe pas django.http"),
        ("suivi/domain/a.py", "from django.contrib import messages\n", "django.contrib.messages"),
        ("suivi/domain/a.py", "def close(*, request): ...\n", "ne reçoit pas la requête"),
        ("suivi/a.py", "from django.utils import timezone\ntimezone.now()\n", "socle.horloge"),
        ("socle/a.py", "import datetime\ndatetime.date.today()\n", "socle.horloge"),
        ("socle/a.py", "try:\n    go()\nexcept Exception:\n    pass\n", "en silence"),
        ("tests/suivi/test_a.py", "@pytest.mark." + "skip\ndef test_a(): ...\n", "sauté"),
        ("templates/a.html", '<p style="color: red">', "attribut style"),
        ("templates/a.html", '<a onclick="go()">', "attribut on…"),
        ("templates/a.html", "<script>go()</script>", "script en ligne"),
        ("templates/a.html", "{{ nom|safe }}", "filtre safe"),
        ("requirements/base.txt", "--index-url https://depot.example/simple\n--hash=sha256:0\n", "adresse"),
        ("requirements/base.txt", "a @ https://depot.example/a.whl --hash=sha256:0\n", "adresse"),
        ("requirements/base.txt", "a==1\n", "sans empreintes"),
    ],
)
def test_given_a_breach_when_checked_then_it_is_named(
    tmp_path: Path, name: str, text: str, reason: str
) -> None:
    write(tmp_path, name, text)

    found = maison.problems(tmp_path)

    assert found
    assert all(line.startswith(f"{name}:") for line in found)
    assert reason in found[0]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("suivi/domain/a.py", "from django.db import transaction\ndef close(*, acteur): ...\n"),
        ("suivi/views/a.py", "from django.http import HttpResponse\n"),
        ("socle/horloge.py", "from django.utils import timezone\ntimezone.now()\n"),
        ("socle/a.py", "try:\n    go()\nexcept ValueError:\n    pass\n"),
        ("templates/a.html", '<script nonce="{{ n }}" src="a.js"></script><p class="fr-text">'),
        ("templates/pdf/a.html", "<style>p { color: red }</style>"),
        ("requirements/base.txt", "a==1 \\\n    --hash=sha256:0\n"),
    ],
)
def test_given_the_right_way_when_checked_then_nothing_is_said(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path, name, text)

    assert maison.problems(tmp_path) == []
