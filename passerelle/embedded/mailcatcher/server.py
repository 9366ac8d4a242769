"""The mail catcher as a program: its page and its SMTP server in one process."""

import uvicorn

from passerelle.embedded.mailcatcher.app import create_app
from passerelle.embedded.ports import LOOPBACK
from passerelle.settings import Settings


def serve(settings: Settings) -> None:
    """Runs on 127.0.0.1 until it is stopped. Keeps messages in `data_dir`/mail."""
    uvicorn.run(
        create_app(settings.data_dir / "mail", settings.mail_smtp_port),
        host=LOOPBACK,
        port=settings.mail_port,
        access_log=False,
        server_header=False,
        log_level="warning",
        timeout_graceful_shutdown=3,
    )
