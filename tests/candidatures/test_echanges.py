"""Messages between the porteur and GEN: who writes, what is refused, what is told, once each."""

import threading
import uuid
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candidatures.domain import echanges
from candidatures.domain.affectations import declare_interest, unassign
from candidatures.domain.depot import withdraw_candidature
from candidatures.domain.echanges import (
    DejaEnvoye,
    count_for,
    gen_recipients,
    mark_messages_read,
    porteur_recipients,
    read_lines,
    send_message,
)
from candidatures.models import Candidature, Message
from candidatures.politiques import reads_message
from comptes import tableau
from socle import antivirus, fichiers, horloge, journal
from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier, TransitionRefusee
from socle.models import Courriel, Evenement, Fichier
from socle.references import SYSTEME
from tests.candidatures import fabriques
from tests.comptes import fabriques as comptes

pytestmark = pytest.mark.django_db

PORTEUR, GEN = Message.Cote.PORTEUR, Message.Cote.GEN
TEXTE = "Bonjour,\nfaut-il joindre la convention signée avec la mission locale ?"


@pytest.fixture(autouse=True)
def lundi() -> Any:
    """Monday 20 September 2021, 10:00 in Paris."""
    with time_machine.travel(fabriques.LUNDI, tick=False) as temps:
        yield temps


def envoyer(candidature: Candidature, acteur: Any, texte: str = TEXTE, **autres: Any) -> Message:
    """Send a message from a form of its own."""
    acteur.forget_roles()
    return send_message(
        candidature=candidature, texte=texte, acteur=acteur, **{"cle": uuid.uuid4(), **autres}
    )


def piece(contenu: bytes = b"", nom: str = "justificatif.pdf") -> ContentFile:
    return ContentFile(contenu or fabriques.pdf(nom), name=nom)


def porteur(candidature: Candidature) -> Any:
    return fabriques.responsable_de(candidature.structure)


def region_84() -> Any:
    """Return the region of the factory's referent."""
    return fabriques.commune("69387", "Lyon 7e", region="84").departement.region


def connecte(personne: Any) -> Client:
    client = Client()
    client.force_login(personne, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def adresse(candidature: Candidature) -> str:
    return reverse("candidatures:messages", args=[candidature.pk])


def texte(reponse: Any) -> str:
    """The page without its no-break spaces."""
    contenu = str(reponse.content.decode()).replace("&nbsp;", " ")
    return contenu.replace("\u00a0", " ").replace("\u202f", " ")


def poster(client: Client, candidature: Candidature, message: str = TEXTE, **autres: Any) -> Any:
    """Send the form as the page gives it."""
    cle = client.get(adresse(candidature)).context["cle"]
    return client.post(adresse(candidature), {"cle": cle, "texte": message, **autres})


# --- Who writes ----------------------------------------------------------------------------------
def test_given_a_deposit_when_both_sides_write_then_the_thread_keeps_order_side_and_instant() -> None:
    candidature = fabriques.dossier_depose()
    instructeur = fabriques.instructeur(candidature)
    etat = Candidature.objects.filter(pk=candidature.pk).values().get()
    premier = envoyer(candidature, comptes.membre(candidature.structure))
    second = envoyer(candidature, instructeur, "Oui, s’il vous plaît.")
    assert [premier.numero, second.numero] == [1, 2]
    assert [premier.cote, second.cote] == [PORTEUR, GEN]
    assert premier.envoye_le == horloge.now()
    # A message changes nothing of the dossier.
    assert Candidature.objects.filter(pk=candidature.pk).values().get() == etat


def test_given_a_message_then_the_journal_tells_it_without_its_words_and_no_timeline_shows_it() -> None:
    candidature = fabriques.dossier_depose()
    message = envoyer(candidature, porteur(candidature), pieces=[piece()])
    evenement = Evenement.objects.get(verbe="candidature.message_envoye")
    assert evenement.chaine == candidature.chaine_journal
    assert evenement.visibilite == journal.Visibilite.GEN
    assert evenement.donnees == {
        "message": str(message.pk),
        "cote": "PORTEUR",
        "fichiers": [Fichier.objects.get(politique=echanges.POLITIQUE_MESSAGE).sha256],
    }
    assert "mission locale" not in str(evenement.donnees)
    page = texte(connecte(porteur(candidature)).get(reverse("candidatures:dossier", args=[candidature.pk])))
    historique = page.partition('id="historique"')[2].partition("</ol>")[0]
    assert "Dossier déposé" in historique
    assert "essage" not in historique


@pytest.mark.parametrize("role", ["", "instructeur", "comite", "region", "administrateur"])
def test_given_somebody_of_neither_side_when_writing_then_it_is_refused(role: str) -> None:
    candidature = fabriques.dossier_depose()
    fabriques.instructeur(candidature)
    Candidature.objects.filter(pk=candidature.pk).update(region="32")
    acteur = comptes.utilisateur(*([role] if role else []))
    with pytest.raises(ActeurRefuse):
        envoyer(candidature, acteur)
    assert not Message.objects.exists()


def test_given_the_portal_itself_when_writing_then_it_is_refused() -> None:
    candidature = fabriques.dossier_depose()
    with pytest.raises(ActeurRefuse):
        send_message(candidature=candidature, texte=TEXTE, cle=uuid.uuid4(), acteur=SYSTEME)


def test_given_the_direction_then_it_writes_and_an_instructor_taken_off_does_not() -> None:
    candidature = fabriques.dossier_depose()
    instructeur = fabriques.instructeur(candidature)
    envoyer(candidature, comptes.utilisateur("direction"))
    envoyer(candidature, instructeur)
    unassign(affectation=candidature.affectations.get(), acteur=comptes.utilisateur("direction"))
    with pytest.raises(ActeurRefuse):
        envoyer(candidature, instructeur)


@pytest.mark.regle("R36")
@pytest.mark.parametrize("role", ["instructeur", "direction"])
def test_given_a_declared_link_then_nothing_of_the_thread_remains(role: str) -> None:
    candidature = fabriques.dossier_depose()
    personne = fabriques.instructeur(candidature) if role == "instructeur" else comptes.utilisateur(role)
    personne.forget_roles()
    message = envoyer(candidature, porteur(candidature), pieces=[piece()])
    fichier = Fichier.objects.get(proprietaire_id=message.pk)
    assert reads_message(personne, fichier)
    assert personne in gen_recipients(candidature)
    declare_interest(personne=personne, candidature=candidature)
    assert not reads_message(personne, fichier)
    assert personne not in gen_recipients(candidature)
    with pytest.raises(ActeurRefuse):
        envoyer(candidature, personne)
    with pytest.raises(ActeurRefuse):
        mark_messages_read(candidature=candidature, messages=[message], acteur=personne)


def test_given_an_agent_who_is_also_a_member_then_they_are_of_the_porteur_s_side() -> None:
    candidature = fabriques.dossier_depose()
    agent = comptes.utilisateur("direction")
    candidature.structure.appartenances.create(utilisateur=agent, role="contributeur")
    assert envoyer(candidature, agent).cote == PORTEUR
    assert agent not in gen_recipients(candidature)


def test_given_a_member_who_left_when_writing_then_it_is_refused() -> None:
    candidature = fabriques.dossier_depose()
    ancien = comptes.membre(candidature.structure)
    envoyer(candidature, ancien)
    ancien.appartenances.update(au=fabriques.LUNDI)
    with pytest.raises(ActeurRefuse):
        envoyer(candidature, ancien)
    assert ancien not in porteur_recipients(candidature)


def test_given_a_draft_then_nobody_writes_and_the_page_says_where_to_ask() -> None:
    candidature = fabriques.brouillon()
    with pytest.raises(TransitionRefusee):
        envoyer(candidature, porteur(candidature))
    with pytest.raises(ActeurRefuse):
        envoyer(candidature, comptes.utilisateur("direction"))
    client = connecte(porteur(candidature))
    page = client.get(adresse(candidature))
    assert "La GEN ne voit pas un brouillon" in texte(page)
    assert "<textarea" not in texte(page)
    refus = client.post(adresse(candidature), {"cle": uuid.uuid4(), "texte": TEXTE})
    assert refus.status_code == 422
    assert "La GEN ne voit pas un brouillon" in texte(refus)
    brouillon = texte(client.get(reverse("candidatures:dossier", args=[candidature.pk])))
    assert "service d’aide" in brouillon
    assert not Message.objects.exists()


def test_given_a_withdrawn_dossier_then_its_thread_is_read_and_closed() -> None:
    candidature = fabriques.dossier_depose()
    envoyer(candidature, porteur(candidature))
    withdraw_candidature(candidature=candidature, acteur=porteur(candidature))
    with pytest.raises(TransitionRefusee):
        envoyer(candidature, porteur(candidature))
    page = texte(connecte(porteur(candidature)).get(adresse(candidature)))
    assert "mission locale" in page
    assert "Ce dossier est retiré" in page
    assert "<textarea" not in page


# --- What is refused -----------------------------------------------------------------------------
@pytest.mark.parametrize("vide", ["", "   \n\t ", "\u200b\u200d\u2060", "\u202e\u202c", "\u00a0"])
def test_given_nothing_to_read_when_sent_then_a_sentence_asks_for_a_text(vide: str) -> None:
    candidature = fabriques.dossier_depose()
    with pytest.raises(DonneesInvalides) as refus:
        envoyer(candidature, porteur(candidature), vide)
    assert refus.value.erreurs == {"texte": ["Écrivez votre message."]}
    reponse = poster(connecte(porteur(candidature)), candidature, vide)
    assert reponse.status_code == 422
    assert "Écrivez votre message." in texte(reponse)
    assert not Message.objects.exists()


def test_given_ten_thousand_characters_when_pasted_then_they_come_back_with_what_to_do() -> None:
    candidature = fabriques.dossier_depose()
    reponse = poster(connecte(porteur(candidature)), candidature, "é" * 10_000)
    assert reponse.status_code == 422
    assert "compte 10 000 caractères, pour 4 000 au plus" in texte(reponse)
    assert "é" * 10_000 in texte(reponse)
    with pytest.raises(DonneesInvalides):
        envoyer(candidature, porteur(candidature), "é" * 4001)


@pytest.mark.parametrize(
    "ecrit",
    [
        "👩🏽‍💻" * 20,
        "هل يمكنكم توضيح المعيار الثالث؟",
        "<script>alert(1)</script> & <b>gras</b>",
        "a" * 4000,
        "ligne\r\n" * 600,
    ],
)
def test_given_any_writing_when_sent_then_it_is_kept_and_shown_as_it_is(ecrit: str) -> None:
    candidature = fabriques.dossier_depose()
    client = connecte(porteur(candidature))
    assert poster(client, candidature, ecrit).status_code == 302
    message = Message.objects.get()
    # The end of a line counts one, as in the dossier's long texts.
    assert message.texte == ecrit.replace("\r\n", "\n").strip()
    page = texte(client.get(adresse(candidature)))
    assert "<script>alert" not in page
    assert 'dir="auto"' in page


def test_given_a_null_character_when_sent_then_it_is_refused() -> None:
    candidature = fabriques.dossier_depose()
    with pytest.raises(DonneesInvalides):
        envoyer(candidature, porteur(candidature), "Bonjour\x00")
    assert poster(connecte(porteur(candidature)), candidature, "Bonjour\x00").status_code == 422


def test_given_wrong_files_when_sent_then_each_is_named_and_nothing_is_kept(settings: Any) -> None:
    settings.GEN_FICHIER_MAX = 1024 * 1024
    candidature = fabriques.dossier_depose()
    avant = Fichier.objects.count()
    envoi = [
        SimpleUploadedFile("bon.pdf", fabriques.pdf()),
        SimpleUploadedFile("archive.pdf", b"PK\x03\x04" + b"0" * 100),
        SimpleUploadedFile("vide.pdf", b""),
        SimpleUploadedFile("lourd.pdf", fabriques.pdf() + b"x" * 1024 * 1024),
    ]
    reponse = poster(connecte(porteur(candidature)), candidature, fichiers=envoi)
    page = texte(reponse)
    assert reponse.status_code == 422
    for nom in ("archive.pdf", "vide.pdf", "lourd.pdf"):
        assert f"Le fichier « {nom} »" in page
    assert "bon.pdf" not in page
    assert "choisissez-les à nouveau" in page
    assert "mission locale" in page
    assert not Message.objects.exists()
    assert Fichier.objects.count() == avant


def test_given_too_many_or_too_heavy_files_when_sent_then_a_sentence_says_what_to_do(settings: Any) -> None:
    settings.GEN_FICHIER_MAX = 1024 * 1024
    candidature = fabriques.dossier_depose()
    with pytest.raises(DonneesInvalides, match="pour 5 au plus"):
        envoyer(candidature, porteur(candidature), pieces=[piece() for _ in range(6)])
    lourd = fabriques.pdf() + b"x" * 600_000
    with pytest.raises(DonneesInvalides, match="Ensemble"):
        envoyer(candidature, porteur(candidature), pieces=[piece(lourd), piece(lourd + b"y")])
    assert not Message.objects.exists()


def test_given_too_many_messages_in_an_hour_then_a_sentence_says_to_wait(settings: Any, lundi: Any) -> None:
    settings.GEN_MESSAGES_PAR_HEURE = 2
    candidature = fabriques.dossier_depose()
    for _ in range(2):
        envoyer(candidature, porteur(candidature))
    with pytest.raises(ErreurMetier, match="dans une heure"):
        envoyer(candidature, porteur(candidature))
    reponse = poster(connecte(porteur(candidature)), candidature, "Un texte à garder")
    assert reponse.status_code == 422
    assert "Un texte à garder" in texte(reponse)
    # A colleague is not held back, nor the same person once the hour is over.
    envoyer(candidature, comptes.membre(candidature.structure))
    lundi.shift(timedelta(hours=1, seconds=1))
    envoyer(candidature, porteur(candidature))


# --- Once ----------------------------------------------------------------------------------------
def test_given_the_same_form_when_sent_twice_then_it_is_one_message() -> None:
    candidature = fabriques.dossier_depose()
    fabriques.instructeur(candidature)
    client = connecte(porteur(candidature))
    cle = str(client.get(adresse(candidature)).context["cle"])
    for _ in range(2):
        fichier = SimpleUploadedFile("plan.pdf", b"%PDF-1.4\n% plan\n%%EOF\n")
        envoi = {"cle": cle, "texte": TEXTE, "fichiers": [fichier]}
        assert client.post(adresse(candidature), envoi).status_code == 302
    assert Message.objects.count() == 1
    assert Fichier.objects.filter(politique=echanges.POLITIQUE_MESSAGE).count() == 1
    assert Evenement.objects.filter(verbe="candidature.message_envoye").count() == 1
    assert Courriel.objects.filter(gabarit="labellisation_message_recu").count() == 1


def test_given_a_form_gone_back_to_when_it_holds_another_text_then_nothing_is_lost() -> None:
    candidature = fabriques.dossier_depose()
    client = connecte(porteur(candidature))
    cle = client.get(adresse(candidature)).context["cle"]
    client.post(adresse(candidature), {"cle": cle, "texte": TEXTE})
    reponse = client.post(adresse(candidature), {"cle": cle, "texte": "Autre question"})
    assert reponse.status_code == 422
    assert "Autre question" in texte(reponse)
    assert "déjà envoyé un message" in texte(reponse)
    nouvelle = reponse.context["cle"]
    assert nouvelle != cle
    envoi = {"cle": nouvelle, "texte": "Autre question"}
    assert client.post(adresse(candidature), envoi).status_code == 302
    assert list(Message.objects.values_list("texte", flat=True)) == [TEXTE, "Autre question"]
    with pytest.raises(DejaEnvoye):
        envoyer(candidature, porteur(candidature), TEXTE, cle=cle, pieces=[piece()])


def test_given_one_key_used_by_two_people_then_each_has_sent_their_message() -> None:
    candidature = fabriques.dossier_depose()
    cle = uuid.uuid4()
    un = envoyer(candidature, porteur(candidature), cle=cle)
    autre = envoyer(candidature, comptes.membre(candidature.structure), cle=cle)
    assert un != autre


@pytest.mark.parametrize("cle", ["", "x", "0", "é" * 40])
def test_given_a_forged_key_when_sent_then_the_page_says_to_send_again(cle: str) -> None:
    candidature = fabriques.dossier_depose()
    client = connecte(porteur(candidature))
    reponse = client.post(adresse(candidature), {"cle": cle, "texte": TEXTE})
    assert reponse.status_code == 422
    assert "n’était plus à jour" in texte(reponse)
    assert "mission locale" in texte(reponse)
    assert not Message.objects.exists()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_given_two_clicks_at_once_on_postgresql_then_there_is_one_message() -> None:
    candidature = fabriques.dossier_depose()
    fabriques.instructeur(candidature)
    acteur = porteur(candidature)
    cle, depart = uuid.uuid4(), threading.Barrier(2)
    trouves: list[Any] = []

    def click() -> None:
        try:
            mien = Candidature.objects.get(pk=candidature.pk)
            depart.wait(timeout=10)
            trouves.append(send_message(candidature=mien, texte=TEXTE, cle=cle, acteur=acteur).pk)
        except BaseException as erreur:
            trouves.append(erreur)
        finally:
            connection.close()

    fils = [threading.Thread(target=click) for _ in range(2)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join(timeout=30)
    message = Message.objects.get()
    assert trouves == [message.pk, message.pk]
    assert Courriel.objects.filter(gabarit="labellisation_message_recu").count() == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_given_eight_messages_at_once_on_postgresql_then_each_has_its_number() -> None:
    candidature = fabriques.dossier_depose()
    fabriques.instructeur(candidature)
    auteurs = [comptes.membre(candidature.structure) for _ in range(8)]
    depart = threading.Barrier(8)
    erreurs: list[BaseException] = []

    def write(auteur: Any) -> None:
        try:
            depart.wait(timeout=10)
            mien = Candidature.objects.get(pk=candidature.pk)
            send_message(candidature=mien, texte=TEXTE, cle=uuid.uuid4(), acteur=auteur)
        except BaseException as erreur:
            erreurs.append(erreur)
        finally:
            connection.close()

    fils = [threading.Thread(target=write, args=(auteur,)) for auteur in auteurs]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join(timeout=30)
    assert erreurs == []
    assert list(Message.objects.values_list("numero", flat=True)) == list(range(1, 9))
    assert Courriel.objects.filter(gabarit="labellisation_message_recu").count() == 1


# --- Read marks ----------------------------------------------------------------------------------
def test_given_messages_when_the_other_side_opens_then_they_are_read_at_that_instant(lundi: Any) -> None:
    candidature = fabriques.dossier_depose()
    instructeur = fabriques.instructeur(candidature)
    mien, recu = envoyer(candidature, porteur(candidature)), envoyer(candidature, instructeur, "Oui.")
    client = connecte(porteur(candidature))
    assert count_for(candidature, PORTEUR) == echanges.Decompte(2, 1)
    lundi.shift(timedelta(minutes=5))
    premiere = texte(client.get(adresse(candidature)))
    assert premiere.count("Nouveau") == 1
    assert "Pas encore lu par la GEN" in premiere
    mien.refresh_from_db()
    recu.refresh_from_db()
    assert (mien.lu_le, recu.lu_le) == (None, horloge.now())
    lundi.shift(timedelta(minutes=5))
    assert "Nouveau" not in texte(client.get(adresse(candidature)))
    avant = recu.lu_le
    recu.refresh_from_db()
    assert recu.lu_le == avant
    assert count_for(candidature, PORTEUR) == echanges.Decompte(2, 0)


def test_given_somebody_of_gen_for_whom_it_does_not_wait_when_opening_then_it_stays_unread() -> None:
    candidature = fabriques.dossier_depose()
    instructeur = fabriques.instructeur(candidature)
    message = envoyer(candidature, porteur(candidature))
    commun = {"candidature": candidature, "messages": [message]}
    for personne in (comptes.utilisateur("instructeur"), comptes.utilisateur("direction")):
        assert mark_messages_read(acteur=personne, **commun) == 0
    assert mark_messages_read(acteur=instructeur, **commun) == 1
    assert mark_messages_read(acteur=instructeur, **commun) == 0
    for etranger in (comptes.utilisateur(), comptes.utilisateur("comite")):
        with pytest.raises(ActeurRefuse):
            mark_messages_read(acteur=etranger, **commun)


def test_given_a_dossier_without_instructor_then_its_messages_wait_for_the_direction() -> None:
    candidature = fabriques.dossier_depose()
    direction = comptes.utilisateur("direction")
    fermee = comptes.utilisateur("direction")
    fermee.is_active = False
    fermee.save()
    assert gen_recipients(candidature) == [direction]
    instructeur = fabriques.instructeur(candidature)
    assert gen_recipients(candidature) == [instructeur]
    instructeur.is_active = False
    instructeur.save()
    assert direction in gen_recipients(candidature)
    assert instructeur not in gen_recipients(candidature)


# --- E-mails -------------------------------------------------------------------------------------
def test_given_a_message_of_gen_then_the_porteur_s_people_learn_where_and_never_what() -> None:
    candidature = fabriques.dossier_depose()
    ecrivant, muet = comptes.membre(candidature.structure), comptes.membre(candidature.structure)
    envoyer(candidature, ecrivant)
    envoyer(candidature, fabriques.instructeur(candidature), "Réponse confidentielle")
    partis = Courriel.objects.filter(gabarit="candidature_message_recu")
    assert {courriel.email for courriel in partis} == {porteur(candidature).email, ecrivant.email}
    assert muet.email not in {courriel.email for courriel in partis}
    courriel = partis.first()
    assert "confidentielle" not in courriel.objet + courriel.texte + courriel.html
    assert courriel.texte.count(adresse(candidature)) == 1
    assert courriel.objet.replace("\u00a0", " ") == (
        f"Dossier {candidature.reference} : message de la GEN reçu le 20 septembre 2021"
    )


def test_given_several_messages_then_one_e_mail_until_they_are_opened_or_the_next_day(lundi: Any) -> None:
    candidature = fabriques.dossier_depose()
    instructeur, responsable = fabriques.instructeur(candidature), porteur(candidature)
    partis = Courriel.objects.filter(gabarit="candidature_message_recu")
    for _ in range(3):
        envoyer(candidature, instructeur)
        lundi.shift(timedelta(minutes=10))
    assert partis.count() == 1
    connecte(responsable).get(adresse(candidature))
    envoyer(candidature, instructeur)
    assert partis.count() == 2
    envoyer(candidature, instructeur)
    assert partis.count() == 2
    lundi.shift(timedelta(days=1))
    envoyer(candidature, instructeur)
    assert partis.count() == 3
    assert {courriel.email for courriel in partis} == {responsable.email}


# --- Files ---------------------------------------------------------------------------------------
def test_given_files_then_both_sides_open_them_and_nobody_else_once_they_are_clean(settings: Any) -> None:
    settings.GEN_ANTIVIRUS = "signatures"
    candidature = fabriques.dossier_depose()
    instructeur = fabriques.instructeur(candidature)
    Candidature.objects.filter(pk=candidature.pk).update(region=region_84())
    collegue = comptes.membre(candidature.structure)
    message = envoyer(candidature, porteur(candidature), pieces=[piece(nom="plan.pdf")])
    fichier = Fichier.objects.get(proprietaire_id=message.pk)
    assert connecte(collegue).get(fichier.url).status_code == 404
    page = texte(connecte(collegue).get(adresse(candidature)))
    assert "Il est vérifié en ce moment" in page
    assert fichier.url not in page

    fichiers.analyse(fichier.pk)
    assert fichier.url in texte(connecte(collegue).get(adresse(candidature)))
    lecteurs = (porteur(candidature), collegue, instructeur, comptes.utilisateur("direction"))
    for personne in lecteurs:
        reponse = connecte(personne).get(fichier.url)
        assert reponse.status_code == 200
        assert b"".join(reponse.streaming_content)
    region = comptes.utilisateur("region")
    piece_du_dossier = candidature.pieces.first().fichier
    fichiers.analyse(piece_du_dossier.pk)
    vu = connecte(region).get(piece_du_dossier.url)
    assert vu.status_code == 200
    assert b"".join(vu.streaming_content)
    for etranger in (region, comptes.utilisateur("comite"), comptes.utilisateur("administrateur")):
        assert connecte(etranger).get(fichier.url).status_code == 404


@pytest.mark.parametrize(
    ("contenu", "raison"),
    [
        (fabriques.pdf() + antivirus.EICAR, "l’antivirus y a trouvé un danger"),
        (fabriques.pdf()[:40], "il est abîmé ou incomplet"),
    ],
)
def test_given_a_file_that_is_held_then_its_sender_is_told_what_to_do_and_the_others_to_ask_again(
    settings: Any, contenu: bytes, raison: str
) -> None:
    settings.GEN_ANTIVIRUS = "signatures"
    candidature = fabriques.dossier_depose()
    message = envoyer(candidature, porteur(candidature), pieces=[piece(contenu)])
    fichier = Fichier.objects.get(proprietaire_id=message.pk)
    assert fichiers.analyse(fichier.pk).est_retenu
    vu_du_porteur = texte(connecte(porteur(candidature)).get(adresse(candidature)))
    assert f"Personne ne peut ouvrir ce fichier : {raison}." in vu_du_porteur
    assert "envoyez-le avec un autre message" in vu_du_porteur
    assert fichier.url not in vu_du_porteur
    (ligne,) = read_lines([message], cote=GEN, porteur="")
    assert ligne.joints[0].empeche == f"Ce fichier ne s’ouvre pas\u00a0: {raison}. Demandez-en un autre."
    assert Evenement.objects.get(verbe__in=("fichier.infecte", "fichier.illisible")).chaine == (
        candidature.chaine_journal
    )


# --- The page ------------------------------------------------------------------------------------
def test_given_a_message_of_gen_then_the_porteur_reads_gen_and_never_who(lundi: Any) -> None:
    candidature = fabriques.dossier_depose()
    instructeur, direction = fabriques.instructeur(candidature), comptes.utilisateur("direction")
    envoyer(candidature, instructeur, "De l’instruction")
    envoyer(candidature, direction, "De la direction")
    page = texte(connecte(porteur(candidature)).get(adresse(candidature)))
    assert page.count("<bdi>La GEN</bdi>") == 2
    for personne in (instructeur, direction):
        assert personne.nom not in page


def test_given_a_thread_then_the_dossier_s_page_the_card_and_the_list_say_the_same() -> None:
    structure = comptes.structure()
    candidature, autre = fabriques.dossier_depose(structure), fabriques.dossier_depose(structure)
    instructeur, responsable = fabriques.instructeur(candidature), porteur(candidature)
    for _ in range(2):
        envoyer(candidature, instructeur)
    client = connecte(responsable)
    page = texte(client.get(reverse("candidatures:dossier", args=[candidature.pk])))
    assert "2 messages, dont 2 non lus." in page
    assert adresse(candidature) in page
    vide = texte(client.get(reverse("candidatures:dossier", args=[autre.pk])))
    assert "Aucun message." in vide
    responsable.forget_roles()
    groupe = next(g for g in tableau.groups_for(responsable) if g.titre == "Mes candidatures")
    carte = next(carte for carte in groupe.cartes if carte.titre.startswith("Messages"))
    assert carte.nombre == 1
    assert len(client.get(carte.url).context["lignes"]) == 1
    client.get(adresse(candidature))
    assert "Aucun message de la GEN n’attend" in texte(client.get(carte.url))


def test_given_a_region_then_no_list_tells_which_dossiers_have_messages() -> None:
    candidature = fabriques.dossier_depose()
    Candidature.objects.filter(pk=candidature.pk).update(region=region_84())
    envoyer(candidature, fabriques.instructeur(candidature))
    client = connecte(comptes.utilisateur("region"))
    toutes = client.get(reverse("candidatures:liste"))
    assert len(toutes.context["lignes"]) == 1
    assert "messages" not in {code for code, _, _ in toutes.context["filtres"]}
    # The filter is not there: asked for by hand, it filters nothing.
    filtree = client.get(reverse("candidatures:liste") + "?etat=messages")
    assert len(filtree.context["lignes"]) == 1
    vue = texte(client.get(reverse("candidatures:dossier", args=[candidature.pk])))
    assert "Messages avec la GEN" not in vue
    assert client.get(adresse(candidature)).status_code == 404


@pytest.mark.regle("R16")
def test_given_an_open_request_then_the_page_says_that_a_message_does_not_answer_it() -> None:
    candidature = fabriques.dossier_en_complement()
    client = connecte(porteur(candidature))
    page = client.get(adresse(candidature))
    assert "Un message n’y répond pas" in texte(page)
    assert f"{reverse('candidatures:dossier', args=[candidature.pk])}#complements" in texte(page)
    assert (
        poster(client, candidature, fichiers=[SimpleUploadedFile("a.pdf", fabriques.pdf())]).status_code
        == 302
    )
    candidature.refresh_from_db()
    demande = candidature.demandes_complements.get()
    assert (candidature.etat, demande.repondue_le, demande.reponse_avant) == (
        "EN_COMPLEMENT",
        None,
        date(2021, 10, 5),
    )
    assert candidature.depots.count() == 1
    assert candidature.pieces.count() == len(fabriques.PIECES)


def test_given_a_long_thread_then_the_newest_page_opens_and_only_what_is_shown_is_read() -> None:
    candidature = fabriques.dossier_depose()
    instructeur = fabriques.instructeur(candidature)
    Message.objects.bulk_create(
        Message(
            candidature=candidature,
            numero=numero,
            auteur=instructeur,
            cote=GEN,
            texte=f"Texte {numero}.",
            cle=uuid.uuid4(),
            envoye_le=horloge.now(),
        )
        for numero in range(1, 53)
    )
    client = connecte(porteur(candidature))
    derniere = texte(client.get(adresse(candidature)))
    assert "Texte 52." in derniere
    assert "Texte 50." not in derniere
    assert Message.objects.filter(lu_le__isnull=False).count() == 2
    premiere = texte(client.get(adresse(candidature) + "?page=1"))
    assert premiere.index("Texte 1.") < premiere.index("Texte 50.")
    assert client.get(adresse(candidature) + "?page=n’importe").status_code == 200
    assert not Message.objects.filter(lu_le__isnull=True).exists()


@pytest.mark.parametrize("nombre", [1, 3])
def test_given_messages_with_files_when_read_then_the_queries_are_constant(nombre: int) -> None:
    candidature = fabriques.dossier_depose()
    instructeur = fabriques.instructeur(candidature)
    for _ in range(nombre):
        envoyer(candidature, instructeur, pieces=[piece(), piece()])
        envoyer(candidature, comptes.membre(candidature.structure), pieces=[piece()])
    client = connecte(porteur(candidature))
    client.get(adresse(candidature))
    with CaptureQueriesContext(connection) as lues:
        client.get(adresse(candidature))
    assert len(lues) == 8


@given(
    saisie=st.text(max_size=60)
    | st.sampled_from(["\x00", "\u202eabc", "👩🏽‍💻", "م", "\r\n\r\n", "a" * 4001]),
    cle=st.uuids().map(str) | st.text(max_size=40),
    fichier=st.none() | st.tuples(st.text(max_size=20), st.binary(max_size=40)),
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_given_anything_when_posted_then_it_is_one_message_or_none_and_never_500(
    saisie: str, cle: str, fichier: tuple[str, bytes] | None
) -> None:
    candidature = Candidature.objects.first() or fabriques.dossier_depose()
    client = connecte(porteur(candidature))
    avant = Message.objects.count(), Fichier.objects.filter(politique=echanges.POLITIQUE_MESSAGE).count()
    envoi: dict[str, Any] = {"cle": cle, "texte": saisie}
    if fichier:
        envoi["fichiers"] = [SimpleUploadedFile(fichier[0] or "x", fichier[1])]
    statut = client.post(adresse(candidature), envoi).status_code
    apres = Message.objects.count(), Fichier.objects.filter(politique=echanges.POLITIQUE_MESSAGE).count()
    assert statut in (302, 422)
    if statut == 422:
        assert apres == avant
    else:
        assert apres[0] - avant[0] == 1
