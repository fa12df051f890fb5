"""Private files (R12): what is taken, how it is kept, who reads it, and when."""

import gc
import io
import uuid
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from comptes.models import Structure, Utilisateur
from socle import antivirus, fichiers, journal, lisibilite
from socle.erreurs import FichierRefuse
from socle.models import RETENUS, Antivirus, Evenement, Fichier, Travail
from socle.references import reference
from tests.socle.papier import page_pdf

pytestmark = [pytest.mark.regle("R12"), pytest.mark.django_db]

PDF = page_pdf()
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00" + b"\x00" * 40
)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + b"\x00" * 40 + b"\xff\xd9"


def archive(membres: dict[str, str]) -> bytes:
    flux = io.BytesIO()
    with zipfile.ZipFile(flux, "w") as zip_:
        for nom, contenu in membres.items():
            zip_.writestr(nom, contenu)
    return flux.getvalue()


def main_part(mime: str) -> str:
    return f'<Types><Override PartName="/x" ContentType="{mime}.main+xml"/></Types>'


TYPES = "[Content_Types].xml"
DOCX = archive({TYPES: main_part(fichiers.DOCX.mime), "word/document.xml": "<w/>"})
XLSX = archive({TYPES: main_part(fichiers.XLSX.mime), "xl/workbook.xml": "<w/>"})
ODT = archive({"mimetype": fichiers.ODT.mime, "content.xml": "<c/>"})
ODS = archive({"mimetype": fichiers.ODS.mime, "content.xml": "<c/>"})
ZIP = archive({"note.txt": "rien"})
MACRO = archive({TYPES: main_part(fichiers.DOCX.mime), "word/document.xml": "", "word/vbaProject.bin": ""})
LIVRE = archive({"mimetype": "application/epub+zip"})


@pytest.fixture(autouse=True)
def prive(settings, dossiers_prives) -> Path:
    """The folder of private files of one test, and the demo's scanner."""
    settings.GEN_ANTIVIRUS = "signatures"
    return Path(settings.PRIVATE_ROOT)


@pytest.fixture(autouse=True)
def politiques(monkeypatch):
    """The policies of one test: nobody by default."""
    registre: dict = {}
    monkeypatch.setattr(fichiers, "_politiques", registre)
    return registre


@pytest.fixture
def structure():
    return Structure.objects.create(
        raison_sociale="Code pour tous",
        siret="73282932000074",
        forme_juridique="association",
        adresse="1 rue du Code",
        code_postal="75011",
        commune="Paris",
        representant_prenom="Ada",
        representant_nom="Martin",
        representant_fonction="présidente",
        representant_email="ada@exemple.example",
    )


def person(nom: str) -> Utilisateur:
    return Utilisateur.objects.create_user(email=f"{nom}@exemple.example", prenom=nom, nom="Test")


@pytest.fixture
def deposante():
    return person("deposante")


@pytest.fixture
def store(structure, deposante):
    def _store(contenu: bytes = PDF, nom: str = "pièce.pdf", **options) -> Fichier:
        champs = {"proprietaire": structure, "politique": "essai", "acteur": deposante} | options
        return fichiers.store(SimpleUploadedFile(nom, contenu), nom=nom, **champs)

    return _store


def stored(prive) -> list[str]:
    return [chemin.name for chemin in prive.rglob("*") if chemin.is_file()]


# --- What is taken ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contenu", "nom", "type_"),
    [
        (PDF, "a.pdf", fichiers.PDF),
        (PDF, "A.PDF", fichiers.PDF),
        (PNG, "a.png", fichiers.PNG),
        (JPEG, "a.jpg", fichiers.JPEG),
        (JPEG, "a.jpeg", fichiers.JPEG),
        (DOCX, "a.docx", fichiers.DOCX),
        (XLSX, "a.xlsx", fichiers.XLSX),
        (ODT, "a.odt", fichiers.ODT),
        (ODS, "a.ods", fichiers.ODS),
    ],
)
def test_given_a_type_of_the_list_when_stored_then_its_type_comes_from_its_content(
    store, contenu, nom, type_
):
    assert store(contenu, nom).type_mime == type_.mime


@pytest.mark.parametrize(
    ("contenu", "nom", "phrase"),
    [
        (b"", "vide.pdf", "est vide"),
        (ZIP, "archive.pdf", "n’a pas un contenu d’un type accepté"),
        (ZIP, "archive.zip", "n’a pas un contenu d’un type accepté"),
        (b"MZ" + b"\0" * 100, "facture.pdf", "n’a pas un contenu d’un type accepté"),
        (b"<html><script>alert(1)</script></html>", "page.pdf", "n’a pas un contenu d’un type accepté"),
        (b"bonjour", "note.pdf", "n’a pas un contenu d’un type accepté"),
        (b"PK\x03\x04abime", "abime.docx", "n’a pas un contenu d’un type accepté"),
        (PNG, "photo.pdf", "se termine par «\u00a0.pdf\u00a0», mais son contenu est du type PNG"),
        (DOCX, "tableau.xlsx", "mais son contenu est du type Word"),
        (PDF, "facture.pdf.exe", "se termine par «\u00a0.exe\u00a0»"),
        (MACRO, "macro.docx", "n’a pas un contenu d’un type accepté"),
        (LIVRE, "livre.odt", "n’a pas un contenu d’un type accepté"),
    ],
)
def test_given_anything_else_when_stored_then_it_is_refused_with_what_to_do(
    store, prive, contenu, nom, phrase
):
    with pytest.raises(FichierRefuse, match="déposez-le à nouveau") as refus:
        store(contenu, nom)

    assert phrase in str(refus.value)
    assert nom in str(refus.value)
    assert not Fichier.objects.exists()
    assert not Travail.objects.exists()
    assert stored(prive) == []


def test_given_the_size_limit_when_stored_then_it_is_taken_and_one_byte_more_is_refused(store, settings):
    settings.GEN_FICHIER_MAX = 1024 * 1024
    juste = PDF + b"x" * (settings.GEN_FICHIER_MAX - len(PDF))

    assert store(juste).taille == settings.GEN_FICHIER_MAX
    with pytest.raises(FichierRefuse, match="pèse 1,1\u00a0Mo, pour au plus 1\u00a0Mo"):
        store(juste + b"x")


def test_given_a_verb_that_takes_images_only_when_a_pdf_comes_then_it_is_refused(store):
    images = (fichiers.PNG.mime, fichiers.JPEG.mime)

    assert store(PNG, "logo.png", types=images).type_mime == "image/png"
    with pytest.raises(FichierRefuse, match=r"nouveau\u00a0: PNG, JPEG\.$"):
        store(PDF, types=images)


def test_given_a_claimed_type_when_stored_then_it_is_not_believed(structure, deposante):
    envoi = SimpleUploadedFile("a.pdf", ZIP, content_type="application/pdf")

    with pytest.raises(FichierRefuse):
        fichiers.store(envoi, nom="a.pdf", proprietaire=structure, politique="essai", acteur=deposante)


# --- How it is kept --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("donne", "garde"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\Ada\\CV.pdf", "CV.pdf"),
        ("fac\u202eture\x00\n.pdf", "facture.pdf"),
        ("  deux   mots.pdf ", "deux mots.pdf"),
        ("e\u0301te\u0301.pdf", "été.pdf"),
        ("<b>gras</b>?.pdf", "b.pdf"),
        ("n" * 300 + ".pdf", "n" * 146 + ".pdf"),
        ("sans extension", "sans extension.pdf"),
        ("///", "fichier.pdf"),
    ],
)
def test_given_any_name_when_stored_then_only_a_safe_form_is_kept_and_the_key_has_none_of_it(
    structure, deposante, donne, garde
):
    with time_machine.travel(datetime(2021, 9, 20, 8, tzinfo=UTC), tick=False):
        fichier = fichiers.store(
            ContentFile(PDF), nom=donne, proprietaire=structure, politique="essai", acteur=deposante
        )

    assert fichier.nom == garde
    assert fichier.contenu.name == f"fichiers/2021/09/{fichier.pk}"


def test_given_a_file_when_stored_then_the_row_says_whose_what_and_when(store, structure, deposante):
    with time_machine.travel(datetime(2021, 9, 20, 8, tzinfo=UTC), tick=False):
        fichier = store()

    fichier.refresh_from_db()
    assert fichier.proprietaire == reference(structure)
    assert fichier.depose_par == reference(deposante)
    assert fichier.depose_le == datetime(2021, 9, 20, 8, tzinfo=UTC)
    assert fichier.taille == len(PDF)
    assert fichier.sha256 == fichiers.sha256_of(ContentFile(PDF))
    assert fichier.chaine_journal == structure.chaine_journal
    assert fichier.antivirus == Antivirus.A_ANALYSER
    with fichier.contenu.open("rb") as flux:
        assert flux.read() == PDF
    travail = Travail.objects.get(cle=f"fichier.analyser:{fichier.pk}")
    assert travail.charge == {"fichier": str(fichier.pk)}


@pytest.mark.parametrize(
    "valeurs",
    [
        {"antivirus": "SAIN"},
        {"antivirus": "PEUT_ETRE", "analyse_le": datetime(2021, 9, 20, tzinfo=UTC)},
        {"taille": 0},
    ],
)
def test_given_a_row_when_written_against_its_rules_then_the_database_refuses(store, valeurs):
    fichier = store()

    with pytest.raises(IntegrityError), transaction.atomic():
        Fichier.objects.filter(pk=fichier.pk).update(**valeurs)


@pytest.mark.django_db(transaction=True)
def test_given_a_transaction_rolled_back_when_the_next_file_comes_then_the_orphan_bytes_are_gone(
    store, prive
):
    def store_then_fail() -> None:
        with transaction.atomic():
            perdu = store()
            assert stored(prive) == [str(perdu.pk)]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store_then_fail()
    gc.collect()

    assert fichiers.remove_abandoned() == 1
    assert stored(prive) == []
    assert not Fichier.objects.exists()
    assert not Travail.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_given_a_savepoint_rolled_back_when_the_rest_commits_then_only_its_bytes_go(store, prive):
    def store_then_fail() -> None:
        with transaction.atomic():
            store()
            raise ZeroDivisionError

    with transaction.atomic():
        garde = store()
        with pytest.raises(ZeroDivisionError):
            store_then_fail()
    gc.collect()

    fichiers.remove_abandoned()
    assert stored(prive) == [str(garde.pk)]
    assert Fichier.objects.get() == garde


@pytest.mark.django_db(transaction=True)
def test_given_a_commit_whose_hook_fails_when_abandoned_bytes_are_removed_then_the_file_keeps_its_own(
    store, prive
):
    def fail() -> None:
        raise ZeroDivisionError

    def store_with_failing_hook() -> None:
        with transaction.atomic():
            transaction.on_commit(fail)
            store()

    with pytest.raises(ZeroDivisionError):
        store_with_failing_hook()
    gc.collect()
    garde = Fichier.objects.get()

    assert fichiers.remove_abandoned() == 0
    assert stored(prive) == [str(garde.pk)]


@pytest.mark.django_db(transaction=True)
def test_given_a_row_that_cannot_be_written_when_stored_then_no_bytes_stay(store, prive, monkeypatch):
    monkeypatch.setattr(Fichier, "save", lambda self, **options: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        store()

    assert stored(prive) == []


def test_given_bytes_without_a_row_when_swept_then_only_the_old_ones_go(store, prive):
    connu = store()
    recent = default_storage.save(f"fichiers/2021/09/{uuid.uuid4()}", ContentFile(b"en cours"))
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=23)):
        assert fichiers.sweep_orphans() == 0
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=25)):
        assert fichiers.sweep_orphans() == 1

    assert not default_storage.exists(recent)
    assert default_storage.exists(connu.contenu.name)


def test_given_a_store_whose_folders_are_mere_prefixes_when_swept_then_its_orphans_go_too(prive, monkeypatch):
    perdu = default_storage.save(f"fichiers/2021/09/{uuid.uuid4()}", ContentFile(b"perdu"))
    # On S3, asking for a prefix is asking for an object that has this very name: there is none.
    monkeypatch.setattr(default_storage, "exists", lambda nom: False)
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=25)):
        assert fichiers.sweep_orphans() == 1

    monkeypatch.undo()
    assert not default_storage.exists(perdu)


def test_given_no_folder_yet_when_swept_then_nothing_happens():
    assert fichiers.sweep_orphans() == 0


def test_given_a_file_when_deleted_then_its_bytes_go_after_the_commit_and_its_row_stays(
    store, prive, django_capture_on_commit_callbacks
):
    fichier = store()

    with django_capture_on_commit_callbacks() as suites:
        fichiers.delete(fichier)
    assert stored(prive) == [str(fichier.pk)]
    for suite in suites:
        suite()

    assert stored(prive) == []
    fichier.refresh_from_db()
    assert fichier.supprime_le is not None
    assert fichier.sha256
    assert not fichier.est_servi


# --- Antivirus -------------------------------------------------------------------------------


def test_given_a_clean_file_when_analysed_then_it_is_clean(store):
    fichier = store()

    fichiers.analyse(fichier.pk)

    fichier.refresh_from_db()
    assert fichier.antivirus == Antivirus.SAIN
    assert fichier.analyse_le is not None
    assert fichier.prochaine_analyse_le is None


def test_given_the_test_virus_when_analysed_then_it_is_infected_and_the_journal_says_so(store, structure):
    fichier = store(PDF + antivirus.EICAR)

    fichiers.analyse(fichier.pk)
    fichiers.analyse(fichier.pk)

    fichier.refresh_from_db()
    assert fichier.antivirus == Antivirus.INFECTE
    assert fichier.constat == "Eicar-Test-Signature"
    evenement = Evenement.objects.get(verbe="fichier.infecte")
    assert evenement.chaine == structure.chaine_journal
    assert evenement.visibilite == journal.Visibilite.PORTEUR
    assert evenement.donnees == {"constat": "Eicar-Test-Signature", "sha256": fichier.sha256}


def test_given_a_file_that_does_not_open_when_analysed_then_it_is_held_and_the_journal_says_so(
    store, structure
):
    fichier = store(b"%PDF-1.4\n% cut in the middle")

    fichiers.analyse(fichier.pk)

    fichier.refresh_from_db()
    assert (fichier.antivirus, fichier.est_servi, fichier.est_retenu) == (Antivirus.ILLISIBLE, False, True)
    assert fichier.en_clair == (
        "À remplacer\u00a0: il est abîmé ou incomplet. Personne ne peut le lire, il ne compte pas."
    )
    evenement = Evenement.objects.get(verbe="fichier.illisible")
    assert (evenement.chaine, evenement.visibilite) == (structure.chaine_journal, "PORTEUR")


def test_given_a_reader_of_files_that_is_broken_when_analysed_then_the_file_waits(store, monkeypatch):
    fichier = store()
    monkeypatch.setattr(lisibilite.sys, "executable", "/absent")

    fichiers.analyse(fichier.pk)

    fichier.refresh_from_db()
    assert fichier.antivirus == Antivirus.QUARANTAINE
    assert fichier.prochaine_analyse_le is not None


@pytest.mark.parametrize("etat", Antivirus)
def test_given_each_state_then_its_sentence_says_what_to_do(etat):
    phrase = Fichier(antivirus=etat, constat="il est abîmé").en_clair
    assert phrase.endswith(".")
    assert "{" not in phrase
    assert ("À remplacer" in phrase) == (etat in RETENUS)


def test_given_no_scanner_when_analysed_then_quarantine_until_a_scanner_is_back(store, settings):
    settings.GEN_ANTIVIRUS = "eteint"
    fichier = store()
    fichiers.analyse(fichier.pk)
    fichier.refresh_from_db()
    assert fichier.antivirus == Antivirus.QUARANTAINE
    assert fichier.constat == "aucun antivirus n’est configuré"
    terme = fichier.prochaine_analyse_le

    with time_machine.travel(terme + timedelta(seconds=1), tick=False):
        assert fichiers.sweep_analyses() == 0
        settings.GEN_ANTIVIRUS = "signatures"
        assert fichiers.sweep_analyses() == 1
        assert fichiers.sweep_analyses() == 0
    assert Travail.objects.filter(genre="fichier.analyser").count() == 2
    fichiers.analyse(fichier.pk)

    fichier.refresh_from_db()
    assert fichier.antivirus == Antivirus.SAIN
    assert fichier.constat == ""


def test_given_a_scanner_that_stays_off_when_asked_again_and_again_then_the_wait_grows_to_an_hour(
    store, settings
):
    settings.GEN_ANTIVIRUS = "eteint"
    attentes = []
    with time_machine.travel(datetime(2021, 9, 20, 8, tzinfo=UTC), tick=False):
        fichier = store()
        for _ in range(8):
            fichiers.analyse(fichier.pk)
            fichier.refresh_from_db()
            attentes.append(
                (fichier.prochaine_analyse_le - datetime(2021, 9, 20, 8, tzinfo=UTC)).seconds // 60
            )

    assert attentes == [1, 2, 4, 8, 16, 32, 60, 60]


def test_given_bytes_that_are_gone_when_analysed_then_the_file_is_in_quarantine(store):
    fichier = store()
    default_storage.delete(fichier.contenu.name)

    fichiers.analyse(fichier.pk)

    fichier.refresh_from_db()
    assert fichier.antivirus == Antivirus.QUARANTAINE


def test_given_a_job_that_died_when_its_delay_is_over_then_the_sweep_asks_again(store):
    fichier = store()

    assert fichiers.sweep_analyses() == 0
    with time_machine.travel(fichier.prochaine_analyse_le + timedelta(seconds=1), tick=False):
        assert fichiers.sweep_analyses() == 1

    assert Travail.objects.filter(charge={"fichier": str(fichier.pk)}).count() == 2


# --- Who reads it ----------------------------------------------------------------------------


def test_given_an_unknown_policy_when_anyone_reads_then_nobody_may(store, deposante):
    fichier = store()
    fichiers.analyse(fichier.pk)
    fichier.refresh_from_db()

    assert not fichiers.may_read(deposante, fichier)
    assert not fichiers.served_to(deposante, fichier)


def test_given_a_policy_when_registered_twice_then_the_same_passes_and_another_is_refused(politiques):
    def ouvert(user, fichier):
        return True

    fichiers.register_policy("essai", ouvert)
    fichiers.register_policy("essai", ouvert)

    assert politiques == {"essai": ouvert}
    with pytest.raises(ValueError, match="already registered"):
        fichiers.register_policy("essai", lambda user, fichier: False)


@pytest.fixture
def lectrice(politiques, deposante):
    """A person whom the policy lets read, as it does the depositor."""
    lue = person("lectrice")
    fichiers.register_policy("essai", lambda user, fichier: user.pk in {lue.pk, deposante.pk})
    return lue


@pytest.fixture
def get(client):
    """Ask for a file as somebody; streams are closed at the end."""
    reponses = []

    def _get(personne, fichier, methode="get", suite="", **entetes):
        client.force_login(personne)
        reponses.append(getattr(client, methode)(f"/fichiers/{fichier.pk}/{suite}", headers=entetes))
        return reponses[-1]

    yield _get
    for reponse in reponses:
        reponse.close()


def test_given_a_clean_file_when_an_allowed_person_asks_then_the_bytes_come_private_and_inert(
    store, lectrice, get
):
    fichier = store(nom="relevé d’identité.pdf")
    fichiers.analyse(fichier.pk)

    reponse = get(lectrice, fichier)

    assert reponse.status_code == 200
    assert reponse.getvalue() == PDF
    assert reponse["Content-Type"] == "application/pdf"
    assert reponse["Content-Length"] == str(len(PDF))
    assert (
        reponse["Content-Disposition"] == "inline; filename*=utf-8''relev%C3%A9%20d%E2%80%99identit%C3%A9.pdf"
    )
    assert reponse["X-Content-Type-Options"] == "nosniff"
    assert reponse["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert reponse["Cache-Control"] == "private, no-store"
    assert reponse["ETag"] == f'"{fichier.sha256}"'


def test_given_the_same_bytes_when_asked_again_then_nothing_is_sent(store, lectrice, get):
    fichier = store()
    fichiers.analyse(fichier.pk)

    reponse = get(lectrice, fichier, **{"if-none-match": f'"{fichier.sha256}"'})

    assert reponse.status_code == 304
    assert reponse.content == b""
    assert reponse["Cache-Control"] == "private, no-store"


def test_given_a_clean_file_when_only_its_headers_are_asked_then_no_byte_comes(store, lectrice, get):
    fichier = store()
    fichiers.analyse(fichier.pk)

    reponse = get(lectrice, fichier, "head")

    assert reponse.status_code == 200
    assert reponse["Content-Length"] == str(len(PDF))
    assert reponse.content == b""


@pytest.mark.parametrize(("contenu", "nom", "suite"), [(DOCX, "a.docx", ""), (PDF, "a.pdf", "?telecharger")])
def test_given_an_office_file_or_a_wish_to_download_when_asked_then_it_is_an_attachment(
    store, lectrice, get, contenu, nom, suite
):
    fichier = store(contenu, nom)
    fichiers.analyse(fichier.pk)

    assert get(lectrice, fichier, suite=suite)["Content-Disposition"] == f'attachment; filename="{nom}"'


def test_given_any_other_verb_when_sent_then_it_is_refused(store, lectrice, get):
    fichier = store()
    fichiers.analyse(fichier.pk)

    assert get(lectrice, fichier, "post").status_code == 405
    assert get(lectrice, fichier, "delete").status_code == 405


def test_given_a_clean_file_when_a_stranger_asks_then_it_does_not_exist(store, lectrice, get):
    fichier = store()
    fichiers.analyse(fichier.pk)
    assert get(lectrice, fichier).status_code == 200

    assert get(person("etranger"), fichier).status_code == 404


def test_given_nobody_signed_in_when_a_file_is_asked_then_the_sign_in_page_comes(store, lectrice, client):
    fichier = store()
    fichiers.analyse(fichier.pk)

    reponse = client.get(f"/fichiers/{fichier.pk}/")

    assert reponse.status_code == 302
    assert reponse["Location"].startswith("/compte/")


@pytest.mark.parametrize(
    ("etat", "phrase"),
    [
        (Antivirus.A_ANALYSER, "en cours de vérification"),
        (Antivirus.QUARANTAINE, "en cours de vérification"),
        (Antivirus.INFECTE, "l’antivirus y a trouvé un danger"),
    ],
)
def test_given_a_file_not_clean_when_asked_then_its_depositor_is_told_and_nobody_else_sees_it(
    store, lectrice, deposante, get, etat, phrase
):
    fichier = store()
    if etat != Antivirus.A_ANALYSER:
        Fichier.objects.update(antivirus=etat, analyse_le=datetime(2021, 9, 20, tzinfo=UTC))

    assert get(lectrice, fichier).status_code == 404
    reponse = get(deposante, fichier)

    assert reponse.status_code == 200
    assert reponse["Content-Type"].startswith("text/html")
    assert phrase in reponse.content.decode()
    assert PDF not in reponse.content


def test_given_a_deleted_file_when_its_depositor_asks_then_it_does_not_exist(store, lectrice, deposante, get):
    fichier = store()
    fichiers.analyse(fichier.pk)
    assert get(deposante, fichier).status_code == 200

    fichiers.delete(fichier)

    assert get(deposante, fichier).status_code == 404
