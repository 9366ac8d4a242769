"""What the tour asserts, and how long it waits."""

import pytest

from passerelle.tour.proof import NotSo, eventually, must


def test_what_does_not_hold_is_a_sentence() -> None:
    must(holds=True, otherwise="never said")
    with pytest.raises(NotSo, match=r"^It is not so\.$"):
        must([], "It is not so.")


def test_what_becomes_so_in_time_is_found() -> None:
    answers = iter([None, None, "there"])
    assert eventually(lambda: next(answers), lambda: "never said") == "there"


def test_what_does_not_become_so_in_time_is_said_as_it_stands_then() -> None:
    with pytest.raises(NotSo, match=r"^Still inviting\. \(0 s were not enough\.\)$"):
        eventually(lambda: None, lambda: "Still inviting.", seconds=0.1)
