"""Dates and times as people read them (S12, S29)."""

from datetime import UTC, datetime, timedelta

import pytest

from passerelle.dates import long_date, long_date_and_time, relative, time_of_day

TORONTO = "America/Toronto"
THEN = datetime(2021, 3, 19, 19, 20, tzinfo=UTC)


def test_the_seeds_date_in_correct_french_S29() -> None:
    written = long_date_and_time(THEN, "fr", TORONTO)
    assert written == "vendredi 19 mars 2021 à 15\u00a0h\u00a020"
    assert written.replace("\u00a0", " ") == "vendredi 19 mars 2021 à 15 h 20"


def test_the_first_of_a_month_is_an_ordinal_and_no_other_day_S29() -> None:
    assert long_date(datetime(2021, 3, 1, 12, tzinfo=UTC), "fr", TORONTO) == "lundi 1er mars 2021"
    for day in (2, 11, 21, 31):
        assert f" {day} mars" in long_date(datetime(2021, 3, day, 12, tzinfo=UTC), "fr", TORONTO)


def test_english_has_its_own_form() -> None:
    assert long_date_and_time(THEN, "en", TORONTO) == "Friday, March 19, 2021 at 3:20 p.m."


def test_minutes_have_two_digits_and_a_full_hour_none() -> None:
    assert time_of_day(datetime(2021, 3, 19, 13, 5, tzinfo=UTC), "fr", TORONTO) == "9\u00a0h\u00a005"
    assert time_of_day(datetime(2021, 3, 19, 13, 0, tzinfo=UTC), "fr", TORONTO) == "9\u00a0h"


def test_the_day_is_that_of_the_readers_zone_also_when_the_clocks_change_F29() -> None:
    late = datetime(2021, 3, 1, 3, 0, tzinfo=UTC)
    assert long_date(late, "fr", TORONTO) == "dimanche 28 février 2021"
    before, after = datetime(2026, 3, 8, 6, 30, tzinfo=UTC), datetime(2026, 3, 8, 7, 30, tzinfo=UTC)
    assert [time_of_day(at, "fr", TORONTO).replace("\u00a0", " ") for at in (before, after)] == ["1 h 30", "3 h 30"]


@pytest.mark.parametrize(
    ("elapsed", "french", "english"),
    [
        (timedelta(seconds=5), "Il y a environ 1 minute", "About 1 minute ago"),
        (timedelta(minutes=59), "Il y a environ 59 minutes", "About 59 minutes ago"),
        (timedelta(hours=18), "Il y a environ 18 heures", "About 18 hours ago"),
        (timedelta(days=1), "Il y a 1 jour", "1 day ago"),
        (timedelta(days=21), "Il y a 21 jours", "21 days ago"),
        (timedelta(days=31), "Il y a 31 jours", "31 days ago"),
        (timedelta(days=32), "mardi 12 mars 2024", "Tuesday, March 12, 2024"),
        (-timedelta(seconds=3), "Il y a environ 1 minute", "About 1 minute ago"),
    ],
)
def test_how_long_ago_is_told_as_in_the_seed_S12(elapsed: timedelta, french: str, english: str) -> None:
    now = datetime(2024, 4, 13, 16, tzinfo=UTC)
    told = [relative(now - elapsed, now, language, TORONTO) for language in ("fr", "en")]
    assert [text.replace("\u00a0", " ") for text in told] == [french, english]
