"""The annexes of a convention: two documents made before it, whose files' hashes it prints (R22, R23)."""

import hashlib
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from labellisation import pdf
from labellisation.domain import annexes
from labellisation.domain import convention as conventions
from labellisation.domain.convention import SignatureRefusee
from labellisation.models import AnnexeConvention, Convention
from referentiels.domain.cahiers import specifications
from socle import balayages, documents
from socle.erreurs import ErreurMetier
from socle.models import Document, Evenement, Travail
from tests.candidatures import fabriques as candidatures
from tests.comptes import fabriques as comptes
from tests.labellisation import fabriques
from tests.labellisation.fabriques import GEN, PORTEUR
from tests.socle.fils import Fil
from tests.socle.papier import words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lundi")]

DOSSIER, CAHIER = AnnexeConvention.Nature.DOSSIER, AnnexeConvention.Nature.CAHIER


def annexe(convention: Convention, nature: str) -> Document:
    """Return the document of one annex."""
    return (
        AnnexeConvention.objects.select_related("document__fichier")
        .get(convention=convention, nature=nature)
        .document
    )


def connecte(personne: Any) -> Client:
    """Return a browser signed in as this person."""
    client = Client()
    client.force_login(personne, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def octets(document: Document) -> bytes:
    """Return the stored bytes of a document."""
    assert document.fichier is not None
    with document.fichier.contenu.open("rb") as flux:
        return flux.read()


def remplacer(document: Document, contenu: bytes) -> None:
    """Write other bytes in the place of a document's file, as an intruder would."""
    assert document.fichier is not None
    with document.fichier.contenu.storage.open(document.fichier.contenu.name, "wb") as flux:
        flux.write(contenu)


# --- Made in their order ---------------------------------------------------------------------
@pytest.mark.regle("R22", "R23")
def test_given_a_notification_then_the_convention_waits_for_its_annexes_and_prints_their_hashes() -> None:
    convention = fabriques.convention_a_signer(pret=False)
    assert convention.document is None
    assert {ligne.nature for ligne in annexes.annexes_of(convention)} == {DOSSIER, CAHIER}

    fabriques.produire(annexe(convention, CAHIER))
    convention.refresh_from_db()
    assert convention.document is None

    fabriques.produire(annexe(convention, DOSSIER))
    convention.refresh_from_db()
    imprimees = convention.document.donnees["annexes"]
    assert [ligne["sha256"] for ligne in imprimees] == [
        hashlib.sha256(octets(annexe(convention, nature))).hexdigest() for nature in (DOSSIER, CAHIER)
    ]
    assert [ligne["titre"] for ligne in imprimees] == [
        annexe(convention, nature).titre for nature in (DOSSIER, CAHIER)
    ]


@pytest.mark.regle("R23")
def test_given_the_real_worker_s_sweeps_then_all_three_are_rendered_and_nothing_twice() -> None:
    convention = fabriques.convention_a_signer(pret=False)
    balayages.drain()
    convention.refresh_from_db()
    assert conventions.ready_to_sign(convention)
    page = documents.to_html(convention.document)
    for nature in (DOSSIER, CAHIER):
        assert hashlib.sha256(octets(annexe(convention, nature))).hexdigest() in page

    avant = Document.objects.count(), Evenement.objects.count()
    Travail.objects.filter(genre="document.rendre").update(etat=Travail.Etat.A_FAIRE, termine_le=None)
    balayages.drain()
    assert (Document.objects.count(), Evenement.objects.count()) == avant
    assert annexes.altered(convention) == []


@pytest.mark.regle("R23")
def test_given_a_crash_while_the_convention_is_asked_for_then_the_annex_is_made_again_and_all_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    convention = fabriques.convention_a_signer(pret=False)
    fabriques.produire(annexe(convention, DOSSIER))
    dernier = annexe(convention, CAHIER)

    def crash(convention: Convention) -> Document:
        raise OSError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(pdf, "request_convention", crash)
        with pytest.raises(OSError, match="killed"):
            fabriques.produire(dernier)
    dernier.refresh_from_db()
    convention.refresh_from_db()
    assert (dernier.fichier, convention.document) == (None, None)

    fabriques.produire(dernier)
    convention.refresh_from_db()
    assert convention.document is not None
    assert Document.objects.filter(genre=pdf.CONVENTION).count() == 1


@pytest.mark.regle("R23")
@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_given_two_workers_that_finish_the_two_annexes_at_once_then_the_convention_is_asked_for_once() -> (
    None
):
    for _ in range(4):
        convention = fabriques.convention_a_signer(pret=False)
        identifiants = [annexe(convention, nature).pk for nature in (DOSSIER, CAHIER)]
        fils = [Fil(lambda pk=pk: documents.attach(pk, b"%PDF-1.7\n%%EOF\n")) for pk in identifiants]
        for fil in fils:
            fil.value()
        convention.refresh_from_db()
        assert len(convention.document.donnees["annexes"]) == 2
        assert Document.objects.filter(genre=pdf.CONVENTION, sujet_id=convention.pk).count() == 1


@pytest.mark.regle("R22")
def test_given_a_call_whose_text_no_file_holds_then_no_convention_is_made_without_its_annex() -> None:
    appel = candidatures.referentiel()
    appel.grille.appel_code = "2030"
    with pytest.raises(ErreurMetier, match="2030 n’est pas chargé"):
        annexes.specifications_data(appel)


# --- Nothing is signed without them ----------------------------------------------------------
@pytest.mark.regle("R23")
@pytest.mark.parametrize("faites", [(), (DOSSIER,), (DOSSIER, CAHIER)])
def test_given_documents_not_all_made_then_both_pages_say_so_and_nobody_signs(
    faites: tuple[str, ...],
) -> None:
    convention = fabriques.convention_a_signer(pret=False)
    for nature in faites:
        fabriques.produire(annexe(convention, nature))
    convention.refresh_from_db()
    porteur = candidatures.responsable_de(convention.structure)
    jeton = conventions.signature_link(fabriques.signature_de(convention))

    par_le_lien = Client().get(reverse("labellisation:signer-lien", args=[jeton])).content.decode()
    par_la_page = connecte(porteur).get(reverse("labellisation:convention", args=[convention.pk]))
    for page in (par_le_lien, par_la_page.content.decode()):
        assert "sont en préparation" in page
        assert "Recevoir un code" not in page
    with pytest.raises(SignatureRefusee, match="en préparation"):
        fabriques.signer(convention)

    fabriques.mettre_en_etat(convention)
    page = Client().get(reverse("labellisation:signer-lien", args=[jeton])).content.decode()
    assert "Recevoir un code" in page
    assert "sont en préparation" not in page


@pytest.mark.regle("R23")
@pytest.mark.parametrize("nature", [DOSSIER, CAHIER, ""])
def test_given_a_file_that_is_no_more_what_the_convention_prints_then_it_is_seen_and_nobody_signs(
    nature: str,
) -> None:
    convention = fabriques.convention_a_signer()
    assert annexes.altered(convention) == []
    document = annexe(convention, nature) if nature else convention.document
    bon = octets(document)

    remplacer(document, bon.replace(b"%PDF-1.7", b"%PDF-1.6"))
    assert annexes.altered(convention) == [document.titre]
    with pytest.raises(SignatureRefusee, match="n’est plus celui que la convention désigne"):
        fabriques.signer(convention)

    remplacer(document, bon)
    fabriques.signer(convention)


@pytest.mark.regle("R23")
def test_given_another_annex_put_in_the_place_of_the_printed_one_then_it_is_seen() -> None:
    convention, autre = fabriques.convention_a_signer(), fabriques.convention_a_signer()
    ligne = AnnexeConvention.objects.get(convention=convention, nature=DOSSIER)
    intrus = annexe(autre, DOSSIER)
    AnnexeConvention.objects.filter(convention=autre).delete()
    ligne.document = intrus
    ligne.save()
    assert annexes.altered(convention) == [intrus.titre]
    with pytest.raises(SignatureRefusee, match="n’est plus celui"):
        fabriques.signer(convention)


# --- Read by both sides ----------------------------------------------------------------------
@pytest.mark.regle("R22", "R23")
def test_given_the_annexes_then_the_link_the_direction_and_the_porteur_download_them_and_nobody_else() -> (
    None
):
    convention = fabriques.convention_a_signer()
    jeton = conventions.signature_link(fabriques.signature_de(convention))
    anonyme = Client()
    page = anonyme.get(reverse("labellisation:signer-lien", args=[jeton])).content.decode()
    for nature in (DOSSIER, CAHIER):
        url = reverse("labellisation:signer-annexe", args=[jeton, nature.lower()])
        assert url in page
        assert b"".join(anonyme.get(url).streaming_content) == octets(annexe(convention, nature))
    assert anonyme.get(reverse("labellisation:signer-annexe", args=[jeton, "autre"])).status_code == 404
    faux = reverse("labellisation:signer-annexe", args=[jeton[:-1] + "§", "dossier"])
    assert anonyme.get(faux).status_code == 404

    fabriques.convention_signee(convention)
    personnes = {
        candidatures.responsable_de(convention.structure): 200,
        fabriques.direction(): 200,
        fabriques.membre_comite(): 404,
        comptes.utilisateur(): 404,
    }
    for personne, attendu in personnes.items():
        client = connecte(personne)
        page = client.get(reverse("labellisation:convention", args=[convention.pk]))
        assert page.status_code == attendu
        for nature in (DOSSIER, CAHIER):
            url = annexe(convention, nature).url
            reponse = client.get(url)
            assert reponse.status_code == attendu
            if attendu == 200:
                assert url in page.content.decode()
                assert b"".join(reponse.streaming_content).startswith(b"%PDF")
    page = anonyme.get(reverse("labellisation:signer-lien", args=[jeton])).content.decode()
    assert "Ce que vous avez signé" in page


# --- What they say ---------------------------------------------------------------------------
@pytest.mark.regle("R22")
def test_given_the_deposited_dossier_then_its_annex_holds_each_answer_each_row_and_each_piece() -> None:
    convention = fabriques.convention_a_signer(pret=False)
    document = annexe(convention, DOSSIER)
    depot = convention.candidature.depots.latest("numero")
    page = documents.to_html(document)
    instantane = depot.instantane
    assert depot.empreinte in page
    for attendu in (
        instantane["formation"]["sites"][0]["adresse"],
        instantane["programme"]["modules"][0]["titre"],
        instantane["partenaires"][0]["nom"],
        *(piece["sha256"] for piece in instantane["pieces"]),
    ):
        assert attendu
        assert attendu in page
    assert [section["numero"] for section in document.donnees["sections"]] == list(range(1, 12))


@pytest.mark.regle("R22")
def test_given_the_call_s_text_then_its_annex_holds_criteria_precisions_and_commitments() -> None:
    convention = fabriques.convention_a_signer(pret=False)
    grille = convention.candidature.appel.grille
    grille.criteres_recevabilite.filter(numero=3).update(precisions="Au moins 400 heures.")
    donnees: Any = annexes.specifications_data(convention.candidature.appel)
    document = annexe(convention, CAHIER)
    document.donnees |= documents.canonique.frozen(donnees)
    mots = words(documents.render(document))
    page = " ".join(documents.to_html(document).replace("\u00a0", " ").split())
    assert [len(donnees[nom]) for nom in ("recevabilite", "selection", "releves")] == [10, 6, 2]
    for attendu in (
        "Au moins 400 heures.",
        "Critère 10.",
        "Le démarrage d’une session de formation pourra être reporté d’une durée de deux mois maximum.",
        "sont annexés avec le présent cahier des charges à la convention de labellisation",
        "Le rapport annuel doit être rendu avant le 31 janvier de chaque année.",
        "relevé 2, jeudi 30 septembre 2021 à 23 h 59",
    ):
        assert attendu in page, attendu
    assert "page 6 sur" in mots.replace("\u00a0", " ")


@pytest.mark.regle("R22")
def test_given_the_shipped_text_then_it_has_every_part_and_table_of_the_call() -> None:
    cahier = specifications("2021")
    assert cahier is not None
    titres = [partie.titre for partie in cahier.parties if partie.niveau == 2]
    assert [titre[:2] for titre in titres] == ["In", "1.", "2.", "3.", "4.", "5."]
    assert [partie.tableau for partie in cahier.parties if partie.tableau] == [
        "besoins",
        "recevabilite",
        "selection",
        "calendrier",
    ]
    assert all("'" not in bloc.paragraphe for partie in cahier.parties for bloc in partie.blocs)
    rangs = {rang for partie in cahier.parties for bloc in partie.blocs for rang, _ in bloc.liste}
    assert rangs == {1, 2}
    assert specifications("1999") is None


@pytest.mark.regle("R23")
def test_given_the_same_annex_when_rendered_twice_then_the_bytes_are_the_same() -> None:
    document = annexe(fabriques.convention_a_signer(pret=False), DOSSIER)
    assert documents.render(document) == documents.render(document)


@pytest.mark.regle("R23")
def test_given_a_convention_signed_then_the_signed_one_prints_the_same_hashes() -> None:
    convention = fabriques.convention_a_signer()
    fabriques.signer(convention, PORTEUR)
    fabriques.signer(convention, GEN)
    convention.refresh_from_db()
    assert convention.document_signe.donnees["annexes"] == convention.document.donnees["annexes"]
