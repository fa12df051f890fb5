"""A lost second factor: handled by a person, with a trace, and never for oneself."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth import SESSION_KEY
from django.core.cache import cache
from django.test import Client

from comptes.domain.second_facteur import reset_second_factor, resets_of
from comptes.models import Role
from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier
from socle.models import Courriel, Evenement
from tests.comptes.fabriques import utilisateur
from tests.comptes.totp import enrol, mailed_code, sign_in, sign_in_fully

pytestmark = pytest.mark.django_db

MOTIF = "Téléphone volé le 3 mars ; rappelé au standard de l’organisme."


@pytest.fixture(autouse=True)
def _portes(settings: Any) -> None:
    settings.GEN_SECOND_FACTEUR = True
    cache.clear()


def _screen(personne: Any) -> str:
    return f"/admin/comptes/secondfacteur/personne/{personne.pk}/retirer/"


def test_given_a_lost_telephone_when_an_administrator_takes_the_factor_off_then_a_new_one_is_guided_to() -> (
    None
):
    administratrice, personne = utilisateur(Role.ADMINISTRATEUR), utilisateur(Role.INSTRUCTEUR)
    bureau, poste = Client(), Client()
    sign_in_fully(poste, personne, enrol(personne))
    assert poste.get("/admin/").status_code == 200
    sign_in_fully(bureau, administratrice, enrol(administratrice))
    liste = bureau.get("/admin/comptes/secondfacteur/").content.decode()
    assert _screen(personne) in liste

    reponse = bureau.post(_screen(personne), {"motif": MOTIF, "reconnue": "on"}, follow=True)
    assert "est retiré et ses sessions sont fermées" in reponse.content.decode()
    assert not Authenticator.objects.filter(user=personne).exists()
    assert SESSION_KEY not in poste.session
    assert poste.get("/admin/").url.startswith("/admin/login/")

    evenement = Evenement.objects.get(verbe="second_facteur.retire")
    assert evenement.acteur_id == administratrice.pk
    assert evenement.sujet_id == personne.pk
    assert "volé" not in str(evenement.donnees)
    assert evenement.donnees["moyens"] == ["recovery_codes", "totp"]
    assert resets_of(personne).get().apres == MOTIF
    assert MOTIF in bureau.get(_screen(personne)).content.decode()
    courriel = Courriel.objects.get(gabarit="compte_second_facteur_retire")
    assert courriel.email == personne.email
    assert courriel.objet.startswith("Votre second facteur a été retiré\u00a0: le ")
    assert "volé" not in courriel.texte

    # The password alone does not enrol a new one: a code goes to the person's address first.
    sign_in(poste, personne)
    assert SESSION_KEY not in poste.session
    poste.post("/compte/login/code/confirm/", {"code": mailed_code(personne.email)})
    assert poste.get("/admin/").url.startswith("/comptes/second-facteur/")


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATEUR])
def test_given_another_role_when_taking_a_factor_off_then_it_is_refused(role: str) -> None:
    personne = utilisateur(Role.INSTRUCTEUR)
    enrol(personne)
    with pytest.raises(ActeurRefuse):
        reset_second_factor(acteur=utilisateur(role), utilisateur=personne, motif=MOTIF)
    assert Authenticator.objects.filter(user=personne).exists()


def test_given_an_administrator_when_taking_off_their_own_factor_then_another_one_is_needed(
    client: Client,
) -> None:
    personne = utilisateur(Role.ADMINISTRATEUR)
    sign_in_fully(client, personne, enrol(personne))
    page = client.post(_screen(personne), {"motif": MOTIF, "reconnue": "on"})
    assert page.status_code == 422
    assert "demandez-le à un autre administrateur" in page.content.decode()
    assert Authenticator.objects.filter(user=personne).count() == 2
    assert not Evenement.objects.filter(verbe="second_facteur.retire").exists()


@pytest.mark.parametrize("motif", ["", " " * 30, "perdu", "x" * 501])
def test_given_a_poor_reason_when_taking_a_factor_off_then_it_is_refused(motif: str) -> None:
    personne = utilisateur(Role.INSTRUCTEUR)
    enrol(personne)
    with pytest.raises(DonneesInvalides):
        reset_second_factor(acteur=utilisateur(Role.ADMINISTRATEUR), utilisateur=personne, motif=motif)
    assert Authenticator.objects.filter(user=personne).exists()


@pytest.mark.parametrize("longueur", [15, 500])
def test_given_a_reason_at_the_bounds_when_taking_a_factor_off_then_it_is_done(longueur: int) -> None:
    personne = utilisateur(Role.INSTRUCTEUR)
    enrol(personne)
    acteur = utilisateur(Role.ADMINISTRATEUR)
    assert reset_second_factor(acteur=acteur, utilisateur=personne, motif="x" * longueur) == 2


def test_given_nothing_to_take_off_when_tried_then_it_says_so() -> None:
    with pytest.raises(ErreurMetier, match="rien à retirer"):
        reset_second_factor(acteur=utilisateur(Role.ADMINISTRATEUR), utilisateur=utilisateur(), motif=MOTIF)


def test_given_nobody_recognised_when_the_form_is_sent_then_it_is_refused_beside_the_box(
    client: Client,
) -> None:
    administratrice, personne = utilisateur(Role.ADMINISTRATEUR), utilisateur(Role.INSTRUCTEUR)
    enrol(personne)
    sign_in_fully(client, administratrice, enrol(administratrice))
    page = client.post(_screen(personne), {"motif": MOTIF})
    assert page.status_code == 422
    assert "Assurez-vous d’abord" in page.content.decode()
    assert Authenticator.objects.filter(user=personne).exists()


def test_given_an_instructor_when_the_screen_or_the_list_is_asked_then_it_is_refused(client: Client) -> None:
    personne = utilisateur(Role.INSTRUCTEUR)
    sign_in_fully(client, personne, enrol(personne))
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/comptes/secondfacteur/").status_code == 403
    assert client.get(_screen(utilisateur())).status_code == 403


def test_given_a_person_at_the_second_factor_when_it_is_lost_then_the_page_says_whom_to_call(
    client: Client, settings: Any
) -> None:
    personne = utilisateur(Role.INSTRUCTEUR)
    enrol(personne)
    page = sign_in(client, personne).content.decode()
    assert "Téléphone ou clé perdus" in page
    assert settings.GEN_TELEPHONE_AIDE in page
