"""The query of the rights, written in SQL, says what the models say: same period, rows and types."""

from datetime import date, datetime, timedelta

import pytest
import time_machine

from comptes.models import Appartenance, Role, RoleAttribue, RoleMembre
from comptes.models.periode import en_cours
from socle import horloge
from tests.comptes.fabriques import structure, utilisateur

pytestmark = pytest.mark.django_db

DEBUT = horloge.at_paris(date(2021, 9, 20), 10)
FIN = DEBUT + timedelta(days=30)
A_COTE = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("instant", "court"),
    [
        (DEBUT - A_COTE, False),
        (DEBUT, True),
        (DEBUT + A_COTE, True),
        (FIN - A_COTE, True),
        (FIN, False),
        (FIN + A_COTE, False),
    ],
)
def test_given_a_period_when_its_bounds_pass_then_the_query_and_the_models_agree(
    instant: datetime, court: bool
) -> None:
    personne, organisme = utilisateur(), structure()
    role = RoleAttribue.objects.create(utilisateur=personne, role=Role.DIRECTION, du=DEBUT, au=FIN)
    membre = Appartenance.objects.create(
        utilisateur=personne,
        structure=organisme,
        role=RoleMembre.CONTRIBUTEUR,
        du=DEBUT,
        au=FIN,
    )

    with time_machine.travel(instant, tick=False):
        personne.forget_roles()
        assert personne.roles_actifs == ((role,) if court else ())
        assert personne.appartenances_actives == ((membre,) if court else ())
        assert list(en_cours(personne.roles_attribues.all())) == list(personne.roles_actifs)
        assert list(en_cours(personne.appartenances.all())) == list(personne.appartenances_actives)


def test_given_rights_without_an_end_when_read_then_the_rows_hold_what_the_models_hold() -> None:
    personne = utilisateur()
    organismes = [structure(raison_sociale=f"Ateliers {lettre}") for lettre in "BA"]
    roles = [
        RoleAttribue.objects.create(utilisateur=personne, role=Role.REGION, region_code="84", du=DEBUT),
        RoleAttribue.objects.create(utilisateur=personne, role=Role.DIRECTION, du=DEBUT),
    ]
    for organisme in organismes:
        Appartenance.objects.create(
            utilisateur=personne, structure=organisme, role=RoleMembre.RESPONSABLE, du=DEBUT
        )

    personne.forget_roles()
    lus = {role.pk: role for role in personne.roles_actifs}
    assert set(lus) == {role.pk for role in roles}
    for role in roles:
        lu = lus[role.pk]
        assert (lu.role, lu.region_code, lu.organisation, lu.du) == (
            role.role,
            role.region_code,
            role.organisation,
            role.du,
        )
    assert [ligne.structure for ligne in personne.appartenances_actives] == organismes[::-1]
    for ligne in personne.appartenances_actives:
        assert (ligne.utilisateur, ligne.role, ligne.du) == (
            personne,
            RoleMembre.RESPONSABLE,
            DEBUT,
        )
        # What the query leaves out is there when it is asked for.
        assert ligne.structure.adresse == next(o for o in organismes if o == ligne.structure).adresse
