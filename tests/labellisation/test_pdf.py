"""The four documents: what they say, their tags, their QR code."""

import io
import re
from typing import Any

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from syrupy.assertion import SnapshotAssertion

from labellisation.models import Convention, Decision, Label, Seance
from socle import documents
from socle.models import Document
from tests.labellisation import fabriques
from tests.socle.test_rendu import structure

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lundi")]

#: Names that the builders count, and what is drawn at random or derived from it.
VARIABLES = re.compile(
    r"[0-9a-f]{12,64}(?:\s[0-9a-f]+\b)*|GEN-\d{4}-\s*[0-9A-Z]+|Durand\d+"
    r"|[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}|\d{3}\s\d{3}\s\d{3}\s\d{5}"
)


def texte(document: Document) -> tuple[str, bytes]:
    """Return the words of a document's PDF, variable ones replaced, and its bytes."""
    contenu = documents.render(document)
    with pypdfium2.PdfDocument(contenu) as pdf:
        pages = [page.get_textpage().get_text_bounded() for page in pdf]
    lignes = [ligne.strip() for page in pages for ligne in page.splitlines()]
    return VARIABLES.sub("…", "\n".join(lignes)), contenu


def check_tags(contenu: bytes) -> None:
    """Check that the file is tagged, titled and in French."""
    with pikepdf.open(io.BytesIO(contenu)) as pdf:
        assert bool(pdf.Root.MarkInfo.Marked) is True
        assert str(pdf.Root.Lang) == "fr"
        assert {"/H1", "/H2", "/P"} <= structure(pdf)
        assert 'pdfuaid:part="1"' in pdf.Root.Metadata.read_bytes().decode()


def check_typography(mots: str) -> None:
    """Check that no ordinary space, nor straight apostrophe, stands where French forbids it."""
    assert not re.search(r"[ \n][;!?»]|« |\w'\w", mots)
    assert not re.search(r" :(?!\d)", mots)


@pytest.mark.regle("R18")
@pytest.mark.parametrize("nature", ["LABELLISEE", "LABELLISEE_SOUS_CONDITION", "REFUSEE", "AJOURNEE"])
def test_given_a_decision_then_its_letter_says_what_the_law_wants(
    nature: str, snapshot: SnapshotAssertion
) -> None:
    fabriques.load_text()
    fabriques.notifier(fabriques.seance_close([nature]))
    mots, contenu = texte(Decision.objects.get().lettre)
    check_tags(contenu)
    check_typography(mots)
    assert mots == snapshot


@pytest.mark.regle("R23")
def test_given_a_signed_convention_then_it_has_parties_clauses_annexes_and_signatures(
    snapshot: SnapshotAssertion,
) -> None:
    convention = fabriques.convention_signee()
    mots, contenu = texte(convention.document_signe)
    check_tags(contenu)
    check_typography(mots)
    assert mots == snapshot
    a_signer, _ = texte(convention.document)
    assert "à signer sur le portail" in a_signer


@pytest.mark.regle("R22", "R24")
def test_given_a_label_then_its_attestation_has_a_qr_code_that_leads_to_its_verification(
    snapshot: SnapshotAssertion, settings: Any
) -> None:
    label = fabriques.label_sous_condition()
    mots, contenu = texte(Document.objects.get(genre="labellisation.attestation"))
    check_tags(contenu)
    check_typography(mots)
    assert label.code in documents.to_html(Document.objects.get(genre="labellisation.attestation"))
    assert mots == snapshot
    with pypdfium2.PdfDocument(contenu) as pdf:
        image = pdf[0].render(scale=3).to_pil()
    (code,) = zxingcpp.read_barcodes(image)
    assert code.text == f"{settings.GEN_URL}/verification/{label.code}/"
    assert Label.objects.get(code=code.text.rstrip("/").rsplit("/", 1)[1]) == label


@pytest.mark.regle("R38")
def test_given_a_closed_seance_then_its_minutes_list_votes_decisions_and_the_frozen_ranking(
    snapshot: SnapshotAssertion,
) -> None:
    dossiers = [fabriques.dossier_note(score) for score in (810, 640)]
    seance = fabriques.seance_close(["LABELLISEE", "REFUSEE"], dossiers)
    document = Seance.objects.get(pk=seance.pk).proces_verbal
    # References are drawn at random: their order and width would move the lines.
    document.donnees["dossiers"].sort(key=lambda ligne: ligne["decision"])
    for lignes in (document.donnees["dossiers"], document.donnees["classement"]):
        for rang, ligne in enumerate(lignes, start=1):
            ligne["reference"] = f"GEN-2021-AAAA{rang}"
    mots, contenu = texte(document)
    check_tags(contenu)
    check_typography(mots)
    assert mots == snapshot
    assert seance.empreinte_classement in documents.to_html(document)


@pytest.mark.regle("R23")
def test_given_the_same_convention_when_rendered_twice_then_the_bytes_are_the_same() -> None:
    convention: Convention = fabriques.convention_a_signer()
    assert documents.render(convention.document) == documents.render(convention.document)
