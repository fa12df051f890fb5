"""The admin: who enters, by which door, and what it lets nobody do."""

import pytest
from django.contrib import admin
from django.test import Client

from comptes.models import Role, RoleAttribue
from socle.models import Courriel, Document, Echeance, Evenement, Travail
from tests.comptes.fabriques import structure, utilisateur

pytestmark = pytest.mark.django_db


def _signed_in(*roles: str) -> Client:
    navigateur = Client()
    navigateur.force_login(utilisateur(*roles))
    return navigateur


def test_given_nobody_signed_in_when_the_admin_is_asked_then_the_portal_signs_in(client: Client) -> None:
    reponse = client.get("/admin/login/?next=/admin/comptes/structure/")
    assert reponse.url == "/compte/login/?next=%2Fadmin%2Fcomptes%2Fstructure%2F"


@pytest.mark.parametrize("role", [Role.INSTRUCTEUR, Role.DIRECTION, Role.ADMINISTRATEUR])
def test_given_a_role_of_gen_when_the_admin_is_asked_then_it_opens(role: str) -> None:
    page = _signed_in(role).get("/admin/").content.decode()
    assert "Instruction du label GEN" in page
    assert "labellisation@" in page


@pytest.mark.parametrize("roles", [(), (Role.COMITE,), (Role.REGION,)])
def test_given_no_role_of_gen_when_the_admin_is_asked_then_it_is_refused(roles: tuple[str, ...]) -> None:
    reponse = _signed_in(*roles).get("/admin/", follow=True)
    assert reponse.status_code == 403
    assert "Vos droits n’ouvrent pas cette page" in reponse.content.decode()


def test_given_an_unknown_address_inside_the_admin_then_it_is_a_404() -> None:
    reponse = _signed_in(Role.ADMINISTRATEUR).get("/admin/n-existe-pas/")
    assert reponse.status_code == 404
    assert "Page introuvable" in reponse.content.decode()


def test_given_the_admin_when_answered_then_its_policy_has_no_unsafe_word() -> None:
    politique = _signed_in(Role.ADMINISTRATEUR).get("/admin/").headers["Content-Security-Policy"]
    assert "style-src 'self'" in politique
    assert "unsafe" not in politique


@pytest.mark.parametrize("modele", [Evenement, Courriel, Travail, Echeance, Document])
def test_given_the_technical_screens_when_opened_then_an_administrator_reads_and_nobody_writes(
    modele: type,
) -> None:
    liste = f"/admin/socle/{modele._meta.model_name}/"
    administrateur = _signed_in(Role.ADMINISTRATEUR)
    assert administrateur.get(liste).status_code == 200
    assert administrateur.get(f"{liste}add/").status_code == 403
    assert _signed_in(Role.INSTRUCTEUR).get(liste).status_code == 403


def test_given_an_event_when_shown_in_the_admin_then_it_cannot_be_changed_or_deleted() -> None:
    administrateur = _signed_in(Role.ADMINISTRATEUR)
    fait = Evenement.objects.first()
    assert fait is not None
    fiche = f"/admin/socle/evenement/{fait.pk}/"
    page = administrateur.get(f"{fiche}change/")
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert administrateur.post(f"{fiche}change/", {"verbe": "autre"}).status_code == 403
    assert administrateur.post(f"{fiche}delete/", {"post": "yes"}).status_code == 403


def test_given_an_instructor_when_reading_structures_then_they_see_them_and_edit_none() -> None:
    lieu = structure()
    instructeur = _signed_in(Role.INSTRUCTEUR)
    fiche = f"/admin/comptes/structure/{lieu.pk}/change/"
    assert lieu.raison_sociale in instructeur.get("/admin/comptes/structure/").content.decode()
    assert instructeur.get(fiche).status_code == 200
    assert instructeur.post(fiche, {"raison_sociale": "Autre"}).status_code == 403
    assert instructeur.get("/admin/comptes/utilisateur/").status_code == 403


def test_given_an_administrator_when_giving_then_ending_a_role_then_the_verbs_write_it() -> None:
    personne = utilisateur()
    administrateur = _signed_in(Role.ADMINISTRATEUR)
    envoi = {"email": personne.email.upper(), "role": Role.INSTRUCTEUR, "region_code": "", "organisation": ""}
    assert administrateur.post("/admin/comptes/roleattribue/add/", envoi).status_code == 302
    attribue = RoleAttribue.objects.get(utilisateur=personne)
    faits = Evenement.objects.filter(sujet_id=attribue.pk)
    assert [fait.verbe for fait in faits] == ["role.donne"]

    choix = {"action": "retirer", "_selected_action": str(attribue.pk)}
    administrateur.post("/admin/comptes/roleattribue/", choix)
    attribue.refresh_from_db()
    assert attribue.au is not None
    assert faits.filter(verbe="role.retire").exists()


def test_given_an_administrator_when_giving_a_role_to_themself_then_it_is_refused() -> None:
    moi = utilisateur(Role.ADMINISTRATEUR)
    navigateur = Client()
    navigateur.force_login(moi)
    envoi = {"email": moi.email, "role": Role.DIRECTION, "region_code": "", "organisation": ""}
    page = navigateur.post("/admin/comptes/roleattribue/add/", envoi, follow=True).content.decode()
    assert "Personne ne change ses propres rôles" in page
    assert not moi.roles_attribues.filter(role=Role.DIRECTION).exists()


@pytest.mark.parametrize(
    ("role", "email", "phrase"),
    [
        (Role.REGION, "", "Indiquez la région de ce référent régional."),
        (Role.COMITE, "personne@inconnue.example", "Aucun compte n’a cette adresse"),
    ],
)
def test_given_a_wrong_form_when_giving_a_role_then_the_sentence_stands_beside_the_field(
    role: str, email: str, phrase: str
) -> None:
    envoi = {"email": email or utilisateur().email, "role": role, "region_code": "", "organisation": ""}
    reponse = _signed_in(Role.ADMINISTRATEUR).post("/admin/comptes/roleattribue/add/", envoi)
    assert reponse.status_code == 200
    assert phrase in reponse.content.decode()
    assert not RoleAttribue.objects.filter(role=role).exists()


def test_given_the_admin_site_then_no_deletion_in_bulk_is_offered_on_our_screens() -> None:
    from comptes.admin import RoleAttribueAdmin, StructureAdmin, UtilisateurAdmin
    from socle.admin import LectureSeule

    for ecran in (RoleAttribueAdmin, StructureAdmin, UtilisateurAdmin):
        assert issubclass(ecran, LectureSeule)
    requete = type("R", (), {"user": utilisateur(Role.ADMINISTRATEUR)})()
    for modele, ecran in admin.site._registry.items():
        if modele._meta.app_label in {"comptes", "socle"}:
            assert not ecran.has_delete_permission(requete), modele
