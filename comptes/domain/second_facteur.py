"""The second factor of an account, and its loss, which a person handles."""

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from comptes.domain.acces import require
from comptes.domain.connexions import end_sessions
from comptes.models import Connexion, Utilisateur
from socle import courriels, horloge, journal, revisions
from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier
from socle.models import Revision
from socle.references import Acteur, reference
from socle.transition import lock
from socle.typographie import heure

#: Recovery codes stand in for a factor; they are none by themselves.
FACTEURS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
#: Under which the reasons are kept.
CONTEXTE = "second_facteur.retire"
MOTIF_MINIMUM, MOTIF_MAXIMUM = 15, 500


def factors_of(utilisateur: Utilisateur) -> "QuerySet[Authenticator]":
    """Return the applications and passkeys of a person, the oldest first."""
    return Authenticator.objects.filter(user=utilisateur, type__in=FACTEURS).order_by("created_at", "pk")


def has_second_factor(utilisateur: Utilisateur) -> bool:
    """Tell whether the person has enrolled a factor."""
    return factors_of(utilisateur).exists()


@transaction.atomic
def reset_second_factor(*, acteur: Acteur, utilisateur: Utilisateur, motif: str) -> int:
    """Take off every factor of a person who has lost theirs; nobody does it for themself.

    The next sign-in asks for a code by e-mail, then guides to a new factor. Effects: factors and
    recovery codes erased; sessions ended; the reason kept as a revision, which can be erased; event
    ``second_facteur.retire``, without the reason, which may speak of the person; e-mail to them.
    Errors: ``ActeurRefuse``; ``DonneesInvalides`` (reason); ``ErreurMetier`` (nothing to take off).
    """
    require(acteur, "comptes.reset_second_factor")
    if isinstance(acteur, Utilisateur) and acteur.pk == utilisateur.pk:
        raise ActeurRefuse(
            "Personne ne retire son propre second facteur\u00a0: demandez-le à un autre administrateur."
        )
    propre = _clean_reason(motif)
    lock(utilisateur)
    moyens = sorted(Authenticator.objects.filter(user=utilisateur).values_list("type", flat=True))
    if not moyens:
        raise ErreurMetier("Cette personne n’a pas de second facteur\u00a0: il n’y a rien à retirer.")
    Authenticator.objects.filter(user=utilisateur).delete()
    end_sessions(utilisateur=utilisateur, fin=Connexion.Fin.SECOND_FACTEUR)
    revisions.record_changes(
        utilisateur, acteur=acteur, contexte=CONTEXTE, changements={"motif": ("", propre)}
    )
    evenement = journal.record(
        "second_facteur.retire", sujet=utilisateur, acteur=acteur, donnees={"moyens": moyens}
    )
    _tell(utilisateur, str(evenement.pk))
    return len(moyens)


def _clean_reason(motif: str) -> str:
    propre = motif.strip()
    if len(propre) < MOTIF_MINIMUM:
        raise DonneesInvalides(
            {"motif": ["Dites en une phrase ce qui est arrivé, et comment vous avez reconnu la personne."]}
        )
    if len(propre) > MOTIF_MAXIMUM:
        raise DonneesInvalides({"motif": [f"Le motif tient en {MOTIF_MAXIMUM} caractères."]})
    return propre


def _tell(utilisateur: Utilisateur, evenement: str) -> None:
    instant = horloge.paris(horloge.now())
    courriels.send(
        "compte_second_facteur_retire",
        cle=f"second_facteur.retire:{evenement}",
        destinataire=courriels.Destinataire(
            reference(utilisateur), utilisateur.email, utilisateur.nom_complet
        ),
        contexte={
            "le": f"{instant:%d/%m/%Y}",
            "heure": heure(instant),
            "aide": f"{settings.GEN_COURRIEL_AIDE} ou {settings.GEN_TELEPHONE_AIDE}",
            "lien_connexion": f"{settings.GEN_URL}{reverse('account_login')}",
        },
        sujet=utilisateur,
    )


def resets_of(utilisateur: Utilisateur) -> "QuerySet[Revision]":
    """Return the times a factor was taken off this person, with their reasons."""
    return revisions.of(utilisateur, CONTEXTE)
