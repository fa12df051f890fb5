"""The whole dossier as a PDF: what each page says, who asks and who reads, and that copies do not pile up."""

import re
import time
from contextlib import closing
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pypdfium2
import pytest
import time_machine
from django.core.files.storage import default_storage
from django.db.models import ProtectedError
from django.urls import reverse

from candidatures.domain import edition
from candidatures.domain.complements import Element, answer_complements
from candidatures.domain.depot import submit_candidature
from candidatures.domain.edition import request_dossier, request_working_copy, sweep_working_copies
from candidatures.domain.lecture import NON_CONSERVE, sections_lisibles
from candidatures.models import Candidature
from comptes.models import Appartenance
from socle import documents, fichiers, horloge, travaux
from socle.erreurs import ActeurRefuse, TransitionRefusee
from socle.models import Antivirus, Document, Fichier, Travail
from socle.models.fichier import EN_BREF
from tests.candidatures import fabriques
from tests.candidatures.test_pages import connecte
from tests.comptes import fabriques as comptes
from tests.labellisation import fabriques as labellisation
from tests.socle.fils import Fil

pytestmark = pytest.mark.django_db

BROUILLON = "Brouillon — non déposé"
ARABE = "مرحبا بكم في هذا الملف"
#: Seconds for a long dossier: it took about 6; a busy machine must pass too.
PATIENCE = 90


@pytest.fixture(autouse=True)
def lundi() -> Any:
    """Monday 20 September 2021, 10:00 in Paris."""
    with time_machine.travel(fabriques.LUNDI, tick=False) as temps:
        yield temps


def porteur(candidature: Candidature) -> Any:
    """Return the responsable of the dossier's structure."""
    return fabriques.responsable_de(candidature.structure)


def copie(candidature: Candidature, acteur: Any = None) -> Document:
    """Ask for the working copy."""
    return request_working_copy(candidature=candidature, acteur=acteur or porteur(candidature))


def depose(candidature: Candidature, acteur: Any = None) -> Document:
    """Ask for the deposited dossier."""
    return request_dossier(candidature=candidature, acteur=acteur or porteur(candidature))


def pages_of(contenu: bytes) -> list[str]:
    """Return the text of each page, on one line."""
    with pypdfium2.PdfDocument(contenu) as pdf:
        return [" ".join(page.get_textpage().get_text_bounded().split()) for page in pdf]


def headings(contenu: bytes) -> dict[str, int]:
    """Return the page of each heading of a section, by the bookmarks."""
    with pypdfium2.PdfDocument(contenu) as pdf:
        return {
            signet.get_title(): signet.get_dest().get_index() + 1
            for signet in pdf.get_toc()
            if signet.level == 1
        }


def longue(contenu: fabriques.Reponses) -> None:
    """Thirty modules, twenty partners, texts of ten thousand characters, emoji, right to left."""
    mots = ("Un texte long, fait de mots ordinaires. " * 300)[:10_000]
    programme, (module, *_) = contenu["programme"][0], contenu["programme"][1] or []
    programme |= {"justification_heures": mots, "processus_conception": "x" * 10_000}
    modules = [
        {**module, "titre": f"Module essai-{rang}", "enseignements": f"Cours {rang}\n{mots[:300]}"}
        for rang in range(30)
    ]
    contenu["programme"] = (programme, modules)
    contenu["formation"][0]["pedagogie"] = ARABE * 60
    contenu["publics"][0]["sourcing_femmes"] = "Ateliers 😀 👩‍💻 " * 60
    partenaire = (contenu["partenaires"][1] or [])[1]
    contenu["partenaires"] = (
        {},
        [{**partenaire, "nom": f"Partenaire {rang}", "engagement": mots} for rang in range(20)],
    )


def printed(document: Document, question: str) -> str:
    """Return the answer that a document prints under a question."""
    reponses = [
        reponse
        for section in document.donnees["sections"]
        for bloc in section["blocs"]
        for reponse in bloc["reponses"]
    ]
    return next(valeur for label, valeur in reponses if label == question)


# --- What the pages say --------------------------------------------------------------------------
@pytest.mark.regle("R8")
def test_given_a_draft_then_every_page_says_that_it_is_not_deposited_and_the_end_says_what_lacks() -> None:
    candidature = fabriques.brouillon()
    pages = pages_of(documents.render(copie(candidature)))
    assert len(pages) > 3
    for numero, page in enumerate(pages, start=1):
        assert f"{BROUILLON} — dossier {candidature.reference}" in page
        assert f"page {numero} sur {len(pages)}" in page
    assert "20 septembre 2021 à 10 h 00 (heure de Paris)" in pages[0].replace("\u00a0", " ")
    fin = " ".join(pages[-3:]).replace("\u00a0", " ")
    assert "Ce qui manque et ce qui est à vérifier" in fin
    assert "Renseignez « code ROME »." in fin
    assert "Joignez la pièce « Attestation de régularité fiscale »." in fin
    assert "Critère 3, section « 3. Programme »" in fin


@pytest.mark.regle("R11")
def test_given_a_deposit_then_the_first_page_says_when_it_was_received_and_no_page_says_draft() -> None:
    candidature = fabriques.dossier_depose()
    depot = candidature.depots.get()
    pages = pages_of(documents.render(depose(candidature)))
    premiere = pages[0].replace("\u00a0", " ")
    assert "lundi 20 septembre 2021 à 10 h 00 min 00 s, heure de Paris" in premiere
    assert "relevé 2, jeudi 30 septembre 2021 à 23 h 59" in premiere
    assert depot.empreinte in premiere.replace(" ", "")
    assert not any("Brouillon" in page or "manque" in page for page in pages)
    assert all(f"Dossier {candidature.reference} — Déposé" in page for page in pages)


def test_given_the_contents_then_each_page_number_is_that_of_its_heading() -> None:
    check_contents(documents.render(copie(fabriques.dossier_complet())))


def check_contents(contenu: bytes) -> None:
    """Compare the page numbers of the contents with the pages of the headings."""
    sommaire = pages_of(contenu)[0].partition("Sommaire")[2].replace("\u00a0", " ")
    titres = {titre.replace("\u00a0", " "): page for titre, page in headings(contenu).items()}
    del titres["Sommaire"]
    assert len(titres) == 13
    for titre, page in titres.items():
        trouve = re.search(rf"{re.escape(titre)}[ .]+(\d+)", sommaire)
        assert trouve, titre
        assert int(trouve[1]) == page, titre


def test_given_a_long_dossier_then_it_is_whole_and_nothing_leaves_the_page() -> None:
    candidature = fabriques.dossier_complet(change=longue)
    debut = time.monotonic()
    contenu = documents.render(copie(candidature))
    assert time.monotonic() - debut < PATIENCE
    check_contents(contenu)
    texte = " ".join(pages_of(contenu))
    for rang in range(30):
        assert f"Module {rang + 1} — Module essai-{rang}" in texte
    assert texte.count("x" * 50) >= 10_000 // 100
    # The reader leaves out the pictures that the fonts of some machines draw for an emoji.
    assert texte.count("Ateliers") >= 60
    with pypdfium2.PdfDocument(contenu) as pdf:
        for page in pdf:
            largeur, hauteur = page.get_size()
            objets = list(page.get_objects())
            assert objets
            for objet in objets:
                gauche, bas, droite, haut = objet.get_bounds()
                assert gauche >= 0
                assert bas >= 0
                assert droite <= largeur + 1
                assert haut <= hauteur + 1


def test_given_the_figures_then_they_are_those_of_the_pre_checks() -> None:
    texte = " ".join(pages_of(documents.render(depose(fabriques.dossier_depose()))))
    lu = texte.replace("\u00a0", " ").replace("\u202f", " ")
    for figure in (
        "500 heures en 2 modules",
        "0 sur 2",
        "75 heures pour 500 heures de formation",
        "108 750,50 € de charges, 108 750,50 € de ressources",
    ):
        assert figure in lu


@pytest.mark.regle("R12")
@pytest.mark.parametrize("etat", list(Antivirus))
def test_given_an_attachment_then_it_is_listed_with_its_hash_and_what_the_antivirus_said(etat: str) -> None:
    candidature = fabriques.dossier_complet()
    fichier = candidature.pieces.get(type_piece="ATTESTATION_FISCALE").fichier
    analyse = None if etat == Antivirus.A_ANALYSER else horloge.now()
    Fichier.objects.filter(pk=fichier.pk).update(antivirus=etat, analyse_le=analyse)
    pieces = copie(candidature).donnees["pieces"]
    assert [piece["numero"] for piece in pieces] == [1, 2, 3, 4]
    trouvee = next(piece for piece in pieces if piece["sha256"] == fichier.sha256)
    assert trouvee["etat"] == EN_BREF[etat]
    assert trouvee["nom"] == "attestation_fiscale.pdf"
    assert trouvee["taille"].endswith("octets")


def test_given_a_file_that_was_erased_then_it_is_said_and_not_linked() -> None:
    candidature = fabriques.dossier_depose()
    fichiers.delete(candidature.pieces.get(type_piece="ATTESTATION_FISCALE").fichier)
    lues = [
        piece
        for section in sections_lisibles(candidature.depots.get().instantane)
        for piece in section.pieces
        if piece.etat == NON_CONSERVE
    ]
    assert [(piece.nom, piece.url, piece.taille) for piece in lues] == [("attestation_fiscale.pdf", "", "")]


# --- Once for the same content -------------------------------------------------------------------
def test_given_the_same_content_when_asked_again_then_the_same_document_and_the_same_bytes() -> None:
    candidature = fabriques.dossier_complet()
    premier = copie(candidature)
    assert copie(candidature, comptes.membre(candidature.structure)) == premier
    assert documents.render(premier) == documents.render(Document.objects.get(pk=premier.pk))
    assert Travail.objects.filter(cle=documents.cle_travail(premier)).count() == 1


@pytest.mark.parametrize("quoi", ["réponse", "pièce", "antivirus"])
def test_given_another_content_then_another_document(quoi: str) -> None:
    candidature = fabriques.dossier_complet()
    premier = copie(candidature)
    if quoi == "réponse":
        fabriques.enregistrer(candidature, porteur(candidature), "publics", {"part_femmes": 45})
    elif quoi == "pièce":
        fabriques.joindre(candidature, porteur(candidature), "AUTRE")
    else:
        Fichier.objects.update(antivirus=Antivirus.SAIN, analyse_le=horloge.now())
    second = copie(candidature)
    assert second != premier
    assert Document.objects.get(pk=premier.pk).donnees == premier.donnees


@pytest.mark.regle("R11", "R16")
def test_given_a_deposit_then_its_document_never_reads_live_data_and_each_version_has_its_own() -> None:
    candidature = fabriques.dossier_en_complement([Element("publics", "part_femmes", "Précisez.")])
    premier = depose(candidature)
    fabriques.enregistrer(candidature, porteur(candidature), "publics", {"part_femmes": 47})
    assert depose(candidature) == premier
    en_cours = copie(candidature)
    assert en_cours.donnees["bandeau"] == "Compléments en préparation — non transmis"
    answer_complements(candidature=candidature, acteur=porteur(candidature), arrivee=fabriques.LUNDI)
    candidature.refresh_from_db()
    second = depose(candidature)
    assert second != premier
    assert second.titre.endswith("déposé (version 2)")
    assert printed(premier, "Part de femmes visée (%)") == "40\u00a0%"
    assert printed(en_cours, "Part de femmes visée (%)") == "47\u00a0%"
    assert printed(second, "Part de femmes visée (%)") == "47\u00a0%"
    assert second.donnees["complete_le"]


@pytest.mark.regle("R4")
def test_given_a_relevé_to_be_announced_when_it_is_then_the_document_is_made_again_with_it() -> None:
    candidature = fabriques.dossier_depose()
    releve = candidature.releve_arrivee
    Candidature.objects.filter(pk=candidature.pk).update(releve_arrivee=None)
    candidature.refresh_from_db()
    attend = depose(candidature)
    assert attend.donnees["releve"] == "relevé à annoncer"
    assert depose(candidature) == attend
    Candidature.objects.filter(pk=candidature.pk).update(releve_arrivee=releve)
    candidature.refresh_from_db()
    assert depose(candidature).donnees["releve"].startswith("relevé 2")


@pytest.mark.parametrize("genre", ["copie", "depose"])
def test_given_the_queries_then_their_number_does_not_depend_on_the_rows(
    genre: str, django_assert_max_num_queries: Any
) -> None:
    """The queries are counted on a dossier of two modules, then on one of thirty."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    nombres = []
    for change in (None, longue):
        candidature = fabriques.dossier_complet(change=change)
        if genre == "depose":
            submit_candidature(candidature=candidature, acteur=porteur(candidature), arrivee=fabriques.LUNDI)
        acteur = porteur(candidature)
        with CaptureQueriesContext(connection) as captees:
            {"copie": copie, "depose": depose}[genre](candidature, acteur)
        nombres.append(len(captees))
    assert nombres[0] == nombres[1]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_given_two_clicks_at_once_on_postgresql_then_there_is_one_document_and_one_job() -> None:
    candidature = fabriques.dossier_complet()
    acteur = porteur(candidature)
    fils = [Fil(lambda: copie(Candidature.objects.get(pk=candidature.pk), acteur).pk) for _ in range(4)]
    assert len({fil.value() for fil in fils}) == 1
    document = Document.objects.get(genre=edition.COPIE)
    assert Travail.objects.filter(cle=documents.cle_travail(document)).count() == 1


# --- Who asks, who reads -------------------------------------------------------------------------
def test_given_a_draft_then_only_the_members_of_its_structure_ask_for_it_and_read_it() -> None:
    candidature = fabriques.dossier_complet()
    document = copie(candidature)
    membre = comptes.membre(candidature.structure)
    autres = [comptes.utilisateur(), comptes.utilisateur("instructeur"), comptes.utilisateur("direction")]
    assert documents.may_read(membre, document)
    for personne in autres:
        assert not documents.may_read(personne, document)
        with pytest.raises(ActeurRefuse):
            copie(candidature, personne)
        assert (
            connecte(personne).post(reverse("candidatures:copie-pdf", args=[candidature.pk])).status_code
            == 404
        )
        assert connecte(personne).get(document.url).status_code == 404


def test_given_a_draft_s_copy_when_deposited_then_gen_still_never_reads_it() -> None:
    candidature = fabriques.dossier_complet()
    document = copie(candidature)
    documents.render_now(document)
    submit_candidature(candidature=candidature, acteur=porteur(candidature), arrivee=fabriques.LUNDI)
    instructeur = comptes.utilisateur("instructeur")
    assert Candidature.objects.visible_to(instructeur).filter(pk=candidature.pk).exists()
    assert connecte(instructeur).get(document.url).status_code == 404
    with closing(connecte(porteur(candidature)).get(document.url)) as lue:
        assert lue.status_code == 200


def test_given_a_deposited_dossier_then_whoever_reads_it_has_its_pdf() -> None:
    candidature = labellisation.dossier_note()
    seance = labellisation.seance_convoquee([candidature])
    membre_convoque = labellisation.membres_de(seance)[0]
    document = depose(candidature)
    lisent = [comptes.membre(candidature.structure), comptes.utilisateur("instructeur"), membre_convoque]
    for personne in lisent:
        assert depose(candidature, personne) == document
        reponse = connecte(personne).post(reverse("candidatures:dossier-pdf", args=[candidature.pk]))
        assert (reponse.status_code, reponse.headers["Location"]) == (302, document.url)
        assert connecte(personne).get(document.url).status_code == 200
    for personne in (comptes.utilisateur(), labellisation.membre_comite()):
        with pytest.raises(ActeurRefuse):
            depose(candidature, personne)
        assert not documents.may_read(personne, document)


def test_given_a_member_who_left_then_neither_is_his_any_more() -> None:
    candidature = fabriques.dossier_depose()
    document, ancien = depose(candidature), comptes.membre(candidature.structure)
    assert documents.may_read(ancien, document)
    Appartenance.objects.filter(utilisateur=ancien).update(au=fabriques.LUNDI)
    ancien.forget_roles()
    assert not documents.may_read(ancien, document)


def test_given_the_wrong_moment_then_the_page_says_what_to_ask_for() -> None:
    depose_, brouillon = fabriques.dossier_depose(), fabriques.brouillon()
    with pytest.raises(TransitionRefusee):
        copie(depose_)
    with pytest.raises(TransitionRefusee):
        depose(brouillon)
    client = connecte(porteur(depose_))
    page = client.post(reverse("candidatures:copie-pdf", args=[depose_.pk]), follow=True).content.decode()
    assert "Demandez le PDF du dossier déposé." in page
    client = connecte(porteur(brouillon))
    page = client.post(reverse("candidatures:dossier-pdf", args=[brouillon.pk]), follow=True).content.decode()
    assert "Demandez le PDF du brouillon." in page


def test_given_the_button_then_the_pdf_waits_for_the_worker_then_opens() -> None:
    candidature = fabriques.dossier_complet()
    client = connecte(porteur(candidature))
    page = client.get(reverse("candidatures:dossier", args=[candidature.pk])).content.decode()
    assert reverse("candidatures:copie-pdf", args=[candidature.pk]) in page
    attente = client.post(reverse("candidatures:copie-pdf", args=[candidature.pk]), follow=True)
    assert "Votre document est en préparation" in attente.content.decode()
    travaux.sweep(sur_place=True)
    document = Document.objects.get(genre=edition.COPIE)
    with closing(client.get(document.url)) as reponse:
        assert reponse.headers["Content-Type"] == "application/pdf"
        assert b"".join(reponse.streaming_content).startswith(b"%PDF")
        assert "brouillon" in unquote(reponse.headers["Content-Disposition"])


# --- Copies do not pile up -----------------------------------------------------------------------
def test_given_several_copies_then_the_last_of_each_open_dossier_alone_is_kept(lundi: Any) -> None:
    candidature, autre = fabriques.dossier_complet(), fabriques.dossier_complet()
    premiere, ailleurs = copie(candidature), copie(autre)
    documents.render_now(premiere)
    bytes_ = Document.objects.get(pk=premiere.pk).fichier
    assert bytes_ is not None
    lundi.shift(timedelta(minutes=5))
    fabriques.enregistrer(candidature, porteur(candidature), "publics", {"part_femmes": 45})
    seconde = copie(candidature)
    assert sweep_working_copies() == 0, "somebody may still be opening it"
    lundi.shift(timedelta(hours=2))
    assert sweep_working_copies() == 1
    assert set(Document.objects.filter(genre=edition.COPIE)) == {seconde, ailleurs}
    assert not Travail.objects.filter(cle=documents.cle_travail(premiere)).exists()
    assert not Fichier.objects.filter(pk=bytes_.pk).exists()
    assert sweep_working_copies() == 0


def test_given_an_older_content_asked_for_again_then_it_is_the_last_one(lundi: Any) -> None:
    candidature = fabriques.dossier_complet()
    premiere = copie(candidature)
    for part in (45, 40):
        lundi.shift(timedelta(minutes=5))
        fabriques.enregistrer(candidature, porteur(candidature), "publics", {"part_femmes": part})
        copie(candidature)
    lundi.shift(timedelta(hours=2))
    assert sweep_working_copies() == 1
    assert Document.objects.get(genre=edition.COPIE) == premiere


def test_given_a_deposit_then_its_copies_go_and_what_is_deposited_stays(lundi: Any) -> None:
    candidature = fabriques.dossier_complet()
    copie(candidature)
    submit_candidature(candidature=candidature, acteur=porteur(candidature), arrivee=fabriques.LUNDI)
    candidature.refresh_from_db()
    document = depose(candidature)
    lundi.shift(timedelta(hours=2))
    assert sweep_working_copies() == 1
    assert set(Document.objects.filter(genre__in=(edition.COPIE, edition.DOSSIER))) == {document}


@pytest.mark.django_db(transaction=True)
def test_given_a_document_when_discarded_then_its_bytes_go_too_but_a_proof_is_refused() -> None:
    with time_machine.travel(fabriques.LUNDI, tick=False):
        candidature = fabriques.dossier_complet()
        document = documents.render_now(copie(candidature))
        assert document.fichier is not None
        cle = document.fichier.cle
        assert default_storage.exists(cle)
        documents.discard(document)
        documents.discard(document)
        assert not default_storage.exists(cle)
        submit_candidature(candidature=candidature, acteur=porteur(candidature), arrivee=fabriques.LUNDI)
        recu = Document.objects.get(genre="candidatures.recu")
        with pytest.raises(ProtectedError):
            documents.discard(recu)
        assert Travail.objects.filter(cle=documents.cle_travail(recu)).exists()
