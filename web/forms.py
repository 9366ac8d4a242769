"""What a browser sends with a form: small, UTF-8, named fields (SEC41)."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

MAXIMUM_BYTES = 16 * 1024
MAXIMUM_FIELDS = 20
MAXIMUM_VALUE = 1024
MEDIA_TYPE = "application/x-www-form-urlencoded"


async def read_form(request: Request) -> Mapping[str, str]:
    """Field → typed text, the last one where a name is repeated.

    Raises HTTPException 415 for another media type, 413 for a body or a field that no person typed, 400 for
    too many fields or what is not UTF-8.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != MEDIA_TYPE:
        raise HTTPException(415)
    body = await _read(request)
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MAXIMUM_FIELDS, errors="strict")
    except ValueError:
        raise HTTPException(400) from None
    if any(len(value.encode()) > MAXIMUM_VALUE for _, value in pairs):
        raise HTTPException(413)
    return dict(pairs)


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAXIMUM_BYTES:
            raise HTTPException(413)
    return bytes(body)
