"""The dossier and its attachments in one ZIP: what is in it, what is left out and why, and that it goes."""

import io
import zipfile
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.urls import reverse

from candidatures.domain import archive, edition
from candidatures.domain.archive import request_dossier_archive, request_working_archive, sweep_archives
from candidatures.domain.depot import submit_candidature
from candidatures.domain.menage import sweep_editions_hourly
from candidatures.models import Candidature
from socle import archives, documents, horloge, travaux
from socle.erreurs import ActeurRefuse, TransitionRefusee
from socle.models import Antivirus, Document, Fichier, Travail
from socle.models.fichier import EN_BREF
from tests.candidatures import fabriques
from tests.candidatures.test_edition import porteur
from tests.candidatures.test_pages import connecte
from tests.comptes import fabriques as comptes
from tests.socle.fils import Fil

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def lundi() -> Any:
    """Monday 20 September 2021, 10:00 in Paris."""
    with time_machine.travel(fabriques.LUNDI, tick=False) as temps:
        yield temps


def analyser(etat: str = Antivirus.SAIN, **filtre: Any) -> None:
    """Give the files their verdict."""
    Fichier.objects.filter(**filtre).update(antivirus=etat, analyse_le=horloge.now())


def demander(candidature: Candidature, acteur: Any = None) -> Document:
    """Ask for the archive of the draft."""
    return request_working_archive(candidature=candidature, acteur=acteur or porteur(candidature))


def produire(document: Document) -> zipfile.ZipFile:
    """Run the job, and open what it made."""
    assert travaux.run(Travail.objects.get(cle=documents.cle_travail(document)).pk)
    document.refresh_from_db()
    assert document.fichier is not None
    with document.fichier.contenu.open("rb") as contenu:
        return zipfile.ZipFile(io.BytesIO(contenu.read()))


def sommaire(lue: zipfile.ZipFile) -> str:
    """Return the summary."""
    nom = next(nom for nom in lue.namelist() if nom.endswith("Sommaire.txt"))
    return lue.read(nom).decode("utf-8-sig").replace("\u00a0", " ")


@pytest.mark.regle("R12")
def test_given_clean_files_then_the_archive_holds_the_pdf_each_file_and_a_summary() -> None:
    candidature = fabriques.dossier_complet()
    analyser()
    document = demander(candidature)
    lue = produire(document)
    assert lue.testzip() is None
    base = candidature.reference
    assert lue.namelist() == [
        f"{base}/00 - Dossier {base}, brouillon — non déposé.pdf",
        f"{base}/Pièces/01 - Attestation de régularité fiscale - attestation_fiscale.pdf",
        f"{base}/Pièces/02 - Attestation du certificateur (Qualiopi ou label) - attestation_qualite.pdf",
        f"{base}/Pièces/03 - Attestation de vigilance sociale - attestation_sociale.pdf",
        f"{base}/Pièces/04 - Accord de partenariat avec le certificateur - accord_certification.pdf",
        f"{base}/Sommaire.txt",
    ]
    fichier = candidature.pieces.get(type_piece="ATTESTATION_FISCALE").fichier
    with fichier.contenu.open("rb") as contenu:
        assert lue.read(lue.namelist()[1]) == contenu.read()
    assert lue.read(lue.namelist()[0]).startswith(b"%PDF")
    texte = sommaire(lue)
    assert f"SHA-256 : {fichier.sha256}" in texte
    assert "PIÈCES JOINTES (4)" in texte
    assert "PAS DANS CETTE ARCHIVE" not in texte
    travail = Travail.objects.get(cle=documents.cle_travail(document))
    assert (travail.progres, travail.total) == (5, 5)
    assert document.fichier is not None
    assert (document.fichier.type_mime, document.fichier.nom[-4:]) == (archives.ZIP, ".zip")


@pytest.mark.regle("R12")
@pytest.mark.parametrize("etat", sorted(set(Antivirus) - {Antivirus.SAIN}))
def test_given_a_file_that_is_not_clean_then_it_is_left_out_and_the_summary_says_why(etat: str) -> None:
    candidature = fabriques.dossier_complet()
    mauvais = candidature.pieces.get(type_piece="ATTESTATION_FISCALE").fichier
    analyser()
    analyse = None if etat == Antivirus.A_ANALYSER else horloge.now()
    Fichier.objects.filter(pk=mauvais.pk).update(antivirus=etat, analyse_le=analyse)
    lue = produire(demander(candidature))
    assert not any("fiscale" in nom for nom in lue.namelist())
    assert len(lue.namelist()) == 5
    fin = sommaire(lue).partition("PIÈCES QUI NE SONT PAS DANS CETTE ARCHIVE (1)")[2]
    assert "attestation_fiscale.pdf" in fin
    assert EN_BREF[etat].replace("\u00a0", " ") in fin.lower()


@pytest.mark.regle("R12")
@pytest.mark.parametrize("quoi", ["retenu", "effacé", "altéré", "disparu"])
def test_given_a_file_that_changes_before_the_job_then_it_is_left_out(quoi: str) -> None:
    candidature = fabriques.dossier_complet()
    analyser()
    document = demander(candidature)
    fichier = candidature.pieces.get(type_piece="ATTESTATION_FISCALE").fichier
    if quoi == "retenu":
        analyser(Antivirus.INFECTE, pk=fichier.pk)
    elif quoi == "effacé":
        Fichier.objects.filter(pk=fichier.pk).update(supprime_le=horloge.now())
    else:
        default_storage.delete(fichier.cle)
        if quoi == "altéré":
            with default_storage.open(fichier.cle, "wb") as contenu:
                contenu.write(b"%PDF-1.4 autre chose")
    lue = produire(document)
    assert not any("fiscale" in nom for nom in lue.namelist())
    assert "PIÈCES QUI NE SONT PAS DANS CETTE ARCHIVE (1)" in sommaire(lue)


def test_given_names_that_could_harm_then_those_of_the_archive_are_unique_and_stay_inside() -> None:
    candidature = fabriques.dossier_complet()
    for nom in ("../../etc/passwd.pdf", "..pdf", "CON.pdf", "même.pdf", "même.pdf", "\u202efdp.exe.pdf"):
        fabriques.joindre(candidature, porteur(candidature), "AUTRE", nom)
    analyser()
    noms = produire(demander(candidature)).namelist()
    assert len(set(noms)) == len(noms) == 12
    for nom in noms:
        dossier, *reste = nom.split("/")
        assert dossier == candidature.reference
        assert ".." not in reste
        assert not any(caractere in nom for caractere in '\u202e\\:"<>|?*')
        assert all(partie[:2].isdigit() or partie in ("Pièces", "Sommaire.txt") for partie in reste)


def test_given_the_same_content_then_one_archive_and_the_same_bytes() -> None:
    candidature = fabriques.dossier_complet()
    analyser()
    premier = demander(candidature)
    produire(premier)
    assert demander(candidature) == premier
    assert Document.objects.filter(genre=edition.COPIE).count() == 1
    flux = io.BytesIO()
    archive.compose(premier, flux, lambda fait, total: None)
    assert premier.fichier is not None
    with premier.fichier.contenu.open("rb") as contenu:
        assert contenu.read() == flux.getvalue()
    fabriques.joindre(candidature, porteur(candidature), "AUTRE")
    assert demander(candidature) != premier


def test_given_a_job_that_runs_twice_then_the_archive_is_made_once() -> None:
    candidature = fabriques.dossier_complet()
    document = demander(candidature)
    produire(document)
    fichier = document.fichier
    Travail.objects.filter(cle=documents.cle_travail(document)).update(etat="A_FAIRE", termine_le=None)
    produire(document)
    assert document.fichier == fichier
    assert Fichier.objects.filter(type_mime=archives.ZIP).count() == 1


def test_given_people_then_the_archive_is_for_those_of_its_pdf() -> None:
    candidature = fabriques.dossier_complet()
    brouillon = demander(candidature)
    instructeur, etranger = comptes.utilisateur("instructeur"), comptes.utilisateur()
    for personne in (instructeur, etranger):
        with pytest.raises(ActeurRefuse):
            demander(candidature, personne)
    with pytest.raises(TransitionRefusee):
        request_dossier_archive(candidature=candidature, acteur=porteur(candidature))
    submit_candidature(candidature=candidature, acteur=porteur(candidature), arrivee=fabriques.LUNDI)
    candidature.refresh_from_db()
    depose = request_dossier_archive(candidature=candidature, acteur=instructeur)
    lisent = {
        personne: (documents.may_read(personne, brouillon), documents.may_read(personne, depose))
        for personne in (instructeur, etranger, comptes.membre(candidature.structure))
    }
    assert list(lisent.values()) == [(False, True), (False, False), (True, True)]
    with pytest.raises(TransitionRefusee):
        demander(candidature)


def test_given_the_button_then_the_page_waits_says_how_far_it_is_and_gives_the_zip() -> None:
    candidature = fabriques.dossier_complet()
    client = connecte(porteur(candidature))
    adresse = reverse("candidatures:copie-archive", args=[candidature.pk])
    assert adresse in client.get(reverse("candidatures:dossier", args=[candidature.pk])).content.decode()
    attente = client.post(adresse, follow=True).content.decode()
    assert "Votre document est en préparation" in attente
    assert "prêts sur" not in attente
    document = Document.objects.get(genre="candidatures.archive_copie")
    Travail.objects.filter(cle=documents.cle_travail(document)).update(progres=2, total=5)
    assert "2 fichiers prêts sur 5." in client.get(document.url).content.decode()
    produire(document).close()
    page = client.get(document.url).content.decode()
    assert "Votre fichier est prêt" in page
    assert f'href="{document.url}?telecharger=1"' in page
    with closing(client.get(f"{document.url}?telecharger=1")) as reponse:
        assert reponse.headers["Content-Type"] == archives.ZIP
        assert reponse.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_given_two_clicks_at_once_on_postgresql_then_there_is_one_archive() -> None:
    candidature = fabriques.dossier_depose()
    acteur = porteur(candidature)

    def click() -> Any:
        mien = Candidature.objects.get(pk=candidature.pk)
        return request_dossier_archive(candidature=mien, acteur=acteur).pk

    fils = [Fil(click) for _ in range(4)]
    assert len({fil.value() for fil in fils}) == 1
    assert Document.objects.filter(genre=edition.DOSSIER).count() == 1


def test_given_a_day_without_a_reader_then_the_archive_goes_and_the_deposited_pdf_stays(lundi: Any) -> None:
    candidature = fabriques.dossier_depose()
    document = request_dossier_archive(candidature=candidature, acteur=porteur(candidature))
    produire(document).close()
    lundi.shift(timedelta(hours=20))
    assert sweep_archives() == 0
    assert request_dossier_archive(candidature=candidature, acteur=porteur(candidature)) == document
    lundi.shift(timedelta(hours=20))
    assert sweep_archives() == 0
    lundi.shift(timedelta(hours=5))
    assert sweep_editions_hourly() == 1
    assert sweep_editions_hourly() == 0
    assert not Document.objects.filter(pk=document.pk).exists()
    assert Document.objects.filter(genre=edition.DOSSIER).count() == 1


def test_given_an_archive_that_still_waits_then_its_pdf_stays_though_it_is_not_the_last(lundi: Any) -> None:
    candidature = fabriques.dossier_complet()
    attend = demander(candidature)
    lundi.shift(timedelta(minutes=1))
    fabriques.enregistrer(candidature, porteur(candidature), "publics", {"part_femmes": 45})
    edition.request_working_copy(candidature=candidature, acteur=porteur(candidature))
    lundi.shift(timedelta(hours=2))
    assert edition.sweep_working_copies() == 0
    produire(attend).close()
    assert edition.sweep_working_copies() == 1
