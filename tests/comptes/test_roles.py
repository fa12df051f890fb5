"""Roles: given by an administrator, never to oneself, and no role passes every check."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client

from comptes import domain
from comptes.models import Role, RoleAttribue, Utilisateur
from socle import horloge
from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier
from socle.models import Evenement
from socle.references import SYSTEME
from tests.comptes.fabriques import structure, utilisateur

pytestmark = pytest.mark.django_db


def test_given_an_administrator_when_giving_a_role_then_the_person_holds_it_and_it_is_written() -> None:
    administrateur, personne = utilisateur(Role.ADMINISTRATEUR), utilisateur()
    assert not personne.is_staff
    domain.grant_role(acteur=administrateur, utilisateur=personne, role=Role.INSTRUCTEUR)
    assert personne.a_role("instructeur")
    assert personne.is_staff
    fait = Evenement.objects.filter(verbe="role.donne", chaine="portail").latest("numero")
    assert fait.acteur_id == administrateur.pk
    assert fait.donnees["utilisateur"] == str(personne.pk)


@pytest.mark.parametrize("role", [Role.INSTRUCTEUR, Role.DIRECTION, Role.COMITE, Role.REGION])
def test_given_any_other_role_when_giving_a_role_then_it_is_refused(role: str) -> None:
    with pytest.raises(ActeurRefuse):
        domain.grant_role(acteur=utilisateur(role), utilisateur=utilisateur(), role=Role.DIRECTION)


def test_given_an_administrator_when_giving_or_taking_their_own_role_then_it_is_refused() -> None:
    administrateur = utilisateur(Role.ADMINISTRATEUR)
    with pytest.raises(ActeurRefuse, match="ses propres rôles"):
        domain.grant_role(acteur=administrateur, utilisateur=administrateur, role=Role.DIRECTION)
    with pytest.raises(ActeurRefuse, match="ses propres rôles"):
        domain.revoke_role(acteur=administrateur, attribue=administrateur.roles_attribues.get())


def test_given_a_role_when_taken_back_then_it_stops_at_that_instant_and_its_past_stays() -> None:
    with time_machine.travel(datetime(2021, 9, 20, 8, tzinfo=UTC), tick=False) as temps:
        administrateur, personne = utilisateur(Role.ADMINISTRATEUR), utilisateur(Role.DIRECTION)
        temps.shift(60)
        attribue = personne.roles_attribues.get()
        domain.revoke_role(acteur=administrateur, attribue=attribue)
        personne = Utilisateur.objects.get(pk=personne.pk)
        assert not personne.a_role(Role.DIRECTION)
        assert not personne.is_staff
        attribue.refresh_from_db()
        assert attribue.au == horloge.now()
        with pytest.raises(ErreurMetier):
            domain.revoke_role(acteur=administrateur, attribue=attribue)
        domain.grant_role(acteur=administrateur, utilisateur=personne, role=Role.DIRECTION)
        assert RoleAttribue.objects.filter(utilisateur=personne).count() == 2


def test_given_a_region_referent_when_the_region_is_missing_then_it_is_refused_and_so_by_the_base() -> None:
    personne = utilisateur()
    with pytest.raises(DonneesInvalides):
        domain.grant_role(acteur=SYSTEME, utilisateur=personne, role=Role.REGION)
    with pytest.raises(DonneesInvalides):
        domain.grant_role(acteur=SYSTEME, utilisateur=personne, role=Role.COMITE, region_code="84")
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleAttribue.objects.create(utilisateur=personne, role=Role.REGION)
    domain.grant_role(acteur=SYSTEME, utilisateur=personne, role=Role.REGION, region_code="84")
    assert personne.codes_regions == {"84"}


def test_given_a_role_held_when_given_again_then_it_is_refused_and_so_by_the_base() -> None:
    personne = utilisateur(Role.INSTRUCTEUR)
    with pytest.raises(DonneesInvalides, match="déjà ce rôle"):
        domain.grant_role(acteur=SYSTEME, utilisateur=personne, role=Role.INSTRUCTEUR)
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleAttribue.objects.create(utilisateur=personne, role=Role.INSTRUCTEUR)


def test_given_every_role_at_once_when_asked_an_unknown_permission_then_nobody_passes() -> None:
    personne = utilisateur(*Role.values)
    assert personne.is_superuser is False
    assert personne.has_perm("comptes.grant_role")
    assert not personne.has_perm("comptes.permission_inconnue")
    assert not personne.has_perm("comptes.edit_structure", structure())


def test_given_a_closed_account_when_asked_then_its_roles_open_nothing() -> None:
    personne = utilisateur(Role.ADMINISTRATEUR)
    assert personne.has_perm("comptes.grant_role")
    personne.is_active = False
    assert not personne.has_perm("comptes.grant_role")
    assert not personne.is_staff


def test_given_two_spellings_of_an_address_then_there_is_one_account() -> None:
    personne = utilisateur(email="Camille.Durand@Essai.example")
    assert personne.email == "camille.durand@essai.example"
    assert Utilisateur.objects.get_by_natural_key("CAMILLE.DURAND@essai.example") == personne
    with pytest.raises(DonneesInvalides):
        utilisateur(email="camille.DURAND@essai.example")
    with pytest.raises(IntegrityError), transaction.atomic():
        Utilisateur.objects.create(email="Majuscule@essai.example", prenom="A", nom="B")


def test_given_one_person_when_their_roles_are_asked_many_times_then_the_base_is_read_once(
    django_assert_num_queries: object,
) -> None:
    personne = Utilisateur.objects.get(pk=utilisateur(Role.INSTRUCTEUR, Role.DIRECTION).pk)
    with django_assert_num_queries(1):
        assert personne.a_role(Role.INSTRUCTEUR)
        assert personne.a_role(Role.DIRECTION)
        assert personne.is_staff
        assert not personne.a_role(Role.COMITE)


def test_given_a_role_already_given_when_an_administrator_opens_it_in_the_admin_then_it_is_read(
    client: Client,
) -> None:
    client.force_login(utilisateur(Role.ADMINISTRATEUR))
    attribue = RoleAttribue.objects.get()
    page = client.get(f"/admin/comptes/roleattribue/{attribue.pk}/change/").content.decode()
    assert str(attribue) in page
