"""The one clock (R7), the minute of a relevé (R3), and the demo's shift."""

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import IntegrityError, transaction

from socle import horloge
from socle.erreurs import HorlogeRefusee
from socle.models import DecalageHorloge
from tests.socle.essai import Essai

REEL = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
DEMO = datetime(2021, 9, 20, 8, tzinfo=UTC)


@pytest.fixture
def demo(settings: Any) -> None:
    settings.GEN_DEMO = True


# --- The minute that counts (R3) -----------------------------------------------------------------
@pytest.mark.regle("R3")
@pytest.mark.parametrize(
    ("jour", "heure", "minute", "borne"),
    [
        # The call says « UTC+1 »: on both relevés Paris is UTC+2.
        (date(2021, 7, 31), 23, 59, datetime(2021, 7, 31, 22, 0, tzinfo=UTC)),
        (date(2021, 9, 30), 23, 59, datetime(2021, 9, 30, 22, 0, tzinfo=UTC)),
        (date(2021, 12, 31), 23, 59, datetime(2021, 12, 31, 23, 0, tzinfo=UTC)),
        (date(2021, 9, 30), 12, 0, datetime(2021, 9, 30, 10, 1, tzinfo=UTC)),
        # 28/03/2021: 02:00 to 02:59 do not exist.
        (date(2021, 3, 28), 1, 59, datetime(2021, 3, 28, 1, 0, tzinfo=UTC)),
        (date(2021, 3, 28), 2, 30, datetime(2021, 3, 28, 1, 31, tzinfo=UTC)),
        (date(2021, 3, 28), 3, 0, datetime(2021, 3, 28, 1, 1, tzinfo=UTC)),
        (date(2021, 3, 28), 23, 59, datetime(2021, 3, 28, 22, 0, tzinfo=UTC)),
        # 31/10/2021: 02:00 to 02:59 come twice; the second counts.
        (date(2021, 10, 31), 1, 59, datetime(2021, 10, 31, 0, 0, tzinfo=UTC)),
        (date(2021, 10, 31), 2, 30, datetime(2021, 10, 31, 1, 31, tzinfo=UTC)),
        (date(2021, 10, 31), 2, 59, datetime(2021, 10, 31, 2, 0, tzinfo=UTC)),
        (date(2021, 10, 31), 23, 59, datetime(2021, 10, 31, 23, 0, tzinfo=UTC)),
    ],
)
def test_given_a_paris_minute_when_bounded_then_it_counts_whole(
    jour: date, heure: int, minute: int, borne: datetime
) -> None:
    assert horloge.end_of_minute(jour, heure, minute) == borne


@pytest.mark.regle("R3")
def test_given_the_first_releve_when_its_last_instant_passes_then_before_the_bound_and_midnight_is_not() -> (
    None
):
    borne = horloge.end_of_minute(date(2021, 7, 31), 23, 59)

    last = datetime(2021, 7, 31, 23, 59, 59, 999999, tzinfo=horloge.PARIS)
    assert last < borne
    assert datetime(2021, 8, 1, 0, 0, 0, tzinfo=horloge.PARIS) >= borne


# --- Now (R7) -------------------------------------------------------------------------------------
@pytest.mark.regle("R7")
@time_machine.travel(datetime(2021, 9, 30, 22, 30, tzinfo=UTC), tick=False)
def test_given_late_evening_utc_when_asked_then_the_day_is_that_of_the_zone() -> None:
    assert horloge.now() == horloge.real_now() == datetime(2021, 9, 30, 22, 30, tzinfo=UTC)
    assert horloge.now().utcoffset() == timedelta()
    assert horloge.today() == date(2021, 10, 1)
    assert horloge.today(ZoneInfo("America/Cayenne")) == date(2021, 9, 30)
    assert horloge.paris(horloge.now()).hour == 0


@pytest.mark.regle("R7")
@pytest.mark.django_db
@time_machine.travel(REEL, tick=False)
def test_given_production_when_a_row_of_the_demo_lies_there_then_it_is_never_read(
    django_assert_num_queries: Any,
) -> None:
    DecalageHorloge.objects.create(secondes=3600)

    with django_assert_num_queries(0), horloge.frozen_offset():
        assert horloge.now() == REEL


@pytest.mark.regle("R7")
@pytest.mark.django_db
def test_given_production_when_somebody_moves_the_clock_then_refused() -> None:
    with pytest.raises(HorlogeRefusee, match="démonstration"):
        horloge.advance_to(DEMO)

    assert DecalageHorloge.objects.count() == 0


# --- The demo ---------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.usefixtures("demo")
class TestDemo:
    """The demo's clock: an origin anywhere, then forward only."""

    def test_given_no_move_yet_when_asked_then_the_real_time(self) -> None:
        with time_machine.travel(REEL, tick=False):
            assert horloge.now() == REEL

    def test_given_a_new_demo_when_set_to_the_past_then_it_runs_on_from_there(self) -> None:
        with time_machine.travel(REEL, tick=False) as temps:
            assert horloge.advance_to(DEMO) == DEMO
            temps.shift(timedelta(minutes=5))
            assert horloge.now() == DEMO + timedelta(minutes=5)
            assert horloge.real_now() == REEL + timedelta(minutes=5)

    def test_given_a_set_clock_when_advanced_then_it_shows_that_instant(self) -> None:
        with time_machine.travel(REEL, tick=False):
            horloge.advance_to(DEMO)
            cible = datetime(2022, 1, 30, 23, tzinfo=UTC)
            assert horloge.advance_to(cible) == cible
        assert DecalageHorloge.objects.count() == 1

    def test_given_a_set_clock_when_sent_back_then_refused_and_unchanged(self) -> None:
        with time_machine.travel(REEL, tick=False):
            horloge.advance_to(DEMO)
            with pytest.raises(HorlogeRefusee, match="20/09/2021 à 09:59"):
                horloge.advance_to(DEMO - timedelta(seconds=1))
            assert horloge.now() == DEMO

    def test_given_a_set_clock_when_set_to_the_same_instant_then_accepted(self) -> None:
        with time_machine.travel(REEL, tick=False):
            horloge.advance_to(DEMO)
            assert horloge.advance_to(DEMO) == DEMO

    def test_given_real_time_between_seconds_when_advanced_then_never_before_the_instant(self) -> None:
        with time_machine.travel(REEL + timedelta(microseconds=1), tick=False):
            shown = horloge.advance_to(DEMO)
        assert DEMO <= shown < DEMO + timedelta(seconds=1)

    def test_given_a_request_when_it_asks_often_then_the_row_is_read_once(
        self, django_assert_num_queries: Any
    ) -> None:
        with time_machine.travel(REEL, tick=False):
            horloge.advance_to(DEMO)
            with django_assert_num_queries(1), horloge.frozen_offset():
                assert [horloge.now(), horloge.now(), horloge.business(REEL)] == [DEMO] * 3
                assert horloge.today() == date(2021, 9, 20)

    def test_given_a_frozen_request_when_another_moves_the_clock_then_it_keeps_its_own(self) -> None:
        with time_machine.travel(REEL, tick=False):
            horloge.advance_to(DEMO)
            with horloge.frozen_offset():
                DecalageHorloge.advance(DEMO + timedelta(days=9) - REEL, DEMO + timedelta(days=9))
                assert horloge.now() == DEMO
            assert horloge.now() == DEMO + timedelta(days=9)

    def test_given_a_frozen_request_when_it_moves_the_clock_itself_then_it_sees_the_move(self) -> None:
        with time_machine.travel(REEL, tick=False):
            horloge.advance_to(DEMO)
            with horloge.frozen_offset():
                horloge.advance_to(DEMO + timedelta(days=1))
                assert horloge.now() == DEMO + timedelta(days=1)

    def test_given_a_frozen_offset_nested_when_the_inner_ends_then_the_outer_goes_on(self) -> None:
        with time_machine.travel(REEL, tick=False):
            horloge.advance_to(DEMO)
            with horloge.frozen_offset():
                with horloge.frozen_offset():
                    assert horloge.now() == DEMO
                assert horloge.now() == DEMO

    def test_given_one_row_when_a_second_is_written_then_the_database_refuses(self) -> None:
        DecalageHorloge.objects.create(secondes=1)
        with pytest.raises(IntegrityError), transaction.atomic():
            DecalageHorloge.objects.create(pk=2, secondes=1)

    @pytest.mark.usefixtures("table_essai")
    def test_given_the_demo_clock_when_an_aggregate_is_saved_then_its_dates_follow_it(self) -> None:
        with time_machine.travel(REEL, tick=False):
            horloge.advance_to(DEMO)
            essai = Essai.objects.create(titre="a")
            horloge.advance_to(DEMO + timedelta(days=1))
            essai.titre = "b"
            essai.save(update_fields=["titre"])
        essai.refresh_from_db()
        assert (essai.cree_le, essai.modifie_le) == (DEMO, DEMO + timedelta(days=1))


@pytest.mark.regle("R7")
def test_given_the_machine_when_real_time_is_asked_then_it_runs() -> None:
    before = time.time()
    assert before <= horloge.real_now().timestamp() <= time.time()
