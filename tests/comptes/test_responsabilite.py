"""Who answers for a structure: passed on, asked of GEN, given by GEN; and what a closed account leaves."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client

from comptes import domain
from comptes.models import DemandeResponsable, EtatTransmission, Role, RoleMembre, Structure, Utilisateur
from socle import journal, revisions
from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier
from socle.models import Courriel, Evenement
from tests.comptes.fabriques import membre, structure, utilisateur

pytestmark = pytest.mark.django_db

DEPART = datetime(2021, 9, 20, 8, 0, tzinfo=UTC)
MOTIF = "La présidente a quitté l’association en août, confirmé par son bureau."


def _browser(personne: Utilisateur) -> Client:
    navigateur = Client()
    navigateur.force_login(personne)
    return navigateur


def _role(lieu: Structure, personne: Utilisateur) -> str:
    personne.forget_roles()
    return personne.role_dans(lieu)


def _mails(gabarit: str) -> set[str]:
    return set(Courriel.objects.filter(gabarit=gabarit).values_list("email", flat=True))


def _pair() -> tuple[Structure, Utilisateur, Utilisateur]:
    responsable = utilisateur()
    lieu = structure(responsable)
    return lieu, responsable, membre(lieu)


# --- Passing the role on ------------------------------------------------------------------------
@pytest.mark.parametrize(("conserve", "apres"), [(False, "contributeur"), (True, "responsable")])
def test_given_a_proposal_when_accepted_then_the_role_moves_and_all_members_know(
    conserve: bool, apres: str
) -> None:
    lieu, responsable, heritier = _pair()
    tiers = membre(lieu)
    proposee = domain.propose_transfer(acteur=responsable, structure=lieu, vers=heritier, conserve=conserve)
    assert _role(lieu, heritier) == RoleMembre.CONTRIBUTEUR
    assert _mails("compte_transmission_proposee") == {heritier.email}
    for _ in range(2):
        domain.accept_transfer(acteur=heritier, transmission=proposee)
    assert _role(lieu, heritier) == RoleMembre.RESPONSABLE
    assert _role(lieu, responsable) == apres
    assert _mails("compte_nouveau_responsable") == {responsable.email, heritier.email, tiers.email}
    verbes = Evenement.objects.filter(chaine=f"structure:{lieu.pk}").values_list("verbe", flat=True)
    assert list(verbes).count("responsabilite.acceptee") == 1
    # What the role opens follows at once.
    domain.invite_member(acteur=heritier, structure=lieu, email="n@essai.example", role="contributeur")


def test_given_a_proposal_when_declined_then_nothing_changes_and_the_proposer_knows() -> None:
    lieu, responsable, heritier = _pair()
    proposee = domain.propose_transfer(acteur=responsable, structure=lieu, vers=heritier)
    for _ in range(2):
        domain.decline_transfer(acteur=heritier, transmission=proposee)
    assert _role(lieu, responsable) == RoleMembre.RESPONSABLE
    assert _mails("compte_transmission_refusee") == {responsable.email}
    with pytest.raises(ErreurMetier, match="n’attend plus de réponse"):
        domain.accept_transfer(acteur=heritier, transmission=proposee)


def test_given_a_proposal_when_its_date_passes_then_it_can_no_longer_be_accepted() -> None:
    with time_machine.travel(DEPART, tick=False) as horloge:
        lieu, responsable, heritier = _pair()
        proposee = domain.propose_transfer(acteur=responsable, structure=lieu, vers=heritier)
        horloge.move_to(proposee.expire_le)
        assert proposee.etat == EtatTransmission.EXPIREE
        with pytest.raises(ErreurMetier, match="expirée"):
            domain.accept_transfer(acteur=heritier, transmission=proposee)
        suivante = domain.propose_transfer(acteur=responsable, structure=lieu, vers=heritier)
        horloge.move_to(suivante.expire_le - timedelta(seconds=1))
        domain.accept_transfer(acteur=heritier, transmission=suivante)


def test_given_a_proposal_that_waits_when_proposing_again_then_it_is_the_same_or_refused() -> None:
    lieu, responsable, heritier = _pair()
    autre = membre(lieu)
    proposee = domain.propose_transfer(acteur=responsable, structure=lieu, vers=heritier)
    assert domain.propose_transfer(acteur=responsable, structure=lieu, vers=heritier) == proposee
    assert Courriel.objects.filter(gabarit="compte_transmission_proposee").count() == 1
    with pytest.raises(ErreurMetier, match="attend déjà"):
        domain.propose_transfer(acteur=responsable, structure=lieu, vers=autre)
    for _ in range(2):
        domain.withdraw_transfer(acteur=responsable, transmission=proposee)
    assert Evenement.objects.filter(verbe="responsabilite.retiree").count() == 1
    domain.propose_transfer(acteur=responsable, structure=lieu, vers=autre)


def test_given_the_wrong_people_when_proposing_or_answering_then_it_is_refused() -> None:
    lieu, responsable, heritier = _pair()
    etranger = utilisateur()
    for vers in (responsable, etranger, membre(lieu, RoleMembre.RESPONSABLE)):
        with pytest.raises(DonneesInvalides):
            domain.propose_transfer(acteur=responsable, structure=lieu, vers=vers)
    for acteur in (heritier, etranger, utilisateur(Role.ADMINISTRATEUR)):
        with pytest.raises(ActeurRefuse):
            domain.propose_transfer(acteur=acteur, structure=lieu, vers=heritier)
    proposee = domain.propose_transfer(acteur=responsable, structure=lieu, vers=heritier)
    for verbe in (domain.accept_transfer, domain.decline_transfer):
        for acteur in (responsable, etranger, membre(lieu)):
            with pytest.raises(ActeurRefuse):
                verbe(acteur=acteur, transmission=proposee)


@pytest.mark.parametrize("qui", ["de", "vers"])
def test_given_a_proposal_when_either_person_has_left_then_it_can_no_longer_be_accepted(qui: str) -> None:
    lieu, responsable, heritier = _pair()
    autre = membre(lieu, RoleMembre.RESPONSABLE)
    proposee = domain.propose_transfer(acteur=responsable, structure=lieu, vers=heritier)
    partant = {"de": responsable, "vers": heritier}[qui]
    domain.remove_member(acteur=autre, appartenance=lieu.appartenances.get(utilisateur=partant))
    with pytest.raises(ErreurMetier, match=r"plus (responsable|membre)"):
        domain.accept_transfer(acteur=heritier, transmission=proposee)
    assert _role(lieu, autre) == RoleMembre.RESPONSABLE


def test_given_the_pages_when_passing_the_role_on_then_each_says_what_happens_next() -> None:
    lieu, responsable, heritier = _pair()
    fiche = f"/comptes/structure/{lieu.pk}/"
    navigateur = _browser(responsable)
    assert navigateur.post(f"{fiche}transmettre/", {"vers": utilisateur().pk}).status_code == 422
    page = navigateur.post(f"{fiche}transmettre/", {"vers": heritier.pk, "conserve": "non"}, follow=True)
    assert "La proposition est envoyée" in page.content.decode()
    assert "Retirer cette proposition" in page.content.decode()
    autre = _browser(heritier)
    page = autre.get(fiche).content.decode()
    assert "vous propose de devenir responsable" in page
    proposee = lieu.transmissions.get()
    reponse = f"{fiche}transmettre/{proposee.pk}/repondre/"
    assert "Choisissez d’accepter" in autre.post(reponse, {"reponse": "x"}, follow=True).content.decode()
    assert navigateur.post(reponse, {"reponse": "accepter"}).status_code == 403
    page = autre.post(reponse, {"reponse": "accepter"}, follow=True).content.decode()
    assert "Vous êtes maintenant responsable" in page
    assert navigateur.get(f"{fiche}transmettre/").status_code == 403
    assert _browser(utilisateur()).post(reponse, {"reponse": "accepter"}).status_code == 404


# --- Asked of GEN ---------------------------------------------------------------------------------
def test_given_the_only_responsable_gone_when_a_member_asks_then_gen_names_one_and_all_know() -> None:
    admin = utilisateur(Role.ADMINISTRATEUR)
    lieu, partie, reste = _pair()
    domain.deactivate_account(acteur=admin, utilisateur=partie, motif=MOTIF)
    page = _browser(reste).get(f"/comptes/structure/{lieu.pk}/").content.decode()
    assert "Cette structure n’a plus de responsable" in page
    adresse = f"/comptes/structure/{lieu.pk}/demander-responsable/"
    assert _browser(reste).post(adresse, {"motif": "vite"}).status_code == 422
    assert _browser(reste).post(adresse, {"motif": MOTIF}).status_code == 302
    demande = domain.request_responsable(acteur=reste, structure=lieu, motif=MOTIF)
    assert DemandeResponsable.objects.get() == demande
    assert _mails("compte_demande_responsable") == {admin.email}

    navigateur = _browser(admin)
    assert "Demandes de responsable" in navigateur.get("/").content.decode()
    liste = navigateur.get("/admin/comptes/structure/?responsable=demande").content.decode()
    assert lieu.raison_sociale in liste
    ecran = f"/admin/comptes/structure/{lieu.pk}/responsable/"
    assert MOTIF in navigateur.get(ecran).content.decode()
    assert navigateur.post(ecran, {"email": reste.email, "motif": ""}).status_code == 422
    assert navigateur.post(ecran, {"email": "x@essai.example", "motif": MOTIF}).status_code == 422
    assert navigateur.post(ecran, {"email": reste.email, "motif": MOTIF}).status_code == 302
    assert _role(lieu, reste) == RoleMembre.RESPONSABLE
    demande.refresh_from_db()
    assert (demande.issue, demande.traitee_par) == (DemandeResponsable.Issue.NOMMEE, admin)
    assert _mails("compte_nouveau_responsable") == {reste.email}
    nomme = lieu.appartenances.get(utilisateur=reste)
    assert revisions.of(nomme, "nomination").get(champ="motif").apres == MOTIF
    fait = Evenement.objects.get(verbe="responsable.nomme")
    assert fait.acteur_id == admin.pk
    assert MOTIF not in str(fait.donnees)
    assert journal.verify().ok


def test_given_a_structure_without_anybody_when_gen_names_an_outsider_then_they_become_a_member() -> None:
    admin = utilisateur(Role.ADMINISTRATEUR)
    partie = utilisateur()
    lieu = structure(partie)
    domain.deactivate_account(acteur=admin, utilisateur=partie, motif=MOTIF)
    assert _mails("compte_structure_sans_responsable_gen") == {admin.email}
    liste = _browser(admin).get("/admin/comptes/structure/?responsable=sans").content.decode()
    assert lieu.siret in liste
    nouvelle = utilisateur()
    domain.appoint_responsable(acteur=admin, structure=lieu, utilisateur=nouvelle, motif=MOTIF)
    assert _role(lieu, nouvelle) == RoleMembre.RESPONSABLE
    with pytest.raises(DonneesInvalides, match="déjà responsable"):
        domain.appoint_responsable(acteur=admin, structure=lieu, utilisateur=nouvelle, motif=MOTIF)


def test_given_a_request_when_rejected_then_the_person_reads_why_and_may_ask_again() -> None:
    admin = utilisateur(Role.ADMINISTRATEUR)
    lieu, _, demandeur = _pair()
    demande = domain.request_responsable(acteur=demandeur, structure=lieu, motif=MOTIF)
    reponse = "La présidente, jointe ce jour, est toujours en fonction."
    ecran = f"/admin/comptes/structure/{lieu.pk}/responsable/rejeter/"
    assert _browser(admin).post(ecran, {"motif": reponse}).status_code == 302
    demande.refresh_from_db()
    assert demande.issue == DemandeResponsable.Issue.REJETEE
    courriel = Courriel.objects.get(gabarit="compte_demande_responsable_rejetee")
    assert reponse in courriel.texte
    with pytest.raises(ErreurMetier, match="déjà reçu"):
        domain.reject_request(acteur=admin, demande=demande, motif=reponse)
    assert domain.request_responsable(acteur=demandeur, structure=lieu, motif=MOTIF) != demande


def test_given_a_request_rejected_when_members_open_the_structure_then_they_read_it_and_the_asker_why() -> (
    None
):
    admin = utilisateur(Role.ADMINISTRATEUR)
    lieu, responsable, demandeur = _pair()
    adresse = f"/comptes/structure/{lieu.pk}/"
    demande = domain.request_responsable(acteur=demandeur, structure=lieu, motif=MOTIF)
    assert "attend la réponse de la GEN" in _browser(demandeur).get(adresse).content.decode()
    reponse = "La présidente, jointe ce jour, est toujours en fonction."
    domain.reject_request(acteur=admin, demande=demande, motif=reponse)

    page = _browser(demandeur).get(adresse).content.decode()
    assert "la demande que vous avez faite" in page
    assert reponse in page
    assert "Faire une nouvelle demande" in page
    assert "attend la réponse de la GEN" not in page
    autre = _browser(responsable).get(adresse).content.decode()
    assert f"la demande que {demandeur} a faite" in autre
    assert reponse not in autre

    domain.request_responsable(acteur=demandeur, structure=lieu, motif=MOTIF)
    page = _browser(demandeur).get(adresse).content.decode()
    assert "attend la réponse de la GEN" in page
    assert "rejetée" not in page


def test_given_the_wrong_people_when_asking_or_naming_then_it_is_refused() -> None:
    admin = utilisateur(Role.ADMINISTRATEUR)
    lieu, responsable, contributeur = _pair()
    for acteur in (responsable, utilisateur(), admin):
        with pytest.raises(ActeurRefuse):
            domain.request_responsable(acteur=acteur, structure=lieu, motif=MOTIF)
    for acteur in (responsable, contributeur, utilisateur("direction"), utilisateur("instructeur")):
        with pytest.raises(ActeurRefuse):
            domain.appoint_responsable(acteur=acteur, structure=lieu, utilisateur=contributeur, motif=MOTIF)
        assert _browser(acteur).get(f"/admin/comptes/structure/{lieu.pk}/responsable/").status_code != 200
    with pytest.raises(ActeurRefuse, match="Personne ne se nomme"):
        domain.appoint_responsable(acteur=admin, structure=lieu, utilisateur=admin, motif=MOTIF)


# --- Closing an account -----------------------------------------------------------------------------
def test_given_an_account_when_closed_then_sessions_invitations_and_proposals_fall() -> None:
    admin = utilisateur(Role.ADMINISTRATEUR)
    lieu, partie, reste = _pair()
    autre = membre(lieu, RoleMembre.RESPONSABLE)
    navigateur, temoin = _browser(partie), _browser(reste)
    invitation = domain.invite_member(
        acteur=partie, structure=lieu, email="n@essai.example", role="contributeur"
    )
    gardee = domain.invite_member(acteur=autre, structure=lieu, email="m@essai.example", role="contributeur")
    proposee = domain.propose_transfer(acteur=partie, structure=lieu, vers=reste)
    sessions = Session.objects.count()
    for _ in range(2):
        domain.deactivate_account(acteur=admin, utilisateur=partie, motif=MOTIF)
    assert Session.objects.count() == sessions - 1
    assert navigateur.get("/comptes/").url.startswith("/compte/login/")
    assert temoin.get("/comptes/").status_code == 200
    invitation.refresh_from_db()
    assert invitation.etat == "RETIREE"
    assert gardee in lieu.invitations.en_attente()
    proposee.refresh_from_db()
    assert proposee.etat == EtatTransmission.RETIREE
    assert _mails("compte_desactive") == {partie.email}
    assert MOTIF not in Courriel.objects.get(gabarit="compte_desactive").texte
    # Somebody else answers for the structure: nobody is alarmed.
    assert not _mails("compte_structure_sans_responsable")
    assert Evenement.objects.filter(verbe="compte.desactive").count() == 1
    assert revisions.of(partie, "activation").get(champ="motif").apres == MOTIF


def test_given_a_closed_account_when_opened_again_then_roles_come_back_and_old_sessions_do_not() -> None:
    admin = utilisateur(Role.ADMINISTRATEUR)
    lieu, partie, reste = _pair()
    navigateur = _browser(partie)
    domain.deactivate_account(acteur=admin, utilisateur=partie, motif=MOTIF)
    assert _mails("compte_structure_sans_responsable") == {reste.email}
    assert Evenement.objects.filter(
        verbe="structure.sans_responsable", chaine=f"structure:{lieu.pk}"
    ).exists()
    with pytest.raises(ActeurRefuse):
        domain.invite_member(acteur=partie, structure=lieu, email="n@essai.example", role="contributeur")
    for _ in range(2):
        domain.reactivate_account(acteur=admin, utilisateur=partie, motif=MOTIF)
    assert Evenement.objects.filter(verbe="compte.reactive").count() == 1
    assert navigateur.get("/comptes/").url.startswith("/compte/login/")
    assert _role(lieu, partie) == RoleMembre.RESPONSABLE
    assert _mails("compte_reactive") == {partie.email}
    assert (
        "n’a plus de responsable"
        not in _browser(partie).get(f"/comptes/structure/{lieu.pk}/").content.decode()
    )


def test_given_the_wrong_people_or_no_reason_when_closing_an_account_then_it_is_refused() -> None:
    admin, cible = utilisateur(Role.ADMINISTRATEUR), utilisateur()
    for verbe in (domain.deactivate_account, domain.reactivate_account):
        for acteur in (utilisateur(), utilisateur("direction"), utilisateur("instructeur")):
            with pytest.raises(ActeurRefuse):
                verbe(acteur=acteur, utilisateur=cible, motif=MOTIF)
        with pytest.raises(DonneesInvalides):
            verbe(acteur=admin, utilisateur=cible, motif="  court ")
    with pytest.raises(ActeurRefuse, match="son propre compte"):
        domain.deactivate_account(acteur=admin, utilisateur=admin, motif=MOTIF)
    cible.refresh_from_db()
    assert cible.is_active


def test_given_the_screen_when_closing_an_account_then_it_says_before_what_will_fall() -> None:
    admin = utilisateur(Role.ADMINISTRATEUR)
    responsable = utilisateur(email="presidence@alpes.example")
    lieu = structure(responsable)
    navigateur = _browser(admin)
    fiche = f"/admin/comptes/utilisateur/{responsable.pk}/change/"
    assert "Désactiver le compte" in navigateur.get(fiche).content.decode()
    ecran = f"/admin/comptes/utilisateur/{responsable.pk}/activation/"
    page = navigateur.get(ecran).content.decode()
    assert "Structures qui n’auront plus de responsable" in page
    assert f"Représentant légal, {lieu}" in page
    assert navigateur.post(ecran, {"motif": ""}).status_code == 422
    assert navigateur.post(ecran, {"motif": MOTIF}).status_code == 302
    responsable.refresh_from_db()
    assert not responsable.is_active
    assert MOTIF in navigateur.get(ecran).content.decode()
    assert "Réactiver le compte" in navigateur.get(fiche).content.decode()
    assert navigateur.post(ecran, {"motif": MOTIF}).status_code == 302
    for personne in (utilisateur("direction"), utilisateur("instructeur")):
        assert _browser(personne).get(ecran).status_code == 403


def test_given_two_administrators_when_each_closes_the_other_then_the_second_is_none_any_more() -> None:
    un, deux = utilisateur(Role.ADMINISTRATEUR), utilisateur(Role.ADMINISTRATEUR)
    perime: Any = Utilisateur.objects.get(pk=deux.pk)
    assert perime.a_role(Role.ADMINISTRATEUR)
    domain.deactivate_account(acteur=un, utilisateur=deux, motif=MOTIF)
    with pytest.raises(ActeurRefuse):
        domain.deactivate_account(acteur=perime, utilisateur=un, motif=MOTIF)
    un.refresh_from_db()
    assert un.is_active
