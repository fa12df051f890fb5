"""Members: invited, in by a link, out by a verb."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from comptes import domain
from comptes.models import Invitation, RoleMembre, Structure
from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier
from socle.models import Courriel, Evenement
from tests.comptes.fabriques import membre, structure, utilisateur

pytestmark = pytest.mark.django_db

DEPART = datetime(2021, 9, 20, 8, 0, tzinfo=UTC)


def _token() -> str:
    """Return the token of the last invitation, from the mail: the only place where it stands."""
    courriel = Courriel.objects.filter(gabarit="compte_invitation").latest("cree_le")
    trouve = re.search(r"/comptes/invitation/([\w-]+)/", courriel.texte)
    assert trouve
    return trouve[1]


def _invited(email: str = "nouveau@essai.example", role: str = RoleMembre.CONTRIBUTEUR) -> Structure:
    responsable = utilisateur()
    lieu = structure(responsable)
    domain.invite_member(acteur=responsable, structure=lieu, email=email, role=role)
    return lieu


def test_given_an_invitation_when_sent_then_the_mail_has_the_link_and_the_base_only_its_hash() -> None:
    lieu = _invited(email="  Nouveau@Essai.example ")
    invitation = Invitation.objects.get()
    assert invitation.email == "nouveau@essai.example"
    assert _token() not in str(Invitation.objects.values().get())
    courriel = Courriel.objects.get(gabarit="compte_invitation")
    assert courriel.est_code
    assert courriel.objet.startswith(f"Rejoignez {lieu} sur le portail du label GEN avant le ")
    fait = Evenement.objects.get(verbe="membre.invite")
    assert "essai.example" not in str(fait.donnees)


def test_given_the_link_when_the_invited_person_accepts_then_they_are_a_member_once() -> None:
    lieu = _invited(role=RoleMembre.RESPONSABLE)
    personne = utilisateur(email="nouveau@essai.example")
    jeton = _token()
    domain.accept_invitation(acteur=personne, jeton=jeton)
    assert personne.role_dans(lieu) == RoleMembre.RESPONSABLE
    encore = domain.accept_invitation(acteur=personne, jeton=jeton)
    assert encore == lieu.appartenances.get(utilisateur=personne)
    with pytest.raises(ErreurMetier, match="a déjà servi"):
        domain.find_invitation(jeton)
    assert lieu.appartenances.filter(utilisateur=personne).count() == 1


def test_given_the_link_when_another_account_opens_it_then_it_is_refused() -> None:
    lieu = _invited()
    autre = utilisateur()
    with pytest.raises(ActeurRefuse, match="autre adresse"):
        domain.accept_invitation(acteur=autre, jeton=_token())
    assert not autre.role_dans(lieu)


def test_given_the_link_when_the_last_instant_is_over_then_it_is_dead() -> None:
    with time_machine.travel(DEPART, tick=False) as horloge:
        _invited()
        personne = utilisateur(email="nouveau@essai.example")
        jeton = _token()
        fin = Invitation.objects.get().expire_le
        assert fin == DEPART + timedelta(days=14)
        horloge.move_to(fin)
        with pytest.raises(ErreurMetier):
            domain.accept_invitation(acteur=personne, jeton=jeton)
        horloge.move_to(fin - timedelta(seconds=1))
        domain.accept_invitation(acteur=personne, jeton=jeton)


def test_given_an_invitation_when_sent_again_then_the_first_link_dies() -> None:
    with time_machine.travel(DEPART, tick=False) as horloge:
        responsable = utilisateur()
        lieu = structure(responsable)
        domain.invite_member(acteur=responsable, structure=lieu, email="n@essai.example", role="contributeur")
        premier = _token()
        horloge.shift(60)
        domain.invite_member(acteur=responsable, structure=lieu, email="n@essai.example", role="contributeur")
        second = _token()
        assert premier != second
        assert lieu.invitations.en_attente().count() == 1
        with pytest.raises(ErreurMetier):
            domain.find_invitation(premier)
        assert domain.find_invitation(second)


def test_given_a_wrong_address_or_a_member_when_invited_then_a_sentence_says_so() -> None:
    responsable = utilisateur()
    lieu = structure(responsable)
    deja = membre(lieu)
    for email in ("pas-une-adresse", deja.email):
        with pytest.raises(DonneesInvalides) as refus:
            domain.invite_member(acteur=responsable, structure=lieu, email=email, role="contributeur")
        assert "email" in refus.value.erreurs
    assert not Courriel.objects.exists()


def test_given_a_contributeur_when_inviting_then_it_is_refused() -> None:
    lieu = structure()
    with pytest.raises(ActeurRefuse):
        domain.invite_member(
            acteur=membre(lieu), structure=lieu, email="n@essai.example", role="contributeur"
        )


def test_given_a_member_when_removed_then_the_structure_closes_at_once() -> None:
    responsable = utilisateur()
    lieu = structure(responsable)
    partant = membre(lieu)
    assert Structure.objects.visible_to(partant).exists()
    domain.remove_member(acteur=responsable, appartenance=lieu.appartenances.get(utilisateur=partant))
    partant.forget_roles()
    assert not Structure.objects.visible_to(partant).exists()
    assert not partant.role_dans(lieu)
    assert Evenement.objects.filter(verbe="membre.retire").count() == 1


def test_given_the_last_responsable_when_removed_then_it_is_refused() -> None:
    responsable = utilisateur()
    lieu = structure(responsable)
    membre(lieu)
    seul = lieu.appartenances.get(utilisateur=responsable)
    with pytest.raises(ErreurMetier, match="garde toujours un responsable"):
        domain.remove_member(acteur=responsable, appartenance=seul)
    membre(lieu, RoleMembre.RESPONSABLE)
    domain.remove_member(acteur=responsable, appartenance=seul)


def test_given_the_pages_when_inviting_then_accepting_then_the_member_shows() -> None:
    responsable = utilisateur()
    lieu = structure(responsable)
    navigateur = Client()
    navigateur.force_login(responsable)
    page = navigateur.post(
        f"/comptes/structure/{lieu.pk}/inviter/",
        {"email": "nouveau@essai.example", "role": "contributeur"},
        follow=True,
    ).content.decode()
    assert "nouveau@essai.example" in page
    assert "En attente, valable jusqu’au" in page

    invite = Client()
    lien = f"/comptes/invitation/{_token()}/"
    assert invite.get(lien).url == f"/compte/login/?next={lien}"
    personne = utilisateur(email="nouveau@essai.example")
    invite.force_login(personne)
    assert "Accepter l’invitation" in invite.get(lien).content.decode()
    # Opening the link, as a scanner of mails does, accepts nothing.
    assert not lieu.appartenances.filter(utilisateur=personne).exists()
    assert invite.post(lien).url == f"/comptes/structure/{lieu.pk}/"
    assert personne.nom_complet in navigateur.get(f"/comptes/structure/{lieu.pk}/").content.decode()
    assert invite.get(lien).url == f"/comptes/structure/{lieu.pk}/"


def test_given_the_page_when_a_member_is_removed_then_it_says_so() -> None:
    responsable = utilisateur()
    lieu = structure(responsable)
    partant = membre(lieu)
    navigateur = Client()
    navigateur.force_login(responsable)
    cle = lieu.appartenances.get(utilisateur=partant).pk
    page = navigateur.post(
        f"/comptes/structure/{lieu.pk}/membres/{cle}/retirer/", follow=True
    ).content.decode()
    assert "n’est plus membre de la structure" in page
