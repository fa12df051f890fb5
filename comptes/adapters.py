"""How allauth speaks for the portal: its mail leaves by our outbox, its accounts by our verb."""

import logging
import uuid
from typing import Any

from allauth.account import app_settings as account_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress, Login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import render
from django.urls import reverse

from comptes import coffre
from comptes.domain.second_facteur import factors_of, has_second_factor
from comptes.domain.utilisateurs import save_account
from comptes.models import Utilisateur
from comptes.models.utilisateur import normalize_email
from comptes.portes import SORTIE, is_strong_login
from socle import courriels, horloge
from socle.references import SANS_ID, Reference, reference
from socle.typographie import heure

logger = logging.getLogger(__name__)

#: allauth's templates → ours. A mail that is not in this table is a mistake, and raises.
GABARITS = {
    "account/email/email_confirmation": "compte_code_adresse",
    "account/email/email_confirmation_signup": "compte_code_adresse",
    "account/email/password_reset_code": "compte_code_mot_de_passe",
    "account/email/login_code": "compte_code_connexion",
    "account/email/account_already_exists": "compte_existe_deja",
    "account/email/unknown_account": "compte_inconnu",
}
#: What a change of the account's security is called, in the one mail that tells of it.
AVIS = {
    "account/email/password_changed": "Votre mot de passe a été changé",
    "account/email/password_reset": "Votre mot de passe a été changé, à l’aide d’un code reçu par courriel",
    "account/email/password_set": "Un mot de passe a été choisi pour votre compte",
    "account/email/email_changed": "L’adresse électronique de votre compte a été changée",
    "account/email/email_confirm": "L’adresse électronique de votre compte a été vérifiée",
    "account/email/email_deleted": "Une adresse électronique a été retirée de votre compte",
    "mfa/email/totp_activated": "Une application d’authentification a été ajoutée à votre compte",
    "mfa/email/totp_deactivated": "L’application d’authentification a été retirée de votre compte",
    "mfa/email/webauthn_added": "Une clé d’accès a été ajoutée à votre compte",
    "mfa/email/webauthn_removed": "Une clé d’accès a été retirée de votre compte",
    "socialaccount/email/account_connected": "Votre fournisseur d’identité a été relié à votre compte",
    "mfa/email/recovery_codes_generated": "De nouveaux codes de secours ont été créés",
}
ADRESSE_SANS_COMPTE = Reference("adresse", SANS_ID)


class AccountAdapter(DefaultAccountAdapter):
    """The account pages, on our outbox."""

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        """Fill in a new account; the verb saves it."""
        user = super().save_user(request, user, form, commit=False)
        user.email = normalize_email(user.email)
        user.prenom = form.cleaned_data.get("prenom", "").strip()
        user.nom = form.cleaned_data.get("nom", "").strip()
        return save_account(utilisateur=user) if commit else user

    def is_login_by_code_required(self, login: Login) -> bool:
        """Ask for a code by e-mail too, before a first factor is enrolled.

        Without it, whoever has stolen the password of an agent that never signed in would enrol a
        telephone of their own.
        """
        if super().is_login_by_code_required(login):
            return True
        personne = login.user
        if not settings.GEN_SECOND_FACTEUR or personne is None or not personne.doit_second_facteur:
            return False
        if login.signal_kwargs and is_strong_login(login.signal_kwargs.get("sociallogin")):
            return False
        traces = get_authentication_records(self.request, personne)
        return not any(trace["method"] == "code" for trace in traces) and not has_second_factor(personne)

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        """Leave the OpenID Connect provider too, if one came by it."""
        return request.session.get(SORTIE, "") or str(super().get_logout_redirect_url(request))

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Take a fresh sign-in for the proof that a sensitive action asks for."""
        traces = get_authentication_records(self.request, self.request.user)
        age = horloge.real_now().timestamp() - max((trace["at"] for trace in traces), default=0)
        if age < account_settings.REAUTHENTICATION_TIMEOUT:
            return False
        return bool(super().is_reauthentication_required(app=app, **kwargs))

    @transaction.atomic
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write the mail in the outbox. One that carries a code leaves first, and its body is erased."""
        adresse = normalize_email(email)
        utilisateur = Utilisateur.objects.filter(email=adresse).first()
        avis = AVIS.get(template_prefix, "")
        instant = horloge.paris(horloge.now())
        courriels.send(
            "compte_avis_securite" if avis else GABARITS[template_prefix],
            cle=f"compte:{uuid.uuid4()}",
            destinataire=courriels.Destinataire(
                reference(utilisateur) if utilisateur else ADRESSE_SANS_COMPTE,
                adresse,
                utilisateur.nom_complet if utilisateur else "",
            ),
            contexte={
                "adresse": adresse,
                "avis": avis,
                "code": context.get("code", ""),
                "le": f"{instant:%d/%m/%Y}",
                "heure": heure(instant),
                "aide": f"{settings.GEN_COURRIEL_AIDE} ou {settings.GEN_TELEPHONE_AIDE}",
                "lien_acces": f"{settings.GEN_URL}{reverse('comptes:mes-acces')}",
                "lien_connexion": f"{settings.GEN_URL}{reverse('account_login')}",
                "lien_inscription": f"{settings.GEN_URL}{reverse('account_signup')}",
                "lien_mot_de_passe": f"{settings.GEN_URL}{reverse('account_reset_password')}",
            },
            code=not avis,
        )


class SecondFacteurAdapter(DefaultMFAAdapter):
    """The second factor: secrets encrypted, and never taken off by those whose role demands it."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": (
            "Ce code n’est pas le bon, ou il a déjà servi. Attendez le code suivant de l’application, "
            "puis saisissez-le."
        ),
        "cannot_delete_authenticator": (
            "Votre rôle demande un second facteur\u00a0: ajoutez-en un autre avant de retirer celui-ci."
        ),
    }

    def encrypt(self, text: str) -> str:
        """Encrypt a secret before it is stored."""
        return coffre.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Read a stored secret."""
        return coffre.decrypt(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Keep one application or passkey to whoever must have one."""
        personne = authenticator.user
        if not settings.GEN_SECOND_FACTEUR or not personne.doit_second_facteur:
            return True
        return factors_of(personne).exclude(pk=authenticator.pk).exists()

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        """Propose a name for a new passkey."""
        deja = Authenticator.objects.filter(user=user, type=type).count()
        return "Ma clé d’accès" if not deja else f"Ma clé d’accès n° {deja + 1}"


class OpenIDAccountAdapter(DefaultSocialAccountAdapter):
    """Who enters by the OpenID Connect provider."""

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Ask nothing more: what is missing was refused before."""
        return True

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find the account, link it when that is safe, or refuse.

        Whom the provider has named before is known by its own name for them (``sub``), whatever their
        address has become. Otherwise the address decides, and an account is linked to it only if all
        of this holds:

        - the provider vouches for the address (``email_verified``, or ``GEN_OIDC_COURRIEL_SUR``);
        - it is the account's own address, verified here by a code: an account that somebody opened in
          advance in the name of another is never handed over, nor does its password keep a way in;
        - the account is open, and no other identity of this provider is linked to it.

        The person hears of the link by e-mail. Nobody else has that address: an account is opened,
        without any right. The second factor of the roles stays due in every case.
        """
        if sociallogin.is_existing:
            return
        adresse = sociallogin.email_addresses[0] if sociallogin.email_addresses else None
        if adresse is None or not adresse.verified:
            raise _refusal(
                request, "votre fournisseur d’identité ne garantit pas votre adresse électronique."
            )
        personne = Utilisateur.objects.filter(email=normalize_email(adresse.email)).first()
        if personne is None:
            return
        if not personne.is_active or not _is_own(personne) or _is_linked(personne, sociallogin):
            raise _refusal(request, "un compte existe à cette adresse, et ne peut pas y être relié ainsi.")
        sociallogin.connect(request, personne)

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> Any:
        """Fill in a new account."""
        personne = sociallogin.user
        personne.email = normalize_email(data.get("email") or "")
        personne.prenom = (data.get("first_name") or "").strip()[:100]
        personne.nom = (data.get("last_name") or "").strip()[:100]
        return personne

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> Any:
        """Open the account by the verb, without password nor right."""
        personne = sociallogin.user
        personne.set_unusable_password()
        with transaction.atomic():
            save_account(utilisateur=personne)
            sociallogin.save(request)
        return personne

    def serialize_instance(self, instance: Any) -> Any:
        """Keep the fields of a person between two steps, without what a request has read of them."""
        if isinstance(instance, Utilisateur):
            champs = {
                champ.attname: getattr(instance, champ.attname) for champ in Utilisateur._meta.concrete_fields
            }
            instance = Utilisateur(**champs)
        return super().serialize_instance(instance)

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Any = None,
        extra_context: Any = None,
    ) -> None:
        """Say it in the logs, for whoever sets the provider up; the page says what to do."""
        logger.warning("OpenID Connect sign-in refused: %s %s", error, exception)
        raise _refusal(request, "votre fournisseur d’identité n’a pas répondu comme prévu.")


def _refusal(request: HttpRequest, raison: str) -> ImmediateHttpResponse:
    return ImmediateHttpResponse(
        render(request, "socialaccount/authentication_error.html", {"raison": raison}, status=401)
    )


def _is_own(personne: Utilisateur) -> bool:
    return EmailAddress.objects.filter(user=personne, email=personne.email, verified=True).exists()


def _is_linked(personne: Utilisateur, sociallogin: SocialLogin) -> bool:
    return SocialAccount.objects.filter(user=personne, provider=sociallogin.account.provider).exists()
