"""The platform's settings form: what may be wrong with it, and changing one's own password (S38-S40)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from passerelle.auth.addresses import normalized
from passerelle.db import platform, platform_sign_in
from passerelle.db.platform_sign_in import SignedIn
from passerelle.domain.errors import Invalid
from passerelle.domain.passwords import PasswordPolicy, PasswordProblem
from passerelle.domain.passwords import normalized as normal
from passerelle.services.platform_sessions import Opened, open_session
from passerelle.services.platform_sign_in import Authenticator, Proof


class FormProblem(StrEnum):
    """What is wrong with a field, beside the password rule itself (domain.passwords.PasswordProblem)."""

    EMAIL_MISSING = "email_missing"
    EMAIL_MALFORMED = "email_malformed"
    EMAIL_NOT_THIS_ACCOUNT = "email_not_this_account"
    CURRENT_MISSING = "password_current_missing"
    NEW_MISSING = "password_missing"


FIELDS = ("email", "current_password", "new_password", "new_password_confirmation")
"""S38's, in the order of the page."""


@dataclass(frozen=True)
class SettingsForm:
    """The four fields of S38, as typed."""

    email: str
    current_password: str
    new_password: str
    new_password_confirmation: str

    @property
    def has_new_password(self) -> bool:
        return bool(self.new_password or self.new_password_confirmation)


async def change_password(
    authenticator: Authenticator, policy: PasswordPolicy, signed_in: SignedIn, form: SettingsForm
) -> Opened | None:
    """SEC8: a new password, given the current one; every session ends and a new one is returned.

    None when no new password was typed. Raises Invalid with every problem at once; a wrong current password
    counts as a try to sign in.
    """
    account = signed_in.account
    problems = settings_problems(policy, form, account.email, is_new_required=False)
    proof = await authenticator.prove(account.email, form.current_password) if form.current_password else None
    if form.current_password and proof is None:
        problems["current_password"] = [PasswordProblem.CURRENT_WRONG]
    if problems or proof is None or not form.has_new_password:
        await _forgive(authenticator, proof)
        if problems:
            raise Invalid(without_empty(problems))
        return None
    return await _store(authenticator, proof, form.new_password, persistent=signed_in.session.persistent)


def settings_problems(
    policy: PasswordPolicy, form: SettingsForm, address: str, *, is_new_required: bool
) -> dict[str, list[str]]:
    """Field → codes, for all that can be said without checking whether the current password is right."""
    problems: dict[str, list[str]] = {"email": _email_problems(form.email, address)}
    problems["current_password"] = [] if form.current_password else [FormProblem.CURRENT_MISSING]
    if is_new_required or form.has_new_password:
        problems |= new_password_problems(policy, form.new_password, form.new_password_confirmation)
    if form.new_password and normal(form.new_password) == normal(form.current_password):
        problems["new_password"] = [*problems["new_password"], PasswordProblem.SAME_AS_CURRENT]
    return without_empty(problems)


def new_password_problems(policy: PasswordPolicy, new: str, confirmation: str) -> dict[str, list[str]]:
    """S39, S40: what is wrong with each of the two fields."""
    wrong: list[str] = [*policy.problems(new)] if new else [FormProblem.NEW_MISSING]
    differs = normal(new) != normal(confirmation)
    return {
        "new_password": wrong,
        "new_password_confirmation": [PasswordProblem.CONFIRMATION_DIFFERS] if differs else [],
    }


def without_empty(problems: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Only the fields that are wrong, in the order of the page."""
    return {field: problems[field] for field in FIELDS if problems.get(field)}


def _email_problems(typed: str, address: str) -> list[str]:
    if not typed.strip():
        return [FormProblem.EMAIL_MISSING]
    try:
        is_this = normalized(typed) == address
    except ValueError:
        return [FormProblem.EMAIL_MALFORMED]
    # An address is what invitations are linked to; one that nobody proved to own would inherit them.
    return [] if is_this else [FormProblem.EMAIL_NOT_THIS_ACCOUNT]


async def _forgive(authenticator: Authenticator, proof: Proof | None) -> None:
    """A right current password is no wrong try, even when another field stops the form."""
    if proof:
        async with authenticator.database.transaction() as tx:
            await platform_sign_in.forgive(tx, proof.account_id, proof.verified, proof.renewed)


async def _store(authenticator: Authenticator, proof: Proof, password: str, *, persistent: bool) -> Opened:
    hashed = await authenticator.passwords.hash(password)
    async with authenticator.database.transaction() as tx:
        if not await platform_sign_in.forgive(tx, proof.account_id, proof.verified, hashed):
            # Somebody changed it in the meantime: what was typed is not the current one any more.
            raise Invalid({"current_password": [PasswordProblem.CURRENT_WRONG]})
        await platform.end_everything(tx, proof.account_id)
        return await open_session(tx, proof.account_id, persistent=persistent)
