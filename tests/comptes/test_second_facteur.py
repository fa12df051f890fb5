"""The second factor: demanded of the roles that need it, enrolled by a guide, and nothing opens before."""

import re
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib.auth import SESSION_KEY
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import resolve

from comptes.gardien import DoorMiddleware
from comptes.models import Role
from socle.models import Courriel
from tests.comptes.fabriques import structure, utilisateur
from tests.comptes.totp import code_now, enrol, mailed_code, recovery_codes, sign_in, sign_in_fully

pytestmark = pytest.mark.django_db

GUIDE = "/comptes/second-facteur/"
ACTIVER = "/compte/second-facteur/totp/activate/"
PASSER = "/compte/second-facteur/authenticate/"
CODES = "/compte/second-facteur/recovery-codes/"
CONFIRMER = "/compte/second-facteur/reauthenticate/"


@pytest.fixture(autouse=True)
def _portes(settings: Any) -> None:
    settings.GEN_SECOND_FACTEUR = True
    cache.clear()


def _title(reponse: Any) -> str:
    trouve = re.search(r"<h1[^>]*>(.*?)</h1>", reponse.content.decode(), re.DOTALL)
    assert trouve
    return trouve[1]


# --- Closed by default ---------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(
    "chemin",
    ["/", "/admin/", "/comptes/", "/candidatures/", "/formations/", "/api/v1/", "/compte/password/change/"],
)
def test_given_a_role_without_second_factor_when_any_page_is_asked_then_the_guide_opens_instead(
    client: Client, role: str, chemin: str
) -> None:
    client.force_login(utilisateur(role))
    reponse = client.get(chemin)
    assert reponse.status_code == 302
    assert reponse.url.startswith(f"{GUIDE}?next=%2F")


@pytest.mark.parametrize(
    "chemin",
    [
        "/fichiers/6f0c1c52-0000-4000-8000-000000000000/",
        "/documents/6f0c1c52-0000-4000-8000-000000000000/",
        "/admin/comptes/utilisateur/",
        "/compte/second-facteur/recovery-codes/",
        "/compte/second-facteur/webauthn/",
        "/compte/second-facteur/reauthenticate/",
    ],
)
def test_given_a_role_without_second_factor_when_files_or_lists_are_asked_then_nothing_is_read(
    client: Client, chemin: str
) -> None:
    client.force_login(utilisateur(Role.ADMINISTRATEUR))
    reponse = client.get(chemin)
    assert reponse.status_code == 302
    assert reponse.url.startswith(GUIDE)


def test_given_a_role_without_second_factor_when_a_form_is_sent_then_it_is_refused_in_words(
    client: Client,
) -> None:
    client.force_login(utilisateur(Role.DIRECTION))
    reponse = client.post("/comptes/structure/nouvelle/", {})
    assert reponse.status_code == 403
    assert "second facteur" in reponse.content.decode()


def test_given_a_role_without_second_factor_when_a_fragment_is_asked_then_the_browser_goes_to_the_guide(
    client: Client,
) -> None:
    client.force_login(utilisateur(Role.COMITE))
    reponse = client.get("/comptes/", headers={"HX-Request": "true"})
    assert reponse.status_code == 403
    assert reponse.headers["HX-Redirect"] == GUIDE


@pytest.mark.parametrize("chemin", ["/accessibilite/", "/mentions-legales/", "/donnees-personnelles/", GUIDE])
def test_given_a_role_without_second_factor_when_the_legal_pages_are_asked_then_they_open(
    client: Client, chemin: str
) -> None:
    client.force_login(utilisateur(Role.INSTRUCTEUR))
    assert client.get(chemin).status_code == 200


def test_given_a_porteur_without_second_factor_when_pages_are_asked_then_they_open(client: Client) -> None:
    porteur = utilisateur()
    structure(porteur)
    client.force_login(porteur)
    assert client.get("/comptes/").status_code == 200


def test_given_the_demo_when_a_role_has_no_second_factor_then_pages_open(
    client: Client, settings: Any
) -> None:
    settings.GEN_SECOND_FACTEUR = False
    client.force_login(utilisateur(Role.ADMINISTRATEUR))
    assert client.get("/admin/").status_code == 200


def test_given_a_member_when_a_role_is_given_then_the_open_session_goes_to_the_guide(client: Client) -> None:
    from comptes import domain
    from socle.references import SYSTEME

    personne = utilisateur()
    client.force_login(personne)
    assert client.get("/comptes/").status_code == 200
    domain.grant_role(acteur=SYSTEME, utilisateur=personne, role=Role.INSTRUCTEUR)
    assert client.get("/comptes/").url.startswith(GUIDE)


def test_given_an_agent_who_sees_the_portal_as_another_when_pages_open_then_the_agent_s_factor_counts(
    rf: Any,
) -> None:
    agent, vue = utilisateur(Role.ADMINISTRATEUR), utilisateur()
    client = Client()
    client.force_login(agent)
    request = rf.get("/comptes/")
    request.session, request.user = client.session, agent
    request.resolver_match = resolve("/comptes/")
    porte = DoorMiddleware(lambda demande: HttpResponse())
    porte(request)
    request.user = vue
    reponse = porte.process_view(request, None, (), {})
    assert reponse is not None
    assert reponse.url.startswith(GUIDE)


# --- The guide -----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_given_a_new_agent_when_signing_in_then_the_guide_leads_through_to_the_page_asked(
    client: Client,
) -> None:
    personne = utilisateur(Role.INSTRUCTEUR)
    # Without a factor yet, the password alone does not do: a code goes to the person's address.
    page = sign_in(client, personne)
    assert _title(page) == "Saisissez le code reçu"
    assert SESSION_KEY not in client.session
    client.post("/compte/login/code/confirm/", {"code": mailed_code(personne.email)})
    assert client.session[SESSION_KEY] == str(personne.pk)

    guide = client.get("/admin/", follow=True)
    assert _title(guide) == "Protégez votre compte par un second facteur"
    assert "Étape 1 sur 3" in guide.content.decode()

    activation = client.get(ACTIVER)
    page = activation.content.decode()
    assert "Étape 2 sur 3" in page
    secret = re.search(r'<code class="gen-reference">([A-Z2-7]+)</code>', page)
    assert secret
    assert 'alt="Code QR de la clé écrite ci-dessous"' in page

    faux = client.post(ACTIVER, {"code": "000000"})
    assert "n’est pas le bon" in faux.content.decode()
    assert not Authenticator.objects.exists()
    assert client.get("/admin/").url.startswith(GUIDE)

    codes = client.post(ACTIVER, {"code": code_now(secret[1])}, follow=True)
    assert "Étape 3 sur 3" in codes.content.decode()
    for code in recovery_codes(personne):
        assert code in codes.content.decode()
    assert client.get(GUIDE).url == "/admin/"
    assert client.get("/admin/").status_code == 200
    # Looked at again, the codes are no step any more.
    encore = client.get(CODES).content.decode()
    assert recovery_codes(personne)[0] in encore
    assert "Étape" not in encore
    assert "Revenir au second facteur" in encore
    avis = Courriel.objects.filter(email=personne.email).latest("cree_le")
    assert avis.objet.startswith("Une application d’authentification a été ajoutée à votre compte")


def test_given_a_secret_when_it_is_stored_then_the_database_does_not_hold_it_in_clear() -> None:
    personne = utilisateur(Role.INSTRUCTEUR)
    secret = enrol(personne)
    stockes = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stockes
    assert personne.authenticator_set.get(type="totp").wrap().validate_code(code_now(secret))


def test_given_a_change_of_key_when_the_old_one_is_kept_then_the_factor_still_opens(settings: Any) -> None:
    personne = utilisateur(Role.INSTRUCTEUR)
    secret = enrol(personne)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "une-toute-nouvelle-cle-" * 3
    assert personne.authenticator_set.get(type="totp").wrap().validate_code(code_now(secret))


def test_given_the_codes_when_downloaded_then_the_file_is_in_french(client: Client) -> None:
    personne = utilisateur(Role.REGION)
    secret = enrol(personne)
    sign_in_fully(client, personne, secret)
    reponse = client.get("/compte/second-facteur/recovery-codes/download/")
    assert reponse.headers["Content-Disposition"] == 'attachment; filename="codes-de-secours-label-gen.txt"'
    texte = reponse.content.decode()
    assert "Chacun sert une seule fois" in texte
    assert all(code in texte for code in recovery_codes(personne))


# --- At the sign-in ------------------------------------------------------------------------------


def test_given_an_enrolled_agent_when_signing_in_then_the_password_alone_opens_nothing(
    client: Client,
) -> None:
    personne = utilisateur(Role.INSTRUCTEUR)
    secret = enrol(personne)
    page = sign_in(client, personne)
    assert _title(page) == "Second facteur"
    assert SESSION_KEY not in client.session
    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == PASSER
    client.post(PASSER, {"code": code_now(secret)})
    assert client.get("/admin/").status_code == 200


def test_given_a_session_opened_before_the_factor_when_it_goes_on_then_it_must_show_it(
    client: Client,
) -> None:
    personne = utilisateur(Role.INSTRUCTEUR)
    client.force_login(personne)
    secret = enrol(personne)
    assert client.get("/admin/").url.startswith(GUIDE)
    guide = client.get("/admin/", follow=True)
    assert _title(guide) == "Montrez votre second facteur"
    # Another factor is not enrolled in a session that has not shown the first.
    assert client.get(ACTIVER).url.startswith(GUIDE)
    assert client.get("/compte/second-facteur/webauthn/add/").url.startswith(GUIDE)
    assert client.get("/compte/reauthenticate/").url.startswith(GUIDE)
    client.post(CONFIRMER, {"code": "123456", "next": GUIDE})
    assert client.get("/admin/").url.startswith(GUIDE)
    suite = client.post(CONFIRMER, {"code": code_now(secret), "next": GUIDE}, follow=True)
    assert suite.redirect_chain[-1][0] == "/admin/"


@pytest.mark.parametrize("code", ["", "000000", "abcdef", "1", "９９９９９９", "0" * 400])
def test_given_a_wrong_code_when_typed_then_nothing_opens(client: Client, code: str) -> None:
    personne = utilisateur(Role.INSTRUCTEUR)
    enrol(personne)
    sign_in(client, personne)
    page = client.post(PASSER, {"code": code})
    assert "Une erreur à corriger" in page.content.decode()
    assert SESSION_KEY not in client.session


def test_given_somebody_elses_code_when_typed_then_nothing_opens(client: Client) -> None:
    personne, autre = utilisateur(Role.INSTRUCTEUR), utilisateur(Role.INSTRUCTEUR)
    enrol(personne)
    secret_autre = enrol(autre)
    sign_in(client, personne)
    client.post(PASSER, {"code": code_now(secret_autre)})
    client.post(PASSER, {"code": recovery_codes(autre)[0]})
    assert SESSION_KEY not in client.session


@pytest.mark.parametrize("pas", [-1, 0, 1])
def test_given_a_code_of_the_step_before_or_after_when_typed_then_it_opens(client: Client, pas: int) -> None:
    personne = utilisateur(Role.INSTRUCTEUR)
    secret = enrol(personne)
    with time_machine.travel("2026-03-02 09:00:10+00:00", tick=False):
        sign_in(client, personne)
        client.post(PASSER, {"code": code_now(secret, pas=pas)})
        assert client.session[SESSION_KEY] == str(personne.pk)


@pytest.mark.parametrize("pas", [-2, 2])
def test_given_a_code_two_steps_away_when_typed_then_it_opens_nothing(client: Client, pas: int) -> None:
    personne = utilisateur(Role.INSTRUCTEUR)
    secret = enrol(personne)
    with time_machine.travel("2026-03-02 09:00:10+00:00", tick=False):
        sign_in(client, personne)
        client.post(PASSER, {"code": code_now(secret, pas=pas)})
        assert SESSION_KEY not in client.session


@pytest.mark.parametrize("secondes", [0, 29, 31, 45])
def test_given_a_code_that_has_served_when_typed_again_then_it_opens_nothing(
    client: Client, secondes: int
) -> None:
    personne = utilisateur(Role.INSTRUCTEUR)
    secret = enrol(personne)
    voleur = Client()
    with time_machine.travel("2026-03-02 09:00:00+00:00", tick=False) as voyage:
        # The code of the next step: valid for another minute and a half.
        code = code_now(secret, pas=1)
        sign_in(client, personne)
        client.post(PASSER, {"code": code})
        assert client.session[SESSION_KEY] == str(personne.pk)
        voyage.shift(secondes)
        voleur.post("/compte/login/", {"login": personne.email, "password": "un-mot-de-passe-solide"})
        page = voleur.post(PASSER, {"code": code})
        assert "il a déjà servi" in page.content.decode()
        assert SESSION_KEY not in voleur.session


def test_given_a_recovery_code_when_typed_twice_then_it_opens_once(client: Client) -> None:
    personne = utilisateur(Role.INSTRUCTEUR)
    enrol(personne)
    code = recovery_codes(personne)[0]
    sign_in(client, personne)
    client.post(PASSER, {"code": code})
    assert client.get("/admin/").status_code == 200
    autre = Client()
    sign_in(autre, personne)
    autre.post(PASSER, {"code": code})
    assert SESSION_KEY not in autre.session
    assert code not in recovery_codes(personne)


def test_given_many_wrong_codes_when_the_right_one_follows_then_it_is_too_late(client: Client) -> None:
    personne = utilisateur(Role.INSTRUCTEUR)
    secret = enrol(personne)
    sign_in(client, personne)
    for essai in range(5):
        client.post(PASSER, {"code": f"{essai:06d}"})
    page = client.post(PASSER, {"code": code_now(secret)})
    assert SESSION_KEY not in client.session
    assert "Trop de tentatives" in page.content.decode() or "trop" in page.content.decode().lower()


# --- Taking a factor off -------------------------------------------------------------------------


def test_given_the_only_factor_of_an_agent_when_taken_off_then_it_is_refused(client: Client) -> None:
    personne = utilisateur(Role.INSTRUCTEUR)
    secret = enrol(personne)
    sign_in_fully(client, personne, secret)
    page = client.post("/compte/second-facteur/totp/deactivate/")
    assert "ajoutez-en un autre" in page.content.decode()
    assert Authenticator.objects.filter(user=personne, type="totp").exists()


def test_given_a_person_without_role_when_the_factor_is_taken_off_then_it_goes_and_a_mail_says_so(
    client: Client,
) -> None:
    personne = utilisateur()
    secret = enrol(personne)
    sign_in_fully(client, personne, secret)
    client.post("/compte/second-facteur/totp/deactivate/")
    assert not Authenticator.objects.filter(user=personne).exists()
    avis = Courriel.objects.filter(email=personne.email).latest("cree_le")
    assert avis.objet.startswith("L’application d’authentification a été retirée de votre compte")
