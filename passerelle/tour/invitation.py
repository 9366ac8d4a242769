"""The invitation: what it is, to whom it goes, and that looking at its link changes nothing (S31-S35, F19)."""

import re

from passerelle.tour.mailbox import Letter
from passerelle.tour.picture import size
from passerelle.tour.proof import NotSo, must
from passerelle.tour.request import LOGO_SIDE
from passerelle.tour.walk import Quoted, Telling, Walk

# As the French e-mail has it; the space before the colon is one that does not break.
ONE_TIME_PASSWORD = re.compile(r"usage unique\s*:\s*(\S+)")
INVITATION_PATH = "/invitation/"


def letter(walk: Walk) -> Telling:
    """S31-S33."""
    recipient = walk.cast.recipient
    received = walk.mail.wait_for(recipient.email, 1)
    must(len(received) == 1, f"{recipient.email} got {len(received)} e-mails instead of one.")
    yield f"{recipient.name} received one e-mail."
    invitation = received[0]
    must(
        invitation.sender.name == walk.cast.title,
        f"The invitation comes from “{invitation.sender.name}” instead of “{walk.cast.title}”.",
    )
    yield "Its sender’s name is the program’s title, character by character:"
    yield Quoted(f"{invitation.sender.name} <{invitation.sender.address}>")
    _prove_form(invitation)
    yield "It has a Message-ID, a plain text and an HTML body, and is marked as sent by a machine."
    walk.link, walk.provided_password = _credentials(invitation, recipient.email)
    yield f"It brings a link and credentials: the address and a password of {len(walk.provided_password)} characters."


def discretion(walk: Walk) -> Telling:
    """S31, D3."""
    # The news to the requester leaves beside the invitation, and may be later.
    others = walk.mail.wait_for(walk.cast.requester.email, 1)
    walk.api.wait_for_event(walk.onboarding_id, "requester_told")
    yield f"{walk.cast.requester.name}, who asked, was told that the request was received."
    shown = walk.api.onboarding(walk.onboarding_id).model_dump_json()
    secrets = (walk.provided_password, walk.link.rpartition("/")[2])
    leaks = [text for text in (shown, *(other.text + other.html for other in others)) if _has_any(text, secrets)]
    must(not leaks, "The link or the password of the invitation shows elsewhere than in the invitation.")
    yield "Neither link nor password is in that e-mail or in anything that the API says."


def link(walk: Walk) -> Telling:
    """F19, S34, S35: mail scanners open links."""
    before = walk.api.onboarding(walk.onboarding_id), walk.api.timeline(walk.onboarding_id)
    pages = [walk.browser.open(walk.link) for _ in range(2)]
    statuses = [*(page.status for page in pages), walk.browser.ask_for_headers(walk.link)]
    must(statuses == [200, 200, 200], f"Opened twice and asked for by HEAD, the link answered {statuses}.")
    after = walk.api.onboarding(walk.onboarding_id), walk.api.timeline(walk.onboarding_id)
    must(before == after, "Opening the link changed the onboarding or its timeline.")
    yield "Opened twice and scanned by a machine (HEAD), nothing happens: stage and timeline are the same."
    page = pages[1].document
    for words in ("qui vous est présentée par", "Se connecter", "Rester connecté", "Mot de passe", walk.cast.title):
        must(words in page.text, f"The page behind the link does not say “{words}”.")
    yield "The page welcomes, names the program and asks to sign in."
    logos = [size(walk.browser.picture(address)) for address in page.images]
    must((LOGO_SIDE, LOGO_SIDE) in logos, f"The logo is not on the page ({len(logos)} other pictures are).")
    yield f"The program’s logo is on it, {LOGO_SIDE} × {LOGO_SIDE} pixels."


def _prove_form(invitation: Letter) -> None:
    message_id = invitation.header("Message-ID")
    must(re.fullmatch(r"<[^<>@\s]+@[^<>@\s]+>", message_id), f"“{message_id}” is no Message-ID.")
    must(invitation.text.strip(), "The invitation has no plain text.")
    must("<html" in invitation.html, "The invitation has no HTML body.")
    must(invitation.header("Auto-Submitted") == "auto-generated", "The invitation does not admit to be automatic.")


def _credentials(invitation: Letter, address: str) -> tuple[str, str]:
    """The link and the provided password, which both bodies must hold, beside the address (S33)."""
    links = [found for found in invitation.links if INVITATION_PATH in found]
    must(len(links) == 1, f"The invitation has {len(links)} different links to finish the registration instead of one.")
    password = ONE_TIME_PASSWORD.search(invitation.text)
    if password is None:
        raise NotSo("The invitation’s text names no one-time password.")
    found = links[0], password[1]
    for body, name in ((invitation.text, "text"), (invitation.html, "HTML")):
        for part in (*found, address):
            must(part in body, f"The invitation’s {name} lacks the link or a credential.")
    return found


def _has_any(text: str, secrets: tuple[str, ...]) -> bool:
    return any(secret in text for secret in secrets)
