"""The first sign-in, through the forms that a browser shows, and the password that ends it (S35-S43)."""

from dataclasses import dataclass

from passerelle.tour.browser import Browser, Page
from passerelle.tour.proof import must
from passerelle.tour.walk import Quoted, Telling, Walk

SIGN_IN = "/fr/plateforme"
HOME = "/fr/plateforme/accueil"
SETTINGS = "/fr/plateforme/parametres"
UNPROCESSABLE = 422
GONE = 410


@dataclass(frozen=True)
class Attempt:
    """A password that must be refused: what is wrong with it, at which field, and a word of the sentence there."""

    what: str
    field: str
    word: str
    new: str = ""
    """Empty: one that is right."""
    confirmation: str = ""
    """Empty: the same."""
    current: str = ""
    """Empty: the right one."""


ATTEMPTS = (
    Attempt("too short", "new_password", "caractères", new="Abcd1"),
    Attempt("no upper-case letter", "new_password", "majuscule", new="mentorat-sans-majuscule-1"),
    Attempt("neither digit nor symbol", "new_password", "chiffre", new="Mentoratsanschiffre"),
    Attempt("the confirmation differs", "new_password_confirmation", "confirmation", confirmation="Autre-Mentorat-2"),
    Attempt("the current password is wrong", "current_password", "mot de passe", current="Mentorat-errone-3"),
)


def sign_in(walk: Walk) -> Telling:
    """S33, S35, S38."""
    arrived = signed_in(walk.browser, walk.link, walk.cast.recipient.email, walk.provided_password)
    must(arrived.leads_to == SETTINGS, f"The sign-in leads to “{arrived.leads_to}” (status {arrived.status}).")
    yield "The provided credentials are accepted, and lead straight to the settings."
    settings = walk.browser.follow(arrived)
    settings.form_with("new_password")
    yield f"The page says: « {settings.document.headings[0]} »."
    elsewhere = walk.browser.open(HOME)
    must(elsewhere.leads_to == SETTINGS, f"Without a password of one’s own {HOME} is open (status {elsewhere.status}).")
    yield "Every other page leads back there until a password is chosen."


def wrong_passwords(walk: Walk) -> Telling:
    """S39, S40."""
    sentences: list[str] = []
    for attempt in ATTEMPTS:
        sentence = _refused(walk, attempt)
        must(sentence not in sentences, f"“{sentence}” is said of two different mistakes.")
        sentences.append(sentence)
        yield f"Refused, {attempt.what}: « {sentence} »"
    stage = walk.api.onboarding(walk.onboarding_id).stage
    must(stage == "awaiting_registration", f"The refused passwords moved the onboarding to {stage}.")


def password(walk: Walk) -> Telling:
    """S41, S43."""
    saved = _submitted(walk, Attempt("", "", ""))
    must(saved.leads_to, f"The right password was not saved (status {saved.status}): {saved.document.problems}")
    done = walk.browser.follow(saved)
    must(walk.cast.title in done.document.text, "The last page does not name the program.")
    must("formation" in done.document.text, "The last page does not say that the training gives the rest.")
    yield "The password is saved; the last page says so, and that the training session gives the rest:"
    yield Quoted(done.document.headings[0])


def completion(walk: Walk) -> Telling:
    """S41, L9."""
    walk.api.wait_for_stage(walk.onboarding_id, "completed")
    yield "The onboarding is in stage completed."
    recipient, stranger = walk.cast.recipient, Browser(walk.url)
    late = stranger.open(walk.link)
    must(late.status == GONE, f"The used link answers {late.status} instead of {GONE}.")
    yield f"The link is dead: « {late.document.headings[0]} »"
    refused = signed_in(stranger, SIGN_IN, recipient.email, walk.provided_password)
    must(refused.status == UNPROCESSABLE, f"The provided password still works (status {refused.status}).")
    yield "The provided password is dead."
    welcomed = signed_in(stranger, SIGN_IN, recipient.email, walk.cast.new_password)
    must(welcomed.leads_to == HOME, f"The new password leads to “{welcomed.leads_to}” (status {welcomed.status}).")
    must(walk.cast.title in stranger.follow(welcomed).document.text, "The program is not on the person’s home page.")
    yield f"{recipient.name}’s own password works, from any browser, and opens the program."
    stranger.close()


def signed_in(browser: Browser, address: str, email: str, with_password: str) -> Page:
    """What the sign-in form there answers."""
    return browser.submit(browser.open(address), {"email": email, "password": with_password})


def _refused(walk: Walk, attempt: Attempt) -> str:
    """The one sentence at the one field that is wrong."""
    page = _submitted(walk, attempt)
    must(page.status == UNPROCESSABLE, f"A password was saved although {attempt.what} (status {page.status}).")
    problems = page.document.problems
    must(
        list(problems) == [attempt.field], f"When {attempt.what}, these fields are said to be wrong: {list(problems)}."
    )
    sentences = [sentence.removeprefix("Erreur :").strip() for sentence in problems[attempt.field]]
    must(len(sentences) == 1, f"When {attempt.what}, {len(sentences)} things are said at once.")
    must(attempt.word in sentences[0], f"When {attempt.what}, the page says “{sentences[0]}”.")
    return sentences[0]


def _submitted(walk: Walk, attempt: Attempt) -> Page:
    new = attempt.new or walk.cast.new_password
    typed = {
        "new_password": new,
        "new_password_confirmation": attempt.confirmation or new,
        "current_password": attempt.current or walk.provided_password,
        "email": walk.cast.recipient.email,
    }
    return walk.browser.submit(walk.browser.open(SETTINGS), typed)
