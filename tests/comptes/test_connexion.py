"""Getting in: opening an account, the code by e-mail, signing in, a lost password. Through the pages."""

import re

import pytest
from django.contrib.auth import SESSION_KEY
from django.core.cache import cache
from django.test import Client

from comptes.models import Utilisateur
from socle.models import Courriel, Evenement
from tests.comptes.fabriques import utilisateur

pytestmark = pytest.mark.django_db

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


def test_given_the_second_factor_when_activated_through_the_pages_then_its_pages_are_in_french(
    client: Client,
) -> None:
    personne = utilisateur()
    client.post("/compte/login/", {"login": personne.email, "password": MOT_DE_PASSE})
    demande = client.get("/compte/second-facteur/totp/activate/", follow=True)
    assert "Confirmez votre identité" in demande.content.decode()
    suite = {"password": MOT_DE_PASSE, "next": "/compte/second-facteur/totp/activate/"}
    page = client.post("/compte/reauthenticate/", suite, follow=True).content.decode()
    assert "Activez l’application d’authentification" in page
    assert 'src="data:image/svg+xml' in page
