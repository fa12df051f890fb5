"""The answer to compléments at the instants that count, and what a forged one gets (R16)."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from candidatures import cycle
from candidatures.domain.complements import (
    DemandePerimee,
    Element,
    ReponseTardive,
    answer_complements,
    check_request,
    close_complements,
    close_expired_complements,
    default_day,
    request_complements,
)
from candidatures.models import Candidature, Depot
from socle.erreurs import DonneesInvalides, TransitionRefusee
from socle.models import Courriel, Echeance, Evenement
from socle.references import SYSTEME
from tests.candidatures import fabriques
from tests.candidatures.test_pages import connecte
from tests.socle.fils import Fil

pytestmark = [pytest.mark.django_db, pytest.mark.regle("R16")]

MILLIEME = timedelta(milliseconds=1)
ENTETE = "X-Arrivee"
GRATUITE = Element("publics", "gratuite", "Confirmez la gratuité de la certification.")
#: The last day of a request, and the first instant after it: in summer, then on each change of the hour.
BORNES = [
    (date(2021, 10, 5), datetime(2021, 10, 5, 22, 0, tzinfo=UTC)),
    (date(2021, 10, 30), datetime(2021, 10, 30, 22, 0, tzinfo=UTC)),
    (date(2021, 10, 31), datetime(2021, 10, 31, 23, 0, tzinfo=UTC)),
    (date(2022, 3, 26), datetime(2022, 3, 26, 23, 0, tzinfo=UTC)),
    (date(2022, 3, 27), datetime(2022, 3, 27, 22, 0, tzinfo=UTC)),
]


def demandee(jour: date) -> Candidature:
    """Return a dossier on which an answer is typed, and waited for until a day."""
    with time_machine.travel(fabriques.LUNDI, tick=False):
        candidature = fabriques.dossier_en_complement([GRATUITE], reponse_avant=jour)
        acteur = fabriques.responsable_de(candidature.structure)
        fabriques.enregistrer(candidature, acteur, "publics", {"gratuite": False})
    return candidature


def repondre(candidature: Candidature, arrivee: datetime) -> Depot:
    return answer_complements(
        candidature=candidature, acteur=fabriques.responsable_de(candidature.structure), arrivee=arrivee
    )


def transmettre(client: Client, candidature: Candidature, arrivee: datetime) -> str:
    """Press the button; ``arrivee`` is when the proxy had the first byte. Return the page that follows."""
    reponse = client.post(
        reverse("candidatures:complements-repondre", args=[candidature.pk]),
        headers={ENTETE: f"t={arrivee.timestamp():.3f}"},
        follow=True,
    )
    return str(reponse.content.decode()).replace("&nbsp;", " ").replace("\u00a0", " ")


# --- On the verb -----------------------------------------------------------------------------------
@pytest.mark.parametrize(("jour", "borne"), BORNES)
def test_given_the_second_of_its_date_when_answered_then_paris_decides(jour: date, borne: datetime) -> None:
    a_temps, trop_tard = demandee(jour), demandee(jour)
    # Both are read eight seconds after the bound.
    with time_machine.travel(borne + timedelta(seconds=8), tick=False):
        depot = repondre(a_temps, borne - timedelta(microseconds=1))
        assert (depot.numero, depot.instantane["publics"]["gratuite"]) == (2, False)
        evenements, courriels = Evenement.objects.count(), Courriel.objects.count()
        with pytest.raises(ReponseTardive, match="est passée"):
            repondre(trop_tard, borne)
    assert (Evenement.objects.count(), Courriel.objects.count()) == (evenements, courriels)
    trop_tard.refresh_from_db()
    assert (trop_tard.etat, trop_tard.depots.count()) == (cycle.EN_COMPLEMENT, 1)
    assert trop_tard.sectionpublics.gratuite is False, "what was typed stays"
    assert trop_tard.demandes_complements.get().repondue_le is None
    assert Echeance.objects.get(sujet_id=trop_tard.demandes_complements.get().pk).est_ouverte


def test_given_an_arrival_to_come_when_answered_late_then_it_is_brought_back_to_now() -> None:
    jour, borne = BORNES[0]
    candidature = demandee(jour)
    with time_machine.travel(borne, tick=False), pytest.raises(ReponseTardive):
        repondre(candidature, borne + timedelta(days=1))


# --- Through the page, by the proxy's arrival ------------------------------------------------------
@pytest.mark.parametrize(("jour", "borne"), BORNES)
def test_given_the_last_second_when_the_button_is_pressed_then_the_proxy_s_arrival_decides(
    jour: date, borne: datetime, settings: Any
) -> None:
    settings.GEN_ENTETE_ARRIVEE = ENTETE
    a_temps, trop_tard = demandee(jour), demandee(jour)
    with time_machine.travel(borne + timedelta(seconds=8), tick=False):
        page = transmettre(connecte(fabriques.responsable_de(a_temps.structure)), a_temps, borne - MILLIEME)
        assert "Vos compléments sont transmis" in page
        page = transmettre(connecte(fabriques.responsable_de(trop_tard.structure)), trop_tard, borne)
        assert "Les compléments ne sont pas transmis. La date limite, le" in page
        assert "à 0 h 00 min 00 s, heure de Paris" in page
        assert "Ce que vous avez saisi n’est pas effacé." in page
        assert "écrivez à la GEN par les messages du dossier" in page
    assert a_temps.depots.get(numero=2).arrivee == borne - MILLIEME
    assert trop_tard.depots.count() == 1


def test_given_the_recap_after_the_date_then_it_says_so_instead_of_offering_a_button() -> None:
    jour, borne = BORNES[0]
    candidature = demandee(jour)
    recap = reverse("candidatures:recapitulatif", args=[candidature.pk])
    with time_machine.travel(borne - MILLIEME, tick=False):
        client = connecte(fabriques.responsable_de(candidature.structure))
        assert "Transmettre les compléments</button>" in client.get(recap).content.decode()
    with time_machine.travel(borne, tick=False):
        page = client.get(recap).content.decode()
    assert "Transmettre les compléments</button>" not in page
    assert "rien ne peut plus être transmis. Le dossier sera examiné tel qu’il a été déposé." in page


# --- The sweep ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(("jour", "borne"), BORNES)
def test_given_an_answer_on_its_way_when_the_sweep_runs_then_it_waits_for_it(
    jour: date, borne: datetime
) -> None:
    en_route, muette = demandee(jour), demandee(jour)
    battement = timedelta(minutes=60)
    for instant in (borne - MILLIEME, borne, borne + battement - MILLIEME):
        with time_machine.travel(instant, tick=False):
            assert close_expired_complements() == 0
            with pytest.raises(TransitionRefusee, match="pas écoulé"):
                close_complements(candidature=muette, acteur=SYSTEME)
    with time_machine.travel(borne + battement - MILLIEME, tick=False):
        # As late as the portal takes an arrival.
        assert repondre(en_route, borne - MILLIEME).numero == 2
    with time_machine.travel(borne + battement, tick=False):
        assert close_expired_complements() == 1
    muette.refresh_from_db()
    assert muette.etat == cycle.DEPOSEE
    assert Courriel.objects.filter(gabarit="candidature_complements_clos").count() == 1
    # The two days that count toward the silence of GEN stop at the date, whenever it is closed.
    assert muette.rejet_implicite_le == date(2021, 11, 20) + (jour + timedelta(days=1) - date(2021, 9, 20))


def test_given_a_closed_request_when_answered_then_it_is_refused() -> None:
    jour, borne = BORNES[0]
    candidature = demandee(jour)
    with time_machine.travel(borne + timedelta(hours=1), tick=False):
        close_expired_complements()
        with pytest.raises(TransitionRefusee, match="n’attend de réponse"):
            repondre(candidature, borne - MILLIEME)


# --- The request ---------------------------------------------------------------------------------------
@time_machine.travel(fabriques.LUNDI, tick=False)
def test_given_a_date_when_asked_then_it_is_tomorrow_at_the_earliest_and_a_year_at_the_latest() -> None:
    assert default_day() == date(2021, 10, 5)
    for jour in (date(2021, 9, 21), date(2022, 9, 20)):
        check_request([GRATUITE], jour)
    for jour in (date(2021, 9, 20), date(2022, 9, 21), date.max):
        with pytest.raises(DonneesInvalides):
            check_request([GRATUITE], jour)


@time_machine.travel(fabriques.LUNDI, tick=False)
def test_given_two_instructors_who_read_the_same_when_both_ask_then_one_wins_and_the_other_is_told() -> None:
    candidature = fabriques.dossier_depose()
    lus = [Candidature.objects.get(pk=candidature.pk) for _ in range(2)]
    premier, second = fabriques.instructeur(), fabriques.instructeur()
    demander(lus[0], premier)
    with pytest.raises(DemandePerimee, match=f"{premier.nom_complet} a envoyé une demande"):
        demander(lus[1], second)
    assert candidature.demandes_complements.count() == 1


def demander(candidature: Candidature, acteur: Any) -> None:
    request_complements(
        candidature=candidature,
        acteur=acteur,
        elements=[GRATUITE],
        reponse_avant=default_day(),
        version=1,
    )


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_given_two_instructors_at_the_same_instant_when_both_ask_then_one_wins_and_the_other_is_told() -> (
    None
):
    candidature = fabriques.dossier_depose()
    personnes = [fabriques.instructeur(), fabriques.instructeur()]

    def ask(acteur: Any) -> str:
        try:
            demander(Candidature.objects.get(pk=candidature.pk), acteur)
        except DemandePerimee as refus:
            return str(refus)
        return ""

    fils = [Fil(lambda acteur=acteur: ask(acteur)) for acteur in personnes]
    refus = sorted(fil.value() for fil in fils)
    assert refus[0] == ""
    assert "a envoyé une demande de compléments" in refus[1]
    assert candidature.demandes_complements.count() == 1
    assert Echeance.objects.filter(genre="candidatures.complements").count() == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_given_an_answer_and_the_sweep_at_the_same_instant_then_one_wins_and_the_dossier_goes_on() -> None:
    jour, borne = BORNES[0]
    candidature = demandee(jour)
    with time_machine.travel(borne + timedelta(hours=1), tick=False):

        def answer() -> str:
            try:
                repondre(Candidature.objects.get(pk=candidature.pk), borne - MILLIEME)
            except TransitionRefusee:
                return "refusée"
            return "reçue"

        fils = [Fil(answer), Fil(lambda: str(close_expired_complements()))]
        issue = tuple(fil.value() for fil in fils)
    assert issue in {("reçue", "0"), ("refusée", "1")}
    candidature.refresh_from_db()
    assert candidature.etat == cycle.DEPOSEE
    assert candidature.depots.count() == (2 if issue[0] == "reçue" else 1)
    demande = candidature.demandes_complements.get()
    assert (demande.repondue_le is None) != (demande.close_le is None)


# --- Forged ----------------------------------------------------------------------------------------------
@time_machine.travel(fabriques.LUNDI, tick=False)
def test_given_a_forged_answer_when_sent_by_any_way_in_then_what_is_closed_stays() -> None:
    candidature = fabriques.dossier_en_complement([GRATUITE])
    client = connecte(fabriques.responsable_de(candidature.structure))
    avant = candidature.depots.get().instantane

    def adresse(nom: str, *args: Any) -> str:
        return reverse(f"candidatures:{nom}", args=[candidature.pk, *args])

    def taper(section: str, avant: dict[str, str], **donnees: str) -> Any:
        return client.post(adresse("saisie", section), {"avant": json.dumps(avant), **donnees})

    # As one types: a closed answer, alone or beside an open one, a section of which nothing is open.
    for refus in (
        taper("publics", {"part_femmes": "40"}, part_femmes="99"),
        taper("publics", {"gratuite": "oui", "part_femmes": "40"}, gratuite="non", part_femmes="99"),
        taper("budget", {"veille": "Veille"}, veille="Autre"),
    ):
        assert refus.status_code == 409, refus.content
        assert "refus" in refus.json()
    # By the pages: a closed section is left as it is; a file that nobody asked for is refused.
    assert client.post(adresse("section", "budget"), {"veille": "Autre"}).status_code == 302
    lignes = {"modules-TOTAL_FORMS": "1", "modules-INITIAL_FORMS": "0", "modules-0-titre": "Ajouté"}
    assert client.post(adresse("section", "programme"), lignes).status_code == 302
    fichier = SimpleUploadedFile("autre.pdf", fabriques.pdf("autre"))
    reponse = client.post(
        adresse("piece-place", "ATTESTATION_SOCIALE"), {"piece_ATTESTATION_SOCIALE": fichier}
    )
    assert (reponse.status_code, "ne porte pas sur cette pièce" in reponse.json()["refus"]) == (422, True)
    # Whatever is posted with it, the answer takes what is kept, and nothing else.
    client.post(adresse("complements-repondre"), {"part_femmes": "99", "publics-gratuite": "non"})
    dernier = candidature.depots.order_by("-numero")[0]
    assert dernier.numero == 2
    assert dernier.instantane == avant
