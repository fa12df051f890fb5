"""The net of undefined variables catches what it says, and lets the rest through."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.template import Context, Engine

from tests.filets import variables
from tests.filets.variables import VariableIndefinie

CONTEXTE = {"nom": "Nora", "vide": None, "objet": SimpleNamespace(titre="T", region=None), "lignes": [1]}


@pytest.fixture
def rendre(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Render a text as one of the portal's own templates."""
    monkeypatch.setattr(variables, "GABARITS", tmp_path)

    def rend(texte: str) -> str:
        (tmp_path / "a.html").write_text(texte)
        return Engine(dirs=[str(tmp_path)]).get_template("a.html").render(Context(CONTEXTE))

    return rend


@pytest.fixture(autouse=True)
def sans_suite() -> Any:
    """What these tests meet on purpose is no finding."""
    yield
    variables.rencontrees.clear()


@pytest.mark.parametrize(
    "texte",
    [
        "{{ inconnu }}",
        "{{ inconnu|default:'—' }}",
        "{{ objet.inconnu }}",
        "{{ objet.titre.inconnu }}",
        "{% if inconnu %}{% endif %}",
        "{% if objet.inconnu %}{% endif %}",
        "{% for x in inconnu %}{% endfor %}",
        "{% with x=inconnu %}{% endwith %}",
        "{% firstof inconnu nom %}",
        "{{ fil }}",
    ],
)
def test_given_a_name_that_is_not_there_when_rendered_then_it_fails(texte: str, rendre: Any) -> None:
    with pytest.raises(VariableIndefinie, match=r"a\.html : « .* » n’est pas défini"):
        rendre(texte)


@pytest.mark.parametrize("texte", ["{% if nom and inconnu %}{% endif %}", "{% if not inconnu %}{% endif %}"])
def test_given_an_error_that_django_swallows_when_rendered_then_it_is_written_down(
    texte: str, rendre: Any
) -> None:
    rendre(texte)
    assert variables.rencontrees == ["a.html : « inconnu » n’est pas défini"]


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("{{ nom }}", "Nora"),
        ("{{ vide }}", "None"),
        ("{{ objet.region.nom }}", ""),
        ("{% if objet.region.nom %}oui{% else %}non{% endif %}", "non"),
        ("{% if fil %}oui{% else %}non{% endif %}", "non"),
        ("{% for x in lignes %}{{ forloop.counter }}{{ x }}{% endfor %}", "11"),
        ("{% with x=nom %}{{ x }}{% endwith %}{{ _('Nom') }}{{ 3 }}", "NoraNom3"),
    ],
)
def test_given_a_name_that_is_there_or_may_be_left_out_when_rendered_then_nothing_is_said(
    texte: str, attendu: str, rendre: Any
) -> None:
    assert rendre(texte) == attendu
    assert variables.rencontrees == []


def test_given_a_template_of_a_library_when_rendered_then_django_s_own_silence_holds() -> None:
    assert Engine().from_string("{{ inconnu }}{% if inconnu %}{% endif %}").render(Context()) == ""
    assert variables.rencontrees == []
