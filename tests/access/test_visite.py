"""A visit of each person: from the home page, every link that is shown opens, and reads in French."""

from collections import Counter, deque
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.urls import resolve

from tests.access.marche import Marcheur
from tests.filets import feuilles
from tests.filets.francais import english_phrases, foreign_words
from tests.filets.lecture import Page

pytestmark = [pytest.mark.django_db, pytest.mark.acces, pytest.mark.une_fois]

PERSONAS = (
    "anonyme",
    "porteur",
    "contributeur",
    "organisme",
    "instructeur",
    "membre",
    "région",
    "direction",
    "administrateur",
)
#: The same page of many objects says the same: this many of each address are read.
PAR_ADRESSE = 3
#: What leaves the portal, what is no page, and what the server's own proxy answers.
AILLEURS = ("mailto:", "tel:", "http://", "https://", "#", "/static/")
#: Read as it is: names of products and of formats, and the words of an address or of a code.
ADMIS = ("ProConnect", "Qualiopi", "Mon Compte Formation")


def visit(marcheur: Marcheur, persona: str) -> tuple[list[str], int]:
    """Follow every link from the home page; return what is wrong, and how many pages were read."""
    departs = ["/", "/admin/"] if _works_in_the_admin(marcheur, persona) else ["/"]
    a_lire, connus = deque((chemin, "") for chemin in departs), set(departs)
    lues: Counter[str] = Counter()
    fautes: list[str] = []
    while a_lire:
        chemin, depuis = a_lire.popleft()
        adresse = resolve(urlsplit(chemin).path).view_name
        if lues[adresse] >= PAR_ADRESSE:
            continue
        lues[adresse] += 1
        issue, reponse = marcheur.ask(persona, "GET", chemin)
        if (issue, persona) == ("connexion", "anonyme"):
            # Some pages lead to what needs an account: the sign-in says so.
            continue
        if issue not in ("voit", "redirige"):
            fautes.append(f"{depuis} mène à {chemin}, qui répond {issue}")
        elif issue == "redirige":
            _note(reponse.headers["Location"], chemin, a_lire, connus)
        elif reponse.headers["Content-Type"].startswith("text/html"):
            page = Page(reponse.texte)
            fautes += [f"{chemin} : {faute}" for faute in faults(page)]
            for lien in page.liens:
                _note(lien, chemin, a_lire, connus)
    return fautes, sum(lues.values())


def _works_in_the_admin(marcheur: Marcheur, persona: str) -> bool:
    personne = marcheur.scene.personnes[persona]
    return personne is not None and personne.is_staff


def _note(lien: str, depuis: str, a_lire: deque[tuple[str, str]], connus: set[str]) -> None:
    chemin = urldefrag(urljoin(depuis, lien)).url
    if not lien.startswith(AILLEURS) and chemin not in connus:
        connus.add(chemin)
        a_lire.append((chemin, depuis))


def faults(page: Page) -> list[str]:
    """Return what a reader would stumble over."""
    trouves = [f"en « {page.langue} »"] if page.langue != "fr" else []
    if mots := foreign_words(page.texte, ADMIS) + english_phrases(page.textes):
        trouves.append(f"pas en français : {', '.join(mots)}")
    trouves += [f"du gabarit : {signe}" for signe in ("{{", "{%", "&amp;") if signe in page.texte]
    trouves += [
        f"ancre sans cible : {lien}" for lien in page.liens if lien[:1] == "#" and _leads_nowhere(page, lien)
    ]
    portees = [nom for nom in page.classes if feuilles.NOM.fullmatch(nom)]
    chargees = feuilles.sheets(page)
    # The admin reads parts of the site's pages, and dresses them by sheets of its own.
    de_l_admin = any(feuille.startswith("admin/") for feuille in chargees)
    sans_allure = [] if de_l_admin else feuilles.unknown(portees, feuilles.known(chargees))
    return trouves + [f"classe qu’aucune feuille ne connaît : {nom}" for nom in sans_allure] + page.refus


def _leads_nowhere(page: Page, lien: str) -> bool:
    return lien not in ("#", "#top") and lien[1:] not in page.ids


@pytest.mark.parametrize("persona", PERSONAS)
def test_given_a_person_when_every_link_is_followed_then_each_opens_and_reads_in_french(
    marcheur: Marcheur, persona: str
) -> None:
    fautes, lues = visit(marcheur, persona)
    assert "\n".join(fautes) == ""
    assert lues >= 10


@pytest.mark.parametrize(
    ("html", "faute"),
    [
        ('<html lang="fr"><a href="#la">Voir</a></html>', "ancre sans cible : #la"),
        ('<html lang="fr"><button>Submit</button></html>', "pas en français : submit"),
        ('<html lang="fr"><th>Last login</th></html>', "pas en français : last, login, Last login"),
        ('<html lang="fr"><a>Passkey</a></html>', "pas en français : Passkey"),
        ('<html lang="en">Voir</html>', "en « en »"),
        ('<html lang="fr">Bonjour {{ nom }}</html>', "du gabarit : {{"),
        (
            '<html lang="fr"><p class="fr-bagde">À jour</p></html>',
            "classe qu’aucune feuille ne connaît : fr-bagde",
        ),
    ],
)
def test_given_a_hole_in_a_page_when_read_then_it_is_seen(html: str, faute: str) -> None:
    assert faults(Page(html)) == [faute]
