"""E-mail addresses in the one form in which they are stored and compared."""

from email_validator import EmailNotValidError, validate_email

MAXIMUM_LENGTH = 254
"""RFC 5321, 4.5.3.1.3, without the angle brackets."""


def normalized(address: str) -> str:
    """The address trimmed, in lower case, its domain in ASCII (IDNA), so that two spellings are one person.

    Only the syntax is checked: a DNS question has no place in a request. Raises ValueError for anything that
    is no address, and for a local part outside ASCII, which most mail servers still refuse (RFC 6531).
    """
    if len(address) > 2 * MAXIMUM_LENGTH:
        raise ValueError("too long for an e-mail address")
    try:
        found = validate_email(address.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        # The library's message repeats what was typed.
        raise ValueError("not an e-mail address") from None
    if found.ascii_email is None:
        raise ValueError("not an e-mail address in ASCII")
    return found.ascii_email.lower()
