"""The shell: what everybody sees, what nobody sees unsigned, and what the pages never let in."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, RequestFactory, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, resolve

from gen_portal.context_processors import shown_path

PUBLIQUES = {
    "/": 200,
    "/accessibilite/": 200,
    "/mentions-legales/": 200,
    "/envoi-trop-lourd/": 200,
    "/donnees-personnelles/": 200,
    "/robots.txt": 200,
    "/compte/login/": 200,
    "/compte/signup/": 200,
    "/compte/password/reset/": 200,
}


@pytest.mark.django_db
@pytest.mark.parametrize(("chemin", "attendu"), PUBLIQUES.items())
def test_given_nobody_signed_in_when_a_public_page_is_asked_then_it_shows(
    client: Client, chemin: str, attendu: int
) -> None:
    assert client.get(chemin).status_code == attendu


@pytest.mark.django_db
def test_given_the_home_page_when_shown_then_the_brand_comes_from_the_settings(client: Client) -> None:
    with override_settings(GEN_MARQUE="Marque\nd’essai", GEN_NOM_SITE="Portail d’essai"):
        page = client.get("/").content.decode()
    assert "Marque<br>d’essai" in page
    assert "Portail d’essai" in page
    assert "Grande École<br>du Numérique" not in page


@pytest.mark.django_db
def test_given_any_page_when_answered_then_its_policy_has_no_unsafe_word(client: Client) -> None:
    politique = client.get("/").headers["Content-Security-Policy"]
    assert "unsafe" not in politique
    assert "default-src 'none'" in politique
    assert "script-src 'self'" in politique


@pytest.mark.django_db
@pytest.mark.parametrize("chemin", ["/", "/accessibilite/", "/compte/login/", "/compte/signup/"])
def test_given_a_page_when_written_then_nothing_is_inline(client: Client, chemin: str) -> None:
    page = client.get(chemin).content.decode()
    assert not re.search(r"\sstyle=", page)
    assert not re.search(r"\son\w+=", page)
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert "<style" not in page


@pytest.mark.django_db
def test_given_any_page_when_shown_then_help_quotes_what_one_was_doing(client: Client) -> None:
    reponse = client.get("/accessibilite/", headers={"X-Request-ID": "requete-0123456789"})
    page = reponse.content.decode()
    assert settings.GEN_COURRIEL_AIDE in page
    assert "/accessibilite/ · requete-0123456789" in page


@pytest.mark.django_db
def test_given_the_legal_pages_when_read_then_they_say_what_is_true(client: Client) -> None:
    accessibilite = client.get("/accessibilite/").content.decode()
    assert "non conforme" in accessibilite
    assert "aucun audit n’a encore été mené" in accessibilite
    assert "Défenseur des droits" in accessibilite
    with override_settings(GEN_EDITEUR="Éditeur d’essai", GEN_HEBERGEUR="Hébergeur d’essai"):
        mentions = client.get("/mentions-legales/").content.decode()
    assert "Éditeur d’essai" in mentions
    assert "Hébergeur d’essai" in mentions
    with override_settings(GEN_CONTACT_DPO="dpo@essai.example"):
        donnees = client.get("/donnees-personnelles/").content.decode()
    assert "mission d’intérêt public" in donnees
    assert "dpo@essai.example" in donnees
    for ligne in settings.GEN_CONSERVATION:
        assert ligne["duree"] in donnees


# --- Errors ------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_given_an_unknown_address_when_asked_then_the_404_page_says_what_to_do(client: Client) -> None:
    reponse = client.get("/n-existe-pas/")
    assert reponse.status_code == 404
    assert "Page introuvable" in reponse.content.decode()


@pytest.mark.django_db
def test_given_a_forged_form_when_sent_then_the_csrf_page_says_what_to_do() -> None:
    reponse = Client(enforce_csrf_checks=True).post("/compte/login/", {"login": "a@b.fr"})
    assert reponse.status_code == 403
    assert "Ce formulaire n’est plus valable" in reponse.content.decode()


def test_given_a_failure_when_the_500_page_is_made_then_it_asks_nothing_of_the_database(rf: Any) -> None:
    # No django_db mark: any query would fail the test.
    from gen_portal.views.errors import bad_request, server_error

    requete = rf.get("/candidatures/")
    requete.identifiant = "requete-9876543210"
    reponse = server_error(requete)
    page = reponse.content.decode()
    assert reponse.status_code == 500
    assert "Le portail a rencontré une erreur" in page
    assert "requete-9876543210" in page
    assert bad_request(requete, None).status_code == 400


# --- Closed by default -------------------------------------------------------------------------

#: Names of addresses that anybody may open. A new one needs a line here, and a reason.
PUBLICS_NOMMES = {
    "accueil",
    "accessibilite",
    "mentions-legales",
    "envoi-trop-lourd",
    "donnees-personnelles",
    "sante",
    "robots",
    "favicon",
    # allauth: signing in and up, and getting back in.
    "account_login",
    "account_request_login_code",
    "openid_login",
    "openid_callback",
    "account_logout",
    "account_inactive",
    "account_signup",
    "account_email_verification_sent",
    "account_reset_password",
    "account_confirm_password_reset_code",
    "account_complete_password_reset",
    "account_password_reset_completed",
    "account_confirm_login_code",
    "mfa_authenticate",
    # The admin's door sends to the portal's; its translations of dates hold nothing.
    "admin:login",
    "admin:logout",
    "admin:jsi18n",
}


def _patterns(resolveur: URLResolver, espace: str = "") -> Iterator[tuple[str, Any]]:
    for motif in resolveur.url_patterns:
        if isinstance(motif, URLResolver):
            yield from _patterns(motif, f"{espace}{motif.namespace}:" if motif.namespace else espace)
        elif isinstance(motif, URLPattern):
            yield f"{espace}{motif.name}", motif.callback


def test_given_every_address_of_the_accounts_and_the_shell_then_it_is_closed_unless_listed() -> None:
    ouverts = set()
    examines = set()
    for nom, vue in _patterns(get_resolver()):
        if nom.split(":")[0] in {
            "candidatures",
            "labellisation",
            "suivi",
            "pilotage",
            "socle",
            "referentiels",
        }:
            continue
        examines.add(nom)
        if not getattr(vue, "login_required", True):
            ouverts.add(nom)
    assert {"comptes:mon-compte", "comptes:structure", "admin:index", "mfa_index"} <= examines - ouverts
    assert ouverts - PUBLICS_NOMMES == set()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "chemin", ["/comptes/", "/comptes/structure/", "/comptes/structure/nouvelle/", "/admin/"]
)
def test_given_nobody_signed_in_when_a_closed_page_is_asked_then_the_sign_in_opens(
    client: Client, chemin: str
) -> None:
    reponse = client.get(chemin, follow=True)
    assert reponse.redirect_chain[-1][0].startswith("/compte/login/?next=")


# --- Health ------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(("statut", "code"), [("ok", 200), ("dégradé", 200), ("indisponible", 503)])
def test_given_the_state_of_the_services_when_health_is_asked_then_only_the_worst_is_503(
    client: Client, monkeypatch: pytest.MonkeyPatch, statut: str, code: int
) -> None:
    monkeypatch.setattr(
        "socle.sante.etat", lambda: {"statut": statut, "services": {"base": {"statut": statut}}}
    )
    reponse = client.get("/sante/")
    assert reponse.status_code == code
    assert json.loads(reponse.content)["statut"] == statut


@pytest.mark.django_db
def test_given_the_real_services_when_health_is_asked_then_it_answers_with_each(client: Client) -> None:
    reponse = client.get("/sante/")
    assert reponse.status_code == 200
    assert reponse.json()["statut"] in {"ok", "dégradé"}
    assert reponse.json()["services"]


@pytest.mark.django_db
def test_given_a_personal_link_when_its_page_offers_help_then_its_secret_is_not_quoted(
    rf: RequestFactory,
) -> None:
    request = rf.get("/conventions/signature/secret:du:lien/")
    request.resolver_match = resolve("/conventions/signature/secret:du:lien/")
    assert shown_path(request) == "/conventions/signature/…/"
    request = rf.get("/appel/")
    request.resolver_match = resolve("/appel/")
    assert shown_path(request) == "/appel/"


@pytest.mark.django_db
@pytest.mark.parametrize("adresse", ["/formations/?texte=%00", "/formations/?region=a%00b", "/?q=%00"])
def test_given_a_nul_in_an_address_then_it_is_refused_with_a_page_in_french(
    client: Client, adresse: str
) -> None:
    reponse = client.get(adresse)
    assert reponse.status_code == 400
    assert "<h1" in reponse.content.decode()


@pytest.mark.django_db
def test_given_any_page_then_it_loads_no_script_that_nothing_uses(client: Client) -> None:
    page = client.get("/accessibilite/").content.decode()
    assert "portail/portail.js" in page
    assert "htmx" not in page
