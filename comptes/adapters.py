"""How allauth speaks for the portal: its mail leaves by our outbox, its accounts by our verb."""

import uuid
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from comptes.domain.utilisateurs import save_account
from comptes.models import Utilisateur
from comptes.models.utilisateur import normalize_email
from socle import courriels, horloge
from socle.references import SANS_ID, Reference, reference

#: allauth's templates → ours. A mail that is not in this table is a mistake, and raises.
GABARITS = {
    "account/email/email_confirmation": "compte_code_adresse",
    "account/email/email_confirmation_signup": "compte_code_adresse",
    "account/email/password_reset_code": "compte_code_mot_de_passe",
    "account/email/account_already_exists": "compte_existe_deja",
    "account/email/unknown_account": "compte_inconnu",
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

    @transaction.atomic
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write the mail in the outbox, as a one-time code: it leaves first, and its body is erased."""
        adresse = normalize_email(email)
        utilisateur = Utilisateur.objects.filter(email=adresse).first()
        courriels.send(
            GABARITS[template_prefix],
            cle=f"compte:{uuid.uuid4()}",
            destinataire=courriels.Destinataire(
                reference(utilisateur) if utilisateur else ADRESSE_SANS_COMPTE,
                adresse,
                utilisateur.nom_complet if utilisateur else "",
            ),
            contexte={
                "adresse": adresse,
                "code": context.get("code", ""),
                "le": f"{horloge.paris(horloge.now()):%d/%m/%Y}",
                "lien_connexion": f"{settings.GEN_URL}{reverse('account_login')}",
                "lien_inscription": f"{settings.GEN_URL}{reverse('account_signup')}",
                "lien_mot_de_passe": f"{settings.GEN_URL}{reverse('account_reset_password')}",
            },
            code=True,
        )
