"""The admin's lists: on a phone each cell bears the title of its column; a list is kept from page to page."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst

register = template.Library()

CELLULE = re.compile(r"^<t[dh]\b")


@register.filter
def avec_titres(lignes: Iterable[Iterable[SafeString]], entetes: Iterable[dict[str, Any]]) -> Iterator[Any]:
    """Yield the rows that Django has written, their cells titled."""
    titres = [capfirst(str(entete["text"])) for entete in entetes]
    for ligne in lignes:
        yield [titled(cellule, titre) for cellule, titre in zip(ligne, titres, strict=True)]


def titled(cellule: SafeString, titre: str) -> SafeString:
    """Return a cell (``<td …>`` or ``<th …>``, already escaped by Django) that bears its title."""
    attribut = format_html(' data-titre="{}"', titre)
    # Both parts are safe: Django's own cell, and an attribute just escaped.
    return mark_safe(CELLULE.sub(lambda debut: debut[0] + attribut, cellule, count=1))


@register.simple_tag(takes_context=True)
def suite_liste(context: Any, avant: str = "?") -> str:
    """End an address with the list that one comes from (``suite_liste`` of the page); nothing without one.

    ``avant``: « & » when the address already asks for something.
    """
    suite = context.get("suite_liste")
    return f"{avant}{suite}" if suite else ""
