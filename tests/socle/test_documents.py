"""Generated documents (mechanism 5): frozen data, one file, one event, whatever dies on the way."""

import copy
import hashlib
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from comptes.models import Structure, Utilisateur
from socle import documents, fichiers, rendu, travaux
from socle.models import Antivirus, Document, Evenement, Fichier, Travail
from socle.references import REFERENCE_SYSTEME, reference

pytestmark = pytest.mark.django_db

GABARITS = Path(__file__).parent / "gabarits"
DONNEES = {
    "numero": "2021-000123",
    "intro": "Votre candidature est enregistrée.",
    "faits": {"Relevé": "30 septembre 2021", "Formation": "Développeur web"},
    "modules": [{"titre": "HTML", "modalite": "présentiel", "heures": 40}],
}
ARRIVEE = datetime(2021, 9, 20, 8, 4, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def atelier(settings, dossiers_prives, monkeypatch) -> Path:
    """The folder of private files, the example template, and registries of one test."""
    gabarits = copy.deepcopy(settings.TEMPLATES)
    gabarits[0]["DIRS"] = [*gabarits[0]["DIRS"], GABARITS]
    settings.TEMPLATES = gabarits
    monkeypatch.setattr(documents, "_genres", {})
    monkeypatch.setattr(fichiers, "_politiques", {})
    documents.register("essai.accuse", gabarit="exemple", version=3, politique="essai")
    return Path(settings.PRIVATE_ROOT)


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


@pytest.fixture
def request_document(structure):
    def _request(cle: str = "essai:1", **options) -> Document:
        champs = {"sujet": structure, "donnees": DONNEES, "titre": "Accusé de réception"} | options
        with time_machine.travel(ARRIVEE, tick=False):
            return documents.request("essai.accuse", cle=cle, **champs)

    return _request


def person(nom: str) -> Utilisateur:
    return Utilisateur.objects.create_user(email=f"{nom}@exemple.example", prenom=nom, nom="Test")


# --- Asking ----------------------------------------------------------------------------------


def test_given_a_kind_when_asked_then_the_row_freezes_everything_and_a_job_waits(request_document, structure):
    document = request_document()

    document.refresh_from_db()
    assert document.sujet == reference(structure)
    assert document.donnees == DONNEES
    assert (document.gabarit, document.version_gabarit, document.politique) == (
        "pdf/exemple.html",
        3,
        "essai",
    )
    assert document.demande_le == ARRIVEE
    assert not document.est_produit
    travail = Travail.objects.get(cle=documents.cle_travail(document))
    assert (travail.genre, travail.charge) == ("document.rendre", {"document": str(document.pk)})


def test_given_the_same_key_when_asked_again_then_the_first_document_stands(request_document):
    premier = request_document()

    second = request_document(titre="Autre", donnees={"intro": "autre"})

    assert second.pk == premier.pk
    assert second.titre == "Accusé de réception"
    assert Travail.objects.filter(genre="document.rendre").count() == 1


def test_given_dates_in_the_data_when_asked_then_they_are_frozen_as_text(request_document):
    document = request_document(donnees={"le": date(2021, 9, 30), "a": ARRIVEE})

    relu = Document.objects.get(pk=document.pk)
    assert document.donnees == relu.donnees == {"le": "2021-09-30", "a": "2021-09-20T08:04:05.000000+00:00"}


def test_given_a_float_in_the_data_when_asked_then_it_is_refused(request_document):
    with pytest.raises(ValueError, match="float"):
        request_document(donnees={"note": 3.5})


def test_given_an_unknown_kind_when_asked_then_it_is_refused(structure):
    with pytest.raises(LookupError, match="inconnu"):
        documents.request("inconnu", sujet=structure, donnees={}, titre="x", cle="x")


def test_given_a_kind_when_registered_twice_then_the_same_passes_and_another_is_refused():
    documents.register("essai.accuse", gabarit="pdf/exemple.html", version=3, politique="essai")

    with pytest.raises(ValueError, match="already registered"):
        documents.register("essai.accuse", gabarit="exemple", version=4, politique="essai")


def test_given_a_rolled_back_act_when_it_had_asked_then_neither_document_nor_job_stays(request_document):
    def ask_then_fail() -> None:
        with transaction.atomic():
            request_document()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ask_then_fail()

    assert not Document.objects.exists()
    assert not Travail.objects.exists()


# --- Rendering -------------------------------------------------------------------------------


def test_given_a_document_when_its_page_is_made_then_it_says_number_date_letterhead_and_hash(
    request_document,
):
    document = request_document()

    page = documents.to_html(document)

    assert "N°&nbsp;2021-000123" in page
    assert "le&nbsp;20 septembre 2021 à 10 h 04 (heure de Paris)" in page.replace("\u00a0", " ").replace(
        "\u202f", " "
    )
    assert "Grande École<br>du Numérique" in page
    assert documents.fingerprint(document)[:12] in page
    assert '<meta name="dcterms.created" content="2021-09-20T10:04:05+02:00">' in page


def test_given_the_same_data_in_another_order_when_rendered_then_the_bytes_are_the_same(request_document):
    document = request_document()
    relu = Document.objects.get(pk=document.pk)
    relu.donnees = dict(reversed(relu.donnees.items())) | {
        "faits": dict(reversed(relu.donnees["faits"].items()))
    }

    assert documents.render(relu) == documents.render(document)


@pytest.mark.parametrize(
    "champ", [{"donnees": DONNEES | {"intro": "autre"}}, {"titre": "Autre"}, {"version_gabarit": 4}]
)
def test_given_any_change_when_fingerprinted_then_the_hash_changes(request_document, champ):
    document = request_document()
    avant = documents.fingerprint(document)

    for nom, valeur in champ.items():
        setattr(document, nom, valeur)

    assert documents.fingerprint(document) != avant


def test_given_the_job_when_run_then_the_file_is_the_proof_and_the_journal_says_so(
    request_document, structure
):
    document = request_document()

    assert travaux.run(Travail.objects.get(cle=documents.cle_travail(document)).pk)

    document.refresh_from_db()
    fichier = document.fichier
    assert fichier.nom == "Accusé de réception.pdf"
    assert (fichier.antivirus, fichier.constat) == (Antivirus.SAIN, "produit par le portail")
    assert fichier.proprietaire == reference(structure)
    assert fichier.depose_par == REFERENCE_SYSTEME
    with fichier.contenu.open("rb") as flux:
        contenu = flux.read()
    assert document.sha256 == fichier.sha256 == hashlib.sha256(contenu).hexdigest()
    assert contenu == documents.render(document)
    evenement = Evenement.objects.get(verbe="document.produit")
    assert evenement.chaine == structure.chaine_journal
    assert evenement.donnees == {"genre": "essai.accuse", "version": 3, "sha256": document.sha256}


def test_given_a_document_already_made_when_rendered_again_then_nothing_changes(request_document, atelier):
    document = documents.render_now(request_document())
    avant = (document.fichier_id, document.produit_le)

    encore = documents.render_now(document)

    assert (encore.fichier_id, encore.produit_le) == avant
    assert Fichier.objects.count() == 1
    assert Evenement.objects.filter(verbe="document.produit").count() == 1


def test_given_two_workers_on_one_document_when_both_have_rendered_then_one_file_is_attached(
    request_document, monkeypatch
):
    document = request_document()
    vrai = documents.render

    def render_while_another_ends(demande: Document) -> bytes:
        monkeypatch.setattr(documents, "render", vrai)
        documents.render_now(Document.objects.get(pk=demande.pk))
        return vrai(demande)

    monkeypatch.setattr(documents, "render", render_while_another_ends)
    documents.render_now(document)

    assert Fichier.objects.count() == 1
    assert Evenement.objects.filter(verbe="document.produit").count() == 1


@pytest.mark.django_db(transaction=True)
def test_given_a_crash_after_the_bytes_when_run_again_then_one_file_and_no_orphan(
    request_document, atelier, monkeypatch
):
    document = request_document()

    def crash(*args, **options):
        raise ZeroDivisionError

    with monkeypatch.context() as panne:
        panne.setattr(documents.journal, "record", crash)
        with pytest.raises(ZeroDivisionError):
            documents.render_now(document)
    document.refresh_from_db()
    assert document.fichier is None

    documents.render_now(document)
    fichiers.remove_abandoned()

    fichier = Fichier.objects.get()
    assert document.fichier == fichier
    assert [chemin.name for chemin in atelier.rglob("*") if chemin.is_file()] == [str(fichier.pk)]
    assert default_storage.exists(fichier.contenu.name)


def test_given_a_missing_resource_when_the_job_runs_then_it_fails_and_tries_again_later(
    request_document, monkeypatch
):
    document = request_document()
    monkeypatch.setattr(
        documents, "to_html", lambda d: '<link rel="stylesheet" href="statique:pdf/absent.css">'
    )
    travail = Travail.objects.get(cle=documents.cle_travail(document))

    assert not travaux.run(travail.pk)

    travail.refresh_from_db()
    assert travail.etat == Travail.Etat.ECHEC
    assert rendu.RenduImpossible.__name__ in travail.erreur
    assert not Document.objects.get().est_produit


def test_given_a_row_half_made_when_written_then_the_database_refuses(request_document):
    request_document()

    with pytest.raises(IntegrityError), transaction.atomic():
        Document.objects.update(sha256="a" * 64)


# --- Serving ---------------------------------------------------------------------------------


@pytest.fixture
def get(client):
    """Ask for a document as somebody; streams are closed at the end."""
    reponses = []

    def _get(personne, document, suite=""):
        client.force_login(personne)
        reponses.append(client.get(f"/documents/{document.pk}/{suite}"))
        return reponses[-1]

    yield _get
    for reponse in reponses:
        reponse.close()


@pytest.fixture
def lectrice():
    lue = person("lectrice")
    fichiers.register_policy("essai", lambda user, fichier: user.pk == lue.pk)
    return lue


def test_given_a_document_in_preparation_when_asked_then_a_page_waits_without_script(
    request_document, lectrice, get
):
    document = request_document()

    reponse = get(lectrice, document)

    assert reponse.status_code == 200
    assert "en préparation" in reponse.content.decode()
    assert reponse["Refresh"] == "5"
    assert reponse["Cache-Control"] == "private, no-store"


def test_given_a_reader_who_stopped_the_refresh_when_the_page_comes_then_it_stays(
    request_document, lectrice, get
):
    document = request_document()

    reponse = get(lectrice, document, "?arret=1")

    assert "Refresh" not in reponse
    assert "ne s’actualise plus" in reponse.content.decode()


def test_given_a_job_given_up_when_the_page_comes_then_it_says_so(request_document, lectrice, get):
    document = request_document()
    Travail.objects.filter(cle=documents.cle_travail(document)).update(
        etat=Travail.Etat.MORT, termine_le=ARRIVEE
    )

    reponse = get(lectrice, document)

    assert "n’a pas pu être préparé" in reponse.content.decode()
    assert "Refresh" not in reponse


def test_given_a_made_document_when_asked_then_its_bytes_come(request_document, lectrice, get):
    document = documents.render_now(request_document())

    reponse = get(lectrice, document)

    assert hashlib.sha256(reponse.getvalue()).hexdigest() == document.sha256
    assert reponse["Content-Type"] == "application/pdf"
    assert reponse["Content-Disposition"].startswith("inline; filename*=utf-8''Accus%C3%A9")
    telecharge = get(lectrice, document, "?telecharger")
    assert telecharge["Content-Disposition"].startswith("attachment;")
    assert telecharge.getvalue().startswith(b"%PDF-")


@pytest.mark.parametrize("produit", [False, True])
def test_given_a_document_when_a_stranger_asks_then_it_does_not_exist(
    request_document, lectrice, get, produit
):
    document = request_document()
    if produit:
        documents.render_now(document)
    assert get(lectrice, document).status_code == 200

    assert get(person("etranger"), document).status_code == 404
