"""The blank templates: what people download says what its source says (R12)."""

import pytest
from django.conf import settings

from candidatures.sections import MODELES, OBTENIR, SECTIONS
from scripts.modeles import DESTINATION, expected, modeles, texts
from socle import fichiers
from socle.lisibilite import what_prevents_reading
from tests.filets.typographie import check_typography

pytestmark = [pytest.mark.regle("R12"), pytest.mark.une_fois]


@pytest.mark.parametrize("modele", modeles(), ids=lambda modele: modele["fichier"])
def test_given_a_template_when_downloaded_then_it_opens_and_says_what_its_source_says(modele) -> None:
    chemin = DESTINATION / f"{modele['fichier']}.docx"
    assert texts(chemin) == expected(modele)
    with chemin.open("rb") as flux:
        assert fichiers.detect(flux) == fichiers.DOCX
        assert what_prevents_reading(flux, fichiers.DOCX.mime) == ""
    check_typography("\n".join(expected(modele)))


def test_given_the_places_of_the_dossier_then_each_says_how_to_obtain_its_document() -> None:
    places = {piece for section in SECTIONS for piece in section.toutes_pieces}
    assert set(OBTENIR) == places >= set(MODELES)
    racine = settings.BASE_DIR / "static"
    assert {racine / modele.fichier for modele in MODELES.values()} == set(DESTINATION.iterdir())
