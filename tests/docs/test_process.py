"""docs/process.md says what passerelle/domain does: every reachable state is visited and compared."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from passerelle.domain import transitions
from passerelle.domain.commands import Command, allowed_commands
from passerelle.domain.errors import Refused
from passerelle.domain.schedule import Durations, StepKind, next_step
from passerelle.domain.stages import ENDS, Cause, Facts, Stage, stage_of
from passerelle.domain.transitions import Transition
from passerelle.services.outlook import CAUSES, TURNS, Party
from passerelle.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs/process.md").read_text()
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DURATIONS = Durations()
EXPIRY = NOW + timedelta(seconds=DURATIONS.expiry)
MOST_MAILINGS = 4
STARTS = (Facts(), Facts(training_registered=True))


def table(heading: str) -> list[list[str]]:
    """The cells of the first table under that heading, without its head."""
    section = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row] for row in rows[1:]]


def code(cell: str) -> frozenset[str]:
    return frozenset(re.findall(r"`([^`]+)`", cell))


def attention(cause: Cause) -> Transition:
    return lambda facts: transitions.needs_attention(facts, cause, NOW)


ALWAYS: tuple[Transition, ...] = (
    transitions.register_training,
    transitions.cancel_training,
    transitions.request_access,
    transitions.correct_recipient,
    lambda facts: transitions.retry(facts, EXPIRY),
    lambda facts: transitions.resend(facts, EXPIRY),
    lambda facts: transitions.extend(facts, NOW, timedelta(seconds=DURATIONS.expiry)),
    lambda facts: transitions.withdraw(facts, NOW),
    lambda facts: transitions.lapse(facts, NOW),
)
# What the workflow does in a stage, and how that can end.
IN_STAGE: dict[Stage, tuple[Transition, ...]] = {
    Stage.PROVISIONING: (
        lambda facts: transitions.account_provisioned(facts, facts.generation, EXPIRY),
        attention(Cause.PROVISIONING_FAILED),
    ),
    Stage.INVITING: (
        lambda facts: transitions.invitation_accepted(facts, facts.mailing, NOW, EXPIRY),
        attention(Cause.INVITATION_FAILED),
    ),
    Stage.AWAITING_REGISTRATION: (attention(Cause.BOUNCED), attention(Cause.EXPIRED)),
}


def possible(facts: Facts) -> Iterator[Transition]:
    yield from ALWAYS
    yield from IN_STAGE.get(stage_of(facts), ())
    # Only a live credential can complete: the current generation's, not expired.
    if 0 < facts.generation == facts.provisioned and facts.cause is not Cause.EXPIRED:
        yield lambda known: transitions.complete_registration(known, NOW)


def followers(facts: Facts) -> Iterator[Facts]:
    for transition in possible(facts):
        try:
            after = transition(facts)
        except Refused:
            continue
        # One expiry is as good as another, and `extend` would make new ones without end.
        yield replace(after, expires_at=after.expires_at and EXPIRY)


@cache
def reachable() -> dict[Facts, frozenset[Facts]]:
    """Every state up to some resends, with those that may follow it."""
    found: dict[Facts, frozenset[Facts]] = {}
    waiting = list(STARTS)
    while waiting:
        facts = waiting.pop()
        if facts not in found and facts.mailing <= MOST_MAILINGS:
            found[facts] = frozenset(
                replace(after, expires_at=after.expires_at and EXPIRY) for after in followers(facts)
            )
            waiting.extend(found[facts])
    return found


def arrows() -> set[tuple[str, str]]:
    """The diagram's arrows; one that leaves `live` leaves each of its stages."""
    diagram = PAGE.split("```mermaid\n")[1].split("```")[0]
    inside = diagram.split("state live {")[1].split("}")[0]
    live = set(re.findall(r"(\w+) -->", inside)) | set(re.findall(r"--> (\w+)", inside))
    drawn = re.findall(r"(\S+) --> ([^\s:]+)", diagram)
    return {(each, to) for start, to in drawn for each in (live if start == "live" else {start})}


def test_the_diagram_has_exactly_the_arrows_that_the_transitions_make_L() -> None:
    made = {
        (stage_of(before).value, stage_of(after).value)
        for before, follow in reachable().items()
        for after in follow
        if stage_of(before) is not stage_of(after)
    }
    starts = {("[*]", stage_of(facts).value) for facts in STARTS}
    ends = {(stage.value, "[*]") for stage in ENDS}
    assert arrows() == made | starts | ends


def place(facts: Facts) -> tuple[str, str, bool]:
    """The row of the table that these facts belong to: stage, cause and «requested»."""
    stage = stage_of(facts)
    return stage.value, facts.cause.value if facts.cause and stage is Stage.NEEDS_ATTENTION else "", facts.requested


def described(summary: Callable[[Facts], frozenset[str]]) -> dict[tuple[str, str, bool], frozenset[str]]:
    """For each place: all that `summary` says of the facts there."""
    found: dict[tuple[str, str, bool], frozenset[str]] = {}
    for facts in reachable():
        found[place(facts)] = found.get(place(facts), frozenset()) | summary(facts)
    return found


def listed(column: int) -> dict[tuple[str, str, bool], frozenset[str]]:
    """What the page's table lists in that column, by the same keys."""
    rows = table("Every state, who is next, and what may be ordered")
    return {
        ("".join(code(row[0])), "".join(code(row[1])), requested): code(row[column])
        for row in rows
        for requested in {"yes": (True,), "no": (False,), "either": (False, True)}[row[2]]
    }


def test_the_table_lists_every_stage_and_cause_D4() -> None:
    keys = listed(0).keys()
    assert {stage for stage, _, _ in keys} == set(Stage)
    assert {cause for _, cause, _ in keys} - {""} == set(Cause)


def test_the_table_lists_exactly_the_allowed_commands_L5() -> None:
    assert listed(5) == described(lambda facts: frozenset(command.value for command in allowed_commands(facts)))


def test_the_table_tells_who_is_next_O2() -> None:
    def party(facts: Facts) -> frozenset[str]:
        stage = stage_of(facts)
        if stage in ENDS:
            return frozenset({Party.NOBODY.value})
        return frozenset({(CAUSES[facts.cause] if facts.cause else TURNS[stage]).party.value})

    assert listed(3) == described(party)


def test_allowed_commands_depend_on_nothing_that_the_table_does_not_show() -> None:
    listing = listed(5)
    assert all(allowed_commands(facts) == listing[place(facts)] for facts in reachable())


def test_the_table_lists_exactly_what_time_does_L4() -> None:
    def steps(facts: Facts) -> frozenset[str]:
        schedule = [next_step(replace(facts, reminded=done), DURATIONS) for done in range(len(DURATIONS.reminders) + 2)]
        return frozenset(step.kind.value for step in schedule if step)

    assert listed(4) == described(steps)


def test_the_waits_are_those_of_the_settings_L4() -> None:
    settings = Settings.model_fields
    rows = {row[0].strip("`"): row for row in table("What time does")}
    assert set(rows) == set(StepKind)
    for _, setting, days, _ in rows.values():
        default = settings[setting.strip("`").removeprefix("PASSERELLE_").lower()].default
        numbers = [float(number) for number in re.findall(r"\d+", days)]
        assert numbers == (list(default) if isinstance(default, tuple) else [default])
    assert f"({settings['mail_retry_minutes'].default} minutes)" in PAGE


def test_the_page_explains_every_command_L5() -> None:
    assert [row[0].strip("`") for row in table("The commands")] == [command.value for command in Command]
