"""The end: the last mails, the timeline, and the run in Temporal (L8-L10, O2, S45)."""

from collections.abc import Sequence

from pydantic import ValidationError

from passerelle.tour.api import Happening, Seen
from passerelle.tour.http import client
from passerelle.tour.mailbox import Letter
from passerelle.tour.proof import NotSo, eventually, must
from passerelle.tour.walk import Quoted, Telling, Walk

STORY_SO_FAR = (
    "started",
    "training_registered",
    "access_requested",
    "account_provisioned",
    "invitation_sent",
    "signed_in",
    "registration_completed",
)
MOST_EVENTS = 60
RUNNING, COMPLETED = "WORKFLOW_EXECUTION_STATUS_RUNNING", "WORKFLOW_EXECUTION_STATUS_COMPLETED"


class Run(Seen):
    """A run as the Temporal UI's own interface tells it; the history's length comes as text."""

    status: str
    historyLength: int  # noqa: N815 - Temporal's name


class Described(Seen):
    workflowExecutionInfo: Run  # noqa: N815 - Temporal's name


def last_mails(walk: Walk) -> Telling:
    """L8, L9."""
    cast = walk.cast
    _, welcome, *more = walk.mail.wait_for(cast.recipient.email, 2)
    must(not more, f"{cast.recipient.email} got {2 + len(more)} e-mails instead of two.")
    must(welcome.sender.name == cast.title, f"The welcome comes from “{welcome.sender.name}”.")
    yield f"{cast.recipient.name} is welcomed by e-mail:"
    yield Quoted(welcome.subject)
    received, news, *more = walk.mail.wait_for(cast.requester.email, 2)
    must(not more, f"{cast.requester.email} got {2 + len(more)} e-mails instead of two.")
    must(cast.recipient.name in news.subject, f"The last news to the requester is “{news.subject}”.")
    yield f"{cast.requester.name} is told that it is done:"
    yield Quoted(news.subject)
    _prove_discretion(walk, [welcome, received, news])
    yield "No e-mail but the invitation held the provided password."


def timeline(walk: Walk) -> Telling:
    """L10."""
    items = walk.api.wait_for_event(walk.onboarding_id, "recipient_welcomed")
    told = [item.event for item in items if item.event in STORY_SO_FAR]
    must(told == list(STORY_SO_FAR), f"The timeline tells {', '.join(told)} instead of {', '.join(STORY_SO_FAR)}.")
    moments = [item.at for item in items]
    must(moments == sorted(moments), "The timeline is not in the order of time.")
    yield "The timeline tells the whole story, in the order in which it happened:"
    for item in items:
        yield Quoted(f"{_time(walk, item)}  {item.sentence.fr}")


def events(walk: Walk) -> Telling:
    """S45, O2."""
    address = walk.api.onboarding(walk.onboarding_id).temporal_ui_url
    run = eventually(lambda: _closed(address), lambda: f"The run in Temporal does not come to its end: {address}")
    must(run.status == COMPLETED, f"The run in Temporal is {run.status}: {address}")
    must(run.historyLength <= MOST_EVENTS, f"The run has {run.historyLength} events, more than {MOST_EVENTS}.")
    yield f"The run in Temporal is completed, with {run.historyLength} events (at most {MOST_EVENTS}). Look at it:"
    yield Quoted(address)


def _closed(address: str) -> Run | None:
    """The run behind a page of the Temporal UI, once it does not run any more."""
    before, _, path = address.partition("/namespaces/")
    namespace, _, workflow_id, run_id, *_ = f"{path}//".split("/")
    asked = f"{before}/api/v1/namespaces/{namespace}/workflows/{workflow_id}"
    with client() as asking:
        answer = asking.get(asked, params={"execution.runId": run_id})
    try:
        run = Described.model_validate_json(answer.content).workflowExecutionInfo
    except ValidationError:
        raise NotSo(f"The Temporal UI does not show the run (status {answer.status_code}): {address}") from None
    return None if run.status == RUNNING else run


def _prove_discretion(walk: Walk, letters: Sequence[Letter]) -> None:
    leaks = [each.subject for each in letters if walk.provided_password in each.text + each.html]
    must(not leaks, f"The provided password is in another e-mail: {', '.join(leaks)}")


def _time(walk: Walk, item: Happening) -> str:
    at = item.at.astimezone(walk.time_zone)
    return f"{at:%H} h {at:%M} min {at:%S} s"
