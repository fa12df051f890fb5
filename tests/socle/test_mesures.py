"""The metrics: who reads them, what they say, and at which cost."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from comptes.models import Role
from socle import balayages, horloge, mesures
from socle.models import Antivirus, Courriel, Fichier, Passage, Travail
from tests.comptes.fabriques import utilisateur

pytestmark = pytest.mark.django_db

ADRESSE = "/metriques/"


def lues() -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels."""
    familles = text_string_to_metric_families(mesures.text().decode())
    return {
        (point.name, *point.labels.values()): point.value for famille in familles for point in famille.samples
    }


def un_travail(etat: str, **valeurs: Any) -> Travail:
    return Travail.objects.create(genre="essai", cle=str(uuid.uuid4()), etat=etat, **valeurs)


def un_courriel(**valeurs: Any) -> Courriel:
    commun = {"gabarit": "essai", "destinataire_genre": "essai", "destinataire_id": uuid.uuid4()}
    return Courriel.objects.create(cle=str(uuid.uuid4()), email="a@b.example", objet="x", **commun, **valeurs)


def un_fichier(antivirus: str, **valeurs: Any) -> Fichier:
    commun: dict[str, Any] = {
        "nom": "a.pdf",
        "contenu": f"fichiers/{uuid.uuid4()}",
        "type_mime": "x",
        "taille": 1,
    }
    commun |= {"sha256": "0" * 64, "proprietaire_genre": "essai", "proprietaire_id": uuid.uuid4()}
    commun |= {"politique": "essai", "depose_par_genre": "essai"}
    return Fichier.objects.create(**commun, antivirus=antivirus, **valeurs)


def ago(secondes: int) -> Any:
    return horloge.real_now() - timedelta(seconds=secondes)


@pytest.fixture
def jeton(settings: Any) -> str:
    settings.GEN_METRIQUES_JETON = "un-jeton-de-supervision"
    return "un-jeton-de-supervision"


def test_given_the_token_when_asked_then_the_text_of_prometheus(client: Client, jeton: str) -> None:
    reponse = client.get(ADRESSE, headers={"Authorization": f"Bearer {jeton}"})
    assert reponse.status_code == 200
    assert reponse.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "no-store" in reponse.headers["Cache-Control"]
    assert b'gen_portail_info{version="locale"} 1.0' in reponse.content


@pytest.mark.parametrize("entete", ["", "Bearer ", "Bearer autre", "un-jeton-de-supervision", "Bearer é"])
def test_given_no_right_token_when_asked_then_the_page_does_not_exist(
    client: Client, jeton: str, entete: str
) -> None:
    assert client.get(ADRESSE, headers={"Authorization": entete}).status_code == 404


def test_given_no_token_set_when_an_empty_one_is_sent_then_the_page_does_not_exist(
    client: Client, settings: Any
) -> None:
    settings.GEN_METRIQUES_JETON = ""
    assert client.get(ADRESSE, headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize("role", [None, Role.INSTRUCTEUR, Role.DIRECTION, Role.COMITE])
def test_given_a_person_who_is_no_administrator_when_asked_then_the_page_does_not_exist(
    client: Client, role: str | None
) -> None:
    client.force_login(utilisateur(*([role] if role else [])))
    assert client.get(ADRESSE).status_code == 404


def test_given_an_administrator_when_asked_then_read_and_never_posted(client: Client) -> None:
    client.force_login(utilisateur(Role.ADMINISTRATEUR))
    assert client.get(ADRESSE).status_code == 200
    assert client.post(ADRESSE).status_code == 405


def test_given_rows_of_each_kind_when_read_then_counted_and_aged() -> None:
    un_travail("A_FAIRE", prochaine_tentative=ago(90))
    un_travail("A_FAIRE", prochaine_tentative=ago(-3600))
    un_travail("MORT", termine_le=ago(5))
    un_travail("FAIT", termine_le=ago(5))
    un_courriel(cree_le=ago(600), prochaine_tentative=ago(60))
    un_courriel(etat="A_VERIFIER")
    un_courriel(etat="ECHEC")
    un_courriel(etat="REMIS", remis_le=ago(5))
    un_fichier(Antivirus.A_ANALYSER, prochaine_analyse_le=ago(-60), depose_le=ago(120))
    un_fichier(Antivirus.QUARANTAINE, prochaine_analyse_le=ago(-60), analyse_le=ago(60), depose_le=ago(30))
    un_fichier(Antivirus.INFECTE, analyse_le=ago(60))
    un_fichier(Antivirus.SAIN, analyse_le=ago(60))

    valeurs = lues()

    travaux = {etat: valeurs["gen_travaux", etat] for etat in ("A_FAIRE", "EN_COURS", "ECHEC", "MORT")}
    assert travaux == {"A_FAIRE": 2, "EN_COURS": 0, "ECHEC": 0, "MORT": 1}
    courriels = {nom[1]: valeur for nom, valeur in valeurs.items() if nom[0] == "gen_courriels"}
    assert courriels == {"A_ENVOYER": 1, "EN_REMISE": 0, "ECHEC": 1, "A_VERIFIER": 1}
    fichiers = {nom[1]: valeur for nom, valeur in valeurs.items() if nom[0] == "gen_fichiers"}
    assert fichiers == {"A_ANALYSER": 1, "QUARANTAINE": 1, "INFECTE": 1, "ILLISIBLE": 0}
    assert 90 <= valeurs[("gen_travaux_overdue_seconds",)] < 150
    assert 600 <= valeurs[("gen_courriels_oldest_age_seconds",)] < 660
    assert 60 <= valeurs[("gen_courriels_overdue_seconds",)] < 120
    assert 120 <= valeurs[("gen_fichiers_oldest_wait_seconds",)] < 180
    assert valeurs[("gen_journal_gardes_missing",)] == 0


def test_given_nothing_when_read_then_no_age() -> None:
    valeurs = lues()
    assert valeurs[("gen_courriels_oldest_age_seconds",)] == valeurs[("gen_travaux_overdue_seconds",)] == 0
    assert not [nom for nom in valeurs if nom[0] == "gen_balayage_lag_seconds"]


def test_given_a_missing_guard_when_read_then_counted(journal_sans_gardes: None) -> None:
    assert lues()[("gen_journal_gardes_missing",)] == 2


def test_given_a_tick_when_a_sweep_fails_then_its_last_success_stays_and_the_others_are_fresh(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken() -> int:
        raise RuntimeError("panne")

    balayages.run_all()
    assert set(Passage.objects.values_list("erreur", flat=True)) == {""}
    Passage.objects.update(reussi_le=ago(500), fini_le=ago(500))
    monkeypatch.setitem(balayages._registered, "orphelins", broken)
    with pytest.raises(balayages.BalayageEnEchec):
        balayages.run_all()

    valeurs = lues()
    assert 500 <= valeurs["gen_balayage_lag_seconds", "orphelins"] < 560
    assert valeurs["gen_balayage_failed", "orphelins"] == 1
    assert valeurs["gen_balayage_lag_seconds", "rappels"] < 60
    assert valeurs["gen_balayage_failed", "rappels"] == 0


def test_given_a_command_when_it_drains_then_it_passes_for_no_tick() -> None:
    balayages.run_all(sur_place=True)
    assert not Passage.objects.exists()


def test_given_one_or_three_rows_of_each_when_read_then_the_same_queries(
    django_assert_num_queries: Any,
) -> None:
    for nombre in (1, 2):
        for _ in range(nombre):
            un_travail("MORT", termine_le=ago(5))
            un_courriel()
            un_fichier(Antivirus.INFECTE, analyse_le=ago(60))
            Passage.objects.create(balayage=str(uuid.uuid4()), fini_le=ago(5))
        gardes = 2
        with django_assert_num_queries(13 + gardes):
            mesures.text()


def test_given_a_redis_broker_that_is_away_when_read_then_said_and_the_rest_is_there(settings: Any) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    valeurs = lues()
    assert valeurs[("gen_broker_up",)] == 0
    assert ("gen_broker_messages",) not in valeurs
    assert valeurs["gen_travaux", "MORT"] == 0
