"""Ports are looked at before anything starts."""

import socket
from collections.abc import Iterator

import pytest

from passerelle.embedded.ports import LOOPBACK, free_port, get, is_answering, obstacle, reachable


@pytest.fixture(params=[LOOPBACK, "0.0.0.0", "::1"])
def taken(request: pytest.FixtureRequest) -> Iterator[int]:
    """A port that somebody listens on, on one address or all, IPv4 or IPv6."""
    family = socket.AF_INET6 if ":" in request.param else socket.AF_INET
    with socket.create_server((request.param, 0), family=family) as server:
        yield server.getsockname()[1]


def test_a_port_that_somebody_listens_on_is_taken_whatever_the_address(taken: int) -> None:
    assert obstacle(LOOPBACK, taken) == "is taken"


def test_a_free_port_has_no_obstacle() -> None:
    assert obstacle(LOOPBACK, free_port()) is None


def test_a_port_that_is_bound_but_does_not_listen_is_taken() -> None:
    with socket.socket() as silent:
        silent.bind((LOOPBACK, 0))
        assert obstacle(LOOPBACK, silent.getsockname()[1]) == "is taken"


def test_an_address_that_is_not_ours_cannot_be_used() -> None:
    """192.0.2.0/24 is nobody's (RFC 5737)."""
    assert str(obstacle("192.0.2.1", free_port())).startswith("cannot be used")


def test_get_raises_when_nobody_answers_and_when_it_is_not_http() -> None:
    port = free_port()
    assert not is_answering(LOOPBACK, port)
    with pytest.raises(OSError, match="refused"):
        get(LOOPBACK, port, "/")


def test_a_server_that_listens_everywhere_is_asked_on_the_loopback() -> None:
    assert [reachable(host) for host in ("0.0.0.0", "", "::", "10.1.2.3")] == [LOOPBACK, LOOPBACK, "::1", "10.1.2.3"]
