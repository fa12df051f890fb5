"""A request for compléments from the instructor's side: prepared, sent, read, and its answer (R16)."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from candidatures import cycle
from candidatures.domain.complements import (
    Element,
    answer_complements,
    close_expired_complements,
    request_complements,
)
from candidatures.domain.depot import withdraw_candidature
from candidatures.models import Candidature, DemandeComplements
from comptes.models import Appartenance, Role
from labellisation.domain.contexte_recevabilite import build_context
from labellisation.domain.prevalidations import PRECONTROLES
from labellisation.domain.recevabilite import (
    LECTURES,
    RecevabiliteRefusee,
    current_deposit,
    declare_recevable,
    record_verdict,
)
from labellisation.models import Verdict
from socle import horloge
from socle.erreurs import ErreurMetier
from socle.models import Courriel, Echeance, Evenement
from tests.candidatures import fabriques
from tests.candidatures.fabriques import (
    LUNDI,
    Reponses,
    dossier_depose,
    dossier_en_complement,
    instructeur,
    responsable_de,
)
from tests.comptes import fabriques as comptes
from tests.labellisation.test_admin import adresse, navigateur, texte
from tests.labellisation.test_ecran import cost
from tests.labellisation.test_recevabilite import juger
from tests.socle.fils import Fil

pytestmark = [pytest.mark.django_db, pytest.mark.regle("R16")]
lundi = pytest.mark.usefixtures("lundi")


def court(contenu: Reponses) -> None:
    """Modules too short for criterion 3, and a formation that is not free for criterion 7."""
    for module in contenu["programme"][1]:
        module["heures"] = 190
    contenu["publics"][0]["gratuite"] = False


def saisie(*elements: str, **autres: Any) -> dict[str, Any]:
    """What the form sends."""
    return {
        "version": "1",
        "reponse_avant": "2021-10-05",
        "message": "",
        "element": list(elements),
        **{f"consigne-{cle}": f"Attendu : {cle}." for cle in elements},
        "etape": "verifier",
        **autres,
    }


def envoyer(client: Client, candidature: Candidature, donnees: dict[str, Any], etape: str) -> Any:
    return client.post(adresse("complements", candidature.pk), {**donnees, "etape": etape})


def coches(page: str) -> set[str]:
    """Return the keys of the boxes that are ticked."""
    boites = re.findall(r'<input type="checkbox" name="element"[^>]*>', page)
    return {cle for boite in boites if " checked" in boite for cle in re.findall(r'value="([^"]+)"', boite)}


# --- The form ------------------------------------------------------------------------------------
@lundi
def test_given_a_deposited_dossier_when_the_page_opens_then_everything_can_be_asked() -> None:
    candidature = dossier_depose()
    client = navigateur(instructeur(candidature))
    ecran = texte(client.get(adresse("dossier", candidature.pk)))
    assert "Demander des compléments…" in ecran
    assert f"{adresse('complements', candidature.pk)}?critere=3" in ecran
    page = texte(client.get(adresse("complements", candidature.pk)))
    assert page.count('name="element"') == page.count("<textarea") - 1 > 100
    assert coches(page) == set()
    assert "Réponse actuelle : 2 lignes" in page
    assert "mardi 5 octobre 2021" in page
    assert 'value="2021-10-05"' in page
    assert 'min="2021-09-21"' in page


@lundi
def test_given_criteria_that_do_not_hold_when_the_page_opens_then_they_are_proposed_not_ticked() -> None:
    candidature = dossier_depose(change=court)
    personne = instructeur(candidature)
    record_verdict(
        candidature=candidature,
        critere=7,
        avis="NON_CONFORME",
        motif="La formation doit être gratuite.",
        instructeur=personne,
    )
    client = navigateur(personne)
    page = texte(client.get(adresse("complements", candidature.pk)))
    assert coches(page) == set()
    assert "Critère 3, pré-contrôle ne tient pas : Heures, 380 heures en 2 modules." in page
    assert (
        f"Critère 7, non conforme selon {personne.nom_complet}. « La formation doit être gratuite. »" in page
    )
    ouvertes = re.findall(
        r"<details class=\"gen-demande__section module\" open>\s*<summary><strong>(\d+)", page
    )
    assert {"3", "5"} <= set(ouvertes)
    assert "11" not in ouvertes
    # A criterion that somebody judged conforme proposes nothing.
    record_verdict(candidature=candidature, critere=3, avis="CONFORME", instructeur=personne)
    assert "Critère 3, pré-contrôle" not in texte(client.get(adresse("complements", candidature.pk)))


@lundi
def test_given_a_link_of_a_criterion_when_followed_then_what_it_names_is_ticked_with_its_reason() -> None:
    candidature = dossier_depose(change=court)
    personne = instructeur(candidature)
    record_verdict(
        candidature=candidature,
        critere=7,
        avis="NON_CONFORME",
        motif="La formation doit être gratuite.",
        instructeur=personne,
    )
    client = navigateur(personne)
    page = texte(client.get(adresse("complements", candidature.pk), {"critere": "7"}))
    assert coches(page) == {"publics.gratuite"}
    assert ">La formation doit être gratuite.</textarea>" in page
    assert coches(texte(client.get(adresse("complements", candidature.pk), {"critere": "3"}))) == {
        "programme.modules"
    }
    # One that holds, and one that does not exist, tick nothing.
    page = texte(client.get(adresse("complements", candidature.pk), {"critere": "5"}))
    assert coches(page) == set()
    assert "n’y désigne aucune réponse à reprendre" in page
    assert client.get(adresse("complements", candidature.pk), {"critere": "onze"}).status_code == 200


@lundi
@pytest.mark.parametrize(
    ("change", "phrase"),
    [
        ({"element": []}, "Cet élément n’est pas coché"),
        ({"element": [], "consigne-publics.gratuite": ""}, "Cochez au moins une réponse ou une pièce"),
        ({"consigne-publics.gratuite": "  "}, "Gratuite"),
        ({"consigne-budget.veille": "Détaillez la veille."}, "Cet élément n’est pas coché"),
        ({"element": ["publics.gratuite", "publics.inconnu"]}, "Un élément coché n’existe pas"),
        ({"reponse_avant": "2021-09-20"}, "demain au plus tôt"),
        ({"reponse_avant": "2031-09-20"}, "dans 365 jours au plus"),
        ({"reponse_avant": "9999-12-31"}, "dans 365 jours au plus"),
        ({"reponse_avant": "bientôt"}, "Écrivez une date qui existe"),
        ({"reponse_avant": ""}, "Donnez la date limite"),
        ({"consigne-publics.gratuite": "x" * 2001}, "2000 caractères au plus"),
        ({"message": "x" * 4001}, "4000 caractères au plus"),
        ({"version": ""}, "Rechargez la page"),
        ({"version": "9" * 5000}, "Rechargez la page"),
        ({"message": "Nul\x00"}, "caractère"),
    ],
)
def test_given_a_request_that_cannot_be_when_checked_then_it_comes_back_with_everything_typed(
    change: dict[str, Any], phrase: str
) -> None:
    candidature = dossier_depose()
    client = navigateur(instructeur(candidature))
    donnees = {**saisie("publics.gratuite", message="Bonjour à vous."), **change}
    for etape in ("verifier", "envoyer"):
        reponse = envoyer(client, candidature, donnees, etape)
        assert reponse.status_code == 422
        page = texte(reponse)
        assert phrase in page.split('<form method="post"')[0], "the summary says it"
        for nom, valeur in donnees.items():
            if nom.startswith("consigne-") or nom == "message":
                assert f">{valeur}</textarea>" in page
        assert coches(page) == set(donnees["element"]) - {"publics.inconnu"}
    assert not DemandeComplements.objects.exists()
    assert not Evenement.objects.filter(verbe="candidature.complements_demandes").exists()


@lundi
def test_given_a_proposed_reason_left_in_a_box_that_is_not_ticked_then_nobody_typed_it() -> None:
    candidature = dossier_depose(change=court)
    personne = instructeur(candidature)
    record_verdict(
        candidature=candidature,
        critere=7,
        avis="NON_CONFORME",
        motif="Gratuité à confirmer.\nVraiment.",
        instructeur=personne,
    )
    client = navigateur(personne)
    donnees = saisie("programme.modules") | {
        "consigne-publics.gratuite": "Gratuité à confirmer.\r\nVraiment.",
    }
    reponse = envoyer(client, candidature, donnees, "verifier")
    assert reponse.status_code == 200
    assert "s’ouvre à la correction" in texte(reponse)
    assert envoyer(client, candidature, donnees, "envoyer").status_code == 302
    (element,) = DemandeComplements.objects.get().elements.all()
    assert (element.section, element.champ) == ("programme", "modules")


# --- Checked, then sent --------------------------------------------------------------------------
@lundi
def test_given_a_whole_request_when_checked_then_the_page_says_what_will_happen_and_nothing_is_written() -> (
    None
):
    candidature = dossier_depose()
    personne = instructeur(candidature)
    for critere in (1, 3, 7):
        record_verdict(candidature=candidature, critere=critere, avis="CONFORME", instructeur=personne)
    client = navigateur(personne)
    donnees = saisie("publics.gratuite", "structure.piece:ATTESTATION_FISCALE", message="Merci de préciser.")
    page = texte(envoyer(client, candidature, donnees, "verifier"))
    assert "jusqu’au <strong>mardi 5 octobre 2021</strong> inclus" in page
    assert "(aujourd’hui, le samedi 20 novembre 2021)" in page
    assert "le mardi 28 septembre 2021, le lundi 4 octobre 2021 et le mardi 5 octobre 2021" in page, (
        "not today's: the e-mail of the request says it"
    )
    assert "les verdicts des critères 1, 3 sont gardés" in page
    assert "celui du critère 7 est à redonner" in page
    responsable = responsable_de(candidature.structure)
    assert f"{responsable.nom_complet} ({responsable.email})" in page
    montre = page.split('gen-courriel__texte">')[1].split("</div>")[0]
    assert not DemandeComplements.objects.exists()

    assert "Merci de préciser." in montre
    reponse = envoyer(client, candidature, donnees, "envoyer")
    # Only the page that comes after the sending drops what the browser kept.
    assert reponse.url == adresse("dossier", candidature.pk) + "?enregistre=complements"
    assert "admin-gen/oubli.js" in texte(client.get(reponse.url))
    courriel = Courriel.objects.get(gabarit="candidature_complements_demandes")
    parti = courriel.texte.strip().replace("\u00a0", " ").split("\n")
    assert [ligne.strip() for ligne in re.sub("<[^>]+>", "\n", montre).split("\n") if ligne.strip()] == [
        ligne.strip() for ligne in parti if ligne.strip()
    ]
    echeance = Echeance.objects.get(genre="candidatures.complements")
    assert echeance.prochain_rappel == date(2021, 9, 28)


@lundi
def test_given_a_checked_request_when_corrected_then_everything_typed_is_there() -> None:
    candidature = dossier_depose()
    client = navigateur(instructeur(candidature))
    donnees = saisie("publics.gratuite", "programme.modules", message="Bonjour.\nMerci.")
    page = texte(envoyer(client, candidature, donnees, "verifier"))
    caches = dict(re.findall(r'<input type="hidden" name="(consigne-[^"]+|message)" value="([^"]*)"', page))
    assert caches["message"] == "Bonjour.\nMerci."
    assert caches["consigne-programme.modules"] == "Attendu : programme.modules."
    retour = envoyer(client, candidature, donnees, "corriger")
    assert retour.status_code == 200
    page = texte(retour)
    assert coches(page) == {"publics.gratuite", "programme.modules"}
    assert ">Attendu : publics.gratuite.</textarea>" in page
    assert "à corriger</h2>" not in page


@lundi
def test_given_the_same_request_pressed_twice_then_there_is_one_and_no_refusal() -> None:
    candidature = dossier_depose()
    client = navigateur(instructeur(candidature))
    donnees = saisie("publics.gratuite")
    assert [envoyer(client, candidature, donnees, "envoyer").status_code for _ in range(2)] == [302, 302]
    assert DemandeComplements.objects.count() == 1
    assert Courriel.objects.filter(gabarit="candidature_complements_demandes").count() == 1


@lundi
def test_given_nobody_active_when_checked_then_the_page_warns() -> None:
    candidature = dossier_depose()
    client = navigateur(instructeur(candidature))
    for appartenance in Appartenance.objects.filter(structure=candidature.structure):
        appartenance.utilisateur.is_active = False
        appartenance.utilisateur.save()
    page = texte(envoyer(client, candidature, saisie("publics.gratuite"), "verifier"))
    assert "Personne ne le recevra :" in page


@lundi
def test_given_another_request_or_deposit_meanwhile_when_sent_then_it_is_refused_and_shown_again() -> None:
    candidature = dossier_depose()
    premier = instructeur(candidature)
    client = navigateur(premier)
    donnees = saisie("publics.gratuite", message="Le mien.")
    request_complements(
        candidature=candidature,
        acteur=premier,
        elements=[Element("programme", "modules", "Précisez.")],
        reponse_avant=date(2021, 10, 5),
    )
    for etape in ("verifier", "envoyer"):
        reponse = envoyer(client, candidature, donnees, etape)
        assert reponse.status_code == 409
        page = texte(reponse)
        assert (
            f"{premier.nom_complet} a envoyé une demande de compléments le 20 septembre 2021 à 10 h 00"
            in page
        )
        assert ">Le mien.</textarea>" in page
        assert coches(page) == {"publics.gratuite"}
        assert "Vérifier la demande" not in page
    ouverture = client.get(adresse("complements", candidature.pk), follow=True)
    assert "a envoyé une demande de compléments" in texte(ouverture)

    modules = candidature.depots.get().instantane["programme"]["modules"]
    acteur = responsable_de(candidature.structure)
    fabriques.enregistrer(
        candidature, acteur, "programme", {}, [{"id": un["id"], "heures": 300} for un in modules]
    )
    answer_complements(candidature=candidature, acteur=acteur, arrivee=LUNDI)
    for etape in ("verifier", "envoyer"):
        reponse = envoyer(client, candidature, donnees, etape)
        assert reponse.status_code == 409
        page = texte(reponse)
        assert "Ce dossier a une nouvelle version, la 2" in page
        assert 'name="version" value="2"' in page, "read again, it can be sent"
    assert DemandeComplements.objects.count() == 1
    withdraw_candidature(candidature=candidature, acteur=acteur)
    assert "Le porteur a retiré ce dossier" in texte(envoyer(client, candidature, donnees, "envoyer"))


@lundi
def test_given_somebody_who_may_not_judge_then_the_page_is_refused_and_not_offered() -> None:
    candidature = dossier_depose()
    instructeur(candidature)
    for personne in (instructeur(), comptes.utilisateur(Role.DIRECTION)):
        client = navigateur(personne)
        assert "Demander des compléments…" not in texte(client.get(adresse("dossier", candidature.pk)))
        assert client.get(adresse("complements", candidature.pk)).status_code == 403
        assert envoyer(client, candidature, saisie("publics.gratuite"), "envoyer").status_code == 403
    assert not DemandeComplements.objects.exists()


@lundi
def test_given_the_form_then_it_asks_what_its_budget_allows() -> None:
    candidature = dossier_depose(change=court)
    client = navigateur(instructeur(candidature))
    client.get(adresse("complements", candidature.pk))
    page = cost(lambda: client.get(adresse("complements", candidature.pk)))
    assert len(page) == 17, "\n".join(page)
    donnees = saisie("publics.gratuite", "programme.modules", "structure.piece:ATTESTATION_FISCALE")
    verifiee = cost(lambda: envoyer(client, candidature, donnees, "verifier"))
    assert len(verifiee) == 19, "\n".join(verifiee)


# --- While it waits --------------------------------------------------------------------------------
@lundi
def test_given_a_request_that_waits_then_the_screen_shows_it_whole() -> None:
    candidature = dossier_depose()
    personne = instructeur(candidature)
    request_complements(
        candidature=candidature,
        acteur=personne,
        elements=[
            Element("publics", "gratuite", "Confirmez la gratuité."),
            Element("equipe", "piece:CV_FORMATEUR", "Joignez les CV."),
        ],
        reponse_avant=date(2021, 10, 5),
        message="Appelez-nous au besoin.",
    )
    page = texte(navigateur(instructeur()).get(adresse("dossier", candidature.pk)))
    assert f"Demandés par {personne.nom_complet} le 20 septembre 2021 à 10 h 00" in page
    assert "attendus jusqu’au mardi 5 octobre 2021 inclus" in page
    assert "la demande se clôt seule le mercredi 6 octobre 2021 à 1 h 00, heure de Paris" in page
    assert "Confirmez la gratuité." in page
    assert "CV du formateur" in page
    assert "Appelez-nous au besoin." in page
    assert "Demander des compléments…" not in page


def test_given_no_answer_when_the_request_is_closed_then_the_screen_says_what_was_asked() -> None:
    with time_machine.travel(LUNDI, tick=False):
        candidature, personne = en_attente(("publics", "gratuite"))
    with time_machine.travel(LUNDI + timedelta(days=20), tick=False):
        assert close_expired_complements() == 1
        page = texte(navigateur(personne).get(adresse("dossier", candidature.pk)))
        assert "Compléments demandés, restés sans réponse" in page
        assert "Aucune réponse n’est venue : le dossier s’examine tel qu’il a été déposé." in page
        assert "Précisez." in page
        assert "10 verdicts sur 10." in page, "they stand: nothing has changed"
        assert "Demander des compléments…" in page
        # Another request, then its answer: what is examined is the new version.
        request_complements(
            candidature=candidature,
            acteur=personne,
            elements=[Element("equipe", "formateurs", "Précisez encore.")],
            reponse_avant=date(2021, 10, 20),
        )
        page = texte(navigateur(personne).get(adresse("dossier", candidature.pk)))
        assert "restés sans réponse" not in page
        answer_complements(
            candidature=candidature, acteur=responsable_de(candidature.structure), arrivee=horloge.now()
        )
        assert "restés sans réponse" not in texte(
            navigateur(personne).get(adresse("dossier", candidature.pk))
        )


# --- After the answer ------------------------------------------------------------------------------
def repondre(candidature: Candidature, section: str, valeurs: dict[str, Any], lignes: Any = None) -> None:
    acteur = responsable_de(candidature.structure)
    fabriques.enregistrer(candidature, acteur, section, valeurs, lignes)


@lundi
def test_given_an_answer_then_what_changed_is_marked_with_what_stood_before_and_what_did_not_is_said() -> (
    None
):
    candidature = dossier_en_complement(
        [
            Element("publics", "gratuite", "Confirmez la gratuité."),
            Element("programme", "modules", "Précisez les heures."),
            Element("sessions", "sessions", "Ajoutez une session."),
            Element("structure", "piece:ATTESTATION_FISCALE", "De moins de six mois."),
            Element("budget", "veille", "Détaillez la veille."),
        ]
    )
    acteur = responsable_de(candidature.structure)
    premier = candidature.depots.get()
    repondre(candidature, "publics", {"gratuite": False})
    modules = premier.instantane["programme"]["modules"]
    repondre(
        candidature, "programme", {}, [{"id": modules[0]["id"], "heures": 300}, {"id": modules[1]["id"]}]
    )
    sessions = premier.instantane["sessions"]
    garde = [{"id": une["id"]} for une in sessions[1:]]
    neuve = {cle: valeur for cle, valeur in sessions[0].items() if cle != "id"} | {"places": 17}
    repondre(candidature, "sessions", {}, [*garde, neuve])
    fabriques.joindre(candidature, acteur, "ATTESTATION_FISCALE", "neuve.pdf")
    answer_complements(candidature=candidature, acteur=acteur, arrivee=LUNDI)

    client = navigateur(instructeur(candidature))
    page = texte(client.get(adresse("dossier", candidature.pk)))
    bloc = page.split('id="changements"')[1].split("</section>")[0]
    liens = re.findall(r'href="#([^"]+)"', bloc)
    for cible in liens:
        assert f'id="{cible}"' in page, cible
    assert "Publics, Gratuite" in bloc
    assert "Oui → Non" in bloc
    assert "250 → 300" in bloc
    assert "neuve.pdf" in bloc
    assert "retiré, " in bloc
    assert "Demandé, mais inchangé" in bloc
    assert "Détaillez la veille." in bloc
    assert "De moins de six mois." not in bloc
    assert '<div id="lu-publics-gratuite" tabindex="-1">' in page
    dossier = page.split('id="lecture"')[1].split('id="criteres"')[0]
    assert "<strong>Modifié.</strong> Avant : Oui" in dossier
    assert "<strong>Modifié.</strong> Avant : 250" in dossier
    assert "Ligne ajoutée</strong>" in dossier
    assert "<strong>Retiré.</strong>" in dossier
    # The first version of a dossier is compared with nothing.
    assert "Ce que le porteur a changé" not in texte(client.get(adresse("dossier", dossier_depose().pk)))


@lundi
def test_given_a_first_deposit_of_an_older_version_then_what_it_did_not_ask_has_not_changed() -> None:
    candidature = fabriques.dossier_d_avant()
    request_complements(
        candidature=candidature,
        acteur=instructeur(),
        elements=[Element("publics", "gratuite", "Confirmez.")],
        reponse_avant=date(2021, 10, 5),
    )
    repondre(candidature, "publics", {"gratuite": False})
    answer_complements(candidature=candidature, acteur=responsable_de(candidature.structure), arrivee=LUNDI)
    page = texte(navigateur(instructeur(candidature)).get(adresse("dossier", candidature.pk)))
    bloc = page.split('id="changements"')[1].split("</section>")[0]
    assert bloc.count("<li>") == 1, bloc
    assert "Oui → Non" in bloc


# --- Verdicts kept ---------------------------------------------------------------------------------
@lundi
@pytest.mark.regle("R15")
def test_given_verdicts_and_an_answer_then_those_that_read_what_changed_are_given_again() -> None:
    candidature = dossier_depose()
    personne = instructeur(candidature)
    juger(candidature, personne, refus={7: "Gratuité à confirmer."})
    request_complements(
        candidature=candidature,
        acteur=personne,
        elements=[Element("publics", "gratuite", "Confirmez.")],
        reponse_avant=date(2021, 10, 5),
    )
    repondre(candidature, "publics", {"gratuite": False})
    answer_complements(candidature=candidature, acteur=responsable_de(candidature.structure), arrivee=LUNDI)
    depot = current_deposit(candidature)
    assert depot.numero == 2
    assert set(Verdict.objects.filter(depot=depot).values_list("critere", flat=True)) == {
        1, 2, 3, 5, 8, 9, 10,
    }  # fmt: skip
    page = texte(navigateur(personne).get(adresse("dossier", candidature.pk)))
    assert page.count("Verdict précédent :") == 3
    assert f"Verdict précédent : non conforme</strong> ({personne.nom_complet}" in page
    assert "Motif : Gratuité à confirmer." in page
    assert "7 verdicts sur 10." in page
    record_verdict(candidature=candidature, critere=7, avis="CONFORME", instructeur=personne)
    assert (
        texte(navigateur(personne).get(adresse("dossier", candidature.pk))).count("Verdict précédent :") == 2
    )


@lundi
@pytest.mark.regle("R15")
def test_given_another_candidature_meanwhile_when_answered_then_criterion_8_is_judged_again() -> None:
    candidature = dossier_depose()
    personne = instructeur(candidature)
    juger(candidature, personne)
    request_complements(
        candidature=candidature,
        acteur=personne,
        elements=[Element("equipe", "formateurs", "Précisez.")],
        reponse_avant=date(2021, 10, 5),
    )
    # What criterion 8 reads outside the dossier: the same formation, deposited twice.
    dossier_depose(candidature.structure)
    answer_complements(candidature=candidature, acteur=responsable_de(candidature.structure), arrivee=LUNDI)
    depot = current_deposit(candidature)
    gardes = set(Verdict.objects.filter(depot=depot).values_list("critere", flat=True))
    assert gardes == set(range(1, 11)) - {8}


class _Lu(dict[str, Any]):
    """A snapshot that notes which of its sections are read."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.lues: set[str] = set()

    def __getitem__(self, cle: str) -> Any:
        self.lues.add(cle)
        return super().__getitem__(cle)

    def get(self, cle: str, *args: Any) -> Any:
        self.lues.add(cle)
        return super().get(cle, *args)


def autrement(contenu: Reponses) -> None:
    """Answers that lead the pre-checks by their other ways."""
    court(contenu)
    contenu["structure"][0].update(qualite="CONTRAT", sous_traitance=True)
    contenu["formation"][0].update(certification_proprietaire=False)
    contenu["programme"][0].update(duree_mois=14)
    for module in contenu["programme"][1]:
        module["mode"] = "DISTANCIEL"


@lundi
@pytest.mark.regle("R15")
@pytest.mark.parametrize("change", [None, court, autrement])
def test_given_a_pre_check_then_it_reads_the_sections_that_the_table_says(change: Any) -> None:
    candidature = dossier_depose()
    depot = candidature.depots.get()
    if change:
        contenu = fabriques.reponses()
        change(contenu)
        for code in ("structure", "formation", "programme", "publics"):
            depot.instantane[code] |= {
                champ: valeur
                for champ, valeur in contenu[code][0].items()
                if isinstance(valeur, str | int | bool)
            }
        for module, ligne in zip(
            depot.instantane["programme"]["modules"], contenu["programme"][1], strict=True
        ):
            module |= {champ: ligne[champ] for champ in ("heures", "mode")}
    for critere, attendues in LECTURES.items():
        contexte = build_context(candidature, depot, criteres=(critere,))
        lu = _Lu(depot.instantane)
        PRECONTROLES[critere](lu, contexte)
        assert lu.lues - {"pieces"} <= attendues, critere


# --- A decision while an answer is being sent ------------------------------------------------------
def en_attente(champ: tuple[str, str] = ("equipe", "formateurs")) -> tuple[Candidature, Any]:
    """Return a dossier all of whose criteria are judged, on which an answer is waited for."""
    candidature = dossier_depose()
    personne = instructeur(candidature)
    juger(candidature, personne)
    request_complements(
        candidature=candidature,
        acteur=personne,
        elements=[Element(*champ, "Précisez.")],
        reponse_avant=date(2021, 10, 5),
    )
    return candidature, personne


@lundi
@pytest.mark.regle("R15")
def test_given_a_page_read_before_an_answer_when_declared_after_it_then_it_is_refused_whole() -> None:
    candidature = dossier_depose()
    personne = instructeur(candidature)
    juger(candidature, personne)
    client = navigateur(personne)
    page = texte(client.get(adresse("recevable", candidature.pk)))
    assert 'name="version" value="1"' in page
    request_complements(
        candidature=candidature,
        acteur=personne,
        elements=[Element("equipe", "formateurs", "Précisez.")],
        reponse_avant=date(2021, 10, 5),
    )
    attente = client.post(adresse("recevable", candidature.pk), {"version": "1"}, follow=True)
    assert "Des compléments sont demandés" in texte(attente)
    answer_complements(candidature=candidature, acteur=responsable_de(candidature.structure), arrivee=LUNDI)
    # No criterion reads the trainers: the ten verdicts stand, and the new version is still to be read.
    assert Verdict.objects.filter(depot=current_deposit(candidature)).count() == 10
    refus = client.post(adresse("recevable", candidature.pk), {"version": "1"}, follow=True)
    assert "une nouvelle version depuis que vous l’avez ouvert" in texte(refus)
    candidature.refresh_from_db()
    assert candidature.etat == cycle.DEPOSEE
    refus = client.post(
        adresse("irrecevable", candidature.pk), {"version": "1", "motifs": "Motifs."}, follow=True
    )
    assert "une nouvelle version" in texte(refus)
    client.post(adresse("recevable", candidature.pk), {"version": "2"})
    candidature.refresh_from_db()
    assert candidature.etat == cycle.RECEVABLE


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.regle("R15")
def test_given_a_declaration_and_an_answer_at_the_same_instant_then_the_declaration_is_refused() -> None:
    with time_machine.travel(LUNDI, tick=False):
        candidature, personne = en_attente()
        acteur = responsable_de(candidature.structure)

        def attempt(acte: Any) -> str:
            try:
                acte(Candidature.objects.get(pk=candidature.pk))
            except RecevabiliteRefusee as refus:
                return str(refus)
            return "faite"

        fils = [
            Fil(
                lambda: attempt(lambda lue: answer_complements(candidature=lue, acteur=acteur, arrivee=LUNDI))
            ),
            Fil(lambda: attempt(lambda lue: declare_recevable(candidature=lue, acteur=personne, version=1))),
        ]
        reponse, declaration = (fil.value() for fil in fils)
    assert reponse == "faite"
    assert "compléments sont demandés" in declaration or "nouvelle version" in declaration
    candidature.refresh_from_db()
    assert (candidature.etat, candidature.depots.count()) == (cycle.DEPOSEE, 2)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.regle("R15")
def test_given_a_declaration_and_a_request_at_the_same_instant_then_one_wins_and_the_other_is_told() -> None:
    with time_machine.travel(LUNDI, tick=False):
        candidature = dossier_depose()
        personne = instructeur(candidature)
        juger(candidature, personne)

        def attempt(acte: Any) -> str:
            try:
                acte(Candidature.objects.get(pk=candidature.pk))
            except ErreurMetier as refus:
                return type(refus).__name__
            return "faite"

        fils = [
            Fil(
                lambda: attempt(
                    lambda lue: request_complements(
                        candidature=lue,
                        acteur=personne,
                        elements=[Element("equipe", "formateurs", "Précisez.")],
                        reponse_avant=date(2021, 10, 5),
                        version=1,
                    )
                )
            ),
            Fil(lambda: attempt(lambda lue: declare_recevable(candidature=lue, acteur=personne, version=1))),
        ]
        issue = tuple(fil.value() for fil in fils)
    assert issue in {("faite", "RecevabiliteRefusee"), ("DemandePerimee", "faite")}
    candidature.refresh_from_db()
    assert candidature.etat == (cycle.EN_COMPLEMENT if issue[0] == "faite" else cycle.RECEVABLE)
