"""What the models say of themselves, as the admin shows it: French with its accents; and their states."""

from django.apps import apps
from django.contrib import admin

from scripts.etats import CHAMP
from scripts.maison import APPS
from tests.filets.francais import foreign_words


def test_given_the_models_of_the_admin_then_their_names_and_those_of_their_fields_are_french() -> None:
    fautes = []
    for modele in admin.site._registry:
        if modele._meta.app_label not in APPS:
            continue
        noms = [modele._meta.verbose_name, modele._meta.verbose_name_plural]
        noms += [champ.verbose_name for champ in modele._meta.get_fields() if hasattr(champ, "verbose_name")]
        noms += [str(libelle) for champ in modele._meta.concrete_fields for _, libelle in champ.flatchoices]
        fautes += [f"{modele._meta.label} : « {nom} »" for nom in noms if foreign_words(str(nom))]
    assert fautes == []


def test_given_the_models_that_follow_a_cycle_then_their_state_is_the_field_that_the_house_rule_watches() -> (
    None
):
    suivis = [modele for modele in apps.get_models() if getattr(modele, "cycle", None) is not None]
    assert len(suivis) >= 6
    assert {modele.cycle.champ for modele in suivis} == {CHAMP}
