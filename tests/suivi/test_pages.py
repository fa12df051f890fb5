"""The pages of the follow-up: who sees what, constant queries, refusals said in French."""

import uuid
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from candidatures.domain.affectations import declare_interest
from comptes import tableau
from labellisation.domain.label import withdraw_label
from suivi import cycle
from suivi.domain.reclamations import close_complaint
from suivi.models import ConsultationListe, Reclamation, Session
from tests.candidatures import fabriques as candidatures
from tests.comptes import fabriques as comptes
from tests.labellisation import fabriques as labellisation
from tests.suivi import fabriques

pytestmark = pytest.mark.django_db

GEN = ("instructeur", "comite", "direction", "region", "administrateur")


def personne(role: str) -> Any:
    """Return somebody of GEN, roles read anew."""
    utilisateur = comptes.utilisateur(role)
    utilisateur.forget_roles()
    return utilisateur


def texte(reponse: Any) -> str:
    """Return a page with plain spaces."""
    return " ".join(reponse.content.decode().replace("&nbsp;", " ").replace("\u00a0", " ").split())


# --- Who sees what --------------------------------------------------------------------------------


@pytest.mark.regle("R44")
def test_given_a_list_then_its_names_reach_its_people_and_the_direction_only(jour_1: date) -> None:
    label = fabriques.label()
    session, corps = fabriques.demarrer(label), fabriques.organisme(label)
    fabriques.inscrire(session, 1, nom="Nomtressecret")
    apprenant = session.apprenants.get()
    attestation = fabriques.attester(session)
    adresses = [
        reverse("accueil"),
        reverse("suivi:formations"),
        reverse("suivi:formation", args=[label.pk]),
        reverse("suivi:session", args=[session.pk]),
        reverse("suivi:apprenant", args=[session.pk, apprenant.pk]),
        reverse("suivi:apprenant-ajouter", args=[session.pk]),
        reverse("socle:document", args=[attestation.document_id]),
        reverse("admin:index"),
        reverse("admin:suivi_session_changelist"),
        reverse("admin:suivi_session_change", args=[session.pk]),
        reverse("admin:suivi_attestationdemarrage_changelist"),
        reverse("admin:suivi_attestationdemarrage_change", args=[attestation.pk]),
        reverse("pilotage:formations"),
        reverse("pilotage:chiffres"),
        reverse("pilotage:tableau"),
        reverse("pilotage:verification", args=[label.code]),
        reverse("pilotage:api-formations"),
        reverse("pilotage:api-formations-csv"),
    ]
    lecteurs = {
        "responsable": fabriques.porteur(label),
        "contributeur": comptes.membre(label.structure),
        "organisme": corps,
        "autre": candidatures.responsable_de(comptes.structure()),
        **{role: personne(role) for role in GEN},
    }
    vu = {
        nom: [
            adresse
            for adresse in adresses
            if b"Nomtressecret" in fabriques.connecte(lecteur).get(adresse).content
        ]
        for nom, lecteur in lecteurs.items()
    }
    anonyme = Client()

    page, ligne = adresses[3], adresses[4]
    assert vu == {
        "responsable": [page, ligne],
        "contributeur": [page, ligne],
        "organisme": [page, ligne],
        "autre": [],
        "instructeur": [],
        "comite": [],
        "direction": [page],
        "region": [],
        "administrateur": [],
    }
    assert not any(b"Nomtressecret" in anonyme.get(adresse).content for adresse in adresses)
    lus = ConsultationListe.objects.filter(session=session).values_list("personne", "lignes")
    assert sorted(map(str, lus)) == sorted(
        str((lecteurs[nom].pk, 1))
        for nom, nombre in (("responsable", 2), ("contributeur", 2), ("organisme", 2), ("direction", 1))
        for _ in range(nombre)
    )


def test_given_somebody_else_then_every_page_of_the_follow_up_is_a_404(jour_1: date) -> None:
    label = fabriques.label()
    session = fabriques.demarrer(label)
    fabriques.inscrire(session)
    apprenant = session.apprenants.get()
    porteur = fabriques.connecte(fabriques.porteur(label))
    assert porteur.get(reverse("suivi:session", args=[session.pk])).status_code == 200
    autre = fabriques.connecte(candidatures.responsable_de(comptes.structure()))
    comite = fabriques.connecte(personne("comite"))

    for client in (autre, comite):
        for nom in ("formation", "prevoir"):
            assert client.get(reverse(f"suivi:{nom}", args=[label.pk])).status_code == 404, nom
        for nom in ("confirmer", "habiliter"):
            assert client.post(reverse(f"suivi:{nom}", args=[label.pk])).status_code == 404, nom
        for nom in (
            "session",
            "session-referencer",
            "session-demarrer",
            "session-reporter",
            "apprenant-ajouter",
        ):
            assert client.get(reverse(f"suivi:{nom}", args=[session.pk])).status_code == 404, nom
        for nom in ("session-annuler", "session-attester"):
            assert client.post(reverse(f"suivi:{nom}", args=[session.pk])).status_code == 404, nom
        assert client.get(reverse("suivi:apprenant", args=[session.pk, apprenant.pk])).status_code == 404
        assert (
            client.post(reverse("suivi:apprenant-retirer", args=[session.pk, apprenant.pk])).status_code
            == 404
        )
    assert session.apprenants.count() == 1


def test_given_a_learner_of_another_session_then_it_is_a_404(jour_1: date) -> None:
    label = fabriques.label()
    session = fabriques.demarrer(label)
    fabriques.inscrire(session)
    apprenant, autre = session.apprenants.get(), fabriques.session(label, 1)
    client = fabriques.connecte(fabriques.porteur(label))

    assert client.get(reverse("suivi:apprenant", args=[autre.pk, apprenant.pk])).status_code == 404
    assert client.get(reverse("suivi:formation", args=[uuid.uuid4()])).status_code == 404


# --- The walk through the pages ----------------------------------------------------------------------


def test_given_a_porteur_then_the_pages_lead_from_the_session_to_its_attestation(aller: Any) -> None:
    label = fabriques.label()
    candidatures.commune()
    session, porteur = fabriques.session(label), fabriques.porteur(label)
    page = reverse("suivi:session", args=[session.pk])
    aller(date(2021, 10, 20))
    client = fabriques.connecte(porteur)
    reponse = client.post(
        reverse("suivi:session-reporter", args=[session.pk]),
        {"nouveau_debut": "2022-03-01", "motif": "Travaux"},
    )
    assert reponse.status_code == 422
    assert "jusqu’au 15/01/2022 : deux mois en tout" in texte(reponse)
    aller(fabriques.SESSION_1)
    client = fabriques.connecte(porteur)
    references = {"carif_oref": "CO-1", "mon_compte_formation": "MCF-1", "entrees_kairos_le": "2021-11-15"}
    assert client.post(reverse("suivi:session-referencer", args=[session.pk]), references).status_code == 302
    assert (
        client.post(reverse("suivi:session-demarrer", args=[session.pk]), {"jour": "2021-11-15"}).status_code
        == 302
    )
    adresse = reverse("suivi:apprenant-ajouter", args=[session.pk])
    reponse = client.post(adresse, fabriques.saisie(suite="autre"))
    assert reponse.status_code == 302
    assert reponse["Location"] == adresse
    reponse = client.post(adresse, fabriques.saisie(nom="DIALLO"))
    assert reponse.status_code == 422
    assert "déjà sur la liste" in texte(reponse)
    reponse = client.post(adresse, fabriques.saisie(nom="Petit", commune_nom="Atlantide"))
    assert "Aucune commune de ce nom" in texte(reponse)
    assert client.post(adresse, fabriques.saisie(nom="Petit")).status_code == 302
    petit = session.apprenants.get(nom="Petit")
    modifier = reverse("suivi:apprenant", args=[session.pk, petit.pk])
    assert client.post(modifier, fabriques.saisie(nom="Petite")).status_code == 302
    assert client.post(reverse("suivi:apprenant-retirer", args=[session.pk, petit.pk])).status_code == 302
    assert [ligne.nom for ligne in session.apprenants.all()] == ["Diallo"]
    assert "Transmettre l’attestation et la liste" in texte(client.get(page))

    reponse = client.post(reverse("suivi:session-attester", args=[session.pk]), follow=True)

    assert "sont transmises à la GEN" in texte(reponse)
    assert "avec 1 inscrit" in texte(client.get(page))
    reponse = client.post(reverse("suivi:session-attester", args=[session.pk]), follow=True)
    assert "déjà transmise" in texte(reponse)
    aller(date(2022, 6, 10))
    client = fabriques.connecte(porteur)
    assert (
        client.post(reverse("suivi:session-terminer", args=[session.pk]), {"jour": "2022-06-10"}).status_code
        == 302
    )
    session.refresh_from_db()
    assert session.etat == cycle.TERMINEE


def test_given_a_body_then_it_has_no_button_to_transmit(jour_1: date) -> None:
    label = fabriques.label()
    session, corps = fabriques.demarrer(label), fabriques.organisme(label)
    fabriques.inscrire(session)
    client = fabriques.connecte(corps)

    page = texte(client.get(reverse("suivi:session", args=[session.pk])))
    assert "Ajouter un apprenant" in page
    assert "Transmettre l’attestation et la liste" not in page
    assert "Un responsable du porteur de projet la transmet" in page
    reponse = client.post(reverse("suivi:session-attester", args=[session.pk]), follow=True)
    assert "Seul un responsable du porteur" in texte(reponse)
    assert not hasattr(Session.objects.get(pk=session.pk), "attestation")


def test_given_a_porteur_then_it_plans_confirms_and_authorises_from_the_space() -> None:
    label = fabriques.label()
    client = fabriques.connecte(fabriques.porteur(label))
    structure = comptes.structure(raison_sociale="Atelier du Nord")
    espace = reverse("suivi:formation", args=[label.pk])
    session = {
        "debut": "2022-03-01",
        "fin": "2022-09-01",
        "mode": "PRESENTIEL",
        "places": "12",
        "lieu": "Lille",
    }
    prevoir, habiliter = (reverse(f"suivi:{nom}", args=[label.pk]) for nom in ("prevoir", "habiliter"))

    assert client.post(prevoir, session).status_code == 302
    assert label.sessions.count() == 4
    reponse = client.post(prevoir, {**session, "debut": "2025-03-01", "fin": "2025-09-01"})
    assert reponse.status_code == 422
    assert "pendant la convention" in texte(reponse)
    assert client.post(reverse("suivi:confirmer", args=[label.pk])).status_code == 302
    for siret, phrase in (("123", "Aucune structure"), (label.structure.siret, "Le porteur prépare déjà")):
        reponse = client.post(habiliter, {"siret": siret})
        assert reponse.status_code == 422
        assert phrase in texte(reponse)
    assert client.post(habiliter, {"siret": structure.siret}).status_code == 302
    assert "Atelier du Nord" in texte(client.get(espace))
    ligne = label.habilitations.get()
    assert client.post(reverse("suivi:deshabiliter", args=[label.pk, ligne.pk])).status_code == 302
    assert "le porteur prépare lui-même" in texte(client.get(espace))


def test_given_an_instructor_then_the_space_is_read_and_nothing_is_done() -> None:
    label = fabriques.label()
    client = fabriques.connecte(personne("instructeur"))

    page = texte(client.get(reverse("suivi:formation", args=[label.pk])))

    assert label.intitule in page
    for bouton in ("Tout est à jour", "Prévoir une session", "Habiliter"):
        assert bouton not in page
    assert client.get(reverse("suivi:prevoir", args=[label.pk])).status_code == 403


def test_given_a_withdrawn_label_then_its_space_offers_no_act() -> None:
    label = fabriques.label()
    client, session = fabriques.connecte(fabriques.porteur(label)), fabriques.session(label)
    withdraw_label(label=label, acteur=labellisation.direction(), motifs="Manquements.")

    page = texte(client.get(reverse("suivi:formation", args=[label.pk])))

    assert "Retiré" in page
    assert "Rien n’est attendu" in page
    assert "Prévoir une session" not in page
    assert "Déclarer le démarrage" not in texte(client.get(reverse("suivi:session", args=[session.pk])))


def test_given_nobody_s_label_then_the_list_says_when_it_will_open() -> None:
    client = fabriques.connecte(comptes.utilisateur())

    assert "Le suivi s’ouvre à la dernière signature" in texte(client.get(reverse("suivi:formations")))


# --- Complaints ----------------------------------------------------------------------------------------


@pytest.mark.regle("R41")
def test_given_a_complaint_then_it_reaches_the_direction_and_never_the_body() -> None:
    label = fabriques.label()
    saisie = {
        "qualite": "APPRENANT",
        "nom": "Plaignantsecret",
        "courriel": "plaignant@secret.example",
        "formation_citee": label.code.lower(),
        "texte": "Le matériel promis manque depuis un mois.",
    }
    reponse = Client().post(reverse("suivi:reclamation"), saisie, follow=True)
    assert "Votre réclamation est reçue" in texte(reponse)
    reclamation = Reclamation.objects.get()
    assert reclamation.label == label

    direction = fabriques.connecte(personne("direction"))
    liste = reverse("admin:suivi_reclamation_changelist")
    assert "Plaignantsecret" in texte(
        direction.get(reverse("admin:suivi_reclamation_change", args=[reclamation.pk]))
    )
    for role in ("instructeur", "comite", "administrateur"):
        assert fabriques.connecte(personne(role)).get(liste, follow=True).status_code == 403, role
    porteur = fabriques.connecte(fabriques.porteur(label))
    espace = reverse("suivi:formation", args=[label.pk])
    assert "Plaignantsecret" not in texte(porteur.get(espace))
    assert "matériel promis" not in texte(porteur.get(espace))

    action = {"action": "marquer_traitee", "_selected_action": str(reclamation.pk)}
    assert "1 réclamation marquée comme traitée" in texte(direction.post(liste, action, follow=True))
    reclamation.refresh_from_db()
    traitee = reclamation.traitee_le
    assert traitee is not None
    assert close_complaint(reclamation=reclamation, acteur=personne("direction")).traitee_le == traitee


def test_given_an_empty_complaint_then_each_field_says_what_is_missing() -> None:
    reponse = Client().post(reverse("suivi:reclamation"), {})

    assert reponse.status_code == 422
    assert set(reponse.context["form"].errors) == {"qualite", "nom", "courriel", "texte"}


# --- Cards -----------------------------------------------------------------------------------------------


def test_given_what_is_expected_then_the_cards_count_the_lists_behind_them(aller: Any) -> None:
    label = fabriques.label()
    porteur, corps = fabriques.porteur(label), fabriques.organisme(label)
    aller(date(2021, 11, 16))
    Client().post(
        reverse("suivi:reclamation"),
        {"qualite": "AUTRE", "nom": "N", "courriel": "n@exemple.example", "texte": "Un problème."},
    )

    def cartes(utilisateur: Any) -> dict[str, Any]:
        utilisateur.forget_roles()
        groupes = tableau.groups_for(utilisateur)
        return {
            carte.titre: carte
            for groupe in groupes
            if groupe.titre == "Suivi des formations"
            for carte in groupe.cartes
        }

    for personne_ in (porteur, corps):
        siennes = cartes(personne_)
        assert (siennes["Échéances en retard"].nombre, siennes["Formations suivies"].nombre) == (3, 1)
        for titre in ("Échéances en retard", "Échéances à venir"):
            reponse = fabriques.connecte(personne_).get(siennes[titre].url)
            assert len(reponse.context["prochaines"]) == siennes[titre].nombre
    direction = personne("direction")
    siennes = cartes(direction)
    assert (siennes["Échéances en retard"].nombre, siennes["Réclamations à traiter"].nombre) == (3, 1)
    reponse = fabriques.connecte(direction).get(siennes["Réclamations à traiter"].url)
    assert reponse.status_code == 200
    assert reponse.context["cl"].result_count == 1
    assert cartes(comptes.utilisateur()) == {}


@pytest.mark.regle("R36", "R41")
def test_given_a_declared_link_then_neither_complaints_nor_attestation_reach_the_direction(
    jour_1: date,
) -> None:
    label = fabriques.label()
    session = fabriques.demarrer(label)
    fabriques.inscrire(session)
    attestation = fabriques.attester(session)
    labellisation.produire(attestation.document)
    commun = {"qualite": "APPRENANT", "nom": "Plaignant", "courriel": "p@essai.example", "texte": "Texte"}
    sur_le_label = Reclamation.objects.create(label=label, **commun)
    sans_label = Reclamation.objects.create(formation_citee="Une autre", **commun)
    direction = personne("direction")
    document = reverse("socle:document", args=[attestation.document_id])

    assert set(Reclamation.objects.visible_to(direction)) == {sur_le_label, sans_label}
    ouvert = fabriques.connecte(direction).get(document)
    assert ouvert.status_code == 200
    assert b"".join(ouvert.streaming_content).startswith(b"%PDF")
    assert "2" in _complaints_card(direction)

    declare_interest(personne=direction, structure=label.structure)
    assert set(Reclamation.objects.visible_to(direction)) == {sans_label}
    assert fabriques.connecte(direction).get(document).status_code == 404
    assert "1" in _complaints_card(direction)
    assert not Reclamation.objects.visible_to(personne("instructeur")).exists()


def _complaints_card(direction: Any) -> str:
    cartes = [carte for groupe in tableau.groups_for(direction) for carte in groupe.cartes]
    return str(next(carte.nombre for carte in cartes if carte.titre == "Réclamations à traiter"))
