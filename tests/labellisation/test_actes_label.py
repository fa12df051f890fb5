"""The direction's acts on a label: lift its condition, withdraw it; evidence, e-mails, public page."""

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from labellisation.domain.label import CONDITION, RETRAIT, lift_condition, reasons_of, withdraw_label
from labellisation.models import Label
from socle.erreurs import ActeurRefuse, DonneesInvalides, TransitionRefusee
from socle.models import Courriel, Document, Evenement, Fichier
from tests.candidatures import fabriques as candidatures
from tests.comptes import fabriques as comptes
from tests.labellisation import fabriques
from tests.labellisation.test_annexes import connecte
from tests.labellisation.test_courriels import check_typography

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lundi")]

MOTIFS = "Certificat Qualiopi CQ-77 reçu et vérifié."


def preuve() -> SimpleUploadedFile:
    """Return a certificate."""
    return SimpleUploadedFile("certificat.pdf", candidatures.pdf("Certificat"), "application/pdf")


def page_publique(label: Label) -> str:
    """Return what anybody reads of a label."""
    from django.test import Client

    return Client().get(reverse("pilotage:verification", args=[label.code])).content.decode()


@pytest.mark.regle("R24")
@pytest.mark.parametrize(
    ("valeurs", "champ"),
    [
        ({"motifs": " ", "obtenue_le": date(2021, 9, 20)}, "motifs"),
        ({"motifs": MOTIFS}, "obtenue_le"),
        ({"motifs": MOTIFS, "obtenue_le": date(2021, 9, 21)}, "obtenue_le"),
    ],
)
def test_given_no_reason_or_no_evidence_when_the_condition_is_lifted_then_the_field_says_so(
    valeurs: dict[str, Any], champ: str
) -> None:
    label = fabriques.label_sous_condition()
    with pytest.raises(DonneesInvalides) as refus:
        lift_condition(label=label, acteur=fabriques.direction(), **valeurs)
    assert list(refus.value.erreurs) == [champ]
    label.refresh_from_db()
    assert label.etat == "CONDITIONNEL"


@pytest.mark.regle("R24")
def test_given_a_conditional_label_when_its_condition_is_lifted_on_the_page_then_all_follow() -> None:
    label = fabriques.label_sous_condition()
    assert "Label valide sous condition" in page_publique(label)
    direction = connecte(fabriques.direction())
    convention = reverse("labellisation:convention", args=[label.convention_id])
    url = reverse("labellisation:lever-condition", args=[label.convention_id])
    assert url in direction.get(convention).content.decode()
    assert direction.get(url).status_code == 200

    sans_case = direction.post(url, {"motifs": MOTIFS, "obtenue_le": "2021-09-20"})
    assert sans_case.status_code == 422
    assert "Cochez la case pour confirmer." in sans_case.content.decode()
    sans_preuve = direction.post(url, {"motifs": MOTIFS, "confirme": "on"})
    assert sans_preuve.status_code == 422
    assert "Joignez la preuve" in sans_preuve.content.decode()

    reponse = direction.post(url, {"motifs": MOTIFS, "preuve": preuve(), "confirme": "on"})
    assert reponse.status_code == 302
    label.refresh_from_db()
    assert label.etat == "ACTIF"
    fichier = Fichier.objects.get(proprietaire_id=label.pk, politique="labellisation.preuve")
    assert reasons_of(label, CONDITION) == {"motifs": MOTIFS, "preuve": str(fichier.pk)}
    page = direction.get(convention).content.decode()
    assert MOTIFS in page
    assert url not in page
    assert "Label valide sous condition" not in page_publique(label)
    assert "Label valide" in page_publique(label)

    courriel = Courriel.objects.get(gabarit="labellisation_condition_levee")
    assert courriel.objet.startswith("Condition levée le lundi 20\u00a0septembre 2021")
    assert MOTIFS in courriel.texte
    check_typography(f"{courriel.objet}\n{courriel.texte}")
    attestations = Document.objects.filter(genre="labellisation.attestation", sujet_id=label.pk)
    assert [bool(ligne.donnees["condition"]) for ligne in attestations.order_by("demande_le", "cle")] == [
        True,
        False,
    ]
    evenement = Evenement.objects.get(verbe="label.condition_levee")
    assert MOTIFS not in str(evenement.donnees)
    # Twice is refused, and the page says why.
    assert direction.get(url).status_code == 302
    with pytest.raises(TransitionRefusee):
        lift_condition(label=label, acteur=fabriques.direction(), motifs=MOTIFS, obtenue_le=date(2021, 9, 20))


@pytest.mark.regle("R42")
def test_given_a_label_when_the_direction_withdraws_it_on_the_page_then_all_follow() -> None:
    label = fabriques.label_actif()
    direction = connecte(fabriques.direction())
    url = reverse("labellisation:retirer-label", args=[label.convention_id])
    convention = reverse("labellisation:convention", args=[label.convention_id])
    assert url in direction.get(convention).content.decode()
    vide = direction.post(url, {"motifs": "", "confirme": "on"})
    assert vide.status_code == 422

    motifs = "Mises en demeure restées sans réponse."
    assert direction.post(url, {"motifs": motifs, "confirme": "on"}).status_code == 302
    label.refresh_from_db()
    assert label.etat == "RETIRE"
    assert reasons_of(label, RETRAIT) == {"motifs": motifs}
    assert "Label retiré" in page_publique(label)
    assert motifs not in page_publique(label)
    courriel = Courriel.objects.get(gabarit="labellisation_label_retire")
    check_typography(f"{courriel.objet}\n{courriel.texte}")
    for attendu in (motifs, "tribunal administratif", "deux\u00a0mois", "recours gracieux"):
        assert attendu in courriel.texte
    assert courriel.objet.startswith("Label retiré le lundi 20\u00a0septembre 2021")


@pytest.mark.regle("R24", "R42")
@pytest.mark.parametrize("acte", ["lever-condition", "retirer-label"])
def test_given_anybody_but_the_direction_then_no_act_on_a_label(acte: str) -> None:
    label = fabriques.label_sous_condition()
    url = reverse(f"labellisation:{acte}", args=[label.convention_id])
    attendus = {
        candidatures.responsable_de(label.structure): 403,
        comptes.utilisateur("instructeur"): 403,
        fabriques.membre_comite(): 404,
        comptes.utilisateur(): 404,
    }
    for personne, statut in attendus.items():
        client = connecte(personne)
        assert client.get(url).status_code == statut
        assert client.post(url, {"motifs": "x", "confirme": "on"}).status_code == statut
        page = client.get(reverse("labellisation:convention", args=[label.convention_id]))
        assert url not in page.content.decode()
        with pytest.raises(ActeurRefuse):
            withdraw_label(label=label, acteur=personne, motifs="x")
    label.refresh_from_db()
    assert label.etat == "CONDITIONNEL"
