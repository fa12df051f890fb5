"""Notes between instructors: written, corrected, deleted, and read by nobody else (R36)."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from candidatures.domain.affectations import declare_interest
from candidatures.domain.copies import duplicate_candidature
from candidatures.domain.edition import request_dossier
from candidatures.models import Candidature
from comptes.domain.structures import add_member
from comptes.models import Role, Utilisateur
from labellisation.domain.notes import NoteRefusee, delete_note, edit_note, notes_of, write_note
from labellisation.models import NoteInstruction
from socle.erreurs import ActeurRefuse, DonneesInvalides
from socle.models import Courriel, Evenement
from socle.references import SYSTEME
from tests.candidatures.fabriques import LUNDI, brouillon, dossier_depose, instructeur, responsable_de
from tests.comptes import fabriques as comptes
from tests.labellisation import fabriques
from tests.labellisation.test_admin import adresse, navigateur, texte

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lundi"), pytest.mark.regle("R36")]

SECRET = "Le porteur semble fragile, à revoir ensemble"


def ecrire(candidature: Candidature, acteur: Utilisateur, phrase: str = SECRET) -> NoteInstruction:
    return write_note(candidature=candidature, texte=phrase, cle=uuid.uuid4(), acteur=acteur)


def evenements(candidature: Candidature) -> list[Evenement]:
    return list(
        Evenement.objects.filter(
            chaine=candidature.chaine_journal, verbe__startswith="instruction.note"
        ).order_by("numero")
    )


# --- Verbs ---------------------------------------------------------------------------------------
def test_given_a_note_when_written_then_the_journal_tells_it_without_its_text() -> None:
    candidature, personne = dossier_depose(), instructeur()
    note = ecrire(candidature, personne, f"  {SECRET}\r\nà demain ")
    assert note.texte == f"{SECRET}\nà demain"
    evenement = evenements(candidature)[0]
    assert (evenement.verbe, evenement.visibilite) == ("instruction.note_ecrite", "GEN")
    assert evenement.donnees == {"note": str(note.pk)}
    assert [ligne.note for ligne in notes_of(candidature, instructeur())] == [note]


def test_given_the_same_form_twice_then_one_note_and_another_text_is_refused() -> None:
    candidature, personne, cle = dossier_depose(), instructeur(), uuid.uuid4()
    for _ in range(2):
        write_note(candidature=candidature, texte=SECRET, cle=cle, acteur=personne)
    assert NoteInstruction.objects.count() == len(evenements(candidature)) == 1
    with pytest.raises(NoteRefusee):
        write_note(candidature=candidature, texte="Autre chose", cle=cle, acteur=personne)


@pytest.mark.parametrize("phrase", ["", "  \n ", "\u200b", "a\x00b", "x" * 4001])
def test_given_a_text_that_says_nothing_or_too_much_then_it_is_refused(phrase: str) -> None:
    candidature = dossier_depose()
    with pytest.raises(DonneesInvalides):
        ecrire(candidature, instructeur(), phrase)
    assert not NoteInstruction.objects.exists()


def test_given_one_s_own_note_then_it_is_corrected_and_deleted_for_a_day_with_a_trace() -> None:
    candidature, personne = dossier_depose(), instructeur()
    note = ecrire(candidature, personne)
    edit_note(note=note, texte="Corrigée", acteur=personne)
    edit_note(note=note, texte="Corrigée", acteur=personne)
    delete_note(note=note, acteur=personne)
    note.refresh_from_db()
    assert (note.texte, note.supprimee_le, note.auteur) == ("", LUNDI, personne)
    assert [fait.verbe for fait in evenements(candidature)] == [
        "instruction.note_ecrite",
        "instruction.note_corrigee",
        "instruction.note_supprimee",
    ]
    with pytest.raises(NoteRefusee):
        edit_note(note=note, texte="Encore", acteur=personne)


@pytest.mark.parametrize(("secondes", "permis"), [(-1, True), (0, False)])
def test_given_a_note_of_a_day_then_it_is_changed_until_that_second_alone(
    secondes: int, permis: bool
) -> None:
    candidature, personne = dossier_depose(), instructeur()
    note = ecrire(candidature, personne)
    with time_machine.travel(LUNDI + timedelta(hours=24, seconds=secondes), tick=False):
        if permis:
            assert edit_note(note=note, texte="Corrigée", acteur=personne).texte == "Corrigée"
        else:
            with pytest.raises(NoteRefusee):
                edit_note(note=note, texte="Corrigée", acteur=personne)
            with pytest.raises(NoteRefusee):
                delete_note(note=note, acteur=personne)


def test_given_somebody_else_s_note_then_it_is_neither_corrected_nor_deleted() -> None:
    candidature = dossier_depose()
    note, autre = ecrire(candidature, instructeur()), instructeur()
    with pytest.raises(NoteRefusee):
        edit_note(note=note, texte="À moi", acteur=autre)
    with pytest.raises(NoteRefusee):
        delete_note(note=note, acteur=autre)
    note.refresh_from_db()
    assert note.texte == SECRET


def test_given_a_note_then_the_database_wants_a_text_or_a_deletion() -> None:
    note = ecrire(dossier_depose(), instructeur())
    with pytest.raises(IntegrityError), transaction.atomic():
        NoteInstruction.objects.filter(pk=note.pk).update(texte="")
    with pytest.raises(IntegrityError), transaction.atomic():
        NoteInstruction.objects.filter(pk=note.pk).update(supprimee_le=LUNDI)


# --- Who reads, and who does not -----------------------------------------------------------------
@pytest.mark.parametrize("roles", [(), (Role.COMITE,), (Role.ADMINISTRATEUR,)])
def test_given_somebody_who_does_not_instruct_then_notes_are_neither_read_nor_written(
    roles: tuple[str, ...],
) -> None:
    candidature = dossier_depose()
    ecrire(candidature, instructeur())
    personne = comptes.utilisateur(*roles)
    for acte in (lambda: notes_of(candidature, personne), lambda: ecrire(candidature, personne)):
        with pytest.raises(ActeurRefuse):
            acte()
    assert NoteInstruction.objects.count() == 1


def test_given_a_declared_link_or_a_membership_then_notes_are_closed_to_their_own_author() -> None:
    candidature = dossier_depose()
    liee, membre = instructeur(), instructeur()
    note = ecrire(candidature, liee)
    declare_interest(personne=liee, structure=candidature.structure)
    add_member(structure=candidature.structure, utilisateur=membre, role="contributeur", acteur=SYSTEME)
    membre.forget_roles()
    for personne in (liee, membre):
        for acte in (
            lambda personne=personne: notes_of(candidature, personne),
            lambda personne=personne: ecrire(candidature, personne),
        ):
            with pytest.raises(ActeurRefuse):
                acte()
    with pytest.raises(ActeurRefuse):
        delete_note(note=note, acteur=liee)


def test_given_a_draft_then_nobody_writes_a_note_on_it() -> None:
    with pytest.raises(ActeurRefuse):
        ecrire(brouillon(), instructeur())


def test_given_a_note_then_instructors_and_the_direction_read_it_and_no_page_of_the_porteur_does() -> None:
    candidature = dossier_depose()
    personne = instructeur(candidature)
    ecrire(candidature, personne)
    for lecteur in (personne, instructeur(), fabriques.direction()):
        assert SECRET in texte(navigateur(lecteur).get(adresse("dossier", candidature.pk)))
    porteur = responsable_de(candidature.structure)
    client = navigateur(porteur)
    for nom in ("candidatures:dossier", "candidatures:messages", "candidatures:liste"):
        args = [] if nom.endswith("liste") else [candidature.pk]
        page = client.get(reverse(nom, args=args))
        assert page.status_code == 200
        assert SECRET not in texte(page)
        assert "Note écrite" not in texte(page)
    assert client.get(adresse("dossier", candidature.pk), follow=True).status_code == 403


def test_given_a_note_then_copies_documents_and_e_mails_hold_nothing_of_it() -> None:
    candidature = dossier_depose()
    personne = instructeur(candidature)
    ecrire(candidature, personne)
    porteur = responsable_de(candidature.structure)
    document = request_dossier(candidature=candidature, acteur=personne)
    assert SECRET not in str(document.donnees)
    copie = duplicate_candidature(candidature=candidature, acteur=porteur)
    assert not NoteInstruction.objects.filter(candidature=copie).exists()
    for courriel in Courriel.objects.all():
        assert SECRET not in courriel.texte


# --- On the screen -------------------------------------------------------------------------------
def envoyer(client: Client, candidature: Candidature, **donnees: Any) -> Any:
    return client.post(
        adresse("note", candidature.pk), {"texte": SECRET, "cle": str(uuid.uuid4()), **donnees}
    )


def test_given_the_screen_then_a_note_is_written_corrected_and_deleted_there() -> None:
    candidature, personne = dossier_depose(), instructeur()
    client = navigateur(personne)
    assert "Aucune note pour l’instant" in texte(client.get(adresse("dossier", candidature.pk)))
    assert envoyer(client, candidature).url == f"{adresse('dossier', candidature.pk)}#notes"
    note = NoteInstruction.objects.get()
    correction = adresse("note_corriger", candidature.pk, note.pk)
    assert SECRET in texte(client.get(correction))
    assert client.post(correction, {"texte": "Corrigée"}).status_code == 302
    page = texte(client.get(adresse("dossier", candidature.pk)))
    assert "Corrigée" in page
    assert "corrigée le" in page
    # Another instructor reads it, without a button.
    autre = navigateur(instructeur())
    assert correction not in texte(autre.get(adresse("dossier", candidature.pk)))
    assert "d’une autre personne" in texte(autre.get(correction, follow=True))
    autre.post(adresse("note_supprimer", candidature.pk, note.pk))
    assert client.post(adresse("note_supprimer", candidature.pk, note.pk)).status_code == 302
    page = texte(client.get(adresse("dossier", candidature.pk)))
    assert "Note supprimée par son auteur" in page
    assert "Corrigée" not in page


def test_given_a_note_that_can_t_be_kept_then_the_page_says_why_with_the_text_typed() -> None:
    candidature = dossier_depose()
    client = navigateur(instructeur())
    for donnees, phrase in (
        ({"texte": " "}, "Écrivez votre note."),
        ({"texte": "x" * 4001}, "Votre note compte 4 001 caractères"),
        ({"cle": "faux"}, "Rechargez la page"),
    ):
        reponse = envoyer(client, candidature, **donnees)
        assert reponse.status_code == 422
        assert phrase in texte(reponse).replace("\u202f", " ")
    assert SECRET in texte(reponse)
    assert not NoteInstruction.objects.exists()


def test_given_a_note_of_another_dossier_then_it_is_not_found() -> None:
    candidature, ailleurs, personne = dossier_depose(), dossier_depose(), instructeur()
    note = ecrire(ailleurs, personne)
    client = navigateur(personne)
    assert client.get(adresse("note_corriger", candidature.pk, note.pk)).status_code == 404
    assert client.post(adresse("note_supprimer", candidature.pk, note.pk)).status_code == 404
    assert client.get(adresse("note_corriger", ailleurs.pk, note.pk)).status_code == 200
