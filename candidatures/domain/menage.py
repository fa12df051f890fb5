"""What is made again at will does not pile up: working copies in PDF, and archives (decision 0012)."""

from django.core.cache import cache

from candidatures.domain.archive import sweep_archives
from candidatures.domain.edition import sweep_working_copies

_PAUSE = 3600


def sweep_editions_hourly() -> int:
    """Sweep both if nobody did within the hour: the tick comes each minute, and this reads every document."""
    if not cache.add("candidatures.editions", True, _PAUSE):
        return 0
    return sweep_archives() + sweep_working_copies()
