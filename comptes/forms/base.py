"""Forms of the account pages: French words, no placeholder (a placeholder is not a label)."""

from typing import Any

from allauth.account import forms as allauth_forms
from django import forms

from socle.erreurs import DonneesInvalides


def add_domain_errors(form: forms.BaseForm, erreur: DonneesInvalides) -> None:
    """Show the errors of a verb beside the fields they speak of."""
    for champ, phrases in erreur.erreurs.items():
        for phrase in phrases:
            form.add_error(champ if champ in form.fields else None, phrase)


class SansPlaceholder:
    """Labels say what to type; placeholders vanish."""

    fields: dict[str, forms.Field]
    libelles: dict[str, str] = {
        "login": "Adresse électronique",
        "email": "Adresse électronique",
        "password": "Mot de passe",
        "oldpassword": "Mot de passe actuel",
        "code": "Code reçu par courriel",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for nom, champ in self.fields.items():
            champ.widget.attrs.pop("placeholder", None)
            if nom in self.libelles:
                champ.label = self.libelles[nom]


class ConnexionForm(SansPlaceholder, allauth_forms.LoginForm):
    """Sign in. The page itself links to the lost password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""


class InscriptionForm(SansPlaceholder, allauth_forms.SignupForm):
    """Open an account."""

    prenom = forms.CharField(
        label="Prénom", max_length=100, widget=forms.TextInput(attrs={"autocomplete": "given-name"})
    )
    nom = forms.CharField(
        label="Nom", max_length=100, widget=forms.TextInput(attrs={"autocomplete": "family-name"})
    )
    field_order = ("prenom", "nom", "email", "password1", "password2")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].help_text = "Un code de vérification y sera envoyé."
        self.fields["password1"].label = "Mot de passe"
        self.fields["password2"].label = "Mot de passe (une seconde fois)"


class MotDePasseOublieForm(SansPlaceholder, allauth_forms.ResetPasswordForm):
    """Ask for a code."""


class NouveauMotDePasseForm(SansPlaceholder, allauth_forms.ResetPasswordKeyForm):
    """Choose a new password after the code."""

    libelles = {
        "password1": "Nouveau mot de passe",
        "password2": "Nouveau mot de passe (une seconde fois)",
    }


class ChangerMotDePasseForm(SansPlaceholder, allauth_forms.ChangePasswordForm):
    """Change one's password."""

    libelles = {
        **SansPlaceholder.libelles,
        "password1": "Nouveau mot de passe",
        "password2": "Nouveau mot de passe (une seconde fois)",
    }


class ConfirmerIdentiteForm(SansPlaceholder, allauth_forms.ReauthenticateForm):
    """Type one's password again before a sensitive action."""


class CodeAdresseForm(SansPlaceholder, allauth_forms.ConfirmEmailVerificationCodeForm):
    """The code that verifies an address."""


class CodeMotDePasseForm(SansPlaceholder, allauth_forms.ConfirmPasswordResetCodeForm):
    """The code that opens the choice of a new password."""
