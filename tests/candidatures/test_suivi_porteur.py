"""Who of its structure follows a dossier, and hands it over."""

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from candidatures import cycle
from candidatures.domain.chronologie import timeline
from candidatures.domain.complements import Element, request_complements
from candidatures.domain.copies import duplicate_candidature
from candidatures.domain.depot import withdraw_candidature
from candidatures.domain.echanges import porteur_recipients
from candidatures.domain.queries import in_charge
from candidatures.domain.suivi_porteur import PLUS_MEMBRE, read_team, transfer_candidature
from candidatures.models import Candidature
from comptes.models import Appartenance, Utilisateur
from socle import echeances, horloge, journal
from socle.erreurs import ActeurRefuse, DonneesInvalides, TransitionRefusee
from socle.models import Courriel
from socle.references import SYSTEME
from tests.candidatures import fabriques
from tests.candidatures.test_pages import connecte
from tests.comptes import fabriques as comptes

pytestmark = pytest.mark.django_db

FABRIQUES = [fabriques.brouillon, fabriques.dossier_depose]


@pytest.fixture(autouse=True)
def lundi() -> Any:
    """Monday 20 September 2021, 10:00 in Paris."""
    with time_machine.travel(fabriques.LUNDI, tick=False) as temps:
        yield temps


def leave(personne: Utilisateur) -> None:
    """End the memberships of a person."""
    Appartenance.objects.filter(utilisateur=personne).update(au=horloge.now())
    personne.forget_roles()


def people(candidature: Candidature) -> tuple[Utilisateur, Utilisateur]:
    """Return the responsable of a dossier's structure, and a new contributor."""
    return fabriques.responsable_de(candidature.structure), comptes.membre(candidature.structure)


def handed_over(candidature: Candidature) -> list[Any]:
    """Return the events that say who follows a dossier."""
    evenements = journal.timeline(candidature.chaine_journal, visibilites=["PORTEUR"])
    return list(evenements.filter(verbe="candidature.transmise"))


def written() -> list[Courriel]:
    """Return the e-mails that hand a dossier over."""
    return list(Courriel.objects.filter(gabarit="candidature_transmise").order_by("cree_le"))


def shown(personne: Utilisateur, candidature: Candidature) -> str:
    """Return what the page of a dossier says to a person."""
    page = connecte(personne).get(reverse("candidatures:dossier", args=[candidature.pk]))
    assert page.status_code == 200
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", page.content.decode()))).replace("\xa0", " ")


def post(personne: Utilisateur, candidature: Candidature, a: Any = "") -> str:
    """Send the form, and return what the next page says."""
    adresse = reverse("candidatures:confier", args=[candidature.pk])
    page = connecte(personne).post(adresse, {"a": a}, follow=True)
    assert page.status_code == 200
    return unescape(page.content.decode())


# --- Who is in charge at first ---------------------------------------------------------------------
@pytest.mark.regle("R8", "R13")
def test_given_a_contributor_who_opens_or_copies_a_dossier_then_they_follow_it() -> None:
    source = fabriques.brouillon()
    assert source.suivie_par == fabriques.responsable_de(source.structure)
    membre = comptes.membre(source.structure)
    copie = duplicate_candidature(candidature=source, acteur=membre)
    assert copie.suivie_par == membre
    assert not handed_over(copie)


# --- The verb ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("fabrique", FABRIQUES)
def test_given_a_member_when_handing_over_then_it_is_noted_and_written_once(
    fabrique: Callable[[], Candidature],
) -> None:
    candidature = fabrique()
    responsable = fabriques.responsable_de(candidature.structure)
    a = comptes.membre(candidature.structure)
    for _ in range(2):
        transfer_candidature(candidature=candidature, a=a, acteur=responsable)
    candidature.refresh_from_db()
    assert candidature.suivie_par == a
    (evenement,) = handed_over(candidature)
    assert evenement.donnees == {"de": str(responsable.pk), "a": str(a.pk)}, "people by their keys only"
    (courriel,) = written()
    assert courriel.email == a.email
    assert candidature.reference in courriel.objet
    assert "20\u00a0septembre 2021" in courriel.objet
    assert responsable.nom_complet in courriel.texte
    assert reverse("candidatures:dossier", args=[candidature.pk]) in courriel.texte
    assert ("Brouillon — non déposé" in courriel.texte) == candidature.est_brouillon
    assert ("brouillon — non déposé" in courriel.objet) == candidature.est_brouillon


def test_given_a_contributor_when_taking_it_then_nobody_is_written_to_and_back_again_is_written() -> None:
    candidature = fabriques.brouillon()
    responsable, membre = (
        fabriques.responsable_de(candidature.structure),
        comptes.membre(candidature.structure),
    )
    transfer_candidature(candidature=candidature, a=membre, acteur=membre)
    assert candidature.suivie_par == membre
    assert not written()
    for de, a in ((membre, responsable), (responsable, membre), (membre, responsable)):
        transfer_candidature(candidature=candidature, a=a, acteur=de)
    assert len(handed_over(candidature)) == 4
    assert [courriel.email for courriel in written()] == [responsable.email, membre.email, responsable.email]


def _other_structure(candidature: Candidature) -> Utilisateur:
    return fabriques.responsable_de(comptes.structure())


def _gone(candidature: Candidature) -> Utilisateur:
    personne = comptes.membre(candidature.structure)
    assert personne.pks_structures, "read before they leave"
    Appartenance.objects.filter(utilisateur=personne).update(au=horloge.now())
    return personne


def _agent(candidature: Candidature) -> Utilisateur:
    return fabriques.instructeur()


def _closed(candidature: Candidature) -> Utilisateur:
    personne = comptes.membre(candidature.structure)
    personne.is_active = False
    personne.save(update_fields=["is_active"])
    return personne


@pytest.mark.parametrize("qui", [_other_structure, _gone, _agent, _closed])
@pytest.mark.parametrize("fabrique", FABRIQUES)
def test_given_somebody_who_is_no_active_member_then_they_neither_hand_over_nor_receive(
    qui: Callable[[Candidature], Utilisateur], fabrique: Callable[[], Candidature]
) -> None:
    candidature = fabrique()
    responsable, autre = fabriques.responsable_de(candidature.structure), qui(candidature)
    with pytest.raises(ActeurRefuse):
        transfer_candidature(candidature=candidature, a=comptes.membre(candidature.structure), acteur=autre)
    with pytest.raises(DonneesInvalides) as refus:
        transfer_candidature(candidature=candidature, a=autre, acteur=responsable)
    assert refus.value.erreurs == {"a": [PLUS_MEMBRE]}
    candidature.refresh_from_db()
    assert candidature.suivie_par == responsable
    assert not handed_over(candidature)
    assert not written()


def test_given_a_withdrawn_dossier_then_nobody_hands_it_over() -> None:
    candidature = fabriques.dossier_depose()
    responsable = fabriques.responsable_de(candidature.structure)
    withdraw_candidature(candidature=candidature, acteur=responsable)
    assert candidature.etat == cycle.SANS_SUITE
    with pytest.raises(TransitionRefusee, match="retiré"):
        transfer_candidature(
            candidature=candidature, a=comptes.membre(candidature.structure), acteur=responsable
        )
    page = shown(responsable, candidature)
    assert "Qui travaille sur ce dossier" in page
    assert "Confier le dossier" not in page
    Candidature.objects.update(suivie_par=None)
    assert "Personne n’est désigné" not in _list(responsable)


def test_given_complements_that_wait_then_the_e_mail_says_for_when() -> None:
    candidature = fabriques.dossier_depose()
    request_complements(
        candidature=candidature,
        acteur=fabriques.instructeur(),
        elements=[Element("publics", "gratuite", "Confirmez la gratuité.")],
        reponse_avant=date(2021, 10, 5),
    )
    a = comptes.membre(candidature.structure)
    transfer_candidature(candidature=candidature, a=a, acteur=SYSTEME)
    (courriel,) = written()
    assert "Date limite\u00a0: mardi 5\u00a0octobre 2021" in courriel.texte
    assert "Votre structure vous confie" in courriel.texte


# --- Whom what happens is written to --------------------------------------------------------------------
def test_given_who_follows_the_dossier_then_each_is_written_to_once_while_a_member() -> None:
    candidature = fabriques.dossier_depose()
    responsable, a = people(candidature)
    assert in_charge(candidature) == [responsable], "a responsable who follows it counts once"
    transfer_candidature(candidature=candidature, a=a, acteur=responsable)
    assert in_charge(candidature) == porteur_recipients(candidature) == [responsable, a]
    leave(a)
    assert in_charge(candidature) == porteur_recipients(candidature) == [responsable]
    Candidature.objects.filter(pk=candidature.pk).update(suivie_par=None)
    candidature.refresh_from_db()
    assert in_charge(candidature) == [responsable]


def test_given_a_withdrawal_then_who_follows_the_dossier_knows_of_it_once() -> None:
    candidature = fabriques.dossier_depose()
    responsable, a = people(candidature)
    transfer_candidature(candidature=candidature, a=a, acteur=responsable)
    withdraw_candidature(candidature=candidature, acteur=responsable)
    envoyes = Courriel.objects.filter(gabarit="candidature_retiree").values_list("email", flat=True)
    assert sorted(envoyes) == sorted([responsable.email, a.email])


@pytest.mark.regle("R26", "R27")
def test_given_a_draft_handed_over_when_the_releve_comes_then_each_is_reminded_once(lundi: Any) -> None:
    candidature = fabriques.brouillon()
    responsable = fabriques.responsable_de(candidature.structure)
    suivante, partie = (comptes.membre(candidature.structure) for _ in range(2))
    fabriques.enregistrer(candidature, suivante, "immersion", {"heures": 140})
    transfer_candidature(candidature=candidature, a=partie, acteur=responsable)
    transfer_candidature(candidature=candidature, a=suivante, acteur=responsable)
    lundi.move_to(horloge.at_paris(date(2021, 9, 23), 9))
    echeances.send_due()
    envoyes = Courriel.objects.filter(gabarit="rappel").values_list("email", flat=True)
    assert sorted(envoyes) == sorted([responsable.email, suivante.email])
    transfer_candidature(candidature=candidature, a=partie, acteur=responsable)
    leave(suivante)
    lundi.move_to(horloge.at_paris(date(2021, 9, 28), 9))
    echeances.send_due()
    nouveaux = Courriel.objects.filter(gabarit="rappel", cree_le__gte=horloge.now())
    assert sorted(courriel.email for courriel in nouveaux) == sorted([responsable.email, partie.email])


# --- The pages ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("fabrique", FABRIQUES)
def test_given_a_dossier_then_its_page_says_who_works_on_it(fabrique: Callable[[], Candidature]) -> None:
    candidature = fabrique()
    responsable, membre = (
        fabriques.responsable_de(candidature.structure),
        comptes.membre(candidature.structure),
    )
    seule = shown(responsable, candidature)
    assert f"Dossier suivi par {responsable} (vous)." in seule
    assert "Je m’en charge" not in seule
    assert "Inviter un collègue" in seule
    page = shown(membre, candidature)
    assert f"Dossier suivi par {responsable}." in page
    assert f"{responsable}, responsable, suit le dossier" in page
    assert f"{membre}, contributeur" in page
    assert "Je m’en charge" in page
    assert "demandez à un responsable de la structure de l’inviter" in page
    assert "Inviter un collègue" not in page


def test_given_saved_sections_then_each_member_has_the_last_one_and_the_queries_do_not_grow() -> None:
    candidature = fabriques.brouillon()
    membre = comptes.membre(candidature.structure)
    fabriques.enregistrer(candidature, membre, "immersion", {"heures": 140})
    assert "a enregistré la section 4" in shown(membre, candidature)
    with CaptureQueriesContext(connection) as peu:
        read_team(candidature)
    for _ in range(3):
        autre = comptes.membre(candidature.structure)
        fabriques.enregistrer(candidature, autre, "publics", {"gratuite": True})
    with CaptureQueriesContext(connection) as beaucoup:
        equipe = read_team(candidature)
    assert len(peu) == len(beaucoup) == 2
    assert len(equipe.membres) == 5
    assert equipe.membres[0].suit


def test_given_an_older_dossier_or_who_has_left_then_the_page_asks_who_follows_it() -> None:
    candidature = fabriques.dossier_depose()
    responsable, parti = (
        fabriques.responsable_de(candidature.structure),
        comptes.membre(candidature.structure),
    )
    Candidature.objects.update(suivie_par=None)
    assert "Personne n’est désigné" in shown(responsable, candidature)
    assert "Personne n’est désigné" in _list(responsable)
    transfer_candidature(candidature=candidature, a=parti, acteur=responsable)
    assert f"Suivi par {parti}" in _list(responsable)
    leave(parti)
    page = shown(responsable, candidature)
    assert f"{parti}, qui suivait ce dossier, n’est plus membre de la structure : choisissez qui" in page
    assert f"À confier\u00a0: {parti} n’est plus membre de la structure" in _list(responsable)
    parti.is_active = False
    parti.save(update_fields=["is_active"])
    assert "n’a plus de compte actif : choisissez qui suit ce dossier" in shown(responsable, candidature)
    assert f"À confier\u00a0: {parti} n’a plus de compte actif" in _list(responsable)
    assert "Vous suivez maintenant" in post(responsable, candidature, responsable.pk)
    assert f"Dossier suivi par {responsable} (vous)." in shown(responsable, candidature)


def _list(personne: Utilisateur) -> str:
    return unescape(connecte(personne).get(reverse("candidatures:liste")).content.decode())


def test_given_the_form_then_it_hands_over_and_says_so() -> None:
    candidature = fabriques.brouillon()
    responsable, membre = (
        fabriques.responsable_de(candidature.structure),
        comptes.membre(candidature.structure),
    )
    assert f"est confié à {membre.nom_complet}" in post(responsable, candidature, membre.pk)
    assert f"{membre.nom_complet} suit déjà" in post(responsable, candidature, membre.pk)
    assert len(written()) == 1
    assert "Je m’en charge" in shown(responsable, candidature)


@pytest.mark.parametrize("a", ["", "personne", "00000000-0000-0000-0000-000000000000", "voisin"])
def test_given_nobody_or_somebody_else_when_sent_then_a_sentence_says_what_to_do(a: str) -> None:
    candidature = fabriques.brouillon()
    responsable = fabriques.responsable_de(candidature.structure)
    choisie = str(fabriques.responsable_de(comptes.structure()).pk) if a == "voisin" else a
    page = post(responsable, candidature, choisie)
    assert "Le dossier n’est pas confié. " + (PLUS_MEMBRE if a else "Choisissez la personne") in page
    candidature.refresh_from_db()
    assert candidature.suivie_par == responsable


def test_given_gen_then_nothing_says_who_follows_a_dossier() -> None:
    candidature = fabriques.dossier_depose()
    responsable = fabriques.responsable_de(candidature.structure)
    a = comptes.membre(candidature.structure)
    transfer_candidature(candidature=candidature, a=a, acteur=responsable)
    agent = fabriques.instructeur()
    for page in (shown(agent, candidature), _list(agent)):
        assert candidature.reference in page
        assert a.nom_complet not in page
        assert "changé de mains" not in page
        assert "Qui travaille" not in page
        assert "Suivi par" not in page
    assert "changé de mains" in shown(responsable, candidature)
    tout = timeline(candidature, journal.Visibilite.values)
    assert not [moment for moment in tout if "mains" in moment.phrase]
