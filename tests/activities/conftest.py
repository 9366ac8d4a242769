from collections.abc import AsyncIterator

import pytest

from passerelle.db.database import Database
from passerelle.settings import Settings
from tests.activities.post import Post
from tests.mail_server import MailServer


@pytest.fixture
async def post(settings: Settings, database: Database, mail_server: MailServer) -> AsyncIterator[Post]:
    opened = Post(settings, database, mail_server)
    yield opened
    await opened.mailer.close()
