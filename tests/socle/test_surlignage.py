"""Words found in a text whatever their accents and capitals, where they stand in the text itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.surlignage import Surligneur, find, fold


@pytest.mark.parametrize(
    ("texte", "cherche", "trouves"),
    [
        ("Pédagogie ACTIVE", "pedagogie active", ["Pédagogie ACTIVE"]),
        ("L’œuvre d’art", "l'oeuvre", ["L’œuvre"]),
        ("Numéro\u00a0: 12\u202f345", "numero : 12 345", ["Numéro\u00a0: 12\u202f345"]),
        ("e\u0301te\u0301 et été", "été", ["e\u0301te\u0301", "été"]),
        ("ligne une\n\n  ligne deux", "une ligne", ["une\n\n  ligne"]),
        ("aaaa", "aa", ["aa", "aa"]),
        ("rien", "tout", []),
        ("trop court", "t", []),
        ("", "mot", []),
    ],
)
def test_given_a_text_when_searched_then_what_is_found_is_in_its_own_letters(
    texte: str, cherche: str, trouves: list[str]
) -> None:
    assert [texte[debut:fin] for debut, fin in find(texte, fold(cherche))] == trouves


def test_given_html_when_marked_then_everything_is_escaped_and_marks_are_numbered() -> None:
    surligneur = Surligneur(" <B> ")
    assert surligneur.mark("a <b>\n<B>") == (
        'a <mark class="gen-trouve" id="trouve-1" tabindex="-1">&lt;b&gt;</mark><br>'
        '<mark class="gen-trouve" id="trouve-2" tabindex="-1">&lt;B&gt;</mark>'
    )
    assert surligneur.nombre == 2
    assert Surligneur("").mark("a & b") == "a &amp; b"


@given(st.text(), st.text(min_size=2, max_size=4))
def test_given_any_text_then_every_place_found_folds_to_what_was_looked_for(texte: str, cherche: str) -> None:
    plie = fold(cherche)
    for debut, fin in find(texte, plie):
        assert plie in fold(texte[debut:fin])
