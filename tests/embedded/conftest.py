"""A laptop for each test that wants one."""

from pathlib import Path

import pytest

from tests.embedded.laptop import Laptop


@pytest.fixture
def laptop(tmp_path: Path) -> Laptop:
    return Laptop(tmp_path / "kept")
