"""Two people at the same time: real threads, on PostgreSQL (SQLite writes one at a time anyway)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from comptes import domain
from comptes.models import RoleMembre, Structure
from socle.erreurs import DonneesInvalides, ErreurMetier
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


def test_given_one_link_clicked_twice_at_once_then_one_membership(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("comptes.domain.membres.new_token", lambda: "un-jeton-connu-de-l-essai")
    responsable = utilisateur()
    lieu = structure(responsable)
    invite = utilisateur(email="nouveau@essai.example")
    domain.invite_member(acteur=responsable, structure=lieu, email=invite.email, role="contributeur")
    issues = _at_once(
        *[lambda: domain.accept_invitation(acteur=invite, jeton="un-jeton-connu-de-l-essai")] * 2
    )
    assert lieu.appartenances.filter(utilisateur=invite).count() == 1
    assert sorted(isinstance(issue, ErreurMetier) for issue in issues) == [False, True]
