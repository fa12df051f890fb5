"""The reader of pages sees what it must: what the policy refuses, words that are not French, links, forms."""

import pytest

from tests.filets.francais import foreign_words
from tests.filets.lecture import Page


@pytest.mark.parametrize(
    ("html", "refus"),
    [
        ('<p style="color: red">', "<p style=…>"),
        ('<a onclick="go()">', "<a onclick=…>"),
        ("<style>p {}</style>", "<style>"),
        ("<script>go()</script>", "<script> en ligne, sans nonce"),
        ('<a href=" javascript:go()">', "<a href=javascript:…>"),
        ('<form action="javascript:go()">', "<form action=javascript:…>"),
    ],
)
def test_given_what_the_policy_refuses_when_read_then_it_is_named(html: str, refus: str) -> None:
    assert Page(html).refus == [refus]


@pytest.mark.parametrize(
    "html",
    [
        '<script src="a.js"></script><script nonce="x">go()</script>',
        '<script type="application/json">{}</script><link rel="stylesheet" href="a.css">',
        '<a href="/appel/" class="style" data-onclick="x">',
    ],
)
def test_given_what_the_policy_allows_when_read_then_nothing_is_said(html: str) -> None:
    assert Page(html).refus == []


@pytest.mark.parametrize(
    "html",
    [
        "<title>Sign in</title>",
        "<p>This <b>field</b> is required.</p>",
        '<img alt="Delete">',
        '<button aria-label="Toggle theme">',
        '<input placeholder="Search">',
        '<input type="submit" value="Save">',
        "<option>Unknown</option>",
        "<td>None</td>",
        "<label>Numero de telephone</label>",
    ],
)
def test_given_words_that_are_not_french_when_read_then_they_are_found(html: str) -> None:
    assert foreign_words(Page(html).texte) != []


@pytest.mark.parametrize(
    "html",
    [
        "<p>Les dossiers déposés, le numéro et la région&nbsp;: « Oui », « Non », ou « Inconnu ».</p>",
        "<p>La page change&nbsp;; elle est close. Ce document est publié en deux notes, sans date.</p>",
        "<script>const search = true;</script><style>.delete {}</style><code>select the</code>",
        '<p lang="en">Sign in</p>',
        "<p>/search/?delete=1 remove@the.example user_id v2.save numero-3</p>",
        '<input name="password" value="the">',
    ],
)
def test_given_french_addresses_and_code_when_read_then_nothing_is_found(html: str) -> None:
    assert foreign_words(Page(html).texte) == []


def test_given_a_page_when_read_then_its_links_forms_and_anchors_are_known() -> None:
    page = Page(
        '<html lang="fr"><a href="/a/">A</a><a href="#b">B</a><p id="b"><img src="/i.svg"><br>'
        '<form method="post" action="/c/"><input type="hidden" name="h" value="1"><input name="x" value="2">'
        '<select name="s"></select><button name="b" value="3">Envoyer</button></form>'
    )
    (formulaire,) = page.formulaires
    assert (page.langue, page.liens, page.ids) == ("fr", ["/a/", "#b"], {"b"})
    assert page.ressources == ["/i.svg"]
    assert (formulaire.methode, formulaire.action) == ("post", "/c/")
    assert formulaire.envoyable
    assert (formulaire.champs, formulaire.caches) == ({"x": "2", "s": ""}, {"h": "1", "b": "3"})
