"""Forms of the account pages: French words, no placeholder (a placeholder is not a label)."""

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings as mfa_settings
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.core.cache import cache

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


class DemandeCodeForm(SansPlaceholder, allauth_forms.RequestLoginCodeForm):
    """Ask for a code to sign in without a password."""


class CodeConnexionForm(SansPlaceholder, allauth_forms.ConfirmLoginCodeForm):
    """The code that signs in."""


class UnSeulUsage:
    """Refuse a code that has served, for as long as the clock's tolerance would take it again.

    allauth itself remembers a used code for one step only.
    """

    user: Any

    def clean_code(self) -> str:
        """Check the code, then burn it."""
        code: str = super().clean_code()
        pas = mfa_settings.TOTP_PERIOD * (2 * mfa_settings.TOTP_TOLERANCE + 2)
        if not cache.add(f"comptes.code:{self.user.pk}:{normalize_user_code(code)}", True, pas):
            raise get_mfa_adapter().validation_error("incorrect_code")
        return code


class SecondFacteurForm(UnSeulUsage, SansPlaceholder, mfa_forms.AuthenticateForm):
    """The second factor at the sign-in: a code of the application, or a recovery code."""

    libelles = {"code": "Code de l’application, ou code de secours"}


class ConfirmerSecondFacteurForm(UnSeulUsage, SansPlaceholder, mfa_forms.ReauthenticateForm):
    """The second factor before a sensitive action."""

    libelles = {"code": "Code de l’application, ou code de secours"}


class ActiverApplicationForm(UnSeulUsage, SansPlaceholder, ActivateTOTPForm):
    """The first code of a new application."""

    libelles = {"code": "Code à six chiffres affiché par l’application"}


class AjouterCleForm(SansPlaceholder, AddWebAuthnForm):
    """A new passkey."""

    libelles = {"name": "Nom de la clé"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[
            "name"
        ].help_text = "Pour la reconnaître dans la liste. Exemple\u00a0: Téléphone de Camille."


class RenommerCleForm(SansPlaceholder, EditWebAuthnForm):
    """The name of a passkey."""

    libelles = {"name": "Nom de la clé"}
