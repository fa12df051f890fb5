"""What a session has shown of the person, and since when: read by the doors, written at the sign-in."""

from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY, get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.account.signals import login_code_rejected, password_changed, password_reset, password_set
from allauth.account.signals import user_logged_in as signed_in
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed, authenticator_added, authenticator_removed
from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from comptes.appareils import device, place
from comptes.domain import connexions
from comptes.domain.second_facteur import FACTEURS, factors_of, has_second_factor
from comptes.models import Connexion, Utilisateur
from comptes.models.utilisateur import normalize_email
from socle import horloge

#: Where the enrolment leads back to.
SUITE = "comptes.suite"
#: Set while a first factor is being enrolled in this session: its pages are steps.
ENROLEMENT = "comptes.enrolement"
#: What the session keeps of its own life: began at, seen at, its key, whether a role shortens it.
MARQUE = "comptes.porte"
MOYENS = {
    "password": Connexion.Moyen.MOT_DE_PASSE,
    "code": Connexion.Moyen.CODE,
    "socialaccount": Connexion.Moyen.OPENID,
}
#: Where to sign out of the provider.
SORTIE = "comptes.openid.sortie"
#: Set by the provider's answer when the settings let it stand for our own second factor.
FOURNISSEUR_FORT = "second_facteur"

Moyen, Fin = Connexion.Moyen, Connexion.Fin


# --- The second factor ----------------------------------------------------------------------------


def second_factor_passed(request: HttpRequest, personne: Utilisateur) -> bool:
    """Tell whether this very session has shown a second factor of this very person."""
    return any(map(_is_strong, get_authentication_records(request, personne)))


def _is_strong(trace: dict[str, Any]) -> bool:
    return trace["method"] == "mfa" or bool(trace.get(FOURNISSEUR_FORT))


def second_factor_due(request: HttpRequest, personne: Utilisateur) -> bool:
    """Tell whether the person holds a role whose second factor this session has not shown."""
    if not settings.GEN_SECOND_FACTEUR or second_factor_passed(request, personne):
        return False
    return personne.doit_second_facteur


@receiver(authenticator_added)
def count_enrolment(
    sender: type[Authenticator], request: HttpRequest, authenticator: Authenticator, **kwargs: Any
) -> None:
    """Enrolling a factor asks for a proof of it: this session has shown it, the others have not."""
    if authenticator.type in FACTEURS:
        record_authentication(request, request.user, "mfa", id=authenticator.pk, type=authenticator.type)
        if not factors_of(request.user).exclude(pk=authenticator.pk).exists():
            request.session[ENROLEMENT] = True


@receiver(authenticator_removed)
def forget_factor(
    sender: type[Authenticator], request: HttpRequest, authenticator: Authenticator, **kwargs: Any
) -> None:
    """A factor taken off no longer counts anywhere: other sessions end, this one forgets it."""
    personne = request.user
    connexions.end_sessions(
        utilisateur=personne, fin=Fin.SECOND_FACTEUR, sauf=request.session.session_key or ""
    )
    if not has_second_factor(personne):
        traces = get_authentication_records(request, personne)
        request.session[AUTHENTICATION_METHODS_SESSION_KEY] = [t for t in traces if t["method"] != "mfa"]


def is_strong_login(sociallogin: Any) -> bool:
    """Tell whether the provider has recognised the person by a factor that ours may do without."""
    return sociallogin is not None and bool(sociallogin.account.extra_data.get("fort"))


@receiver(signed_in)
def note_provider(
    sender: Any, request: HttpRequest, user: Utilisateur, sociallogin: Any = None, **kwargs: Any
) -> None:
    """Keep what the OpenID Connect provider has shown, and how to leave it."""
    if sociallogin is None:
        return
    request.session[SORTIE] = sociallogin.state.get("sortie", "")
    if is_strong_login(sociallogin):
        record_authentication(request, user, "socialaccount", **{FOURNISSEUR_FORT: True})


# --- The life of a session ------------------------------------------------------------------------


@receiver(user_logged_in)
def begin(sender: type[Utilisateur], request: HttpRequest, user: Utilisateur, **kwargs: Any) -> None:
    """Note the sign-in, and start counting the session's time."""
    if not request.session.session_key:
        request.session.save()
    traces = get_authentication_records(request, user)
    premiers = [MOYENS[trace["method"]] for trace in traces if trace["method"] in MOYENS]
    connexions.open_session(
        utilisateur=user,
        session_cle=request.session.session_key or "",
        moyen=premiers[-1] if premiers else Moyen.DIRECT,
        second_facteur=any(map(_is_strong, traces)),
        adresse=place(request),
        appareil=device(request),
    )
    instant = horloge.real_now().timestamp()
    _mark(request, user, debut=instant, vu=instant)


def _mark(request: HttpRequest, personne: Utilisateur, *, debut: float, vu: float) -> None:
    inactivite, duree = connexions.limits(personne)
    request.session[MARQUE] = {
        "cle": request.session.session_key,
        "debut": debut,
        "vu": vu,
        "inactivite": inactivite.total_seconds(),
        "duree": duree.total_seconds(),
    }


def overdue(request: HttpRequest) -> str:
    """Return why this session is over by now, or an empty word. One without a mark is over."""
    marque = request.session.get(MARQUE)
    if marque is None:
        return Fin.DUREE
    instant = horloge.real_now().timestamp()
    if instant - marque["debut"] >= marque["duree"]:
        return Fin.DUREE
    return Fin.INACTIVITE if instant - marque["vu"] >= marque["inactivite"] else ""


#: Seconds between two notes of a session's activity: one write a minute at most.
PAS = 60


def keep_alive(request: HttpRequest) -> None:
    """Note that the session is used; the limits follow the roles that the person holds now."""
    marque = request.session[MARQUE]
    maintenant = horloge.real_now()
    if maintenant.timestamp() - marque["vu"] < PAS and marque["cle"] == request.session.session_key:
        return
    _follow(request)
    _mark(request, request.user, debut=marque["debut"], vu=maintenant.timestamp())
    connexions.note_activity(
        session_cle=request.session.session_key or "", instant=maintenant, adresse=place(request)
    )


def _follow(request: HttpRequest) -> None:
    """Django gives a session a new key when a password changes."""
    avant, apres = request.session[MARQUE]["cle"], request.session.session_key or ""
    if avant != apres:
        connexions.follow_session(avant=avant, apres=apres)
        request.session[MARQUE] = {**request.session[MARQUE], "cle": apres}


def end(request: HttpRequest, fin: str) -> None:
    """Note why this session ends; the caller signs the person out."""
    connexions.end_session(session_cle=request.session.session_key or "", fin=fin)


@receiver(user_logged_out)
def note_sign_out(sender: Any, request: HttpRequest, user: Utilisateur | None, **kwargs: Any) -> None:
    """Note a sign-out."""
    end(request, Fin.DECONNEXION)


@receiver(password_changed)
@receiver(password_set)
def keep_only_this_one(sender: Any, request: HttpRequest, user: Utilisateur, **kwargs: Any) -> None:
    """A new password ends every other session."""
    _follow(request)
    connexions.end_sessions(utilisateur=user, fin=Fin.MOT_DE_PASSE, sauf=request.session.session_key or "")


@receiver(password_reset)
def keep_none(sender: Any, request: HttpRequest, user: Utilisateur, **kwargs: Any) -> None:
    """A lost password ends every session."""
    connexions.end_sessions(utilisateur=user, fin=Fin.MOT_DE_PASSE)


# --- Failures -------------------------------------------------------------------------------------


def _note_failure(request: HttpRequest | None, personne: Utilisateur | None, moyen: str) -> None:
    if request is not None and personne is not None:
        connexions.note_failure(
            utilisateur=personne, moyen=moyen, adresse=place(request), appareil=device(request)
        )


@receiver(user_login_failed)
def note_wrong_password(
    sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
) -> None:
    """Note a wrong password. What was typed for an unknown address is not kept: it may be anything."""
    adresse = normalize_email(credentials.get("email") or credentials.get("username") or "")
    _note_failure(request, Utilisateur.objects.filter(email=adresse).first(), Moyen.MOT_DE_PASSE)


@receiver(login_code_rejected)
def note_wrong_code(sender: Any, request: HttpRequest, user: Utilisateur, **kwargs: Any) -> None:
    """Note a wrong code received by e-mail."""
    _note_failure(request, user, Moyen.CODE)


@receiver(authentication_failed)
def note_wrong_factor(sender: Any, request: HttpRequest, user: Utilisateur, **kwargs: Any) -> None:
    """Note a wrong second factor: whoever typed it has passed the first one."""
    _note_failure(request, user, Moyen.SECOND_FACTEUR)
