"""Onboardings that were started by an earlier build go on under this one (F36), and the sandbox is kept."""

from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from tests.replay.record import HISTORIES, MACHINE, STORIES
from workflows.account_mail import AccountMailWorkflow
from workflows.onboarding import OnboardingWorkflow

RECORDED = sorted(HISTORIES.glob("*.json"))
STRICT = workflow.SandboxImportNotificationPolicy.RAISE_ON_UNINTENTIONAL_PASSTHROUGH


def replayer() -> Replayer:
    restrictions = SandboxRestrictions.default
    return Replayer(
        workflows=[OnboardingWorkflow, AccountMailWorkflow],
        data_converter=pydantic_data_converter,
        workflow_runner=SandboxedWorkflowRunner(restrictions=restrictions.with_import_notification_policy(STRICT)),
    )


def history(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(path.stem, path.read_text())


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
async def test_a_recorded_onboarding_replays_the_same_F36(path: Path) -> None:
    await replayer().replay_workflow(history(path))


def test_every_story_is_recorded() -> None:
    recorded = {path.stem.split("-", 1)[1] for path in RECORDED}
    assert recorded == set(STORIES)


async def test_a_changed_order_of_commands_is_found_F36() -> None:
    (path,) = [path for path in RECORDED if path.stem.endswith("-withdrawn")]
    forged = path.read_text().replace('"provision_account"', '"disable_account"', 1)
    with pytest.raises(workflow.NondeterminismError):
        await replayer().replay_workflow(WorkflowHistory.from_json("forged", forged))


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_recorded_histories_name_no_machine(path: Path) -> None:
    assert {match.group(0) for match in MACHINE.finditer(path.read_text())} <= {
        '"identity": "worker"',
        '"stackTrace": "worker"',
    }
