from socle.admin.base import IntrouvableMixin, LectureSeule
from socle.admin.technique import (
    CourrielAdmin,
    DocumentAdmin,
    EcheanceAdmin,
    EvenementAdmin,
    TravailAdmin,
)

__all__ = [
    "CourrielAdmin",
    "DocumentAdmin",
    "EcheanceAdmin",
    "EvenementAdmin",
    "IntrouvableMixin",
    "LectureSeule",
    "TravailAdmin",
]
