"""The access walk: every address × every persona × every method, against ``table.txt`` (docs/acces.md)."""

import uuid
from collections import defaultdict
from typing import Any

import pytest
from django.contrib import admin

from scripts.acces import METHODES, PAGE, Ligne, contents, render, table
from socle import archives, documents, fichiers
from tests.access.adresses import addresses, paths
from tests.access.marche import Marcheur
from tests.access.scene import ARCHIVES, DOCUMENTS

pytestmark = [pytest.mark.django_db, pytest.mark.acces]

LIGNES = table()
ADRESSES = addresses()
PAR_ADRESSE: dict[str, list[Ligne]] = defaultdict(list)
for _ligne in LIGNES:
    PAR_ADRESSE[_ligne.adresse].append(_ligne)
#: Words of somebody whom an address lets in, whatever it answers.
ENTRE = ("voit", "agit", "refus", "redirige")
#: A link that is worth nothing says so, and tells a forged one from an expired one to nobody.
#: Passkeys ask for the password first, whosever key it is (tests/comptes).
JETONS = {
    "comptes:invitation": ("409", "refus"),
    "mfa_edit_webauthn": ("redirige",),
    "mfa_remove_webauthn": ("redirige",),
}
INEXISTANTES = ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


# --- The table --------------------------------------------------------------------------------------
def test_given_the_resolver_then_every_address_has_a_row_and_every_row_an_address() -> None:
    assert sorted(set(ADRESSES) - set(PAR_ADRESSE)) == [], "adresses sans ligne dans tests/access/table.txt"
    assert sorted(set(PAR_ADRESSE) - set(ADRESSES)) == [], "lignes dont l’adresse n’existe plus"


def test_given_the_table_then_no_row_is_written_twice() -> None:
    cles = [(ligne.adresse, ligne.methode, ligne.objet) for ligne in LIGNES]
    assert [cle for cle in cles if cles.count(cle) > 1] == []


def test_given_the_table_then_what_is_hidden_from_one_is_shown_to_another() -> None:
    """Prove that it exists: by the same row, else by another row of the object or of the address."""
    for ligne in LIGNES:
        if "404" not in ligne.cellules.values() or _shows(ligne):
            continue
        temoins = [
            autre
            for autre in LIGNES
            if _shows(autre) and (autre.adresse == ligne.adresse or autre.objet == ligne.objet != "")
        ]
        assert temoins or ligne.adresse in CACHEES, str(ligne)


def _shows(ligne: Ligne) -> bool:
    return bool(set(ligne.cellules.values()) & set(ENTRE))


#: Addresses that answer 404 to all the personas, and the test that opens them to somebody.
CACHEES = {
    # What the admin answers where it has no address.
    "/admin/<url>": "",
    # No object of the portal has an address of its own on the site.
    "admin:view_on_site": "",
    # Nobody of the scene has recovery codes.
    "mfa_view_recovery_codes": "tests/comptes",
    "mfa_download_recovery_codes": "tests/comptes",
    # The scene has no identity provider.
    "openid_login": "tests/comptes",
    "openid_callback": "tests/comptes",
}


#: What is asked for first, before the method, of whoever the page is for.
FERMEES = {("404", "mfa_download_recovery_codes")}


def test_given_the_page_of_the_documents_then_it_is_the_table() -> None:
    assert PAGE.read_text() == render(LIGNES, contents(), paths()), "lancez python -m scripts.acces"


def test_given_the_scene_then_every_kind_of_file_and_document_is_in_it(marcheur: Marcheur) -> None:
    assert set(DOCUMENTS) == set(documents._genres)
    assert set(ARCHIVES) == set(archives._genres)
    politiques = {documents._genres[genre].politique for genre in DOCUMENTS} | {
        "candidatures.piece",
        "candidatures.message",
        "labellisation.preuve",
        "suivi.preuve",
    }
    assert politiques == set(fichiers._politiques)


def test_given_the_table_then_every_object_it_names_stands_in_the_scene(marcheur: Marcheur) -> None:
    for ligne in LIGNES:
        assert not ADRESSES[ligne.adresse].arguments or ligne.objet, f"{ligne} : aucun objet"
        marcheur.path(ligne.adresse, ligne.objet)


# --- The walk ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("ligne", LIGNES, ids=str)
def test_given_a_row_then_each_person_gets_what_it_says(marcheur: Marcheur, ligne: Ligne) -> None:
    chemin = marcheur.path(ligne.adresse, ligne.objet)
    envoi = marcheur.form(ligne.adresse, ligne.objet)
    obtenu = {}
    for persona in ligne.cellules:
        issue, reponse = marcheur.ask(persona, ligne.methode, chemin, envoi)
        sans_effet = issue not in ENTRE or issue == "refus"
        obtenu[persona] = f"{issue}, et le journal a changé" if sans_effet and reponse.a_change else issue
    assert obtenu == dict(ligne.cellules)
    if ligne.methode == "GET":
        lecteur = next((nom for nom in obtenu if obtenu[nom] in ENTRE), "porteur")
        assert marcheur.ask(lecteur, "HEAD", chemin)[0] in (obtenu[lecteur], "405"), f"HEAD, {lecteur}"


@pytest.mark.une_fois
@pytest.mark.parametrize("adresse", ADRESSES)
def test_given_a_method_that_a_page_lacks_then_nobody_gets_anything(marcheur: Marcheur, adresse: str) -> None:
    objet = PAR_ADRESSE[adresse][0].objet
    chemin = marcheur.path(adresse, objet)
    ecrites = {ligne.methode for ligne in PAR_ADRESSE[adresse]}
    for persona in ("anonyme", "porteur", "direction", "administrateur"):
        for methode in set(METHODES) - ecrites:
            issue, reponse = marcheur.ask(persona, methode, chemin)
            # Who may not enter is told so first, whatever the method.
            if (issue, persona) != ("connexion", "anonyme") and (issue, adresse) not in FERMEES:
                assert issue in ("405", "403"), (methode, persona)
            assert not reponse.a_change
    for methode in INEXISTANTES:
        assert marcheur.ask("administrateur", methode, chemin)[0] == "405", methode


# --- Forged identifiers -------------------------------------------------------------------------------
def _kind(objet: str) -> str:
    return objet.split()[0].replace("brouillon", "dossier")


def _forged(marcheur: Marcheur, nom: str, vrai: Any, objet: str) -> list[Any]:
    """Return what somebody could write instead of an argument: unknown, of another kind, malformed."""
    if nom in ("code", "jeton"):
        return ["inconnu", f"{vrai}x", str(vrai)[:-1], "%00", "é"]
    if nom in ("critere", "content_type_id") or isinstance(vrai, int):
        return [0, 11, 99_999_999_999_999]
    # Another object of the same kind is no forgery: the rows say who reaches it.
    autres = [
        marcheur.scene.pk(autre)
        for autre in ("cette structure", "brouillon", "label", "session prévue")
        if _kind(autre) != _kind(objet)
    ]
    forges = [uuid.uuid4(), *(autre for autre in autres if autre != vrai)]
    return [*forges, "abc", 99_999_999_999, "_5F", "' OR 1=1"] if nom == "object_id" else forges


A_ARGUMENTS = [nom for nom, adresse in ADRESSES.items() if adresse.arguments and not nom.startswith("/")]


@pytest.mark.parametrize("adresse", A_ARGUMENTS)
def test_given_a_forged_identifier_then_there_is_nothing_here(marcheur: Marcheur, adresse: str) -> None:
    ligne = next((ligne for ligne in PAR_ADRESSE[adresse] if set(ligne.cellules.values()) & set(ENTRE)), None)
    if ligne is None:
        assert adresse in CACHEES or all("403" in autre.cellules.values() for autre in PAR_ADRESSE[adresse])
        return
    arguments = marcheur.arguments(adresse, ligne.objet)
    envoi = marcheur.form(adresse, ligne.objet)
    lecteurs = [persona for persona, issue in ligne.cellules.items() if issue in ENTRE]
    for nom in ADRESSES[adresse].arguments:
        for forge in _forged(marcheur, nom, arguments[nom], ligne.objet):
            chemin = marcheur.path(adresse, ligne.objet, **{nom: forge})
            for persona in {lecteurs[0], lecteurs[-1]}:
                issue, reponse = marcheur.ask(persona, ligne.methode, chemin, envoi)
                assert issue in JETONS.get(adresse, ("404",)), f"{persona}, {nom} = {forge}"
                assert not reponse.a_change


# --- The admin's actions ---------------------------------------------------------------------------------
ACTIONS = {
    # Registered by allauth, opened to nobody.
    ("account_emailaddress", "make_verified"): ("une ligne", ()),
    # Asks to confirm: the act is that of « admin:instruction_confier ».
    ("candidatures_candidature", "confier"): ("dossier déposé", ()),
    ("comptes_roleattribue", "retirer"): ("rôle donné", ("administrateur",)),
    ("suivi_reclamation", "marquer_traitee"): (
        "réclamation sur ce label",
        ("direction",),
    ),
}


def _actions() -> set[tuple[str, str]]:
    trouvees = set()
    for modele, ecran in admin.site._registry.items():
        if ecran.actions is None:
            continue
        nom = f"{modele._meta.app_label}_{modele._meta.model_name}"
        trouvees |= {(nom, action[1]) for action in ecran._get_base_actions()}
    return trouvees


def test_given_the_admin_then_its_actions_are_those_of_this_table() -> None:
    assert {cle for cle in _actions() if cle[1] != "delete_selected"} == set(ACTIONS)


@pytest.mark.parametrize(
    "nom", [(modele, "delete_selected") for modele in sorted({m for m, _ in _actions()})]
)
def test_given_a_deletion_in_bulk_then_nobody_does_it(marcheur: Marcheur, nom: tuple[str, str]) -> None:
    modele = nom[0]
    ligne = next(ligne for ligne in LIGNES if ligne.adresse == f"admin:{modele}_change")
    _post_action(marcheur, modele, "delete_selected", ligne.objet, ())


@pytest.mark.parametrize(("modele", "action"), ACTIONS)
def test_given_an_action_then_only_its_people_do_it(marcheur: Marcheur, modele: str, action: str) -> None:
    objet, acteurs = ACTIONS[modele, action]
    _post_action(marcheur, modele, action, objet, acteurs)


def _post_action(marcheur: Marcheur, modele: str, action: str, objet: str, acteurs: tuple[str, ...]) -> None:
    envoi = {
        "action": action,
        "_selected_action": str(marcheur.arguments(f"admin:{modele}_change", objet)["object_id"]),
        "post": "yes",
    }
    chemin = marcheur.path(f"admin:{modele}_changelist")
    agissent = []
    for persona in marcheur.scene.personnes:
        _, reponse = marcheur.ask(persona, "POST", chemin, envoi)
        if reponse.a_change:
            agissent.append(persona)
    assert tuple(agissent) == acteurs
