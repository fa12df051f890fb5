"""What the public reads: catalogue, verification, key figures (R43), open data."""

import csv
import io
import json
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from comptes.models import Structure
from labellisation.domain.label import withdraw_label
from labellisation.models import Label
from pilotage.domain.catalogue import families_in_force, labels_in_force, search, verify
from pilotage.domain.chiffres import Part, key_figures
from pilotage.views.public import PAR_PAGE
from referentiels.models import FamilleMetier
from socle.tableur import safe_cell
from tests.candidatures import fabriques as candidatures
from tests.labellisation import fabriques as labellisation
from tests.suivi import fabriques

ADRESSE = "/formations/"


def texte(reponse: Any) -> str:
    """Return a page with plain spaces."""
    return " ".join(reponse.content.decode().replace("&nbsp;", " ").replace("\u00a0", " ").split())


def copies(modele: Label, nombre: int, **champs: Any) -> None:
    """Add labels beside a real one, for the pages that count them."""
    # Rows that only the catalogue reads: their convention and dossier are copies too.
    for rang in range(nombre):
        candidature, convention = modele.candidature, modele.convention
        decision = convention.decision
        candidature.pk, candidature.reference = None, f"GEN-COPIE-{rang}"
        candidature._state.adding = True
        candidature.save()
        decision.pk, decision.candidature, decision._state.adding = None, candidature, True
        decision.save()
        convention.pk, convention.numero, convention._state.adding = None, f"CONV-COPIE-{rang}", True
        convention.decision, convention.candidature = decision, candidature
        convention.save()
        label = Label.objects.get(pk=modele.pk)
        label.pk, label.code, label._state.adding = None, f"AAAA-BBBB-{rang:04d}", True
        label.convention, label.candidature = convention, candidature
        for champ, valeur in champs.items():
            setattr(label, champ, valeur)
        label.save()
        modele = Label.objects.select_related("convention__decision", "candidature").get(pk=modele.pk)


# --- Catalogue -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_given_words_without_accents_then_titles_and_structures_are_found(aller: Any) -> None:
    label = fabriques.label()
    aller(date(2021, 11, 2))
    Label.objects.filter(pk=label.pk).update(intitule="Développeur·se « Œuvre numérique »")
    Structure.objects.filter(pk=label.structure_id).update(raison_sociale="École d’été de Rhône")

    for saisie in ("developpeur", "DÉVELOPPEUR", "oeuvre", "ecole ete", "rhone  NUMERIQUE", "", " "):
        assert search(labels_in_force(), texte=saisie), saisie
    for saisie in ("boulangerie", "developpeur boulangerie"):
        assert not search(labels_in_force(), texte=saisie), saisie
    assert search(labels_in_force(), region=label.region_id, famille=label.famille.code)
    assert not search(labels_in_force(), region="84")
    assert not search(labels_in_force(), famille="commerce")


@pytest.mark.django_db
def test_given_the_clock_then_only_labels_in_force_are_listed(aller: Any) -> None:
    label = fabriques.label()
    assert not labels_in_force(date(2021, 10, 3))
    assert labels_in_force(date(2021, 10, 4))
    assert labels_in_force(date(2024, 10, 3))
    assert not labels_in_force(date(2024, 10, 4))
    aller(date(2021, 11, 2))
    assert label.intitule in texte(Client().get(ADRESSE))

    withdraw_label(label=label, acteur=labellisation.direction(), motifs="Manquements.")

    assert label.intitule not in texte(Client().get(ADRESSE))


@pytest.mark.django_db
def test_given_more_than_a_page_then_the_pages_keep_the_filters(aller: Any) -> None:
    label = fabriques.label()
    copies(label, PAR_PAGE)
    aller(date(2021, 11, 2))
    client = Client()

    premiere = client.get(ADRESSE, {"texte": "web", "region": label.region_id})
    assert "21 formations labellisées pour cette recherche" in texte(premiere)
    assert len(premiere.context["page"].object_list) == PAR_PAGE
    assert f'href="?texte=web&amp;region={label.region_id}&amp;page=2"' in premiere.content.decode()
    for page, attendues in (("2", 1), ("999", 1), ("x", PAR_PAGE), ("-1", 1)):
        assert len(client.get(ADRESSE, {"page": page}).context["page"].object_list) == attendues, page
    vide = client.get(ADRESSE, {"texte": "boulangerie"})
    assert "0 formation labellisée pour cette recherche" in texte(vide)
    assert "Aucune formation ne correspond" in texte(vide)


@pytest.mark.django_db
def test_given_two_versions_of_the_families_then_the_choice_shows_the_newest_only() -> None:
    candidatures.famille()
    FamilleMetier.objects.create(version="2020", code="ancienne", libelle="Ancienne famille", ordre=1)

    assert [famille.version for famille in families_in_force()] == ["2021"]
    assert "Ancienne famille" not in texte(Client().get(ADRESSE))


# --- Verification ----------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.regle("R24")
def test_given_a_code_then_the_page_says_what_the_label_is_worth_that_day(aller: Any) -> None:
    valide = fabriques.label()
    conditionnel = labellisation.label_sous_condition(debut=fabriques.DEBUT)
    client = Client()

    def page(label: Label) -> str:
        reponse = client.get(reverse("pilotage:verification", args=[label.code]))
        assert reponse.status_code == 200
        return texte(reponse)

    aller(date(2021, 11, 2))
    assert "Label valide" in page(valide)
    assert "Label valide sous condition" in page(conditionnel)
    assert "Obtenir la certification Qualiopi" in page(conditionnel)
    withdraw_label(label=conditionnel, acteur=labellisation.direction(), motifs="Secret de la décision")
    assert "Label retiré" in page(conditionnel)
    assert "Secret de la décision" not in page(conditionnel)
    aller(date(2024, 10, 3), 23, 59)
    assert "Label valide" in page(valide)
    aller(date(2024, 10, 4), 0, 0)
    assert "Label expiré" in page(valide)
    assert "jeudi 3 octobre 2024" in page(valide)


@pytest.mark.django_db
def test_given_a_code_typed_by_hand_then_case_spaces_and_dashes_do_not_matter() -> None:
    label = fabriques.label()
    nu = label.code.replace("-", "")

    for saisie in (label.code, nu, nu.lower(), f" {nu[:4]} {nu[4:8]}\u00a0{nu[8:]} "):
        assert verify(saisie).label == label, saisie
        reponse = Client().get(reverse("pilotage:verifier"), {"code": saisie}, follow=True)
        assert reponse.status_code == 200
        assert label.intitule in texte(reponse)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "code", ["AAAA-BBBB-CCCC", "x", "' OR 1=1 --", "é" * 40, "<script>alert(1)</script>"]
)
def test_given_a_forged_code_then_a_plain_404_page(code: str) -> None:
    fabriques.label()
    reponse = Client().get(reverse("pilotage:verifier"), {"code": code}, follow=True)

    assert reponse.status_code == 404
    assert "Aucun label ne porte ce code" in texte(reponse)
    assert b"<script>alert" not in reponse.content


# --- Key figures -------------------------------------------------------------------------------------


@pytest.mark.regle("R43")
@pytest.mark.parametrize(
    ("oui", "non", "inconnu", "pourcentage", "part_inconnue", "publiable"),
    [
        (0, 0, 0, None, None, True),
        (5, 5, 0, 50, 0, True),
        (5, 5, 5, 50, 33, True),
        (4, 20, 0, 17, 0, False),
        (20, 4, 0, 83, 0, False),
        (20, 20, 1, 50, 2, False),
        (0, 0, 7, None, 100, True),
        # Half up: 12,5 % is 13 %.
        (5, 35, 0, 13, 0, True),
    ],
)
def test_given_a_share_then_small_cells_hide_and_the_unknown_is_told(
    oui: int, non: int, inconnu: int, pourcentage: int | None, part_inconnue: int | None, publiable: bool
) -> None:
    part = Part("Femmes", oui, non, inconnu)

    assert (part.pourcentage, part.part_inconnue, part.publiable) == (pourcentage, part_inconnue, publiable)


@pytest.mark.django_db
@pytest.mark.regle("R43", "R15a")
def test_given_lists_handed_in_then_the_page_counts_them_and_hides_small_cells(aller: Any) -> None:
    label = fabriques.label()
    aller(fabriques.SESSION_1)
    session = fabriques.demarrer(label)
    fabriques.inscrire(session, 6, sexe="F", qpv="OUI", naissance=None)
    fabriques.inscrire(session, 5, sexe="H", qpv="NON", naissance=None)
    fabriques.inscrire(session, 1, sexe="H", qpv="", niveau=None, situation_avant="", zrr="", naissance=None)
    assert key_figures().apprenants == 0
    fabriques.attester(session)

    chiffres = key_figures()

    assert (chiffres.labels, chiffres.structures, chiffres.sessions, chiffres.apprenants) == (1, 1, 1, 12)
    parts = {part.libelle: part for part in chiffres.parts}
    femmes = parts["Femmes"]
    assert (femmes.oui, femmes.non, femmes.inconnu, femmes.pourcentage) == (6, 6, 0, 50)
    assert (parts["Résidents de QPV"].inconnu, parts["Résidents de QPV"].publiable) == (1, False)
    # Known by one answer of R15a for eleven; for the twelfth nothing says yes, and not all says no.
    gen = parts["Publics de la GEN"]
    assert (gen.oui, gen.non, gen.inconnu) == (11, 0, 1)
    page = texte(Client().get("/chiffres-cles/"))
    assert "Secret statistique" in page
    assert "50 %" in page


@pytest.mark.django_db
@pytest.mark.regle("R43")
def test_given_four_learners_then_even_their_number_is_hidden(aller: Any) -> None:
    label = fabriques.label()
    aller(fabriques.SESSION_1)
    session = fabriques.demarrer(label)
    fabriques.inscrire(session, 4)
    fabriques.attester(session)

    assert key_figures().apprenants is None
    assert "Moins de cinq" in texte(Client().get("/chiffres-cles/"))


@pytest.mark.django_db
def test_given_nothing_yet_then_the_figures_say_so() -> None:
    page = texte(Client().get("/chiffres-cles/"))

    assert "Aucune formation n’est labellisée à ce jour." in page
    assert "Aucune donnée" in page


@pytest.mark.django_db
@pytest.mark.regle("R44")
def test_given_the_figures_then_no_name_is_even_read(aller: Any) -> None:
    label = fabriques.label()
    aller(fabriques.SESSION_1)
    session = fabriques.demarrer(label)
    fabriques.inscrire(session, 5)
    fabriques.attester(session)

    with CaptureQueriesContext(connection) as captees:
        key_figures()

    lues = [ligne["sql"] for ligne in captees if "suivi_apprenant" in ligne["sql"]]
    assert len(lues) == 1
    for colonne in ("nom", "prenoms", "rue", "courriel"):
        assert f'"suivi_apprenant"."{colonne}"' not in lues[0]


# --- Open data -------------------------------------------------------------------------------------


@pytest.mark.parametrize("valeur", ["=1+1", "+33", "-1", "@SOMME", "\t=1", "\r=1"])
def test_given_a_cell_that_would_run_then_it_is_made_text(valeur: str) -> None:
    assert safe_cell(valeur) == f"'{valeur}"
    assert safe_cell("") == ""
    assert safe_cell("Développeur = web") == "Développeur = web"


@pytest.mark.django_db
def test_given_open_data_then_json_and_csv_tell_the_same_and_nothing_personal(aller: Any) -> None:
    label = fabriques.label()
    Label.objects.filter(pk=label.pk).update(intitule='=HYPERLINK("http://mal.example")')
    aller(date(2021, 11, 2))
    client = Client()

    racine = client.get("/api/v1/").json()
    donnees = client.get(reverse("pilotage:api-formations")).json()
    brut = client.get(reverse("pilotage:api-formations-csv"))

    assert racine["ressources"]["formations"].endswith("/api/v1/formations/")
    (formation,) = donnees["formations"]
    assert donnees["au"] == "2021-11-02"
    assert formation == {
        "code": label.code,
        "intitule": '=HYPERLINK("http://mal.example")',
        "structure": label.structure.raison_sociale,
        "siret": label.structure.siret,
        "region": {"code": "32", "nom": "Région 32"},
        "famille": {"code": "programmation-et-developpement", "libelle": "Programmation et développement"},
        "certification": "RNCP31114",
        "debut": "2021-10-04",
        "fin": "2024-10-03",
        "statut": "valide",
        "verification": f"http://localhost:8000/verification/{label.code}/",
    }
    (ligne,) = list(csv.DictReader(io.StringIO(brut.content.decode()), delimiter=";"))
    assert ligne["intitule"] == '\'=HYPERLINK("http://mal.example")'
    assert (ligne["region"], ligne["famille_code"]) == ("Région 32", "programmation-et-developpement")
    porteur = fabriques.porteur(label)
    publie = json.dumps(donnees, ensure_ascii=False) + brut.content.decode()
    for secret in (porteur.email, porteur.nom, "Lefebvre", "presidence@"):
        assert secret not in publie
