"""Logos as people upload them, made harmless: recognised by content, measured, re-encoded (S22, SEC39)."""

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

from passerelle.domain.errors import Refused

FORMATS = ("PNG", "JPEG", "WEBP")
MAXIMUM_BYTES = 1_000_000
MAXIMUM_PIXELS = 4_000_000
SIDE = 300
"""Pixels: what the platform shows best (S22)."""

# What Pillow raises for files that are no images, cut short or made to hurt. Where warnings are errors, they too.
_UNREADABLE = (OSError, ValueError, SyntaxError, EOFError, struct.error, zlib.error, UserWarning)
_FAR_TOO_LARGE = (Image.DecompressionBombError, Image.DecompressionBombWarning)


@dataclass(frozen=True)
class Picture:
    """A PNG without metadata, at most 300 × 300 pixels."""

    png: bytes
    width: int
    height: int


def made_safe(upload: bytes) -> Picture:
    """The upload as a small PNG, its proportions kept. Takes tens of milliseconds: not for the event loop.

    Raises Refused("logo_too_large") above 1 MB, ("logo_too_many_pixels") above 4 million pixels, measured
    before anything is decoded, and ("logo_not_an_image") for all that is not PNG, JPEG or WebP by content.
    """
    if len(upload) > MAXIMUM_BYTES:
        raise Refused("logo_too_large")
    try:
        return _small(upload)
    except _FAR_TOO_LARGE:
        raise Refused("logo_too_many_pixels") from None
    except _UNREADABLE:
        raise Refused("logo_not_an_image") from None


def _small(upload: bytes) -> Picture:
    with Image.open(BytesIO(upload), formats=FORMATS) as image:
        if image.width * image.height > MAXIMUM_PIXELS:
            raise Refused("logo_too_many_pixels")
        # A photograph may be stored lying on its side, with a note that is about to be dropped.
        upright = ImageOps.exif_transpose(image)
        pixels = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    pixels.thumbnail((SIDE, SIDE))
    pixels.info.clear()
    encoded = BytesIO()
    pixels.save(encoded, "PNG", optimize=True)
    return Picture(encoded.getvalue(), pixels.width, pixels.height)
