"""The mails of the sign-in page: each its own short workflow, whatever becomes of it (S35, S36, SEC14)."""

import pytest
from temporalio.client import WorkflowHandle

from passerelle.auth.lockout import Lockout
from passerelle.services import platform_recovery
from passerelle.services.platform_recovery import Purpose
from tests import platform_world
from tests.mail_server import Behaviour
from tests.platform_world import KEY
from tests.workflows.world import RECIPIENT, World


async def asked(world: World) -> WorkflowHandle[object, object]:
    """Somebody with an account has asked for a new password; the run that mails the link."""
    await platform_world.registered(world.database, RECIPIENT)
    await platform_recovery.request(world.database, Lockout(), KEY, Purpose.FORGOTTEN, RECIPIENT)
    await world.relay.drain()
    (row,) = await platform_world.outbox(world.database, "send_account_mail")
    return world.client.get_workflow_handle(row.workflow_id)


async def test_the_link_that_was_asked_for_is_mailed_S35_SEC14(world: World) -> None:
    async with world.working():
        await (await asked(world)).result()
    assert [mail["Subject"] for mail in world.mail.to(RECIPIENT) if "Choisissez" in mail["Subject"]]


@pytest.mark.parametrize("behaviour", [Behaviour.REFUSE_RECIPIENT, Behaviour.REFUSE_CONTENT])
async def test_a_mailbox_that_refuses_the_link_is_no_failure_of_ours_F15(world: World, behaviour: Behaviour) -> None:
    """The ledger says what became of it; a failed run would mean a bug."""
    world.mail.otherwise = behaviour
    async with world.working():
        await (await asked(world)).result()
    assert world.mail.kept == []
