"""What a field left empty says."""

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.template import Context, Template
from django.test import Client

from comptes.models import Role, Structure


@pytest.mark.parametrize(
    ("champ", "phrase"),
    [
        (forms.CharField(), "Remplissez ce champ."),
        (forms.EmailField(), "Remplissez ce champ."),
        (forms.IntegerField(), "Remplissez ce champ."),
        (forms.DateField(), "Indiquez une date."),
        (forms.BooleanField(), "Cochez cette case."),
        (forms.FileField(), "Choisissez un fichier."),
        (forms.ChoiceField(choices=Role.choices), "Choisissez une réponse."),
        (forms.TypedChoiceField(choices=Role.choices), "Choisissez une réponse."),
        (forms.ModelChoiceField(Structure.objects.none()), "Choisissez une réponse."),
        (forms.MultipleChoiceField(choices=Role.choices), "Choisissez au moins une réponse."),
        (forms.ModelMultipleChoiceField(Structure.objects.none()), "Choisissez au moins une réponse."),
        (forms.CharField(error_messages={"required": "Donnez un nom."}), "Donnez un nom."),
    ],
    ids=lambda valeur: type(valeur).__name__,
)
def test_given_a_field_when_left_empty_then_it_says_what_to_do(champ: forms.Field, phrase: str) -> None:
    with pytest.raises(ValidationError) as refus:
        champ.clean(None)
    assert refus.value.messages == [phrase]


def test_given_a_wrong_value_when_cleaned_then_the_kind_s_other_sentences_are_kept() -> None:
    with pytest.raises(ValidationError, match="Saisissez une date valide"):
        forms.DateField().clean("demain")


def test_given_the_sign_in_when_sent_empty_then_both_fields_say_what_to_do(client: Client, db: None) -> None:
    page = client.post("/compte/login/", {}).content.decode()
    assert page.count("Remplissez ce champ.") == 4
    assert "obligatoire." not in page


def test_given_a_field_that_may_stay_empty_then_one_word_says_so_everywhere(client: Client, db: None) -> None:
    class Essai(forms.Form):
        nom = forms.CharField(required=False)
        piece = forms.FileField(required=False)
        accord = forms.BooleanField(required=False)

    rendu = Template("{% load crispy_forms_tags %}{{ form|crispy }}").render(Context({"form": Essai()}))
    assert rendu.count("(facultatif)") == 3
    assert "ptionnel" not in rendu
