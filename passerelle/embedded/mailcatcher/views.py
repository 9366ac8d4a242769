"""How caught messages are shown: times in words, and the JSON interface's objects."""

from datetime import datetime, timedelta
from urllib.parse import quote

from passerelle.embedded.mailcatcher.letter import Letter, Person
from passerelle.embedded.mailcatcher.store import Caught

UNITS = ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"))


def ago(moment: datetime, now: datetime) -> str:
    """«just now», «1 minute ago», «3 days ago»."""
    passed = now - moment
    for unit, name in UNITS:
        if passed >= unit:
            count = passed // unit
            return f"{count} {name}{'' if count == 1 else 's'} ago"
    return "just now"


def summary(caught: Caught, letter: Letter) -> dict[str, object]:
    """A message in a list. Times are RFC 3339 in UTC."""
    return {
        "id": caught.message_id,
        "received_at": caught.received_at.isoformat(),
        "from": _person(letter.sender),
        "to": [_person(recipient) for recipient in letter.recipients],
        "subject": letter.subject,
        "envelope": {"from": caught.envelope.sender, "to": list(caught.envelope.recipients)},
    }


def whole(caught: Caught, letter: Letter) -> dict[str, object]:
    """A message with everything in it but the attachments' content. Headers are [name, value] pairs, in order."""
    return {
        **summary(caught, letter),
        "headers": [list(header) for header in letter.headers],
        "text": letter.text,
        "html": letter.html,
        "links": list(letter.links),
        "attachments": [
            {"name": each.name, "content_type": each.content_type, "size": len(each.content)}
            for each in letter.attachments
        ],
    }


def disposition(name: str) -> str:
    """Content-Disposition of a download (RFC 6266), safe for any name."""
    return f"attachment; filename*=UTF-8''{quote(name, safe='')}"


def _person(person: Person) -> dict[str, str]:
    return {"name": person.name, "address": person.address}
