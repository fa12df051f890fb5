"""Invitations: states, sending again, withdrawing, and what a dead or forwarded link says."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from comptes import domain
from comptes.models import EtatInvitation, Invitation, Structure, Utilisateur
from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier
from socle.models import Courriel, Evenement
from tests.comptes.fabriques import membre, structure, utilisateur

pytestmark = pytest.mark.django_db

DEPART = datetime(2021, 9, 20, 8, 0, tzinfo=UTC)
ADRESSE = "nouveau@essai.example"


def _token() -> str:
    courriel = Courriel.objects.filter(gabarit="compte_invitation").latest("cree_le")
    trouve = re.search(r"/comptes/invitation/([\w-]+)/", courriel.texte)
    assert trouve
    return trouve[1]


def _invited() -> tuple[Utilisateur, Structure, Invitation]:
    responsable = utilisateur()
    lieu = structure(responsable)
    invitation = domain.invite_member(acteur=responsable, structure=lieu, email=ADRESSE, role="contributeur")
    return responsable, lieu, invitation


def test_given_the_clock_when_the_date_passes_then_the_state_changes_at_that_instant() -> None:
    with time_machine.travel(DEPART, tick=False) as horloge:
        _, lieu, invitation = _invited()
        horloge.move_to(invitation.expire_le - timedelta(seconds=1))
        assert invitation.etat == EtatInvitation.EN_ATTENTE
        assert lieu.invitations.en_attente().exists()
        horloge.move_to(invitation.expire_le)
        assert invitation.etat == EtatInvitation.EXPIREE
        assert not lieu.invitations.en_attente().exists()
        with pytest.raises(
            domain.InvitationPerdue, match=r"a expiré le 04/10/2021\. Demandez-en une nouvelle"
        ):
            domain.find_invitation(_token())


def test_given_an_expired_invitation_when_sent_again_then_a_fresh_link_opens_for_as_long() -> None:
    with time_machine.travel(DEPART, tick=False) as horloge:
        responsable, _, invitation = _invited()
        premier = _token()
        horloge.shift(timedelta(days=20))
        suivante = domain.resend_invitation(acteur=responsable, invitation=invitation)
        assert suivante.expire_le == DEPART + timedelta(days=34)
        assert suivante.role == invitation.role
        with pytest.raises(domain.InvitationPerdue, match="remplacée par une plus récente"):
            domain.find_invitation(premier)
        assert domain.find_invitation(_token()) == suivante
        # The page was open twice: the second press is the first one's.
        assert domain.resend_invitation(acteur=responsable, invitation=invitation) == suivante
        assert Courriel.objects.filter(gabarit="compte_invitation").count() == 2


def test_given_an_invitation_when_withdrawn_then_its_link_says_so_and_twice_is_once() -> None:
    responsable, _, invitation = _invited()
    for _ in range(2):
        domain.withdraw_invitation(acteur=responsable, invitation=invitation)
    assert invitation.etat == EtatInvitation.RETIREE
    assert Evenement.objects.filter(verbe="invitation.retiree").count() == 1
    with pytest.raises(domain.InvitationPerdue, match="retirée par la structure"):
        domain.find_invitation(_token())
    with pytest.raises(domain.InvitationPerdue):
        domain.accept_invitation(acteur=utilisateur(email=ADRESSE), jeton=_token())
    with pytest.raises(ErreurMetier, match="n’est plus en attente"):
        domain.resend_invitation(acteur=responsable, invitation=invitation)


def test_given_an_accepted_invitation_when_withdrawn_or_sent_again_then_it_is_refused() -> None:
    responsable, lieu, invitation = _invited()
    personne = utilisateur(email=ADRESSE)
    domain.accept_invitation(acteur=personne, jeton=_token())
    invitation.refresh_from_db()
    assert invitation.etat == EtatInvitation.ACCEPTEE
    with pytest.raises(ErreurMetier, match="acceptée entre-temps"):
        domain.withdraw_invitation(acteur=responsable, invitation=invitation)
    with pytest.raises(ErreurMetier, match="n’est plus en attente"):
        domain.resend_invitation(acteur=responsable, invitation=invitation)
    # Taken out since: the old link does not let the person in again.
    domain.remove_member(acteur=responsable, appartenance=lieu.appartenances.get(utilisateur=personne))
    with pytest.raises(domain.InvitationPerdue, match="a déjà servi"):
        domain.accept_invitation(acteur=personne, jeton=_token())


def test_given_a_member_by_another_way_when_sent_again_then_it_says_so() -> None:
    responsable, lieu, invitation = _invited()
    personne = utilisateur(email=ADRESSE)
    lieu.appartenances.create(utilisateur=personne)
    with pytest.raises(DonneesInvalides, match="déjà membre"):
        domain.resend_invitation(acteur=responsable, invitation=invitation)


def test_given_the_button_pressed_twice_when_inviting_then_one_invitation_and_one_mail() -> None:
    with time_machine.travel(DEPART, tick=False) as horloge:
        responsable, lieu, invitation = _invited()
        horloge.shift(timedelta(seconds=59))
        encore = domain.invite_member(acteur=responsable, structure=lieu, email=ADRESSE, role="contributeur")
        assert encore == invitation
        assert Courriel.objects.count() == 1
        horloge.shift(timedelta(seconds=1))
        encore = domain.invite_member(acteur=responsable, structure=lieu, email=ADRESSE, role="contributeur")
        assert encore != invitation


@pytest.mark.parametrize("verbe", [domain.resend_invitation, domain.withdraw_invitation])
def test_given_a_contributeur_or_a_stranger_when_touching_an_invitation_then_it_is_refused(
    verbe: object,
) -> None:
    _, lieu, invitation = _invited()
    for acteur in (membre(lieu), utilisateur(), utilisateur("administrateur")):
        with pytest.raises(ActeurRefuse):
            verbe(acteur=acteur, invitation=invitation)
    invitation.refresh_from_db()
    assert invitation.etat == EtatInvitation.EN_ATTENTE


def test_given_a_forwarded_link_when_opened_then_the_page_says_for_whom_and_what_to_do() -> None:
    responsable, lieu, _ = _invited()
    autre = utilisateur()
    navigateur = Client()
    navigateur.force_login(autre)
    for methode in (navigateur.get, navigateur.post):
        reponse = methode(f"/comptes/invitation/{_token()}/")
        assert reponse.status_code == 403
        page = reponse.content.decode()
        assert "n•••@essai.example" in page
        assert ADRESSE not in page
        assert autre.email in page
        assert responsable.nom_complet in page
        assert "Changer de compte" in page
        assert "Accepter l’invitation" not in page
    assert not autre.role_dans(lieu)


@pytest.mark.parametrize(
    ("fin", "phrase"),
    [
        ("expiree", "a expiré le"),
        ("retiree", "a été retirée par la structure"),
        ("servie", "a déjà servi"),
        ("inconnue", "incomplet ou inconnu"),
    ],
)
def test_given_a_dead_link_when_opened_then_the_page_says_why_and_whom_to_ask(fin: str, phrase: str) -> None:
    with time_machine.travel(DEPART, tick=False) as horloge:
        responsable, _, invitation = _invited()
        jeton = _token()
        if fin == "expiree":
            horloge.shift(timedelta(days=14))
        elif fin == "retiree":
            domain.withdraw_invitation(acteur=responsable, invitation=invitation)
        elif fin == "servie":
            domain.accept_invitation(acteur=utilisateur(email=ADRESSE), jeton=jeton)
        else:
            jeton = jeton[:-4]
        navigateur = Client()
        navigateur.force_login(utilisateur())
        reponse = navigateur.get(f"/comptes/invitation/{jeton}/")
        assert reponse.status_code == 409
        page = reponse.content.decode()
        assert phrase in page
        assert "responsable de" in page


def test_given_the_pages_when_sending_again_and_withdrawing_then_the_list_says_each_state() -> None:
    with time_machine.travel(DEPART, tick=False) as horloge:
        responsable, lieu, invitation = _invited()
        horloge.shift(timedelta(days=15))
        navigateur = Client()
        navigateur.force_login(responsable)
        fiche = f"/comptes/structure/{lieu.pk}/"
        assert "Expirée le 4\u00a0octobre" in navigateur.get(fiche).content.decode()
        page = navigateur.post(f"{fiche}invitations/{invitation.pk}/renvoyer/", follow=True).content.decode()
        assert f"L’invitation repart à {ADRESSE}" in page
        assert "En attente, valable jusqu’au 19\u00a0octobre 2021" in page
        assert "Remplacée le 5\u00a0octobre 2021" in page
        derniere = lieu.invitations.en_attente().get()
        page = navigateur.post(f"{fiche}invitations/{derniere.pk}/retirer/", follow=True).content.decode()
        assert "Retirée le 5\u00a0octobre 2021" in page


def test_given_somebody_else_when_posting_to_an_invitation_then_it_is_hidden_or_refused() -> None:
    _, lieu, invitation = _invited()
    autre_structure = structure()
    navigateur = Client()
    for personne, attendu in ((membre(lieu), 403), (utilisateur(), 404)):
        navigateur.force_login(personne)
        adresse = f"/comptes/structure/{lieu.pk}/invitations/{invitation.pk}/retirer/"
        assert navigateur.post(adresse).status_code == attendu
    navigateur.force_login(autre_structure.appartenances.get().utilisateur)
    croisee = f"/comptes/structure/{autre_structure.pk}/invitations/{invitation.pk}/retirer/"
    assert navigateur.post(croisee).status_code == 404
    invitation.refresh_from_db()
    assert invitation.etat == EtatInvitation.EN_ATTENTE


def test_given_a_member_when_leaving_then_they_are_out_and_the_responsables_know() -> None:
    responsable = utilisateur()
    lieu = structure(responsable)
    partant = membre(lieu)
    navigateur = Client()
    navigateur.force_login(partant)
    adresse = f"/comptes/structure/{lieu.pk}/quitter/"
    assert "il faudra une nouvelle invitation" in navigateur.get(adresse).content.decode()
    page = navigateur.post(adresse, follow=True).content.decode()
    assert "Vous n’êtes plus membre de" in page
    assert navigateur.get(f"/comptes/structure/{lieu.pk}/").status_code == 404
    assert Evenement.objects.filter(verbe="membre.parti", chaine=f"structure:{lieu.pk}").count() == 1
    courriel = Courriel.objects.get(gabarit="compte_membre_parti")
    assert courriel.email == responsable.email


def test_given_the_last_responsable_when_leaving_then_the_page_says_what_to_do() -> None:
    responsable = utilisateur()
    lieu = structure(responsable)
    membre(lieu)
    eteint = membre(lieu, "responsable")
    Utilisateur.objects.filter(pk=eteint.pk).update(is_active=False)
    navigateur = Client()
    navigateur.force_login(responsable)
    adresse = f"/comptes/structure/{lieu.pk}/quitter/"
    page = navigateur.get(adresse).content.decode()
    assert "la seule personne responsable" in page
    assert '<button type="submit" class="fr-btn">Quitter' not in page
    with pytest.raises(domain.DernierResponsable):
        domain.leave_structure(acteur=responsable, structure=lieu)
    assert "garde toujours un responsable" in navigateur.post(adresse).content.decode()
    Utilisateur.objects.filter(pk=eteint.pk).update(is_active=True)
    domain.leave_structure(acteur=responsable, structure=lieu)


def test_given_a_member_taken_out_then_they_are_told_by_mail() -> None:
    responsable = utilisateur()
    lieu = structure(responsable)
    partant = membre(lieu)
    domain.remove_member(acteur=responsable, appartenance=lieu.appartenances.get(utilisateur=partant))
    assert Courriel.objects.get(gabarit="compte_membre_retire").email == partant.email
