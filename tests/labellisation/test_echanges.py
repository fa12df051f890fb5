"""Messages with the porteur, on GEN's side: the screen beside the dossier, the file, the e-mails."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from candidatures.domain.affectations import assign, declare_interest
from candidatures.domain.echanges import mark_messages_read, send_message
from candidatures.models import Candidature, Message
from comptes import tableau
from comptes.models import Role, Utilisateur
from labellisation.domain.file_instruction import to_read
from socle.models import Courriel, Fichier
from tests.candidatures.fabriques import (
    dossier_depose,
    dossier_en_complement,
    instructeur,
    pdf,
    responsable_de,
)
from tests.comptes import fabriques as comptes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lundi")]


def navigateur(personne: Utilisateur) -> Client:
    client = Client()
    client.force_login(personne)
    return client


def adresse(candidature: Candidature) -> str:
    return reverse("admin:instruction_messages", args=[candidature.pk])


def texte(reponse: Any) -> str:
    """The page without its no-break spaces."""
    return str(reponse.content.decode()).replace("&nbsp;", " ").replace("\u00a0", " ")


def ecrire(candidature: Candidature, acteur: Any = None, mots: str = "Bonjour, une question.") -> Message:
    """Have the porteur write, or somebody else."""
    acteur = acteur or responsable_de(candidature.structure)
    acteur.forget_roles()
    return send_message(candidature=candidature, texte=mots, cle=uuid.uuid4(), acteur=acteur)


def direction() -> Utilisateur:
    personne = comptes.utilisateur(Role.DIRECTION)
    personne.forget_roles()
    return personne


# --- The screen ----------------------------------------------------------------------------------
def test_given_a_message_when_its_instructor_opens_the_dossier_then_it_is_announced_read_and_answered() -> (
    None
):
    candidature = dossier_depose()
    personne = instructeur(candidature)
    message = ecrire(candidature)
    client = navigateur(personne)
    fiche = texte(client.get(reverse("admin:instruction_dossier", args=[candidature.pk])))
    assert "Messages avec le porteur (1 à lire)" in fiche
    page = texte(client.get(adresse(candidature)))
    assert "Bonjour, une question." in page
    assert f"{message.auteur.nom_complet}, {candidature.structure.raison_sociale}" in page
    assert "Le dossier déposé" in page
    message.refresh_from_db()
    assert message.lu_le is not None
    assert "(1 à lire)" not in texte(client.get(reverse("admin:instruction_dossier", args=[candidature.pk])))

    cle = client.get(adresse(candidature)).context["cle"]
    envoi = {
        "cle": cle,
        "texte": "Voici la réponse.",
        "fichiers": [SimpleUploadedFile("modele.pdf", pdf())],
    }
    assert client.post(adresse(candidature), envoi).url == f"{adresse(candidature)}?envoye=1#dernier"
    assert client.post(adresse(candidature), envoi).status_code == 422
    reponse = Message.objects.get(cote="GEN")
    assert (reponse.texte, reponse.auteur) == ("Voici la réponse.", personne)
    assert Fichier.objects.get(proprietaire_id=reponse.pk).nom == "modele.pdf"
    assert "Pas encore lu par le porteur" in texte(client.get(adresse(candidature)))
    assert "Voici la réponse." in texte(
        navigateur(message.auteur).get(reverse("candidatures:messages", args=[candidature.pk]))
    )


@pytest.mark.parametrize("mots", ["", "x" * 4001])
def test_given_wrong_input_when_sent_then_the_summary_leads_to_the_field(mots: str) -> None:
    candidature = dossier_depose()
    client = navigateur(instructeur(candidature))
    cle = client.get(adresse(candidature)).context["cle"]
    reponse = client.post(adresse(candidature), {"cle": cle, "texte": mots})
    assert reponse.status_code == 422
    assert 'href="#id_texte"' in texte(reponse)
    assert not Message.objects.exists()


def test_given_an_instructor_not_in_charge_then_she_reads_marks_nothing_and_does_not_write() -> None:
    candidature = dossier_depose()
    instructeur(candidature)
    message = ecrire(candidature)
    client = navigateur(comptes.utilisateur(Role.INSTRUCTEUR))
    page = texte(client.get(adresse(candidature)))
    assert "Bonjour, une question." in page
    assert "<textarea" not in page
    assert "faites-vous confier une tâche" in page
    message.refresh_from_db()
    assert message.lu_le is None
    assert client.post(adresse(candidature), {"cle": uuid.uuid4(), "texte": "x"}).status_code == 403
    assert Message.objects.count() == 1


@pytest.mark.regle("R36")
def test_given_a_declared_link_when_opening_the_thread_then_it_is_nowhere() -> None:
    candidature = dossier_depose()
    personne = instructeur(candidature)
    ecrire(candidature)
    client = navigateur(personne)
    assert client.get(adresse(candidature)).status_code == 200
    assert to_read(personne).dossiers.count() == 0
    ecrire(candidature)
    assert to_read(personne).dossiers.count() == 1
    declare_interest(personne=personne, candidature=candidature)
    personne.forget_roles()
    assert client.get(adresse(candidature)).status_code == 404
    assert to_read(personne).dossiers.count() == 0


def test_given_those_of_neither_side_when_opening_the_thread_then_they_are_refused() -> None:
    candidature = dossier_depose()
    for roles in ((), (Role.COMITE,), (Role.REGION,), (Role.ADMINISTRATEUR,)):
        reponse = navigateur(comptes.utilisateur(*roles)).get(adresse(candidature), follow=True)
        assert reponse.status_code == 403


def test_given_an_agent_who_is_a_member_when_opening_gen_s_screen_then_led_to_the_porteur_s_page() -> None:
    candidature = dossier_depose()
    auteur = instructeur(candidature)
    ecrire(candidature, auteur)
    agent = direction()
    candidature.structure.appartenances.create(utilisateur=agent, role="contributeur")
    agent.forget_roles()
    page = navigateur(agent).get(adresse(candidature), follow=True)
    assert page.redirect_chain[-1][0] == reverse("candidatures:messages", args=[candidature.pk])
    assert auteur.nom not in texte(page)
    ecrire(candidature)
    assert to_read(agent).dossiers.count() == 0


@pytest.mark.regle("R16")
def test_given_an_open_request_then_gen_s_screen_says_that_a_message_does_not_answer_it() -> None:
    candidature = dossier_en_complement()
    assert "Un message ne vaut pas réponse" in texte(navigateur(direction()).get(adresse(candidature)))


def test_given_no_message_then_the_screen_says_when_to_write_one() -> None:
    candidature = dossier_depose()
    page = texte(navigateur(direction()).get(adresse(candidature)))
    assert "Aucun message pour l’instant" in page
    assert "<textarea" in page


@pytest.mark.parametrize("nombre", [1, 3])
def test_given_messages_when_read_by_gen_then_the_queries_are_constant(nombre: int) -> None:
    candidature = dossier_depose()
    personne = instructeur(candidature)
    for rang in range(nombre):
        ecrire(candidature, comptes.membre(candidature.structure), f"Question {rang}")
    client = navigateur(personne)
    client.get(adresse(candidature))
    with CaptureQueriesContext(connection) as lues:
        client.get(adresse(candidature))
    assert len(lues) == 16


# --- Where it waits ------------------------------------------------------------------------------
def test_given_messages_then_the_card_the_file_and_the_list_say_the_same() -> None:
    mien, libre, autre = dossier_depose(), dossier_depose(), dossier_depose()
    personne, chef = instructeur(mien), direction()
    instructeur(autre)
    for candidature in (mien, mien, libre, autre):
        ecrire(candidature)
    attendus = {personne: mien, chef: libre}
    for lecteur, attendu in attendus.items():
        client = navigateur(lecteur)
        lecteur.forget_roles()
        groupe = next(g for g in tableau.groups_for(lecteur) if g.titre == "Travail à la GEN")
        carte = next(carte for carte in groupe.cartes if carte.titre == "Messages à lire")
        assert carte.nombre == 1
        page = texte(client.get(carte.url))
        assert f"Messages à lire ({carte.nombre})" in page
        assert adresse(attendu) in page
        liste = texte(client.get(reverse("admin:candidatures_candidature_changelist") + "?messages=a_lire"))
        trouves = {d.reference for d in (mien, libre, autre) if d.reference in liste}
        assert trouves == {attendu.reference}


def test_given_no_message_then_there_is_no_card_and_the_number_of_the_file_is_the_sum_of_its_lists() -> None:
    dossier_depose()
    candidature = dossier_depose()
    personne = instructeur(candidature)
    groupe = next(g for g in tableau.groups_for(personne) if g.titre == "Travail à la GEN")
    assert {carte.titre: carte.nombre for carte in groupe.cartes} == {
        "Ma file": 2,
        "Espace d’instruction": None,
    }
    page = texte(navigateur(personne).get(reverse("admin:instruction_file")))
    assert "Aucun message du porteur n’attend d’être lu." in page
    assert "À examiner (2)" in page


def test_given_the_home_of_an_instructor_when_messages_grow_then_its_queries_do_not() -> None:
    candidature = dossier_depose()
    client = navigateur(instructeur(candidature))
    comptees = []
    for _ in range(3):
        ecrire(candidature)
        client.get("/")
        with CaptureQueriesContext(connection) as lues:
            client.get("/")
        comptees.append(len(lues))
    assert comptees == [6, 6, 6]


# --- E-mails -------------------------------------------------------------------------------------
def test_given_a_message_of_the_porteur_then_those_in_charge_learn_where_and_never_what(lundi: Any) -> None:
    candidature = dossier_depose()
    un, deux, chef = instructeur(candidature), comptes.utilisateur(Role.INSTRUCTEUR), direction()
    assign(candidature=candidature, instructeur=deux, tache="NOTATION", acteur=chef)
    partis = Courriel.objects.filter(gabarit="labellisation_message_recu")
    for _ in range(2):
        ecrire(candidature, mots="Rien de cela ne sort du portail")
        lundi.shift(timedelta(minutes=5))
    assert {courriel.email for courriel in partis} == {un.email, deux.email}
    assert partis.count() == 2
    courriel = partis.first()
    assert "Rien de cela" not in courriel.objet + courriel.texte + courriel.html
    assert adresse(candidature) in courriel.texte
    assert candidature.reference in courriel.objet
    assert "20\u00a0septembre 2021" in courriel.objet
    # One of the two has opened: the next message is told anew.
    lus = mark_messages_read(candidature=candidature, messages=Message.objects.all(), acteur=un)
    assert lus == 2
    ecrire(candidature)
    assert partis.all().count() == 4


def test_given_nobody_in_charge_then_the_direction_learns_it() -> None:
    candidature, chef = dossier_depose(), direction()
    ecrire(candidature)
    assert Courriel.objects.get(gabarit="labellisation_message_recu").email == chef.email
