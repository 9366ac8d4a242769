"""Dates and times as people read them, in both languages (S12, S29). Text, never for machines."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, format_timedelta

from passerelle.i18n import LOCALE, Language, marked, say

DATE_AND_TIME = marked("%(date)s at %(time)s")
ROUGHLY_AGO = marked("About %(span)s ago")
AGO = marked("%(span)s ago")

NO_BREAK_SPACE = "\u00a0"
A_MONTH = timedelta(days=31)
A_MINUTE = timedelta(minutes=1)


def long_date(at: datetime, language: Language, time_zone: str) -> str:
    """« vendredi 19 mars 2021 », « lundi 1er mars 2021 »; "Friday, March 19, 2021". `at` is aware."""
    local = at.astimezone(ZoneInfo(time_zone))
    if language == "en":
        return format_date(local, "EEEE, MMMM d, y", locale=LOCALE["en"])
    # Only the first of a month is an ordinal in French; Babel has no pattern letter for it.
    day = "'1er'" if local.day == 1 else "d"
    return format_date(local, f"EEEE {day} MMMM y", locale=LOCALE["fr"])


def time_of_day(at: datetime, language: Language, time_zone: str) -> str:
    """« 15 h 20 », « 15 h » on the hour, with no-break spaces; "3:20 p.m."."""
    local = at.astimezone(ZoneInfo(time_zone))
    if language == "en":
        return format_time(local, "h:mm a", locale=LOCALE["en"])
    parts = [str(local.hour), "h", *([f"{local.minute:02}"] if local.minute else [])]
    return NO_BREAK_SPACE.join(parts)


def long_date_and_time(at: datetime, language: Language, time_zone: str) -> str:
    """S29: « vendredi 19 mars 2021 à 15 h 20 »; "Friday, March 19, 2021 at 3:20 p.m."."""
    date, time = long_date(at, language, time_zone), time_of_day(at, language, time_zone)
    return say(language, DATE_AND_TIME, date=date, time=time)


def relative(at: datetime, now: datetime, language: Language, time_zone: str) -> str:
    """S12: « Il y a environ 18 heures », « Il y a 21 jours »; the date when it is more than a month ago."""
    elapsed = max(now - at, timedelta(0))
    if elapsed > A_MONTH:
        return long_date(at, language, time_zone)
    if elapsed >= timedelta(days=1):
        # Whole days: this one does not say "about". Without the threshold Babel turns 21 days into 3 weeks.
        whole = timedelta(days=elapsed.days)
        days = format_timedelta(whole, granularity="day", threshold=100, locale=LOCALE[language])
        return say(language, AGO, span=days)
    span = format_timedelta(max(elapsed, A_MINUTE), granularity="minute", threshold=1, locale=LOCALE[language])
    return say(language, ROUGHLY_AGO, span=span)
