"""A copied scene is the scene: the same rows, files and chain, and only where nothing can differ."""

from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction

from candidatures.models import Candidature
from comptes.models import Structure
from socle import journal
from socle.models import Evenement
from tests import moule
from tests.candidatures import fabriques as candidatures
from tests.comptes import fabriques as comptes
from tests.labellisation import fabriques

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def seul(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Keep the moulds of these tests apart, and stand on one day."""
    gardes = dict(moule._MOULES)
    moule._MOULES.clear()
    with time_machine.travel(candidatures.LUNDI, tick=False):
        yield
    moule._MOULES.clear()
    moule._MOULES.update(gardes)


def _content() -> dict[str, Any]:
    with connection.cursor() as curseur:
        lignes = {}
        for table, colonnes in moule._tables().items():
            curseur.execute(f"SELECT {moule._listed(colonnes)} FROM {table}")
            lignes[table] = sorted(map(repr, curseur.fetchall()))
    return lignes


def _files(racine: str) -> dict[str, bytes]:
    return {str(un.relative_to(racine)): un.read_bytes() for un in Path(racine).rglob("*") if un.is_file()}


def _in_a_test_of_its_own(batir: Any) -> Any:
    """Play within a savepoint that is given up, as a test ends."""
    with transaction.atomic():
        resultat = batir()
        contenu = _content()
        transaction.set_rollback(True)
    return resultat, contenu


def test_given_a_label_when_copied_then_rows_files_and_journal_are_those_of_the_first(settings: Any) -> None:
    premier, attendu = _in_a_test_of_its_own(fabriques.label_actif)
    fichiers = _files(settings.PRIVATE_ROOT)
    for chemin in fichiers:
        (Path(settings.PRIVATE_ROOT) / chemin).unlink()
    evenements = len(attendu[Evenement._meta.db_table])

    copie = fabriques.label_actif()

    assert copie == premier
    assert _content() == attendu
    assert evenements > 20
    assert _files(settings.PRIVATE_ROOT) == fichiers != {}
    assert journal.verify().problemes == []


def test_given_a_base_that_is_not_blank_when_built_then_a_second_one_is_made() -> None:
    premier = candidatures.dossier_depose()
    second = candidatures.dossier_depose()
    assert premier.pk != second.pk
    assert Candidature.objects.count() == 2


def test_given_an_object_as_argument_when_built_then_nothing_is_kept() -> None:
    structure = comptes.structure()
    assert candidatures.brouillon(structure).structure == structure
    assert Structure.objects.count() == 1
    assert moule._MOULES == {}


@pytest.mark.parametrize("change", ["patch", "setting", "clock"])
def test_given_something_else_when_built_again_then_it_is_played(
    change: str, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    premier, _ = _in_a_test_of_its_own(candidatures.brouillon)
    if change == "patch":
        monkeypatch.setattr(comptes, "DONNEES_STRUCTURE", {**comptes.DONNEES_STRUCTURE, "commune": "Roubaix"})
    elif change == "setting":
        settings.GEN_URL = "https://autre.example"
    else:
        with time_machine.travel(candidatures.JUIN, tick=False):
            assert candidatures.brouillon().pk != premier.pk
        return
    assert candidatures.brouillon().pk != premier.pk
