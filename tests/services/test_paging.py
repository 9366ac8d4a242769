"""Cursors say where a page ended, and nothing else is taken for one."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.domain.errors import Invalid
from passerelle.services.paging import Page, cursor_of, place_in


def test_a_cursor_gives_back_what_it_was_made_of() -> None:
    known = uuid4()
    assert place_in(cursor_of(7, known), int, UUID) == (7, known)


@given(st.text())
def test_anything_else_is_refused_as_a_wrong_field(text: str) -> None:
    with pytest.raises(Invalid) as raised:
        place_in(text, int, UUID)
    assert list(raised.value.fields) == ["cursor"]


def test_the_row_too_many_only_tells_that_there_is_more() -> None:
    full = Page.of([1, 2, 3], 2, str)
    assert (full.rows, full.next_cursor) == ([1, 2], "2")
    last = Page.of([1, 2], 2, str)
    assert (last.rows, last.next_cursor) == ([1, 2], None)
    empty: Page[int] = Page.of([], 2, str)
    assert (empty.rows, empty.next_cursor) == ([], None)
