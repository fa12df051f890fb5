"""Conventions: frozen data, mandatory clauses, signatures by code in their order, dates, the label."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.core import signing
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from labellisation.cycle import NatureDecision
from labellisation.domain import convention as conventions
from labellisation.domain.convention import SignatureRefusee, last_day, make_convention
from labellisation.domain.label import (
    activate_label,
    lift_condition,
    new_code,
    normalize_code,
    public_status,
    withdraw_label,
)
from labellisation.domain.textes import load_text
from labellisation.models import Convention, Decision, Label, SignatureConvention, TexteConvention
from referentiels.models import FamilleMetier
from socle import courriels, horloge
from socle.erreurs import ActeurRefuse, ErreurMetier
from socle.models import Courriel, Document, Evenement
from socle.references import reference
from tests.candidatures import fabriques as candidatures
from tests.comptes import fabriques as comptes
from tests.labellisation import fabriques
from tests.labellisation.fabriques import GEN, PORTEUR
from tests.socle.fils import Fil

PREUVE: dict[str, Any] = {"motifs": "Certificat Qualiopi CQ-77.", "obtenue_le": date(2021, 9, 20)}

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lundi")]


def faux(code: str) -> str:
    """Return another code."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


def code_demande(convention: Convention, partie: str = PORTEUR, acteur: Any = None) -> Any:
    """Ask for a code; return the signature and who asked."""
    signature = fabriques.signature_de(convention, partie)
    acteur = acteur or (
        candidatures.responsable_de(convention.structure) if partie == PORTEUR else fabriques.direction()
    )
    conventions.request_code(signature=signature, acteur=acteur)
    return signature, acteur


# --- Made from the frozen dossier ------------------------------------------------------------
@pytest.mark.regle("R22", "R23")
def test_given_a_favourable_notification_then_a_convention_freezes_parties_and_text() -> None:
    convention = fabriques.convention_a_signer()

    assert (convention.etat, convention.numero) == ("A_SIGNER", "CONV-2021-0001")
    donnees = convention.donnees
    assert donnees["texte"]["articles"] == convention.texte.articles
    assert donnees["formation"]["heures"] == 500
    assert donnees["porteur"]["representant"] == "Amina Lefebvre"
    assert donnees["porteur"]["commune"] == "Roubaix"
    assert [ligne["debut"] for ligne in donnees["sessions"]] == ["2021-11-15", "2022-11-14", "2023-11-13"]
    assert convention.document.donnees["numero"] == convention.numero
    noms = convention.signatures.order_by("-partie").values_list("partie", "signataire_nom")
    assert list(noms) == [("PORTEUR", "Amina Lefebvre"), ("GEN", "Marc Dupré")]


def test_given_a_convention_when_made_again_then_it_is_the_same() -> None:
    convention = fabriques.convention_a_signer(pret=False)
    assert make_convention(decision=convention.decision) == convention
    assert Convention.objects.count() == 1


@pytest.mark.parametrize("nature", ["REFUSEE", "AJOURNEE"])
def test_given_an_unfavourable_notification_then_no_convention_is_made(nature: str) -> None:
    load_text()
    fabriques.notifier(fabriques.seance_close([nature]))
    assert not Convention.objects.exists()


@pytest.mark.regle("R23")
def test_given_several_conventions_then_numbers_follow_each_other_and_start_anew_each_year(
    lundi: Any,
) -> None:
    load_text()
    fabriques.notifier(fabriques.seance_close(["LABELLISEE", "LABELLISEE"]))
    lundi.move_to(candidatures.LUNDI + timedelta(days=200))
    fabriques.notifier(fabriques.seance_close(["LABELLISEE"]))
    assert sorted(Convention.objects.values_list("numero", flat=True)) == [
        "CONV-2021-0001",
        "CONV-2021-0002",
        "CONV-2022-0001",
    ]


@pytest.mark.regle("R23")
@pytest.mark.parametrize(("derniers", "suivant"), [(("9998", "9999"), "10000"), (("9999", "10000"), "10001")])
def test_given_thousands_of_conventions_then_numbers_still_follow_each_other(
    lundi: Any, derniers: tuple[str, str], suivant: str
) -> None:
    load_text()
    fabriques.notifier(fabriques.seance_close(["LABELLISEE", "LABELLISEE"]))
    for convention, rang in zip(Convention.objects.order_by("numero"), derniers, strict=True):
        Convention.objects.filter(pk=convention.pk).update(numero=f"CONV-2021-{rang}")
    fabriques.notifier(fabriques.seance_close(["LABELLISEE"]))
    assert Convention.objects.filter(numero=f"CONV-2021-{suivant}").exists()


@pytest.mark.regle("R23")
@pytest.mark.parametrize(
    ("programme", "publics", "attendu"),
    [
        ({"duree_mois": 6}, {}, None),
        ({"duree_mois": 12}, {}, 90),
        ({"duree_mois": 6}, {"apprenants_par_session": 49}, None),
        ({"duree_mois": 6}, {"apprenants_par_session": 50}, 90),
        ({"duree_mois": 6, "modules": [{"mode": "DISTANCIEL"}, {"mode": "DISTANCIEL"}]}, {}, 90),
        ({"duree_mois": 6, "modules": [{"mode": "DISTANCIEL"}, {"mode": "PRESENTIEL"}]}, {}, None),
        ({"duree_mois": 12}, {"apprenants_par_an": None}, None),
    ],
)
def test_given_a_formation_then_criterion_6_says_whether_the_number_of_learners_is_written(
    programme: dict[str, Any], publics: dict[str, Any], attendu: int | None
) -> None:
    instantane = {
        "programme": {"modules": [{"mode": "PRESENTIEL"}], **programme},
        "publics": {"apprenants_par_session": 15, "apprenants_par_an": 30, **publics},
    }
    assert conventions.learners_to_train(instantane) == attendu


@pytest.mark.regle("R23")
@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_given_two_notifications_at_once_then_convention_numbers_differ() -> None:
    load_text()
    decisions = []
    for _ in range(2):
        fabriques.seance_close(["LABELLISEE"])
    decisions = list(Decision.objects.all())
    direction = fabriques.direction()

    def announce(decision: Decision) -> None:
        from labellisation.domain.decision import notify_decision

        notify_decision(decision=decision, acteur=direction, signataire_nom="A", signataire_qualite="B")

    fils = [Fil(lambda decision=decision: announce(decision)) for decision in decisions]
    for fil in fils:
        fil.value()
    assert sorted(Convention.objects.values_list("numero", flat=True)) == ["CONV-2021-0001", "CONV-2021-0002"]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_given_a_withdrawal_and_a_notification_at_once_then_one_wins_and_nobody_waits_in_a_ring() -> None:
    from candidatures.domain.depot import withdraw_candidature
    from labellisation.domain.decision import notify_decision

    direction = fabriques.direction()
    for _ in range(3):
        decision = fabriques.decision_prise("REFUSEE")
        dossier = decision.candidature
        porteur = candidatures.responsable_de(dossier.structure)
        acte = {"acteur": direction, "signataire_nom": "A", "signataire_qualite": "B"}
        fils = [
            Fil(lambda d=decision, a=acte: notify_decision(decision=Decision.objects.get(pk=d.pk), **a)),
            Fil(lambda d=dossier, p=porteur: withdraw_candidature(candidature=d, acteur=p)),
        ]
        erreurs = [fil.end().erreur for fil in fils]
        assert sum(erreur is None for erreur in erreurs) == 1
        assert all(erreur is None or isinstance(erreur, ErreurMetier) for erreur in erreurs), erreurs


# --- Mandatory clauses -----------------------------------------------------------------------
@pytest.mark.regle("R23")
@pytest.mark.parametrize("code", conventions.CLAUSES_OBLIGATOIRES)
def test_given_the_shipped_text_then_it_has_every_clause_and_without_one_nobody_signs(code: str) -> None:
    convention = fabriques.convention_a_signer()
    assert conventions.missing_clauses(convention) == []
    articles = [article for article in convention.texte.articles if article["code"] != code]
    TexteConvention.objects.update(articles=articles)

    signature = fabriques.signature_de(convention)
    with pytest.raises(SignatureRefusee, match=f"clauses\u00a0: {code}"):
        conventions.request_code(
            signature=signature, acteur=candidatures.responsable_de(convention.structure)
        )


def test_given_a_text_that_was_used_when_its_version_changes_then_loading_is_refused() -> None:
    fabriques.convention_a_signer(pret=False)
    assert "inchangé" in load_text()
    TexteConvention.objects.update(articles=[])
    with pytest.raises(ErreurMetier, match="déjà servi"):
        load_text()


@pytest.mark.regle("R23")
def test_given_texts_of_several_days_then_a_convention_takes_the_one_in_force_on_its_day(lundi: Any) -> None:
    load_text()
    texte = TexteConvention.objects.get()
    assert texte.en_vigueur_du == date(2021, 5, 20)
    for version, du in (
        ("demain", date(2021, 9, 21)),
        ("jour", date(2021, 9, 20)),
        ("avant", date(2018, 1, 1)),
    ):
        TexteConvention.objects.create(
            version=version, titre="Essai", articles=texte.articles, en_vigueur_du=du
        )
    assert conventions.text_in_force(date(2021, 5, 20)).version == texte.version
    assert conventions.text_in_force(date(2021, 5, 19)).version == "avant"
    assert fabriques.convention_a_signer(pret=False).texte.version == "jour"
    with pytest.raises(SignatureRefusee, match="en vigueur le 31\u00a0décembre 2017"):
        conventions.text_in_force(date(2017, 12, 31))


def test_given_a_wrong_date_in_the_file_of_a_text_not_used_when_loaded_again_then_it_is_put_right() -> None:
    load_text()
    TexteConvention.objects.update(en_vigueur_du=date(2018, 1, 1))
    assert "chargé" in load_text()
    assert TexteConvention.objects.get().en_vigueur_du == date(2021, 5, 20)


# --- Codes -----------------------------------------------------------------------------------
@pytest.mark.regle("R23")
def test_given_a_code_asked_for_then_the_legal_representative_has_it_by_mail_and_nobody_else() -> None:
    convention = fabriques.convention_a_signer()
    signature, _ = code_demande(convention)
    courriel = Courriel.objects.get(gabarit="labellisation_code_signature")
    assert (courriel.email, courriel.est_code) == ("presidence@alpes.example", True)
    assert conventions.signature_code(signature) in courriel.texte
    assert conventions.signature_code(signature) not in str(
        list(Evenement.objects.values_list("donnees", flat=True))
    )


@pytest.mark.regle("R23")
@pytest.mark.django_db(transaction=True)
def test_given_a_code_delivered_then_the_outbox_has_forgotten_it() -> None:
    convention = fabriques.convention_a_signer()
    signature, _ = code_demande(convention)
    code = conventions.signature_code(signature)
    courriel = Courriel.objects.get(gabarit="labellisation_code_signature")
    assert code in courriel.texte
    assert code in courriel.html

    courriels.deliver(courriel.pk)

    courriel.refresh_from_db()
    assert courriel.etat == Courriel.Etat.REMIS
    assert (courriel.texte, courriel.html) == ("", "")
    assert courriel.efface_le is not None


@pytest.mark.regle("R23")
def test_given_five_wrong_codes_then_the_right_one_is_refused_until_a_new_one_is_asked_for(
    lundi: Any,
) -> None:
    convention = fabriques.convention_a_signer()
    signature, acteur = code_demande(convention)
    bon = conventions.signature_code(signature)
    for essai in range(1, 6):
        with pytest.raises(SignatureRefusee, match="pas le bon"):
            conventions.sign(signature=signature, code=faux(bon), acteur=acteur)
        assert fabriques.signature_de(convention).code_essais == essai
    with pytest.raises(SignatureRefusee, match="Trop d’essais"):
        conventions.sign(signature=signature, code=bon, acteur=acteur)

    lundi.shift(timedelta(seconds=1))
    signature, acteur = code_demande(convention)
    assert conventions.signature_code(signature) != bon
    conventions.sign(signature=signature, code=conventions.signature_code(signature), acteur=acteur)
    assert fabriques.signature_de(convention).signee_le is not None


@pytest.mark.regle("R23")
def test_given_a_signed_convention_then_no_page_says_that_it_is_to_be_signed() -> None:
    convention = fabriques.convention_a_signer()
    jeton = conventions.signature_link(fabriques.signature_de(convention))
    lien = reverse("labellisation:signer-lien", args=[jeton])
    client = Client()
    client.force_login(candidatures.responsable_de(convention.structure))
    page = reverse("labellisation:convention", args=[convention.pk])
    assert "Convention à signer (PDF)" in client.get(page).content.decode()
    assert "Signer la convention" in Client().get(lien).content.decode()
    fabriques.signer(convention)
    entre_deux = client.get(page).content.decode()
    assert "signe d’abord" not in entre_deux
    assert "La GEN signe à son tour" in entre_deux
    fabriques.signer(convention, GEN, fabriques.direction())
    lue = client.get(page).content.decode()
    assert "à signer" not in lue
    assert "signe d’abord" not in lue
    assert "sans les signatures (PDF)" in lue
    suivie = Client().get(lien).content.decode()
    assert "Signer la convention" not in suivie
    assert "n’allez pas plus loin" not in suivie


@pytest.mark.regle("R23")
def test_given_no_code_asked_for_when_one_is_typed_then_it_costs_no_try() -> None:
    convention = fabriques.convention_a_signer()
    signature = fabriques.signature_de(convention)
    acteur = reference(signature)
    for _ in range(6):
        with pytest.raises(SignatureRefusee, match="Demandez d’abord un code"):
            conventions.sign(signature=signature, code="123456", acteur=acteur)
    assert fabriques.signature_de(convention).code_essais == 0
    # Nor does a code that holds no longer.
    signature, acteur = code_demande(convention)
    SignatureConvention.objects.filter(pk=signature.pk).update(code_expire_le=horloge.now())
    with pytest.raises(SignatureRefusee, match="expiré"):
        conventions.sign(signature=signature, code="123456", acteur=acteur)
    assert fabriques.signature_de(convention).code_essais == 0


@pytest.mark.regle("R23")
def test_given_a_code_then_it_holds_for_fifteen_minutes_and_not_one_second_more(lundi: Any) -> None:
    convention = fabriques.convention_a_signer()
    signature, acteur = code_demande(convention)
    code = conventions.signature_code(signature)
    lundi.shift(timedelta(minutes=15))
    with pytest.raises(SignatureRefusee, match="expiré"):
        conventions.sign(signature=signature, code=code, acteur=acteur)
    lundi.shift(timedelta(seconds=-1))
    conventions.sign(signature=signature, code=f" {code[:3]} {code[3:]} ", acteur=acteur)


@pytest.mark.regle("R23")
def test_given_a_code_used_or_none_asked_for_when_signing_then_it_is_refused() -> None:
    convention = fabriques.convention_a_signer()
    porteur = candidatures.responsable_de(convention.structure)
    signature = fabriques.signature_de(convention)
    with pytest.raises(SignatureRefusee, match="Demandez d’abord"):
        conventions.sign(signature=signature, code="123456", acteur=porteur)
    signature, acteur = code_demande(convention)
    code = conventions.signature_code(signature)
    conventions.sign(signature=signature, code=code, acteur=acteur)
    with pytest.raises(SignatureRefusee, match="déjà faite"):
        conventions.sign(signature=signature, code=code, acteur=acteur)
    assert Evenement.objects.filter(verbe="convention.signature").count() == 1


@pytest.mark.regle("R23")
def test_given_the_code_of_the_other_party_or_of_another_person_when_signing_then_it_is_refused() -> None:
    convention = fabriques.convention_a_signer()
    code_porteur = conventions.signature_code(code_demande(convention)[0])
    fabriques.signer(convention, PORTEUR)
    une, autre = fabriques.direction(), fabriques.direction()
    signature, _ = code_demande(convention, GEN, une)
    with pytest.raises(SignatureRefusee, match="pas le bon"):
        conventions.sign(signature=signature, code=code_porteur, acteur=une)
    with pytest.raises(SignatureRefusee, match="autre personne"):
        conventions.sign(signature=signature, code=conventions.signature_code(signature), acteur=autre)
    assert convention.signatures.filter(signee_le__isnull=True).count() == 1


# --- Who signs, in which order ---------------------------------------------------------------
@pytest.mark.regle("R23")
def test_given_the_porteur_has_not_signed_when_gen_signs_then_it_is_refused() -> None:
    convention = fabriques.convention_a_signer()
    with pytest.raises(SignatureRefusee, match="signe en premier"):
        fabriques.signer(convention, GEN)


@pytest.mark.regle("R23")
def test_given_somebody_else_when_signing_then_it_is_refused() -> None:
    convention = fabriques.convention_a_signer()
    refuses = {
        PORTEUR: [
            comptes.membre(convention.structure),
            comptes.utilisateur(),
            fabriques.direction(),
            comptes.utilisateur("instructeur"),
        ],
        GEN: [candidatures.responsable_de(convention.structure), fabriques.membre_comite()],
    }
    for partie, personnes in refuses.items():
        for personne in personnes:
            with pytest.raises(ActeurRefuse):
                fabriques.signer(convention, partie, personne)


def test_given_a_direction_without_function_or_a_representative_without_address_then_no_code_leaves() -> None:
    convention = fabriques.convention_a_signer()
    SignatureConvention.objects.filter(partie=PORTEUR).update(courriel="")
    with pytest.raises(SignatureRefusee, match="courriel du représentant"):
        code_demande(convention)
    SignatureConvention.objects.filter(partie=PORTEUR).update(courriel="p@exemple.example")
    fabriques.signer(convention, PORTEUR)
    with pytest.raises(SignatureRefusee, match="fonction"):
        fabriques.signer(convention, GEN, fabriques.direction(fonction=""))


def test_given_a_document_not_made_yet_when_signing_then_it_is_refused() -> None:
    convention = fabriques.convention_a_signer(pret=False)
    with pytest.raises(SignatureRefusee, match="en préparation"):
        fabriques.signer(convention)


@pytest.mark.regle("R22", "R23")
def test_given_both_signatures_then_each_keeps_the_hash_and_the_label_is_active_for_three_years() -> None:
    convention = fabriques.convention_a_signer()
    fabriques.signer(convention, PORTEUR)
    convention.refresh_from_db()
    assert (convention.etat, convention.debut, Label.objects.count()) == ("A_SIGNER", None, 0)

    fabriques.signer(convention, GEN)

    convention.refresh_from_db()
    label = Label.objects.get()
    assert (convention.etat, convention.debut, convention.fin) == (
        "SIGNEE",
        date(2021, 9, 20),
        date(2024, 9, 19),
    )
    assert (label.etat, label.debut, label.fin) == ("ACTIF", convention.debut, convention.fin)
    hachages = set(convention.signatures.values_list("document_sha256", flat=True))
    assert hachages == {convention.document.fichier.sha256}
    signees = convention.document_signe.donnees["signatures"]
    assert [ligne["partie"] for ligne in signees] == ["Le porteur de projet", "La Grande École du Numérique"]
    assert Document.objects.filter(genre="labellisation.attestation", sujet_id=label.pk).count() == 1
    assert Evenement.objects.filter(verbe="label.actif").count() == 1


@pytest.mark.regle("R22")
@pytest.mark.parametrize(
    ("debut", "fin"),
    [
        (date(2021, 9, 20), date(2024, 9, 19)),
        (date(2024, 2, 28), date(2027, 2, 27)),
        (date(2024, 2, 29), date(2027, 2, 28)),
        (date(2024, 3, 1), date(2027, 2, 28)),
        (date(2021, 3, 1), date(2024, 2, 29)),
        (date(2022, 1, 1), date(2024, 12, 31)),
    ],
)
def test_given_the_day_of_the_last_signature_then_three_years_end_on_the_eve(debut: date, fin: date) -> None:
    assert last_day(debut) == fin


@pytest.mark.regle("R22")
def test_given_the_last_signature_after_midnight_in_paris_then_the_label_begins_on_the_paris_day() -> None:
    convention = fabriques.convention_a_signer()
    fabriques.signer(convention, PORTEUR)
    with time_machine.travel("2021-09-30T22:30:00+00:00", tick=False):
        fabriques.signer(convention, GEN)
    assert Label.objects.get().debut == date(2021, 10, 1)


# --- The link of the legal representative ----------------------------------------------------
@pytest.mark.regle("R23")
def test_given_the_link_of_the_invitation_then_one_signs_without_an_account() -> None:
    convention = fabriques.convention_a_signer()
    invitation = Courriel.objects.get(gabarit="labellisation_convention_a_signer")
    assert invitation.email == "presidence@alpes.example"
    url = reverse(
        "labellisation:signer-lien", args=[conventions.signature_link(fabriques.signature_de(convention))]
    )
    assert url in invitation.texte
    client = Client()
    page = client.get(url)
    assert page.status_code == 200
    assert "Amina Lefebvre" in page.content.decode()
    fichier = client.get(url + "document/")
    assert fichier.status_code == 200
    # Read to its end, the test client closes the file itself, without the database's connection.
    assert b"".join(fichier.streaming_content).startswith(b"%PDF")

    client.post(url, {"acte": "code"})
    code = conventions.signature_code(fabriques.signature_de(convention))
    sans_case = client.post(url, {"acte": "signer", "code": code})
    assert sans_case.status_code == 422
    mauvais = client.post(url, {"acte": "signer", "code": faux(code), "lu": "on"})
    assert mauvais.status_code == 422
    assert "pas le bon" in mauvais.content.decode()
    assert client.post(url, {"acte": "signer", "code": code, "lu": "on"}).status_code == 302
    signature = fabriques.signature_de(convention)
    assert (signature.signee_le, signature.adresse_ip) == (horloge.now(), "127.0.0.1")
    evenement = Evenement.objects.get(verbe="convention.signature")
    assert (evenement.acteur_genre, evenement.acteur_id) == (
        "labellisation.signatureconvention",
        signature.pk,
    )
    assert "Vous avez signé" in client.get(url).content.decode()


@pytest.mark.regle("R23")
def test_given_a_forged_link_then_404() -> None:
    convention = fabriques.convention_a_signer()
    signature = fabriques.signature_de(convention)
    bon = conventions.signature_link(signature)
    forges = [
        bon[:-1] + ("a" if bon[-1] != "a" else "b"),
        signing.dumps(str(signature.pk), salt="autre"),
        conventions.signature_link(SignatureConvention(pk=convention.pk)),
        "n’importe-quoi",
    ]
    client = Client()
    assert client.get(reverse("labellisation:signer-lien", args=[bon])).status_code == 200
    for jeton in forges:
        assert client.get(reverse("labellisation:signer-lien", args=[jeton])).status_code == 404
        assert client.get(reverse("labellisation:signer-document", args=[jeton])).status_code == 404
        assert client.post(reverse("labellisation:signer-lien", args=[jeton])).status_code == 404


@pytest.mark.regle("R23")
def test_given_the_link_of_gen_s_signature_then_it_does_not_exist() -> None:
    convention = fabriques.convention_a_signer()
    fabriques.signer(convention, PORTEUR)
    jeton = conventions.signature_link(fabriques.signature_de(convention, GEN))
    assert Client().get(reverse("labellisation:signer-lien", args=[jeton])).status_code == 404


# --- The label -------------------------------------------------------------------------------
@pytest.mark.regle("R24")
def test_given_a_condition_then_the_label_is_conditional_until_it_is_lifted() -> None:
    label = fabriques.label_sous_condition()
    assert (label.etat, label.condition, label.condition_avant) == (
        "CONDITIONNEL",
        "Obtenir la certification Qualiopi",
        date(2021, 12, 19),
    )
    assert public_status(label) == "conditionnel"
    with pytest.raises(ActeurRefuse):
        lift_condition(label=label, acteur=comptes.utilisateur("instructeur"), **PREUVE)
    lift_condition(label=label, acteur=fabriques.direction(), **PREUVE)
    assert (label.etat, public_status(label)) == ("ACTIF", "valide")
    with pytest.raises(ErreurMetier):
        lift_condition(label=label, acteur=fabriques.direction(), **PREUVE)


@pytest.mark.regle("R22")
def test_given_a_label_then_the_public_reads_valid_expired_or_withdrawn_by_the_day() -> None:
    label = fabriques.label_actif()
    assert public_status(label) == "valide"
    assert public_status(label, label.fin) == "valide"
    assert public_status(label, label.fin + timedelta(days=1)) == "expire"
    with pytest.raises(ActeurRefuse):
        withdraw_label(label=label, acteur=candidatures.responsable_de(label.structure), motifs="x")
    withdraw_label(label=label, acteur=fabriques.direction(), motifs="Manquement.")
    assert (label.etat, label.retire_le) == ("RETIRE", horloge.now())
    assert public_status(label) == "retire"
    assert public_status(label, label.fin + timedelta(days=1)) == "retire"


@pytest.mark.regle("R22")
def test_given_families_of_two_versions_when_the_label_is_made_then_it_has_the_dossier_s_own() -> None:
    convention = fabriques.convention_a_signer()
    choisie = convention.candidature.sectionformation.famille
    FamilleMetier.objects.create(version="2030", code=choisie.code, libelle="Autre version", ordre=1)
    label = fabriques.convention_signee(convention).label
    assert label.famille == choisie
    assert activate_label(convention=convention) == label


def test_given_a_code_then_it_is_easy_to_read_and_found_again_however_typed() -> None:
    code = new_code()
    assert normalize_code(code.lower().replace("-", " ")) == code
    assert not set(code) & set("01ILOU".replace("U", ""))


# --- Who sees, and the database --------------------------------------------------------------
def test_given_a_convention_then_its_structure_and_the_direction_see_it_nobody_else() -> None:
    convention = fabriques.convention_signee()
    autre = comptes.utilisateur()
    comptes.structure(autre)
    personnes = {
        "responsable": candidatures.responsable_de(convention.structure),
        "contributeur": comptes.membre(convention.structure),
        "direction": fabriques.direction(),
        "autre": autre,
        "comité": fabriques.membre_comite(),
        "instructeur": comptes.utilisateur("instructeur"),
    }
    vues = {nom: Convention.objects.visible_to(p).exists() for nom, p in personnes.items()}
    assert {nom for nom, vue in vues.items() if vue} == {"responsable", "contributeur", "direction"}
    labels = {nom: Label.objects.visible_to(p).exists() for nom, p in personnes.items()}
    assert {nom for nom, vu in labels.items() if vu} == {
        "responsable",
        "contributeur",
        "direction",
        "instructeur",
    }


@pytest.mark.parametrize(
    "valeurs",
    [{"etat": "SIGNEE"}, {"debut": date(2021, 1, 1)}, {"etat": "RESILIEE"}, {"resiliee_le": "now"}],
)
def test_given_a_convention_without_the_dates_of_its_state_then_the_database_refuses(
    valeurs: dict[str, Any],
) -> None:
    convention = fabriques.convention_a_signer(pret=False)
    ecrites = {champ: horloge.now() if valeur == "now" else valeur for champ, valeur in valeurs.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        Convention.objects.filter(pk=convention.pk).update(**ecrites)


@pytest.mark.parametrize(
    "valeurs",
    [
        {"etat": "RETIRE"},
        {"retire_le": "now"},
        {"etat": "CONDITIONNEL"},
        {"fin": date(2021, 9, 20)},
    ],
)
def test_given_a_label_that_makes_no_sense_then_the_database_refuses(valeurs: dict[str, Any]) -> None:
    label = fabriques.label_actif()
    ecrites = {champ: horloge.now() if valeur == "now" else valeur for champ, valeur in valeurs.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        Label.objects.filter(pk=label.pk).update(**ecrites)


def test_given_a_signature_without_the_hash_of_what_was_signed_then_the_database_refuses() -> None:
    convention = fabriques.convention_a_signer(pret=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        convention.signatures.update(signee_le=horloge.now())


def test_given_a_favourable_nature_then_it_gives_a_convention() -> None:
    from labellisation.cycle import FAVORABLES

    assert set(FAVORABLES) == {NatureDecision.LABELLISEE, NatureDecision.LABELLISEE_SOUS_CONDITION}
