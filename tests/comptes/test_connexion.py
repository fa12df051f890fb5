"""Getting in: opening an account, the code by e-mail, signing in, a lost password. Through the pages."""

import re

import pytest
import time_machine
from django.contrib.auth import SESSION_KEY
from django.core.cache import cache
from django.test import Client

from comptes.models import Utilisateur
from socle.models import Courriel, Evenement
from tests.comptes.fabriques import utilisateur

pytestmark = pytest.mark.django_db

ACTIVER = "/compte/second-facteur/totp/activate/"
DEMANDER = "/compte/login/code/"
CODE = "/compte/login/code/confirm/"
MOT_DE_PASSE = "un-mot-de-passe-solide"
INSCRIPTION = {
    "prenom": "Inès",
    "nom": "Petit",
    "email": "Ines.Petit@essai.example",
    "password1": MOT_DE_PASSE,
    "password2": MOT_DE_PASSE,
}


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    """Forget the rate limits counted by the other tests."""
    cache.clear()


def _last_mail(email: str) -> Courriel:
    return Courriel.objects.filter(email=email).latest("cree_le")


def _code(email: str) -> str:
    """Return the code of the last mail: it stands alone on its line."""
    courriel = _last_mail(email)
    assert courriel.est_code
    trouve = re.search(r"^([A-Z0-9]{4,}(?:-[A-Z0-9]+)*)$", courriel.texte, re.MULTILINE)
    assert trouve, courriel.texte
    return trouve[1]


def test_given_a_newcomer_when_signing_up_then_the_code_by_mail_opens_the_account_and_only_it(
    client: Client,
) -> None:
    reponse = client.post("/compte/signup/", INSCRIPTION, follow=True)
    assert "Vérifiez votre adresse" in reponse.content.decode()
    assert SESSION_KEY not in client.session
    personne = Utilisateur.objects.get(email="ines.petit@essai.example")
    assert personne.nom_complet == "Inès Petit"
    assert Evenement.objects.get(verbe="compte.cree").sujet_id == personne.pk
    courriel = _last_mail(personne.email)
    assert courriel.gabarit == "compte_code_adresse"
    assert courriel.objet.startswith("Votre code pour vérifier votre adresse, demandé le ")

    faux = client.post("/compte/confirm-email/", {"code": "FAUX-CODE"})
    assert "Une erreur à corriger" in faux.content.decode()
    assert SESSION_KEY not in client.session

    arrivee = client.post("/compte/confirm-email/", {"code": _code(personne.email)}, follow=True)
    assert "Bonjour Inès" in arrivee.content.decode()
    assert client.session[SESSION_KEY] == str(personne.pk)


def test_given_an_address_with_an_account_when_signing_up_then_the_page_tells_no_difference(
    client: Client,
) -> None:
    deja = utilisateur(email="ines.petit@essai.example")
    page = client.post("/compte/signup/", INSCRIPTION, follow=True).content.decode()
    assert "Vérifiez votre adresse" in page
    assert Utilisateur.objects.count() == 1
    courriel = _last_mail(deja.email)
    assert courriel.gabarit == "compte_existe_deja"
    assert "/compte/password/reset/" in courriel.texte


def test_given_a_weak_password_when_signing_up_then_the_summary_says_what_to_mend(client: Client) -> None:
    page = client.post(
        "/compte/signup/", {**INSCRIPTION, "password1": "court", "password2": "court"}
    ).content.decode()
    assert 'href="#id_password1"' in page
    assert "12 caractères" in page
    assert not Utilisateur.objects.exists()


def test_given_a_verified_account_when_signing_in_then_it_opens_whatever_the_case(client: Client) -> None:
    personne = utilisateur(email="ines.petit@essai.example")
    client.post("/compte/login/", {"login": "INES.PETIT@essai.example", "password": MOT_DE_PASSE})
    assert client.session[SESSION_KEY] == str(personne.pk)
    client.post("/compte/logout/")
    assert SESSION_KEY not in client.session


def test_given_a_closed_page_when_asked_then_signing_in_leads_back_to_it(client: Client) -> None:
    personne = utilisateur()
    demande = client.get("/comptes/structure/")
    envoi = {"login": personne.email, "password": MOT_DE_PASSE, "next": "/comptes/structure/"}
    assert demande.url == "/compte/login/?next=/comptes/structure/"
    assert client.post(demande.url, envoi).url == "/comptes/structure/"


@pytest.mark.parametrize("mot_de_passe", ["", "mauvais-mot-de-passe"])
def test_given_a_wrong_password_when_signing_in_then_nothing_opens(client: Client, mot_de_passe: str) -> None:
    personne = utilisateur()
    page = client.post("/compte/login/", {"login": personne.email, "password": mot_de_passe}).content.decode()
    assert "Une erreur à corriger" in page
    assert SESSION_KEY not in client.session


def test_given_a_closed_account_when_signing_in_then_it_stays_out(client: Client) -> None:
    personne = utilisateur()
    Utilisateur.objects.filter(pk=personne.pk).update(is_active=False)
    client.post("/compte/login/", {"login": personne.email, "password": MOT_DE_PASSE}, follow=True)
    assert SESSION_KEY not in client.session


def test_given_an_unverified_address_when_signing_in_then_a_code_is_asked_first(client: Client) -> None:
    personne = utilisateur()
    personne.emailaddress_set.update(verified=False)
    page = client.post(
        "/compte/login/", {"login": personne.email, "password": MOT_DE_PASSE}, follow=True
    ).content.decode()
    assert "Vérifiez votre adresse" in page
    assert SESSION_KEY not in client.session
    client.post("/compte/confirm-email/", {"code": _code(personne.email)})
    assert client.session[SESSION_KEY] == str(personne.pk)


def test_given_a_lost_password_when_the_code_is_typed_then_a_new_one_opens_and_the_old_does_not(
    client: Client,
) -> None:
    personne = utilisateur()
    page = client.post("/compte/password/reset/", {"email": personne.email}, follow=True).content.decode()
    assert "Saisissez le code reçu" in page
    assert _last_mail(personne.email).gabarit == "compte_code_mot_de_passe"
    client.post("/compte/password/reset/confirm/", {"code": _code(personne.email)})
    nouveau = {"password1": "un-autre-mot-de-passe", "password2": "un-autre-mot-de-passe"}
    reponse = client.post("/compte/password/reset/complete/", nouveau, follow=True)
    assert "Votre mot de passe est changé" in reponse.content.decode()
    personne.refresh_from_db()
    assert personne.check_password("un-autre-mot-de-passe")
    assert not personne.check_password(MOT_DE_PASSE)


def test_given_an_unknown_address_when_a_password_is_asked_then_the_page_tells_no_difference(
    client: Client,
) -> None:
    page = client.post(
        "/compte/password/reset/", {"email": "inconnue@essai.example"}, follow=True
    ).content.decode()
    assert "Saisissez le code reçu" in page
    assert _last_mail("inconnue@essai.example").gabarit == "compte_inconnu"


def test_given_too_many_tries_when_signing_in_then_a_page_says_to_wait(client: Client) -> None:
    personne = utilisateur()
    envoi = {"login": personne.email, "password": "mauvais-mot-de-passe"}
    reponses = [client.post("/compte/login/", envoi) for _ in range(12)]
    page = reponses[-1].content.decode()
    assert "Trop de tentatives" in page or "Trop" in page
    assert SESSION_KEY not in client.session
    client.post("/compte/login/", {**envoi, "password": MOT_DE_PASSE})
    assert SESSION_KEY not in client.session


def test_given_a_member_when_the_account_pages_are_opened_then_they_are_in_french(client: Client) -> None:
    client.force_login(utilisateur())
    attendus = {
        "/comptes/": "Mon compte",
        "/compte/password/change/": "Changer de mot de passe",
        "/compte/email/": "Votre adresse électronique",
        "/compte/logout/": "Se déconnecter",
        "/compte/second-facteur/": "Second facteur d’authentification",
        "/compte/reauthenticate/": "Confirmez votre identité",
    }
    for chemin, titre in attendus.items():
        reponse = client.get(chemin)
        assert reponse.status_code == 200, chemin
        assert titre in reponse.content.decode(), chemin


def test_given_a_sign_in_that_is_no_longer_fresh_when_a_factor_is_added_then_the_identity_is_asked_again(
    client: Client,
) -> None:
    personne = utilisateur()
    with time_machine.travel("2026-03-02 09:00:00+00:00", tick=False) as voyage:
        client.post("/compte/login/", {"login": personne.email, "password": MOT_DE_PASSE})
        assert "Reliez l’application" in client.get(ACTIVER).content.decode()
        voyage.shift(9 * 60 + 59)
        assert "Reliez l’application" in client.get(ACTIVER).content.decode()
        voyage.shift(1)
        demande = client.get(ACTIVER, follow=True)
        assert "Confirmez votre identité" in demande.content.decode()
        faux = client.post("/compte/reauthenticate/", {"password": "mauvais", "next": ACTIVER})
        assert "Une erreur à corriger" in faux.content.decode()
        suite = {"password": MOT_DE_PASSE, "next": ACTIVER}
        page = client.post("/compte/reauthenticate/", suite, follow=True).content.decode()
    assert "Reliez l’application" in page
    assert 'src="data:image/svg+xml' in page


# --- By a code received by e-mail ------------------------------------------------------------------


def _ask_code(client: Client, email: str, suite: str = "") -> str:
    cache.clear()
    envoi = {"email": email, "next": suite} if suite else {"email": email}
    return client.post(DEMANDER, envoi, follow=True).content.decode()


def test_given_a_person_when_asking_for_a_code_then_it_signs_in_and_leads_to_the_page_asked(
    client: Client,
) -> None:
    personne = utilisateur(email="ines.petit@essai.example")
    assert "Se connecter par un code reçu par courriel" in client.get("/compte/login/").content.decode()
    page = _ask_code(client, "INES.PETIT@essai.example", "/comptes/structure/")
    assert "Saisissez le code reçu" in page
    courriel = _last_mail(personne.email)
    assert courriel.gabarit == "compte_code_connexion"
    assert courriel.objet.startswith("Votre code pour vous connecter, demandé le ")
    assert courriel.est_code
    assert SESSION_KEY not in client.session
    reponse = client.post(CODE, {"code": _code(personne.email), "next": "/comptes/structure/"})
    assert reponse.url == "/comptes/structure/"
    assert client.session[SESSION_KEY] == str(personne.pk)


def test_given_an_unknown_address_when_asking_for_a_code_then_the_page_tells_no_difference(
    client: Client,
) -> None:
    assert "Saisissez le code reçu" in _ask_code(client, "inconnue@essai.example")
    assert _last_mail("inconnue@essai.example").gabarit == "compte_inconnu"
    page = client.post(CODE, {"code": "BCDF-GHJK"}).content.decode()
    assert "Une erreur à corriger" in page
    assert SESSION_KEY not in client.session


def test_given_a_code_when_it_has_served_then_it_opens_nothing_more(client: Client) -> None:
    personne = utilisateur()
    _ask_code(client, personne.email)
    code = _code(personne.email)
    client.post(CODE, {"code": code})
    client.post("/compte/logout/")
    client.post(CODE, {"code": code})
    assert SESSION_KEY not in client.session


def test_given_somebody_elses_code_when_typed_then_it_opens_neither_account(client: Client) -> None:
    personne, autre = utilisateur(), utilisateur()
    _ask_code(Client(), autre.email)
    _ask_code(client, personne.email)
    client.post(CODE, {"code": _code(autre.email)})
    assert SESSION_KEY not in client.session


def test_given_three_wrong_codes_when_the_right_one_follows_then_a_new_one_is_needed(client: Client) -> None:
    personne = utilisateur()
    _ask_code(client, personne.email)
    code = _code(personne.email)
    for _ in range(3):
        client.post(CODE, {"code": "BCDF-GHJK"})
    client.post(CODE, {"code": code})
    assert SESSION_KEY not in client.session


def test_given_a_code_when_its_time_is_over_then_it_opens_nothing(client: Client) -> None:
    personne = utilisateur()
    with time_machine.travel("2026-03-02 09:00:00+00:00", tick=False) as voyage:
        _ask_code(client, personne.email)
        voyage.shift(15 * 60 + 1)
        client.post(CODE, {"code": _code(personne.email)})
        assert SESSION_KEY not in client.session


def test_given_a_code_when_a_new_one_is_asked_then_only_the_last_one_opens(client: Client) -> None:
    personne = utilisateur()
    _ask_code(client, personne.email)
    premier = _code(personne.email)
    cache.clear()
    client.post(CODE, {"action": "resend"})
    assert _code(personne.email) != premier
    client.post(CODE, {"code": premier})
    assert SESSION_KEY not in client.session
    client.post(CODE, {"code": _code(personne.email)})
    assert client.session[SESSION_KEY] == str(personne.pk)


def test_given_a_closed_account_when_a_code_is_asked_then_it_stays_out(client: Client) -> None:
    personne = utilisateur()
    Utilisateur.objects.filter(pk=personne.pk).update(is_active=False)
    _ask_code(client, personne.email)
    for courriel in Courriel.objects.filter(email=personne.email, gabarit="compte_code_connexion"):
        client.post(CODE, {"code": re.findall(r"[A-Z]{4}-[A-Z]{4}", courriel.texte)[0]}, follow=True)
    assert SESSION_KEY not in client.session


def test_given_many_demands_of_codes_when_one_more_is_sent_then_the_person_is_asked_to_wait() -> None:
    personne = utilisateur()
    for _ in range(3):
        Client().post(DEMANDER, {"email": personne.email})
    envoyes = Courriel.objects.filter(email=personne.email).count()
    assert envoyes == 3
    Client().post(DEMANDER, {"email": personne.email})
    assert Courriel.objects.filter(email=personne.email).count() == envoyes


def test_given_somebody_signed_in_when_they_sign_in_again_then_their_session_goes_on(client: Client) -> None:
    personne = utilisateur()
    client.force_login(personne)
    client.force_login(personne)
    assert client.get("/comptes/").status_code == 200
