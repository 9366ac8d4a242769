"""The wheel with which `make` starts is the one its project released."""

import hashlib
from pathlib import Path

BOOTSTRAP = Path(__file__).parent.parent / "requirements" / "bootstrap"


def test_the_vendored_wheel_is_what_its_checksum_says() -> None:
    wheels = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in BOOTSTRAP.glob("*.whl")}
    lines = (line.split() for line in (BOOTSTRAP / "SHA256SUMS").read_text().splitlines())
    assert wheels == {name: digest for digest, name in lines}


def test_make_starts_with_the_vendored_wheel() -> None:
    makefile = (BOOTSTRAP.parent.parent / "Makefile").read_text()
    (wheel,) = BOOTSTRAP.glob("*.whl")
    assert f"PIP_WHEEL := requirements/bootstrap/{wheel.name}" in makefile
