"""*Ma file*: what waits, in the order of its dates; filters; neighbours; what a link hides (R36)."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from candidatures.domain.affectations import assign, declare_interest
from candidatures.domain.complements import answer_complements
from candidatures.models import Candidature, Releve
from comptes.models import Utilisateur
from labellisation.admin import file
from labellisation.domain.delais import delay_of, with_deadline
from labellisation.domain.file_instruction import deposited, file_of, overview, waiting
from labellisation.domain.filtres import read
from labellisation.domain.voisins import neighbours
from socle import horloge
from tests.candidatures.fabriques import (
    dossier_depose,
    dossier_en_complement,
    instructeur,
    responsable_de,
)
from tests.comptes import fabriques as comptes
from tests.labellisation import fabriques
from tests.labellisation.grille import dossier_a_noter, harmonisation_demandee

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lundi")]

FILE = "admin:instruction_file"


def navigateur(personne: Utilisateur) -> Client:
    client = Client()
    client.force_login(personne)
    return client


def texte(reponse: Any) -> str:
    """The page without its no-break spaces."""
    return str(reponse.content.decode()).replace("&nbsp;", " ").replace("\u00a0", " ")


def references(page: str) -> list[str]:
    """The dossiers that a page leads to, in their order."""
    return re.findall(r'<th scope="row"><a href="[^"]+">(GEN-[\w-]+)</a>', page)


def delai(candidature: Candidature) -> tuple[str, date, str]:
    trouve = delay_of(with_deadline(Candidature.objects.filter(pk=candidature.pk)).get())
    assert trouve is not None
    return trouve.nature, trouve.le, trouve.reste


def sans_releve(candidature: Candidature) -> Candidature:
    """Leave the dossier with the one date of silence."""
    Candidature.objects.filter(pk=candidature.pk).update(releve_examen=None)
    return candidature


# --- Delays --------------------------------------------------------------------------------------
@pytest.mark.regle("R11")
def test_given_several_dates_when_one_is_nearest_then_it_is_shown_and_named() -> None:
    depose = dossier_depose()
    Releve.objects.filter(pk=depose.releve_examen_id).update(resultats_avant=date(2021, 11, 10))
    assert delai(depose) == ("résultats du relevé", date(2021, 11, 10), "51\u00a0jours")
    assert delai(sans_releve(depose)) == ("rejet implicite", date(2021, 11, 20), "61\u00a0jours")
    attendu = dossier_en_complement(reponse_avant=date(2021, 9, 21))
    assert delai(attendu) == ("réponse du porteur", date(2021, 9, 21), "1\u00a0jour")


@pytest.mark.parametrize(
    ("jours", "reste"),
    [(61, "aujourd’hui"), (62, "en retard de 1\u00a0jour"), (64, "en retard de 3\u00a0jours")],
)
def test_given_a_date_when_it_passes_then_the_last_day_is_not_late_and_the_next_is(
    lundi: Any, jours: int, reste: str
) -> None:
    candidature = sans_releve(dossier_depose())
    lundi.shift(timedelta(days=jours))
    assert delai(candidature)[2] == reste


def test_given_an_outcome_when_known_then_no_date_presses_any_more() -> None:
    candidature = dossier_depose()
    Candidature.objects.filter(pk=candidature.pk).update(
        issue_notifiee="IRRECEVABLE", notifiee_le=horloge.now(), etat="IRRECEVABLE"
    )
    assert delay_of(with_deadline(Candidature.objects.all()).get()) is None


def test_given_late_and_near_dossiers_when_listed_then_the_late_are_first_and_the_filter_keeps_them(
    lundi: Any,
) -> None:
    ancien = sans_releve(dossier_depose())
    lundi.shift(timedelta(days=70))
    recent = sans_releve(dossier_depose())
    client = navigateur(instructeur())
    page = texte(client.get(reverse(FILE)))
    assert references(page)[:2] == [ancien.reference, recent.reference]
    assert "en retard de 9 jours" in page
    assert "rejet implicite le 20 novembre 2021" in page
    assert references(texte(client.get(reverse(FILE) + "?delai=depasse"))) == [ancien.reference]
    assert references(texte(client.get(reverse(FILE) + "?delai=30"))) == []
    assert "Aucun dossier de cette liste ne répond à vos filtres." in texte(
        client.get(reverse(FILE) + "?delai=30")
    )


# --- Counts --------------------------------------------------------------------------------------
def test_given_every_kind_of_work_when_counted_then_each_count_is_that_of_its_list() -> None:
    personne, direction = instructeur(), fabriques.direction()
    mien = dossier_depose()
    assign(candidature=mien, instructeur=personne, tache="RECEVABILITE", acteur=direction)
    libre, recu = dossier_depose(), dossier_en_complement()
    answer_complements(candidature=recu, acteur=responsable_de(recu.structure), arrivee=horloge.now())
    attendu = dossier_en_complement()
    a_noter, ecart = dossier_a_noter(personne), harmonisation_demandee(personne)
    attendues = {
        "a-examiner": {mien, libre},
        "complements-recus": {recu},
        "complements-attendus": {attendu},
        "a-noter": {a_noter},
        "a-harmoniser": {ecart},
        "messages": set(),
    }
    listes = file_of(personne)
    assert {liste.code: set(liste.dossiers) for liste in listes} == attendues
    apercus = {apercu.liste.code: apercu for apercu in overview(listes, 1)}
    assert {code: apercu.nombre for code, apercu in apercus.items()} == {
        code: len(dossiers) for code, dossiers in attendues.items()
    }
    assert apercus["a-examiner"].autres == 1
    assert waiting(personne) == 5
    assert {liste.code for liste in file_of(direction)} == {"a-affecter", "a-harmoniser", "messages"}
    assert {dossier.pk for dossier in file_of(direction)[0].dossiers} >= {libre.pk}


def test_given_a_long_list_when_shown_then_its_first_dossiers_and_a_link_to_all(monkeypatch: Any) -> None:
    monkeypatch.setattr(file, "PREMIERS", 2)
    monkeypatch.setattr(file, "PAR_PAGE", 2)
    dossiers = [dossier_depose() for _ in range(3)]
    client = navigateur(instructeur())
    page = texte(client.get(reverse(FILE)))
    assert "À examiner (3)" in page
    assert "Voir les 3 dossiers" in page
    assert len(references(page)) == 2
    entiere = texte(client.get(reverse(FILE) + "?liste=a-examiner"))
    suite = texte(client.get(reverse(FILE) + "?liste=a-examiner&page=2"))
    assert "Page 1 sur 2" in entiere
    assert {*references(entiere), *references(suite)} == {dossier.reference for dossier in dossiers}


# --- Filters -------------------------------------------------------------------------------------
def test_given_wrong_filters_in_the_address_when_read_then_they_are_ignored_with_a_sentence() -> None:
    candidature = dossier_depose()
    client = navigateur(instructeur())
    for faux in (
        "releve=x",
        "releve=00000000-0000-0000-0000-000000000000",
        "region=ZZ",
        "famille=1",
        "etat=BROUILLON",
        "etat=INSCRITE",
        "instructeur=moi",
        "delai=-1",
        "liste=inconnue",
        "verdict=12-CONFORME",
    ):
        reponse = client.get(f"{reverse(FILE)}?{faux}")
        assert reponse.status_code == 200, faux
        page = texte(reponse)
        assert "ce filtre est ignoré" in page, faux
        assert candidature.reference in page, faux


def test_given_filters_when_followed_then_they_stay_in_the_addresses_of_the_page(monkeypatch: Any) -> None:
    monkeypatch.setattr(file, "PREMIERS", 1)
    candidature = dossier_depose()
    dossier_depose()
    page = texte(navigateur(instructeur()).get(f"{reverse(FILE)}?region={candidature.region_id}&delai="))
    suite = f"liste=a-examiner&amp;region={candidature.region_id}"
    assert f'href="?{suite}"' in page
    assert re.search(rf'href="[^"]+/dossier/\?{re.escape(suite)}"', page)
    assert f'value="{candidature.region_id}" selected' in page


# --- Neighbours ----------------------------------------------------------------------------------
def test_given_a_list_when_following_a_dossier_then_its_neighbours_are_those_of_the_list() -> None:
    premier, deuxieme, troisieme = sorted((dossier_depose() for _ in range(3)), key=lambda d: d.reference)
    personne = instructeur()
    params = {"liste": "a-examiner"}
    milieu = neighbours(personne, deuxieme.pk, params)
    assert milieu is not None
    assert milieu.precedent is not None
    assert milieu.suivant is not None
    assert (milieu.precedent.pk, milieu.suivant.pk) == (premier.pk, troisieme.pk)
    assert (milieu.rang, milieu.nombre) == (2, 3)
    bout = neighbours(personne, troisieme.pk, params)
    assert bout is not None
    assert (bout.suivant, bout.rang) == (None, 3)
    inverse = neighbours(personne, deuxieme.pk, {"liste": "dossiers", "tri": "-reference"})
    assert inverse is not None
    assert inverse.suivant is not None
    assert inverse.suivant.pk == premier.pk
    assert neighbours(personne, deuxieme.pk, {}) is None
    assert neighbours(personne, deuxieme.pk, {"liste": "a-affecter"}) is None


def test_given_a_dossier_that_left_its_list_when_going_on_then_the_first_of_the_rest_comes() -> None:
    traite, reste = dossier_depose(), dossier_depose()
    Candidature.objects.filter(pk=traite.pk).update(etat="RECEVABLE")
    suite = neighbours(instructeur(), traite.pk, {"liste": "a-examiner"})
    assert suite is not None
    assert suite.suivant is not None
    assert (suite.suivant.pk, suite.rang) == (reste.pk, 0)


def test_given_the_list_of_all_when_searched_and_sorted_then_the_rows_keep_it_for_the_neighbours() -> None:
    premier, deuxieme = dossier_depose(), dossier_depose()
    client = navigateur(instructeur())
    liste = reverse("admin:candidatures_candidature_changelist")
    page = client.get(f"{liste}?q=GEN&o=1&etat=DEPOSEE").content.decode()
    suite = re.search(rf'href="([^"]+{premier.pk}/dossier/\?[^"]+)"', page)
    assert suite is not None
    ecran = suite[1].replace("&amp;", "&").replace("/dossier/", "/affectations/")
    affectations = texte(client.get(ecran))
    ordre = sorted([premier.reference, deuxieme.reference])
    assert f"({ordre.index(premier.reference) + 1} sur 2)" in affectations
    assert f": {deuxieme.reference}</span>" in affectations


@pytest.mark.parametrize(
    "recherche", ['"reseaux systemes"', "'reseaux systemes' GEN", '  "reseaux', '"', "systemes reseaux", ""]
)
def test_given_a_search_with_quotes_then_the_neighbours_are_those_of_the_list(recherche: str) -> None:
    intitules = ("Administrer reseaux systemes", "Administrer systemes et reseaux", 'Dit "reseaux" systemes')
    dossiers = {dossier_depose(change=entitled(intitule)).pk for intitule in intitules}
    personne = instructeur()
    reponse = navigateur(personne).get(reverse("admin:candidatures_candidature_changelist"), {"q": recherche})
    trouves = {un.pk for un in reponse.context["cl"].queryset}
    for pk in dossiers:
        voisins = neighbours(personne, pk, {"liste": "dossiers", "q": recherche})
        assert voisins is not None
        assert bool(voisins.rang) is (pk in trouves)
        assert not voisins.rang or voisins.nombre == len(trouves)


def entitled(intitule: str) -> Any:
    def change(contenu: Any) -> None:
        contenu["formation"][0]["intitule"] = intitule

    return change


def test_given_wrong_values_when_asking_for_neighbours_then_nothing_breaks() -> None:
    candidature = dossier_depose()
    personne = instructeur()
    for params in ({"tri": "structure__appartenances"}, {"tri": "x,"}, {"releve": "x"}, {"q": "%' --"}):
        trouves = neighbours(personne, candidature.pk, {"liste": "dossiers", **params})
        assert trouves is not None, params


# --- R36 -----------------------------------------------------------------------------------------
@pytest.mark.regle("R36")
@pytest.mark.parametrize("role", ["instructeur", "direction"])
def test_given_a_link_when_declared_then_lists_counts_and_neighbours_forget_the_dossier(role: str) -> None:
    lie, autre = dossier_depose(), dossier_depose()
    personne = comptes.utilisateur(role)
    personne.forget_roles()
    liste = file_of(personne)[0]
    params = {"liste": liste.code}

    def shown() -> tuple[set[Any], int, int]:
        listes = file_of(personne)
        return set(listes[0].dossiers), overview(listes, 8)[0].nombre, waiting(personne)

    assert shown() == ({lie, autre}, 2, 2)
    avant = neighbours(personne, autre.pk, params)
    assert avant is not None
    assert avant.nombre == 2
    declare_interest(personne=personne, structure=lie.structure)
    assert shown() == ({autre}, 1, 1)
    apres = neighbours(personne, autre.pk, params)
    assert apres is not None
    assert (apres.precedent, apres.suivant, apres.nombre) == (None, None, 1)
    cache = neighbours(personne, lie.pk, params)
    assert cache is not None
    assert cache.rang == 0
    assert lie not in deposited(personne)
    assert read({"instructeur": "aucun"}).keep(with_deadline(deposited(personne))).count() == 1
