"""Whatever a porteur posts: no error of the server, nothing half saved, and a sentence in French.

Every address where a porteur's people may post is drawn from the table of the access walk, and its answers
from the very form that its page shows. Few examples here; ``GEN_TEST_EXEMPLES=200`` draws more of each.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.cache import cache
from django.db import connection, transaction
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from candidatures.forms.frappes import control_of
from candidatures.models import Module, Site
from candidatures.sections import SECTIONS
from scripts.acces import Ligne, table
from tests.access.hostiles import Envoi, Paires, shaken, typed
from tests.access.marche import Marcheur, _refusals
from tests.access.scene import _Envoi

pytestmark = pytest.mark.django_db

PERSONNES = ("porteur", "contributeur", "inscrit")
EXEMPLES = int(os.environ.get("GEN_TEST_EXEMPLES", "4"))
reglages = settings(
    max_examples=EXEMPLES,
    deadline=None,
    derandomize="GEN_TEST_EXEMPLES" not in os.environ,
    # What was sent is told as it is; making it smaller asks hundreds of pages.
    phases=[Phase.generate],
    database=None,
    suppress_health_check=list(HealthCheck),
)

#: A button alone, whatever it brings: nothing is asked.
BOUTONS = {
    "candidatures:complements-repondre",
    "candidatures:copie-archive",
    "candidatures:copie-pdf",
    "candidatures:deposer",
    "candidatures:dossier-archive",
    "candidatures:dossier-pdf",
    "candidatures:dupliquer",
    "candidatures:piece-retirer",
    "candidatures:recu-renvoyer",
    "candidatures:retirer",
    "comptes:invitation",
    "comptes:invitation-renvoyer",
    "comptes:invitation-retirer",
    "comptes:membre-retirer",
    "comptes:sessions-fermer",
    "comptes:session-fermer",
    "comptes:structure-quitter",
    "comptes:transmission-retirer",
    "comptes:voir-comme-quitter",
    "labellisation:renouveler",
    "suivi:apprenant-retirer",
    "suivi:confirmer",
    "suivi:deshabiliter",
    "suivi:session-annuler",
    "suivi:session-attester",
}
#: Sign-in and second factor: forms of allauth, which tests/comptes drives through our doors.
BIBLIOTHEQUE = re.compile(r"(account|mfa|openid)_")
#: What Django says in English when a message has no translation, and what it says of its own workings.
JARGON = re.compile(
    r"\b(This field|Enter a|Select a valid|Ensure (this|that)|is not (a|one of)|ManagementForm|"
    r"Traceback|Exception|Bad Request|Server Error)\b"
)
#: The one refusal that comes after something is saved, and says so: a file beside answers that are right.
DIT = "Vos autres réponses sont enregistrées."


def _rows() -> list[Ligne]:
    return [
        ligne
        for ligne in table()
        if ligne.methode == "POST"
        and not ligne.adresse.startswith(("admin:", "/admin/"))
        and not BIBLIOTHEQUE.match(ligne.adresse)
        and any(ligne.cellules.get(qui) in ("agit", "refus") for qui in PERSONNES)
    ]


LIGNES = _rows()
GENERALES = [
    ligne for ligne in LIGNES if ligne.adresse not in ("candidatures:section", "candidatures:saisie")
]


# --- Asking, and undoing ------------------------------------------------------------------------
class Essai:
    """A browser that posts anything to the scene, says what came of it, and leaves no trace."""

    def __init__(self, marcheur: Marcheur) -> None:
        self.marcheur = marcheur
        self._avant: dict[str, int] = {}
        self.connus: dict[Any, Any] = {}

    def post(self, persona: str, chemin: str, envoi: Envoi, **entetes: str) -> Any:
        """Post, check what must hold whatever was sent, and undo."""
        cache.clear()
        client = self.marcheur.client(persona)
        with transaction.atomic(), _refusals() as refus, _writes() as ecrites:
            if envoi.fichiers:
                reponse = client.post(chemin, envoi.parts(), headers=entetes)
            else:
                genre = "application/x-www-form-urlencoded"
                reponse = client.post(chemin, envoi.body(), content_type=genre, headers=entetes)
            apres = {nom: _digest(nom) for nom in ecrites}
            texte = b"" if reponse.streaming else reponse.content
            messages = [str(un) for un in get_messages(reponse.wsgi_request)] if refus else []
            transaction.set_rollback(True)
        reponse.texte, reponse.refus, reponse.messages = texte.decode(), refus, messages
        reponse.changees = {nom for nom, somme in apres.items() if somme != self._before(nom)}
        self._check(reponse, envoi)
        return reponse

    def _before(self, nom: str) -> int:
        if nom not in self._avant:
            self._avant[nom] = _digest(nom)
        return self._avant[nom]

    def _check(self, reponse: Any, envoi: Envoi) -> None:
        code = reponse.status_code
        assert code in (200, 302, 400, 403, 404, 409, 413, 422, 429), (code, envoi)
        assert not JARGON.search(reponse.texte), (JARGON.search(reponse.texte), envoi)
        refuse = code >= 400 or bool(reponse.refus)
        if refuse and DIT not in reponse.texte:
            assert reponse.changees == set(), (code, envoi, reponse.refus)
        if code == 302 and reponse.refus:
            assert reponse.messages, ("refused without a word", envoi)
        if code in (400, 409, 422):
            assert _is_told(reponse), (code, envoi, reponse.texte[-2000:])


def _is_told(reponse: Any) -> bool:
    """Whether a refusal says why, in a sentence: in JSON to a script, else on the page."""
    if reponse.headers["Content-Type"].startswith("application/json"):
        return bool(re.search(r"[a-zà-ÿ]{3,} .*\.", reponse.json()["refus"]))
    return bool(re.search(r"fr-error-text|fr-message--error|fr-alert|errorlist|<h1", reponse.texte))


_ECRIT = re.compile(r'\s*(?:INSERT (?:OR \w+ )?INTO|UPDATE|DELETE FROM) "(\w+)"')
#: What a visit writes by itself.
_A_PART = {"django_session"}


@contextmanager
def _writes() -> Iterator[set[str]]:
    """Note the tables that are written meanwhile, even when it is undone."""
    ecrites: set[str] = set()

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, contexte: Any) -> Any:
        if (trouve := _ECRIT.match(sql)) and trouve[1] not in _A_PART:
            ecrites.add(trouve[1])
        return execute(sql, params, many, contexte)

    with connection.execute_wrapper(note):
        yield ecrites


#: What a refusal itself writes: a wrong code is a try, and tries are counted.
_COMPTES = {("labellisation_signatureconvention", nom) for nom in ("code_essais", "modifie_le")}


def _digest(nom: str) -> int:
    with connection.cursor() as curseur:
        curseur.execute(f"SELECT * FROM {connection.ops.quote_name(nom)}")
        gardees = [
            rang for rang, colonne in enumerate(curseur.description) if (nom, colonne[0]) not in _COMPTES
        ]
        return hash(tuple(sorted(repr([ligne[rang] for rang in gardees]) for ligne in curseur.fetchall())))


@pytest.fixture(scope="package")
def essai_du_paquet(marcheur_du_paquet: Marcheur) -> Essai:
    """Return what posts: what the tables of the scene hold, and what its pages ask, is read once."""
    return Essai(marcheur_du_paquet)


@pytest.fixture
def essai(marcheur: Marcheur, essai_du_paquet: Essai) -> Essai:
    """Return the same, at the instant of the scene."""
    return essai_du_paquet


# --- What a form asks -----------------------------------------------------------------------------
class Champs(HTMLParser):
    """The controls of the forms of a page that post to an address, with what they hold."""

    def __init__(self, html: str, chemin: str) -> None:
        super().__init__()
        self.paires: Paires = []
        self.fichiers: set[str] = set()
        self._ici, self._chemin, self._choix = False, chemin, ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a control."""
        lus = dict(attrs)
        if tag == "form":
            action = (lus.get("action") or self._chemin).partition("?")[0]
            self._ici = lus.get("method") == "post" and action == self._chemin
        nom = lus.get("name") or ""
        if not self._ici or not nom or nom == "csrfmiddlewaretoken":
            return
        if tag == "input" and lus.get("type") == "file":
            self.fichiers.add(nom)
        elif tag in ("input", "select", "textarea", "button"):
            self.paires.append((nom, lus.get("value") or ""))


def _base(marcheur: Marcheur, ligne: Ligne, persona: str) -> tuple[Paires, set[str]]:
    """Return what a form sends: what the scene knows to be right, and every control that its page shows."""
    chemin = marcheur.path(ligne.adresse, ligne.objet)
    page = marcheur.client(persona).get(chemin)
    html = page.content.decode() if page.status_code == 200 and not page.streaming else ""
    champs = Champs(html, chemin)
    juste = marcheur.form(ligne.adresse, ligne.objet)
    fichiers = {nom for nom, valeur in juste.items() if isinstance(valeur, _Envoi)} | champs.fichiers
    paires = [(nom, str(valeur)) for nom, valeur in juste.items() if nom not in fichiers]
    paires += [(nom, valeur) for nom, valeur in champs.paires if nom not in juste]
    return paires, fichiers


def _foreign(essai: Essai) -> list[str]:
    """Return identifiers of others: a dossier, a structure, rows of another dossier."""
    if "ailleurs" not in essai.connus:
        essai.connus["ailleurs"] = _identifiers(essai.marcheur)
    return essai.connus["ailleurs"]


def _identifiers(marcheur: Marcheur) -> list[str]:
    ailleurs = marcheur.scene.pk("dossier de l’autre structure")
    lignes = [*Module.objects.filter(candidature=ailleurs), *Site.objects.filter(candidature=ailleurs)]
    noms = ("l’autre structure", "label de l’autre structure", "dossier de l’autre structure")
    return [str(marcheur.scene.pk(nom)) for nom in noms] + [str(ligne.pk) for ligne in lignes]


def test_given_the_table_then_every_form_of_a_porteur_is_posted_here(marcheur: Marcheur) -> None:
    """A new address is drawn from the table; it fails here until its answers are known."""
    muettes = set()
    for ligne in GENERALES:
        persona = _who(ligne)
        paires, fichiers = _base(marcheur, ligne, persona)
        if not paires and not fichiers:
            muettes.add(ligne.adresse)
    posees = {ligne.adresse for ligne in GENERALES} - muettes
    assert muettes - BOUTONS == set(), "rien à envoyer : donnez leur envoi à tests/access/scene.py (_forms)"
    assert BOUTONS - {ligne.adresse for ligne in GENERALES} == set(), "adresses qui n’existent plus"
    assert BOUTONS & posees == set(), "elles demandent quelque chose"


def _who(ligne: Ligne) -> str:
    return next(qui for qui in PERSONNES if ligne.cellules.get(qui) in ("agit", "refus"))


# --- Every form -------------------------------------------------------------------------------------
@pytest.mark.parametrize("ligne", GENERALES, ids=str)
@reglages
@given(tirage=st.data())
def test_given_anything_in_a_form_then_it_is_saved_whole_or_refused_with_a_sentence(
    essai: Essai, ligne: Ligne, tirage: st.DataObject
) -> None:
    persona = _who(ligne)
    if str(ligne) not in essai.connus:
        essai.connus[str(ligne)] = _base(essai.marcheur, ligne, persona)
    paires, fichiers = essai.connus[str(ligne)]
    envoi = tirage.draw(shaken(paires, valeurs=_foreign(essai), fichiers=fichiers))
    entetes = {"HX-Request": "true"} if tirage.draw(st.booleans()) else {}
    essai.post(persona, essai.marcheur.path(ligne.adresse, ligne.objet), envoi, **entetes)


def _section(essai: Essai, code: str) -> tuple[str, dict[str, str], Champs]:
    """Return the page of a section of the draft: its address, what its script reads, its controls."""
    chemin = reverse("candidatures:section", args=[essai.marcheur.scene.pk("brouillon"), code])
    if code not in essai.connus:
        page = essai.marcheur.client("porteur").get(chemin)
        essai.connus[code] = page.context["stockees"], Champs(page.content.decode(), chemin)
    return chemin, *essai.connus[code]


@pytest.mark.regle("R10")
@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.code)
@reglages
@given(tirage=st.data())
def test_given_anything_in_a_section_when_its_button_is_pressed_then_all_of_it_is_saved_or_none(
    essai: Essai, section: Any, tirage: st.DataObject
) -> None:
    chemin, stockees, champs = _section(essai, section.code)
    paires = list(stockees.items())
    paires += [(nom, valeur) for nom, valeur in champs.paires if nom.endswith(("-id", "_FORMS", "version"))]
    boutons = ["enregistrer", "suivant", "rester", "ajouter", "remplir", "ligne"]
    geste = st.tuples(st.sampled_from(boutons), st.sampled_from(["1", "siret", *_gestes(section)]))
    envoi = tirage.draw(
        shaken([*paires, tirage.draw(geste)], valeurs=_foreign(essai), fichiers=champs.fichiers)
    )
    reponse = essai.post("porteur", chemin, envoi)
    assert reponse.status_code in (200, 302, 409, 413, 422)


def _gestes(section: Any) -> list[str]:
    rangs = (0, 1, 79) if section.tableau else ()
    return [f"{geste}:{rang}" for geste in ("copier", "monter", "descendre", "supprimer") for rang in rangs]


@pytest.mark.regle("R10")
@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.code)
@reglages
@given(tirage=st.data())
def test_given_anything_typed_in_a_section_then_each_answer_is_kept_refused_or_in_conflict(
    essai: Essai, section: Any, tirage: st.DataObject
) -> None:
    _, controles, champs = _section(essai, section.code)
    assert all(control_of(section, nom) for nom in controles)
    chemin = reverse("candidatures:saisie", args=[essai.marcheur.scene.pk("brouillon"), section.code])
    identite = [
        (nom, tirage.draw(st.sampled_from([valeur, *_foreign(essai)])))
        for nom, valeur in champs.paires
        if nom.endswith("-id")
    ]
    reponse = essai.post("porteur", chemin, tirage.draw(typed(controles, identite)))
    if reponse.status_code == 200:
        dits = reponse.json()
        if not dits["enregistrees"]:
            assert reponse.changees == set(), dits


@pytest.mark.regle("R16")
@pytest.mark.parametrize("objet", ["dossier en complément", "dossier déposé"])
@pytest.mark.parametrize("adresse", ["candidatures:section", "candidatures:saisie"])
@reglages
@given(tirage=st.data())
def test_given_anything_sent_to_a_deposited_dossier_then_only_what_is_asked_for_may_change(
    essai: Essai, adresse: str, objet: str, tirage: st.DataObject
) -> None:
    marcheur = essai.marcheur
    paires = list(marcheur.form(adresse, objet).items())
    envoi = tirage.draw(shaken([(nom, str(valeur)) for nom, valeur in paires], valeurs=_foreign(essai)))
    code = tirage.draw(st.sampled_from([section.code for section in SECTIONS]))
    reponse = essai.post("porteur", reverse(adresse, args=[marcheur.scene.pk(objet), code]), envoi)
    permises = {"candidatures_sectionformation", "candidatures_etatsection"}
    assert reponse.changees <= (permises if objet == "dossier en complément" else set())


# --- The self-check, by its address ----------------------------------------------------------------
@reglages
@given(tirage=st.data())
def test_given_anything_in_the_self_check_then_it_answers(essai: Essai, tirage: st.DataObject) -> None:
    chemin = reverse("candidatures:verifier")
    client = essai.marcheur.client("anonyme")
    questions = list(client.get(chemin).context["form"].fields)
    envoi = tirage.draw(shaken([("verifier", "1"), *((nom, "oui") for nom in questions)]))
    reponse = client.get(f"{chemin}?{envoi.body().decode()}")
    assert reponse.status_code in (200, 422)
    assert not JARGON.search(reponse.content.decode())
