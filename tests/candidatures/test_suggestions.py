"""The search by typing: what the page proposes for a few letters (R14)."""

from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candidatures.domain.suggestions import GENRES, TEXTE_MAX, suggest
from candidatures.forms.champs import ChampCommune
from referentiels.imports.chargement import load_demo_certifications, load_demo_organismes
from referentiels.models import Certification, CodeRome, Metier
from tests.candidatures import fabriques
from tests.candidatures.test_pages import connecte
from tests.comptes import fabriques as comptes

pytestmark = [pytest.mark.django_db, pytest.mark.regle("R14")]

#: Queries of a request of somebody who is signed in: the session, the person, and their memberships.
CONNEXION = 2


@pytest.fixture(autouse=True)
def listes() -> Any:
    """The lists of the demo, a commune, a métier and a few ROME sheets, on 20 September 2021."""
    with time_machine.travel(fabriques.LUNDI, tick=False):
        load_demo_certifications()
        load_demo_organismes()
        fabriques.commune()
        fabriques.metier()
        for code, libelle in (
            ("M1805", "Développeur / Développeuse informatique"),
            ("M1855", "Développeur / Développeuse web"),
            ("K1903", "Juriste"),
        ):
            recherche = libelle.lower().replace("é", "e").replace(" / ", " ")
            CodeRome.objects.create(code=code, libelle=libelle, libelle_recherche=recherche)
        yield


def ask(client: Client, quoi: str, texte: str) -> Any:
    """Ask what a text may mean, as the page's script does."""
    return client.get(f"/candidatures/suggestions/{quoi}/", {"q": texte})


@pytest.mark.parametrize(
    ("quoi", "texte", "premiere"),
    [
        (
            "communes",
            "ROUB",
            {"valeur": "Roubaix (59512)", "texte": "Roubaix", "detail": "59100, Département 59"},
        ),
        (
            "rome",
            "m18",
            {
                "valeur": "M1805",
                "texte": "M1805 — Développeur / Développeuse informatique",
                "detail": "Métiers de la liste\u00a0: Développeur web",
            },
        ),
        (
            "certifications",
            "rncp90001",
            {
                "valeur": "RNCP90001",
                "texte": "RNCP90001 — Développeur web et web mobile (titre fictif)",
                "detail": "Niveau 5, enregistrée jusqu’au 31\u00a0décembre 2026, fiche fictive",
            },
        ),
        (
            "structures",
            "coopérative",
            {
                "valeur": "99900901200017",
                "texte": "COOPERATIVE DES PASSERELLES NUMERIQUES",
                "detail": (
                    "69100 VILLEURBANNE, SIRET 999\u00a0009\u00a0012\u00a000017, NDA 84691900101, "
                    "organisme fictif"
                ),
            },
        ),
    ],
)
def test_given_a_few_letters_when_asked_then_each_line_says_what_it_is_and_what_goes_into_the_field(
    quoi: str, texte: str, premiere: dict[str, str]
) -> None:
    reponse = ask(connecte(comptes.utilisateur()), quoi, texte)
    assert reponse.status_code == 200
    recue = reponse.json()["suggestions"][0]
    assert recue == premiere
    assert "private" in reponse["Cache-Control"]


def test_given_words_of_a_metier_when_asked_for_a_rome_code_then_the_codes_of_the_list_come_first() -> None:
    assert [une.valeur for une in suggest("rome", "web dév")] == ["M1805", "M1855"]
    assert [une.valeur for une in suggest("rome", "juriste")] == ["K1903"]
    assert [une.valeur for une in suggest("rome", "K1")] == ["K1903"]
    CodeRome.objects.all().delete()
    seule = suggest("rome", "web")
    assert [(une.valeur, une.texte) for une in seule] == [("M1805", "M1805")]


def test_given_a_metier_when_asked_then_the_value_is_that_of_the_list_of_the_page() -> None:
    metier = Metier.objects.get()
    assert [(une.valeur, une.texte, une.detail) for une in suggest("metiers", "DEV")] == [
        (str(metier.pk), "Développeur web", "Programmation et développement")
    ]


def test_given_many_that_may_be_meant_when_asked_then_ten_come() -> None:
    for rang in range(30):
        Certification.objects.create(
            code=f"RS7{rang:02d}", intitule=f"Essai {rang}", intitule_recherche=f"essai {rang}"
        )
    assert len(suggest("certifications", "essai")) == 10
    assert len(suggest("certifications", "RS7")) == 0, "one digit would find anything"
    assert len(suggest("certifications", "RS70")) == 10


@pytest.mark.parametrize("texte", ["", " ", "d", "x" * (TEXTE_MAX + 1), "%", "’'\"", "😀😀😀"])
@pytest.mark.parametrize("quoi", sorted(GENRES))
def test_given_a_text_too_short_or_too_long_when_asked_then_nothing_is_proposed(
    quoi: str, texte: str
) -> None:
    reponse = ask(connecte(comptes.utilisateur()), quoi, texte)
    assert (reponse.status_code, reponse.json()) == (200, {"suggestions": []})


@given(texte=st.text(max_size=120), quoi=st.sampled_from(sorted(GENRES)))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_given_any_text_when_asked_then_there_is_an_answer(texte: str, quoi: str) -> None:
    assert len(suggest(quoi, texte)) <= 10


def test_given_a_visitor_when_asking_then_they_are_sent_to_the_sign_in_and_the_script_is_told() -> None:
    adresse = reverse("candidatures:suggestions", args=["communes"])
    assert Client().get(adresse, {"q": "roubaix"}).status_code == 302
    assert Client().get(adresse, {"q": "roubaix"}, headers={"HX-Request": "true"}).status_code == 401


def test_given_an_unknown_kind_or_another_method_when_asking_then_it_is_refused() -> None:
    client = connecte(comptes.utilisateur())
    assert ask(client, "apprenants", "dupont").status_code == 404
    assert client.post("/candidatures/suggestions/communes/", {"q": "roubaix"}).status_code == 405


@pytest.mark.parametrize(
    ("quoi", "texte", "requetes"),
    [
        ("communes", "roubaix", 1),
        ("metiers", "developpeur", 1),
        ("rome", "developpeur", 2),
        ("rome", "M18", 2),
        # A large table is asked twice when too few of its rows begin so.
        ("certifications", "developpeur", 2),
        ("certifications", "RNCP90", 1),
        ("structures", "cooperative", 2),
        ("structures", "999009", 1),
        ("structures", "co", 2),
    ],
)
def test_given_a_search_then_it_asks_few_queries(quoi: str, texte: str, requetes: int) -> None:
    client = connecte(comptes.utilisateur())
    ask(client, quoi, texte)
    with CaptureQueriesContext(connection) as faites:
        assert ask(client, quoi, texte).json()["suggestions"]
    assert len(faites) == CONNEXION + requetes, [une["sql"] for une in faites]


def test_given_a_former_sheet_when_asked_then_it_says_that_it_is_no_longer_active() -> None:
    Certification.objects.create(
        code="RNCP1234", intitule="Ancien titre", intitule_recherche="ancien titre", actif=False
    )
    assert suggest("certifications", "ancien")[0].detail == "Fiche qui n’est plus active"


@pytest.mark.parametrize(
    ("texte", "phrase"),
    [
        ("roub", "Aucune commune ne porte ce nom. Recopiez celle qui convient\u00a0: Roubaix (59512)."),
        ("59100", "(le code postal n’en est pas un). Recopiez celle qui convient\u00a0: Roubaix (59512)."),
        ("zzz", "Aucune commune ne porte ce nom. Vérifiez-le, ou écrivez le nom d’une commune"),
        ("99999", "Aucune commune n’a ce code INSEE"),
    ],
)
def test_given_no_script_when_a_commune_is_half_typed_then_the_sentence_names_those_that_may_be_meant(
    texte: str, phrase: str
) -> None:
    with pytest.raises(ValidationError) as refus:
        ChampCommune(required=False).clean(texte)
    assert phrase in refus.value.messages[0]


# --- The place of a planned session ---------------------------------------------------------------
def places(client: Client, candidature: Any, texte: str) -> list[str]:
    """Return what is proposed for the place of a session."""
    adresse = reverse("candidatures:lieux", args=[candidature.pk])
    return [une["valeur"] for une in client.get(adresse, {"q": texte}).json()["suggestions"]]


@pytest.mark.regle("R9")
def test_given_the_sites_of_a_dossier_when_a_place_is_typed_then_they_come_first_then_communes() -> None:
    candidature = fabriques.dossier_complet()
    site = candidature.sites.select_related("commune").get()
    client = connecte(fabriques.responsable_de(candidature.structure))
    [lieu] = places(client, candidature, "")
    assert site.adresse in lieu
    assert lieu.endswith(f"{site.code_postal} {site.commune.nom}")
    assert places(client, candidature, "roubaix") == [lieu, "Roubaix (Département 59)"]
    assert places(client, candidature, "x" * 200) == []
    page = client.get(reverse("candidatures:section", args=[candidature.pk, "sessions"])).content.decode()
    assert f'<datalist id="lieux"><option value="{lieu}">' in page
    assert page.count('list="lieux"') == 3
    adresse = reverse("candidatures:lieux", args=[candidature.pk])
    assert page.count(f'data-recherche="{adresse}"') == 3
    # A proposal is typed like anything else, and so is what nobody proposed.
    for choisi in (lieu, "Maison de quartier des Trois-Ponts"):
        fabriques.enregistrer(
            candidature,
            fabriques.responsable_de(candidature.structure),
            "sessions",
            {},
            [{"lieu": choisi}],
        )
        assert candidature.sessionprevues.get().lieu == choisi


def test_given_a_site_with_long_words_or_without_any_then_a_place_fits_its_column_or_is_not_proposed() -> (
    None
):
    candidature = fabriques.brouillon()
    acteur = fabriques.responsable_de(candidature.structure)
    lignes = [{"nom": "N" * 150, "adresse": "1 rue " + "x" * 100, "code_postal": "59100"}, {"nom": ""}]
    fabriques.enregistrer(candidature, acteur, "formation", {}, lignes)
    client = connecte(acteur)
    assert places(client, candidature, "") == [f"{lignes[0]['adresse']}, 59100"]
    autre = connecte(fabriques.responsable_de(comptes.structure()))
    assert autre.get(reverse("candidatures:lieux", args=[candidature.pk])).status_code == 404
