"""What the tests of the labelling share."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from tests.candidatures.fabriques import LUNDI


@pytest.fixture
def lundi() -> Iterator[Any]:
    """Monday 20 September 2021, 10:00 in Paris."""
    with time_machine.travel(LUNDI, tick=False) as temps:
        yield temps
