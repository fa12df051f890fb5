"""What the documents of the labelling must hold, beside their words (``tests/filets/test_documents.py``)."""

from typing import Any

import pypdfium2
import pytest
import zxingcpp

from labellisation.models import Label
from socle import documents
from socle.models import Document
from tests.labellisation import fabriques
from tests.socle.papier import words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lundi")]


@pytest.mark.regle("R22", "R24")
def test_given_a_label_then_its_attestation_has_a_qr_code_that_leads_to_its_verification(
    settings: Any,
) -> None:
    label = fabriques.label_sous_condition()
    contenu = documents.render(Document.objects.get(genre="labellisation.attestation"))
    assert label.code in words(contenu)
    with pypdfium2.PdfDocument(contenu) as pdf:
        image = pdf[0].render(scale=3).to_pil()
    (code,) = zxingcpp.read_barcodes(image)
    assert code.text == f"{settings.GEN_URL}/verification/{label.code}/"
    assert Label.objects.get(code=code.text.rstrip("/").rsplit("/", 1)[1]) == label


@pytest.mark.regle("R38")
def test_given_a_closed_seance_then_its_minutes_print_the_hash_of_the_frozen_ranking() -> None:
    dossiers = [fabriques.dossier_note(score) for score in (810, 640)]
    seance = fabriques.seance_close(["LABELLISEE", "REFUSEE"], dossiers)
    assert seance.empreinte_classement in documents.to_html(seance.proces_verbal)


@pytest.mark.regle("R23")
def test_given_the_same_convention_when_rendered_twice_then_the_bytes_are_the_same() -> None:
    convention = fabriques.convention_a_signer()
    assert documents.render(convention.document) == documents.render(convention.document)
