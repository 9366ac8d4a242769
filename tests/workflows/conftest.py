import pytest
from temporalio.testing import WorkflowEnvironment

from passerelle.db.database import Database
from passerelle.settings import Settings
from tests.mail_server import MailServer
from tests.workflows.world import World


@pytest.fixture
def world(settings: Settings, database: Database, temporal_env: WorkflowEnvironment, mail_server: MailServer) -> World:
    return World(settings, database, temporal_env, mail_server)
