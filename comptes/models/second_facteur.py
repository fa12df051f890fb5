"""The second factors, under the portal's own name: the library's is in English."""

from allauth.mfa.models import Authenticator


class SecondFacteur(Authenticator):
    """What a person shows after the password or the code."""

    class Meta:
        proxy = True
        verbose_name = "second facteur"
        verbose_name_plural = "seconds facteurs"
