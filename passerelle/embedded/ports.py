"""Which local ports are free, and what answers on them."""

import errno
import socket
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def is_answering(host: str, port: int, timeout: float = 0.5) -> bool:
    """Whether something accepts TCP connections there."""
    try:
        with socket.create_connection((host, port), timeout):
            return True
    except OSError:
        return False


def get(host: str, port: int, path: str, timeout: float = 2) -> bytes:
    """The body that a GET over plain HTTP is answered with. Raises OSError for anything but status 200."""
    connection = HTTPConnection(host, port, timeout=timeout)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
    except HTTPException as error:
        raise OSError(f"no HTTP answer: {error!r}") from error
    finally:
        connection.close()
    if answer.status != HTTPStatus.OK:
        raise OSError(f"status {answer.status}")
    return body


def obstacle(host: str, port: int) -> str | None:
    """Why a server could not listen on host:port, as the rest of a sentence; None when it could."""
    # Both loopbacks: browsers try ::1 for «localhost» first, and macOS lets two servers share one port.
    if is_answering(LOOPBACK, port) or is_answering("::1", port):
        return "is taken"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # Otherwise the last run's connections would keep the port for a minute.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return _reason(error)
    return None


def _reason(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "is taken"
    if error.errno == errno.EACCES:
        return "may not be used by this account"
    return f"cannot be used ({error.strerror})"


def reachable(host: str) -> str:
    """The address at which a server that listens on `host` is asked from this machine."""
    return {"": LOOPBACK, "0.0.0.0": LOOPBACK, "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
