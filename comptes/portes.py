"""What a session has shown of the person: read by the doors, written at the sign-in."""

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from django.conf import settings
from django.dispatch import receiver
from django.http import HttpRequest

from comptes.domain.second_facteur import FACTEURS

#: Where the enrolment leads back to.
SUITE = "comptes.suite"


def second_factor_passed(request: HttpRequest) -> bool:
    """Tell whether this very session has shown a second factor of this very person."""
    return any(trace["method"] == "mfa" for trace in get_authentication_records(request, request.user))


def second_factor_due(request: HttpRequest) -> bool:
    """Tell whether the person holds a role whose second factor this session has not shown."""
    if not settings.GEN_SECOND_FACTEUR or second_factor_passed(request):
        return False
    return bool(request.user.doit_second_facteur)


@receiver(authenticator_added)
def count_enrolment(
    sender: type[Authenticator], request: HttpRequest, authenticator: Authenticator, **kwargs: object
) -> None:
    """Enrolling a factor asks for a proof of it: the session has shown it."""
    if authenticator.type in FACTEURS:
        record_authentication(request, request.user, "mfa", id=authenticator.pk, type=authenticator.type)
