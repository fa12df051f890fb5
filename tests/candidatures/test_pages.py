"""The pages, through the client: the walk of a porteur, refusals, and constant queries."""

import re
import uuid
from datetime import date
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candidatures import sections
from candidatures.domain import avertissements, instantane
from candidatures.domain.complements import Element
from candidatures.forms.sections import SectionForm, rows_formset
from candidatures.models import Candidature, Depot
from comptes import tableau
from socle.models import Antivirus, Fichier
from tests.candidatures import fabriques
from tests.comptes import fabriques as comptes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def lundi() -> Any:
    """Monday 20 September 2021, 10:00 in Paris."""
    with time_machine.travel(fabriques.LUNDI, tick=False) as temps:
        yield temps


def connecte(personne: Any) -> Client:
    """Return a client signed in as this person."""
    client = Client()
    client.force_login(personne, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def as_typed(section: str, valeurs: dict[str, Any], lignes: list[dict[str, Any]] | None) -> dict[str, Any]:
    """Return answers as a person types them in the section's page."""
    description = sections.PAR_CODE[section]
    donnees = {champ: typed(champ, valeur) for champ, valeur in valeurs.items()}
    if description.tableau:
        nom, rangs = description.tableau.nom, lignes or []
        donnees |= {f"{nom}-TOTAL_FORMS": str(len(rangs)), f"{nom}-INITIAL_FORMS": "0"}
        for rang, ligne in enumerate(rangs):
            donnees |= {f"{nom}-{rang}-{champ}": typed(champ, valeur) for champ, valeur in ligne.items()}
    return {champ: valeur for champ, valeur in donnees.items() if valeur is not None}


def typed(champ: str, valeur: Any) -> Any:
    """Return one value as typed."""
    if champ in sections.MONTANTS:
        return f"{valeur // 100},{valeur % 100:02d} €"
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, date):
        return valeur.isoformat()
    if hasattr(valeur, "nom_recherche"):
        return valeur.nom
    return str(valeur.pk) if hasattr(valeur, "pk") else valeur


def post_section(client: Client, candidature: Candidature, section: str, donnees: dict[str, Any]) -> Any:
    """Send a section with the version it has now."""
    version = candidature.etats_sections.get(section=section).version
    url = reverse("candidatures:section", args=[candidature.pk, section])
    return client.post(url, {"version": version, **donnees})


@pytest.mark.regle("R1", "R3")
def test_given_anybody_when_reading_the_call_then_deadlines_say_day_hour_and_paris() -> None:
    fabriques.referentiel()
    page = Client().get("/appel/").content.decode()
    assert "Appel à labellisation 2021" in page
    assert "samedi 31\u00a0juillet 2021 à 23\u00a0h\u00a059, heure de Paris" in page
    assert "jeudi 30\u00a0septembre 2021 à 23\u00a0h\u00a059, heure de Paris" in page
    assert "Recevabilité 10" in page
    assert "Sélection 6" in page


def test_given_no_call_when_reading_the_page_then_it_says_so() -> None:
    assert "Aucun appel n’est ouvert" in Client().get("/appel/").content.decode()


@pytest.mark.regle("R8", "R11")
def test_given_a_porteur_when_she_walks_through_the_pages_then_her_dossier_is_deposited() -> None:
    fabriques.referentiel()
    structure = comptes.structure()
    client = connecte(fabriques.responsable_de(structure))
    reponse = client.post(
        reverse("candidatures:creer"), {"structure": structure.pk, "intitule": "Développement web inclusif"}
    )
    candidature = Candidature.objects.get()
    accueil = reverse("candidatures:dossier", args=[candidature.pk])
    assert reponse["Location"] == accueil
    assert "Brouillon — non déposé" in client.get(accueil).content.decode()
    for code, (valeurs, lignes) in fabriques.reponses().items():
        if code == "structure":
            valeurs = (
                fabriques.initial_structure(candidature)
                | valeurs
                | {"commune": "roubaix", "siret": structure.siret}
            )
        fichiers = {
            f"piece_{piece}": SimpleUploadedFile(f"{piece}.pdf", fabriques.pdf(piece))
            for piece in sections.PAR_CODE[code].pieces
            if piece in fabriques.PIECES
        }
        assert client.get(reverse("candidatures:section", args=[candidature.pk, code])).status_code == 200
        reponse = post_section(client, candidature, code, as_typed(code, valeurs, lignes) | fichiers)
        assert reponse.status_code == 302, (code, reponse.context["saisie"].erreurs)
    recap = client.get(reverse("candidatures:recapitulatif", args=[candidature.pk])).content.decode()
    assert "Le dossier est complet." in recap
    reponse = client.post(reverse("candidatures:deposer", args=[candidature.pk]), follow=True)
    page = reponse.content.decode()
    depot = Depot.objects.get()
    assert depot.arrivee == fabriques.LUNDI
    assert "En cours d’examen" in page
    assert "relevé 2" in page
    assert reverse("socle:document", args=[depot.recu_id]) in page
    assert depot.instantane["budget"]["lignes"][1]["montant"] == 2_875_050
    assert depot.instantane["structure"]["commune"] == "59512"
    # A second click changes nothing.
    client.post(reverse("candidatures:deposer", args=[candidature.pk]))
    assert Depot.objects.count() == 1


def test_given_gaps_when_looking_at_the_recap_then_they_are_linked_and_the_deposit_refused() -> None:
    candidature = fabriques.brouillon()
    client = connecte(fabriques.responsable_de(candidature.structure))
    page = client.get(reverse("candidatures:recapitulatif", args=[candidature.pk])).content.decode()
    budget = reverse("candidatures:section", args=[candidature.pk, "budget"])
    publics = reverse("candidatures:section", args=[candidature.pk, "publics"])
    for lien in (f"{budget}#id_veille", f"{budget}#tableau", f"{publics}#id_gratuite_0"):
        assert f'href="{lien}"' in page
    # Each link leads to a field of the section's page.
    assert 'id="id_veille"' in client.get(budget).content.decode()
    assert 'id="id_gratuite_0"' in client.get(publics).content.decode()
    assert "Déposer le dossier" not in page
    reponse = client.post(reverse("candidatures:deposer", args=[candidature.pk]), follow=True)
    assert "Le dossier n’est pas déposé." in reponse.content.decode()
    assert not Depot.objects.exists()


@pytest.mark.regle("R5")
def test_given_registered_prechecks_when_looking_at_the_recap_then_they_warn_without_blocking(
    monkeypatch: Any,
) -> None:
    monkeypatch.setattr(avertissements, "_controles", [])

    def check(instantane: dict[str, Any], jour: date, lecteur: Any) -> list[avertissements.Avertissement]:
        heures = sum(module["heures"] for module in instantane["programme"]["modules"])
        return [avertissements.Avertissement(3, f"{heures} heures au {jour:%d/%m/%Y}.", "programme")]

    avertissements.register(check)
    avertissements.register(check)
    candidature = fabriques.dossier_complet()
    client = connecte(fabriques.responsable_de(candidature.structure))
    page = client.get(reverse("candidatures:recapitulatif", args=[candidature.pk])).content.decode()
    assert page.count("500 heures au 20/09/2021.") == 1
    # No answer in particular: the section's own page.
    section = reverse("candidatures:section", args=[candidature.pk, "programme"])
    assert f'<a href="{section}#contenu">Critère 3' in page
    assert "1 point à vérifier" in page
    assert "Déposer le dossier" in page


def test_given_a_contributor_when_depositing_then_403_and_the_recap_names_who_may() -> None:
    candidature = fabriques.dossier_complet()
    client = connecte(comptes.membre(candidature.structure))
    recap = client.get(reverse("candidatures:recapitulatif", args=[candidature.pk])).content.decode()
    assert fabriques.responsable_de(candidature.structure).nom_complet in recap
    assert client.post(reverse("candidatures:deposer", args=[candidature.pk])).status_code == 403
    assert not Depot.objects.exists()


def test_given_a_foreign_dossier_then_every_page_is_a_404() -> None:
    candidature = fabriques.dossier_complet()
    client = connecte(fabriques.responsable_de(comptes.structure()))
    piece = candidature.pieces.first()
    pages = {
        "dossier": [candidature.pk],
        "section": [candidature.pk, "budget"],
        "recapitulatif": [candidature.pk],
        "retirer": [candidature.pk],
    }
    for nom, args in pages.items():
        assert client.get(reverse(f"candidatures:{nom}", args=args)).status_code == 404, nom
    actes = {
        "section": [candidature.pk, "budget"],
        "deposer": [candidature.pk],
        "complements-repondre": [candidature.pk],
        "retirer": [candidature.pk],
        "piece-retirer": [candidature.pk, piece.pk],
    }
    for nom, args in actes.items():
        assert client.post(reverse(f"candidatures:{nom}", args=args)).status_code == 404, nom
    assert client.get(reverse("candidatures:dossier", args=[uuid.uuid4()])).status_code == 404
    membre = connecte(fabriques.responsable_de(candidature.structure))
    assert membre.get(reverse("candidatures:dossier", args=[candidature.pk])).status_code == 200
    assert membre.get(reverse("candidatures:section", args=[candidature.pk, "x"])).status_code == 404


def test_given_an_instructor_when_reading_a_deposit_then_she_reads_and_cannot_edit() -> None:
    candidature = fabriques.dossier_depose()
    client = connecte(comptes.utilisateur("instructeur"))
    page = client.get(reverse("candidatures:dossier", args=[candidature.pk]))
    assert "Atelier de Roubaix" in page.content.decode()
    assert client.get(reverse("candidatures:section", args=[candidature.pk, "budget"])).status_code == 404
    assert client.post(reverse("candidatures:retirer", args=[candidature.pk])).status_code == 404


def test_given_nobody_signed_in_then_the_list_asks_to_sign_in() -> None:
    reponse = Client().get(reverse("candidatures:liste"))
    assert reponse.status_code == 302
    assert reverse("account_login") in reponse["Location"]


def test_given_wrong_answers_when_saved_then_a_summary_leads_to_each_field_and_nothing_is_lost() -> None:
    candidature = fabriques.brouillon()
    client = connecte(fabriques.responsable_de(candidature.structure))
    donnees = as_typed("formation", {"intitule": "Mon titre", "rome": "42"}, [{"commune": "Nulle-Part"}])
    reponse = post_section(client, candidature, "formation", donnees)
    page = reponse.content.decode()
    assert reponse.status_code == 422
    assert 'href="#id_rome"' in page
    assert 'href="#id_sites-0-commune"' in page
    assert "data-focus" in page
    assert "Mon titre" in page
    assert candidature.etats_sections.get(section="formation").version == 0


@pytest.mark.regle("R10")
def test_given_a_stale_page_when_saved_then_409_shows_both_answers_and_the_next_save_keeps_mine() -> None:
    candidature = fabriques.brouillon()
    acteur = fabriques.responsable_de(candidature.structure)
    client = connecte(acteur)
    fabriques.enregistrer(candidature, acteur, "immersion", {"heures": 140})
    url = reverse("candidatures:section", args=[candidature.pk, "immersion"])
    reponse = client.post(url, {"version": "0", "heures": "155"})
    page = reponse.content.decode()
    assert reponse.status_code == 409
    assert acteur.nom_complet in page
    assert "<td>140</td><td>155</td>" in page
    assert 'name="version" value="1"' in page
    assert client.post(url, {"version": "1", "heures": "155"}).status_code == 302
    candidature.refresh_from_db()
    assert candidature.sectionimmersion.heures == 155
    assert client.post(url, {"version": "n’importe quoi", "heures": "1"}).status_code == 409


def test_given_no_javascript_when_adding_a_row_then_answers_are_saved_and_a_blank_row_appears() -> None:
    candidature = fabriques.brouillon()
    client = connecte(fabriques.responsable_de(candidature.structure))
    donnees = as_typed("sessions", {}, [{"lieu": "Roubaix", "places": 12}])
    reponse = post_section(client, candidature, "sessions", donnees | {"ajouter": "1"})
    assert reponse["Location"].endswith("/sections/sessions/?ligne=1#derniere-ligne")
    page = client.get(reponse["Location"]).content.decode()
    assert "Session 1" in page
    assert "Session 2" in page
    ligne = candidature.sessionprevues.get()
    donnees = {
        "sessions-TOTAL_FORMS": "2",
        "sessions-INITIAL_FORMS": "1",
        "sessions-0-id": str(ligne.pk),
        "sessions-0-lieu": "Roubaix",
        "sessions-0-DELETE": "on",
        "sessions-1-lieu": "",
    }
    assert post_section(client, candidature, "sessions", donnees).status_code == 302
    assert not candidature.sessionprevues.exists()


@pytest.mark.regle("R12")
def test_given_a_refused_file_when_saved_then_the_answers_are_kept_and_the_field_says_why() -> None:
    candidature = fabriques.brouillon()
    client = connecte(fabriques.responsable_de(candidature.structure))
    fichier = SimpleUploadedFile("accord.pdf", b"du texte")
    donnees = as_typed("formation", {"intitule": "Gardé"}, [])
    reponse = post_section(
        client, candidature, "formation", donnees | {"piece_ACCORD_CERTIFICATION": fichier}
    )
    assert reponse.status_code == 422
    assert "Vos autres réponses sont enregistrées." in reponse.content.decode()
    candidature.refresh_from_db()
    assert candidature.intitule == "Gardé"
    assert not candidature.pieces.exists()


@pytest.mark.regle("R16")
def test_given_compléments_when_the_section_opens_then_only_what_is_asked_shows() -> None:
    candidature = fabriques.dossier_en_complement(
        [
            Element("publics", "gratuite", "Confirmez la gratuité."),
            Element("partenaires", "piece:AUTRE", "Preuve."),
        ]
    )
    client = connecte(fabriques.responsable_de(candidature.structure))
    page = client.get(reverse("candidatures:section", args=[candidature.pk, "publics"])).content.decode()
    assert 'name="gratuite"' in page
    assert 'name="part_femmes"' not in page
    assert "Confirmez la gratuité." in page
    reponse = post_section(client, candidature, "publics", {"gratuite": "oui", "part_femmes": "99"})
    assert reponse.status_code == 302
    candidature.refresh_from_db()
    assert candidature.sectionpublics.part_femmes == 40
    fermee = client.get(reverse("candidatures:section", args=[candidature.pk, "budget"]))
    assert fermee["Location"] == reverse("candidatures:dossier", args=[candidature.pk])
    preuve = SimpleUploadedFile("preuve.pdf", fabriques.pdf("preuve"))
    assert post_section(client, candidature, "partenaires", {"piece_AUTRE": preuve}).status_code == 302
    assert candidature.partenaires.count() == 2
    reponse = client.post(reverse("candidatures:complements-repondre", args=[candidature.pk]), follow=True)
    assert "Vos compléments sont transmis" in reponse.content.decode()
    assert Depot.objects.filter(candidature=candidature).count() == 2


def test_given_a_deposit_when_withdrawn_through_the_pages_then_a_confirmation_comes_first() -> None:
    candidature = fabriques.dossier_depose()
    client = connecte(fabriques.responsable_de(candidature.structure))
    url = reverse("candidatures:retirer", args=[candidature.pk])
    assert "définitif" in client.get(url).content.decode()
    candidature.refresh_from_db()
    assert candidature.etat == "DEPOSEE"
    assert "Retirée" in client.post(url, follow=True).content.decode()
    brouillon = fabriques.brouillon(candidature.structure)
    assert client.get(reverse("candidatures:retirer", args=[brouillon.pk])).status_code == 302


def test_given_pieces_when_removed_through_the_page_then_they_go() -> None:
    candidature = fabriques.dossier_complet()
    client = connecte(fabriques.responsable_de(candidature.structure))
    piece = candidature.pieces.get(type_piece="ACCORD_CERTIFICATION")
    url = reverse("candidatures:piece-retirer", args=[candidature.pk, piece.pk])
    reponse = client.post(url, {"section": "formation"}, follow=True)
    assert "est retirée du dossier" in reponse.content.decode()
    piece.refresh_from_db()
    assert piece.retiree_le == fabriques.LUNDI


def test_given_dossiers_then_the_cards_count_what_the_lists_show() -> None:
    structure = comptes.structure()
    fabriques.dossier_depose(structure)
    fabriques.brouillon(structure)
    fabriques.brouillon(structure)
    responsable = fabriques.responsable_de(structure)
    groupe = next(g for g in tableau.groups_for(responsable) if g.titre == "Mes candidatures")
    client = connecte(responsable)
    comptees = [carte for carte in groupe.cartes if carte.nombre is not None]
    assert [carte.nombre for carte in comptees] == [2, 1]
    for carte in comptees:
        assert len(client.get(carte.url).context["lignes"]) == carte.nombre


TEXTES = st.text(max_size=60) | st.sampled_from(
    [
        "",
        "0",
        "-1",
        "1e9",
        "²",
        "٣",
        "99999999999999999999",
        "1,5",
        "NaN",
        "2021-02-30",
        "0000-00-00",
        "31/12/2021",
    ]
)


@given(donnees=st.dictionaries(st.sampled_from(sections.PROGRAMME.champs + sections.BUDGET.champs), TEXTES))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_given_any_text_in_any_field_then_a_form_answers_and_never_breaks(donnees: dict[str, str]) -> None:
    for section in (sections.PROGRAMME, sections.BUDGET, sections.STRUCTURE, sections.FORMATION):
        form = SectionForm(donnees, section=section)
        if form.is_valid():
            assert set(form.values()) == set(section.champs)
        else:
            assert form.errors


@given(
    ligne=st.dictionaries(st.sampled_from(sections.SESSIONS.tableau.champs), TEXTES),
    total=st.sampled_from(["0", "1", "2", "", "x", "-1", "1000000"]),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_given_any_row_and_any_count_then_a_table_answers_and_never_breaks(
    ligne: dict[str, str], total: str
) -> None:
    donnees = {"sessions-TOTAL_FORMS": total, "sessions-INITIAL_FORMS": "0"}
    donnees |= {f"sessions-0-{champ}": valeur for champ, valeur in ligne.items()}
    lignes = rows_formset(sections.SESSIONS, extra=1)(donnees, prefix="sessions")
    if lignes.is_valid():
        assert isinstance(lignes.rows(), list)
    else:
        assert lignes.non_form_errors() or any(lignes.errors)


@given(valeurs=st.lists(TEXTES, min_size=5, max_size=5))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_given_any_text_when_posted_then_the_page_never_answers_500(valeurs: list[str]) -> None:
    candidature = Candidature.objects.first() or fabriques.brouillon()
    client = connecte(fabriques.responsable_de(candidature.structure))
    donnees = dict(zip(sections.IMMERSION.champs, valeurs, strict=True))
    assert post_section(client, candidature, "immersion", donnees).status_code in (302, 422)


@pytest.mark.regle("R8")
@pytest.mark.parametrize("lignes", [False, True], ids=["tables vides", "lignes vides"])
def test_given_every_gap_then_its_link_leads_to_a_field_that_the_section_shows(lignes: bool) -> None:
    candidature = fabriques.brouillon()
    acteur = fabriques.responsable_de(candidature.structure)
    # Answers that open what is asked under a condition only.
    conditions: dict[str, dict[str, Any]] = {
        "structure": {
            **fabriques.initial_structure(candidature),
            "qualite": "QUALIOPI",
            "sous_traitance": True,
        },
        "formation": {"certification_proprietaire": False, "renouvellement": True},
        "programme": {"lieux_collectifs": True},
    }
    for section in sections.SECTIONS:
        tables = [{}, {"mode": "MIXTE"}] if section.code == "programme" else [{}, {}]
        rangs = tables if lignes and section.tableau else None
        if rangs or section.code in conditions:
            fabriques.enregistrer(candidature, acteur, section.code, conditions.get(section.code, {}), rangs)
    client = connecte(acteur)
    recap = client.get(reverse("candidatures:recapitulatif", args=[candidature.pk])).content.decode()
    liste = recap.partition('id="manques"')[2].partition("<h2>Le dossier</h2>")[0]
    liens = re.findall(rf"/candidatures/{candidature.pk}/sections/([a-z]+)/#([\w:-]+)\"", liste)
    assert len(liens) > 60
    assert {code for code, _ in liens} == {section.code for section in sections.SECTIONS}
    for code in {code for code, _ in liens}:
        page = client.get(reverse("candidatures:section", args=[candidature.pk, code])).content.decode()
        ancres = {ancre for section, ancre in liens if section == code}
        assert {ancre for ancre in ancres if f'id="{ancre}"' not in page} == set(), code


@pytest.mark.regle("R12", "R15")
def test_given_the_recap_then_it_reads_as_gen_reads_with_figures_and_the_state_of_each_file() -> None:
    candidature = fabriques.dossier_complet()
    fichier = candidature.pieces.get(type_piece="ATTESTATION_FISCALE").fichier
    Fichier.objects.filter(pk=fichier.pk).update(antivirus=Antivirus.INFECTE, analyse_le=fabriques.LUNDI)
    client = connecte(fabriques.responsable_de(candidature.structure))
    recap = client.get(reverse("candidatures:recapitulatif", args=[candidature.pk])).content.decode()
    lu = recap.replace("\u00a0", " ").replace("&nbsp;", " ")
    assert "retenue : l’antivirus y a trouvé un danger" in lu
    assert "vérification en cours" in lu
    assert "<strong>500 heures en 2 modules</strong>" in lu
    assert fichier.url not in recap
    for section in sections.SECTIONS:
        assert f'Corriger<span class="fr-sr-only"> la section {section.numero}, {section.titre}' in lu


@pytest.mark.regle("R16")
def test_given_compléments_then_the_recap_leads_only_to_what_is_open() -> None:
    candidature = fabriques.dossier_en_complement([Element("publics", "gratuite", "Confirmez.")])
    client = connecte(fabriques.responsable_de(candidature.structure))
    recap = client.get(reverse("candidatures:recapitulatif", args=[candidature.pk])).content.decode()
    assert recap.count(">Corriger<") == 1
    assert "la section 5, Publics" in recap
    page = client.get(reverse("candidatures:dossier", args=[candidature.pk])).content.decode()
    assert ">Corriger<" not in page


@pytest.mark.parametrize(
    "bouton", ["copier:3", "monter:79", "descendre:3", "supprimer:41", "monter:" + "9" * 5_000]
)
def test_given_the_button_of_a_row_that_the_page_has_not_when_pressed_then_the_table_stays(
    bouton: str,
) -> None:
    candidature = fabriques.dossier_complet()
    client = connecte(fabriques.responsable_de(candidature.structure))
    page = client.get(reverse("candidatures:section", args=[candidature.pk, "sessions"]))
    avant = instantane.section_data(candidature, "sessions")
    assert len(avant) == 3
    lignes = page.context["saisie"].lignes
    envoi = {"sessions-TOTAL_FORMS": "3", "sessions-INITIAL_FORMS": "3", **page.context["stockees"]}
    envoi |= {form["id"].html_name: form["id"].value() for form in lignes.forms}
    assert post_section(client, candidature, "sessions", {**envoi, "ligne": bouton}).status_code == 302
    assert instantane.section_data(candidature, "sessions") == avant
    post_section(client, candidature, "sessions", {**envoi, "ligne": "descendre:0"})
    assert [ligne["id"] for ligne in instantane.section_data(candidature, "sessions")] == [
        avant[rang]["id"] for rang in (1, 0, 2)
    ]
