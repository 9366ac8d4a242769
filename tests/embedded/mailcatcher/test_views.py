"""Times in words, and names of downloads."""

from datetime import UTC, datetime, timedelta

import pytest

from passerelle.embedded.mailcatcher.views import ago, disposition

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=-3), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=60), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=47), "1 day ago"),
        (timedelta(days=3), "3 days ago"),
    ],
)
def test_how_long_ago_in_words(passed: timedelta, words: str) -> None:
    assert ago(NOON - passed, NOON) == words


def test_the_name_of_a_download_cannot_add_a_header() -> None:
    assert disposition('é"\r\nX: y') == "attachment; filename*=UTF-8''%C3%A9%22%0D%0AX%3A%20y"
