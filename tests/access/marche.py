"""One step of the walk: ask an address as somebody, undo what it did, and say the outcome in one word."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from http.cookies import SimpleCookie
from typing import Any
from unittest import mock
from urllib.parse import quote, urlsplit

from django.apps import apps
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from socle.erreurs import ErreurMetier
from socle.models import Evenement
from tests.access.adresses import addresses
from tests.access.scene import Scene

_ADMIN = re.compile(r"(?:admin:|/admin/)(?P<app>[a-z]+)[_/](?P<modele>[a-z]+)[_/]")
CONNEXIONS = ("/compte/login/", "/admin/login/")


class Marcheur:
    """Walks the scene as each of its personas."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.adresses = addresses()
        self._clients = {nom: _signed_in(personne) for nom, personne in scene.personnes.items()}
        self._cookies = {nom: client.cookies.output(header="") for nom, client in self._clients.items()}

    def client(self, persona: str) -> Client:
        """Return the browser of a persona, with nothing in it but its session."""
        client = self._clients[persona]
        client.cookies = SimpleCookie(self._cookies[persona])
        return client

    def path(self, adresse: str, objet: str = "", **autres: Any) -> str:
        """Return the path of an address for an object; ``autres`` replaces some of its arguments."""
        connus = self.arguments(adresse, objet) if objet else {}
        arguments = {nom: connus[nom] for nom in self.adresses[adresse].arguments}
        if autres or adresse.startswith("/"):
            # As somebody would type it: the portal itself never makes such an address.
            return self.typed(adresse, {**arguments, **autres})
        return reverse(adresse, kwargs=arguments)

    def typed(self, adresse: str, arguments: dict[str, Any]) -> str:
        """Return the path of an address with any text in the place of its arguments."""
        chemin = self.adresses[adresse].chemin
        for nom, valeur in arguments.items():
            chemin = chemin.replace(f"<{nom}>", quote(str(valeur), safe="%"))
        return chemin

    def arguments(self, adresse: str, objet: str) -> dict[str, Any]:
        """Return the arguments of an object; ``une ligne`` is any row of the table that the admin shows."""
        if objet != "une ligne":
            return self.scene.objets[objet].arguments
        match = _ADMIN.search(adresse)
        assert match is not None, adresse
        premiere = apps.get_model(match["app"], match["modele"])._default_manager.order_by("pk").first()
        assert premiere is not None, f"aucune ligne de {match['modele']} dans la scène"
        return {"object_id": premiere.pk}

    def form(self, adresse: str, objet: str = "") -> dict[str, Any]:
        """Return what the form of an address sends."""
        envois = self.scene.envois
        return envois.get(f"{adresse} {objet}", envois.get(adresse, {}))

    def ask(self, persona: str, methode: str, chemin: str, envoi: Any = None) -> tuple[str, Any]:
        """Ask, undo, and return (outcome, response).

        ``response.texte`` is what it says, ``response.a_change`` whether a POST grew the journal.
        """
        cache.clear()
        client = self.client(persona)
        poste = methode == "POST"
        with transaction.atomic(), _refusals() as refus:
            avant = _height() if poste else 0
            if methode in ("GET", "HEAD", "POST"):
                reponse = getattr(client, methode.lower())(chemin, envoi or {})
            else:
                reponse = client.generic(methode, chemin)
            reponse.texte = _body(reponse)
            reponse.a_change = poste and _height() != avant
            transaction.set_rollback(True)
        return outcome(persona, methode, reponse, refus), reponse


def _signed_in(personne: Any) -> Client:
    client = Client()
    if personne is not None:
        client.force_login(personne, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def _height() -> int:
    """Return how many events the journal holds."""
    return Evenement.objects.count()


def _body(reponse: Any) -> str:
    """Return what a page says, read to its end, with plain spaces and quotes."""
    contenu = b"".join(reponse.streaming_content) if reponse.streaming else reponse.content
    return unescape(contenu.decode("utf-8", "replace")).replace("\u00a0", " ")


def outcome(persona: str, methode: str, reponse: HttpResponseBase, refus: list[ErreurMetier]) -> str:
    """Say a response in one word of the table."""
    code = reponse.status_code
    if code in (301, 302):
        if urlsplit(reponse.headers["Location"]).path in CONNEXIONS:
            # The door of the admin answers 403 to whoever is signed in (tests/gen_portal/test_admin.py).
            return "connexion" if persona == "anonyme" else "403"
        if methode == "POST":
            return "refus" if refus else "agit"
        return "redirige"
    if methode == "POST" and code in (200, 400, 409, 422):
        return "refus" if refus else "agit"
    return "voit" if code == 200 else str(code)


@contextmanager
def _refusals() -> Iterator[list[ErreurMetier]]:
    """Note every refusal of the domain that is raised meanwhile, said to the person or not."""
    levees: list[ErreurMetier] = []
    nouvelle = ErreurMetier.__new__

    def noted(cls: Any, *args: Any, **kwargs: Any) -> Any:
        erreur = nouvelle(cls, *args, **kwargs)
        levees.append(erreur)
        return erreur

    with mock.patch.object(ErreurMetier, "__new__", noted):
        yield levees
