"""How the ground names people and things that live above it."""

import uuid

import pytest

from comptes.models import Utilisateur
from socle.models import Chaine
from socle.references import (
    REFERENCE_SYSTEME,
    SYSTEME,
    Reference,
    parse,
    reference,
    reference_acteur,
    resolve,
)
from tests.socle.essai import Essai

ID = uuid.UUID("6f0c1e5a-0000-4000-8000-000000000001")


def test_given_an_aggregate_when_referenced_then_kind_and_id() -> None:
    assert reference(Essai(pk=ID)) == Reference("essai.essai", ID)


def test_given_a_reference_when_written_and_parsed_then_it_is_the_same() -> None:
    ref = Reference("candidatures.candidature", ID)

    assert str(ref) == f"candidatures.candidature:{ID}"
    assert parse(str(ref)) == ref


@pytest.mark.parametrize("texte", ["", "candidature", f":{ID}", "candidatures.candidature:12", str(ID)])
def test_given_another_text_when_parsed_then_refused(texte: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (uuid says it in its own words)
        parse(texte)


def test_given_each_kind_of_actor_when_referenced_then_named() -> None:
    partenaire = Reference("partenaire", ID)

    assert reference_acteur(SYSTEME) == REFERENCE_SYSTEME == Reference("systeme", uuid.UUID(int=0))
    assert reference_acteur(partenaire) is partenaire
    assert reference_acteur(Utilisateur(pk=ID)) == Reference("comptes.utilisateur", ID)


@pytest.mark.django_db
def test_given_a_stored_object_when_resolved_then_found_and_none_once_gone() -> None:
    personne = Utilisateur.objects.create_user("a@exemple.fr", prenom="Ana", nom="Bel")
    ref = reference(personne)

    assert resolve(ref) == personne
    personne.delete()
    assert resolve(ref) is None


@pytest.mark.django_db
@pytest.mark.parametrize("genre", ["systeme", "inconnu.modele", "socle.inconnu", "trop.de.points"])
def test_given_no_model_of_that_kind_when_resolved_then_none(genre: str) -> None:
    assert resolve(Reference(genre, ID)) is None
    assert Chaine.objects.count() == 0
