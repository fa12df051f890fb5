"""The attachments: joined, replaced, held back, and told (R12)."""

import threading
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from candidatures.domain.complements import (
    Element,
    answer_complements,
    close_expired_complements,
    request_complements,
)
from candidatures.domain.completude import completude
from candidatures.domain.depot import submit_candidature
from candidatures.domain.pieces import (
    RETIREE,
    held_pieces,
    may_replace,
    remove_piece,
    replace_held_piece,
    replace_piece,
    report_held_piece,
)
from candidatures.models import Candidature, Depot, EtatSection, Piece
from socle import canonique, fichiers, horloge, travaux
from socle.antivirus import EICAR
from socle.erreurs import ActeurRefuse, DonneesInvalides, FichierRefuse, TransitionRefusee
from socle.lisibilite import MOT_DE_PASSE
from socle.models import Antivirus, Courriel, Evenement, Fichier, Revision, Travail
from tests.candidatures import fabriques
from tests.candidatures.test_pages import connecte
from tests.comptes import fabriques as comptes

pytestmark = [pytest.mark.django_db, pytest.mark.regle("R12")]


@pytest.fixture(autouse=True)
def lundi(dossiers_prives: Any, settings: Any) -> Any:
    """Monday 20 September 2021, 10:00 in Paris, with the demo's scanner."""
    settings.GEN_ANTIVIRUS = "signatures"
    with time_machine.travel(fabriques.LUNDI, tick=False) as temps:
        yield temps


def contenu(texte: str = "") -> ContentFile:
    return ContentFile(fabriques.pdf(texte))


def tenir(piece: Piece, etat: Antivirus = Antivirus.INFECTE) -> Piece:
    """Give a piece a verdict that holds it back."""
    Fichier.objects.filter(pk=piece.fichier_id).update(
        antivirus=etat,
        constat="Eicar-Test-Signature" if etat == Antivirus.INFECTE else MOT_DE_PASSE,
        analyse_le=horloge.now(),
    )
    return Piece.objects.select_related("fichier", "candidature__structure").get(pk=piece.pk)


def depose() -> tuple[Candidature, Any, Piece]:
    """Return a deposited dossier, its responsable, and one of its pieces."""
    candidature = fabriques.dossier_depose()
    piece = candidature.pieces.get(type_piece="ATTESTATION_FISCALE")
    return candidature, fabriques.responsable_de(candidature.structure), piece


# --- A draft -----------------------------------------------------------------------------------
def test_given_a_piece_when_replaced_then_the_new_one_takes_its_place_in_one_act() -> None:
    candidature = fabriques.dossier_complet()
    acteur = fabriques.responsable_de(candidature.structure)
    piece = candidature.pieces.get(type_piece="ATTESTATION_FISCALE")

    nouvelle = replace_piece(piece=piece, contenu=contenu(), nom="nouvelle.pdf", acteur=acteur)

    piece.refresh_from_db()
    assert piece.retiree_le == horloge.now()
    en_vigueur = candidature.pieces.filter(type_piece="ATTESTATION_FISCALE", retiree_le__isnull=True)
    assert list(en_vigueur) == [nouvelle]
    assert completude(candidature) == {}
    assert Evenement.objects.filter(verbe="candidature.piece_remplacee").count() == 1
    with pytest.raises(TransitionRefusee) as refus:
        replace_piece(piece=piece, contenu=contenu(), nom="encore.pdf", acteur=acteur)
    assert str(refus.value) == RETIREE


def test_given_a_bad_file_when_it_would_replace_a_piece_then_the_piece_stays() -> None:
    candidature = fabriques.dossier_complet()
    acteur = fabriques.responsable_de(candidature.structure)
    piece = candidature.pieces.get(type_piece="ATTESTATION_FISCALE")
    with pytest.raises(FichierRefuse):
        replace_piece(piece=piece, contenu=ContentFile(b"PK\x03\x04"), nom="archive.pdf", acteur=acteur)
    piece.refresh_from_db()
    assert piece.retiree_le is None


@pytest.mark.parametrize("etat", [Antivirus.INFECTE, Antivirus.ILLISIBLE])
def test_given_a_held_piece_then_it_is_a_gap_until_it_is_replaced(etat: Antivirus) -> None:
    candidature = fabriques.dossier_complet()
    acteur = fabriques.responsable_de(candidature.structure)
    piece = tenir(candidature.pieces.get(type_piece="ATTESTATION_FISCALE"), etat)

    assert report_held_piece(fichier=piece.fichier_id) == piece

    (manque,) = completude(candidature)["structure"]
    assert manque.phrase.startswith(
        f"Remplacez ou retirez la pièce «\u00a0{piece.fichier.nom}\u00a0». À remplacer"
    )
    assert EtatSection.objects.get(candidature=candidature, section="structure").manques == 1
    with pytest.raises(DonneesInvalides):
        submit_candidature(candidature=candidature, acteur=acteur, arrivee=horloge.now())
    replace_piece(piece=piece, contenu=contenu(), nom="bonne.pdf", acteur=acteur)
    assert EtatSection.objects.get(candidature=candidature, section="structure").manques == 0
    depot = submit_candidature(candidature=candidature, acteur=acteur, arrivee=horloge.now())
    assert all("retenu" not in une for une in depot.instantane["pieces"])


def test_given_a_full_place_when_a_file_is_joined_then_it_is_refused_until_one_is_taken_out(
    settings: Any,
) -> None:
    settings.GEN_PIECES_PAR_PLACE = 2
    candidature = fabriques.brouillon()
    acteur = fabriques.responsable_de(candidature.structure)
    premiere = fabriques.joindre(candidature, acteur, "AUTRE")
    fabriques.joindre(candidature, acteur, "AUTRE")
    with pytest.raises(FichierRefuse, match="déjà 2"):
        fabriques.joindre(candidature, acteur, "AUTRE")
    remove_piece(piece=premiere, acteur=acteur)
    fabriques.joindre(candidature, acteur, "AUTRE")


def test_given_a_piece_not_yet_verified_when_deposited_then_the_deposit_does_not_wait() -> None:
    candidature = fabriques.dossier_complet()
    piece = candidature.pieces.first()
    Fichier.objects.filter(pk=piece.fichier_id).update(
        antivirus=Antivirus.QUARANTAINE, analyse_le=horloge.now()
    )
    acteur = fabriques.responsable_de(candidature.structure)
    assert submit_candidature(candidature=candidature, acteur=acteur, arrivee=horloge.now()).numero == 1


def test_given_the_test_virus_when_the_jobs_run_then_the_porteur_is_told_once() -> None:
    candidature = fabriques.dossier_complet()
    acteur = fabriques.responsable_de(candidature.structure)
    contributeur = comptes.membre(candidature.structure)
    from candidatures.domain.pieces import attach_piece

    piece = attach_piece(
        candidature=candidature,
        type_piece="AUTRE",
        contenu=ContentFile(fabriques.pdf() + EICAR),
        nom="lettre.pdf",
        acteur=contributeur,
    )
    fichiers.analyse(piece.fichier_id)
    travail = Travail.objects.get(genre="candidatures.piece_retenue")
    travaux.run(travail.pk)
    travaux.run(travail.pk)
    courriels = Courriel.objects.filter(gabarit="candidature_piece_retenue")
    assert {courriel.email for courriel in courriels} == {acteur.email, contributeur.email}
    courriel = courriels.first()
    assert courriel is not None
    assert courriel.objet == (
        f"Dossier {candidature.reference}\u00a0: pièce à remplacer, signalée le 20\u00a0septembre 2021"
    )
    assert "brouillon — non déposé" in courriel.texte
    assert Evenement.objects.filter(verbe="candidature.piece_retenue").count() == 1


def test_given_a_held_piece_taken_out_meanwhile_when_reported_then_nobody_is_told() -> None:
    candidature = fabriques.dossier_complet()
    acteur = fabriques.responsable_de(candidature.structure)
    piece = tenir(candidature.pieces.get(type_piece="ATTESTATION_FISCALE"))
    remove_piece(piece=piece, acteur=acteur)
    assert report_held_piece(fichier=piece.fichier_id) is None
    assert not Courriel.objects.filter(gabarit="candidature_piece_retenue").exists()


def test_given_a_file_of_something_else_when_held_then_no_dossier_is_looked_for() -> None:
    lieu = comptes.structure()
    fichier = fichiers.store(
        ContentFile(fabriques.pdf() + EICAR),
        nom="a.pdf",
        proprietaire=lieu,
        politique="autre.chose",
        acteur=comptes.utilisateur(),
    )
    fichiers.analyse(fichier.pk)
    assert not Travail.objects.filter(genre="candidatures.piece_retenue").exists()


# --- A deposited dossier ---------------------------------------------------------------------
@pytest.mark.regle("R4", "R11", "R12")
def test_given_a_deposited_piece_that_is_held_when_replaced_then_a_new_version_differs_by_it_alone() -> None:
    candidature, acteur, piece = depose()
    piece = tenir(piece)
    premier, releve = candidature.depots.get(), candidature.releve_arrivee

    depot = replace_held_piece(
        piece=piece, contenu=contenu(), nom="bonne.pdf", acteur=acteur, arrivee=horloge.now()
    )

    assert (depot.numero, candidature.depots.count()) == (2, 2)
    candidature.refresh_from_db()
    assert (candidature.etat, candidature.releve_arrivee) == ("DEPOSEE", releve)
    assert depot.empreinte == canonique.fingerprint(depot.instantane) != premier.empreinte
    avant, apres = dict(premier.instantane), dict(depot.instantane)
    anciennes, nouvelles = avant.pop("pieces"), apres.pop("pieces")
    assert avant == apres
    assert [(une, autre["nom"]) for une, autre in zip(anciennes, nouvelles, strict=True) if une != autre] == [
        (anciennes[[une["id"] for une in anciennes].index(str(piece.pk))], "bonne.pdf")
    ]
    assert Revision.objects.filter(contexte__startswith="piece:").exists()
    assert Evenement.objects.get(verbe="candidature.piece_remplacee").donnees["depot"] == str(depot.pk)


def test_given_a_deposited_piece_that_can_be_read_when_replaced_then_it_is_refused() -> None:
    _, acteur, piece = depose()
    Fichier.objects.update(antivirus=Antivirus.SAIN, analyse_le=horloge.now())
    piece = Piece.objects.select_related("fichier", "candidature__structure").get(pk=piece.pk)
    for verbe, suite in ((replace_held_piece, {"arrivee": horloge.now()}), (replace_piece, {})):
        with pytest.raises(TransitionRefusee):
            verbe(piece=piece, contenu=contenu(), nom="autre.pdf", acteur=acteur, **suite)
    assert Depot.objects.count() == 1


def test_given_a_contributor_or_a_stranger_when_replacing_a_deposited_piece_then_it_is_refused() -> None:
    candidature, acteur, piece = depose()
    piece = tenir(piece)
    contributeur = comptes.membre(candidature.structure)
    for personne in (contributeur, comptes.utilisateur()):
        assert may_replace(piece, personne) == ""
        with pytest.raises(ActeurRefuse):
            replace_held_piece(
                piece=piece, contenu=contenu(), nom="a.pdf", acteur=personne, arrivee=horloge.now()
            )
    assert may_replace(piece, acteur) == "retenue"


@pytest.mark.regle("R12", "R16")
def test_given_compléments_under_way_when_a_held_piece_is_replaced_then_unsent_answers_stay_out() -> None:
    candidature, acteur, piece = depose()
    request_complements(
        candidature=candidature,
        acteur=fabriques.instructeur(),
        elements=[Element("publics", "gratuite", "Confirmez la gratuité.")],
        reponse_avant=fabriques.LUNDI.date().replace(day=30),
    )
    fabriques.enregistrer(candidature, acteur, "publics", {"gratuite": False})
    piece = tenir(piece)
    assert may_replace(piece, acteur) == "retenue"

    depot = replace_held_piece(
        piece=piece, contenu=contenu(), nom="bonne.pdf", acteur=acteur, arrivee=horloge.now()
    )

    assert depot.instantane["publics"]["gratuite"] is True
    reponse = answer_complements(candidature=candidature, acteur=acteur, arrivee=horloge.now())
    assert reponse.numero == 3
    assert reponse.instantane["publics"]["gratuite"] is False
    assert "bonne.pdf" in {une["nom"] for une in reponse.instantane["pieces"]}


@pytest.mark.regle("R12", "R16")
def test_given_a_held_piece_replaced_in_answers_never_sent_when_closed_then_it_can_be_mended() -> None:
    candidature, acteur, piece = depose()
    tenir(piece)
    with time_machine.travel(fabriques.LUNDI, tick=False) as temps:
        request_complements(
            candidature=candidature,
            acteur=fabriques.instructeur(),
            elements=[Element("structure", "piece:ATTESTATION_FISCALE", "Rejoignez l’attestation.")],
            reponse_avant=fabriques.LUNDI.date().replace(day=25),
        )
        piece = tenir(piece)
        assert may_replace(piece, acteur) == "saisie"
        jamais_envoyee = replace_piece(piece=piece, contenu=contenu(), nom="b.pdf", acteur=acteur)
        temps.shift(timedelta(days=8))
        close_expired_complements()
        candidature.refresh_from_db()
        piece = tenir(piece)
        tenir(jamais_envoyee)
        assert held_pieces(candidature) == [piece], "what is examined, not what was never sent"
        assert report_held_piece(fichier=jamais_envoyee.fichier_id) is None
        depot = replace_held_piece(
            piece=piece, contenu=contenu(), nom="c.pdf", acteur=acteur, arrivee=horloge.now()
        )
    assert "c.pdf" in {une["nom"] for une in depot.instantane["pieces"]}
    refaite = Piece.objects.select_related("fichier", "candidature__structure").get(pk=jamais_envoyee.pk)
    with pytest.raises(TransitionRefusee):
        replace_held_piece(
            piece=refaite, contenu=contenu(), nom="d.pdf", acteur=acteur, arrivee=horloge.now()
        )


def test_given_a_finding_that_comes_after_the_examination_then_nothing_impossible_is_asked() -> None:
    candidature, acteur, piece = depose()
    Candidature.objects.filter(pk=candidature.pk).update(etat="RECEVABLE")
    piece = tenir(piece)
    assert report_held_piece(fichier=piece.fichier_id) is None
    assert not Courriel.objects.filter(gabarit="candidature_piece_retenue").exists()
    lien = _adresse("piece-remplacer", candidature, piece.pk)
    client = connecte(acteur)
    assert client.get(lien).status_code == 302
    assert "écrivez à la GEN" in client.get(_adresse("dossier", candidature)).content.decode()


def test_given_a_file_sent_twice_when_an_answer_was_lost_then_it_is_joined_once() -> None:
    candidature = fabriques.brouillon()
    client = connecte(fabriques.responsable_de(candidature.structure))
    octets = fabriques.pdf()
    for _ in range(2):
        reponse = client.post(
            _adresse("piece-place", candidature, "AUTRE"), {"piece_AUTRE": _envoi(octets=octets)}
        )
        assert reponse.status_code == 200
    assert candidature.pieces.count() == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_given_two_replacements_at_once_on_postgresql_then_one_wins() -> None:
    candidature = fabriques.dossier_complet()
    acteur = fabriques.responsable_de(candidature.structure)
    pk = candidature.pieces.get(type_piece="ATTESTATION_FISCALE").pk
    depart, trouves = threading.Barrier(2), []

    def replace() -> None:
        try:
            mienne = Piece.objects.select_related("candidature__structure").get(pk=pk)
            depart.wait(timeout=10)
            trouves.append(replace_piece(piece=mienne, contenu=contenu(), nom="a.pdf", acteur=acteur))
        except TransitionRefusee as refus:
            trouves.append(refus)
        finally:
            connection.close()

    fils = [threading.Thread(target=replace) for _ in range(2)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join(timeout=30)
    assert sorted(type(trouve).__name__ for trouve in trouves) == ["Piece", "TransitionRefusee"]
    assert candidature.pieces.filter(type_piece="ATTESTATION_FISCALE", retiree_le__isnull=True).count() == 1


# --- The pages -----------------------------------------------------------------------------------
def _envoi(nom: str = "piece.pdf", octets: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(nom, fabriques.pdf() if octets is None else octets)


def _adresse(nom: str, candidature: Candidature, *suite: Any) -> str:
    return reverse(f"candidatures:{nom}", args=[candidature.pk, *suite])


def test_given_a_script_when_it_sends_a_file_then_the_place_comes_back_with_its_state() -> None:
    candidature = fabriques.dossier_complet()
    client = connecte(fabriques.responsable_de(candidature.structure))
    adresse = _adresse("piece-place", candidature, "AUTRE")

    reponse = client.post(adresse, {"piece_AUTRE": _envoi("Lettre d’été.pdf")})

    assert reponse.status_code == 200
    assert reponse.json()["phrase"] == "La pièce «\u00a0Lettre d’été.pdf\u00a0» est jointe."
    assert "data-attend" in reponse.json()["place"]
    assert (reponse.json()["heure"], reponse.json()["manques"]) == ("10\u00a0h\u00a000", 0)
    fichiers.analyse(candidature.pieces.get(type_piece="AUTRE").fichier_id)
    place = client.get(adresse).json()["place"]
    assert "Vérifié" in place
    assert "data-attend" not in place


@pytest.mark.parametrize(
    ("nom", "octets", "phrase"),
    [
        ("a.pdf", b"", "est vide"),
        ("a.pdf", b"PK\x03\x04rien", "n’a pas un contenu d’un type accepté"),
        ("a.exe", b"MZ\x90\x00", "n’a pas un contenu d’un type accepté"),
        ("\u202efdp.exe", b"MZ", "n’a pas un contenu d’un type accepté"),
        ("😀.png", None, "Renommez-le en «\u00a0.pdf\u00a0»"),
    ],
)
def test_given_a_wrong_file_when_sent_then_a_sentence_says_what_to_do_and_nothing_is_kept(
    nom: str, octets: bytes | None, phrase: str
) -> None:
    candidature = fabriques.brouillon()
    client = connecte(fabriques.responsable_de(candidature.structure))
    reponse = client.post(_adresse("piece-place", candidature, "AUTRE"), {"piece_AUTRE": _envoi(nom, octets)})
    assert reponse.status_code == 422
    assert phrase in reponse.json()["refus"]
    assert not candidature.pieces.exists()


def test_given_no_file_an_unknown_place_or_a_deposited_dossier_when_sent_then_it_is_said() -> None:
    candidature = fabriques.dossier_depose()
    client = connecte(fabriques.responsable_de(candidature.structure))
    adresse = _adresse("piece-place", candidature, "AUTRE")
    assert client.post(adresse).status_code == 422
    assert client.post(_adresse("piece-place", candidature, "INCONNUE")).status_code == 404
    reponse = client.post(adresse, {"piece_AUTRE": _envoi()})
    assert (reponse.status_code, "déposé" in reponse.json()["refus"]) == (422, True)
    assert not candidature.pieces.filter(type_piece="AUTRE").exists()


def test_given_a_piece_when_replaced_by_the_page_then_one_comes_back_to_its_place() -> None:
    candidature = fabriques.dossier_complet()
    client = connecte(comptes.membre(candidature.structure))
    piece = candidature.pieces.get(type_piece="ATTESTATION_FISCALE")
    adresse = _adresse("piece-remplacer", candidature, piece.pk)
    assert client.get(adresse).status_code == 200
    assert client.post(adresse).status_code == 422
    reponse = client.post(adresse, {"fichier": _envoi()})
    assert reponse.status_code == 302
    assert reponse["Location"].endswith("/sections/structure/#id_piece_ATTESTATION_FISCALE")
    assert client.get(adresse)["Location"] == _adresse("dossier", candidature)
    message = client.get(_adresse("dossier", candidature)).content.decode()
    assert RETIREE in message


def test_given_a_script_when_it_replaces_a_piece_then_it_is_told_where_to_go_or_why_not() -> None:
    candidature = fabriques.dossier_complet()
    client = connecte(fabriques.responsable_de(candidature.structure))
    piece = candidature.pieces.get(type_piece="ATTESTATION_FISCALE")
    adresse = _adresse("piece-remplacer", candidature, piece.pk)
    script = {"HX-Request": "true"}
    assert "vide" in client.post(adresse, {"fichier": _envoi(octets=b"")}, headers=script).json()["refus"]
    suite = client.post(adresse, {"fichier": _envoi()}, headers=script).json()["suite"]
    assert suite.startswith(_adresse("section", candidature, "structure"))
    # A colleague's window still shows the former one.
    assert client.post(adresse, {"fichier": _envoi()}, headers=script).json()["refus"] == RETIREE


def test_given_a_held_piece_then_the_deposited_dossier_says_so_and_leads_to_its_replacement() -> None:
    candidature, acteur, piece = depose()
    tenir(piece, Antivirus.ILLISIBLE)
    lien = _adresse("piece-remplacer", candidature, piece.pk)
    page = connecte(acteur).get(_adresse("dossier", candidature)).content.decode()
    assert lien in page
    assert MOT_DE_PASSE in page
    contributeur = connecte(comptes.membre(candidature.structure))
    page = contributeur.get(_adresse("dossier", candidature)).content.decode()
    assert lien not in page
    assert "à remplacer par un responsable" in page.lower()
    assert contributeur.get(lien).status_code == 302
    reponse = connecte(acteur).post(lien, {"fichier": _envoi()})
    assert reponse["Location"] == _adresse("dossier", candidature)
    assert candidature.depots.count() == 2


def test_given_a_piece_of_another_structure_when_asked_for_then_it_does_not_exist() -> None:
    candidature = fabriques.dossier_complet()
    piece = candidature.pieces.first()
    ailleurs = fabriques.brouillon()
    client: Client = connecte(fabriques.responsable_de(ailleurs.structure))
    for dossier in (candidature, ailleurs):
        for nom in ("piece-remplacer", "piece-retirer"):
            assert client.post(_adresse(nom, dossier, piece.pk)).status_code == 404
    assert client.get(_adresse("piece-place", candidature, "AUTRE")).status_code == 404
    assert candidature.pieces.filter(retiree_le__isnull=True).count() == len(fabriques.PIECES)


def test_given_a_section_with_files_then_each_place_says_what_it_holds_and_how_to_obtain_it() -> None:
    candidature = fabriques.dossier_complet()
    Fichier.objects.update(antivirus=Antivirus.SAIN, analyse_le=horloge.now())
    client = connecte(fabriques.responsable_de(candidature.structure))
    page = client.get(_adresse("section", candidature, "structure")).content.decode()
    assert page.count("Vérifié\u00a0: ce fichier s’ouvre et peut être lu.") == 3
    assert "À demander dans votre espace professionnel" in page
    page = client.get(_adresse("section", candidature, "formation")).content.decode()
    assert "modeles/accord-de-partenariat" in page
