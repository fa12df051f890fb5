"""One dossier on one screen: evidence that leads to its place, search, files in place, verdicts."""

import io
import json
from typing import Any

import pikepdf
import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from candidatures.domain.affectations import assign, declare_interest, unassign
from candidatures.domain.depot import withdraw_candidature
from candidatures.models import Affectation, Candidature
from comptes.models import Role
from labellisation.domain.recevabilite import VerdictConcurrent, record_verdict
from labellisation.models import Verdict
from socle import apercus, fichiers, horloge
from socle.models import Antivirus, Evenement, Fichier
from tests.candidatures.fabriques import (
    Reponses,
    dossier_depose,
    instructeur,
    responsable_de,
)
from tests.comptes import fabriques as comptes
from tests.labellisation import fabriques
from tests.labellisation.test_admin import adresse, navigateur, texte
from tests.socle.fils import Fil

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lundi")]


def enregistrer(client: Client, candidature: Candidature, critere: int, **donnees: Any) -> Any:
    """Save as the page's script does."""
    return client.post(
        adresse("verdict", candidature.pk, critere),
        {"avis": "CONFORME", "motif": "", "version": 1, "vue": 0, **donnees},
        headers={"accept": "application/json"},
    )


# --- Evidence ------------------------------------------------------------------------------------
@pytest.mark.regle("R15")
def test_given_the_evidence_of_a_pre_check_then_each_link_leads_to_a_place_of_the_page() -> None:
    def mince(contenu: Reponses) -> None:
        contenu["programme"][1][0]["evaluation"] = "Un oral."

    candidature = dossier_depose(change=mince)
    page = texte(navigateur(instructeur(candidature)).get(adresse("dossier", candidature.pk)))
    cibles = [
        morceau.split('"')[0]
        for morceau in page.split('class="gen-renvoi"')[:-1]
        for morceau in [morceau.rsplit('href="#', 1)[1]]
    ]
    assert len(cibles) > 25
    for cible in cibles:
        assert f'id="{cible}"' in page, cible
    assert "lu-structure-nda" in cibles
    assert any(cible.startswith("lu-sessions-") and cible.endswith("-debut") for cible in cibles)
    assert any(cible.startswith("lu-pieces-") for cible in cibles)


def test_given_a_question_that_is_not_asked_then_its_evidence_leads_to_its_section() -> None:
    candidature = dossier_depose()
    page = texte(navigateur(instructeur(candidature)).get(adresse("dossier", candidature.pk)))
    # Not a subcontracted dossier: the question is shown, those that depend on it are not.
    assert 'id="lu-structure-sous_traitance"' in page
    assert 'id="lu-structure-sous_traitant_nda"' not in page


# --- Search --------------------------------------------------------------------------------------
def test_given_words_in_the_address_when_searched_then_hits_are_marked_whatever_accents_and_case() -> None:
    def change(contenu: Reponses) -> None:
        contenu["formation"][0]["pedagogie"] = "Pédagogie ACTIVE & <b>par projets</b>\nau numérique."

    candidature = dossier_depose(change=change)
    client = navigateur(instructeur(candidature))
    page = client.get(
        adresse("dossier", candidature.pk), {"cherche": "pedagogie active & <B>"}
    ).content.decode()
    assert page.count('class="gen-trouve"') == 1
    assert 'id="trouve-1" tabindex="-1">Pédagogie ACTIVE &amp; &lt;b&gt;</mark>par projets' in page
    assert "1\u00a0résultat." in page.replace("&nbsp;", "\u00a0") or "1 résultat." in page
    rien = texte(client.get(adresse("dossier", candidature.pk), {"cherche": "zzzz"}))
    assert "Aucun résultat." in rien
    court = texte(client.get(adresse("dossier", candidature.pk), {"cherche": "é"}))
    assert "Écrivez au moins 2 lettres." in court
    assert "gen-trouve" not in court


# --- Verdicts as one goes --------------------------------------------------------------------------
@pytest.mark.regle("R15")
def test_given_a_verdict_saved_as_one_goes_then_the_answer_says_when_and_what_is_still_missing() -> None:
    candidature = dossier_depose()
    client = navigateur(instructeur(candidature))
    reponse = enregistrer(client, candidature, 3)
    bilan = reponse.json()
    assert reponse.status_code == 200
    assert bilan["heure"] == "10\u00a0h\u00a000"
    assert (bilan["verdict"]["avis"], bilan["verdict"]["version"]) == ("CONFORME", 1)
    assert "1 verdict sur 10." in bilan["suite"].replace("\u00a0", " ").replace("&nbsp;", " ")
    assert 'href="#critere-3"' not in bilan["suite"]
    assert 'href="#critere-4"' in bilan["suite"]


@pytest.mark.regle("R15")
def test_given_a_reason_typed_on_and_on_then_it_is_kept_each_time_and_told_once() -> None:
    candidature = dossier_depose()
    client = navigateur(instructeur(candidature))
    for vue, motif in enumerate(("Trop", "Trop court", "Trop court : 380 heures.")):
        assert (
            enregistrer(client, candidature, 3, avis="NON_CONFORME", motif=motif, vue=vue).status_code == 200
        )
    verdict = Verdict.objects.get()
    assert (verdict.motif, verdict.version) == ("Trop court : 380 heures.", 3)
    assert Evenement.objects.filter(verbe="recevabilite.verdict").count() == 1


@pytest.mark.regle("R15")
def test_given_what_can_t_be_kept_when_saved_as_one_goes_then_each_field_is_told() -> None:
    candidature = dossier_depose()
    client = navigateur(instructeur(candidature))
    reponse = enregistrer(client, candidature, 3, avis="NON_CONFORME", motif=" ")
    assert (reponse.status_code, list(reponse.json()["erreurs"])) == (422, ["motif"])
    assert enregistrer(client, candidature, 3, avis="").json()["erreurs"]["avis"] == [
        "Choisissez un verdict."
    ]
    assert enregistrer(client, candidature, 3, motif="x" * 4001).status_code == 422
    assert enregistrer(client, candidature, 11).status_code == 404
    assert not Verdict.objects.exists()


def hand_over(candidature: Candidature, personne: Any) -> None:
    """Put somebody else in charge of the admissibility."""
    direction = fabriques.direction()
    for charge in Affectation.objects.filter(
        candidature=candidature, tache="RECEVABILITE", retiree_le__isnull=True
    ):
        unassign(affectation=charge, acteur=direction)
    assign(candidature=candidature, instructeur=personne, tache="RECEVABILITE", acteur=direction)


def two_instructors(candidature: Candidature) -> tuple[Client, Client, Any, Any]:
    """Return two browsers whose people judged the same dossier, one after the other."""
    premier, second = instructeur(candidature), instructeur()
    ouvert = navigateur(premier)
    assert ouvert.get(adresse("dossier", candidature.pk)).status_code == 200
    hand_over(candidature, second)
    record_verdict(
        candidature=candidature, critere=3, avis="NON_CONFORME", motif="380 heures.", instructeur=second
    )
    hand_over(candidature, premier)
    return ouvert, navigateur(second), premier, second


@pytest.mark.regle("R15")
def test_given_another_verdict_meanwhile_when_saved_then_both_are_shown_and_nothing_is_written_over() -> None:
    candidature = dossier_depose()
    client, _, premier, second = two_instructors(candidature)
    reponse = enregistrer(client, candidature, 3, vue=0)
    assert reponse.status_code == 409
    assert reponse.json()["conflit"]["par"] == second.nom_complet
    assert reponse.json()["conflit"]["motif"] == "380 heures."
    assert Verdict.objects.get().avis == "NON_CONFORME"
    # The same without a script: the page comes back with both, and a button that takes the place.
    page = client.post(
        adresse("verdict", candidature.pk, 3), {"avis": "CONFORME", "motif": "", "version": 1, "vue": 0}
    )
    assert page.status_code == 409
    lue = texte(page)
    assert "non conforme" in lue
    assert "380 heures." in lue
    assert 'id="avis-3-conforme" value="CONFORME" checked' in lue
    assert 'name="vue" value="1"' in lue
    # The choice: one's own, knowing the other.
    assert enregistrer(client, candidature, 3, vue=1).status_code == 200
    verdict = Verdict.objects.get()
    assert (verdict.avis, verdict.version, verdict.instructeur) == ("CONFORME", 2, premier)


@pytest.mark.regle("R15")
def test_given_the_same_verdict_meanwhile_when_saved_then_there_is_nothing_to_choose() -> None:
    candidature = dossier_depose()
    client, _, _, _ = two_instructors(candidature)
    reponse = enregistrer(client, candidature, 3, avis="NON_CONFORME", motif="380 heures.", vue=0)
    assert reponse.status_code == 200


@pytest.mark.regle("R15")
def test_given_a_lost_answer_when_the_same_leaves_again_then_it_is_done_whatever_ends_its_lines() -> None:
    candidature = dossier_depose()
    client = navigateur(instructeur(candidature))
    motif = "380 heures.\nUne session."
    for envoye in (motif, motif, motif.replace("\n", "\r\n")):
        reponse = enregistrer(client, candidature, 3, avis="NON_CONFORME", motif=envoye, vue=0)
        assert (reponse.status_code, reponse.json()["verdict"]["version"]) == (200, 1)
    assert Verdict.objects.get().motif == motif


@pytest.mark.regle("R15")
def test_given_one_s_own_verdict_of_another_window_then_it_is_not_told_as_somebody_else_s() -> None:
    candidature = dossier_depose()
    hugo = instructeur(candidature)
    client = navigateur(hugo)
    enregistrer(client, candidature, 3, avis="NON_CONFORME", motif="380 heures.")
    bilan = enregistrer(client, candidature, 3).json()
    assert bilan["refus"].startswith("Vous avez, dans une autre fenêtre, enregistré un autre verdict")
    assert bilan["conflit"]["qui"] == str(hugo.pk)
    page = texte(
        client.post(
            adresse("verdict", candidature.pk, 3), {"avis": "CONFORME", "motif": "", "version": 1, "vue": 0}
        )
    )
    assert f'data-qui="{hugo.pk}"' in page
    assert f"<strong>{hugo.nom_complet}</strong>" not in page
    assert "Vous avez, dans une autre fenêtre, enregistré, le" in page


def test_given_an_open_page_then_it_learns_what_others_gave_and_that_the_dossier_went_on() -> None:
    candidature = dossier_depose()
    client, autre, _, second = two_instructors(candidature)
    su = client.get(adresse("avancement", candidature.pk)).json()
    assert (su["etat"], su["depot"], list(su["verdicts"])) == ("DEPOSEE", 1, ["3"])
    assert su["verdicts"]["3"]["par"] == second.nom_complet
    withdraw_candidature(candidature=candidature, acteur=responsable_de(candidature.structure))
    assert client.get(adresse("avancement", candidature.pk)).json()["etat"] == "SANS_SUITE"
    declare_interest(personne=second, candidature=candidature)
    assert autre.get(adresse("avancement", candidature.pk)).status_code == 404


@pytest.mark.regle("R15")
def test_given_the_decision_taken_meanwhile_when_a_verdict_is_saved_then_it_is_refused_whole() -> None:
    candidature = dossier_depose()
    personne = instructeur(candidature)
    client = navigateur(personne)
    for critere in range(1, 11):
        record_verdict(candidature=candidature, critere=critere, avis="CONFORME", instructeur=personne)
    assert client.post(adresse("recevable", candidature.pk)).status_code == 302
    avant = list(Verdict.objects.order_by("critere").values("avis", "motif", "version", "modifie_le"))
    evenements = Evenement.objects.count()
    reponse = enregistrer(client, candidature, 3, avis="NON_CONFORME", motif="Trop court.", vue=1)
    assert reponse.status_code == 409
    assert "déjà décidée" in reponse.json()["refus"]
    sans_script = client.post(
        adresse("verdict", candidature.pk, 3), {"avis": "NON_CONFORME", "motif": "Trop court."}, follow=True
    )
    assert "déjà décidée" in texte(sans_script)
    assert list(Verdict.objects.order_by("critere").values("avis", "motif", "version", "modifie_le")) == avant
    assert Evenement.objects.count() == evenements


# --- What it costs -----------------------------------------------------------------------------------
def cost(act: Any) -> list[str]:
    """Return what an act asks of the base, the bounds of transactions left out."""
    with CaptureQueriesContext(connection) as requetes:
        assert act().status_code == 200
    bornes = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return [un["sql"] for un in requetes.captured_queries if not un["sql"].startswith(bornes)]


def test_given_the_screen_then_it_asks_what_its_budget_allows() -> None:
    candidature = dossier_depose()
    client = navigateur(instructeur(candidature))
    client.get(adresse("dossier", candidature.pk))
    page = cost(lambda: client.get(adresse("dossier", candidature.pk)))
    assert len(page) == 22, "\n".join(page)


def test_given_a_verdict_then_it_asks_what_its_budget_allows() -> None:
    candidature = dossier_depose()
    client = navigateur(instructeur(candidature))
    enregistrer(client, candidature, 1)
    couts = {
        critere: cost(lambda critere=critere: enregistrer(client, candidature, critere))
        for critere in range(2, 11)
    }
    assert {critere: len(un) for critere, un in couts.items()} == {
        2: 15,
        3: 13,
        4: 13,
        5: 13,
        6: 13,
        7: 13,
        8: 15,
        9: 14,
        10: 15,
    }, "\n".join(couts[10])


# --- Files in place ----------------------------------------------------------------------------------
def pdf(pages: int) -> bytes:
    flux = io.BytesIO()
    with pikepdf.new() as document:
        for _ in range(pages):
            document.add_blank_page(page_size=(595, 842))
        document.save(flux)
    return flux.getvalue()


def piece_of(candidature: Candidature, contenu: bytes, nom: str) -> Fichier:
    """Keep a clean file of a dossier."""
    joint = fichiers.store(
        ContentFile(contenu),
        nom=nom,
        proprietaire=candidature,
        politique="candidatures.piece",
        acteur=responsable_de(candidature.structure),
    )
    Fichier.objects.filter(pk=joint.pk).update(antivirus=Antivirus.SAIN, analyse_le=horloge.now())
    return joint


@pytest.mark.regle("R12")
def test_given_a_long_pdf_when_shown_in_place_then_some_pages_are_drawn_one_by_one() -> None:
    candidature = dossier_depose()
    client = navigateur(instructeur())
    joint = piece_of(candidature, pdf(45), "programme.pdf")
    page = texte(client.get(adresse("piece", candidature.pk, joint.pk)))
    assert "Pages 1 à 20 sur 45." in page
    assert page.count("<img") == 20
    suite = client.get(
        adresse("piece", candidature.pk, joint.pk), {"page": "41"}, headers={"x-fragment": "1"}
    )
    assert "Pages 41 à 45 sur 45." in texte(suite)
    assert "<html" not in texte(suite)
    assert client.get(adresse("piece", candidature.pk, joint.pk), {"page": "46"}).status_code == 404
    assert "Pages 1 à 20" in texte(client.get(adresse("piece", candidature.pk, joint.pk), {"page": "x"}))

    image = client.get(adresse("page", candidature.pk, joint.pk, 45))
    assert (image.status_code, image["Content-Type"]) == (200, "image/png")
    assert image["Cache-Control"] == "private, no-cache"
    with Image.open(io.BytesIO(image.content)) as dessin:
        assert dessin.width == apercus.LARGEUR
    encore = client.get(
        adresse("page", candidature.pk, joint.pk, 45), headers={"if-none-match": image["ETag"]}
    )
    assert encore.status_code == 304
    assert client.get(adresse("page", candidature.pk, joint.pk, 46)).status_code == 404


@pytest.mark.regle("R12", "R36")
def test_given_a_file_that_is_not_to_be_read_then_its_pages_are_not_either() -> None:
    candidature, ailleurs = dossier_depose(), dossier_depose()
    personne = instructeur()
    client = navigateur(personne)
    joint = piece_of(candidature, pdf(1), "piece.pdf")
    adresses = [
        adresse("piece", candidature.pk, joint.pk),
        adresse("page", candidature.pk, joint.pk, 1),
    ]
    assert [client.get(une).status_code for une in adresses] == [200, 200]
    # By another dossier, held back, for other roles, then with a declared link.
    assert client.get(adresse("page", ailleurs.pk, joint.pk, 1)).status_code == 404
    for etat in (Antivirus.A_ANALYSER, Antivirus.QUARANTAINE, Antivirus.INFECTE):
        analyse_le = None if etat == Antivirus.A_ANALYSER else horloge.now()
        Fichier.objects.filter(pk=joint.pk).update(antivirus=etat, analyse_le=analyse_le)
        assert [client.get(une).status_code for une in adresses] == [404, 404]
    Fichier.objects.filter(pk=joint.pk).update(antivirus=Antivirus.SAIN, analyse_le=horloge.now())
    for role in (Role.COMITE, Role.ADMINISTRATEUR):
        autre = navigateur(comptes.utilisateur(role))
        assert [autre.get(une, follow=True).status_code for une in adresses] == [403, 403]
    declare_interest(personne=personne, structure=candidature.structure)
    assert [client.get(une).status_code for une in adresses] == [404, 404]


@pytest.mark.regle("R12")
def test_given_a_page_being_drawn_when_another_is_asked_then_it_is_asked_to_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from django.core.cache import cache

    candidature = dossier_depose()
    client = navigateur(instructeur())
    joint = piece_of(candidature, pdf(1), "piece.pdf")
    monkeypatch.setattr(apercus, "_ATTENTE", 0)
    cache.add(apercus._PLACE, True, 60)
    try:
        reponse = client.get(adresse("page", candidature.pk, joint.pk, 1))
        assert (reponse.status_code, reponse["Retry-After"]) == (503, "3")
        assert "D’autres pages sont en préparation" in texte(
            client.get(adresse("piece", candidature.pk, joint.pk))
        )
    finally:
        cache.delete(apercus._PLACE)
    assert client.get(adresse("page", candidature.pk, joint.pk, 1)).status_code == 200


@pytest.mark.regle("R12")
def test_given_a_document_that_can_t_be_drawn_then_it_is_said_and_offered_to_download() -> None:
    candidature = dossier_depose()
    client = navigateur(instructeur())
    joint = piece_of(candidature, b"%PDF-1.4\n" + b"x" * 100, "casse.pdf")
    page = texte(client.get(adresse("piece", candidature.pk, joint.pk)))
    assert "téléchargez-le" in page
    assert "?telecharger=1" in page
    assert client.get(adresse("page", candidature.pk, joint.pk, 1)).status_code == 404


def test_given_a_picture_then_it_is_shown_itself_and_has_no_pages() -> None:
    candidature = dossier_depose()
    flux = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(flux, "PNG")
    joint = piece_of(candidature, flux.getvalue(), "scan.png")
    client = navigateur(instructeur())
    assert f'<img src="{joint.url}"' in texte(client.get(adresse("piece", candidature.pk, joint.pk)))
    assert client.get(adresse("page", candidature.pk, joint.pk, 1)).status_code == 404


def test_given_the_json_of_the_screen_then_nothing_of_it_is_kept_by_a_shared_cache() -> None:
    candidature = dossier_depose()
    reponse = navigateur(instructeur()).get(adresse("avancement", candidature.pk))
    assert {"private", "no-store"} <= set(reponse["Cache-Control"].split(", "))
    assert json.loads(reponse.content)["verdicts"] == {}


@pytest.mark.regle("R15")
@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_given_two_verdicts_at_the_same_instant_then_one_is_written_and_the_other_is_told() -> None:
    candidature = dossier_depose()
    personne = instructeur(candidature)

    def judge(avis: str, motif: str) -> str:
        try:
            record_verdict(
                candidature=Candidature.objects.get(pk=candidature.pk),
                critere=3,
                avis=avis,
                motif=motif,
                instructeur=personne,
                vue=0,
            )
        except VerdictConcurrent:
            return "told"
        return "written"

    fils = [Fil(lambda: judge("CONFORME", "")), Fil(lambda: judge("NON_CONFORME", "Trop court."))]
    assert sorted(fil.value() for fil in fils) == ["told", "written"]
    assert Verdict.objects.get().version == 1
