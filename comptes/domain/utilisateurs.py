"""Accounts."""

from allauth.account.models import EmailAddress
from django.db import transaction

from comptes.models import Utilisateur
from comptes.models.utilisateur import normalize_email
from socle import journal
from socle.erreurs import DonneesInvalides


@transaction.atomic
def save_account(*, utilisateur: Utilisateur) -> Utilisateur:
    """Save a new account that a form has filled in (sign-up by allauth).

    Effects: the row; event ``compte.cree`` in the chain of the portal. No role, no membership.
    """
    utilisateur.save()
    journal.record("compte.cree", sujet=utilisateur, acteur=utilisateur)
    return utilisateur


@transaction.atomic
def register_user(
    *,
    email: str,
    mot_de_passe: str,
    prenom: str,
    nom: str,
    fonction: str = "",
    telephone: str = "",
    email_verifie: bool = False,
) -> Utilisateur:
    """Open an account outside the sign-up page (first administrator, demo, tests).

    Effects: as :func:`save_account`, and the address as allauth knows it, verified or not.
    Errors: ``DonneesInvalides`` when the address has an account already.
    """
    adresse = normalize_email(email)
    if Utilisateur.objects.filter(email=adresse).exists():
        raise DonneesInvalides({"email": ["Un compte existe déjà avec cette adresse électronique."]})
    utilisateur = Utilisateur(email=adresse, prenom=prenom, nom=nom, fonction=fonction, telephone=telephone)
    utilisateur.set_password(mot_de_passe)
    save_account(utilisateur=utilisateur)
    EmailAddress.objects.create(user=utilisateur, email=adresse, primary=True, verified=email_verifie)
    return utilisateur
