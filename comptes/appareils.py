"""From where and with what a person signs in: in words that they recognise, and no more precise."""

import ipaddress
import re

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

#: The first word found names the browser: Edge and Opera also call themselves Chrome, and Chrome Safari.
NAVIGATEURS = (
    (r"Edg(e|A|iOS)?/", "Edge"),
    (r"OPR/|Opera", "Opera"),
    (r"SamsungBrowser/", "Samsung Internet"),
    (r"Firefox/|FxiOS/", "Firefox"),
    (r"Chrome/|CriOS/", "Chrome"),
    (r"Safari/", "Safari"),
)
SYSTEMES = (
    (r"iPhone", "un iPhone"),
    (r"iPad", "un iPad"),
    (r"Android", "Android"),
    (r"Windows", "Windows"),
    (r"CrOS", "un Chromebook"),
    (r"Mac OS X|Macintosh", "un Mac"),
    (r"Linux", "Linux"),
)


def device(request: HttpRequest) -> str:
    """Say « Firefox sur Windows »."""
    agent = request.headers.get("User-Agent", "")
    navigateur = _first(NAVIGATEURS, agent) or "Navigateur inconnu"
    systeme = _first(SYSTEMES, agent)
    return f"{navigateur} sur {systeme}" if systeme else navigateur


def _first(mots: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((nom for motif, nom in mots if re.search(motif, agent)), "")


def place(request: HttpRequest) -> str:
    """Return the network the request comes from: the address without its last part."""
    try:
        adresse = get_adapter().get_client_ip(request)
    except PermissionDenied:
        return ""
    return truncate(adresse)


def truncate(adresse: str) -> str:
    """Cut an address to its network: 203.0.113.x, or the first three groups of an IPv6 one."""
    try:
        lue = ipaddress.ip_address(adresse)
    except ValueError:
        return ""
    if isinstance(lue, ipaddress.IPv6Address) and lue.ipv4_mapped:
        lue = lue.ipv4_mapped
    if isinstance(lue, ipaddress.IPv4Address):
        return f"{adresse.rpartition(':')[2].rpartition('.')[0]}.x"
    reseau = ipaddress.IPv6Network(f"{lue}/48", strict=False)
    return f"{reseau.network_address}/48"
