"""Dates and times as people read them (S12, S29)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passerelle.dates import NO_BREAK_SPACE, long_date, long_date_and_time, relative, time_of_day
from passerelle.i18n import Language

TORONTO = "America/Toronto"
NOW = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)
WEEKDAYS = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]
MONTHS = [
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
]  # fmt: skip


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def readable(text: str) -> str:
    return text.replace(NO_BREAK_SPACE, " ")


@pytest.mark.parametrize(
    ("at", "french", "english"),
    [
        ("2021-03-19T19:20", "vendredi 19 mars 2021 à 15 h 20", "Friday, March 19, 2021 at 3:20 p.m."),
        ("2021-03-01T17:00", "lundi 1er mars 2021 à 12 h", "Monday, March 1, 2021 at 12:00 p.m."),
        ("2026-01-01T05:05", "jeudi 1er janvier 2026 à 0 h 05", "Thursday, January 1, 2026 at 12:05 a.m."),
        ("2026-08-11T13:00", "mardi 11 août 2026 à 9 h", "Tuesday, August 11, 2026 at 9:00 a.m."),
        ("2028-02-29T23:59", "mardi 29 février 2028 à 18 h 59", "Tuesday, February 29, 2028 at 6:59 p.m."),
        # Late in the evening in Toronto it is already tomorrow in UTC.
        ("2021-03-20T03:59", "vendredi 19 mars 2021 à 23 h 59", "Friday, March 19, 2021 at 11:59 p.m."),
        ("2027-01-01T04:59", "jeudi 31 décembre 2026 à 23 h 59", "Thursday, December 31, 2026 at 11:59 p.m."),
    ],
)
def test_dates_are_correct_french_and_english_S29(at: str, french: str, english: str) -> None:
    assert readable(long_date_and_time(utc(at), "fr", TORONTO)) == french
    assert readable(long_date_and_time(utc(at), "en", TORONTO)) == english


@pytest.mark.parametrize(
    ("at", "french"),
    [
        ("2026-03-08T06:59", "dimanche 8 mars 2026 à 1 h 59"),
        ("2026-03-08T07:00", "dimanche 8 mars 2026 à 3 h"),
        ("2026-03-09T03:59", "dimanche 8 mars 2026 à 23 h 59"),
        ("2026-11-01T05:30", "dimanche 1er novembre 2026 à 1 h 30"),
        ("2026-11-01T06:30", "dimanche 1er novembre 2026 à 1 h 30"),
        ("2026-11-01T07:00", "dimanche 1er novembre 2026 à 2 h"),
        ("2021-03-01T03:00", "dimanche 28 février 2021 à 22 h"),
        ("2026-11-02T04:59", "dimanche 1er novembre 2026 à 23 h 59"),
    ],
)
def test_the_nights_when_the_clocks_change_in_toronto_S29_F29(at: str, french: str) -> None:
    assert readable(long_date_and_time(utc(at), "fr", TORONTO)) == french


def test_another_time_zone_has_another_day() -> None:
    assert long_date(utc("2026-06-30T22:00"), "fr", "Europe/Paris") == "mercredi 1er juillet 2026"
    assert long_date(utc("2026-06-30T22:00"), "fr", "America/Vancouver") == "mardi 30 juin 2026"


def test_a_french_time_is_never_broken_over_two_lines_S29() -> None:
    assert time_of_day(utc("2021-03-19T19:20"), "fr", TORONTO) == "15\u00a0h\u00a020"
    assert time_of_day(utc("2021-03-19T19:00"), "fr", TORONTO) == "15\u00a0h"


@settings(deadline=None)
@given(st.integers(0, 36_500).map(lambda days: datetime(2000, 1, 1, 12, tzinfo=UTC) + timedelta(days=days)))
def test_every_french_date_is_written_in_full_with_an_ordinal_for_the_first_only_S29(at: datetime) -> None:
    day = "1er" if at.day == 1 else str(at.day)
    expected = f"{WEEKDAYS[at.weekday()]} {day} {MONTHS[at.month - 1]} {at.year}"
    assert long_date(at, "fr", "UTC") == expected


@pytest.mark.parametrize(
    ("elapsed", "french", "english"),
    [
        (timedelta(hours=18), "Il y a environ 18 heures", "About 18 hours ago"),
        (timedelta(days=21), "Il y a 21 jours", "21 days ago"),
        (timedelta(0), "Il y a environ 1 minute", "About 1 minute ago"),
        (timedelta(seconds=59), "Il y a environ 1 minute", "About 1 minute ago"),
        (timedelta(minutes=59), "Il y a environ 59 minutes", "About 59 minutes ago"),
        (timedelta(hours=1, minutes=10), "Il y a environ 1 heure", "About 1 hour ago"),
        (timedelta(days=1), "Il y a 1 jour", "1 day ago"),
        (timedelta(days=1, hours=23), "Il y a 1 jour", "1 day ago"),
        (timedelta(days=7), "Il y a 7 jours", "7 days ago"),
        (timedelta(days=31), "Il y a 31 jours", "31 days ago"),
        (timedelta(days=32), "mercredi 21 octobre 2026", "Wednesday, October 21, 2026"),
        # A clock that is a little ahead of ours must not make the future of it.
        (timedelta(minutes=-3), "Il y a environ 1 minute", "About 1 minute ago"),
    ],
)
def test_recent_times_are_relative_and_older_ones_are_dates_S12(elapsed: timedelta, french: str, english: str) -> None:
    expected: dict[Language, str] = {"fr": french, "en": english}
    for language, text in expected.items():
        assert readable(relative(NOW - elapsed, NOW, language, TORONTO)) == text


def test_a_night_with_25_hours_is_counted_in_hours_that_passed_S12_F29() -> None:
    before, after = utc("2026-11-01T04:00"), utc("2026-11-01T22:00")
    assert readable(relative(before, after, "fr", TORONTO)) == "Il y a environ 18 heures"
