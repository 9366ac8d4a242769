"""The process on the real Temporal server, with the database, the relay and SMTP behind it (S44, L)."""

from passerelle.domain.stages import Stage
from tests.workflows.world import RECIPIENT, TITLE, World


async def test_an_approved_program_becomes_a_registered_administrator_S44_L9(world: World) -> None:
    async with world.working():
        walk = await world.approved_program()
        assert await walk.stage() is Stage.AWAITING_TRAINING
        await walk.register_training()
        await walk.request_access()
        await walk.reaches(Stage.AWAITING_REGISTRATION)
        await walk.complete_registration()
        assert (await walk.handle.result()).stage == "completed"
    assert await walk.timeline() == []
    invitation = world.mail.to(RECIPIENT)[0]
    assert invitation["From"].addresses[0].display_name == TITLE
