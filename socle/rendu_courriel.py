"""From a template of text to an e-mail: subject, text part, HTML part.

``templates/courriels/<gabarit>.txt`` holds the subject on its first line, a blank line, the body.
The HTML part is made from the same text: paragraphs, lists ("- "), links. Both parts end with the
portal's contact for help. An undefined variable is an error here, always: an official e-mail with
a hole in it must not leave.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.template.backends.django import DjangoTemplates
from django.utils import translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

LIEN = re.compile(r"https?://[^\s<>«»\u00a0]+[^\s<>«»\u00a0.,;:!?)]")


class GabaritInvalide(Exception):
    """A template without a subject or a body."""


class VariableManquante(Exception):
    """A template names a variable that its context does not hold."""


class _Undefined(str):
    """What Django shows for an undefined variable; formatting it raises."""

    def __mod__(self, variable: Any) -> str:
        raise VariableManquante(f"undefined in an e-mail: {variable}")


@dataclass(frozen=True)
class Contenu:
    """A rendered e-mail."""

    objet: str
    texte: str
    html: str


@dataclass(frozen=True)
class Bloc:
    """A paragraph or a list of the HTML part; its lines are escaped, links included."""

    lignes: list[SafeString]
    liste: bool = False


def render(gabarit: str, contexte: dict[str, Any]) -> Contenu:
    """Render both parts of an e-mail. Errors: ``VariableManquante``, ``GabaritInvalide``."""
    with translation.override("fr"):
        source = _engine(escape=False).get_template(f"courriels/{gabarit}.txt")
        objet, corps = _split(gabarit, source.render({"portail": settings.GEN_URL, **contexte}))
        texte = f"{corps}\n\n{_help()}\n"
        page = _engine(escape=True).get_template("courriels/base.html")
        html = page.render(
            {
                "objet": objet,
                "blocs": blocks(corps),
                "aide": blocks(_help()),
                "nom_site": settings.GEN_NOM_SITE,
                "marque": " ".join(settings.GEN_MARQUE.split()),
            }
        )
    return Contenu(objet, texte, html)


def _split(gabarit: str, rendered: str) -> tuple[str, str]:
    objet, _, corps = rendered.strip().partition("\n")
    objet = re.sub(r"[ \t]+", " ", objet).strip()
    if not objet or not corps.startswith("\n") or not corps.strip():
        raise GabaritInvalide(f"courriels/{gabarit}.txt: a subject, a blank line, then the body")
    corps = "\n".join(line.rstrip() for line in corps.strip().split("\n"))
    return objet, re.sub(r"\n{3,}", "\n\n", corps)


def _help() -> str:
    nom = " ".join(settings.GEN_MARQUE.split())
    return (
        f"Une question\u00a0? Écrivez à {settings.GEN_COURRIEL_AIDE}"
        f" ou appelez le {settings.GEN_TELEPHONE_AIDE.replace(' ', chr(0xA0))}.\n"
        f"{nom}, {settings.GEN_NOM_SITE}\u00a0: {settings.GEN_URL}"
    )


def blocks(texte: str) -> list[Bloc]:
    """Cut a text into paragraphs and lists; a line indented under "- " continues its item."""
    return [bloc for part in re.split(r"\n\s*\n", texte.strip()) for bloc in _paragraph(part.split("\n"))]


def _paragraph(lines: list[str]) -> list[Bloc]:
    groups: list[tuple[bool, list[list[str]]]] = []
    for line in lines:
        item = line.startswith("- ")
        follows = line.startswith("  ") and groups and groups[-1][0]
        if follows:
            groups[-1][1][-1].append(line.strip())
        elif groups and groups[-1][0] == item:
            groups[-1][1].append([line.removeprefix("- ")])
        else:
            groups.append((item, [[line.removeprefix("- ")]]))
    return [Bloc([_lines(entry) for entry in entries], liste=item) for item, entries in groups]


def _lines(lines: list[str]) -> SafeString:
    return format_html_join(mark_safe("<br>"), "{}", ((_linkify(line),) for line in lines))


def _linkify(line: str) -> SafeString:
    parts: list[SafeString] = []
    position = 0
    for found in LIEN.finditer(line):
        parts.append(format_html("{}", line[position : found.start()]))
        parts.append(format_html('<a href="{}">{}</a>', found.group(), found.group()))
        position = found.end()
    parts.append(format_html("{}", line[position:]))
    return format_html_join("", "{}", ((part,) for part in parts))


@cache
def _engine(*, escape: bool) -> DjangoTemplates:
    """Return an engine on the project's folders, strict on undefined variables."""
    site: dict[str, Any] = dict(settings.TEMPLATES[0])
    return DjangoTemplates(
        {
            "NAME": f"courriels-{escape}",
            "DIRS": site["DIRS"],
            "APP_DIRS": True,
            "OPTIONS": {
                "autoescape": escape,
                "string_if_invalid": _Undefined("%s"),
                "builtins": site["OPTIONS"].get("builtins", []),
            },
        }
    )
