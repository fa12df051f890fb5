"""OpenID Connect, as ProConnect speaks it: what is not signed for us, now, in answer to us, opens nothing."""

import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.auth import SESSION_KEY
from django.core.cache import cache
from django.test import Client

from comptes.models import Connexion, Role, Utilisateur
from gen_portal.settings import openid_providers
from socle.models import Courriel, Evenement
from tests.comptes.fabriques import utilisateur
from tests.comptes.fournisseur import CLIENT, SECRET, Fournisseur, new_key, serve
from tests.comptes.totp import MOT_DE_PASSE, code_now, enrol

pytestmark = pytest.mark.django_db

ALLER = "/compte/openid/proconnect/"
RETOUR = "/compte/openid/proconnect/retour/"
ADRESSE = "ines.petit@essai.example"


@pytest.fixture(scope="module")
def cle() -> rsa.RSAPrivateKey:
    """The provider's key."""
    return new_key()


@pytest.fixture
def fournisseur(settings: Any, cle: rsa.RSAPrivateKey) -> Iterator[Fournisseur]:
    """A provider that knows Inès, and whose answers are right until a test spoils them."""
    cache.clear()
    pro = Fournisseur(cle, userinfo={"email": ADRESSE, "email_verified": True})
    serveur = serve(pro)
    settings.GEN_OIDC_SERVEUR = pro.adresse
    settings.SOCIALACCOUNT_PROVIDERS = openid_providers(pro.adresse, CLIENT, SECRET)
    yield pro
    serveur.shutdown()
    serveur.server_close()


def _ask(client: Client, pro: Fournisseur, suite: str = "") -> str:
    reponse = client.post(ALLER, {"next": suite} if suite else {})
    assert reponse.status_code == 302, reponse.content.decode()
    assert reponse.url.startswith(f"{pro.adresse}/authorization?")
    return pro.asked(reponse.url)


def _enter(client: Client, pro: Fournisseur, suite: str = "") -> Any:
    return client.get(RETOUR, {"code": "abc", "state": _ask(client, pro, suite)})


def _is_refused(reponse: Any, client: Client) -> bool:
    assert reponse.status_code == 401, reponse.status_code
    assert "La connexion n’a pas abouti" in reponse.content.decode()
    return SESSION_KEY not in client.session and not SocialAccount.objects.exists()


# --- Set up by settings alone ----------------------------------------------------------------------


def test_given_no_provider_when_signing_in_then_there_is_no_button_and_no_address(client: Client) -> None:
    assert "S’identifier avec" not in client.get("/compte/login/").content.decode()
    assert client.post(ALLER).status_code == 404
    assert client.get(RETOUR).status_code == 404


def test_given_a_provider_when_signing_in_then_the_button_is_there_and_another_name_is_not_found(
    client: Client, fournisseur: Fournisseur
) -> None:
    assert "S’identifier avec ProConnect" in client.get("/compte/login/").content.decode()
    assert client.post("/compte/openid/autre/").status_code == 404
    assert client.get(ALLER).status_code == 405


# --- Who enters ------------------------------------------------------------------------------------


def test_given_an_unknown_person_when_entering_then_an_account_opens_without_any_right(
    client: Client, fournisseur: Fournisseur
) -> None:
    reponse = _enter(client, fournisseur, "/comptes/acces/")
    assert reponse.url == "/comptes/acces/"
    personne = Utilisateur.objects.get()
    assert (personne.email, personne.prenom, personne.nom) == (ADRESSE, "Inès", "Petit")
    assert not personne.has_usable_password()
    assert not personne.roles_actifs
    assert not personne.appartenances_actives
    assert Evenement.objects.get(verbe="compte.cree").sujet_id == personne.pk
    assert client.session[SESSION_KEY] == str(personne.pk)
    assert Connexion.objects.get().moyen == "openid"
    assert SocialAccount.objects.get().extra_data == {"fort": False, "acr": ""}


def test_given_an_account_of_that_verified_address_when_entering_then_it_is_linked_and_a_mail_says_so(
    client: Client, fournisseur: Fournisseur
) -> None:
    personne = utilisateur(email=ADRESSE)
    _enter(client, fournisseur)
    assert client.session[SESSION_KEY] == str(personne.pk)
    assert SocialAccount.objects.get().user_id == personne.pk
    avis = Courriel.objects.filter(email=ADRESSE).latest("cree_le")
    assert avis.objet.startswith("Votre fournisseur d’identité a été relié à votre compte")


def test_given_a_linked_person_when_their_address_changes_then_the_account_stays_theirs(
    client: Client, fournisseur: Fournisseur
) -> None:
    personne = utilisateur(email=ADRESSE)
    _enter(client, fournisseur)
    client.post("/compte/logout/")
    autre = utilisateur(email="autre@essai.example")
    fournisseur.userinfo["email"] = autre.email
    _enter(client, fournisseur)
    assert client.session[SESSION_KEY] == str(personne.pk)


@pytest.mark.parametrize("verifie", [False, None, "true", 1])
def test_given_an_address_that_the_provider_does_not_vouch_for_when_entering_then_nothing_opens(
    client: Client, fournisseur: Fournisseur, verifie: Any
) -> None:
    utilisateur(email=ADRESSE)
    fournisseur.userinfo["email_verified"] = verifie
    assert _is_refused(_enter(client, fournisseur), client)


def test_given_a_provider_known_for_its_addresses_when_silent_then_it_is_believed_but_not_against_a_no(
    client: Client, fournisseur: Fournisseur, settings: Any
) -> None:
    settings.GEN_OIDC_COURRIEL_SUR = True
    fournisseur.userinfo["email_verified"] = False
    assert _is_refused(_enter(client, fournisseur), client)
    del fournisseur.userinfo["email_verified"]
    _enter(client, fournisseur)
    assert SESSION_KEY in client.session


def test_given_an_account_opened_in_advance_by_another_when_its_owner_enters_then_it_is_not_handed_over(
    client: Client, fournisseur: Fournisseur
) -> None:
    utilisateur(email=ADRESSE).emailaddress_set.update(verified=False)
    assert _is_refused(_enter(client, fournisseur), client)


def test_given_a_closed_account_when_entering_then_it_stays_out(
    client: Client, fournisseur: Fournisseur
) -> None:
    personne = utilisateur(email=ADRESSE)
    Utilisateur.objects.filter(pk=personne.pk).update(is_active=False)
    assert _is_refused(_enter(client, fournisseur), client)


def test_given_an_account_linked_to_an_identity_when_another_one_brings_its_address_then_it_is_refused(
    client: Client, fournisseur: Fournisseur
) -> None:
    utilisateur(email=ADRESSE)
    _enter(client, fournisseur)
    client.post("/compte/logout/")
    fournisseur.identite["sub"] = fournisseur.userinfo["sub"] = "sub-2"
    reponse = _enter(client, fournisseur)
    assert reponse.status_code == 401
    assert SESSION_KEY not in client.session
    assert SocialAccount.objects.count() == 1


def test_given_no_address_at_all_when_entering_then_nothing_opens(
    client: Client, fournisseur: Fournisseur
) -> None:
    del fournisseur.userinfo["email"]
    assert _is_refused(_enter(client, fournisseur), client)


# --- What is believed ------------------------------------------------------------------------------


def _unsigned(dit: dict[str, Any]) -> str:
    return jwt.encode(dit, None, algorithm="none", headers={"kid": "cle-1"})


def _by_another(dit: dict[str, Any]) -> str:
    return jwt.encode(dit, new_key(), algorithm="RS256", headers={"kid": "cle-1"})


def _by_shared_secret(dit: dict[str, Any]) -> str:
    return jwt.encode(dit, SECRET * 4, algorithm="HS256", headers={"kid": "cle-1"})


def _tampered(pro: Fournisseur) -> Any:
    def sign(dit: dict[str, Any]) -> str:
        entete, _, signature = pro.sign(dit).split(".")
        autre = jwt.encode({**dit, "sub": "sub-2"}, new_key(), algorithm="RS256").split(".")[1]
        return f"{entete}.{autre}.{signature}"

    return sign


@pytest.mark.parametrize("ou", ["signer", "signer_userinfo"])
@pytest.mark.parametrize("signature", ["none", "another", "shared", "tampered", "nonsense"])
def test_given_a_token_that_the_provider_did_not_sign_when_it_comes_then_nothing_opens(
    client: Client, fournisseur: Fournisseur, ou: str, signature: str
) -> None:
    signers = {
        "none": _unsigned,
        "another": _by_another,
        "shared": _by_shared_secret,
        "tampered": _tampered(fournisseur),
        "nonsense": lambda dit: "n.importe.quoi",
    }
    setattr(fournisseur, ou, signers[signature])
    assert _is_refused(_enter(client, fournisseur), client)


@pytest.mark.parametrize("ou", ["identite", "userinfo"])
@pytest.mark.parametrize(
    "faux",
    [
        {"aud": "un-autre-portail"},
        {"aud": [CLIENT, "un-autre"], "azp": "un-autre"},
        {"iss": "https://ailleurs.example"},
        {"exp": int(time.time()) - 3600},
        {"exp": None},
        {"sub": ""},
    ],
    ids=["audience", "azp", "issuer", "expired", "no-expiry", "no-subject"],
)
def test_given_a_signed_token_for_another_or_too_old_when_it_comes_then_nothing_opens(
    client: Client, fournisseur: Fournisseur, ou: str, faux: dict[str, Any]
) -> None:
    getattr(fournisseur, ou).update(faux)
    assert _is_refused(_enter(client, fournisseur), client)


def test_given_userinfo_about_somebody_else_when_it_comes_then_nothing_opens(
    client: Client, fournisseur: Fournisseur
) -> None:
    fournisseur.userinfo["sub"] = "sub-2"
    assert _is_refused(_enter(client, fournisseur), client)


@pytest.mark.parametrize("nonce", ["", "un-autre-nonce", None])
def test_given_an_identity_token_with_another_nonce_when_it_comes_then_nothing_opens(
    client: Client, fournisseur: Fournisseur, nonce: Any
) -> None:
    fournisseur.identite["nonce"] = nonce
    assert _is_refused(_enter(client, fournisseur), client)


def test_given_unsigned_userinfo_when_it_comes_then_the_setting_decides(
    client: Client, fournisseur: Fournisseur, settings: Any
) -> None:
    fournisseur.userinfo_signe = False
    assert _is_refused(_enter(client, fournisseur), client)
    settings.GEN_OIDC_SIGNE = False
    _enter(client, fournisseur)
    assert SESSION_KEY in client.session


def test_given_an_answer_when_it_is_replayed_then_it_opens_nothing_more(
    client: Client, fournisseur: Fournisseur
) -> None:
    etat = _ask(client, fournisseur)
    client.get(RETOUR, {"code": "abc", "state": etat})
    assert SESSION_KEY in client.session
    client.post("/compte/logout/")
    assert client.get(RETOUR, {"code": "abc", "state": etat}).status_code == 401
    assert SESSION_KEY not in client.session


def test_given_the_answer_to_another_browser_when_it_comes_then_it_opens_nothing(
    client: Client, fournisseur: Fournisseur
) -> None:
    etat = _ask(Client(), fournisseur)
    assert _is_refused(client.get(RETOUR, {"code": "abc", "state": etat}), client)
    assert _is_refused(client.get(RETOUR, {"code": "abc"}), client)


def test_given_a_person_who_gives_up_at_the_provider_when_they_come_back_then_the_page_says_what_to_do(
    client: Client, fournisseur: Fournisseur
) -> None:
    etat = _ask(client, fournisseur)
    assert _is_refused(client.get(RETOUR, {"error": "access_denied", "state": etat}), client)


def test_given_a_provider_that_is_down_when_entering_then_the_page_says_what_to_do(
    client: Client, fournisseur: Fournisseur, settings: Any
) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = openid_providers("http://127.0.0.1:9", CLIENT, SECRET)
    reponse = client.post(ALLER)
    assert _is_refused(reponse, client)


@pytest.mark.parametrize("suite", ["https://ailleurs.example/", "//ailleurs.example", "javascript:alert(1)"])
def test_given_a_way_out_of_the_portal_when_entering_then_it_is_not_followed(
    client: Client, fournisseur: Fournisseur, suite: str
) -> None:
    assert _enter(client, fournisseur, suite).url == "/"


# --- The second factor, and the way out ------------------------------------------------------------


def test_given_a_role_when_entering_by_the_provider_then_the_second_factor_is_still_due(
    client: Client, fournisseur: Fournisseur, settings: Any
) -> None:
    settings.GEN_SECOND_FACTEUR = True
    personne = utilisateur(Role.INSTRUCTEUR, email=ADRESSE)
    secret = enrol(personne)
    fournisseur.identite.update(acr="eidas3", amr=["pwd", "mfa"])
    assert _enter(client, fournisseur).url == "/compte/second-facteur/authenticate/"
    assert SESSION_KEY not in client.session
    client.post("/compte/second-facteur/authenticate/", {"code": code_now(secret)})
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize(
    ("reglage", "valeurs", "ouvre"),
    [
        ("GEN_OIDC_ACR_FORTS", ["eidas2"], True),
        ("GEN_OIDC_ACR_FORTS", ["eidas3"], False),
        ("GEN_OIDC_AMR_FORTS", ["mfa"], True),
        ("GEN_OIDC_AMR_FORTS", ["hwk"], False),
    ],
)
def test_given_a_strong_sign_in_at_the_provider_when_a_setting_says_so_then_it_stands_for_ours(
    client: Client, fournisseur: Fournisseur, settings: Any, reglage: str, valeurs: list[str], ouvre: bool
) -> None:
    settings.GEN_SECOND_FACTEUR = True
    setattr(settings, reglage, valeurs)
    utilisateur(Role.INSTRUCTEUR, email=ADRESSE)
    fournisseur.identite.update(acr="eidas2", amr=["pwd", "mfa"])
    _enter(client, fournisseur)
    assert (client.get("/admin/").status_code == 200) is ouvre


def test_given_a_person_come_by_the_provider_when_signing_out_then_they_leave_it_too(
    client: Client, fournisseur: Fournisseur
) -> None:
    _enter(client, fournisseur)
    sortie = client.post("/compte/logout/")
    assert sortie.url.startswith(f"{fournisseur.adresse}/end_session?id_token_hint=")
    assert SESSION_KEY not in client.session
    personne = utilisateur()
    cache.clear()
    client.post("/compte/login/", {"login": personne.email, "password": MOT_DE_PASSE})
    assert client.post("/compte/logout/").url == "/"
