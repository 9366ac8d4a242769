"""The seed's whole path, as a list of steps. Each is told in one sentence, and proves what it tells."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from passerelle.tour import before, ending, invitation, registration, request
from passerelle.tour.walk import Telling, Walk


@dataclass(frozen=True)
class Step:
    """`sentence` is told first, then what `prove` yields."""

    sentence: str
    prove: Callable[[Walk], Telling]


STORY: Sequence[Step] = (
    Step("An organization and its program are submitted.", before.submission),
    Step("The network’s staff approves the program.", before.program_approval),
    Step("Somebody requests access too early.", before.too_early),
    Step("The network’s staff approves the organization.", before.organization_approval),
    Step("The organization registers for a training session.", before.training),
    Step("Now access is requested.", request.request),
    Step("A second request comes.", request.second_request),
    Step("The platform’s account is made and the invitation sent.", request.provisioning),
    Step("The invitation arrives.", invitation.letter),
    Step("Nobody else learns the credentials.", invitation.discretion),
    Step("A mail scanner opens the link before the person does.", invitation.link),
    Step("The designated person signs in.", registration.sign_in),
    Step("Passwords that break the rule are refused, each with its own sentence.", registration.wrong_passwords),
    Step("The designated person chooses a password.", registration.password),
    Step("The registration is complete.", registration.completion),
    Step("Everybody is told.", ending.last_mails),
    Step("The story can be read.", ending.timeline),
    Step("Temporal has carried it.", ending.events),
)
