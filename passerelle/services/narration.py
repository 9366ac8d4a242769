"""An onboarding's story in plain words, in both languages (L10): what happened, who, when, what comes next."""

from collections.abc import Mapping

from passerelle.dates import long_date_and_time
from passerelle.db.tables import TimelineEntry
from passerelle.domain.schedule import Step, StepKind
from passerelle.domain.stages import Cause
from passerelle.domain.timeline import ActorKind, Event
from passerelle.i18n import Language, marked, say

# Without somebody who did it, and with.
_Told = tuple[str, str]

HAPPENED: Mapping[tuple[Event, str], _Told] = {
    (Event.STARTED, ""): (
        marked("The onboarding was started."),
        marked("The onboarding was started by %(who)s."),
    ),
    (Event.TRAINING_REGISTERED, ""): (
        marked("The organization was registered for a training session."),
        marked("The organization was registered for a training session by %(who)s."),
    ),
    (Event.TRAINING_CANCELLED, ""): (
        marked("The organization’s training registration was cancelled."),
        marked("The organization’s training registration was cancelled by %(who)s."),
    ),
    (Event.ACCESS_REQUESTED, ""): (
        marked("Access to the platform was requested."),
        marked("Access to the platform was requested by %(who)s."),
    ),
    (Event.SIGNED_IN, ""): (
        marked("The designated person signed in for the first time."),
        marked("The designated person signed in for the first time."),
    ),
    (Event.REGISTRATION_COMPLETED, ""): (
        marked("The designated person finished registering on the platform."),
        marked("The designated person finished registering on the platform."),
    ),
    (Event.RECIPIENT_CORRECTED, ""): (
        marked("The designated person’s name or address was corrected; the earlier invitation no longer works."),
        marked("%(who)s corrected the designated person’s name or address; the earlier invitation no longer works."),
    ),
    (Event.RECIPIENT_CORRECTED, "phone"): (
        marked("The designated person’s phone number was corrected."),
        marked("The designated person’s phone number was corrected by %(who)s."),
    ),
    (Event.RETRIED, ""): (
        marked("The failed step was tried again."),
        marked("The failed step was tried again by %(who)s."),
    ),
    (Event.RESENT, ""): (
        marked("The invitation was ordered to be sent again."),
        marked("The invitation was ordered to be sent again by %(who)s."),
    ),
    (Event.EXTENDED, ""): (
        marked("The invitation’s expiry was put off."),
        marked("The invitation’s expiry was put off by %(who)s."),
    ),
    (Event.WITHDRAWN, ""): (
        marked("The onboarding was withdrawn; its invitation no longer works."),
        marked("The onboarding was withdrawn by %(who)s; its invitation no longer works."),
    ),
}

BY_ITSELF: Mapping[tuple[Event, str], str] = {
    (Event.ACCOUNT_PROVISIONED, ""): marked("The account and its one-time password are ready on the platform."),
    (Event.ACCOUNT_DISABLED, ""): marked("The account that was made for this onboarding was disabled."),
    (Event.INVITATION_SENT, ""): marked("The invitation e-mail was handed to the designated person’s mail server."),
    (Event.RECIPIENT_REMINDED, ""): marked("A reminder was sent to the designated person."),
    (Event.RECIPIENT_REMINDED, "unsent"): marked("A reminder to the designated person could not be sent."),
    (Event.REQUESTER_REMINDED, ""): marked("A reminder was sent to the requester."),
    (Event.REQUESTER_REMINDED, "unsent"): marked("A reminder to the requester could not be sent."),
    (Event.ATTENTION_NEEDED, ""): marked("The onboarding needs somebody’s attention."),
    (Event.ATTENTION_NEEDED, Cause.PROVISIONING_FAILED): marked("The account could not be made on the platform."),
    (Event.ATTENTION_NEEDED, Cause.INVITATION_FAILED): marked("The invitation e-mail could not be sent."),
    (Event.ATTENTION_NEEDED, Cause.BOUNCED): marked("The designated person’s mailbox refused the e-mail."),
    (Event.ATTENTION_NEEDED, Cause.EXPIRED): marked("The invitation expired before it was used."),
    (Event.LAPSED, ""): marked("The onboarding lapsed: the expired invitation was not renewed."),
    (Event.REQUESTER_TOLD, ""): marked("The requester was told by e-mail how things stand."),
    (Event.REQUESTER_TOLD, "request_received"): marked("The requester was told that the request was received."),
    (Event.REQUESTER_TOLD, "attention_needed"): marked("The requester was told that help is needed."),
    (Event.REQUESTER_TOLD, "completed"): marked("The requester was told that the registration is complete."),
    (Event.RECIPIENT_WELCOMED, ""): marked("A welcome e-mail was sent to the designated person."),
}

# Without a name, and with.
WHO: Mapping[ActorKind, _Told] = {
    ActorKind.OPERATOR: (marked("the network’s staff"), marked("%(name)s (network’s staff)")),
    ActorKind.REQUESTER: (marked("the requester"), marked("%(name)s (requester)")),
    ActorKind.RECIPIENT: (marked("the designated person"), marked("%(name)s (designated person)")),
    ActorKind.INTEGRATOR: (marked("a connected application"), marked("the application %(name)s")),
    ActorKind.TEMPORAL_UI: (marked("somebody in the Temporal UI"), marked("%(name)s in the Temporal UI")),
}

NEXT: Mapping[StepKind, str] = {
    StepKind.REMIND_RECIPIENT: marked("On %(when)s a reminder goes to the designated person."),
    StepKind.REMIND_REQUESTER: marked("On %(when)s a reminder goes to the requester."),
    StepKind.EXPIRE: marked("On %(when)s the invitation expires."),
    StepKind.LAPSE: marked("On %(when)s the onboarding lapses."),
}


def tell(entry: TimelineEntry, language: Language) -> str:
    """What happened and who did it, as one sentence; when is the entry's `at`."""
    event, variant = Event(entry.event), _variant(entry)
    told = HAPPENED.get((event, variant)) or HAPPENED.get((event, ""))
    if told is None:
        return say(language, BY_ITSELF.get((event, variant)) or BY_ITSELF[event, ""])
    name = who(entry.actor_kind, entry.actor_name, language)
    return say(language, told[1], who=name) if name else say(language, told[0])


def who(kind: str, name: str, language: Language) -> str:
    """Somebody as a sentence names them; empty for the system, which acts by itself."""
    if kind == ActorKind.SYSTEM:
        return ""
    nameless, named = WHO[ActorKind(kind)]
    return say(language, named, name=name) if name else say(language, nameless)


def tell_next(step: Step, language: Language, time_zone: str) -> str:
    """What happens next by itself, and when."""
    return say(language, NEXT[step.kind], when=long_date_and_time(step.at, language, time_zone))


def _variant(entry: TimelineEntry) -> str:
    """Which of an event's sentences: by cause, kind of news, what was corrected, or a reminder that did not leave."""
    if entry.details.get("sent") == 0:
        return "unsent"
    return str(next((entry.details[name] for name in ("cause", "news", "changed") if name in entry.details), ""))
