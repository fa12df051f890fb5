"""Every document, word for word, as a reader of its PDF reads it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from syrupy.assertion import SnapshotAssertion

from socle import documents
from socle.models import Document
from tests.filets import ecrits
from tests.filets.francais import foreign_words
from tests.filets.reglages import played
from tests.filets.typographie import check_typography
from tests.socle.papier import check_tags, words

pytestmark = [pytest.mark.django_db, pytest.mark.une_fois]

#: Every kind of document, and the cases in which it says something else.
DOCUMENTS = (
    "candidatures.copie_travail",
    "candidatures.copie_travail (compléments)",
    "candidatures.dossier",
    "candidatures.dossier (version 2)",
    "candidatures.recu",
    "labellisation.annexe_cahier",
    "labellisation.annexe_dossier",
    "labellisation.attestation",
    "labellisation.attestation (sous condition)",
    "labellisation.convention",
    "labellisation.convention (sous condition)",
    "labellisation.convention_signee",
    "labellisation.convention_signee (sous condition)",
    "labellisation.lettre (AJOURNEE)",
    "labellisation.lettre (IRRECEVABLE)",
    "labellisation.lettre (LABELLISEE)",
    "labellisation.lettre (LABELLISEE_SOUS_CONDITION)",
    "labellisation.lettre (REFUSEE)",
    "labellisation.proces_verbal",
    "suivi.attestation_demarrage",
)


@pytest.fixture(scope="module")
def armoire(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Document]]:
    """Have every document asked for once, and forget it all."""
    with played(ecrits.fill, django_db_blocker, tmp_path_factory.mktemp("armoire")) as scene:
        yield scene


def test_given_the_kinds_of_documents_then_each_has_its_snapshot() -> None:
    assert {nom.split()[0] for nom in DOCUMENTS} == set(documents._genres)


def test_given_the_templates_then_each_prints_a_kind_of_document() -> None:
    dossier = Path(settings.BASE_DIR) / "templates/pdf"
    gabarits = {f"pdf/{gabarit.name}" for gabarit in dossier.iterdir() if gabarit.name[0] != "_"}
    assert gabarits - {"pdf/base.html"} == {genre.gabarit for genre in documents._genres.values()}


def test_given_the_verbs_then_they_ask_for_every_document_and_no_other(armoire: dict[str, Document]) -> None:
    assert sorted(armoire) == sorted(DOCUMENTS)


@pytest.mark.regle("R11", "R18", "R22", "R23", "R38")
@pytest.mark.parametrize("nom", DOCUMENTS)
def test_given_a_document_then_its_words_read_well_and_its_file_is_tagged(
    armoire: dict[str, Document], nom: str, snapshot: SnapshotAssertion
) -> None:
    document = ecrits.still(armoire[nom])
    contenu = documents.render(document)
    mots = words(contenu)
    check_tags(contenu, documents.to_html(document))
    check_typography(mots)
    # As the call of 2021 writes the name of the GIP.
    assert foreign_words(mots, ["Grande Ecole"]) == []
    assert mots == snapshot
