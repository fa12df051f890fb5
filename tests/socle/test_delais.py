"""Delays to act (R6), with the public holidays of each territory."""

import calendar
from datetime import UTC, date, datetime, timedelta

import pytest

from socle import horloge
from socle.delais import add_months, deadline_after, is_holiday, is_working_day, local_zone, next_working_day

pytestmark = pytest.mark.regle("R6")

METROPOLE, MOSELLE, BAS_RHIN, HAUT_RHIN = "75", "57", "67", "68"


# --- Months ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("depart", "arrivee"),
    [
        (date(2021, 1, 31), date(2021, 2, 28)),
        (date(2021, 2, 28), date(2021, 3, 28)),
        (date(2021, 3, 31), date(2021, 4, 30)),
        (date(2021, 4, 30), date(2021, 5, 30)),
        (date(2021, 5, 31), date(2021, 6, 30)),
        (date(2021, 6, 30), date(2021, 7, 30)),
        (date(2021, 7, 31), date(2021, 8, 31)),
        (date(2021, 8, 31), date(2021, 9, 30)),
        (date(2021, 9, 30), date(2021, 10, 30)),
        (date(2021, 10, 31), date(2021, 11, 30)),
        (date(2021, 11, 30), date(2021, 12, 30)),
        (date(2021, 12, 31), date(2022, 1, 31)),
    ],
)
def test_given_a_month_end_when_a_month_is_added_then_same_day_or_the_last(
    depart: date, arrivee: date
) -> None:
    assert add_months(depart, 1) == arrivee


@pytest.mark.parametrize(
    ("annee", "dernier"), [(2020, 29), (2021, 28), (2023, 28), (2024, 29), (2100, 28), (2000, 29)]
)
def test_given_31_january_when_a_month_is_added_then_last_of_february(annee: int, dernier: int) -> None:
    for jour in (29, 30, 31):
        assert add_months(date(annee, 1, jour), 1) == date(annee, 2, min(jour, dernier))


@pytest.mark.parametrize(
    ("mois", "arrivee"),
    [
        (0, date(2020, 2, 29)),
        (1, date(2020, 3, 29)),
        (2, date(2020, 4, 29)),
        (12, date(2021, 2, 28)),
        (36, date(2023, 2, 28)),
        (48, date(2024, 2, 29)),
        (-1, date(2020, 1, 29)),
        (-12, date(2019, 2, 28)),
        (-2, date(2019, 12, 29)),
    ],
)
def test_given_a_leap_day_when_months_are_added_then_its_day_or_the_28(mois: int, arrivee: date) -> None:
    assert add_months(date(2020, 2, 29), mois) == arrivee


@pytest.mark.parametrize("annee", [2020, 2021, 2023, 2024, 2100])
def test_given_any_day_of_a_year_when_months_are_added_then_never_beyond_the_month(annee: int) -> None:
    jour = date(annee, 1, 1)
    while jour.year == annee:
        for mois in (1, 2, 3, 6, 12):
            arrivee = add_months(jour, mois)
            assert (arrivee.year * 12 + arrivee.month) - (jour.year * 12 + jour.month) == mois
            last = calendar.monthrange(arrivee.year, arrivee.month)[1]
            assert arrivee.day == (jour.day if jour.day <= last else last)
        jour += timedelta(days=1)


# --- Working days ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("jour", "ouvre"),
    [
        (date(2021, 9, 20), date(2021, 9, 20)),  # Monday
        (date(2021, 9, 21), date(2021, 9, 21)),
        (date(2021, 9, 22), date(2021, 9, 22)),
        (date(2021, 9, 23), date(2021, 9, 23)),
        (date(2021, 9, 24), date(2021, 9, 24)),
        (date(2021, 9, 25), date(2021, 9, 27)),  # Saturday
        (date(2021, 9, 26), date(2021, 9, 27)),  # Sunday
    ],
)
def test_given_each_weekday_when_due_then_the_week_end_moves_to_monday(jour: date, ouvre: date) -> None:
    assert next_working_day(jour) == ouvre


@pytest.mark.parametrize(
    ("ferie", "ouvre"),
    [
        (date(2021, 1, 1), date(2021, 1, 4)),  # Friday: then a week-end
        (date(2021, 4, 5), date(2021, 4, 6)),  # Easter Monday
        (date(2021, 5, 1), date(2021, 5, 3)),  # Saturday
        (date(2021, 5, 8), date(2021, 5, 10)),  # Saturday
        (date(2021, 5, 13), date(2021, 5, 14)),  # Ascension
        (date(2021, 5, 24), date(2021, 5, 25)),  # Whit Monday
        (date(2021, 7, 14), date(2021, 7, 15)),
        (date(2021, 8, 15), date(2021, 8, 16)),  # Sunday
        (date(2021, 11, 1), date(2021, 11, 2)),  # Monday
        (date(2021, 11, 11), date(2021, 11, 12)),
        (date(2021, 12, 25), date(2021, 12, 27)),  # Saturday
        (date(2022, 4, 17), date(2022, 4, 19)),  # Easter Sunday: Monday is a holiday too
        (date(2008, 5, 1), date(2008, 5, 2)),  # both 1 May and Ascension
    ],
)
def test_given_each_public_holiday_when_due_then_the_next_working_day(ferie: date, ouvre: date) -> None:
    assert is_working_day(ferie) is False
    for departement in ("", METROPOLE, "2A", "2B"):
        assert next_working_day(ferie, departement) == ouvre


@pytest.mark.parametrize("departement", [MOSELLE, BAS_RHIN, HAUT_RHIN])
def test_given_alsace_moselle_when_due_on_its_own_holidays_then_moved_there_only(departement: str) -> None:
    vendredi_saint, saint_etienne = date(2021, 4, 2), date(2022, 12, 26)

    # Friday, then the week-end and Easter Monday.
    assert next_working_day(vendredi_saint, departement) == date(2021, 4, 6)
    assert next_working_day(saint_etienne, departement) == date(2022, 12, 27)
    # 25 December is a Friday, the 26th a Saturday anyway.
    assert next_working_day(date(2020, 12, 25), departement) == date(2020, 12, 28)
    for autre in ("", METROPOLE, "54", "974"):
        assert next_working_day(vendredi_saint, autre) == vendredi_saint
        assert next_working_day(saint_etienne, autre) == saint_etienne


@pytest.mark.parametrize(
    ("departement", "jour"),
    [
        ("971", date(2021, 5, 27)),
        ("972", date(2024, 5, 22)),
        ("973", date(2021, 6, 10)),
        ("974", date(2021, 12, 20)),
        ("976", date(2021, 4, 27)),
        ("977", date(2023, 10, 9)),
        ("978", date(2021, 5, 28)),
        ("988", date(2021, 9, 24)),
        ("986", date(2021, 4, 28)),
        ("987", date(2021, 6, 29)),
    ],
)
def test_given_an_overseas_holiday_when_due_then_moved_there_and_not_in_paris(
    departement: str, jour: date
) -> None:
    assert jour.weekday() < 5
    assert is_holiday(jour, departement)
    assert next_working_day(jour, departement) > jour
    assert not is_holiday(jour)
    assert next_working_day(jour, METROPOLE) == jour


@pytest.mark.parametrize("departement", ["975", "984", "2A", "01", "95"])
def test_given_a_territory_without_own_holidays_when_asked_then_those_of_france(departement: str) -> None:
    jour = date(2021, 1, 1)
    while jour.year == 2021:
        assert is_holiday(jour, departement) == is_holiday(jour)
        jour += timedelta(days=1)


# --- Deadlines -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("depart", "mois", "departement", "echeance"),
    [
        (date(2021, 1, 31), 1, "", date(2021, 3, 1)),  # 28 February 2021 is a Sunday
        (date(2024, 1, 31), 1, "", date(2024, 2, 29)),  # a Thursday
        (date(2021, 9, 20), 1, "", date(2021, 10, 20)),  # a Wednesday
        (date(2021, 10, 1), 1, "", date(2021, 11, 2)),  # All Saints' Day, a Monday
        (date(2021, 3, 2), 1, "", date(2021, 4, 2)),
        (date(2021, 3, 2), 1, MOSELLE, date(2021, 4, 6)),
        (date(2021, 3, 4), 1, "", date(2021, 4, 6)),  # Easter Sunday
        (date(2021, 11, 20), 1, "974", date(2021, 12, 21)),
        (date(2021, 11, 20), 1, "", date(2021, 12, 20)),
        (date(2021, 10, 31), 2, "", date(2021, 12, 31)),
        (date(2021, 11, 1), 2, "", date(2022, 1, 3)),  # 1 January 2022 is a Saturday
    ],
)
def test_given_a_notification_when_a_delay_runs_then_its_last_day(
    depart: date, mois: int, departement: str, echeance: date
) -> None:
    assert deadline_after(depart, mois, departement) == echeance


def test_given_any_day_when_a_delay_runs_then_a_working_day_at_most_five_days_late() -> None:
    for departement in ("", MOSELLE, BAS_RHIN, "971", "972", "973", "974", "976"):
        jour = date(2020, 1, 1)
        while jour < date(2025, 1, 1):
            plain, moved = add_months(jour, 1), deadline_after(jour, 1, departement)
            assert plain <= moved <= plain + timedelta(days=5)
            assert is_working_day(moved, departement)
            jour += timedelta(days=1)


# --- Midnights and summer time ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("jour", "minuit_suivant"),
    [
        # Sunday 28 March 2021 lasts 23 hours in Paris, Sunday 31 October 25.
        (date(2021, 3, 27), datetime(2021, 3, 27, 23, tzinfo=UTC)),
        (date(2021, 3, 28), datetime(2021, 3, 28, 22, tzinfo=UTC)),
        (date(2021, 10, 30), datetime(2021, 10, 30, 22, tzinfo=UTC)),
        (date(2021, 10, 31), datetime(2021, 10, 31, 23, tzinfo=UTC)),
    ],
)
def test_given_a_change_of_summer_time_when_the_last_day_ends_then_at_local_midnight(
    jour: date, minuit_suivant: datetime
) -> None:
    assert horloge.end_of_minute(jour, 23, 59) == minuit_suivant
    assert horloge.at_paris(jour + timedelta(days=1)) == minuit_suivant


@pytest.mark.parametrize(
    ("depart", "echeance", "fin"),
    [
        # 28 March is a Sunday and 31 October too: the hour changes on the last day, and it moves.
        (date(2021, 2, 28), date(2021, 3, 29), datetime(2021, 3, 29, 22, tzinfo=UTC)),
        (date(2021, 8, 31), date(2021, 9, 30), datetime(2021, 9, 30, 22, tzinfo=UTC)),
        (date(2021, 10, 2), date(2021, 11, 2), datetime(2021, 11, 2, 23, tzinfo=UTC)),
    ],
)
def test_given_a_delay_across_a_change_of_summer_time_when_due_then_the_wall_clock_rules(
    depart: date, echeance: date, fin: datetime
) -> None:
    assert deadline_after(depart, 1) == echeance
    assert horloge.end_of_minute(echeance, 23, 59) == fin


# --- Zones ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("departement", "heure"),
    [
        ("", 12),
        ("75", 12),
        ("2A", 12),
        ("971", 6),
        ("972", 6),
        ("973", 7),
        ("974", 14),
        ("975", 8),
        ("976", 13),
        ("977", 6),
        ("978", 6),
        ("984", 15),
        ("986", 22),
        ("987", 0),
        ("988", 21),
    ],
)
def test_given_noon_in_paris_in_summer_when_shown_locally_then_the_territory_hour(
    departement: str, heure: int
) -> None:
    midi = datetime(2021, 7, 31, 10, tzinfo=UTC)

    assert midi.astimezone(local_zone(departement)).hour == heure
