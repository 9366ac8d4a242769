"""What one onboarding costs Temporal: events of history and billed actions (docs: temporal.md, «What things cost»)."""

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from passerelle.domain.stages import Stage
from tests.workflows.world import World

MAXIMUM_EVENTS = 60
MAXIMUM_ACTIONS = 18

BILLED = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
    EventType.EVENT_TYPE_TIMER_STARTED,
    EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
    EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
    EventType.EVENT_TYPE_MARKER_RECORDED,
}


def actions(events: list[HistoryEvent]) -> int:
    """Billed actions: starts, signals, updates, timers, activities with each retry, upserts, local activities."""
    retries = sum(
        event.activity_task_started_event_attributes.attempt - 1
        for event in events
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED
    )
    return retries + sum(event.event_type in BILLED for event in events)


async def test_the_happy_path_with_all_its_mails_stays_within_its_budget(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    async with world.working():
        walk = await world.approved_program()
        await walk.register_training()
        await walk.request_access()
        await walk.reaches(Stage.AWAITING_REGISTRATION)
        await walk.complete_registration()
        await walk.handle.result()
        events = await walk.events()
    with capsys.disabled():
        print(f"\nhappy path: {len(events)} history events, {actions(events)} billed actions")  # noqa: T201
    assert sum(mail.state == "accepted" for mail in await walk.mails()) == 4
    assert len(events) <= MAXIMUM_EVENTS
    assert actions(events) <= MAXIMUM_ACTIONS
