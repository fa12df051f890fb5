"""Learners: each field, the GEN public (R15a), the NIR nowhere (R29, R44), who transmits the list."""

import logging
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from django.apps import apps
from django.urls import reverse
from pypdf import PdfReader

from socle import documents, journal
from socle.erreurs import ActeurRefuse, DonneesInvalides
from suivi.domain.apprenants import (
    ListeFermee,
    age_at,
    is_gen_public,
    read_list,
    remove_learner,
    save_learner,
)
from suivi.domain.attestations import TransmissionRefusee, list_fingerprint, transmit_attestation
from suivi.domain.nir import contains_nir
from suivi.domain.reclamations import file_complaint
from suivi.forms.session import ApprenantForm
from suivi.models import Apprenant, AttestationDemarrage, ConsultationListe
from tests.comptes import fabriques as comptes
from tests.socle.fils import Fil
from tests.suivi import fabriques

NIR = "2 95 05 59 512 001 42"
NIRS = (NIR, "295055951200142", "2950559512001", "2-95-05-2A-512-001-42", "2.95.05.59.512.001")


# --- Pure rules --------------------------------------------------------------------------------


@pytest.mark.regle("R29")
@pytest.mark.parametrize(
    "texte",
    [
        *NIRS,
        f"Mon numéro est le {NIR}, merci",
        "n°295055951200142.",
        "2\u00a095\u00a005\u00a059\u00a0512\u202f001",
    ],
)
def test_given_a_social_security_number_however_typed_then_it_is_seen(texte: str) -> None:
    assert contains_nir(texte)


@pytest.mark.regle("R29")
@pytest.mark.parametrize(
    "texte",
    [
        "",
        "06 12 34 56 78",
        "+33 6 12 34 56 78",
        "12345678901234",
        "12 rue du 8 Mai 1945, 59100",
        "17/05/1995",
    ],
)
def test_given_a_phone_a_siret_or_an_address_then_it_is_no_nir(texte: str) -> None:
    assert not contains_nir(texte)


INCONNU = {"entree": date(2021, 11, 15)}
NON = {
    "sexe": "H",
    "naissance": date(1980, 1, 1),
    "niveau": Apprenant.Niveau.BAC_2,
    "situation_avant": "SALARIE",
    "qpv": "NON",
    "zrr": "NON",
}


@pytest.mark.regle("R15a")
@pytest.mark.parametrize(
    ("champs", "attendu"),
    [
        ({}, None),
        (NON, False),
        ({**NON, "qpv": ""}, None),
        ({**NON, "qpv": "A_VERIFIER"}, None),
        ({**NON, "naissance": None}, None),
        ({"sexe": "F"}, True),
        ({**NON, "sexe": "F"}, True),
        ({**NON, "niveau": 4}, True),
        ({**NON, "niveau": 1}, True),
        ({**NON, "qpv": "OUI"}, True),
        ({**NON, "zrr": "OUI"}, True),
        ({**NON, "situation_avant": "NEET"}, True),
        ({**NON, "situation_avant": "DE_MOINS_12"}, True),
        ({**NON, "situation_avant": "ETUDIANT"}, False),
        # 25 on the day of the entry, 26 the next day.
        ({**NON, "naissance": date(1995, 11, 16)}, True),
        ({**NON, "naissance": date(1995, 11, 15)}, False),
    ],
)
def test_given_what_is_known_of_a_learner_then_unknown_is_neither_yes_nor_no(
    champs: dict[str, Any], attendu: bool | None
) -> None:
    assert is_gen_public(Apprenant(**INCONNU, **champs)) is attendu


def test_given_a_birth_on_a_leap_day_then_the_year_is_reached_on_1_march() -> None:
    assert (age_at(date(2004, 2, 29), date(2021, 2, 28)), age_at(date(2004, 2, 29), date(2021, 3, 1))) == (
        16,
        17,
    )


def test_given_a_list_then_its_fingerprint_ignores_the_order_and_sees_a_change() -> None:
    def ligne(**champs: Any) -> Apprenant:
        base = {"nom": "A", "prenoms": "B", "rue": "1 rue", "code_postal": "59100", "commune_id": "59512"}
        return Apprenant(**{**base, **INCONNU, **champs})

    une, autre = ligne(), ligne(nom="C")

    assert list_fingerprint([une, autre]) == list_fingerprint([autre, une])
    assert list_fingerprint([une, autre]) != list_fingerprint([une, ligne(nom="D")])


# --- Fields --------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.regle("R29")
@pytest.mark.parametrize(
    ("champ", "valeur"),
    [
        ("naissance", date(2021, 11, 16)),
        ("naissance", date(2005, 11, 16)),
        ("entree", date(2021, 11, 14)),
        ("entree", date(2022, 6, 11)),
        ("fin_prevue", date(2021, 11, 14)),
        ("sortie", date(2021, 11, 14)),
        ("code_postal", "5910"),
        ("code_postal", ""),
        ("courriel", "pas une adresse"),
        ("nom", ""),
        ("nom", " \u00a0 "),
        ("prenoms", ""),
        ("rue", ""),
        ("commune", None),
        ("entree", None),
        ("sexe", "X"),
        ("qpv", "PEUT-ETRE"),
        ("niveau", 2),
        ("situation_avant", "AUTRE"),
        ("motif_sortie", "maladie"),
    ],
)
def test_given_one_wrong_field_then_it_is_refused_by_its_name(jour_1: date, champ: str, valeur: Any) -> None:
    session = fabriques.demarrer(fabriques.label())

    with pytest.raises(DonneesInvalides) as refus:
        fabriques.inscrire(session, **{champ: valeur})

    assert list(refus.value.erreurs) == [champ]
    assert not Apprenant.objects.exists()


@pytest.mark.django_db
@pytest.mark.regle("R29")
def test_given_bounds_then_the_16th_birthday_and_both_ends_of_the_session_pass(jour_1: date) -> None:
    session = fabriques.demarrer(fabriques.label())

    fabriques.inscrire(session, naissance=date(2005, 11, 15))
    fabriques.inscrire(session, entree=date(2022, 6, 10))
    fabriques.inscrire(session, naissance=None, sexe="", niveau=None, situation_avant="", qpv="", zrr="")

    assert session.apprenants.count() == 3


@pytest.mark.django_db
@pytest.mark.regle("R29")
def test_given_a_person_on_the_list_then_case_and_accents_make_no_other_person(jour_1: date) -> None:
    session = fabriques.demarrer(fabriques.label())
    fabriques.inscrire(session, nom="Lefèvre", prenoms="Zoé", naissance=date(1995, 5, 17))

    for nom, prenoms in (("Lefèvre", "Zoé"), ("LEFEVRE", "zoe"), (" lefèvre ", "ZOÉ")):
        with pytest.raises(DonneesInvalides) as refus:
            fabriques.inscrire(session, nom=nom, prenoms=prenoms, naissance=date(1995, 5, 17))
        assert list(refus.value.erreurs) == ["nom"]
    with pytest.raises(DonneesInvalides) as refus:
        fabriques.inscrire(session, nom="Lefevre", prenoms="Zoe", naissance=None)
    assert list(refus.value.erreurs) == ["naissance"]
    # A homonym with a birth date of their own is another person.
    fabriques.inscrire(session, nom="Lefevre", prenoms="Zoe", naissance=date(1990, 1, 2))
    zoe = session.apprenants.get(nom="Lefèvre")
    save_learner(
        session=session,
        acteur=fabriques.porteur(session.label),
        apprenant=zoe,
        valeurs={"nom": "LEFÈVRE", "prenoms": "Zoé", "naissance": zoe.naissance},
    )

    assert session.apprenants.count() == 2


def everything_stored() -> str:
    """Return every column of every row of the database, as text."""
    lignes = []
    for modele in apps.get_models():
        if modele._meta.managed:
            lignes += [str(ligne) for ligne in modele._default_manager.values()]
    return "\n".join(lignes)


@pytest.mark.django_db
@pytest.mark.regle("R29", "R44")
def test_given_a_nir_in_any_text_then_it_is_refused_and_found_nowhere(
    jour_1: date, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    session = fabriques.demarrer(fabriques.label())
    client = fabriques.connecte(fabriques.porteur(session.label))
    adresse = reverse("suivi:apprenant-ajouter", args=[session.pk])
    champs = [champ for champ, valeur in fabriques.saisie().items() if champ not in ("entree", "naissance")]
    for champ in champs:
        for nir in (NIR, "295055951200142"):
            reponse = client.post(adresse, fabriques.saisie(**{champ: nir}))
            page = reponse.content.decode()
            assert reponse.status_code == 422, champ
            assert nir not in page
            assert "numéro de sécurité sociale\u00a0: retirez-le" in page
    textes = [
        champ.name
        for champ in Apprenant._meta.get_fields()
        if champ.get_internal_type() in ("CharField", "TextField", "EmailField")
    ]
    assert {"nom", "prenoms", "rue", "telephone", "courriel", "prescripteur", "financeur"} <= set(textes)
    for champ in textes:
        with pytest.raises(DonneesInvalides) as refus:
            fabriques.inscrire(session, **{champ: NIR})
        assert NIR not in str(refus.value)
        assert NIR not in str(refus.value.erreurs)
    with pytest.raises(DonneesInvalides):
        file_complaint(
            valeurs={"qualite": "APPRENANT", "nom": "N", "courriel": "a@b.fr", "texte": f"Je suis {NIR}"}
        )

    stock = everything_stored()
    assert session.label.intitule in stock
    for nir in (NIR, "295055951200142"):
        assert nir not in stock
        assert nir not in caplog.text


@pytest.mark.django_db
@pytest.mark.regle("R44")
def test_given_learners_then_no_event_of_the_journal_names_them(jour_1: date) -> None:
    session = fabriques.demarrer(fabriques.label())
    fabriques.inscrire(session, nom="Nomtressecret", prenoms="Zénobie")
    fabriques.attester(session)

    evenements = "\n".join(
        str(ligne)
        for ligne in journal.timeline(
            session.chaine_journal, visibilites=["PUBLIC", "PORTEUR", "COMITE", "GEN"]
        ).values("verbe", "donnees")
    )

    assert "session.attestee" in evenements
    assert "Nomtressecret" not in evenements
    assert "Zénobie" not in evenements


# --- Prepared by the body, transmitted by the porteur ----------------------------------------------


@pytest.mark.django_db
def test_given_a_body_then_it_prepares_the_list_and_only_the_porteur_hands_it_in(jour_1: date) -> None:
    label = fabriques.label()
    session, corps = fabriques.demarrer(label), fabriques.organisme(label)
    contributeur = comptes.membre(label.structure)
    fabriques.inscrire(session, 2, acteur=corps)
    fabriques.inscrire(session, 1, acteur=contributeur)

    for personne in (corps, contributeur, comptes.utilisateur("direction")):
        personne.forget_roles()
        with pytest.raises(ActeurRefuse):
            transmit_attestation(session=session, acteur=personne)
    attestation = fabriques.attester(session)

    assert attestation.inscrits == 3
    assert attestation.empreinte_liste == list_fingerprint(list(session.apprenants.all()))
    with pytest.raises(TransmissionRefusee, match="déjà"):
        fabriques.attester(session)
    with pytest.raises(ListeFermee):
        fabriques.inscrire(session)
    with pytest.raises(ListeFermee):
        remove_learner(apprenant=session.apprenants.all()[0], acteur=corps)


@pytest.mark.django_db
def test_given_no_start_or_no_learner_then_nothing_is_handed_in(jour_1: date) -> None:
    label = fabriques.label()
    session = fabriques.session(label)

    with pytest.raises(ListeFermee):
        fabriques.inscrire(session)
    with pytest.raises(TransmissionRefusee, match="démarrage"):
        fabriques.attester(session)
    session = fabriques.demarrer(label)
    with pytest.raises(TransmissionRefusee, match="apprenants"):
        fabriques.attester(session)
    assert not AttestationDemarrage.objects.exists()


@pytest.mark.django_db
@pytest.mark.regle("R44")
def test_given_readings_then_each_is_logged_with_its_reader(jour_1: date) -> None:
    label = fabriques.label()
    session, corps = fabriques.demarrer(label), fabriques.organisme(label)
    fabriques.inscrire(session, 2)
    direction = comptes.utilisateur("direction")
    direction.forget_roles()

    assert len(read_list(session=session, acteur=corps)) == 2
    assert len(read_list(session=session, acteur=direction, acte="EXPORT")) == 2
    for role in ("instructeur", "comite", "region", "administrateur"):
        personne = comptes.utilisateur(role)
        personne.forget_roles()
        with pytest.raises(ActeurRefuse):
            read_list(session=session, acteur=personne)

    assert list(
        ConsultationListe.objects.order_by("cree_le", "acte").values_list("personne", "acte", "lignes")
    ) == [(direction.pk, "EXPORT", 2), (corps.pk, "LECTURE", 2)]


@pytest.mark.django_db
@pytest.mark.regle("R44")
def test_given_the_attestation_then_its_pdf_counts_the_learners_and_names_none(jour_1: date) -> None:
    session = fabriques.demarrer(fabriques.label())
    fabriques.inscrire(session, nom="Nomtressecret")
    fabriques.inscrire(session)

    attestation = fabriques.attester(session)

    assert attestation.document is not None
    contenu = documents.render(attestation.document)
    texte = " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(contenu)).pages).split())
    assert "Attestation de démarrage" in texte
    assert "Apprenants inscrits 2" in texte
    assert attestation.empreinte_liste in texte.replace(" ", "")
    assert str(fabriques.porteur(session.label).nom_complet) in texte
    for secret in ("Nomtressecret", "Nomsecret", "Prenomsecret", "Cachée"):
        assert secret not in texte
        assert secret not in str(attestation.document.donnees)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_given_two_threads_that_transmit_at_once_then_one_attestation(jour_1: date) -> None:
    session = fabriques.demarrer(fabriques.label())
    fabriques.inscrire(session, 2)
    acteur = fabriques.porteur(session.label)

    def transmettre() -> Any:
        objet = type(session).objects.select_related("label").get(pk=session.pk)
        return transmit_attestation(session=objet, acteur=acteur)

    fils = [Fil(transmettre), Fil(transmettre)]
    erreurs = [fil.end().erreur for fil in fils]

    assert sorted(type(erreur).__name__ for erreur in erreurs) == ["NoneType", "TransmissionRefusee"]
    assert AttestationDemarrage.objects.count() == 1
    evenements = journal.timeline(session.chaine_journal, visibilites=["PORTEUR"])
    assert evenements.filter(verbe="session.attestee").count() == 1
    assert journal.verify().ok


def test_given_the_form_of_a_learner_when_shown_then_what_is_not_known_is_called_unknown() -> None:
    premiers = [champ.choices[0][1] for champ in ApprenantForm().fields.values() if hasattr(champ, "choices")]
    assert len(premiers) == 4
    assert set(premiers) == {"Inconnu"}
