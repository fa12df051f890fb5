"""The e-mails of the labelling, word for word."""

import re

import pytest
from syrupy.assertion import SnapshotAssertion

from labellisation.domain import convention as conventions
from socle.models import Courriel
from tests.candidatures import fabriques as candidatures
from tests.labellisation import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lundi")]

VARIABLES = re.compile(
    r"[0-9a-f]{8}-[0-9a-f-]{27}|GEN-\d{4}-[0-9A-Z]+|/signature/\S+/|[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}|\b\d{6}\b"
)


def check_typography(texte: str) -> None:
    """Check that no ordinary space, nor straight apostrophe, stands where French forbids it."""
    assert not re.search(r" [;:!?»]|« |\w'\w", texte), texte


@pytest.mark.regle("R23", "R39")
def test_given_the_whole_way_to_a_label_then_each_e_mail_reads_well(snapshot: SnapshotAssertion) -> None:
    convention = fabriques.convention_a_signer()
    conventions.request_code(
        signature=fabriques.signature_de(convention),
        acteur=candidatures.responsable_de(convention.structure),
    )
    fabriques.convention_signee(convention)
    fabriques.notifier(fabriques.seance_close(["REFUSEE"]))

    lus = {}
    for courriel in Courriel.objects.filter(gabarit__startswith="labellisation_").order_by("cree_le", "cle"):
        check_typography(f"{courriel.objet}\n{courriel.texte}")
        assert courriel.html
        cle = courriel.gabarit + (" (refus)" if "non labellisée" in courriel.objet else "")
        lus.setdefault(cle, VARIABLES.sub("…", f"{courriel.objet}\n\n{courriel.texte}"))
    assert set(lus) == {
        "labellisation_convocation",
        "labellisation_decision",
        "labellisation_decision (refus)",
        "labellisation_convention_a_signer",
        "labellisation_code_signature",
        "labellisation_label_actif",
    }
    assert lus == snapshot
