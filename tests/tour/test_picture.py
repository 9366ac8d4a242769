"""The logo that the tour draws."""

from io import BytesIO

import pytest
from PIL import Image

from passerelle.tour.picture import logo, size


def test_the_logo_is_a_png_that_others_can_read_S22() -> None:
    with Image.open(BytesIO(logo(300))) as image:
        image.load()
        assert (image.format, image.size, image.mode) == ("PNG", (300, 300), "RGB")
        assert len(set(image.get_flattened_data())) == 2


def test_its_size_is_read_from_its_header() -> None:
    assert size(logo(7)) == (7, 7)


@pytest.mark.parametrize("content", [b"", b"<html>", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_has_no_size(content: bytes) -> None:
    assert size(content) is None
