"""Decided is not announced; two persons announce; one letter each, whatever crashes (R18, R37, R39)."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse

from candidatures.domain import chronologie
from candidatures.domain.affectations import declare_interest
from candidatures.domain.depot import withdraw_candidature
from candidatures.models import Candidature
from comptes.models import Appartenance
from labellisation.domain import mentions, notification
from labellisation.domain.decision import NotificationRefusee, notify_decision, take_decision
from labellisation.domain.textes import load_text
from labellisation.models import Convention, Decision, Seance
from socle import documents, horloge, travaux
from socle.erreurs import ActeurRefuse, TransitionRefusee
from socle.models import Courriel, Document, Evenement, Travail
from tests.candidatures import fabriques as candidatures
from tests.comptes import fabriques as comptes
from tests.labellisation import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lundi")]


CHANGEANT = re.compile(r"nonce=\S+|\b[A-Za-z0-9]{64}\b|(?<=· )[0-9a-f-]{36}|(?<=%20)[0-9a-f-]{36}")


def client_de(personne: Any) -> Client:
    """Return a client signed in as this person."""
    client = Client()
    client.force_login(personne, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def texte(client: Client, url: str) -> str:
    """Return a page without what changes at each request: tokens, nonces, the request's own id."""
    page = client.get(url)
    assert page.status_code == 200, url
    return CHANGEANT.sub("", page.content.decode())


def vu_du_porteur(candidature: Candidature) -> dict[str, str]:
    """Return everything the porteur reads: its pages, its timeline, its files, its mail."""
    porteur = candidatures.responsable_de(candidature.structure)
    client = client_de(porteur)
    pages = {
        "accueil": "/",
        "liste": reverse("candidatures:liste"),
        "dossier": reverse("candidatures:dossier", args=[candidature.pk]),
        "conventions": reverse("labellisation:conventions"),
    }
    moments = chronologie.timeline(candidature)
    lisibles = [
        document.titre for document in Document.objects.all() if documents.may_read(porteur, document)
    ]
    return {
        **{nom: texte(client, url) for nom, url in pages.items()},
        "moments": str([moment.phrase for moment in moments]),
        "documents": str(sorted(lisibles)),
        "courriels": str(
            sorted(Courriel.objects.filter(email=porteur.email).values_list("objet", flat=True))
        ),
    }


# --- Decided is not announced ----------------------------------------------------------------
@pytest.mark.regle("R37", "R39")
@pytest.mark.parametrize("nature", ["LABELLISEE", "LABELLISEE_SOUS_CONDITION", "REFUSEE", "AJOURNEE"])
def test_given_a_decision_taken_then_gen_sees_it_and_nothing_of_the_porteur_s_changes_until_the_notification(
    nature: str,
) -> None:
    load_text()
    candidature = fabriques.dossier_note()
    seance = fabriques.seance_ouverte([candidature])
    avant = vu_du_porteur(candidature)

    decision = fabriques.decider(fabriques.inscription_de(seance), nature, **fabriques.condition_de(nature))
    from labellisation.domain.seance import close_seance

    close_seance(seance=seance, acteur=fabriques.direction())

    # It exists, for GEN and for the committee.
    page_direction = texte(
        client_de(fabriques.direction()), reverse("labellisation:notifier", args=[seance.pk])
    )
    assert candidature.reference in page_direction
    assert decision.get_nature_display() in page_direction
    membre = fabriques.membres_de(seance)[0]
    assert decision.get_nature_display() in texte(
        client_de(membre), reverse("labellisation:seance", args=[seance.pk])
    )
    # For the porteur, not a sign of it.
    pendant = vu_du_porteur(candidature)
    assert [nom for nom in avant if pendant[nom] != avant[nom]] == []

    fabriques.notifier(seance)

    apres = vu_du_porteur(candidature)
    differents = {nom for nom, valeur in apres.items() if valeur != avant[nom]}
    assert {"liste", "dossier", "moments", "documents", "courriels"} <= differents
    assert "Décision notifiée" in apres["moments"]
    assert "Lettre de décision" in apres["dossier"]


@pytest.mark.regle("R39")
def test_given_a_decision_taken_then_its_letter_opens_to_gen_only_and_to_the_porteur_once_notified() -> None:
    decision = fabriques.decision_prise("REFUSEE")
    porteur = candidatures.responsable_de(decision.candidature.structure)
    autre = comptes.utilisateur()
    comptes.structure(autre)
    lie, instructeur = fabriques.direction(), comptes.utilisateur("instructeur")
    declare_interest(personne=lie, candidature=decision.candidature)
    lecteurs = {
        "direction": fabriques.direction(),
        "direction liée": lie,
        "instructeur": instructeur,
        "porteur": porteur,
        "autre structure": autre,
        "comité": fabriques.membre_comite(),
    }

    def lit() -> set[str]:
        return {
            nom
            for nom, personne in lecteurs.items()
            if personne.has_perm("labellisation.read_decision", decision)
        }

    assert lit() == {"direction", "instructeur"}
    notify_decision(
        decision=decision, acteur=fabriques.direction(), signataire_nom="A", signataire_qualite="B"
    )
    assert lit() == {"direction", "instructeur", "porteur"}

    url = reverse("socle:document", args=[decision.lettre_id])
    assert client_de(porteur).get(url).status_code == 200
    assert client_de(autre).get(url).status_code == 404
    assert client_de(lie).get(url).status_code == 404


# --- Two persons -----------------------------------------------------------------------------
@pytest.mark.regle("R39")
def test_given_the_person_who_prepared_when_confirming_then_another_one_is_asked_for() -> None:
    seance = fabriques.seance_close(["REFUSEE"])
    une, autre = fabriques.direction(), fabriques.direction(prenom="Marc", nom="Dupré", fonction="Directeur")
    notification.prepare_notification(seance=seance, acteur=une)
    with pytest.raises(ActeurRefuse, match="autre personne"):
        notification.confirm_notification(seance=seance, acteur=une)
    assert not Travail.objects.filter(genre=notification.GENRE_TRAVAIL).exists()

    notification.confirm_notification(seance=seance, acteur=autre)
    travail = Travail.objects.get(genre=notification.GENRE_TRAVAIL)
    assert travaux.run(travail.pk) is True
    decision = Decision.objects.get()
    assert (decision.etat, decision.signataire_nom, decision.signataire_qualite) == (
        "NOTIFIEE",
        "Marc Dupré",
        "Directeur",
    )


@pytest.mark.regle("R39")
@pytest.mark.parametrize("champ", ["prenom", "nom", "fonction"])
def test_given_a_signatory_without_name_or_function_when_confirming_then_it_is_refused(champ: str) -> None:
    seance = fabriques.seance_close(["REFUSEE"])
    notification.prepare_notification(seance=seance, acteur=fabriques.direction())
    incomplet = fabriques.direction()
    setattr(incomplet, champ, "")
    with pytest.raises(NotificationRefusee, match="Complétez"):
        notification.confirm_notification(seance=seance, acteur=incomplet)
    with pytest.raises(NotificationRefusee, match="signataire"):
        notify_decision(
            decision=Decision.objects.get(), acteur=incomplet, signataire_nom=" ", signataire_qualite="X"
        )
    assert Decision.objects.get().etat == "PRISE"


@pytest.mark.regle("R39")
def test_given_a_seance_not_closed_or_nothing_left_or_not_prepared_then_it_is_refused() -> None:
    direction = fabriques.direction()
    ouverte = fabriques.seance_ouverte()
    with pytest.raises(TransitionRefusee, match="close"):
        notification.prepare_notification(seance=ouverte, acteur=direction)
    close = fabriques.seance_close(["REFUSEE"])
    with pytest.raises(NotificationRefusee, match="pas préparée"):
        notification.confirm_notification(seance=close, acteur=direction)
    fabriques.notifier(close)
    with pytest.raises(NotificationRefusee, match="n’attend"):
        notification.prepare_notification(seance=close, acteur=direction)
    with pytest.raises(NotificationRefusee, match="notifiées"):
        notification.confirm_notification(seance=close, acteur=direction)


@pytest.mark.parametrize("role", ["comite", "instructeur", "administrateur"])
def test_given_another_role_when_notifying_then_it_is_refused(role: str) -> None:
    seance = fabriques.seance_close(["REFUSEE"])
    personne = comptes.utilisateur(role, fonction="X")
    with pytest.raises(ActeurRefuse):
        notification.prepare_notification(seance=seance, acteur=personne)
    notification.prepare_notification(seance=seance, acteur=fabriques.direction())
    with pytest.raises(ActeurRefuse):
        notification.confirm_notification(seance=seance, acteur=personne)
    with pytest.raises(ActeurRefuse):
        notify_decision(
            decision=Decision.objects.get(), acteur=personne, signataire_nom="A", signataire_qualite="B"
        )


# --- One letter each -------------------------------------------------------------------------
def lettres() -> list[str]:
    """Return the recipients of the letters' e-mails."""
    return sorted(Courriel.objects.filter(gabarit="labellisation_decision").values_list("email", flat=True))


@pytest.mark.regle("R39")
def test_given_a_notification_that_breaks_in_the_middle_when_run_again_then_each_has_one_letter(
    monkeypatch: pytest.MonkeyPatch, lundi: Any
) -> None:
    load_text()
    seance = fabriques.seance_close(["LABELLISEE", "REFUSEE", "AJOURNEE"])
    attendus = sorted(
        candidatures.responsable_de(decision.candidature.structure).email
        for decision in Decision.objects.all()
    )
    notification.prepare_notification(seance=seance, acteur=fabriques.direction())
    notification.confirm_notification(seance=seance, acteur=fabriques.direction())
    travail = Travail.objects.get(genre=notification.GENRE_TRAVAIL)
    vraie = notify_decision
    appels: list[Any] = []

    def killed_at_the_second(**kwargs: Any) -> Decision:
        appels.append(kwargs["decision"].pk)
        decision = vraie(**kwargs)
        if len(appels) == 2:
            raise KeyboardInterrupt
        return decision

    with monkeypatch.context() as patch:
        patch.setattr(notification, "notify_decision", killed_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            travaux.run(travail.pk)
    assert Decision.objects.filter(etat="NOTIFIEE").count() == 2

    # The worker is dead: its lease runs out, and the sweep runs the job again, twice.
    assert travaux.run(travail.pk) is False
    lundi.shift(timedelta(seconds=travaux.lease_of(notification.GENRE_TRAVAIL) + 1))
    assert travaux.run(travail.pk) is True
    assert travaux.run(travail.pk) is False

    assert not Decision.objects.exclude(etat="NOTIFIEE").exists()
    assert lettres() == attendus
    assert Document.objects.filter(genre="labellisation.lettre").count() == 3
    assert Convention.objects.count() == 1
    assert Evenement.objects.filter(verbe="decision.notifiee").count() == 3


@pytest.mark.regle("R39")
def test_given_one_decision_that_cannot_be_announced_then_the_others_are_and_the_job_tries_again() -> None:
    # No text of convention is loaded: the favourable one fails, the refusal does not.
    seance = fabriques.seance_close(["LABELLISEE", "REFUSEE"])
    notification.prepare_notification(seance=seance, acteur=fabriques.direction())
    notification.confirm_notification(seance=seance, acteur=fabriques.direction())
    travail = Travail.objects.get(genre=notification.GENRE_TRAVAIL)

    assert travaux.run(travail.pk) is False
    assert sorted(Decision.objects.values_list("nature", "etat")) == [
        ("LABELLISEE", "PRISE"),
        ("REFUSEE", "NOTIFIEE"),
    ]
    travail.refresh_from_db()
    assert travail.etat == Travail.Etat.ECHEC
    assert "texte de convention" in travail.erreur

    load_text()
    Travail.objects.filter(pk=travail.pk).update(
        etat=Travail.Etat.MORT, essais=5, termine_le=horloge.real_now()
    )
    notification.confirm_notification(seance=Seance.objects.get(), acteur=fabriques.direction())
    assert travaux.run(travail.pk) is True
    assert not Decision.objects.exclude(etat="NOTIFIEE").exists()
    assert len(lettres()) == 2


@pytest.mark.regle("R39")
def test_given_a_decision_already_announced_when_announced_again_then_it_is_refused() -> None:
    decision = fabriques.decision_prise("REFUSEE")
    direction = fabriques.direction()
    for attendu in (None, TransitionRefusee):
        acte = {"decision": decision, "acteur": direction, "signataire_nom": "A", "signataire_qualite": "B"}
        if attendu is None:
            notify_decision(**acte)
        else:
            with pytest.raises(attendu):
                notify_decision(**acte)
    assert len(lettres()) == 1


@pytest.mark.regle("R36", "R39")
def test_given_the_preview_then_it_counts_by_nature_names_who_has_no_address_and_hides_a_conflict() -> None:
    seance = fabriques.seance_close(["REFUSEE", "REFUSEE", "AJOURNEE"])
    direction = fabriques.direction()
    premiere = Decision.objects.filter(nature="REFUSEE").first()
    assert premiere is not None
    Appartenance.objects.filter(structure=premiere.candidature.structure).update(role="contributeur")

    apercu = notification.preview(seance, direction)
    assert apercu.par_nature == {"Non labellisée": 2, "Ajournée": 1}
    assert apercu.total == 3
    assert apercu.sans_courriel == [premiere.candidature.reference]

    declare_interest(personne=direction, candidature=premiere.candidature)
    masque = notification.preview(seance, direction)
    assert (masque.par_nature, masque.sans_courriel) == ({"Non labellisée": 1, "Ajournée": 1}, [])


# --- Withdrawal ------------------------------------------------------------------------------
@pytest.mark.regle("R37", "R39")
def test_given_a_decision_not_announced_when_the_dossier_is_withdrawn_then_it_lapses() -> None:
    seance = fabriques.seance_close(["LABELLISEE"])
    candidature = Candidature.objects.get()
    withdraw_candidature(candidature=candidature, acteur=candidatures.responsable_de(candidature.structure))

    decision = Decision.objects.get()
    assert (decision.etat, decision.notifiee_le) == ("CADUQUE", None)
    with pytest.raises(NotificationRefusee):
        notification.prepare_notification(seance=seance, acteur=fabriques.direction())
    with pytest.raises(TransitionRefusee):
        notify_decision(
            decision=decision, acteur=fabriques.direction(), signataire_nom="A", signataire_qualite="B"
        )
    assert "Décision" not in vu_du_porteur(candidature)["moments"]
    assert lettres() == []


@pytest.mark.regle("R39")
def test_given_an_announced_decision_when_withdrawing_then_it_is_refused() -> None:
    decision = fabriques.decision_prise("REFUSEE")
    notify_decision(
        decision=decision, acteur=fabriques.direction(), signataire_nom="A", signataire_qualite="B"
    )
    candidature = Candidature.objects.get()
    with pytest.raises(TransitionRefusee):
        withdraw_candidature(
            candidature=candidature, acteur=candidatures.responsable_de(candidature.structure)
        )


# --- Inadmissibility, outside a séance -------------------------------------------------------
@pytest.mark.regle("R18")
def test_given_an_inadmissibility_then_its_letter_has_grounds_criteria_signatory_and_remedies() -> None:
    candidature = candidatures.dossier_depose()
    instructeur = candidatures.instructeur(candidature)
    decision = take_decision(
        candidature=candidature,
        nature="IRRECEVABLE",
        motifs="La durée est de 310 heures, pour 400 demandées.",
        criteres=[3, 1],
        acteur=instructeur,
    )
    notify_decision(
        decision=decision,
        acteur=fabriques.direction(),
        signataire_nom="Hélène Marchand",
        signataire_qualite="Directrice générale",
    )

    candidature.refresh_from_db()
    assert candidature.issue_notifiee == "IRRECEVABLE"
    donnees = Decision.objects.get().lettre.donnees
    assert donnees["criteres"] == [
        {"numero": 1, "intitule": "Critère 1."},
        {"numero": 3, "intitule": "Critère 3."},
    ]
    html = documents.to_html(Decision.objects.get().lettre)
    for attendu in (
        "La durée est de 310 heures",
        "Hélène Marchand",
        "Directrice générale",
        "tribunal administratif",
        "recours gracieux",
        "L.\u00a0411-2",
        "R.\u00a0421-1",
        "deux\u00a0mois",
        "Vu la partie 2.b du cahier des charges",
        "L.\u00a0211-2",
        "Décision du 20\u00a0septembre 2021",
        "69007 Roubaix",
    ):
        assert attendu in html, attendu
    assert "2.c" not in html
    assert "Notes de votre dossier" not in html


@pytest.mark.regle("R18", "R21")
@pytest.mark.parametrize(("nature", "notes"), [("REFUSEE", True), ("AJOURNEE", False), ("LABELLISEE", False)])
def test_given_a_seance_s_decision_then_its_letter_has_grounds_in_law_and_a_refused_one_its_notes(
    nature: str, notes: bool
) -> None:
    load_text()
    dossier = fabriques.dossier_note(612, notes=[700, 650, 600, 550, 500, 625])
    fabriques.notifier(fabriques.seance_close([nature], [dossier]))
    html = documents.to_html(Decision.objects.get().lettre).replace("\u00a0", " ")
    for attendu in (
        "Vu l’appel à labellisation « Appel à labellisation 2021 », ouvert le 20 mai 2021",
        "Vu la partie 2.c du cahier des charges",
        f"Vu la candidature {dossier.reference}, déposée le 20 septembre 2021",
        "Vu la délibération du comité de labellisation, « Séance du relevé 2 »",
        "Décision du 20 septembre 2021",
        "Dupré",
        "dans les deux mois qui suivent",
    ):
        assert attendu in html, attendu
    assert ("Score retenu&nbsp;: 6,12" in html) is notes
    assert ("<td>5,50</td>" in html) is notes


def test_given_a_blank_sentence_of_the_letter_then_the_portal_does_not_start(tmp_path: Path) -> None:
    texte = mentions.FICHIER.read_text(encoding="utf-8")
    vide = tmp_path / "lettre.toml"
    vide.write_text(re.sub(r'conclusion = ".*"', 'conclusion = " "', texte), encoding="utf-8")
    with pytest.raises(ImproperlyConfigured, match=r"recours\.conclusion"):
        mentions.sentences(vide)


@pytest.mark.regle("R18")
def test_given_another_role_when_deciding_an_inadmissibility_then_it_is_refused() -> None:
    candidature = candidatures.dossier_depose()
    for personne in (fabriques.membre_comite(), candidatures.responsable_de(candidature.structure)):
        with pytest.raises(ActeurRefuse):
            take_decision(candidature=candidature, nature="IRRECEVABLE", motifs="Non.", acteur=personne)
    assert not Decision.objects.exists()
