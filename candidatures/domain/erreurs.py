"""Typed refusals of the dossier."""

from datetime import datetime
from typing import Any

from socle.erreurs import ErreurMetier


class ConflitDeVersion(ErreurMetier):
    """Somebody else saved the section meanwhile (R10): nothing is overwritten.

    ``changements`` maps a field to (what is stored now, what was sent); ``version`` is the one to
    send with once the person has looked.
    """

    def __init__(
        self,
        *,
        section: str,
        version: int,
        modifiee_par: str,
        modifiee_le: datetime | None,
        changements: dict[str, tuple[Any, Any]],
    ) -> None:
        self.section = section
        self.version = version
        self.modifiee_par = modifiee_par
        self.modifiee_le = modifiee_le
        self.changements = changements
        super().__init__(
            f"Cette section a été modifiée entre-temps par {modifiee_par or 'une autre personne'}. "
            "Comparez les réponses ci-dessous, puis enregistrez à nouveau\u00a0: rien n’a été écrasé."
        )


class ChampFerme(ErreurMetier):
    """A field that the open request for compléments does not list (R16)."""
