"""Every e-mail, word for word: subject, text, HTML."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from syrupy.assertion import SnapshotAssertion

from comptes.adapters import AVIS, GABARITS
from socle.models import Courriel
from socle.rendu_courriel import render
from tests.filets import boite as boites
from tests.filets.francais import foreign_words
from tests.filets.reglages import played
from tests.filets.typographie import check_typography

pytestmark = [pytest.mark.django_db, pytest.mark.une_fois]

#: Every kind of e-mail, and the cases in which it says something else.
COURRIELS = (
    "candidature_complements_clos",
    "candidature_complements_demandes",
    "candidature_complements_recus",
    "candidature_deposee",
    "candidature_deposee (renvoi)",
    "candidature_message_recu",
    "candidature_piece_retenue",
    "candidature_piece_retenue (illisible)",
    "candidature_retiree",
    "candidature_transmise",
    "candidature_transmise (brouillon)",
    "compte_a_reprendre",
    "compte_avis_securite",
    "compte_code_adresse",
    "compte_code_connexion",
    "compte_code_mot_de_passe",
    "compte_demande_responsable",
    "compte_demande_responsable_rejetee",
    "compte_desactive",
    "compte_existe_deja",
    "compte_inconnu",
    "compte_invitation",
    "compte_membre_parti",
    "compte_membre_retire",
    "compte_nouveau_responsable",
    "compte_reactive",
    "compte_second_facteur_retire",
    "compte_structure_sans_responsable",
    "compte_structure_sans_responsable_gen",
    "compte_transmission_proposee",
    "compte_transmission_proposee (rôle gardé)",
    "compte_transmission_refusee",
    "labellisation_code_signature",
    "labellisation_condition_levee",
    "labellisation_convention_a_signer",
    "labellisation_convocation",
    "labellisation_decision",
    "labellisation_decision (refus)",
    "labellisation_label_actif",
    "labellisation_label_retire",
    "labellisation_message_recu",
    "labellisation_recours_accepte",
    "rappel",
    "rappel (brouillon)",
    "rappel (en retard)",
)
#: What is drawn at random, or derived from it.
VARIABLES = re.compile(
    r"[0-9a-f]{8}-[0-9a-f-]{27}|\b[0-9a-f]{64}\b|GEN-\d{4}-[0-9A-Z]+|/signature/[^\s\"<]+/|/invitation/[^\s\"<]+/"
    r"|[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}|\b\d{6}\b|^[0-9A-Z]{3,4}-[0-9A-Z]{3,4}$|(?<=>)[0-9A-Z]{3,4}-[0-9A-Z]{3,4}(?=<)",
    re.MULTILINE,
)


@pytest.fixture(scope="module")
def boite(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Courriel]]:
    """Have every e-mail written once, and forget it all."""
    with played(boites.fill, django_db_blocker, tmp_path_factory.mktemp("boite")) as scene:
        yield scene


def _templates() -> set[str]:
    dossier = Path(settings.BASE_DIR) / "templates/courriels"
    return {gabarit.stem for gabarit in dossier.iterdir()} - {"base"}


def test_given_the_templates_then_each_e_mail_has_its_snapshot() -> None:
    assert {nom.split()[0] for nom in COURRIELS} == _templates()
    assert set(GABARITS.values()) <= _templates()


def test_given_the_verbs_then_they_write_every_e_mail_and_no_other(boite: dict[str, Courriel]) -> None:
    assert sorted(boite) == sorted(COURRIELS)


@pytest.mark.regle("R11", "R16", "R18", "R23", "R24", "R27", "R39", "R42")
@pytest.mark.parametrize("nom", COURRIELS)
def test_given_an_e_mail_then_its_subject_text_and_html_read_well(
    boite: dict[str, Courriel], nom: str, snapshot: SnapshotAssertion
) -> None:
    courriel = boite[nom]
    lu = f"{courriel.objet}\n\n{courriel.texte}"
    check_typography(lu)
    # The verb, and not its participle.
    assert foreign_words(lu, ["ne modifie pas"]) == []
    assert VARIABLES.sub("…", lu) == snapshot(name="texte")
    assert VARIABLES.sub("…", _body(courriel.html)) == snapshot(name="html")


def _body(html: str) -> str:
    """Return what is between the head and the foot, which are the same in every e-mail."""
    return html[html.index("<div role") : html.index("<hr")]


def test_given_an_e_mail_then_the_frame_of_its_html_is_this_one(
    boite: dict[str, Courriel], snapshot: SnapshotAssertion
) -> None:
    html = boite["compte_desactive"].html
    assert html.replace(_body(html), "…") == snapshot
    cadres = {courriel.html.partition("<hr")[2] for courriel in boite.values()}
    assert len(cadres) == 1


@pytest.mark.parametrize("avis", AVIS.values())
def test_given_a_change_of_the_security_of_an_account_then_its_notice_reads_well(avis: str) -> None:
    vides = ("adresse", "code", "lien_acces", "lien_connexion", "lien_inscription", "lien_mot_de_passe")
    contexte = dict.fromkeys(vides, "…") | {"le": "20/09/2021", "heure": "10\u00a0h\u00a000", "aide": "…"}
    contenu = render("compte_avis_securite", {"nom": "", "avis": avis, **contexte})
    assert contenu.objet.startswith(avis)
    check_typography(f"{contenu.objet}\n{contenu.texte}")
