"""Sessions: they end by time, by a verb, by a new password; and the person sees where they are."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth import SESSION_KEY
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from comptes import domain
from comptes.appareils import truncate
from comptes.domain.connexions import end_sessions, forget_old
from comptes.models import Connexion, Role
from socle.references import SYSTEME
from tests.comptes.fabriques import structure, utilisateur
from tests.comptes.totp import MOT_DE_PASSE, code_now, enrol, mailed_code, sign_in, sign_in_fully

pytestmark = pytest.mark.django_db

PAGE = "/comptes/acces/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:120.0) Gecko/20100101 Firefox/120.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.0 Mobile/15E148 Safari/604.1"
)


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


def _is_in(client: Client) -> bool:
    return client.get("/comptes/").status_code == 200


def _browser(agent: str = FIREFOX, adresse: str = "203.0.113.7") -> Client:
    return Client(headers={"User-Agent": agent}, REMOTE_ADDR=adresse)


# --- By time -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "minutes"), [("", 240), (Role.INSTRUCTEUR, 60), (Role.COMITE, 60), (Role.REGION, 60)]
)
def test_given_a_session_when_idle_up_to_its_limit_then_it_ends_at_the_very_second(
    client: Client, role: str, minutes: int
) -> None:
    with time_machine.travel("2026-03-02 09:00:00+00:00", tick=False) as voyage:
        personne = utilisateur(*([role] if role else []))
        client.force_login(personne)
        voyage.shift(timedelta(minutes=minutes, seconds=-1))
        assert _is_in(client)
        voyage.shift(timedelta(minutes=minutes))
        reponse = client.get("/comptes/", follow=True)
    assert reponse.redirect_chain[-1][0] == "/compte/login/?next=/comptes/"
    assert "trop longtemps sans activité" in reponse.content.decode()
    assert Connexion.objects.get().fin == Connexion.Fin.INACTIVITE


def test_given_a_page_that_looks_by_itself_when_nobody_is_there_then_the_session_ends_all_the_same(
    client: Client,
) -> None:
    with time_machine.travel("2026-03-02 09:00:00+00:00", tick=False) as voyage:
        client.force_login(utilisateur(Role.INSTRUCTEUR))
        assert _is_in(client)
        voyage.shift(timedelta(minutes=40))
        assert client.get("/comptes/", headers={"X-Veille": "1"}).status_code == 200
        voyage.shift(timedelta(minutes=21))
        reponse = client.get("/comptes/", follow=True)
    assert "trop longtemps sans activité" in reponse.content.decode()


@pytest.mark.parametrize(("role", "minutes"), [("", 720), (Role.DIRECTION, 600)])
def test_given_a_session_in_use_when_it_has_lasted_its_whole_time_then_it_ends(
    client: Client, role: str, minutes: int
) -> None:
    with time_machine.travel("2026-03-02 06:00:00+00:00", tick=False) as voyage:
        personne = utilisateur(*([role] if role else []))
        client.force_login(personne)
        for _ in range(minutes // 30 - 1):
            voyage.shift(timedelta(minutes=30))
            assert _is_in(client)
        voyage.shift(timedelta(minutes=30, seconds=-1))
        assert _is_in(client)
        voyage.shift(1)
        assert not _is_in(client)
    assert Connexion.objects.get().fin == Connexion.Fin.DUREE


def test_given_an_expired_session_when_a_public_page_is_asked_then_it_opens_as_for_anybody(
    client: Client,
) -> None:
    with time_machine.travel("2026-03-02 09:00:00+00:00", tick=False) as voyage:
        client.force_login(utilisateur())
        voyage.shift(timedelta(hours=5))
        reponse = client.get("/formations/")
    assert reponse.status_code == 200
    assert "Se connecter" in reponse.content.decode()
    assert SESSION_KEY not in client.session


def test_given_an_expired_session_when_a_fragment_is_asked_then_the_browser_is_sent_to_sign_in(
    client: Client,
) -> None:
    with time_machine.travel("2026-03-02 09:00:00+00:00", tick=False) as voyage:
        client.force_login(utilisateur())
        voyage.shift(timedelta(hours=5))
        reponse = client.get("/comptes/", headers={"HX-Request": "true"})
    assert reponse.status_code == 401
    assert reponse.headers["HX-Redirect"].startswith("/compte/login/")


def test_given_a_role_given_meanwhile_when_the_session_goes_on_then_its_time_is_shorter(
    client: Client,
) -> None:
    personne = utilisateur()
    with time_machine.travel("2026-03-02 09:00:00+00:00", tick=False) as voyage:
        client.force_login(personne)
        domain.grant_role(acteur=SYSTEME, utilisateur=personne, role=Role.INSTRUCTEUR)
        voyage.shift(61)
        assert _is_in(client)
        voyage.shift(timedelta(minutes=60))
        assert not _is_in(client)


def test_given_the_business_clock_when_it_jumps_then_sessions_stay(client: Client, settings: Any) -> None:
    from socle import horloge

    settings.GEN_DEMO = True
    client.force_login(utilisateur())
    horloge.advance_to(horloge.now() + timedelta(days=30))
    assert client.post(f"{PAGE}fermer-les-autres/").url == PAGE


def test_given_a_session_without_a_mark_when_it_asks_then_it_is_over(client: Client) -> None:
    client.force_login(utilisateur())
    session = client.session
    del session["comptes.porte"]
    session.save()
    assert not _is_in(client)


# --- By an act -----------------------------------------------------------------------------------


def test_given_two_sessions_when_the_password_is_changed_then_only_the_one_that_changed_it_stays() -> None:
    personne = utilisateur()
    ici, ailleurs = _browser(), _browser(SAFARI)
    for navigateur in (ici, ailleurs):
        sign_in(navigateur, personne)
    cache.clear()
    nouveau = "un-autre-mot-de-passe"
    ici.post(
        "/compte/password/change/",
        {"oldpassword": MOT_DE_PASSE, "password1": nouveau, "password2": nouveau},
    )
    assert _is_in(ici)
    assert not _is_in(ailleurs)
    assert Connexion.objects.get(fin=Connexion.Fin.MOT_DE_PASSE).appareil == "Safari sur un iPhone"
    # Its key has changed: the session is still the one that the page shows and that a verb can end.
    assert Connexion.objects.ouvertes().get().session_cle == ici.session.session_key
    end_sessions(utilisateur=personne, fin=Connexion.Fin.FERMEE)
    assert not _is_in(ici)


def test_given_an_open_session_when_a_lost_password_is_replaced_then_it_ends() -> None:
    personne = utilisateur()
    ici, ailleurs = _browser(), _browser(SAFARI)
    sign_in(ailleurs, personne)
    cache.clear()
    ici.post("/compte/password/reset/", {"email": personne.email})
    ici.post("/compte/password/reset/confirm/", {"code": mailed_code(personne.email)})
    nouveau = {"password1": "un-autre-mot-de-passe", "password2": "un-autre-mot-de-passe"}
    ici.post("/compte/password/reset/complete/", nouveau)
    assert not _is_in(ailleurs)
    assert not Connexion.objects.ouvertes().exists()


def test_given_open_sessions_when_a_role_is_taken_back_then_they_end_at_once() -> None:
    personne = utilisateur(Role.INSTRUCTEUR)
    navigateurs = [_browser(), _browser(SAFARI)]
    for navigateur in navigateurs:
        navigateur.force_login(personne)
    temoin = _browser()
    temoin.force_login(utilisateur(Role.INSTRUCTEUR))
    domain.revoke_role(acteur=SYSTEME, attribue=personne.roles_attribues.get())
    assert not any(_is_in(navigateur) for navigateur in navigateurs)
    assert _is_in(temoin)
    assert set(Connexion.objects.filter(utilisateur=personne).values_list("fin", flat=True)) == {"role"}


def test_given_an_open_session_when_the_account_is_closed_then_nothing_opens(client: Client) -> None:
    personne = utilisateur()
    client.force_login(personne)
    domain.deactivate_account(
        acteur=utilisateur(Role.ADMINISTRATEUR), utilisateur=personne, motif="Elle est partie."
    )
    assert not _is_in(client)
    assert Connexion.objects.get().fin == Connexion.Fin.COMPTE


def test_given_a_factor_taken_off_when_other_sessions_go_on_then_they_have_ended() -> None:
    personne = utilisateur()
    secret = enrol(personne)
    ici, ailleurs = _browser(), _browser(SAFARI)
    sign_in_fully(ici, personne, secret)
    cache.clear()
    sign_in_fully(ailleurs, personne, secret)
    ici.post("/compte/second-facteur/totp/deactivate/")
    assert _is_in(ici)
    assert not _is_in(ailleurs)


def test_given_a_factor_shown_then_taken_off_when_a_role_is_given_then_the_session_owes_one(
    client: Client, settings: Any
) -> None:
    settings.GEN_SECOND_FACTEUR = True
    personne = utilisateur()
    secret = enrol(personne)
    sign_in_fully(client, personne, secret)
    client.post("/compte/second-facteur/totp/deactivate/")
    domain.grant_role(acteur=SYSTEME, utilisateur=personne, role=Role.INSTRUCTEUR)
    assert client.get("/comptes/").url.startswith("/comptes/second-facteur/")


# --- The page ------------------------------------------------------------------------------------


def test_given_two_sessions_and_failures_when_the_page_is_read_then_each_is_told_in_plain_words() -> None:
    personne = utilisateur()
    ici, ailleurs = _browser(), _browser(SAFARI, "2001:db8:abcd:12::1")
    sign_in(ici, personne)
    sign_in(ailleurs, personne)
    cache.clear()
    ailleurs.post("/compte/logout/")
    sign_in(ailleurs, personne)
    _browser(SAFARI).post("/compte/login/", {"login": personne.email, "password": "mauvais"})
    page = ici.get(PAGE).content.decode()
    assert "Firefox sur Windows" in page
    assert "Safari sur un iPhone" in page
    assert "203.0.113.x" in page
    assert "2001:db8:abcd::/48" in page
    assert "203.0.113.7" not in page
    assert "Échec" in page
    assert "cette session" in page
    assert Connexion.objects.filter(issue="echouee").get().moyen == "mot_de_passe"


def test_given_a_person_with_roles_and_structures_when_the_page_is_read_then_it_says_since_when_and_by_whom(
    client: Client,
) -> None:
    administratrice = utilisateur(Role.ADMINISTRATEUR, prenom="Valérie", nom="Fontaine")
    personne = utilisateur()
    structure(personne, raison_sociale="Atelier des essais")
    domain.grant_role(acteur=administratrice, utilisateur=personne, role=Role.INSTRUCTEUR)
    client.force_login(personne)
    page = client.get(PAGE).content.decode()
    assert "Instructeur GEN" in page
    assert "Valérie Fontaine" in page
    assert "Atelier des essais" in page
    assert page.count(f"depuis le {timezone.localdate().day}") >= 2


def test_given_another_session_when_it_is_closed_from_the_page_then_it_ends_and_this_one_stays() -> None:
    personne = utilisateur()
    ici, ailleurs, troisieme = _browser(), _browser(SAFARI), _browser(SAFARI)
    for navigateur in (ici, ailleurs, troisieme):
        navigateur.force_login(personne)
    autre = Connexion.objects.get(session_cle=ailleurs.session.session_key)
    reponse = ici.post(f"{PAGE}{autre.pk}/fermer/", follow=True)
    assert "La session est fermée" in reponse.content.decode()
    assert not _is_in(ailleurs)
    assert _is_in(troisieme)
    encore = ici.post(f"{PAGE}{autre.pk}/fermer/", follow=True)
    assert "déjà fermée" in encore.content.decode()
    reponse = ici.post(f"{PAGE}fermer-les-autres/", follow=True)
    assert "Une autre session est fermée" in reponse.content.decode()
    assert not _is_in(troisieme)
    assert _is_in(ici)


def test_given_somebody_elses_session_when_closing_it_is_tried_then_it_is_not_found(client: Client) -> None:
    victime = _browser()
    victime.force_login(utilisateur())
    client.force_login(utilisateur())
    cible = Connexion.objects.get(session_cle=victime.session.session_key)
    assert client.post(f"{PAGE}{cible.pk}/fermer/").status_code == 404
    assert _is_in(victime)


def test_given_the_second_factor_when_a_wrong_code_is_typed_then_the_owner_sees_the_failure(
    client: Client,
) -> None:
    personne = utilisateur()
    secret = enrol(personne)
    sign_in(client, personne)
    client.post("/compte/second-facteur/authenticate/", {"code": "000000"})
    client.post("/compte/second-facteur/authenticate/", {"code": code_now(secret)})
    echec = Connexion.objects.get(issue="echouee")
    assert echec.moyen == "second_facteur"
    assert Connexion.objects.ouvertes().get().second_facteur


def test_given_an_unknown_address_when_a_sign_in_fails_then_nothing_typed_is_kept(client: Client) -> None:
    client.post("/compte/login/", {"login": "inconnue@essai.example", "password": "secret"})
    assert not Connexion.objects.exists()


# --- Traces --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("adresse", "attendu"),
    [
        ("203.0.113.7", "203.0.113.x"),
        ("::ffff:203.0.113.7", "203.0.113.x"),
        ("2001:db8:abcd:12::1", "2001:db8:abcd::/48"),
        ("n’importe quoi", ""),
        ("", ""),
    ],
)
def test_given_an_address_when_cut_then_its_network_alone_is_left(adresse: str, attendu: str) -> None:
    assert truncate(adresse) == attendu


def test_given_old_traces_when_their_time_is_over_then_they_are_erased_and_not_a_day_before(
    settings: Any,
) -> None:
    settings.GEN_TRACES_JOURS = 183
    with time_machine.travel("2026-03-02 09:00:00+00:00", tick=False) as voyage:
        _browser().force_login(utilisateur())
        voyage.shift(timedelta(days=183))
        assert forget_old() == 0
        voyage.shift(1)
        assert forget_old() == 1
    assert not Connexion.objects.exists()
