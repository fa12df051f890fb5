"""The table of pages is whole: each address of the portal has a line, or a reason to have none."""

import uuid
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from comptes.models import Role
from tests.comptes.fabriques import utilisateur
from tests.yeux.pages import ACTES, SANS_PAGE, TABLE


def _addresses(resolveur: URLResolver, espace: str = "") -> Iterator[tuple[str, URLPattern]]:
    for un in resolveur.url_patterns:
        if isinstance(un, URLResolver):
            yield from _addresses(un, f"{espace}{un.namespace}:" if un.namespace else espace)
        else:
            yield f"{espace}{un.name or ''}", un


def _named() -> set[str]:
    return {nom for nom, _ in _addresses(get_resolver("tests.yeux.adresses")) if not nom.endswith(":")}


def test_given_the_resolver_when_compared_with_the_table_then_no_page_escapes_the_eyes() -> None:
    lignes = {page.nom for page in TABLE}
    assert sorted(_named() - lignes - set(SANS_PAGE)) == []


def test_given_the_table_when_compared_with_the_resolver_then_it_names_no_page_that_is_gone() -> None:
    lignes = {page.nom for page in TABLE if not page.nom.startswith("=")}
    assert sorted((lignes | set(SANS_PAGE)) - _named()) == []
    assert sorted({page.nom for page in TABLE} & set(SANS_PAGE)) == []


@pytest.mark.django_db
@pytest.mark.une_fois
@pytest.mark.urls("tests.yeux.adresses")
@pytest.mark.parametrize("nom", sorted(ACTES))
def test_given_an_address_said_to_be_an_act_when_read_then_it_has_no_page(nom: str, client: Client) -> None:
    motif = dict(_addresses(get_resolver("tests.yeux.adresses")))[nom]
    valeurs = {champ: uuid.uuid4() for champ in motif.pattern.converters}
    client.force_login(utilisateur(Role.INSTRUCTEUR, Role.DIRECTION))
    assert client.get(reverse(nom, kwargs=valeurs)).status_code == 405
