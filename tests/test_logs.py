"""Every line is one JSON object, whoever logs it."""

import io
import json
import logging

import pytest
import structlog

from passerelle import logs


def test_our_own_lines_and_those_of_libraries_are_json_on_standard_error(monkeypatch: pytest.MonkeyPatch) -> None:
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = list(root.handlers), root.level
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    try:
        logs.configure("INFO", "json")
        structlog.get_logger("ours").info("said", number=7, text="line\nbreak")
        logging.getLogger("theirs").warning("told %s", "so", extra={"cause": "x"})
        logging.getLogger("theirs").debug("unheard")
        logs.configure("INFO", "json")
        logging.getLogger("theirs").info("once")
    finally:
        root.handlers[:], root.level = handlers, level
        structlog.configure(**before)
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert [line["event"] for line in lines] == ["said", "told so", "once"]
    assert (lines[0]["number"], lines[0]["level"], lines[0]["text"]) == (7, "info", "line\nbreak")
    assert (lines[1]["logger"], lines[1]["cause"]) == ("theirs", "x")
    assert all(line["timestamp"].endswith("Z") for line in lines)
