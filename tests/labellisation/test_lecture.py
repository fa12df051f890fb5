"""The proof of reading of a letter: the first opening by a member of the porteur, once (R18, R39)."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from labellisation.domain.decision import acknowledge_letter, version_of
from labellisation.models import Decision
from socle import courriels, horloge, lectures
from socle.models import Courriel, Evenement
from tests.candidatures import fabriques as candidatures
from tests.comptes import fabriques as comptes
from tests.labellisation import fabriques
from tests.labellisation.test_annexes import connecte
from tests.socle.fils import Fil

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lundi")]


def lettre_prete() -> Decision:
    """Return a refused decision, notified, whose letter is made."""
    fabriques.notifier(fabriques.seance_close(["REFUSEE"]))
    decision = Decision.objects.select_related("lettre", "candidature__structure").get()
    fabriques.produire(decision.lettre)
    return decision


def ouvrir(client: Client, decision: Decision) -> int:
    """Open a letter and read it to its end: the test client then closes the file itself."""
    reponse = client.get(decision.lettre.url)
    if reponse.status_code == 200:
        assert b"".join(reponse.streaming_content).startswith(b"%PDF")
    return reponse.status_code


def lectures_notees(decision: Decision) -> int:
    """Count the openings in the journal."""
    return Evenement.objects.filter(verbe="decision.lettre_ouverte", sujet_id=decision.pk).count()


@pytest.mark.regle("R18", "R39")
def test_given_a_member_of_the_porteur_when_the_letter_is_opened_twice_then_the_first_instant_is_kept(
    lundi: Any,
) -> None:
    decision = lettre_prete()
    porteur = candidatures.responsable_de(decision.candidature.structure)
    courriel = Courriel.objects.get(gabarit="labellisation_decision", destinataire_id=porteur.pk)
    client = connecte(porteur)
    client.head(decision.lettre.url)
    decision.refresh_from_db()
    assert decision.lettre_lue_le is None

    premiere = horloge.now()
    assert ouvrir(client, decision) == 200
    lundi.shift(3600)
    assert ouvrir(client, decision) == 200

    decision.refresh_from_db()
    courriel.refresh_from_db()
    assert (decision.lettre_lue_le, courriel.lu_le) == (premiere, premiere)
    evenement = Evenement.objects.get(verbe="decision.lettre_ouverte", sujet_id=decision.pk)
    assert (evenement.instant, evenement.acteur_id) == (premiere, porteur.pk)


@pytest.mark.regle("R39")
def test_given_two_members_then_the_letter_is_opened_once_and_each_has_read_an_e_mail_of_their_own() -> None:
    structure = comptes.structure()
    second = comptes.membre(structure, "responsable")
    dossier = fabriques.dossier_note(structure=structure)
    fabriques.notifier(fabriques.seance_close(["REFUSEE"], [dossier]))
    decision = Decision.objects.get()
    fabriques.produire(decision.lettre)
    premier = next(
        ligne.utilisateur for ligne in structure.appartenances.all() if ligne.utilisateur_id != second.pk
    )
    lus = Courriel.objects.filter(gabarit="labellisation_decision", lu_le__isnull=False)
    for rang, personne in enumerate((premier, second), start=1):
        ouvrir(connecte(personne), decision)
        assert lus.count() == rang
    assert lectures_notees(decision) == 1


@pytest.mark.regle("R18")
@pytest.mark.parametrize("qui", ["direction", "instructeur", "etranger", "membre et comité"])
def test_given_anybody_else_when_the_letter_is_opened_then_nothing_is_noted(qui: str) -> None:
    decision = lettre_prete()
    personne = {
        "direction": fabriques.direction,
        "instructeur": lambda: candidatures.instructeur(decision.candidature),
        "etranger": comptes.utilisateur,
        "membre et comité": lambda: membre_du_comite_et_de(decision.candidature.structure),
    }[qui]()
    assert ouvrir(connecte(personne), decision) == (404 if qui == "etranger" else 200)
    decision.refresh_from_db()
    assert decision.lettre_lue_le is None
    assert lectures_notees(decision) == 0
    assert not Courriel.objects.filter(lu_le__isnull=False).exists()


def membre_du_comite_et_de(structure: Any) -> Any:
    """Return a committee member who is also a member of the structure."""
    personne = comptes.membre(structure)
    comptes.domain.grant_role(acteur=comptes.SYSTEME, utilisateur=personne, role="comite")
    personne.forget_roles()
    return personne


@pytest.mark.regle("R18")
def test_given_a_mode_that_only_looks_when_it_shuts_the_one_door_then_nothing_is_noted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decision = lettre_prete()
    client = connecte(candidatures.responsable_de(decision.candidature.structure))
    with monkeypatch.context() as patch:
        patch.setattr(lectures, "note_opening", lambda request, document: None)
        assert ouvrir(client, decision) == 200
    assert lectures_notees(decision) == 0
    ouvrir(client, decision)
    assert lectures_notees(decision) == 1


@pytest.mark.regle("R18")
@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_given_two_clicks_at_once_then_one_opening_is_noted() -> None:
    decision = lettre_prete()
    porteur = candidatures.responsable_de(decision.candidature.structure)

    def open_letter() -> None:
        acknowledge_letter(decision=Decision.objects.get(pk=decision.pk), lecteur=porteur)

    for fil in [Fil(open_letter), Fil(open_letter)]:
        fil.value()
    assert lectures_notees(decision) == 1


@pytest.mark.regle("R39")
def test_given_letters_sent_then_the_notification_page_says_sent_delivered_and_read() -> None:
    decision = lettre_prete()
    assert decision.inscription is not None
    porteur = candidatures.responsable_de(decision.candidature.structure)
    direction = connecte(fabriques.direction())
    url = reverse("labellisation:notifier", args=[decision.inscription.seance_id])
    assert "à envoyer" in direction.get(url).content.decode()

    courriel = Courriel.objects.get(gabarit="labellisation_decision")
    courriels.deliver(courriel.pk)
    page = direction.get(url).content.decode()
    assert "remis le lundi 20 septembre 2021" in page.replace("\u00a0", " ")
    assert "pas encore lu" in page
    assert "Pas encore ouverte par le porteur" in page

    Courriel.objects.filter(pk=courriel.pk).update(livre_le=horloge.now())
    ouvrir(connecte(porteur), decision)
    page = direction.get(url).content.decode()
    assert "livré le" in page
    assert ", lu le" in page
    assert "Ouverte par le porteur le" in page


@pytest.mark.regle("R39")
def test_given_an_inadmissibility_announced_then_the_committee_s_page_follows_its_letter() -> None:
    candidature = candidatures.dossier_depose()
    from labellisation.domain.recevabilite import declare_irrecevable, record_verdict

    instructeur = candidatures.instructeur(candidature, "RECEVABILITE")
    for critere in range(1, 11):
        record_verdict(
            candidature=candidature,
            critere=critere,
            avis="NON_CONFORME" if critere == 7 else "CONFORME",
            motif="Un reste à charge.",
            instructeur=instructeur,
        )
    declare_irrecevable(candidature=candidature, acteur=instructeur, motifs="Un reste à charge.")
    direction = connecte(fabriques.direction())
    url = reverse("labellisation:comite")
    assert "Irrecevabilités notifiées" not in direction.get(url).content.decode()
    decision = Decision.objects.get()
    direction.post(
        reverse("admin:instruction_decision", args=[decision.candidature_id]),
        {"lue": version_of(decision), "qualite": "Directrice"},
    )
    page = direction.get(url).content.decode()
    assert "Irrecevabilités notifiées" in page
    assert "Pas encore ouverte par le porteur" in page


def test_given_a_letter_not_announced_then_the_database_refuses_its_reading() -> None:
    decision = fabriques.decision_prise("REFUSEE")
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.filter(pk=decision.pk).update(lettre_lue_le=horloge.now())


def test_given_nobody_signed_in_then_the_letter_stays_shut() -> None:
    decision = lettre_prete()
    assert Client().get(decision.lettre.url).status_code in (302, 404)
    assert lectures_notees(decision) == 0
