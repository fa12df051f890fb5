"""Statistics of a relevé: each number is that of the list to which it leads (R15, R36)."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from candidatures.domain.affectations import assign, declare_interest
from candidatures.models import Candidature
from comptes.models import Utilisateur
from labellisation.domain.recevabilite import declare_irrecevable, declare_recevable, record_verdict
from labellisation.domain.statistiques import Statistiques, statistics_of
from socle.tableur import safe_cell
from tests.candidatures.fabriques import dossier_depose, instructeur
from tests.comptes import fabriques as comptes
from tests.labellisation import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lundi")]

PAGE = "admin:instruction_statistiques"


def navigateur(personne: Utilisateur) -> Client:
    client = Client()
    client.force_login(personne)
    return client


def texte(reponse: Any) -> str:
    """The page without its no-break spaces."""
    return str(reponse.content.decode()).replace("&nbsp;", " ").replace("\u00a0", " ")


def juge(candidature: Candidature, personne: Utilisateur, *non_conformes: int) -> None:
    """Give the ten verdicts, and declare."""
    for critere in range(1, 11):
        refuse = critere in non_conformes
        record_verdict(
            candidature=candidature,
            critere=critere,
            avis="NON_CONFORME" if refuse else "CONFORME",
            motif="Heures insuffisantes." if refuse else "",
            instructeur=personne,
        )
    if non_conformes:
        declare_irrecevable(candidature=candidature, acteur=personne, motifs="Heures insuffisantes.")
    else:
        declare_recevable(candidature=candidature, acteur=personne)


def numbers(stats: Statistiques, tableau: str) -> dict[str, list[int]]:
    return {ligne.libelle: [n.valeur for n in ligne.nombres] for ligne in getattr(stats, tableau)}


def test_given_declared_dossiers_when_counted_then_by_criterion_person_region_and_delay(lundi: Any) -> None:
    personne = instructeur()
    bon, refuse, attend = dossier_depose(), dossier_depose(), dossier_depose()
    lundi.shift(timedelta(days=3))
    juge(bon, personne)
    lundi.shift(timedelta(days=4))
    juge(refuse, personne, 3)
    stats = statistics_of(user=fabriques.direction(), releve=bon.releve_examen)
    assert stats.total.valeur == 3
    conformes = numbers(stats, "criteres")
    assert conformes["Critère 1"][:3] == [2, 0, 0]
    assert conformes["Critère 3"][:3] == [1, 1, 0]
    # The pre-check proposed « conforme »: the person decided otherwise.
    assert conformes["Critère 3"][3] == 1
    assert numbers(stats, "instructeurs") == {personne.nom_complet: [2, 0, 1, 1], "Personne": [1, 1, 0, 0]}
    assert numbers(stats, "regions") == {attend.region.nom: [3, 1, 1, 1]}
    assert (stats.delais.nombre, stats.delais.mediane, stats.delais.neuf_sur_dix) == (2, 5, None)


def test_given_each_number_when_followed_then_the_list_holds_as_many_dossiers() -> None:
    personne = instructeur()
    bon, refuse = dossier_depose(), dossier_depose()
    dossier_depose()
    juge(bon, personne)
    juge(refuse, personne, 3, 4)
    client = navigateur(fabriques.direction())
    page = client.get(f"{reverse(PAGE)}?releve={bon.releve_examen_id}").content.decode()
    liens = re.findall(
        r'href="(/admin/candidatures/candidature/\?[^"]+)">(?:[^<]*, )?(\d+)(?: dossiers)?<', page
    )
    assert len(liens) > 25
    for adresse, nombre in dict(liens).items():
        liste = client.get(adresse.replace("&amp;", "&")).context["cl"]
        assert liste.result_count == int(nombre), adresse


@pytest.mark.regle("R36")
@pytest.mark.parametrize("role", ["instructeur", "direction"])
def test_given_a_link_when_counting_then_page_and_export_forget_the_dossier(role: str) -> None:
    examinateur = instructeur()
    cache, visible = dossier_depose(), dossier_depose()
    juge(cache, examinateur, 3)
    personne = comptes.utilisateur(role)
    personne.forget_roles()
    client = navigateur(personne)
    releve = cache.releve_examen
    csv = f"{reverse('admin:instruction_statistiques_csv')}?releve={cache.releve_examen_id}"
    avant = statistics_of(user=personne, releve=releve)
    assert (avant.total.valeur, numbers(avant, "criteres")["Critère 3"][1], avant.delais.nombre) == (2, 1, 1)
    assert "critère;Critère 3;Non conforme;1" in texte(client.get(csv))
    assert examinateur.nom_complet in texte(client.get(csv))
    declare_interest(personne=personne, candidature=cache)
    apres = statistics_of(user=personne, releve=releve)
    assert (apres.total.valeur, numbers(apres, "criteres")["Critère 3"][1], apres.delais.nombre) == (1, 0, 0)
    assert "critère;Critère 3;Non conforme;0" in texte(client.get(csv))
    assert examinateur.nom_complet not in texte(client.get(csv))
    assert "verdict=3-NON_CONFORME" not in texte(
        client.get(f"{reverse(PAGE)}?releve={visible.releve_examen_id}")
    )


def test_given_no_dossier_or_a_wrong_releve_then_the_page_says_so() -> None:
    dossier_depose()
    client = navigateur(instructeur())
    vide = texte(client.get(f"{reverse(PAGE)}?releve=aucun"))
    assert "Aucun dossier n’est examiné dans ce relevé." in vide
    for faux in ("x", "00000000-0000-0000-0000-000000000000"):
        reponse = client.get(f"{reverse(PAGE)}?releve={faux}")
        assert (reponse.status_code, "ce filtre est ignoré" in texte(reponse)) == (200, True)
        assert client.get(f"{reverse('admin:instruction_statistiques_csv')}?releve={faux}").status_code == 200
    assert navigateur(comptes.utilisateur("administrateur")).get(reverse(PAGE)).status_code == 403


def test_given_names_that_look_like_formulas_when_exported_then_no_spreadsheet_runs_them() -> None:
    candidature = dossier_depose()
    personne = comptes.utilisateur("instructeur", prenom="=1+1", nom="Pirate")
    personne.forget_roles()
    assign(candidature=candidature, instructeur=personne, tache="RECEVABILITE", acteur=fabriques.direction())
    csv = f"{reverse('admin:instruction_statistiques_csv')}?releve={candidature.releve_examen_id}"
    page = texte(navigateur(fabriques.direction()).get(csv))
    assert "instructeur;'=1+1 Pirate;Dossiers;1" in page
    assert [safe_cell(valeur) for valeur in ("@x", "-1", "", "a=b", 12)] == ["'@x", "'-1", "", "a=b", 12]
