"""What the platform's pages say about a wrong field, and after a redirect."""

from collections.abc import Mapping, Sequence

from passerelle.domain.passwords import PasswordPolicy, PasswordProblem
from passerelle.i18n import Language, marked, say
from passerelle.services.platform_passwords import FormProblem

SIGN_IN_FAILED = "sign_in_failed"
PASSWORD_TO_SIGN_IN_MISSING = "sign_in_password_missing"  # noqa: S105 - a code
SEEDS_MINIMUM = 6

PROBLEMS: Mapping[str, str] = {
    FormProblem.EMAIL_MISSING: marked("Enter your email address."),
    FormProblem.EMAIL_MALFORMED: marked("Enter an email address such as name@example.com."),
    FormProblem.EMAIL_NOT_THIS_ACCOUNT: marked(
        "Enter the address of your account: %(email)s. To use another one, write to our support."
    ),
    FormProblem.CURRENT_MISSING: marked("Enter the password that you signed in with."),
    FormProblem.NEW_MISSING: marked("Choose a new password."),
    PasswordProblem.CURRENT_WRONG: marked("This is not the password that you signed in with."),
    PasswordProblem.TOO_SHORT: marked("The new password needs at least %(count)s characters."),
    PasswordProblem.TOO_LONG: marked("The new password may have at most 128 characters."),
    PasswordProblem.NO_UPPER_CASE: marked("The new password needs an upper-case letter."),
    PasswordProblem.NO_DIGIT_OR_SYMBOL: marked("The new password needs a digit or a symbol."),
    PasswordProblem.SAME_AS_CURRENT: marked("The new password must differ from the current one."),
    PasswordProblem.CONFIRMATION_DIFFERS: marked("The confirmation is not the same as the new password."),
    PASSWORD_TO_SIGN_IN_MISSING: marked("Enter your password."),
    SIGN_IN_FAILED: marked("The email or the password is wrong, or the account is locked."),
}

NOTICES: Mapping[str, str] = {
    "signed-out": marked("You are signed out."),
    "still-open": marked(
        "You are signed out. Your registration stays open: sign in again whenever you want to finish it."
    ),
    "session-ended": marked("Your session has ended. Sign in again to continue."),
    "sign-in-to-accept": marked("Your password is already set. Sign in with it to accept the invitation."),
    "unlocked": marked("Your account is unlocked. You may sign in."),
    "password-changed": marked("Your new password is saved. Sign in with it."),
    "saved": marked("Your changes are saved."),
    "invitation-dead": marked("This invitation is no longer valid."),
    "nothing-new": marked("Nothing had to be changed."),
}


def problem_sentences(
    problems: Mapping[str, Sequence[str]], language: Language, **values: object
) -> dict[str, list[str]]:
    """Field → sentences. `values` fill in the placeholders that a sentence has."""
    return {field: [say(language, PROBLEMS[code], **values) for code in codes] for field, codes in problems.items()}


def notice_sentence(name: str, language: Language) -> str:
    """What a known notice says; empty for any other, so that an address cannot put words on our page."""
    return say(language, NOTICES[name]) if name in NOTICES else ""


def password_rule(policy: PasswordPolicy, language: Language) -> str:
    """S39 in words, stated before it is broken: the seed's own sentence while its own rule stands."""
    if policy.minimum_length == SEEDS_MINIMUM:
        return say(
            language,
            marked(
                "The password must have at least six characters, with an upper-case letter and a digit or a symbol."
            ),
        )
    return say(
        language,
        marked(
            "The password must have at least %(count)s characters, with an upper-case letter and a digit or a symbol."
        ),
        count=policy.minimum_length,
    )
