"""Before the request: submissions, approvals, a gate that is closed, a seat in a training session (S1-S6)."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from passerelle.tour.api import PROBLEM, Onboarding, Organization, Problem, Program, Registration, TrainingSession
from passerelle.tour.proof import NotSo, must
from passerelle.tour.request import sent_request
from passerelle.tour.walk import Quoted, Telling, Walk

APPROVAL = {"decision": "approved"}


def submission(walk: Walk) -> Telling:
    """S2, S3."""
    cast = walk.cast
    admin = {**asdict(cast.requester), "language": "fr"}
    form = {"name_fr": cast.organization, "contact_name": cast.requester.name, "admins": [admin]}
    organization = walk.api.post("/organizations", form, Organization)
    must(organization.status == "submitted", f"A new organization is {organization.status} instead of submitted.")
    yield f"« {cast.organization} » is submitted, with {cast.requester.name} as its admin."
    titled = {"organization_id": organization.id, "title_fr": cast.title, "response_level": 1}
    program = walk.api.post("/programs", titled, Program)
    must(program.onboarding is None, "A program that nobody approved has an onboarding already.")
    yield f"Its program « {cast.title} » is submitted; nothing has begun yet."
    walk.organization_id, walk.program_id = organization.id, program.id


def program_approval(walk: Walk) -> Telling:
    """S3, L1."""
    program = walk.api.post(f"/programs/{walk.program_id}/approval", APPROVAL, Program, status=200)
    must(program.status == "approved", f"The approved program is {program.status}.")
    if program.onboarding is None:
        raise NotSo("The approval started no onboarding.")
    walk.onboarding_id = program.onboarding.id
    stage = walk.api.onboarding(walk.onboarding_id).stage
    must(stage == "awaiting_training", f"The new onboarding is in stage {stage} instead of awaiting_training.")
    yield "The approval started its onboarding, in stage awaiting_training."
    again = walk.api.post("/onboardings", {"program_id": walk.program_id}, Onboarding, status=200)
    must(again.id == walk.onboarding_id, "Started a second time, the program got a second onboarding.")
    yield "Started once more, it is the same onboarding."


def too_early(walk: Walk) -> Telling:
    """S4, S5."""
    refusal = sent_request(walk, Problem, status=409)
    must(refusal.type == f"{PROBLEM}gates-missing", f"The early request was refused as {refusal.type}.")
    missing = ["organization_approved", "training_registered"]
    named = ", ".join(refusal.missing_gates) or "nothing"
    must(list(refusal.missing_gates) == missing, f"The refusal names {named} instead of {' and '.join(missing)}.")
    yield "The request is refused (409), and the answer names every missing gate, not only the first."
    yield Quoted(f"{refusal.title} {', '.join(refusal.missing_gates)}")
    stage = walk.api.onboarding(walk.onboarding_id).stage
    must(stage == "awaiting_training", f"The refused request moved the onboarding to {stage}.")
    yield "Nothing was kept of it."


def organization_approval(walk: Walk) -> Telling:
    """S2."""
    path = f"/organizations/{walk.organization_id}/approval"
    organization = walk.api.post(path, APPROVAL, Organization, status=200)
    must(organization.status == "approved", f"The approved organization is {organization.status}.")
    missing = walk.api.onboarding(walk.onboarding_id).missing_gates
    must(list(missing) == ["training_registered"], f"The gates {', '.join(missing) or 'none'} are missing.")
    yield "The organization is approved; one gate is left, the training."


def training(walk: Walk) -> Telling:
    """S4, S6."""
    starts_at = datetime.now(UTC).replace(microsecond=0) + timedelta(days=7)
    planned = {
        "title": "Session d’intégration et de formation",
        "language": "fr",
        "starts_at": starts_at.isoformat(),
        "seats": 20,
    }
    session = walk.api.post("/training-sessions", planned, TrainingSession)
    yield "A session is planned in a week, with 20 seats."
    seat = {"organization_id": walk.organization_id}
    registration = walk.api.post(f"/training-sessions/{session.id}/registrations", seat, Registration)
    must(registration.organization_id == walk.organization_id, "The seat belongs to another organization.")
    taken = walk.api.get(f"/training-sessions/{session.id}", TrainingSession).seats_taken
    must(taken == 1, f"{taken} seats are taken instead of 1.")
    yield f"« {walk.cast.organization} » has a seat in it."
    found = walk.api.onboarding(walk.onboarding_id)
    must(found.stage == "awaiting_request", f"The onboarding is in stage {found.stage} instead of awaiting_request.")
    must(not found.missing_gates, f"The gates {', '.join(found.missing_gates)} are still missing.")
    yield "Every gate is open: the onboarding is in stage awaiting_request."
