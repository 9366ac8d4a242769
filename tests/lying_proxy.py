"""A proxy that tells the truth but for one thing, to prove that whoever looks would notice."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from typing_extensions import override

from passerelle.embedded.ports import LOOPBACK

HOP_BY_HOP = {"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"}


@dataclass(frozen=True)
class Exchange:
    """A request, and the answer that it got."""

    method: str
    path: str
    status: int
    body: bytes


Lie = Callable[[Exchange], Exchange]


def instead_of(truth: bytes, lie: bytes) -> Lie:
    """Says something else wherever the truth would be said."""
    return lambda told: replace(told, body=told.body.replace(truth, lie))


@contextmanager
def lying_proxy(port: int, lie: Lie) -> Iterator[str]:
    """The proxy's base URL; behind it, what listens on the port of this machine."""

    class Forwarding(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._forward()

        def do_HEAD(self) -> None:
            self._forward()

        def do_POST(self) -> None:
            self._forward()

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the test's output is its own."""

        def _forward(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            behind = HTTPConnection(LOOPBACK, port, timeout=10)
            behind.request(self.command, self.path, sent, dict(self.headers.items()))
            answer = behind.getresponse()
            told = lie(Exchange(self.command, self.path, answer.status, answer.read()))
            behind.close()
            self.send_response(told.status)
            for name, value in answer.getheaders():
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(told.body)))
            self.end_headers()
            self.wfile.write(told.body)

    with ThreadingHTTPServer((LOOPBACK, 0), Forwarding) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.05,))
        serving.start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
        serving.join()
