"""Logos: recognised by content, measured, re-encoded, stored by their digest (S22, SEC39)."""

import asyncio
import hashlib
import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from passerelle.domain.errors import NotFound, Refused
from passerelle.files import Logos
from passerelle.images import MAXIMUM_BYTES, made_safe

NAVY = (0, 0, 128)


def _picture(kind: str = "PNG", size: tuple[int, int] = (600, 400), mode: str = "RGB", **options: object) -> bytes:
    encoded = io.BytesIO()
    Image.new(mode, size, NAVY if mode == "RGB" else None).save(encoded, kind, **options)
    return encoded.getvalue()


def _opened(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png), formats=("PNG",))
    image.load()
    return image


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_each_format_becomes_a_png_that_fits_and_keeps_its_proportions_S22(kind: str) -> None:
    picture = made_safe(_picture(kind))
    image = _opened(picture.png)
    assert (picture.width, picture.height) == image.size == (300, 200)
    assert image.convert("RGB").getpixel((150, 100))[2] in range(120, 137)  # type: ignore[index]  # an RGB triple


def test_a_small_picture_stays_as_small_as_it_is_S22() -> None:
    assert made_safe(_picture(size=(40, 30))).width == 40


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
def test_every_kind_of_pixel_is_understood(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert _opened(made_safe(_picture(kind, (20, 20), mode)).png).mode in {"RGB", "RGBA"}


def test_transparency_is_kept() -> None:
    assert _opened(made_safe(_picture(mode="RGBA", size=(10, 10))).png).getpixel((5, 5)) == (0, 0, 0, 0)


def test_metadata_is_dropped_and_the_picture_turned_as_it_said_SEC39() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "canary description"
    picture = made_safe(_picture("JPEG", (400, 200), exif=exif.tobytes(), comment=b"canary comment"))
    assert (picture.width, picture.height) == (150, 300), "it lay on its side"
    assert b"canary" not in picture.png
    assert not _opened(picture.png).getexif()


def _bomb() -> bytes:
    """A PNG of a hundred bytes that says it is 60,000 pixels square."""
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(b"")) + _chunk(b"IEND", b"")


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


@pytest.mark.parametrize(
    ("upload", "code"),
    [
        (b"", "logo_not_an_image"),
        (b"GIF89a" + bytes(40), "logo_not_an_image"),
        (_picture("GIF"), "logo_not_an_image"),
        (_picture("BMP"), "logo_not_an_image"),
        (_picture("TIFF"), "logo_not_an_image"),
        (_picture("ICO", (32, 32)), "logo_not_an_image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "logo_not_an_image"),
        (_picture()[:100], "logo_not_an_image"),
        (_picture("JPEG")[:400], "logo_not_an_image"),
        (_picture("WEBP")[:30], "logo_not_an_image"),
        (_picture() + bytes(MAXIMUM_BYTES), "logo_too_large"),
        (_picture(size=(2001, 2000)), "logo_too_many_pixels"),
        (_bomb(), "logo_too_many_pixels"),
    ],
)
def test_everything_else_is_refused_with_its_reason_S22(upload: bytes, code: str) -> None:
    with pytest.raises(Refused) as raised:
        made_safe(upload)
    assert raised.value.code == code


def test_a_picture_of_one_line_is_a_picture() -> None:
    assert made_safe(_picture(size=(1, 65_000), mode="1")).height == 300


async def test_the_same_picture_twice_is_one_file(tmp_path: Path) -> None:
    logos = Logos(tmp_path / "files")
    first, again = await asyncio.gather(*(logos.put(_picture()) for _ in range(2)))
    assert first == again
    assert (tmp_path / "files" / "logos" / f"{first.sha256}.png").exists()
    stored = await Logos(tmp_path / "files").get(first.sha256)
    assert hashlib.sha256(stored).hexdigest() == first.sha256


@pytest.mark.parametrize("name", ["a" * 64, "", "../../etc/passwd", "A" * 64, "a" * 63 + "/"])
async def test_a_name_that_is_no_stored_logo_is_not_found(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFound):
        await Logos(tmp_path / "files").get(name)
