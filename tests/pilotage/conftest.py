"""The clock of the tests of what the public and the direction read."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import time_machine

from socle import horloge
from tests.candidatures.fabriques import LUNDI


@pytest.fixture(autouse=True)
def temps() -> Iterator[Any]:
    """Monday 20 September 2021, 10:00 in Paris."""
    with time_machine.travel(LUNDI, tick=False) as coordonnees:
        yield coordonnees


@pytest.fixture
def aller(temps: Any) -> Callable[..., None]:
    """Move the clock to a day, at 9:00 in Paris by default."""
    return lambda jour, heure=9, minute=0: temps.move_to(horloge.at_paris(jour, heure, minute))


@pytest.fixture
def jour_1(aller: Callable[[date], None]) -> date:
    """Stand on the day of the first session."""
    jour = date(2021, 11, 15)
    aller(jour)
    return jour
