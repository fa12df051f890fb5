"""What models and forms say of themselves: said on purpose, in French, with its accents; and their states."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.db import models

from scripts.etats import CHAMP
from scripts.maison import APPS
from tests.filets.francais import english_phrases, foreign_words
from tests.filets.typographie import FAUTES

#: What is filled in when an error is told, and the tags that some help holds.
TROUS = re.compile(r"%\(\w+\)\w|\{\w+\}|<[^>]+>")
#: Models of libraries that stay in the admin's registry, and that no role opens (tests/access/table.txt).
FERMES = {
    "account.EmailAddress",
    "auth.Group",
    "dsfr.DsfrConfig",
    "socialaccount.SocialAccount",
    "socialaccount.SocialApp",
    "socialaccount.SocialToken",
}


def our_models() -> list[type[models.Model]]:
    """Return the models of the portal, seen in the admin or not: their errors and choices show elsewhere."""
    return [modele for modele in apps.get_models() if modele._meta.app_label in APPS]


def our_forms() -> list[type[forms.BaseForm]]:
    """Return the forms of the portal, once every module of it is read."""
    for app in APPS:
        paquet = importlib.import_module(app)
        for module in pkgutil.walk_packages(paquet.__path__, f"{app}."):
            if ".migrations" not in module.name and not module.name.endswith(".__main__"):
                importlib.import_module(module.name)
    trouves, a_voir = [], [forms.BaseForm]
    while a_voir:
        filles = a_voir.pop().__subclasses__()
        a_voir += filles
        trouves += [fille for fille in filles if fille.__module__.partition(".")[0] in APPS]
    return sorted(set(trouves), key=lambda une: f"{une.__module__}.{une.__qualname__}")


def said_by_models() -> Iterator[tuple[str, str]]:
    """Yield where a model says something, and what it says.

    A name that Django makes of the code's own shows in the admin alone.
    """
    for modele in our_models():
        options = modele._meta
        if "verbose_name" in options.original_attrs or modele in admin.site._registry:
            yield options.label, str(options.verbose_name)
            yield options.label, str(options.verbose_name_plural)
        for champ in (un for un in options.concrete_fields if un.model._meta.app_label in APPS):
            lieu = f"{options.label}.{champ.name}"
            if champ._verbose_name is not None or modele in admin.site._registry:
                yield lieu, str(champ.verbose_name)
            yield lieu, str(champ.help_text)
            yield from ((lieu, str(libelle)) for _, libelle in champ.flatchoices)
            yield from ((lieu, str(erreur)) for erreur in (champ._error_messages or {}).values())
    for app in apps.get_app_configs():
        if app.label in APPS:
            yield app.label, str(app.verbose_name)


def said_by_forms() -> Iterator[tuple[str, str]]:
    """Yield where a form says something, and what it says."""
    for form in our_forms():
        for nom, champ in getattr(form, "base_fields", {}).items():
            lieu = f"{form.__module__}.{form.__qualname__}.{nom}"
            for dit in (label(form, nom), champ.help_text, *own_errors(champ)):
                # What a library says in French is spaced as it likes.
                if isinstance(dit, str):
                    yield lieu, dit


def label(form: type[forms.BaseForm], nom: str) -> Any:
    """Return the label of a field: its own, or that which the form puts in its place."""
    return getattr(form, "libelles", {}).get(nom, form.base_fields[nom].label)


def own_errors(champ: forms.Field) -> list[Any]:
    """Return the errors that a field tells otherwise than its class."""
    communes: dict[str, Any] = {}
    for classe in reversed(type(champ).__mro__):
        communes |= getattr(classe, "default_error_messages", {})
    return [dit for code, dit in champ.error_messages.items() if dit != communes.get(code)]


def faults(dits: Iterator[tuple[str, str]]) -> list[str]:
    """Return what is not French, or not written as French is."""
    lus = ((lieu, TROUS.sub("…", dit)) for lieu, dit in dits)
    return [
        f"{lieu} : « {dit} »"
        for lieu, dit in lus
        if foreign_words(dit) or english_phrases([dit]) or FAUTES.search(dit)
    ]


def test_given_the_models_then_what_they_say_of_themselves_is_french() -> None:
    assert faults(said_by_models()) == []


def test_given_the_forms_then_what_they_say_is_french() -> None:
    assert len(our_forms()) > 40
    assert faults(said_by_forms()) == []


def test_given_the_models_of_the_admin_then_each_has_a_name_given_on_purpose() -> None:
    muets = [
        modele._meta.label
        for modele in admin.site._registry
        if modele in our_models()
        and not {"verbose_name", "verbose_name_plural"} <= modele._meta.original_attrs.keys()
    ]
    assert muets == []


#: Written by hand on the page.
SANS_LIBELLE = {"gen_portal.demo.views.HorlogeForm"}


def test_given_the_forms_then_each_field_that_shows_has_a_label_given_on_purpose() -> None:
    muets = [
        f"{form.__module__}.{form.__qualname__}.{nom}"
        for form in our_forms()
        for nom, champ in getattr(form, "base_fields", {}).items()
        if label(form, nom) is None and not champ.widget.is_hidden
    ]
    assert {muet.rpartition(".")[0] for muet in muets} == SANS_LIBELLE


def test_given_the_admin_then_it_shows_no_model_of_a_library_under_its_english_name() -> None:
    montres = {modele._meta.label for modele in admin.site._registry}
    assert {nom for nom in montres if nom.partition(".")[0] not in APPS} == FERMES


def test_given_a_name_that_is_not_french_then_it_is_seen() -> None:
    dits = ["authenticators", "Last login", "numero", "lien d'intérêts", "est-il prêt ?", "Ce champ: requis"]
    assert len(faults((dit, dit) for dit in dits[1:5])) == 4
    assert faults(iter([("un", "un lien d’intérêts"), ("deux", "Est-il prêt\u00a0?"), ("vide", "")])) == []


def test_given_the_models_that_follow_a_cycle_then_their_state_is_the_field_that_the_house_rule_watches() -> (
    None
):
    suivis = [modele for modele in apps.get_models() if getattr(modele, "cycle", None) is not None]
    assert len(suivis) >= 6
    assert {modele.cycle.champ for modele in suivis} == {CHAMP}
