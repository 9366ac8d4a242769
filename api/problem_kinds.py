"""Every sort of problem that the API answers with (RFC 9457): stable name, status, title and advice."""

from collections.abc import Mapping
from dataclasses import dataclass

from passerelle.i18n import marked


@dataclass(frozen=True)
class Kind:
    """A sort of problem: its stable name, its status, and its title and advice as English msgids."""

    slug: str
    status: int
    title: str
    detail: str


INVALID = Kind(
    "invalid", 422, marked("Some fields are not right."), marked("`errors` names each field and what is wrong with it.")
)
NOT_FOUND = Kind(
    "not-found", 404, marked("There is nothing here."), marked("The address or an id in it is wrong, or it is gone.")
)
METHOD = Kind(
    "method-not-allowed", 405, marked("This address does not take this method."), marked("`Allow` names those it does.")
)
MALFORMED = Kind(
    "malformed",
    400,
    marked("The request could not be read."),
    marked("Send JSON in UTF-8, or a form where one is taken."),
)
TOO_LARGE = Kind(
    "too-large", 413, marked("The request is too large."), marked("A logo may have 1 MB; everything else fits easily.")
)
MEDIA = Kind(
    "unsupported-media-type",
    415,
    marked("This kind of content is not taken here."),
    marked("Send application/json, or multipart/form-data where a file is taken."),
)
FAILURE = Kind(
    "failure",
    500,
    marked("Something went wrong on our side."),
    marked("Nothing was changed that was not confirmed. Try again; name the request id when it happens again."),
)
DATABASE_AWAY = Kind(
    "database-unavailable",
    503,
    marked("The database does not answer now."),
    marked("Try again; with the same Idempotency-Key nothing is done twice."),
)
TEMPORAL_AWAY = Kind(
    "temporal-unavailable",
    503,
    marked("Commands cannot be carried out now."),
    marked("Nothing was changed, and nothing will be done later either. Try again."),
)
UNAUTHENTICATED = Kind(
    "unauthenticated",
    401,
    marked("An API key is needed."),
    marked("Send `Authorization: Bearer psl_…` with a key that is valid."),
)
NOT_DECIDED = Kind("not-allowed", 403, marked("This is not allowed."), marked("Nobody may do this."))

REFUSALS: Mapping[str, Kind] = {
    "scope_missing": Kind(
        "scope-missing", 403, marked("This API key may not do this."), marked("`scope` names the scope that it needs.")
    ),
    "not_an_admin": Kind(
        "not-an-admin",
        403,
        marked("This person may not request access."),
        marked("Only admins of the program or of its organization may."),
    ),
    "already_requested": Kind(
        "already-requested",
        409,
        marked("Access was requested already."),
        marked("`notice` says for whom, at whose request, and how things stand."),
    ),
    "gates_missing": Kind(
        "gates-missing",
        409,
        marked("Access cannot be requested yet."),
        marked("`missing_gates` names everything that must be true first."),
    ),
    "ended": Kind(
        "onboarding-ended",
        409,
        marked("This onboarding has ended."),
        marked("A new one may be started for the program."),
    ),
    "program_not_approved": Kind(
        "program-not-approved",
        409,
        marked("The program is not approved."),
        marked("An onboarding starts when the network’s staff approves the program."),
    ),
    "session_full": Kind(
        "session-full", 409, marked("This training session is full."), marked("Choose another session.")
    ),
    "session_cancelled": Kind(
        "session-cancelled", 409, marked("This training session was called off."), marked("Choose another session.")
    ),
    "already_registered": Kind(
        "already-registered",
        409,
        marked("The organization has a seat in this session already."),
        marked("`registration` is that seat."),
    ),
    "version_changed": Kind(
        "version-changed",
        412,
        marked("The onboarding has changed in the meantime."),
        marked("Read it again and decide anew: `If-Match` named an older version."),
    ),
    "idempotency_key_reused": Kind(
        "idempotency-key-reused",
        422,
        marked("This Idempotency-Key was used for another request."),
        marked("Make a new key for each new request; repeat a key only with the very same request."),
    ),
    "idempotency_key_malformed": Kind(
        "idempotency-key-malformed",
        400,
        marked("This Idempotency-Key cannot be used."),
        marked("Use 1 to 200 printable ASCII characters, such as a UUID."),
    ),
    "request_in_progress": Kind(
        "request-in-progress",
        409,
        marked("The same request is being answered at this moment."),
        marked("Repeat it in a moment to get its answer."),
    ),
}
COMMAND_REFUSED = Kind(
    "command-refused",
    409,
    marked("This command cannot be carried out now."),
    marked("`allowed_commands` names those that can."),
)
