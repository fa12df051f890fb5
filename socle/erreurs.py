"""Errors that a person can read: every face of the portal shows ``str(error)`` as it stands."""

from django.core.exceptions import PermissionDenied


class ErreurMetier(Exception):
    """A refusal of the domain, with a French sentence that says what to do."""


class TransitionRefusee(ErreurMetier):
    """The table of the aggregate has no arrow for this verb from its present state."""


class ActeurRefuse(ErreurMetier, PermissionDenied):
    """The actor may not do this; views answer 403 (or 404 when the object is hidden)."""


class FichierRefuse(ErreurMetier):
    """An attachment that the portal does not take (type, size, empty)."""


class HorlogeRefusee(ErreurMetier):
    """The demo clock only moves forward, and production has none."""


class DonneesInvalides(ErreurMetier):
    """Input that breaks rules of the domain, by field.

    ``erreurs`` maps a field's name (or ``"__all__"``) to French sentences.
    """

    def __init__(self, erreurs: dict[str, list[str]]) -> None:
        self.erreurs = erreurs
        super().__init__(" ".join(phrase for phrases in erreurs.values() for phrase in phrases))
