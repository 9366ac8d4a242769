"""The access request: sent once, refused the second time, carried out by itself (S17-S30)."""

from typing import TypeVar

from passerelle.tour.api import PROBLEM, MultipartForm, Notice, Onboarding, Problem, Seen, new_key
from passerelle.tour.picture import logo
from passerelle.tour.proof import NotSo, must
from passerelle.tour.walk import Quoted, Telling, Walk

PHONE = "5145555555"
LOGO_SIDE = 300
UNDER_WAY = ("provisioning", "inviting", "awaiting_registration")

_Answer = TypeVar("_Answer", bound=Seen)


def sent_request(walk: Walk, answer: type[_Answer], status: int, key: str = "") -> _Answer:
    """The form A-E with the seed's fields, as an admin of the organization sends it; what it is answered.

    The same Idempotency-Key makes it the same request once more; empty, it is a new one.
    """
    recipient = walk.cast.recipient
    fields = {
        "program_title": walk.cast.title,
        "first_name": recipient.first_name,
        "last_name": recipient.last_name,
        "phone": PHONE,
        "email": recipient.email,
        "language": "fr",
        "accept_terms": "true",
        "requested_by": walk.cast.requester.email,
    }
    path = f"/onboardings/{walk.onboarding_id}/access-request"
    form = MultipartForm(fields, "Advanced.png", logo(LOGO_SIDE), key or new_key())
    return walk.api.send_form(path, form, answer, status)


def request(walk: Walk) -> Telling:
    """S18-S25."""
    key = new_key()
    onboarding = sent_request(walk, Onboarding, status=202, key=key)
    must(onboarding.stage in UNDER_WAY, f"After the request the onboarding is in stage {onboarding.stage}.")
    cast = walk.cast
    yield f"{cast.requester.name} requests access for {cast.recipient.name}, {PHONE}, with a logo (202)."
    yield f"The answer comes at once; the work goes on by itself (stage {onboarding.stage})."
    again = sent_request(walk, Onboarding, status=202, key=key)
    must(again == onboarding, "The same request, sent once more, got another answer.")
    yield "Sent once more under the same Idempotency-Key, it is one request with one answer."


def second_request(walk: Walk) -> Telling:
    """S26-S28."""
    refusal = sent_request(walk, Problem, status=409)
    must(refusal.type == f"{PROBLEM}already-requested", f"The second request was refused as {refusal.type}.")
    if refusal.notice is None:
        raise NotSo("The refusal of a second request does not show the notice.")
    yield "It is refused (409), and the answer is the pinned notice:"
    for sentence in refusal.notice.lines.get("fr", []):
        yield Quoted(sentence)
    _prove_slots(walk, refusal.notice)
    yield "Its slots are all there: for whom, at whose request, when, from which brand, and where to find help."


def _prove_slots(walk: Walk, notice: Notice) -> None:
    cast, said = walk.cast, " ".join(notice.lines.get("fr", []))
    # D1: what the request blocks, by default the whole organization.
    must(notice.entity.fr in (cast.organization, cast.title), f"The notice is about “{notice.entity.fr}”.")
    for slot in (
        notice.entity.fr,
        f"{cast.recipient.name} ({cast.recipient.email})",
        f"{cast.requester.name} ({cast.requester.email})",
        notice.brand,
        notice.support_site,
    ):
        must(slot in said, f"The notice does not say “{slot}”.")


def provisioning(walk: Walk) -> Telling:
    """S44."""
    walk.api.wait_for_event(walk.onboarding_id, "account_provisioned")
    yield "The account and its one-time password are made on the platform."
    walk.api.wait_for_stage(walk.onboarding_id, "awaiting_registration")
    yield "The invitation has left: the onboarding is in stage awaiting_registration."
