"""What the pages hold: who finds which dossier in which list, and no trace of what is hidden."""

import re
from typing import Any

import pytest

from scripts.acces import PERSONAS, Contenu, contents, table
from tests.access.marche import Marcheur
from tests.access.scene import (
    APPRENANT,
    MOTIF,
    PLAIGNANT,
    SECRET_APPRENANT,
    SECRET_MESSAGE,
    SECRET_NOTE,
)

pytestmark = [pytest.mark.django_db, pytest.mark.acces]

LIGNES = table()
CONTENUS = contents()
#: Reference data are the same for everybody, and name no dossier.
SANS_DOSSIER = ("admin:referentiels_", "account_", "mfa_")
#: Nobody here hides anything from the portal's technical screens: they name by reference and identifier.
PERSONNES = [persona for persona in PERSONAS if persona != "administrateur"]


@pytest.mark.parametrize("contenu", CONTENUS, ids=str)
def test_given_a_list_then_each_person_finds_there_what_the_table_says(
    marcheur: Marcheur, contenu: Contenu
) -> None:
    dossiers = marcheur.scene.stones()
    chemin = marcheur.path(contenu.adresse, contenu.objet) + contenu.requete
    trouve = {}
    for persona in contenu.trouve:
        _, reponse = marcheur.ask(persona, "GET", chemin)
        trouve[persona] = sorted(
            mot for mot, marques in dossiers.items() if any(marque in reponse.texte for marque in marques)
        )
    assert trouve == {persona: sorted(mots) for persona, mots in contenu.trouve.items()}


def test_given_the_lists_then_each_dossier_is_found_by_somebody(marcheur: Marcheur) -> None:
    trouves = {mot for contenu in CONTENUS for mots in contenu.trouve.values() for mot in mots}
    assert trouves == set(marcheur.scene.stones())


@pytest.mark.regle("R36", "R44")
@pytest.mark.parametrize("persona", PERSONNES)
def test_given_something_hidden_then_no_page_that_one_opens_betrays_it(
    marcheur: Marcheur, persona: str
) -> None:
    secrets = _secrets(marcheur, persona)
    assert secrets
    traces = [
        f"{ligne.adresse} {ligne.objet} : {secret}"
        for ligne, page in _pages(marcheur, persona)
        for secret in secrets
        if secret in page
    ]
    assert traces == []


def _pages(marcheur: Marcheur, persona: str) -> list[tuple[Any, str]]:
    """Return every page that a person opens and that is not the same for all."""
    pages = []
    for ligne in LIGNES:
        # Public pages, and those of whoever holds a personal link, are the same for all.
        publique = ligne.cellules["anonyme"] == "voit" and ligne.adresse != "accueil"
        if ligne.methode != "GET" or ligne.cellules[persona] != "voit" or publique:
            continue
        if ligne.adresse.startswith(SANS_DOSSIER):
            continue
        pages.append(
            (ligne, marcheur.ask(persona, "GET", marcheur.path(ligne.adresse, ligne.objet))[1].texte)
        )
    return pages


def _secrets(marcheur: Marcheur, persona: str) -> list[str]:
    """Return the words that this person must find nowhere."""
    secrets = []
    for ligne in LIGNES:
        if (ligne.adresse, ligne.methode) == ("candidatures:dossier", "GET") and ligne.cellules[
            persona
        ] != "voit":
            reference, titre, cle = marcheur.scene.objets[ligne.objet].marques
            secrets += [reference, cle]
            if not _sees_label(persona, ligne.objet):
                secrets.append(titre)
    if persona not in LISENT[MOTIF]:
        secrets.append(MOTIF)
    if persona not in LISENT[APPRENANT]:
        secrets += [APPRENANT, SECRET_APPRENANT]
    secrets += [
        secret for secret in (PLAIGNANT, SECRET_MESSAGE, SECRET_NOTE) if persona not in LISENT[secret]
    ]
    return secrets


#: Who may read each secret word somewhere.
LISENT = {
    MOTIF: ("instructeur", "instructeur-autre", "membre", "direction"),
    APPRENANT: ("porteur", "contributeur", "organisme", "direction"),
    PLAIGNANT: ("direction", "direction-liée"),
    SECRET_MESSAGE: ("porteur", "contributeur", "instructeur", "instructeur-autre", "direction"),
    SECRET_NOTE: ("instructeur", "instructeur-autre", "direction"),
}


def _sees_label(persona: str, objet: str) -> bool:
    """The training body follows the label, whose title is the dossier's; a public page shows it too."""
    label = {
        "dossier labellisé": "label",
        "dossier labellisé de l’autre structure": "label de l’autre structure",
    }
    return objet in label and any(
        ligne.cellules[persona] == "voit"
        for ligne in LIGNES
        if (ligne.adresse, ligne.methode, ligne.objet)
        in {
            ("suivi:formation", "GET", label[objet]),
            ("pilotage:verification", "GET", label[objet]),
        }
    )


@pytest.mark.parametrize("secret", LISENT)
def test_given_a_secret_then_each_of_its_readers_does_read_it(marcheur: Marcheur, secret: str) -> None:
    """Prove that it exists where it is looked for."""
    for persona in LISENT[secret]:
        assert any(secret in page for _, page in _pages(marcheur, persona)), persona


@pytest.mark.regle("R39")
@pytest.mark.parametrize("persona", ["porteur", "contributeur", "région"])
def test_given_a_decision_not_yet_notified_then_the_dossier_looks_as_without_it(
    marcheur: Marcheur, persona: str
) -> None:
    attendue = _neutral(marcheur, persona, "dossier inscrit")
    for objet in ("dossier décidé, non notifié", "dossier labellisé, non notifié"):
        assert _neutral(marcheur, persona, objet) == attendue, objet
    # A decision that is announced does show.
    assert _neutral(marcheur, persona, "dossier refusé, notifié") != attendue


def _neutral(marcheur: Marcheur, persona: str, objet: str) -> str:
    """Return a dossier's page without what is its own."""
    issue, reponse = marcheur.ask(persona, "GET", marcheur.path("candidatures:dossier", objet))
    assert issue == "voit"
    page = reponse.texte
    for marque in marcheur.scene.objets[objet].marques:
        page = page.replace(marque, "…")
    # Keys, and fingerprints of what was deposited.
    propres = r"[0-9a-f]{8}-[0-9a-f-]{27}|\b[0-9a-f]{64}\b"
    jetons = r"name=\"csrfmiddlewaretoken\" value=\"\w+\"|nonce=\"[^\"]+\""
    return re.sub(f"{propres}|{jetons}", "", page)
