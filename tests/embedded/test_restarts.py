"""When a service that ended by itself is started again."""

from passerelle.embedded.restarts import Restarts


def test_the_pause_doubles_up_to_half_a_minute() -> None:
    restarts = Restarts()
    assert [restarts.pause_after(10) for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]


def test_three_ends_at_once_in_a_row_end_the_start() -> None:
    restarts = Restarts()
    assert [restarts.pause_after(0.1) for _ in range(3)] == [1, 2, None]


def test_a_longer_life_between_them_begins_the_count_anew() -> None:
    restarts = Restarts()
    assert [restarts.pause_after(lived) for lived in (0.1, 0.1, 10, 0.1, 0.1)] == [1, 2, 4, 8, 16]


def test_a_service_that_was_well_for_a_minute_is_started_again_soon() -> None:
    restarts = Restarts()
    assert [restarts.pause_after(lived) for lived in (10, 10, 61)] == [1, 2, 1]
