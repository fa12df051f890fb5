"""Every address of the portal, found by walking the resolver."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern

_GROUPE = re.compile(r"\^?\(\?P<(\w+)>[^()]*\)")
_CONVERTISSEUR = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")


@dataclass(frozen=True)
class Adresse:
    """One pattern: its name (its path when it has none), its path and the kinds of its arguments."""

    nom: str
    chemin: str
    arguments: dict[str, str]


def addresses() -> dict[str, Adresse]:
    """Return every address by name; the demo's exist only in the demo, and have their own tests."""
    trouvees: dict[str, Adresse] = {}
    for adresse in _walk(get_resolver().url_patterns, "", "", {}):
        if adresse.nom in trouvees and trouvees[adresse.nom].arguments != adresse.arguments:
            # One name for two paths: the second goes by its path.
            adresse = replace(adresse, nom=adresse.chemin)
        trouvees.setdefault(adresse.nom, adresse)
    return trouvees


def _walk(patterns: list[Any], espace: str, debut: str, connus: dict[str, str]) -> Iterator[Adresse]:
    for pattern in patterns:
        chemin = debut + str(pattern.pattern)
        arguments = {**connus, **_arguments(pattern.pattern)}
        if isinstance(pattern, URLResolver):
            nom = pattern.namespace
            if nom == "demo":
                continue
            yield from _walk(pattern.url_patterns, f"{espace}{nom}:" if nom else espace, chemin, arguments)
        elif isinstance(pattern, URLPattern):
            lisible = "/" + _CONVERTISSEUR.sub(r"<\1>", _GROUPE.sub(r"<\1>", chemin)).replace("$", "")
            yield Adresse(f"{espace}{pattern.name}" if pattern.name else lisible, lisible, arguments)


def _arguments(pattern: Any) -> dict[str, str]:
    if isinstance(pattern, RegexPattern):
        return dict.fromkeys(pattern.regex.groupindex, "RegexPattern")
    return {nom: type(convertisseur).__name__ for nom, convertisseur in pattern.converters.items()}


def paths() -> dict[str, str]:
    """Return the readable path of every address, for the page of the documents."""
    return {nom: adresse.chemin for nom, adresse in addresses().items()}
