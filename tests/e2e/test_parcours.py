"""One formation, from its draft to its first reminder, through the pages, with each role.

Nothing here knows the domain: people type, press and read; gunicorn, a Celery worker and beat do the
rest, on an SQLite base and the filesystem broker, as in ``make demo``.
"""

import re
from collections.abc import Iterator
from datetime import date

import pypdfium2
import pytest
import zxingcpp
from playwright.sync_api import Browser

from gen_portal.demo.comptes import DOMAINE, SIRET_ORGANISME
from gen_portal.demo.contenu import PIECE_PDF, siret
from tests.e2e.pile import Pile
from tests.e2e.visiteurs import Courriels, Visiteur

pytestmark = pytest.mark.navigateur

INTITULE = "Développeur web et web mobile"
EN_EXAMEN = "En cours d’examen"
JUSTIFICATION = "Écrit par Hugo : l’entreprise partenaire a confirmé ses embauches par téléphone"
PORTEUR = f"porteur@{DOMAINE}"


class Scene:
    """The people of the walk, each in a window of their own."""

    def __init__(self, chromium: Browser, pile: Pile) -> None:
        self.chromium, self.pile = chromium, pile
        self.presents: dict[str, Visiteur] = {}
        self.passant = self._arrive("passant")
        self.courriels = Courriels(self._arrive("lecteur des courriels"))
        #: Learned from the pages on the way.
        self.reference = self.dossier = self.seance = self.formation = self.session = self.code = ""

    def _arrive(self, nom: str) -> Visiteur:
        self.presents[nom] = Visiteur(self.chromium, self.pile.url)
        return self.presents[nom]

    def enter(self, prenom: str) -> Visiteur:
        """Return somebody of the demo's list, signed in the first time."""
        if prenom not in self.presents:
            self._arrive(prenom).sign_in(prenom)
        return self.presents[prenom]

    def advance(self, jour: date) -> None:
        """Move the business clock with the bar, which everybody sees."""
        passant = self.passant
        passant.go("/")
        passant.page.get_by_label("ou jusqu’au").fill(jour.isoformat())
        passant.page.get_by_role("button", name="Avancer jusqu’à cette date").click()
        passant.page.get_by_text(f"Il est maintenant 10 h 00, le {jour:%d/%m/%Y}").wait_for()

    def incidents(self) -> list[str]:
        """Return what went wrong in anybody's window."""
        return [f"{nom}: {incident}" for nom, un in self.presents.items() for incident in un.incidents]

    def leave(self) -> None:
        """Close every window."""
        for un in self.presents.values():
            un.close()


@pytest.fixture
def scene(chromium: Browser, pile_a_part: Pile) -> Iterator[Scene]:
    """The people; a test passes only if no window saw an error."""
    gens = Scene(chromium, pile_a_part)
    yield gens
    gens.leave()
    assert gens.incidents() == []


def test_given_a_newcomer_when_they_sign_up_then_they_create_their_structure(scene: Scene) -> None:
    nouvelle = scene.passant
    email = "jeanne@nouvelle-structure.example"
    nouvelle.go("/compte/signup/")
    for champ, valeur in {
        "prenom": "Jeanne",
        "nom": "Petit",
        "email": email,
        "password1": "un vélo rouge sous la pluie",
        "password2": "un vélo rouge sous la pluie",
    }.items():
        nouvelle.answer(f"id_{champ}", valeur)
    nouvelle.press("Créer mon compte")
    courriel = scene.courriels.read(email, "Votre code pour vérifier votre adresse")
    code = re.search(r"\b[A-Z0-9]{3,4}-?[A-Z0-9]{3,4}\b", courriel)
    assert code, courriel
    nouvelle.main.get_by_label("Code reçu par courriel").fill(code.group())
    nouvelle.press("Valider le code")
    nouvelle.heading("Bonjour Jeanne")
    nouvelle.menu("Mes candidatures")
    nouvelle.link("Présenter une formation")
    nouvelle.link("Créer ma structure")
    _describe_structure(nouvelle, email)
    nouvelle.reads("Les Ateliers de Jeanne", "Lyon")


def _describe_structure(nouvelle: Visiteur, email: str) -> None:
    nouvelle.main.get_by_text("Association", exact=True).click()
    for champ, valeur in {
        "raison_sociale": "Les Ateliers de Jeanne",
        "siret": siret(4321),
        "adresse": "1 rue des Essais",
        "code_postal": "69007",
        "commune": "Lyon",
        "representant_prenom": "Jeanne",
        "representant_nom": "Petit",
        "representant_fonction": "Présidente",
        "representant_email": email,
    }.items():
        nouvelle.answer(f"id_{champ}", valeur)
    nouvelle.press("Créer")
    nouvelle.heading("Les Ateliers de Jeanne")


def test_given_a_fresh_portal_when_a_formation_walks_then_it_reaches_its_first_reminder(scene: Scene) -> None:
    _draft(scene)
    _deposit(scene)
    _examine(scene)
    _score_blind(scene)
    _convene(scene)
    _deliberate(scene)
    _notify(scene)
    _sign(scene)
    _verify(scene)
    _follow(scene)
    _start_session(scene)
    _transmit(scene)
    _remind_once(scene)


# --- The porteur and its contributor -------------------------------------------------------------
def _draft(scene: Scene) -> None:
    porteuse, contributeur = scene.enter("Amina"), scene.enter("Lucas")
    sections = scene.pile.data("from tests.e2e.reponses import print_answers; print_answers()")
    porteuse.menu("Mes candidatures")
    porteuse.link("Présenter une formation")
    porteuse.main.get_by_label("Intitulé de la formation").fill(INTITULE)
    porteuse.press("Ouvrir le brouillon")
    porteuse.heading("Les onze sections")
    porteuse.reads("Brouillon — non déposé", "0 section terminée sur 11")
    scene.dossier = porteuse.page.url.removeprefix(scene.pile.url)
    trouvee = re.search(r"dossier (\S+),", porteuse.text())
    assert trouvee
    scene.reference = trouvee.group(1)
    for section in sections[:6]:
        _fill(porteuse, scene.dossier, section)
    contributeur.menu("Mes candidatures")
    contributeur.link(INTITULE)
    for section in sections[6:]:
        _fill(contributeur, scene.dossier, section)
    contributeur.reads("11 sections terminées sur 11")
    contributeur.link("Vérifier et déposer")
    contributeur.reads("Le dossier est complet", "Seul un responsable de la structure peut déposer")
    assert contributeur.main.get_by_role("button", name="Déposer le dossier").count() == 0


def _fill(personne: Visiteur, dossier: str, section: dict) -> None:
    """Fill one section: its fields and files, then its table row by row."""
    personne.go(dossier)
    personne.link(section["titre"])
    personne.heading(section["titre"])
    personne.reads("Brouillon — non déposé")
    for identifiant, valeur in section["champs"].items():
        personne.answer(identifiant, valeur)
    for identifiant in section["pieces"]:
        piece = {"name": "attestation.pdf", "mimeType": "application/pdf", "buffer": PIECE_PDF}
        personne.page.locator(f"#{identifiant}").set_input_files(piece)
    for rang, ligne in enumerate(section["lignes"]):
        if rang:
            personne.press("Enregistrer et ajouter une ligne")
            personne.page.locator(f"#{next(iter(ligne))}").wait_for()
        for identifiant, valeur in ligne.items():
            personne.answer(identifiant, valeur)
    personne.press("Enregistrer et revenir au dossier")
    personne.heading("Les onze sections")
    personne.reads("Le dossier n’est pas déposé")


def _deposit(scene: Scene) -> None:
    porteuse = scene.enter("Amina")
    porteuse.go(scene.dossier)
    porteuse.reads("Brouillon — non déposé", "11 sections terminées sur 11")
    porteuse.link("Vérifier et déposer")
    porteuse.reads("Le dossier est complet")
    porteuse.capture("parcours-recapitulatif")
    porteuse.press("Déposer le dossier")
    porteuse.heading("Ce qui se passe maintenant")
    porteuse.reads(
        EN_EXAMEN, "Reçu le lundi 20 septembre 2021", "relevé 2, jeudi 30 septembre 2021 à 23 h 59"
    )
    recu = porteuse.pdf(porteuse.main.get_by_role("link", name="Télécharger l’accusé de réception"))
    assert scene.reference in _text_of(recu)
    courriel = scene.courriels.read(PORTEUR, f"Dossier {scene.reference} déposé le 20 septembre 2021")
    assert scene.pile.url + scene.dossier in courriel
    regional = scene.enter("Thomas")
    regional.go("/candidatures/")
    regional.link(INTITULE)
    regional.reads(scene.reference)


# --- The instructors, in the admin ---------------------------------------------------------------
def _examine(scene: Scene) -> None:
    scene.advance(date(2021, 10, 4))
    hugo = scene.enter("Hugo")
    hugo.menu("Instruction")
    hugo.link("Ma file")
    hugo.heading("À examiner (1)")
    hugo.link(scene.reference)
    hugo.heading("Les dix critères de recevabilité")
    for numero in range(1, 11):
        critere = hugo.main.get_by_role("group", name=f"Votre verdict sur le critère {numero}", exact=True)
        critere.get_by_label("Conforme", exact=True).check()
        hugo.press(f"Enregistrer le verdict du critère {numero}")
        hugo.main.get_by_text(f"{numero} verdict{'s' * (numero > 1)} sur 10.").wait_for()
    hugo.capture("parcours-instruction")
    hugo.link("Déclarer recevable…")
    hugo.press("Déclarer recevable")
    hugo.link("Noter ce dossier")
    _still_under_examination(scene)


def _score_blind(scene: Scene) -> None:
    hugo, nadia = scene.enter("Hugo"), scene.enter("Nadia")
    hugo.heading("Les six critères de sélection")
    _score(hugo, niveau=4)
    hugo.link("Voir ma notation")
    hugo.reads("Vous avez soumis cette notation", JUSTIFICATION)
    nadia.menu("Instruction")
    nadia.link("Ma file")
    nadia.heading("À noter (1)")
    nadia.link(scene.reference)
    nadia.heading("Les six critères de sélection")
    lu = nadia.page.content()
    nadia.link("Revenir au dossier")
    nadia.heading("Le dossier déposé")
    lu += nadia.page.content()
    assert JUSTIFICATION not in lu
    assert "Score" not in lu
    nadia.link("Noter ce dossier")
    _score(nadia, niveau=4, dernier=3)
    nadia.reads("Notée, à inscrire", "Score retenu")
    _still_under_examination(scene)


def _score(personne: Visiteur, *, niveau: int, dernier: int | None = None) -> None:
    indicateurs = personne.main.locator("fieldset.gen-indicateur")
    nombre = indicateurs.count()
    assert nombre >= 6
    for rang in range(nombre):
        voulu = dernier if dernier is not None and rang == nombre - 1 else niveau
        indicateurs.nth(rang).get_by_role("radio").nth(voulu).check()
    for numero in range(1, 7):
        personne.main.get_by_label(f"Justification du critère {numero}").fill(
            JUSTIFICATION if niveau == 4 and dernier is None else "Dossier convaincant sur ce critère"
        )
    personne.press("Vérifier et soumettre…")
    personne.press("Soumettre ma notation")
    personne.page.get_by_text("Votre notation est soumise").wait_for()


def _still_under_examination(scene: Scene) -> None:
    """Whatever GEN does before the notification, the porteur reads the same word (R37)."""
    porteuse = scene.enter("Amina")
    porteuse.go(scene.dossier)
    porteuse.reads(EN_EXAMEN)
    assert "Labellisée" not in porteuse.text()


# --- The direction and the committee -------------------------------------------------------------
def _convene(scene: Scene) -> None:
    helene = scene.enter("Hélène")
    helene.menu("Comité")
    helene.link("Convoquer une séance")
    helene.main.get_by_label("Intitulé").fill("Séance du relevé 2")
    helene.main.get_by_label("Date").fill("2021-10-19")
    helene.main.get_by_label("Heure").fill("09:30")
    helene.main.get_by_label("Lieu").fill("Paris, salle du conseil")
    for membre in ("Claire Dumont", "Karim Benali"):
        helene.main.get_by_text(membre).click()
    helene.press("Convoquer la séance")
    helene.link("Séance du relevé 2")
    helene.heading("Composer l’ordre du jour")
    scene.seance = helene.page.url.removeprefix(scene.pile.url)
    helene.main.get_by_text(scene.reference).click()
    helene.press("Inscrire à l’ordre du jour")
    helene.page.get_by_text("1 dossier à l’ordre du jour").wait_for()
    assert "Paris, salle du conseil" in scene.courriels.read(f"comite1@{DOMAINE}", "Séance du comité")


def _deliberate(scene: Scene) -> None:
    scene.advance(date(2021, 10, 19))
    helene = scene.enter("Hélène")
    helene.go(scene.seance)
    for membre in ("Claire Dumont", "Karim Benali"):
        helene.main.locator("label").get_by_text(membre).click()
    helene.press("Enregistrer la présence")
    helene.page.get_by_text("Claire Dumont (présent)").wait_for()
    helene.press("Ouvrir la séance")
    helene.page.get_by_text("Empreinte du classement").wait_for()
    for prenom in ("Claire", "Karim"):
        membre = scene.enter(prenom)
        membre.menu("Comité")
        membre.link("Séance du relevé 2")
        membre.link(scene.reference)
        membre.main.get_by_role("group", name="Votre vote").get_by_text("Pour", exact=True).click()
        membre.press("Enregistrer mon vote")
        membre.page.get_by_text("Votre vote est enregistré").wait_for()
    helene.link(scene.reference)
    helene.reads("2 pour, 0 contre")
    helene.capture("parcours-decision")
    helene.main.get_by_role("group", name="Décision").get_by_text("Labellisée", exact=True).click()
    helene.main.get_by_label("Motifs").fill("La formation répond aux besoins du territoire.")
    helene.press("Enregistrer la décision")
    helene.go(scene.seance)
    helene.press("Clore la séance")
    helene.page.get_by_text("1 décision à notifier").wait_for()
    _still_under_examination(scene)


def _notify(scene: Scene) -> None:
    scene.advance(date(2021, 10, 25))
    helene, etienne = scene.enter("Hélène"), scene.enter("Étienne")
    helene.go(scene.seance)
    helene.link("Notifier les décisions")
    helene.press("Préparer la notification")
    helene.page.get_by_text("Vous avez préparé cette notification").wait_for()
    assert helene.main.get_by_role("button", name="Confirmer et notifier").count() == 0
    _still_under_examination(scene)
    etienne.menu("Comité")
    etienne.link("Séance du relevé 2")
    etienne.link("Notifier les décisions")
    etienne.press("Confirmer et notifier")
    porteuse = scene.enter("Amina")
    porteuse.go(scene.dossier)
    porteuse.waits(lambda: "Labellisée" in porteuse.text(), "the decision")
    lettre = porteuse.pdf(porteuse.main.get_by_role("link", name="Lire la lettre"))
    assert "Étienne Caron" in _text_of(lettre)
    scene.courriels.read(PORTEUR, f"Décision sur votre candidature {scene.reference}")


# --- The convention and the label ----------------------------------------------------------------
def _sign(scene: Scene) -> None:
    scene.advance(date(2021, 10, 27))
    invitation = scene.courriels.read(PORTEUR, "À signer : convention de labellisation")
    numero = re.search(r"La convention (\S+) vous attend", invitation)
    lien = re.search(r"http\S+/conventions/signature/\S+", invitation)
    assert numero
    assert lien
    representante = Visiteur(scene.chromium, scene.pile.url)
    scene.presents["représentante légale"] = representante
    representante.go(lien.group())
    bouton = representante.main.get_by_role("button", name="Recevoir un code")
    representante.waits(lambda: bouton.count() > 0, "the convention to sign")
    convention = representante.pdf(representante.main.get_by_role("link", name="Convention"))
    assert numero.group(1) in _text_of(convention)
    representante.capture("parcours-signature")
    _sign_with_code(scene, representante, PORTEUR, numero.group(1))
    representante.heading("Vous avez signé")
    helene = scene.enter("Hélène")
    helene.menu("Conventions")
    helene.link(numero.group(1))
    _sign_with_code(scene, helene, f"direction@{DOMAINE}", numero.group(1))
    helene.page.get_by_text("La convention vaut jusqu’à sa date de fin").wait_for()
    actif = scene.courriels.read(PORTEUR, f"Label actif depuis le mercredi 27 octobre 2021 : {INTITULE}")
    code = re.search(r"/verification/([0-9A-Z-]+)/", actif)
    assert code
    scene.code = code.group(1)


def _sign_with_code(scene: Scene, signataire: Visiteur, email: str, numero: str) -> None:
    signataire.press("Recevoir un code")
    signataire.page.get_by_text("Un code vient d’être envoyé").wait_for()
    courriel = scene.courriels.read(email, f"Votre code pour signer la convention {numero}")
    code = re.search(r"Votre code de signature est\s*: (\S+)", courriel)
    assert code, courriel
    signataire.main.get_by_label("Code reçu par courriel").fill(code.group(1))
    signataire.main.get_by_text("J’ai lu la convention et je la signe").click()
    signataire.press("Signer la convention")


def _verify(scene: Scene) -> None:
    """The label says so to anybody, and the QR of its attestation leads there."""
    passant, porteuse = scene.passant, scene.enter("Amina")
    adresse = f"/verification/{scene.code}/"
    passant.go(adresse)
    passant.heading("Label valide")
    passant.reads(INTITULE)
    passant.capture("parcours-verification")
    porteuse.menu("Suivi des formations")
    porteuse.link(INTITULE)
    porteuse.heading("Ce qui est attendu")
    scene.formation = porteuse.page.url.removeprefix(scene.pile.url)
    lien = porteuse.main.get_by_role("link", name="Attestation de label (PDF)")
    porteuse.waits(lambda: lien.count() > 0, "the attestation of the label")
    image = pypdfium2.PdfDocument(porteuse.pdf(lien))[0].render(scale=3).to_pil()
    assert [lu.text for lu in zxingcpp.read_barcodes(image)] == [scene.pile.url + adresse]


# --- The follow-up -------------------------------------------------------------------------------
def _follow(scene: Scene) -> None:
    """The obligations exist; the porteur lets its training body prepare the follow-up."""
    porteuse, sophie = scene.enter("Amina"), scene.enter("Sophie")
    porteuse.go(scene.formation)
    porteuse.reads(
        "Démarrage de la première session",
        "Rapport annuel",
        "Espace de la formation à jour",
        "Référencement auprès du CARIF-OREF",
        "Référencement sur Mon Compte Formation",
    )
    porteuse.capture("parcours-suivi")
    sophie.go("/suivi/")
    assert INTITULE not in sophie.text()
    porteuse.main.get_by_label("SIRET de l’organisme").fill(SIRET_ORGANISME)
    porteuse.press("Habiliter cet organisme")
    porteuse.page.get_by_role("button", name="Retirer l’accès de Atelier du Code Solidaire").wait_for()


def _start_session(scene: Scene) -> None:
    scene.advance(date(2021, 11, 15))
    sophie = scene.enter("Sophie")
    sophie.menu("Suivi des formations")
    sophie.link(INTITULE)
    sophie.link("Session 1")
    scene.session = sophie.page.url.removeprefix(scene.pile.url)
    sophie.link("Renseigner le référencement")
    sophie.main.get_by_label("Référence CARIF-OREF").fill("CO-69-2021-001")
    sophie.main.get_by_label("Référence Mon Compte Formation").fill("MCF-69-2021-001")
    sophie.main.get_by_label("Entrées déclarées dans KAIROS le").fill("2021-11-15")
    sophie.main.locator("form").get_by_role("button").first.click()
    sophie.link("Déclarer le démarrage")
    sophie.main.get_by_label("Jour").fill("2021-11-15")
    sophie.press("Déclarer le démarrage")
    sophie.heading("Apprenants inscrits")
    sophie.link("Ajouter un apprenant")
    for rang, (prenom, nom) in enumerate((("Fatou", "Diallo"), ("Julien", "Aubert"), ("Maëlle", "Leroy"))):
        if rang:
            sophie.press("Enregistrer et ajouter une autre personne")
            sophie.page.get_by_label("Prénoms").and_(sophie.page.locator("[value='']")).or_(
                sophie.page.locator("#id_prenoms:not([value])")
            ).wait_for()
        _describe_learner(sophie, prenom, nom)
    sophie.press("Enregistrer")
    sophie.page.get_by_text("3 apprenants").wait_for()
    assert sophie.main.get_by_role("button", name="Transmettre l’attestation et la liste").count() == 0


def _describe_learner(sophie: Visiteur, prenom: str, nom: str) -> None:
    for champ, valeur in {
        "nom": nom,
        "prenoms": prenom,
        "naissance": "1998-04-12",
        "rue": "5 rue des Tilleuls",
        "code_postal": "69007",
        "commune_nom": "Lyon",
        "entree": "2021-11-15",
    }.items():
        sophie.answer(f"id_{champ}", valeur)


def _transmit(scene: Scene) -> None:
    porteuse = scene.enter("Amina")
    porteuse.go(scene.session)
    porteuse.reads("3 apprenants", "Diallo", "Sophie Garnier, lecture")
    porteuse.press("Transmettre l’attestation et la liste")
    porteuse.reads("avec 3 inscrits")
    porteuse.capture("parcours-session")
    attestation = porteuse.pdf(porteuse.main.get_by_role("link", name="Attestation de démarrage (PDF)"))
    assert INTITULE in _text_of(attestation)


def _remind_once(scene: Scene) -> None:
    """Beat and the worker remind of what is missing when its day comes; once, however often they tick."""
    porteuse, valerie = scene.enter("Amina"), scene.enter("Valérie")
    scene.pile.wait_for_sweeps(2)
    avant = scene.courriels.subjects(PORTEUR)
    scene.advance(date(2021, 12, 27))
    scene.pile.wait_for_sweeps(2)
    assert scene.courriels.subjects(PORTEUR) == avant
    # The space of the formation is to be confirmed by 27 January: the first step is 30 days before.
    scene.advance(date(2021, 12, 28))
    rappel = scene.courriels.read(PORTEUR, "27 janvier 2022")
    assert "Espace de la formation à jour" in rappel
    assert scene.pile.url + scene.formation in rappel
    scene.pile.wait_for_sweeps(3)
    apres = scene.courriels.subjects(PORTEUR)
    assert apres[1:] == avant
    assert "27 janvier 2022" in apres[0]
    porteuse.go("/suivi/")
    porteuse.reads("Espace de la formation à jour")
    valerie.go("/admin/socle/courriel/?q=rappel")
    valerie.reads(apres[0])


def _text_of(pdf: bytes) -> str:
    pages = pypdfium2.PdfDocument(pdf)
    return " ".join(" ".join(page.get_textpage().get_text_bounded().split()) for page in pages)
