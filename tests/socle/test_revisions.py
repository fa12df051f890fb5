"""Old and new values that a person must be able to see, and that can be erased."""

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine

from socle import revisions
from socle.models import Revision
from socle.references import SYSTEME, Reference
from tests.socle.essai import Essai

pytestmark = pytest.mark.django_db

PERSONNE = Reference("comptes.utilisateur", uuid.UUID(int=7))


@time_machine.travel(datetime(2021, 9, 20, 8, tzinfo=UTC), tick=False)
def test_given_changes_when_recorded_then_old_and_new_values_come_back() -> None:
    essai, autre = Essai(), uuid.UUID(int=3)

    revisions.record_changes(
        essai,
        acteur=PERSONNE,
        contexte="complement:1",
        changements={
            "titre": ("Développeur", "Développeuse"),
            "heures": (400, 420),
            "debut": (None, date(2021, 10, 1)),
            "depose": (datetime(2021, 9, 1, 10, tzinfo=UTC), None),
            "gratuite": (False, True),
            "sites": (["Lyon"], ["Lyon", "Bron"]),
            "organisme": (autre, ""),
        },
    )

    rows = {row.champ: (row.avant, row.apres) for row in revisions.of(essai)}
    assert rows == {
        "titre": ("Développeur", "Développeuse"),
        "heures": (400, 420),
        "debut": (None, "2021-10-01"),
        "depose": ("2021-09-01T10:00:00.000000+00:00", None),
        "gratuite": (False, True),
        "sites": (["Lyon"], ["Lyon", "Bron"]),
        "organisme": (str(autre), ""),
    }
    row = revisions.of(essai)[0]
    assert (row.acteur, row.objet.id, row.contexte) == (PERSONNE, essai.pk, "complement:1")
    assert row.instant == datetime(2021, 9, 20, 8, tzinfo=UTC)


def test_given_a_value_that_did_not_change_when_recorded_then_no_row() -> None:
    essai = Essai()

    rows = revisions.record_changes(
        essai,
        acteur=SYSTEME,
        contexte="c",
        changements={"titre": ("a", "a"), "debut": (date(2021, 1, 1), "2021-01-01"), "x": (1, 2)},
    )

    assert [row.champ for row in rows] == ["x"]
    assert revisions.of(essai).count() == 1


@pytest.mark.parametrize("valeur", [1.5, Decimal("1.5"), object()])
def test_given_a_value_that_json_does_not_keep_when_recorded_then_refused_and_nothing_written(
    valeur: object,
) -> None:
    with pytest.raises(TypeError):
        revisions.record_changes(
            Essai(), acteur=SYSTEME, contexte="c", changements={"a": (1, 2), "b": (None, valeur)}
        )

    assert Revision.objects.count() == 0


def test_given_two_contexts_when_asked_then_each_apart_or_all_oldest_first() -> None:
    essai = Essai()
    for jour, contexte in ((2, "avenant:2"), (1, "complement:1")):
        with time_machine.travel(datetime(2021, 9, jour, tzinfo=UTC), tick=False):
            revisions.record_changes(essai, acteur=SYSTEME, contexte=contexte, changements={"x": (0, jour)})

    assert [row.apres for row in revisions.of(essai)] == [1, 2]
    assert [row.apres for row in revisions.of(essai, "avenant:2")] == [2]


def test_given_revisions_of_two_objects_when_one_is_erased_then_the_other_stays() -> None:
    essai, autre = Essai(), Essai()
    for objet in (essai, autre):
        revisions.record_changes(objet, acteur=SYSTEME, contexte="c", changements={"x": (1, 2), "y": (1, 2)})

    assert revisions.erase(essai) == 2
    assert revisions.of(essai).count() == 0
    assert revisions.of(autre).count() == 2
    assert revisions.erase(essai) == 0
