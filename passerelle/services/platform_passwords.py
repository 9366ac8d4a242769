"""The settings form of the embedded platform: what may be wrong with it, and changing one's own password (S38-S40)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from passerelle.auth.addresses import normalized
from passerelle.db import platform, platform_sign_in
from passerelle.db.platform_sign_in import SignedIn
from passerelle.domain.errors import Invalid, Refused
from passerelle.domain.passwords import PasswordPolicy, PasswordProblem, normalized as normal_password
from passerelle.services.platform_sessions import Opened, open_session
from passerelle.services.platform_sign_in import Authenticator


class FormProblem(StrEnum):
    """What is wrong with a field beside the password rule itself (domain.passwords.PasswordProblem)."""

    EMAIL_MISSING = "email_missing"
    EMAIL_MALFORMED = "email_malformed"
    EMAIL_NOT_THIS_ACCOUNT = "email_not_this_account"
    CURRENT_MISSING = "password_current_missing"
    NEW_MISSING = "password_missing"
    ACCOUNT_LOCKED = "account_locked"


@dataclass(frozen=True)
class SettingsForm:
    """The four fields of S38, as typed."""

    email: str
    current_password: str
    new_password: str
    new_password_confirmation: str

    @property
    def is_without_new_password(self) -> bool:
        return not self.new_password and not self.new_password_confirmation


def new_password_problems(policy: PasswordPolicy, new: str, confirmation: str) -> dict[str, list[str]]:
    """S39, S40: what is wrong with each of the two fields; only fields with problems are named."""
    if not new:
        problems: list[str] = [FormProblem.NEW_MISSING]
    else:
        problems = list(policy.problems(new))
    differs = [PasswordProblem.CONFIRMATION_DIFFERS.value] if normal_password(new) != normal_password(confirmation) else []
    return named({"new_password": problems, "new_password_confirmation": differs})


def settings_problems(policy: PasswordPolicy, form: SettingsForm, address: str) -> dict[str, list[str]]:
    """Everything wrong with the form that can be said without looking at the current password's hash."""
    new = {} if form.is_without_new_password else new_password_problems(policy, form.new_password, form.new_password_confirmation)
    if form.new_password and normal_password(form.new_password) == normal_password(form.current_password):
        new.setdefault("new_password", []).append(PasswordProblem.SAME_AS_CURRENT)
    current = [] if form.current_password else [FormProblem.CURRENT_MISSING]
    return named({"email": _email_problems(form.email, address), "current_password": current}) | new


def named(problems: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Only the fields that have any, in the order of the page."""
    return {field: list(codes) for field, codes in problems.items() if codes}
