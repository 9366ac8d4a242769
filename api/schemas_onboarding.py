"""What the API says about one onboarding. No credential, no link, ever (D3)."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote
from uuid import UUID

from pydantic import Field

from api.schemas import Body, OrganizationBrief, Utc
from passerelle.db.onboardings import Case
from passerelle.db.outbox import onboarding_workflow_id
from passerelle.db.tables import AccessRequest, Person, Program, TimelineEntry
from passerelle.domain.commands import Command
from passerelle.domain.gates import Gate
from passerelle.domain.schedule import Step, StepKind
from passerelle.domain.stages import Cause, Stage
from passerelle.domain.timeline import Event
from passerelle.i18n import LANGUAGES, Language, say
from passerelle.services import narration
from passerelle.services.notice import Notice
from passerelle.services.outlook import Outlook, Party, Turn, outlook


class Bilingual(Body):
    """The same in both languages."""

    fr: str
    en: str

    @classmethod
    def saying(cls, message: str) -> "Bilingual":
        return cls(fr=say("fr", message), en=say("en", message))


class TurnAnswer(Body):
    """Who must act next: a code, and what they must do."""

    code: Party
    sentence: Bilingual

    @classmethod
    def of(cls, turn: Turn) -> "TurnAnswer":
        return cls(code=turn.party, sentence=Bilingual.saying(turn.message))


class StepAnswer(Body):
    """What happens next by itself, and when."""

    kind: StepKind
    at: Utc
    sentence: Bilingual

    @classmethod
    def of(cls, step: Step, time_zone: str) -> "StepAnswer":
        told = {language: narration.tell_next(step, language, time_zone) for language in LANGUAGES}
        return cls(kind=step.kind, at=step.at, sentence=Bilingual.model_validate(told))


class ProgramBrief(Body):
    id: UUID
    title_fr: str
    title_en: str

    @classmethod
    def of(cls, program: Program) -> "ProgramBrief":
        return cls(id=program.id, title_fr=program.title_fr, title_en=program.title_en)


class Human(Body):
    name: str
    email: str

    @classmethod
    def of(cls, person: AccessRequest | Person) -> "Human":
        return cls(name=f"{person.first_name} {person.last_name}", email=person.email)


class RequestAnswer(Body):
    """The access request: for whom, at whose request (S21)."""

    program_title: str
    recipient: Human
    phone: str
    language: str
    requester: Human
    requested_at: Utc
    terms_version: str
    has_logo: bool

    @classmethod
    def of(cls, request: AccessRequest, requester: Person) -> "RequestAnswer":
        return cls(
            program_title=request.program_title,
            recipient=Human.of(request),
            phone=request.phone,
            language=request.language,
            requester=Human.of(requester),
            requested_at=request.requested_at,
            terms_version=request.terms_version,
            has_logo=request.logo_id is not None,
        )


class NoticeAnswer(Body):
    """S28's slots in order; `lines` are its sentences, the last one the true present state (L7)."""

    entity: Bilingual
    recipient: Human
    requester: Human
    requested_at: Utc
    brand: str
    email: str
    support_site: str
    state: str
    state_since: Utc
    lines: Mapping[Language, Sequence[str]]

    @classmethod
    def of(cls, notice: Notice) -> "NoticeAnswer":
        return cls(
            entity=Bilingual.model_validate(notice.entity),
            recipient=Human(name=notice.recipient_name, email=notice.recipient_email),
            requester=Human(name=notice.requester_name, email=notice.requester_email),
            requested_at=notice.requested_at,
            brand=notice.brand,
            email=notice.recipient_email,
            support_site=notice.support_site,
            state=notice.state,
            state_since=notice.since,
            lines={language: notice.lines(language) for language in LANGUAGES},
        )


class OnboardingItem(Body):
    """One onboarding in a list."""

    id: UUID
    program: ProgramBrief
    organization: OrganizationBrief
    stage: Stage
    cause: Cause | None
    who_is_next: TurnAnswer
    next_step: StepAnswer | None
    allowed_commands: Sequence[Command]
    missing_gates: Sequence[Gate]
    expires_at: Utc | None
    version: int
    created_at: Utc
    changed_at: Utc


class OnboardingAnswer(OnboardingItem):
    """Everything about one onboarding. `version` is also its ETag."""

    workflow_id: str
    run_id: str | None
    temporal_ui_url: str
    request: RequestAnswer | None
    notice: NoticeAnswer | None


class TimelineItem(Body):
    """One thing that happened: when, who, and the sentence."""

    at: Utc
    event: Event
    stage: Stage = Field(description="The stage after it")
    actor_kind: str
    actor_name: str
    reason: str
    sentence: Bilingual

    @classmethod
    def of(cls, entry: TimelineEntry) -> "TimelineItem":
        return cls(
            at=entry.at,
            event=Event(entry.event),
            stage=entry.stage,
            actor_kind=entry.actor_kind,
            actor_name=entry.actor_name,
            reason=entry.reason,
            sentence=Bilingual(fr=narration.tell(entry, "fr"), en=narration.tell(entry, "en")),
        )


class TimelineAnswer(Body):
    """L10: what happened, oldest first, who is next, and what happens next by itself."""

    items: Sequence[TimelineItem]
    who_is_next: TurnAnswer
    next_step: StepAnswer | None


def item(case: Case, time_zone: str) -> OnboardingItem:
    """The onboarding as a list shows it."""
    return OnboardingItem(**_common(case, outlook(case), time_zone))


def whole(case: Case, time_zone: str, run_url: str, notice: Notice | None) -> OnboardingAnswer:
    """The onboarding as its own address shows it."""
    request = RequestAnswer.of(case.request, case.requester) if case.request and case.requester else None
    return OnboardingAnswer(
        **_common(case, outlook(case), time_zone),
        workflow_id=onboarding_workflow_id(case.onboarding.id),
        run_id=case.onboarding.run_id,
        temporal_ui_url=run_url,
        request=request,
        notice=NoticeAnswer.of(notice) if notice else None,
    )


def run_url(temporal_ui: str, namespace: str, case: Case) -> str:
    """O2: the exact run in the Temporal UI; before it is known, the workflow's newest."""
    workflow = (
        f"{temporal_ui}/namespaces/{quote(namespace, safe='')}/workflows/{onboarding_workflow_id(case.onboarding.id)}"
    )
    return f"{workflow}/{case.onboarding.run_id}/history" if case.onboarding.run_id else workflow


def _common(case: Case, ahead: Outlook, time_zone: str) -> dict[str, object]:
    onboarding = case.onboarding
    return {
        "id": onboarding.id,
        "program": ProgramBrief.of(case.program),
        "organization": OrganizationBrief.of(case.organization),
        "stage": onboarding.stage,
        "cause": onboarding.facts.cause,
        "who_is_next": TurnAnswer.of(ahead.turn),
        "next_step": StepAnswer.of(ahead.step, time_zone) if ahead.step else None,
        "allowed_commands": ahead.commands,
        "missing_gates": ahead.missing_gates,
        "expires_at": onboarding.facts.expires_at,
        "version": onboarding.facts.version,
        "created_at": onboarding.created_at,
        "changed_at": onboarding.changed_at,
    }
