"""Structures: who creates them, what identifies them, who sees them."""

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from comptes import domain
from comptes.domain.structures import department_of
from comptes.models import Role, RoleMembre, Structure, Utilisateur
from referentiels.models import OrganismeFormation
from socle.erreurs import ActeurRefuse, DonneesInvalides
from socle.models import Evenement, Revision
from tests.candidatures.fabriques import commune
from tests.comptes.fabriques import DONNEES_STRUCTURE, membre, siret, structure, utilisateur

pytestmark = pytest.mark.django_db


def test_given_a_person_when_creating_a_structure_then_they_answer_for_it_and_it_is_written() -> None:
    personne = utilisateur()
    numero = siret()
    lieu = domain.create_structure(acteur=personne, donnees={**DONNEES_STRUCTURE, "siret": numero})
    assert lieu.siret == numero
    assert lieu.departement == "69"
    assert personne.role_dans(lieu) == RoleMembre.RESPONSABLE
    faits = Evenement.objects.filter(chaine=f"structure:{lieu.pk}").order_by("numero")
    assert [fait.verbe for fait in faits] == ["structure.creee", "membre.arrive"]
    assert {fait.acteur_id for fait in faits} == {personne.pk}


@pytest.mark.regle("R14")
@pytest.mark.parametrize(
    ("saisi", "phrase"),
    [
        ("", "Le SIRET"),
        ("123", "14 chiffres"),
        ("12345678900011", "clé de contrôle est fausse"),
        ("ABCDEFGHIJKLMN", "ne contient que des chiffres"),
    ],
)
def test_given_a_wrong_siret_when_creating_then_a_sentence_says_what_to_mend(saisi: str, phrase: str) -> None:
    with pytest.raises(DonneesInvalides) as refus:
        domain.create_structure(acteur=utilisateur(), donnees={**DONNEES_STRUCTURE, "siret": saisi})
    assert phrase in " ".join(refus.value.erreurs["siret"])
    assert not Structure.objects.exists()


@pytest.mark.regle("R14")
def test_given_the_siret_of_la_poste_with_spaces_when_creating_then_it_is_taken_and_stored_bare() -> None:
    lieu = domain.create_structure(
        acteur=utilisateur(), donnees={**DONNEES_STRUCTURE, "siret": "356 000 000 00048"}
    )
    assert lieu.siret == "35600000000048"


def test_given_a_siret_already_there_when_creating_then_the_person_is_told_to_ask_for_an_invitation() -> None:
    lieu = structure()
    with pytest.raises(DonneesInvalides) as refus:
        domain.create_structure(acteur=utilisateur(), donnees={**DONNEES_STRUCTURE, "siret": lieu.siret})
    assert "demandez une invitation" in refus.value.erreurs["siret"][0]


def test_given_missing_fields_when_creating_then_each_is_named() -> None:
    with pytest.raises(DonneesInvalides) as refus:
        domain.create_structure(acteur=utilisateur(), donnees={"siret": siret()})
    assert {"raison_sociale", "forme_juridique", "code_postal", "representant_nom"} <= set(
        refus.value.erreurs
    )


def test_given_the_portal_itself_without_a_responsable_when_creating_then_it_is_refused() -> None:
    from socle.references import SYSTEME

    with pytest.raises(DonneesInvalides):
        domain.create_structure(acteur=SYSTEME, donnees={**DONNEES_STRUCTURE, "siret": siret()})


def test_given_a_responsable_when_editing_then_old_and_new_values_are_kept_and_no_more() -> None:
    personne = utilisateur()
    lieu = structure(personne)
    domain.edit_structure(
        acteur=personne, structure=lieu, donnees={"commune": "Villeurbanne", "adresse": lieu.adresse}
    )
    lieu.refresh_from_db()
    assert lieu.commune == "Villeurbanne"
    revision = Revision.objects.get(objet_id=lieu.pk)
    assert (revision.champ, revision.avant, revision.apres) == ("commune", "Lyon", "Villeurbanne")
    fait = Evenement.objects.get(chaine=lieu.chaine_journal, verbe="structure.modifiee")
    assert fait.donnees == {"champs": ["commune"]}


def test_given_nothing_changed_when_editing_then_nothing_is_written() -> None:
    personne = utilisateur()
    lieu = structure(personne)
    domain.edit_structure(acteur=personne, structure=lieu, donnees={"commune": "Lyon"})
    assert not Evenement.objects.filter(verbe="structure.modifiee").exists()
    assert not Revision.objects.exists()


def test_given_a_contributeur_or_a_stranger_when_editing_then_it_is_refused() -> None:
    lieu = structure()
    for personne in (membre(lieu), utilisateur(), utilisateur(Role.ADMINISTRATEUR)):
        with pytest.raises(ActeurRefuse):
            domain.edit_structure(acteur=personne, structure=lieu, donnees={"commune": "Ailleurs"})
    lieu.refresh_from_db()
    assert lieu.commune == "Lyon"


def test_given_a_responsable_when_changing_the_siret_then_it_is_refused() -> None:
    personne = utilisateur()
    lieu = structure(personne)
    with pytest.raises(DonneesInvalides) as refus:
        domain.edit_structure(acteur=personne, structure=lieu, donnees={"siret": siret()})
    assert "siret" in refus.value.erreurs


@pytest.mark.parametrize(
    ("code_postal", "commune", "departement"),
    [
        ("69007", "", "69"),
        ("97400", "", "974"),
        ("20000", "", "2A"),
        ("20200", "", "2B"),
        ("20167", "2A004", "2A"),
        ("97133", "97123", "971"),
    ],
)
def test_given_a_postal_code_when_read_then_the_department_follows(
    code_postal: str, commune: str, departement: str
) -> None:
    assert department_of(code_postal, commune) == departement


# --- Who sees ----------------------------------------------------------------------------------


def test_given_two_structures_when_each_person_looks_then_they_see_theirs_and_gen_sees_both() -> None:
    ici, ailleurs = structure(), structure()
    du_lieu = membre(ici)
    assert set(Structure.objects.visible_to(du_lieu)) == {ici}
    for role in (Role.INSTRUCTEUR, Role.DIRECTION, Role.ADMINISTRATEUR):
        assert set(Structure.objects.visible_to(utilisateur(role))) == {ici, ailleurs}
    for personne in (utilisateur(), utilisateur(Role.COMITE), utilisateur(Role.REGION)):
        assert not Structure.objects.visible_to(personne).exists()


def test_given_a_foreign_structure_when_its_pages_are_asked_then_they_do_not_exist() -> None:
    lieu = structure()
    navigateur = Client()
    navigateur.force_login(membre(lieu))
    assert navigateur.get(f"/comptes/structure/{lieu.pk}/").status_code == 200
    navigateur.force_login(utilisateur())
    for suite in ("", "modifier/", "inviter/"):
        assert navigateur.get(f"/comptes/structure/{lieu.pk}/{suite}").status_code == 404
    retrait = f"/comptes/structure/{lieu.pk}/membres/{lieu.appartenances.first().pk}/retirer/"
    assert navigateur.post(retrait).status_code == 404


# --- Pages -------------------------------------------------------------------------------------


def test_given_the_form_when_sent_well_then_the_structure_exists_and_its_page_opens() -> None:
    navigateur = Client()
    navigateur.force_login(utilisateur())
    envoi = {**DONNEES_STRUCTURE, "siret": siret(), "telephone": "", "email": ""}
    reponse = navigateur.post("/comptes/structure/nouvelle/", envoi, follow=True)
    page = reponse.content.decode()
    assert reponse.status_code == 200
    assert "École des Alpes numériques" in page
    assert "vous en êtes responsable" in page


def test_given_the_form_when_the_siret_is_wrong_then_a_summary_leads_to_the_field() -> None:
    navigateur = Client()
    navigateur.force_login(utilisateur())
    reponse = navigateur.post(
        "/comptes/structure/nouvelle/", {**DONNEES_STRUCTURE, "siret": "12345678900011"}
    )
    page = reponse.content.decode()
    assert reponse.status_code == 422
    assert "Une erreur à corriger" in page
    assert 'href="#id_siret"' in page
    assert page.count("clé de contrôle est fausse") == 2


def test_given_a_contributeur_when_opening_the_form_of_the_responsable_then_it_is_refused() -> None:
    lieu = structure()
    navigateur = Client()
    navigateur.force_login(membre(lieu))
    reponse = navigateur.get(f"/comptes/structure/{lieu.pk}/modifier/")
    assert reponse.status_code == 403
    assert "Seul un responsable" in reponse.content.decode()


# --- The public list, beside the SIRET of a new structure --------------------------------------------
CONNU = "99900901200017"


@pytest.fixture
def liste() -> None:
    """A body of the list, in a commune that the portal knows."""
    commune("59512", "Roubaix")
    OrganismeFormation.objects.create(
        nda="32591234567",
        siren=CONNU[:9],
        siret=CONNU,
        denomination="PASSERELLES NUMERIQUES",
        denomination_recherche="passerelles numeriques",
        adresse="1 rue de l’Essai",
        code_postal="59100",
        ville="ROUBAIX",
    )


def signed_in(personne: Utilisateur) -> Client:
    """Return the browser of a person."""
    client = Client()
    client.force_login(personne, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.mark.regle("R14")
def test_given_letters_or_digits_when_searched_then_the_list_gives_the_siret_and_the_record(
    liste: None,
) -> None:
    client = signed_in(utilisateur())
    for texte in ("passer num", "999 009 012", CONNU):
        [suggestion] = client.get(reverse("comptes:organismes"), {"q": texte}).json()["suggestions"]
        assert (suggestion["valeur"], suggestion["texte"]) == (CONNU, "PASSERELLES NUMERIQUES")
        assert "59100 ROUBAIX, SIRET 999" in suggestion["detail"]
        assert suggestion["remplir"] == {
            "raison_sociale": "PASSERELLES NUMERIQUES",
            "nda": "32591234567",
            "adresse": "1 rue de l’Essai",
            "code_postal": "59100",
            "commune": "Roubaix",
        }
    for texte in ("", "p", "inconnue", "x" * 500):
        assert client.get(reverse("comptes:organismes"), {"q": texte}).json() == {"suggestions": []}


def test_given_one_or_three_bodies_when_searched_then_it_costs_the_same(
    liste: None, django_assert_num_queries: Any
) -> None:
    personne = utilisateur()
    client = signed_in(personne)
    premier = OrganismeFormation.objects.get()
    for nombre in (1, 3):
        for rang in range(OrganismeFormation.objects.count(), nombre):
            premier.pk, premier.nda = uuid.uuid4(), f"3259123456{rang}"
            premier.siren, premier.siret = f"99900902{rang}", f"99900902{rang}00017"
            premier._state.adding = True
            premier.save()
        # The session, the person; then the bodies that begin so, those that hold it, the communes.
        with django_assert_num_queries(5):
            trouves = client.get(reverse("comptes:organismes"), {"q": "passerelles"}).json()["suggestions"]
        assert len(trouves) == nombre


@pytest.mark.regle("R14")
def test_given_the_button_without_script_then_what_is_typed_stays_and_the_rest_is_filled(liste: None) -> None:
    client = signed_in(utilisateur())
    adresse = reverse("comptes:structure-creer")
    saisie = {"siret": "999 009 012 00017", "raison_sociale": "Mon école", "representant_nom": "Roux"}
    reponse = client.post(adresse, {**saisie, "chercher": "1"})
    texte = reponse.content.decode()
    assert reponse.status_code == 200
    assert "Les réponses vides sont remplies. Vérifiez-les." in texte
    valeurs = {nom: reponse.context["form"][nom].value() for nom in reponse.context["form"].fields}
    assert (valeurs["raison_sociale"], valeurs["representant_nom"]) == ("Mon école", "Roux")
    assert (valeurs["nda"], valeurs["adresse"], valeurs["commune"]) == (
        "32591234567",
        "1 rue de l’Essai",
        "Roubaix",
    )
    assert "fr-error-text" not in texte, "nothing is refused yet"
    assert not Structure.objects.exists()
    # What is filled and completed is then created.
    complet = {**valeurs, **{nom: DONNEES_STRUCTURE[nom] for nom in DONNEES_STRUCTURE if not valeurs[nom]}}
    client.post(adresse, complet)
    assert Structure.objects.get().siret == CONNU


@pytest.mark.parametrize(
    ("saisi", "phrase"),
    [("123", "14 chiffres"), (None, "ne figure pas dans la liste publique"), ("", "SIRET")],
)
def test_given_an_unknown_or_wrong_siret_when_looked_for_then_it_is_told_and_typed_by_hand(
    liste: None, saisi: str | None, phrase: str
) -> None:
    client = signed_in(utilisateur())
    numero = siret() if saisi is None else saisi
    envoi = {**DONNEES_STRUCTURE, "siret": numero}
    reponse = client.post(reverse("comptes:structure-creer"), {**envoi, "chercher": "1"})
    assert phrase in reponse.content.decode()
    assert reponse.context["form"]["adresse"].value() == DONNEES_STRUCTURE["adresse"]
    assert not Structure.objects.exists()
    if saisi is None:
        client.post(reverse("comptes:structure-creer"), envoi)
        assert Structure.objects.get().siret == numero


def test_given_another_establishment_of_a_known_body_then_its_address_is_not_proposed(liste: None) -> None:
    connu = domain.known_body("99900901200025")
    assert connu is not None
    assert set(connu.fiche) == {"raison_sociale", "nda"}
    OrganismeFormation.objects.update(adresse="x" * 255)
    exact = domain.known_body(CONNU)
    assert exact is not None
    assert "adresse" not in exact.fiche, "half an address is no answer"
