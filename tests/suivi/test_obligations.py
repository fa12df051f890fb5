"""What GEN notes of an obligation, the volumes of criterion 6, and how each is to be met (R26)."""

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from comptes.models import Role
from labellisation.domain.label import withdraw_label
from labellisation.models import BilanLabel, Label
from referentiels.models import Certification
from socle import echeances as socle_echeances
from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier
from socle.models import Evenement, Fichier
from suivi import echeances as genres
from suivi.domain.espace import confirm_space
from suivi.domain.obligations import EcheanceNonOuverte, record_met, waive_obligation
from tests.comptes import fabriques as comptes
from tests.suivi import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.regle("R26")]

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def recu(nom: str = "rapport.pdf") -> SimpleUploadedFile:
    """Return a document as GEN received it."""
    return SimpleUploadedFile(nom, PDF, content_type="application/pdf")


@pytest.fixture
def direction() -> Any:
    """Return somebody of the direction."""
    personne = comptes.utilisateur(Role.DIRECTION)
    personne.forget_roles()
    return personne


def note(label: Label, acteur: Any, jour: date, genre: str = genres.CONTROLE_SOUS_TRAITANT) -> Any:
    """Note the first open obligation of a kind as met."""
    echeance = socle_echeances.of_subject(label).filter(genre=genre).order_by("due")[0]
    return record_met(
        echeance=echeance, label=label, acteur=acteur, jour=jour, preuve=recu(), nom="rapport.pdf"
    )


# --- Met by a document -----------------------------------------------------------------------


def test_given_a_document_received_when_noted_then_met_on_its_day_with_its_proof(
    jour_1: date, direction: Any
) -> None:
    label = fabriques.label()
    remplie = note(label, direction, date(2021, 11, 12), genres.RAPPORT_ANNUEL)
    assert remplie.remplie_le is not None
    assert remplie.remplie_le.date() == date(2021, 11, 12)
    fichier = Fichier.objects.get(pk=remplie.preuve.id)
    assert fichier.nom == "rapport.pdf"
    evenement = Evenement.objects.filter(verbe="echeance.remplie").latest("numero")
    assert evenement.acteur_id == direction.pk
    assert BilanLabel.objects.get(label=label).remplies == 1


def test_given_the_porteur_or_an_instructor_when_they_note_it_then_refused_and_nothing_is_kept(
    jour_1: date,
) -> None:
    label = fabriques.label()
    instructeur = comptes.utilisateur(Role.INSTRUCTEUR)
    instructeur.forget_roles()
    for acteur in (fabriques.porteur(label), instructeur):
        with pytest.raises(ActeurRefuse):
            note(label, acteur, jour_1, genres.RAPPORT_ANNUEL)
    assert not Fichier.objects.filter(politique="suivi.preuve").exists()


def test_given_tomorrow_as_the_day_when_noted_then_refused_and_today_is_taken(
    jour_1: date, direction: Any
) -> None:
    label = fabriques.label()
    with pytest.raises(DonneesInvalides):
        note(label, direction, date(2021, 11, 16), genres.RAPPORT_ANNUEL)
    assert note(label, direction, jour_1, genres.RAPPORT_ANNUEL).remplie_le is not None


def test_given_a_settled_obligation_when_noted_again_then_refused(jour_1: date, direction: Any) -> None:
    label = fabriques.label()
    echeance = socle_echeances.of_subject(label).get(genre=genres.PREMIERE_SESSION)
    waive_obligation(echeance=echeance, label=label, acteur=direction, motif="Accord de la GEN")
    with pytest.raises(EcheanceNonOuverte):
        note(label, direction, jour_1, genres.PREMIERE_SESSION)
    with pytest.raises(ErreurMetier):
        waive_obligation(echeance=echeance, label=label, acteur=direction, motif="Encore")


@pytest.mark.regle("R26")
def test_given_obligations_settled_when_their_page_is_opened_then_it_says_how_and_asks_nothing(
    jour_1: date, direction: Any, client: Any
) -> None:
    label = fabriques.label()
    remplie = note(label, direction, date(2021, 11, 12), genres.RAPPORT_ANNUEL)
    levee = socle_echeances.of_subject(label).get(genre=genres.PREMIERE_SESSION)
    client.force_login(direction)

    def page(echeance: Any) -> str:
        adresse = reverse("suivi:echeance", args=[label.pk, echeance.pk])
        return str(client.get(adresse).content.decode()).replace("\u00a0", " ")

    assert "Noter comme remplie" in page(levee)
    waive_obligation(echeance=levee, label=label, acteur=direction, motif="Accord écrit de la GEN")
    lue = page(levee)
    assert f"lundi 15 novembre 2021 par {direction}" in lue
    assert "Accord écrit de la GEN" in lue
    assert "Noter comme remplie" not in lue
    lue = page(remplie)
    assert "vendredi 12 novembre 2021" in lue
    assert f"/fichiers/{remplie.preuve.id}/" in lue

    withdraw_label(label=label, acteur=direction, motifs="Manquements répétés")
    close = socle_echeances.of_subject(label).filter(close_le__isnull=False).first()
    assert close is not None
    assert close.close_motif in page(close)


# --- Criterion 6 -----------------------------------------------------------------------------


@pytest.mark.regle("R15a")
@pytest.mark.parametrize(("nombre", "remplie"), [(9, False), (10, True)])
def test_given_a_session_of_the_year_when_attested_then_ten_people_of_the_gen_public_meet_it(
    jour_1: date, nombre: int, remplie: bool
) -> None:
    label = fabriques.label()
    session = fabriques.demarrer(label)
    fabriques.inscrire(session, nombre)
    fabriques.inscrire(
        session,
        1,
        sexe="H",
        naissance=date(1980, 1, 1),
        niveau=5,
        situation_avant="SALARIE",
        qpv="NON",
    )
    fabriques.attester(session)
    assert (fabriques.echeance(genres.SESSION_ANNUELLE, label, "1").remplie_le is not None) is remplie
    assert fabriques.echeance(genres.SESSION_ANNUELLE, label, "2").remplie_le is None


def test_given_the_days_around_a_label_year_then_each_falls_in_its_year() -> None:
    label = fabriques.label()
    assert [
        genres.label_year_of(label, jour)
        for jour in (
            date(2021, 10, 3),
            date(2021, 10, 4),
            date(2022, 10, 3),
            date(2022, 10, 4),
            date(2024, 10, 3),
            date(2024, 10, 4),
        )
    ] == [None, 1, 1, 2, 3, None]


# --- Validities (R22a) -----------------------------------------------------------------------


@pytest.mark.regle("R22a")
@pytest.mark.parametrize(("fin", "attendue"), [(date(2024, 10, 3), True), (date(2024, 10, 5), False)])
def test_given_a_registration_that_ends_within_the_label_then_it_is_an_obligation(
    fin: date, attendue: bool
) -> None:
    # What the dossiers of the tests name.
    code = "RNCP31114"
    Certification.objects.update_or_create(
        code=code, defaults={"intitule": "Une certification", "date_fin_enregistrement": fin}
    )
    label = fabriques.label()
    dates = list(
        socle_echeances.of_subject(label).filter(genre=genres.ENREGISTREMENT).values_list("due", flat=True)
    )
    assert dates == ([fin] if attendue else [])


# --- The page --------------------------------------------------------------------------------


def test_given_the_direction_when_it_settles_from_the_page_then_the_porteur_reads_it(
    jour_1: date, direction: Any
) -> None:
    label = fabriques.label()
    echeance = socle_echeances.of_subject(label).filter(genre=genres.RAPPORT_ANNUEL).order_by("due")[0]
    client = fabriques.connecte(direction)
    adresse = reverse("suivi:echeance", args=[label.pk, echeance.pk])
    assert adresse in client.get(reverse("suivi:formation", args=[label.pk])).content.decode()
    assert client.get(adresse).status_code == 200
    reponse = client.post(adresse, {"acte": "remplir", "jour": "2021-11-12", "preuve": recu()})
    assert reponse.status_code == 302
    porteur = fabriques.connecte(fabriques.porteur(label))
    page = porteur.get(reverse("suivi:formation", args=[label.pk])).content.decode()
    assert "document reçu" in page
    assert adresse not in page


@pytest.mark.parametrize(
    "envoi",
    [
        {"acte": "remplir", "jour": "2021-11-12"},
        {"acte": "remplir", "jour": "31/02/2021"},
        {"acte": "lever", "motif": "   "},
    ],
)
def test_given_wrong_input_when_sent_then_said_and_nothing_changes(
    jour_1: date, direction: Any, envoi: dict[str, str]
) -> None:
    label = fabriques.label()
    echeance = socle_echeances.of_subject(label).filter(genre=genres.RAPPORT_ANNUEL).order_by("due")[0]
    reponse = fabriques.connecte(direction).post(
        reverse("suivi:echeance", args=[label.pk, echeance.pk]), envoi
    )
    assert reponse.status_code == 422
    echeance.refresh_from_db()
    assert echeance.est_ouverte


def test_given_anybody_else_or_another_label_when_the_page_is_asked_then_404(
    jour_1: date, direction: Any
) -> None:
    label, autre = fabriques.label(), fabriques.label()
    echeance = socle_echeances.of_subject(label).filter(genre=genres.RAPPORT_ANNUEL).order_by("due")[0]
    adresse = reverse("suivi:echeance", args=[label.pk, echeance.pk])
    porteur = fabriques.connecte(fabriques.porteur(label))
    assert porteur.get(adresse).status_code == 404
    ailleurs = reverse("suivi:echeance", args=[autre.pk, echeance.pk])
    assert fabriques.connecte(direction).get(ailleurs).status_code == 404


# --- How to meet it --------------------------------------------------------------------------


def test_given_each_kind_then_it_has_an_act_on_the_portal_or_says_how_to_hand_it_in(
    settings: Any,
) -> None:
    sur_le_portail = {
        genres.PREMIERE_SESSION,
        genres.SESSION_PREVUE,
        genres.SESSION_A_REDATER,
        genres.SESSION_ANNUELLE,
        genres.APPRENANTS_CONVENTION,
        genres.ESPACE,
        genres.ATTESTATION,
        genres.CARIF_OREF,
        genres.MON_COMPTE_FORMATION,
        genres.KAIROS,
    }
    for genre in genres.GENRES:
        assert (settings.GEN_COURRIEL_AIDE in genres.how_to(genre.code)) is (genre.code not in sur_le_portail)


def test_given_a_nominative_list_then_nobody_is_asked_to_send_it_by_mail() -> None:
    for genre in genres.NOMINATIF:
        assert "N’envoyez aucune liste nominative par courriel" in genres.how_to(genre)


def test_given_a_withdrawn_label_when_its_space_is_confirmed_then_refused(
    jour_1: date, direction: Any
) -> None:
    label = fabriques.label()
    confirm_space(label=label, acteur=fabriques.porteur(label))
    withdraw_label(label=label, acteur=direction, motifs="Manquements répétés")
    with pytest.raises(ActeurRefuse):
        confirm_space(label=label, acteur=fabriques.porteur(label))
