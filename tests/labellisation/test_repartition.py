"""The page that shares a relevé's dossiers, and the act on the dossiers ticked in the list."""

import time
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from candidatures.domain.affectations import declare_interest
from candidatures.domain.depot import withdraw_candidature
from candidatures.models import Affectation, Candidature
from comptes.models import Utilisateur
from tests.candidatures.fabriques import dossier_depose, instructeur, responsable_de
from tests.comptes import fabriques as comptes
from tests.labellisation import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lundi")]

PAGE = "admin:instruction_repartition"
LISTE = "admin:candidatures_candidature_changelist"


def navigateur(personne: Utilisateur) -> Client:
    client = Client()
    client.force_login(personne)
    return client


def texte(reponse: Any) -> str:
    """The page without its no-break spaces."""
    return str(reponse.content.decode()).replace("&nbsp;", " ").replace("\u00a0", " ")


def ligne(candidature: Candidature) -> str:
    return f"l-{candidature.pk}_1"


def envoi(candidature: Candidature, acte: str = "enregistrer", **lignes: Any) -> dict[str, str]:
    donnees = {"releve": str(candidature.releve_examen_id), "tache": "RECEVABILITE", "acte": acte}
    return donnees | {nom: str(valeur) for nom, valeur in lignes.items()}


def active() -> set[tuple[uuid.UUID, uuid.UUID]]:
    lignes = Affectation.objects.filter(retiree_le__isnull=True)
    return set(lignes.values_list("candidature", "instructeur"))


def test_given_dossiers_when_shared_then_the_proposal_is_shown_changed_by_hand_and_saved() -> None:
    un, deux = instructeur(), instructeur()
    dossiers = [dossier_depose() for _ in range(2)]
    client = navigateur(fabriques.direction())
    assert "2 dossiers à répartir" in texte(client.get(reverse(PAGE)))
    proposition = texte(
        client.get(f"{reverse(PAGE)}?releve={dossiers[0].releve_examen_id}&tache=RECEVABILITE")
    )
    assert proposition.count(" selected") == 2
    assert active() == set()
    lignes = {ligne(dossier): un.pk for dossier in dossiers}
    apercu = texte(client.post(reverse(PAGE), envoi(dossiers[0], "apercu", **lignes)))
    assert f'<th scope="row">{un.nom_complet}</th><td>0</td><td>2</td><td>2</td>' in apercu
    assert f'<th scope="row">{deux.nom_complet}</th><td>0</td><td>0</td><td>0</td>' in apercu
    assert active() == set()
    fait = texte(client.post(reverse(PAGE), envoi(dossiers[0], **lignes), follow=True))
    assert f"2 affectations enregistrées. {un.nom_complet} : 2." in fait
    assert "Aucun dossier à répartir" in fait
    assert active() == {(dossier.pk, un.pk) for dossier in dossiers}


def test_given_a_change_meanwhile_when_saved_then_it_is_told_and_a_new_proposal_is_shown() -> None:
    un, deux = instructeur(), instructeur()
    bon, retire = dossier_depose(), dossier_depose()
    client = navigateur(fabriques.direction())
    withdraw_candidature(candidature=retire, acteur=responsable_de(retire.structure))
    declare_interest(personne=un, candidature=bon, motif="Secret à ne pas dire")
    reponse = client.post(reverse(PAGE), envoi(bon, **{ligne(bon): un.pk, ligne(retire): deux.pk}))
    page = texte(reponse)
    assert reponse.status_code == 422
    assert "Rien n’est enregistré" in page
    assert f"{retire.reference} : cette tâche n’est plus à confier" in page
    assert f"{bon.reference} : {un.nom_complet} ne peut pas s’en charger." in page
    assert "Votre choix n’est plus possible." in page
    assert f'<option value="={deux.pk}" selected>' in page
    assert f"{un.nom_complet} (ne peut pas)" in page
    assert "Secret" not in page
    assert active() == set()


def test_given_choices_by_hand_when_the_participants_change_then_they_are_kept_where_still_possible() -> None:
    un, deux, trois = instructeur(), instructeur(), instructeur()
    garde, change, auto, vide = (dossier_depose() for _ in range(4))
    client = navigateur(fabriques.direction())
    lignes = {ligne(garde): trois.pk, ligne(change): un.pk, ligne(auto): f"={un.pk}", ligne(vide): ""}
    page = texte(
        client.post(
            reverse(PAGE),
            {
                **envoi(garde, "participants", **lignes),
                "participait": [str(un.pk), str(deux.pk)],
                "personne": [str(deux.pk)],
            },
        )
    )

    def rangee(candidature: Candidature) -> str:
        return page.split(f'id="{ligne(candidature)}"')[1].split("</tr>")[0]

    # Chosen by hand, who never took part stays; who has just been left out does not, and it is said.
    assert f'<option value="{trois.pk}" selected>' in rangee(garde)
    assert f'<option value="={deux.pk}" selected>' in rangee(change)
    assert "Votre choix n’est plus possible." in rangee(change)
    assert f'<a href="#{ligne(change)}">{change.reference}</a>. Vérifiez' in page
    # What the portal had proposed is proposed again, and nothing is said of it.
    assert f'<option value="={deux.pk}" selected>' in rangee(auto)
    assert "plus possible" not in rangee(auto)
    # Nobody, on purpose, is a choice too.
    assert " selected" not in rangee(vide)
    # The next page still knows what was chosen by hand, and what is no longer to be shared.
    withdraw_candidature(candidature=vide, acteur=responsable_de(vide.structure))
    suite = texte(client.post(reverse(PAGE), envoi(garde, "apercu", **lignes)))
    assert f'<option value="{trois.pk}" selected>' in suite
    assert f'<option value="={un.pk}" selected>' in suite
    assert "1 choix fait à la main ne servait plus" in suite


def test_given_nothing_chosen_nobody_to_choose_or_wrong_values_then_the_page_says_what_to_do() -> None:
    candidature = dossier_depose()
    client = navigateur(fabriques.direction())
    adresse = f"{reverse(PAGE)}?releve={candidature.releve_examen_id}"
    assert "Aucun compte ouvert n’a le rôle d’instructeur" in texte(client.get(adresse))
    instructeur()
    vide = client.post(reverse(PAGE), envoi(candidature, **{ligne(candidature): ""}))
    assert (vide.status_code, "Choisissez au moins un dossier" in texte(vide)) == (422, True)
    faux = client.post(
        reverse(PAGE),
        envoi(candidature, **{ligne(candidature): "x", "l-x_1": "y", f"l-{uuid.uuid4()}_9": "z"}),
    )
    assert faux.status_code == 422
    for requete in ("releve=x", "releve=00000000-0000-0000-0000-000000000000", "tache=X"):
        page = client.get(f"{reverse(PAGE)}?{requete}")
        assert (page.status_code, "ce filtre est ignoré" in texte(page)) == (200, True), requete
    assert client.get(f"{adresse}&personne=x&tache=NOTATION").status_code == 200


@pytest.mark.regle("R36")
def test_given_a_director_with_a_link_when_sharing_then_the_dossier_is_on_no_page_and_not_to_be_forged() -> (
    None
):
    personne, liee = instructeur(), fabriques.direction()
    cache, visible = dossier_depose(), dossier_depose()
    client = navigateur(liee)
    adresse = f"{reverse(PAGE)}?releve={cache.releve_examen_id}"
    assert cache.reference in texte(client.get(adresse))
    assert "2 dossiers à répartir" in texte(client.get(reverse(PAGE)))
    declare_interest(personne=liee, candidature=cache)
    assert cache.reference not in texte(client.get(adresse))
    assert visible.reference in texte(client.get(adresse))
    assert "1 dossier à répartir" in texte(client.get(reverse(PAGE)))
    forge = client.post(
        reverse(PAGE), envoi(visible, **{ligne(visible): personne.pk, ligne(cache): personne.pk})
    )
    assert forge.status_code == 422
    assert "Ce dossier n’existe pas, ou vous est fermé." in texte(forge)
    assert cache.reference not in texte(forge)
    assert active() == set()


def test_given_many_dossiers_when_shared_then_the_page_stays_quick(monkeypatch: Any) -> None:
    """Two hundred, five people: the queries are constant, so that a thousand cost their rendering alone."""
    for _ in range(5):
        instructeur()
    modele = dossier_depose()
    champs = [champ.attname for champ in Candidature._meta.concrete_fields]
    valeurs = {nom: getattr(modele, nom) for nom in champs}
    Candidature.objects.bulk_create(
        Candidature(**{**valeurs, "id": uuid.uuid4(), "reference": f"GEN-2021-M{rang:04}"})
        for rang in range(200)
    )
    client = navigateur(fabriques.direction())
    adresse = f"{reverse(PAGE)}?releve={modele.releve_examen_id}"
    client.get(adresse)
    debut = time.process_time()
    page = texte(client.get(adresse))
    assert page.count("<select name=") == 201
    assert time.process_time() - debut < 1


# --- The dossiers ticked in the list -------------------------------------------------------------
def tick(client: Client, *dossiers: Any, suite: str = "") -> Any:
    donnees = {"action": "confier", "_selected_action": [str(pk) for pk in dossiers], "index": "0"}
    return client.post(reverse(LISTE) + suite, donnees)


def test_given_ticked_dossiers_when_confirmed_then_one_person_is_in_charge_of_all() -> None:
    personne = instructeur()
    dossiers = [dossier_depose() for _ in range(2)]
    client = navigateur(fabriques.direction())
    page = texte(tick(client, *(dossier.pk for dossier in dossiers), suite="?etat=DEPOSEE"))
    assert all(dossier.reference in page for dossier in dossiers)
    assert active() == set()
    donnees = {
        "dossiers": [str(dossier.pk) for dossier in dossiers],
        "tache": "RECEVABILITE",
        "instructeur": str(personne.pk),
        "retour": "etat=DEPOSEE",
    }
    fait = client.post(reverse("admin:instruction_confier"), donnees)
    assert fait.url == reverse(LISTE) + "?etat=DEPOSEE"
    assert active() == {(dossier.pk, personne.pk) for dossier in dossiers}
    encore = client.post(reverse("admin:instruction_confier"), donnees)
    assert (encore.status_code, "est déjà chargée" in texte(encore)) == (422, True)
    vide = client.post(reverse("admin:instruction_confier"), {**donnees, "dossiers": []})
    assert (vide.status_code, "Aucun dossier n’est sélectionné" in texte(vide)) == (422, True)


@pytest.mark.regle("R36")
def test_given_a_link_when_ticking_or_forging_then_the_dossier_is_neither_named_nor_given() -> None:
    personne, liee = instructeur(), fabriques.direction()
    cache, visible = dossier_depose(), dossier_depose()
    client = navigateur(liee)
    assert cache.reference in texte(tick(client, cache.pk, visible.pk))
    declare_interest(personne=liee, structure=cache.structure)
    page = texte(tick(client, cache.pk, visible.pk))
    assert cache.reference not in page
    assert visible.reference in page
    donnees = {"tache": "RECEVABILITE", "instructeur": str(personne.pk)}
    for forges in ([str(cache.pk), str(visible.pk)], ["x", str(visible.pk)]):
        refus = client.post(reverse("admin:instruction_confier"), {**donnees, "dossiers": forges})
        assert refus.status_code == 422
        assert "Ce dossier n’existe pas, ou vous est fermé." in texte(refus)
        assert cache.reference not in texte(refus)
    assert active() == set()


@pytest.mark.regle("R36")
def test_given_a_person_with_a_link_when_given_a_dossier_then_refused_without_the_reason() -> None:
    liee, candidature = instructeur(), dossier_depose()
    declare_interest(personne=liee, candidature=candidature, motif="Secret à ne pas dire")
    client = navigateur(fabriques.direction())
    donnees = {"tache": "NOTATION", "instructeur": str(liee.pk), "dossiers": [str(candidature.pk)]}
    page = texte(client.post(reverse("admin:instruction_confier"), donnees))
    assert "ne peut pas s’en charger" in page
    assert "Secret" not in page


def test_given_other_roles_when_sharing_then_refused() -> None:
    candidature = dossier_depose()
    for role in ("administrateur", "comite"):
        client = navigateur(comptes.utilisateur(role))
        assert client.get(reverse(PAGE)).status_code in (302, 403)
        assert client.post(reverse(PAGE), envoi(candidature)).status_code in (302, 403)
        assert client.post(reverse("admin:instruction_confier"), {}).status_code in (302, 403)
