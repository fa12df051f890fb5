"""Autosave: each answer is kept by itself, and nobody's is written over (R10, R16)."""

import json
import uuid
from datetime import date, timedelta
from html.parser import HTMLParser
from threading import Event
from time import sleep
from typing import Any

import pytest
import time_machine
from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candidatures import sections
from candidatures.domain import instantane
from candidatures.domain.complements import Element
from candidatures.domain.erreurs import ChampFerme, ConflitDeVersion
from candidatures.domain.saisie import Enregistrement, Frappe, autosave_section
from candidatures.forms.champs import ChampDate, Ligne, Texte
from candidatures.forms.frappes import shown
from candidatures.forms.sections import TEXTE_MAX, field_of
from candidatures.models import Candidature
from candidatures.sections import LIGNES_MAX, TROP_DE_LIGNES
from socle.erreurs import ActeurRefuse, DonneesInvalides, TransitionRefusee
from tests.candidatures import fabriques
from tests.candidatures.test_pages import connecte
from tests.comptes import fabriques as comptes
from tests.socle.fils import PATIENCE, Fil, somebody_waits_for_a_lock, wait_until

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def lundi() -> Any:
    """Monday 20 September 2021, 10:00 in Paris."""
    with time_machine.travel(fabriques.LUNDI, tick=False) as temps:
        yield temps


def type_in(candidature: Candidature, section: str, *frappes: Frappe, acteur: Any = None) -> Enregistrement:
    """Save what somebody types, as the structure's responsable by default."""
    acteur = acteur or fabriques.responsable_de(candidature.structure)
    return autosave_section(
        dossiers=Candidature.objects.all(), pk=candidature.pk, section=section, frappes=frappes, acteur=acteur
    )


def frappe(champ: str, avant: Any, valeur: Any, **reste: Any) -> Frappe:
    """Return one answer, named as its question."""
    return Frappe(champ, champ, avant, valeur, **reste)


def stored(candidature: Candidature, section: str) -> Any:
    """Return a section as it is stored."""
    return instantane.section_data(candidature, section)


# --- The verb ----------------------------------------------------------------------------------
@pytest.mark.regle("R10")
def test_given_several_answers_when_one_is_wrong_then_the_others_are_kept() -> None:
    candidature = fabriques.brouillon()
    siret = stored(candidature, "structure")["siret"]
    bilan = type_in(
        candidature,
        "structure",
        frappe("siret", siret, "123"),
        frappe("contact_nom", "", "Camille Roux"),
        frappe("qualite_valide_jusqu_au", None, date(2024, 6, 30)),
    )
    assert bilan.enregistrees == ["contact_nom", "qualite_valide_jusqu_au"]
    assert list(bilan.erreurs) == ["siret"]
    assert bilan.conflits == {}
    donnees = stored(candidature, "structure")
    assert (donnees["siret"], donnees["contact_nom"]) == (siret, "Camille Roux")
    assert bilan.donnees == donnees
    etat = candidature.etats_sections.get(section="structure")
    assert (etat.version, etat.modifiee_le) == (1, fabriques.LUNDI)
    assert etat.manques == bilan.etat.manques > 0


@pytest.mark.regle("R10")
def test_given_nothing_that_can_be_kept_when_typing_then_the_section_is_not_signed() -> None:
    candidature = fabriques.brouillon()
    bilan = type_in(candidature, "immersion", frappe("type_immersion", "", "VACANCES"))
    assert list(bilan.erreurs) == ["type_immersion"]
    etat = candidature.etats_sections.get(section="immersion")
    assert (etat.version, etat.modifiee_par) == (0, None)


@pytest.mark.regle("R10")
def test_given_two_people_when_both_answer_one_question_then_the_second_chooses() -> None:
    candidature = fabriques.brouillon()
    un = fabriques.responsable_de(candidature.structure)
    deux = comptes.membre(candidature.structure)
    type_in(candidature, "immersion", frappe("heures", None, 140), frappe("semaines", None, 4), acteur=un)
    bilan = type_in(
        candidature,
        "immersion",
        frappe("heures", None, 150),
        frappe("semaines", None, 4),
        frappe("periodes", None, 1),
        acteur=deux,
    )
    assert {nom: conflit.valeur for nom, conflit in bilan.conflits.items()} == {"heures": 140}
    assert bilan.enregistrees == ["semaines", "periodes"], "the same answer is no conflict"
    assert (bilan.auteur, bilan.version) == (un.nom_complet, 1)
    assert stored(candidature, "immersion")["heures"] == 140
    bilan = type_in(candidature, "immersion", frappe("heures", 140, 150), acteur=deux)
    assert bilan.enregistrees == ["heures"]
    assert stored(candidature, "immersion")["heures"] == 150


def test_given_lines_sent_by_a_form_or_a_script_when_compared_then_they_are_the_same() -> None:
    candidature = fabriques.brouillon()
    type_in(candidature, "immersion", frappe("calendrier", "", "Un\r\ndeux\r\n"))
    bilan = type_in(candidature, "immersion", frappe("calendrier", "Un\ndeux", "Un\ndeux\ntrois"))
    assert bilan.enregistrees == ["calendrier"]
    assert stored(candidature, "immersion")["calendrier"] == "Un\ndeux\ntrois"


@pytest.mark.regle("R9", "R10")
def test_given_a_new_row_when_it_is_sent_twice_then_it_is_there_once_and_last() -> None:
    candidature = fabriques.dossier_complet()
    nombre, pk = candidature.modules.count(), uuid.uuid4()
    for titre in ("Algorithmes", "Algorithmique"):
        avant = "" if titre == "Algorithmes" else "Algorithmes"
        bilan = type_in(candidature, "programme", frappe("titre", avant, titre, ligne=pk, nouvelle=True))
        assert bilan.enregistrees == ["titre"]
    modules = stored(candidature, "programme")["modules"]
    assert len(modules) == nombre + 1
    assert (modules[-1]["id"], modules[-1]["titre"]) == (str(pk), "Algorithmique")


def test_given_a_new_row_when_nothing_of_it_can_be_kept_then_it_is_not_added() -> None:
    candidature = fabriques.brouillon()
    lot = [frappe("mode", "", "MAGIE", ligne=uuid.uuid4(), nouvelle=True)]
    bilan = type_in(candidature, "programme", *lot)
    assert list(bilan.erreurs) == ["mode"]
    assert stored(candidature, "programme")["modules"] == instantane.fields_of(bilan.donnees)["modules"] == []


@pytest.mark.regle("R10")
def test_given_a_reply_that_was_lost_when_sent_again_then_one_is_not_in_conflict_with_oneself() -> None:
    candidature = fabriques.brouillon()
    client = connecte(fabriques.responsable_de(candidature.structure))
    premier = {"avant": '{"reste_a_charge": ""}', "reste_a_charge": "1500"}
    assert send(client, candidature, "budget", **premier).status_code == 200
    repris = {"avant": '{"reste_a_charge": ""}', "reste_a_charge": "1600"}
    assert list(send(client, candidature, "budget", **repris).json()["conflits"]) == ["reste_a_charge"]
    avec = repris | {"tentees": '{"reste_a_charge": ["1500", "illisible"]}'}
    assert list(send(client, candidature, "budget", **avec).json()["enregistrees"]) == ["reste_a_charge"]
    # Somebody else's same answer is theirs: what this page had tried is no reason to write over it.
    collegue = comptes.membre(candidature.structure)
    type_in(candidature, "budget", frappe("reste_a_charge", 160_000, 150_000), acteur=collegue)
    assert list(send(client, candidature, "budget", **avec).json()["conflits"]) == ["reste_a_charge"]


@pytest.mark.regle("R10")
def test_given_a_row_that_somebody_deleted_when_typing_in_it_then_one_is_told_and_it_can_come_back() -> None:
    candidature = fabriques.dossier_complet()
    acteur = fabriques.responsable_de(candidature.structure)
    ligne = uuid.UUID(stored(candidature, "sessions")[0]["id"])
    fabriques.enregistrer(candidature, acteur, "sessions", {}, [])
    bilan = type_in(candidature, "sessions", frappe("places", 15, 20, ligne=ligne))
    assert bilan.conflits["places"].retiree
    assert stored(candidature, "sessions") == []
    type_in(candidature, "sessions", frappe("places", None, 20, ligne=ligne, nouvelle=True))
    assert [session["places"] for session in stored(candidature, "sessions")] == [20]


def test_given_a_row_of_another_dossier_when_typing_in_it_then_it_is_not_touched() -> None:
    etrangere = fabriques.dossier_complet().sessionprevues.first()
    candidature = fabriques.brouillon()
    for nouvelle in (False, True):
        lot = [frappe("places", 15, 1, ligne=etrangere.pk, nouvelle=nouvelle)]
        assert type_in(candidature, "sessions", *lot).conflits["places"].retiree
    etrangere.refresh_from_db()
    assert etrangere.places == 15
    assert stored(candidature, "sessions") == []


def test_given_a_session_that_would_end_before_it_begins_when_typing_then_its_dates_stay() -> None:
    candidature = fabriques.dossier_complet()
    session = candidature.sessionprevues.first()
    avant = (session.debut, session.fin)
    bilan = type_in(
        candidature,
        "sessions",
        frappe("debut", session.debut, session.fin + timedelta(days=1), ligne=session.pk),
        frappe("places", 15, 18, ligne=session.pk),
    )
    assert list(bilan.erreurs) == ["debut"]
    session.refresh_from_db()
    assert (session.debut, session.fin, session.places) == (*avant, 18)


@pytest.mark.regle("R8", "R16")
def test_given_somebody_else_a_deposit_or_a_closed_question_when_typing_then_it_is_refused() -> None:
    candidature = fabriques.brouillon()
    lot = frappe("heures", None, 1)
    with pytest.raises(ActeurRefuse):
        type_in(candidature, "immersion", lot, acteur=comptes.utilisateur("direction"))
    with pytest.raises(DonneesInvalides):
        type_in(candidature, "immersion", frappe("inconnu", None, 1))
    depose = fabriques.dossier_depose()
    with pytest.raises(TransitionRefusee):
        type_in(depose, "immersion", frappe("heures", 140, 1))
    en_complement = fabriques.dossier_en_complement()
    with pytest.raises(ChampFerme):
        type_in(en_complement, "immersion", frappe("heures", 140, 1))


def test_given_a_question_that_is_open_when_its_answer_is_wrong_then_the_others_still_go() -> None:
    candidature = fabriques.dossier_en_complement([Element("structure", "siret", "Corrigez le SIRET.")])
    client = connecte(fabriques.responsable_de(candidature.structure))
    siret = stored(candidature, "structure")["siret"]
    reponse = send(client, candidature, "structure", avant=json.dumps({"siret": siret}), siret="123")
    assert (reponse.status_code, list(reponse.json()["erreurs"])) == (200, ["siret"])
    ferme = send(client, candidature, "structure", avant='{"contact_nom": ""}', contact_nom="Zoé")
    assert (ferme.status_code, "n’ouvre pas" in ferme.json()["refus"]) == (409, True)


def test_given_a_full_table_when_a_row_is_added_then_it_is_refused_and_says_so() -> None:
    candidature = fabriques.brouillon()
    acteur = fabriques.responsable_de(candidature.structure)
    lignes = [{"places": rang} for rang in range(LIGNES_MAX)]
    fabriques.enregistrer(candidature, acteur, "sessions", {}, lignes)
    ajout = frappe("places", None, 1, ligne=uuid.uuid4(), nouvelle=True)
    assert type_in(candidature, "sessions", ajout).erreurs == {"places": [TROP_DE_LIGNES]}
    with pytest.raises(DonneesInvalides, match="80 lignes"):
        fabriques.enregistrer(candidature, acteur, "sessions", {}, [*lignes, {"places": 1}])
    assert candidature.sessionprevues.count() == LIGNES_MAX


def test_given_a_number_with_spaces_when_kept_then_the_page_learns_how() -> None:
    candidature = fabriques.brouillon()
    client = connecte(fabriques.responsable_de(candidature.structure))
    envoi = {"avant": '{"certification_code": "", "rome": ""}', "certification_code": "rncp 31114"}
    reponse = send(client, candidature, "formation", **envoi, rome="m1805").json()
    assert reponse["enregistrees"] == {"certification_code": "RNCP31114", "rome": "M1805"}


def test_given_the_title_or_a_site_when_typed_then_the_lists_follow() -> None:
    candidature = fabriques.brouillon()
    commune = fabriques.commune()
    pk = uuid.uuid4()
    type_in(
        candidature,
        "formation",
        frappe("intitule", "", "Réseaux"),
        frappe("commune", None, commune, ligne=pk, nouvelle=True),
    )
    candidature.refresh_from_db()
    assert (candidature.intitule, candidature.region_id) == ("Réseaux", "32")


# --- The page's script -----------------------------------------------------------------------------
def send(client: Client, candidature: Candidature, section: str, **donnees: Any) -> Any:
    """Send what the script of the page sends."""
    return client.post(reverse("candidatures:saisie", args=[candidature.pk, section]), donnees)


@pytest.mark.regle("R10")
def test_given_the_page_when_its_script_saves_then_it_reads_what_became_of_each_answer() -> None:
    candidature = fabriques.dossier_complet()
    client = connecte(fabriques.responsable_de(candidature.structure))
    page = client.get(reverse("candidatures:section", args=[candidature.pk, "programme"]))
    stockees = page.context["stockees"]
    ligne = page.context["saisie"].lignes.forms[0]["id"].value()
    assert stockees["modules-0-mode"] == "PRESENTIEL"
    reponse = send(
        client,
        candidature,
        "programme",
        version=page.context["saisie"].version,
        avant=json.dumps(
            {nom: stockees[nom] for nom in ("duree_mois", "entrees_permanentes", "modules-0-heures")}
        ),
        duree_mois="19",
        entrees_permanentes="oui",
        **{"modules-0-heures": "beaucoup", "modules-0-id": ligne},
    ).json()
    assert reponse["enregistrees"] == {"duree_mois": "19", "entrees_permanentes": "oui"}
    assert reponse["erreurs"] == {"modules-0-heures": ["Indiquez un nombre entier, en chiffres."]}
    assert reponse["heure"] == "10\u00a0h\u00a000"
    assert "au plus 18 mois hors immersion" in reponse["calculs"]
    assert "À revoir" in reponse["calculs"]
    assert reponse["autres"] is None
    donnees = stored(candidature, "programme")
    assert (donnees["duree_mois"], donnees["entrees_permanentes"]) == (19, True)


@pytest.mark.regle("R10")
def test_given_somebody_who_saved_meanwhile_when_the_script_saves_then_the_page_follows() -> None:
    candidature = fabriques.dossier_complet()
    collegue = comptes.membre(candidature.structure)
    client = connecte(fabriques.responsable_de(candidature.structure))
    version = candidature.etats_sections.get(section="immersion").version
    type_in(candidature, "immersion", frappe("heures", 140, 150), acteur=collegue)
    envoi = {"avant": json.dumps({"heures": "140", "semaines": "4"}), "heures": "160", "semaines": "5"}
    reponse = send(client, candidature, "immersion", version=version, **envoi).json()
    assert reponse["enregistrees"] == {"semaines": "5"}
    conflit = reponse["conflits"]["heures"]
    assert (conflit["valeur"], conflit["texte"], conflit["par"]) == ("150", "150", collegue.nom_complet)
    assert reponse["autres"]["par"] == collegue.nom_complet
    assert reponse["autres"]["valeurs"]["heures"] == "150"


@pytest.mark.parametrize(
    "envoi",
    [
        {},
        {"avant": "pas du JSON"},
        {"avant": "[]"},
        {"avant": "{}"},
        {"avant": '{"heures": 1}'},
        {"avant": '{"inconnu": ""}'},
        {"avant": '{"duree_mois": ""}', "tentees": "[]"},
        {"avant": '{"duree_mois": ""}', "tentees": '{"duree_mois": "6"}'},
        {"avant": '{"duree_mois": ""}', "tentees": '{"duree_mois": [6]}'},
        {"avant": "[" * 100_000},
        {"avant": '{"duree_mois": ' + "9" * 5_000 + "}"},
        {"avant": '{"modules-0-titre": ""}', "modules-0-titre": "x"},
        {"avant": '{"modules-0-titre": ""}', "modules-0-titre": "x", "modules-0-id": "nul"},
        {"avant": '{"modules-99-titre": ""}', "modules-99-id": str(uuid.uuid4())},
        {"avant": '{"sites-0-nom": ""}', "sites-0-id": str(uuid.uuid4())},
    ],
)
def test_given_what_no_page_sends_when_saving_then_nothing_breaks(envoi: dict[str, str]) -> None:
    candidature = fabriques.brouillon()
    client = connecte(fabriques.responsable_de(candidature.structure))
    reponse = send(client, candidature, "programme", **envoi)
    assert reponse.status_code == 400
    assert "Rechargez" in reponse.json()["refus"]
    assert candidature.etats_sections.get(section="programme").version == 0


@pytest.mark.parametrize("champ", ["commune", "raison_sociale", "attestation_fiscale_le"])
def test_given_half_a_character_in_what_a_page_showed_when_saving_then_it_is_read_as_a_form_sends_it(
    champ: str,
) -> None:
    candidature = fabriques.brouillon()
    client = connecte(fabriques.responsable_de(candidature.structure))
    moitie = "x\ud83d"
    envoi = {"avant": json.dumps({champ: moitie}), "tentees": json.dumps({champ: [moitie]}), champ: ""}
    reponse = send(client, candidature, "structure", **envoi)
    assert reponse.status_code == 200
    assert list(reponse.json()["erreurs"] | reponse.json()["conflits"] | reponse.json()["enregistrees"]) == [
        champ
    ]


def test_given_a_deposited_dossier_or_a_session_that_ended_when_the_script_saves_then_it_is_told() -> None:
    depose = fabriques.dossier_depose()
    client = connecte(fabriques.responsable_de(depose.structure))
    envoi = {"avant": '{"heures": "140"}', "heures": "1"}
    reponse = send(client, depose, "immersion", **envoi)
    assert (reponse.status_code, "déposé" in reponse.json()["refus"]) == (409, True)
    page = reverse("candidatures:section", args=[depose.pk, "immersion"])
    adresse = reverse("candidatures:saisie", args=[depose.pk, "immersion"])
    reponse = Client().post(
        adresse,
        envoi,
        headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}#id_heures"},
    )
    assert reponse.status_code == 401
    assert reponse.headers["HX-Redirect"].endswith(f"?next={page}%23id_heures")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(donnees=st.data())
def test_given_anything_typed_when_the_script_saves_then_never_an_error_of_the_server(donnees: Any) -> None:
    candidature = fabriques.brouillon()
    client = connecte(fabriques.responsable_de(candidature.structure))
    section = donnees.draw(st.sampled_from(sections.SECTIONS))
    noms = list(section.champs)
    if section.tableau:
        noms += [f"{section.tableau.nom}-0-{champ}" for champ in section.tableau.champs]
    choisis = donnees.draw(st.lists(st.sampled_from(noms), unique=True, min_size=1, max_size=5))
    texte = st.one_of(
        st.text(max_size=40), st.sampled_from(["👩‍💻", "\u202eabc", "0", "-1", "2021-02-30", "oui"])
    )
    avant = {nom: donnees.draw(texte) for nom in choisis}
    envoi = {nom: donnees.draw(texte) for nom in choisis}
    if section.tableau:
        envoi |= {f"{section.tableau.nom}-0-id": str(uuid.uuid4()), "nouvelles": ""}
        envoi["nouvelles"] = envoi[f"{section.tableau.nom}-0-id"]
    reponse = send(client, candidature, section.code, avant=json.dumps(avant), **envoi)
    assert reponse.status_code == 200, reponse.content
    dits = reponse.json()
    assert {*dits["enregistrees"], *dits["erreurs"], *dits["conflits"]} == set(choisis)


def test_given_every_question_then_what_the_page_shows_reads_back_to_what_is_stored() -> None:
    candidature = fabriques.dossier_complet()
    for section in sections.SECTIONS:
        objet = instantane.read_fields(candidature, section)
        for champ in section.champs:
            field = field_of(section, section.modele, champ)
            valeur = getattr(objet, champ)
            montre = shown(field, valeur)
            relu = field.clean(field.widget.value_from_datadict({champ: montre} if montre else {}, {}, champ))
            assert instantane.json_value(relu) == instantane.json_value(valeur), (section.code, champ)


def test_given_a_long_text_when_it_has_many_lines_then_each_end_of_line_counts_one() -> None:
    champ = field_of(sections.PAR_CODE["immersion"], "SectionImmersion", "calendrier")
    assert len(champ.clean("a\r\n" * (TEXTE_MAX // 2))) == TEXTE_MAX - 1
    assert champ.widget.attrs["data-limite"] == str(TEXTE_MAX)
    assert "maxlength" not in champ.widget.attrs


@pytest.mark.parametrize("valeur", [None, "", 'l’été <b> & "guillemets"', "\nDeux\nlignes"])
def test_given_a_field_printed_without_a_template_then_it_is_the_tag_that_django_prints(valeur: Any) -> None:
    attrs = {"id": "id_x", "data-limite": "5", "aria-invalid": True, "required": False, "class": "fr-input"}
    for notre, sien in ((Ligne, forms.TextInput), (Texte, forms.Textarea)):
        rendus = [classe().render("x", valeur, attrs) for classe in (notre, sien)]
        assert Etiquettes(rendus[0]).lues == Etiquettes(rendus[1]).lues


class Etiquettes(HTMLParser):
    """The tags of a text with their attributes in any order, and the text between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.lues: list[Any] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.lues.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.lues.append(data)


# --- Two people at the same instant ----------------------------------------------------------------
@pytest.mark.postgresql
@pytest.mark.regle("R10")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("second", ["une réponse", "toute la section", "une pièce"])
def test_given_a_write_that_waits_for_another_then_it_reads_what_that_one_has_written(second: str) -> None:
    candidature = fabriques.brouillon()
    acteur = fabriques.responsable_de(candidature.structure)
    collegue = comptes.membre(candidature.structure)
    fini = Event()

    def first() -> None:
        with transaction.atomic():
            type_in(candidature, "structure", frappe("contact_nom", "", "Camille Roux"), acteur=acteur)
            fini.wait(PATIENCE)

    def then() -> Any:
        sien = Candidature.objects.get(pk=candidature.pk)
        if second == "une réponse":
            telephone = frappe("contact_telephone", "", "0320000001")
            return type_in(sien, "structure", telephone, acteur=collegue)
        if second == "toute la section":
            valeurs = {"contact_telephone": "0320000001"}
            return fabriques.enregistrer(sien, collegue, "structure", valeurs)
        return fabriques.joindre(sien, collegue, "ATTESTATION_FISCALE")

    avant = Fil(first)
    wait_until(lambda: bool(avant.is_alive()))
    apres = None
    try:
        # The first holds the dossier; the second must wait, then find its answer.
        sleep(0.3)
        apres = Fil(then)
        wait_until(somebody_waits_for_a_lock)
    finally:
        fini.set()
        avant.value()
    assert apres is not None
    if second == "toute la section":
        # It had read the version of before, and sends something else: the person looks first.
        with pytest.raises(ConflitDeVersion):
            apres.value()
    else:
        apres.value()
    donnees = stored(candidature, "structure")
    assert donnees["contact_nom"] == "Camille Roux"
    assert donnees["contact_telephone"] == ("0320000001" if second == "une réponse" else "")


@pytest.mark.parametrize("jour", ["0001-02-01", "1899-12-31", "2100-01-01", "9998-01-01"])
def test_given_a_day_of_another_age_then_it_is_refused_with_what_to_do(jour: str) -> None:
    with pytest.raises(ValidationError, match="Indiquez une année entre 1900 et 2099"):
        ChampDate().clean(jour)
    assert ChampDate().clean("31/12/2099") == date(2099, 12, 31)
