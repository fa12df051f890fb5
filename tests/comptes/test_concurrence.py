"""Two people at the same time: real threads, on PostgreSQL (SQLite writes one at a time anyway)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from comptes import domain
from comptes.models import (
    Invitation,
    Role,
    RoleAttribue,
    RoleMembre,
    Structure,
    Transmission,
    Utilisateur,
    VoirComme,
)
from socle.erreurs import DonneesInvalides, ErreurMetier
from socle.models import Courriel, Evenement
from tests.comptes.fabriques import DONNEES_STRUCTURE, membre, siret, structure, utilisateur

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def _at_once(*gestes: Callable[[], object]) -> list[object]:
    """Run each in its own thread and connection, started together; return results or errors."""
    depart = Barrier(len(gestes))

    def run(geste: Callable[[], object]) -> object:
        depart.wait(timeout=10)
        try:
            return geste()
        except ErreurMetier as erreur:
            return erreur
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(gestes)) as fils:
        return list(fils.map(run, gestes))


def test_given_two_responsables_when_each_removes_the_other_at_once_then_one_stays() -> None:
    un = utilisateur()
    lieu = structure(un)
    deux = membre(lieu, RoleMembre.RESPONSABLE)
    de_un = lieu.appartenances.get(utilisateur=un)
    de_deux = lieu.appartenances.get(utilisateur=deux)
    _at_once(
        lambda: domain.remove_member(acteur=un, appartenance=de_deux),
        lambda: domain.remove_member(acteur=deux, appartenance=de_un),
    )
    assert lieu.appartenances.en_cours().filter(role=RoleMembre.RESPONSABLE).count() == 1


def test_given_one_siret_typed_twice_at_once_then_one_structure_and_one_sentence() -> None:
    numero = siret()
    personnes = (utilisateur(), utilisateur())
    issues = _at_once(
        *(
            lambda personne=personne: domain.create_structure(
                acteur=personne, donnees={**DONNEES_STRUCTURE, "siret": numero}
            )
            for personne in personnes
        )
    )
    assert Structure.objects.filter(siret=numero).count() == 1
    assert sorted(isinstance(issue, DonneesInvalides) for issue in issues) == [False, True]


MOTIF = "Demande écrite de la structure, vérifiée par téléphone."
JETON = "un-jeton-connu-de-l-essai"


def _invited(monkeypatch: pytest.MonkeyPatch) -> tuple[Utilisateur, Structure, Utilisateur]:
    """Return a responsable, their structure, and a person invited to it by the link of ``JETON``."""
    monkeypatch.setattr("comptes.domain.invitations.new_token", lambda: JETON)
    responsable = utilisateur()
    lieu = structure(responsable)
    invite = utilisateur(email="nouveau@essai.example")
    domain.invite_member(acteur=responsable, structure=lieu, email=invite.email, role="contributeur")
    monkeypatch.undo()
    return responsable, lieu, invite


def test_given_one_link_clicked_twice_at_once_then_one_membership(monkeypatch: pytest.MonkeyPatch) -> None:
    _, lieu, invite = _invited(monkeypatch)
    issues = _at_once(*[lambda: domain.accept_invitation(acteur=invite, jeton=JETON)] * 2)
    assert lieu.appartenances.filter(utilisateur=invite).count() == 1
    assert issues[0] == issues[1] == lieu.appartenances.get(utilisateur=invite)
    assert Evenement.objects.filter(verbe="membre.arrive", acteur_id=invite.pk).count() == 1


def test_given_a_withdrawal_and_an_acceptance_at_once_then_one_of_both_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    responsable, lieu, invite = _invited(monkeypatch)
    invitation = lieu.invitations.get()
    issues = _at_once(
        lambda: domain.accept_invitation(acteur=invite, jeton=JETON),
        lambda: domain.withdraw_invitation(acteur=responsable, invitation=invitation),
    )
    assert sorted(isinstance(issue, ErreurMetier) for issue in issues) == [False, True]
    invitation.refresh_from_db()
    arrivee = lieu.appartenances.filter(utilisateur=invite).exists()
    assert arrivee == (invitation.acceptee_le is not None) == (invitation.annulee_le is None)


def test_given_an_invitation_sent_again_while_it_is_accepted_then_nothing_waits_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both lock the structure, then the invitation: in another order they would deadlock."""
    responsable, lieu, invite = _invited(monkeypatch)
    invitation = lieu.invitations.get()
    issues = _at_once(
        lambda: domain.accept_invitation(acteur=invite, jeton=JETON),
        lambda: domain.resend_invitation(acteur=responsable, invitation=invitation),
    )
    assert sorted(isinstance(issue, ErreurMetier) for issue in issues) == [False, True]
    assert lieu.invitations.en_attente().count() + lieu.appartenances.filter(utilisateur=invite).count() == 1


def test_given_an_invitation_sent_again_twice_at_once_then_one_mail_leaves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    responsable, lieu, _ = _invited(monkeypatch)
    premiere = lieu.invitations.get()
    envois = [
        lambda copie=copie: domain.resend_invitation(acteur=responsable, invitation=copie)
        for copie in (premiere, Invitation.objects.get(pk=premiere.pk))
    ]
    issues = _at_once(*envois)
    assert issues[0] == issues[1]
    assert Courriel.objects.filter(gabarit="compte_invitation").count() == 2


def test_given_three_responsables_when_two_remove_each_other_at_once_then_one_wins() -> None:
    un = utilisateur()
    lieu = structure(un)
    deux, trois = membre(lieu, RoleMembre.RESPONSABLE), membre(lieu, RoleMembre.RESPONSABLE)
    de_un, de_deux = (lieu.appartenances.get(utilisateur=personne) for personne in (un, deux))
    # Both pages were open: each had been told that it may.
    assert un.role_dans(lieu) == deux.role_dans(lieu) == RoleMembre.RESPONSABLE
    issues = _at_once(
        lambda: domain.remove_member(acteur=un, appartenance=de_deux),
        lambda: domain.remove_member(acteur=deux, appartenance=de_un),
    )
    assert sorted(isinstance(issue, ErreurMetier) for issue in issues) == [False, True]
    restants = set(lieu.appartenances.responsables().values_list("utilisateur", flat=True))
    assert trois.pk in restants
    assert len(restants) == 2


def test_given_the_two_last_responsables_when_both_leave_at_once_then_one_stays() -> None:
    un = utilisateur()
    lieu = structure(un)
    deux = membre(lieu, RoleMembre.RESPONSABLE)
    issues = _at_once(
        *(
            lambda personne=personne: domain.leave_structure(acteur=personne, structure=lieu)
            for personne in (un, deux)
        )
    )
    assert sorted(isinstance(issue, domain.DernierResponsable) for issue in issues) == [False, True]
    assert lieu.appartenances.responsables().count() == 1


def test_given_two_administrators_when_each_closes_the_other_at_once_then_one_wins() -> None:
    un, deux = utilisateur(Role.ADMINISTRATEUR), utilisateur(Role.ADMINISTRATEUR)
    issues = _at_once(
        lambda: domain.deactivate_account(acteur=un, utilisateur=deux, motif=MOTIF),
        lambda: domain.deactivate_account(acteur=deux, utilisateur=un, motif=MOTIF),
    )
    assert sorted(isinstance(issue, ErreurMetier) for issue in issues) == [False, True]
    assert Utilisateur.objects.filter(pk__in=(un.pk, deux.pk), is_active=True).count() == 1


def test_given_two_administrators_when_each_takes_the_other_s_role_back_at_once_then_one_stays() -> None:
    un, deux = utilisateur(Role.ADMINISTRATEUR), utilisateur(Role.ADMINISTRATEUR)
    roles = [personne.roles_attribues.get() for personne in (un, deux)]
    # Each page was asked for, and its permission seen, before either act.
    for personne in (un, deux):
        assert personne.has_perm("comptes.revoke_role")
    issues = _at_once(
        lambda: domain.revoke_role(acteur=un, attribue=roles[1]),
        lambda: domain.revoke_role(acteur=deux, attribue=roles[0]),
    )
    assert sorted(isinstance(issue, ErreurMetier) for issue in issues) == [False, True]
    assert RoleAttribue.objects.filter(utilisateur__in=(un, deux), au__isnull=True).count() == 1


def test_given_one_responsable_closed_while_the_other_leaves_then_no_gap_is_silent() -> None:
    admin, un = utilisateur(Role.ADMINISTRATEUR), utilisateur()
    lieu = structure(un)
    deux = membre(lieu, RoleMembre.RESPONSABLE)
    issues = _at_once(
        lambda: domain.deactivate_account(acteur=admin, utilisateur=un, motif=MOTIF),
        lambda: domain.leave_structure(acteur=deux, structure=lieu),
    )
    partie = not isinstance(issues[1], ErreurMetier)
    annonce = Evenement.objects.filter(verbe="structure.sans_responsable", chaine=f"structure:{lieu.pk}")
    # Either the other one is kept back, or the account closed last and the gap was announced.
    assert lieu.appartenances.responsables().exists() is not partie
    assert annonce.exists() is partie


def test_given_a_proposal_accepted_while_it_is_withdrawn_then_one_of_both_holds() -> None:
    un = utilisateur()
    lieu = structure(un)
    heritier = membre(lieu)
    proposee = domain.propose_transfer(acteur=un, structure=lieu, vers=heritier)
    copie = Transmission.objects.select_related("structure").get(pk=proposee.pk)
    issues = _at_once(
        lambda: domain.accept_transfer(acteur=heritier, transmission=proposee),
        lambda: domain.withdraw_transfer(acteur=un, transmission=copie),
    )
    assert sorted(isinstance(issue, ErreurMetier) for issue in issues) == [False, True]
    assert lieu.appartenances.responsables().count() == 1


def test_given_the_role_accepted_while_the_heir_leaves_then_the_structure_keeps_a_responsable() -> None:
    un = utilisateur()
    lieu = structure(un)
    heritier = membre(lieu)
    proposee = domain.propose_transfer(acteur=un, structure=lieu, vers=heritier)
    _at_once(
        lambda: domain.accept_transfer(acteur=heritier, transmission=proposee),
        lambda: domain.leave_structure(acteur=heritier, structure=Structure.objects.get(pk=lieu.pk)),
    )
    assert lieu.appartenances.responsables().count() == 1


def test_given_two_views_begun_at_once_by_one_agent_then_one_is_open() -> None:
    agent, cibles = utilisateur(Role.ADMINISTRATEUR), (utilisateur(), utilisateur())
    copies = [Utilisateur.objects.get(pk=agent.pk) for _ in cibles]
    _at_once(
        *(
            lambda copie=copie, cible=cible: domain.start_view(acteur=copie, personne=cible, motif=MOTIF)
            for copie, cible in zip(copies, cibles, strict=True)
        )
    )
    assert VoirComme.objects.filter(terminee_le__isnull=True).count() == 1
    assert VoirComme.objects.count() == 2
