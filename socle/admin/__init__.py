from socle.admin.base import LectureSeule
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
    "LectureSeule",
    "TravailAdmin",
]
