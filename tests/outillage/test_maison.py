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
        ("suivi/domain/a.py", "session.etat = 'TENUE'\n", "à la main"),
        ("suivi/domain/a.py", "a, session.etat = 1, 'TENUE'\n", "à la main"),
        ("suivi/admin/a.py", "lignes.filter(pk=1).update(etat='TENUE')\n", "à la main"),
        ("suivi/domain/a.py", "session.save(update_fields=['etat', 'debut'])\n", "à la main"),
        ("suivi/domain/a.py", "Session.objects.bulk_update(lignes, ['etat'])\n", "à la main"),
        ("suivi/domain/a.py", "setattr(session, 'etat', 'TENUE')\n", "à la main"),
        ("gen_portal/a.py", "S.objects.update_or_create(pk=1, defaults={'etat': 1})\n", "à la main"),
        ("gen_portal/a.py", "S.objects.update_or_create(pk=1, defaults=dict(etat=1))\n", "à la main"),
        (
            "suivi/forms/a.py",
            "class F:\n    class Meta:\n        model = S\n        fields = ('etat',)\n",
            "à la main",
        ),
        (
            "suivi/forms/a.py",
            "class F:\n    class Meta:\n        model = S\n        fields = '__all__'\n",
            "à la main",
        ),
        ("suivi/domain/a.py", "go()  # type: " + "ignore[misc]\n", "sans sa raison"),
        ("suivi/domain/a.py", "go()  # type: " + "ignore  # untyped\n", "sans code"),
        ("suivi/domain/a.py", "a = 1  # one\ngo()  # type: " + "ignore[misc]\n", "sans sa raison"),
        ("suivi/views/a.py", "go()  # type: " + "ignore[misc]  # untyped\n", "ne regarde pas"),
        ("tests/suivi/test_a.py", "go()  # type: " + "ignore[misc]  # untyped\n", "ne regarde pas"),
        ("suivi/views/a.py", "a = cast(int, go())\n", "cast sans"),
        ("suivi/views/a.py", "a = 'Refusé : la session est close.'\n", "espace ordinaire"),
        ("suivi/views/a.py", "a = f'Vous suivez « {b}\u00a0».'\n", "espace ordinaire"),
        ("templates/suivi/seul.html", "<p>Personne ne me lit</p>", "rien n’utilise"),
        ("templates/courriels/seul.txt", "Objet\n\nTexte", "rien n’utilise"),
        ("static/portail/seul.js", "go()", "rien n’utilise"),
        ("static/portail/a.css", ".gen-seule { color: red }", "rien n’utilise"),
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
        ("suivi/domain/a.py", "transition(session, 'hold', acteur)\nlignes.filter(etat='TENUE')\n"),
        (
            "suivi/domain/a.py",
            "Session.objects.create(etat='PLANIFIEE')\nsession.save(update_fields=['debut'])\n",
        ),
        ("suivi/domain/a.py", "go()  # type: " + "ignore[misc]  # kombu's is untyped\n"),
        ("suivi/views/a.py", "a = 'Refusé\u00a0: close.'\nb = 'https://x.example'\n"),
        ("suivi/views/a.py", '"""Said : by a docstring."""\n'),
        ("socle/management/commands/a.py", "a = 'Fait : 3'\n"),
        ("socle/a.py", "# Django's own is untyped.\ngo()  # type: " + "ignore[misc]\n"),
        ("suivi/domain/a.py", "a = '# type: " + "ignore'\n"),
        ("socle/a.py", "a = cast(int, go())  # a count\nb = cast(\n    # another\n    int, go())\n"),
        ("socle/a.py", "Travail.objects.update(etat='FAIT')\n"),
        ("suivi/domain/a.py", "self.etat['sortie'] = 1\n"),
        ("templates/admin/suivi/session/change_form.html", "{% block contenu %}{% endblock %}"),
        ("templates/account/login.html", "{% block contenu %}{% endblock %}"),
        ("templates/dsfr/field.html", "{{ field }}"),
        ("socle/horloge.py", "from django.utils import timezone\ntimezone.now()\n"),
        ("socle/a.py", "try:\n    go()\nexcept ValueError:\n    pass\n"),
        ("templates/a.html", '<script nonce="{{ n }}" src="a.js"></script><p class="fr-text">'),
        ("templates/pdf/a.html", "<style>p { color: red }</style>"),
        ("requirements/base.txt", "a==1 \\\n    --hash=sha256:0\n"),
    ],
)
def test_given_the_right_way_when_checked_then_nothing_is_said(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path, "suivi/usage.py", 'GABARITS = ("a.html", "pdf/a.html")')
    write(tmp_path, name, text)

    assert maison.problems(tmp_path) == []


@pytest.mark.parametrize(
    ("code", "gabarits"),
    [
        ('render(request, "suivi/a.html")', {"suivi/a.html": "{% extends 'base.html' %}", "base.html": ""}),
        ('render(r, "b.html")', {"b.html": '{% include "c.html" with x=y only %}', "c.html": "<p>"}),
        ('page("a")\nf"admin/suivi/{gabarit}.html"', {"admin/suivi/a.html": "<p>"}),
        ('send("suivi_a")', {"courriels/suivi_a.txt": "Objet"}),
        ('register(gabarit="a")', {"pdf/a.html": "<p>"}),
        ("from crispy_forms.layout import Row", {"dsfr/layout/row.html": "<p>"}),
    ],
)
def test_given_a_template_that_something_asks_for_when_checked_then_nothing_is_said(
    tmp_path: Path, code: str, gabarits: dict[str, str]
) -> None:
    write(tmp_path, "suivi/a.py", code)
    for nom, texte in gabarits.items():
        write(tmp_path, f"templates/{nom}", texte)

    assert maison.problems(tmp_path) == []


@pytest.mark.parametrize(
    ("code", "gabarits", "mort"),
    [
        ('render(r, "a.html")', {"a.html": "", "b.html": '{% include "c.html" %}', "c.html": ""}, "c.html"),
        ('page("b")\nf"admin/suivi/{gabarit}.html"', {"admin/suivi/a.html": ""}, "admin/suivi/a.html"),
        ("from crispy_forms.layout import Row", {"dsfr/layout/column.html": ""}, "dsfr/layout/column.html"),
    ],
)
def test_given_a_template_asked_for_by_a_dead_one_or_by_nobody_when_checked_then_it_is_named(
    tmp_path: Path, code: str, gabarits: dict[str, str], mort: str
) -> None:
    write(tmp_path, "suivi/a.py", code)
    for nom, texte in gabarits.items():
        write(tmp_path, f"templates/{nom}", texte)

    assert f"templates/{mort}:1: gabarit que rien n’utilise" in maison.problems(tmp_path)


def test_given_what_is_used_in_static_when_checked_then_nothing_is_said(tmp_path: Path) -> None:
    write(tmp_path, "suivi/a.py", 'render(r, "a.html")')
    write(
        tmp_path,
        "templates/a.html",
        "{% static 'portail/a.css' %}<p class=\"gen-fiche gen-fiche__pied gen-avis--{{ x }}\">",
    )
    write(
        tmp_path,
        "static/portail/a.css",
        ".gen-fiche, .gen-fiche__pied, .gen-avis--bon { } /* .gen-ancienne */ url('b.svg')",
    )
    write(tmp_path, "static/portail/b.svg", "<svg/>")

    assert maison.problems(tmp_path) == []
