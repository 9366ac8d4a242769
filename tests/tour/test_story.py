"""The tour is a stranger to the system that it walks."""

import ast
import re
from pathlib import Path

import pytest

from passerelle.tour import story

FOLDER = Path(story.__file__).parent
OURS = ("passerelle", "workflows", "activities", "api", "web", "worker")


def test_the_tour_knows_nothing_of_the_system_but_its_settings() -> None:
    modules = {
        node.module or ""
        for path in FOLDER.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
    }
    of_ours = {module for module in modules if module.partition(".")[0] in OURS}
    assert {module for module in of_ours if not module.startswith("passerelle.tour")} == {"passerelle.settings"}


def test_every_step_is_told_once() -> None:
    assert len({step.sentence for step in story.STORY}) == len({step.prove for step in story.STORY}) == len(story.STORY)


@pytest.mark.parametrize("step", story.STORY, ids=lambda step: step.prove.__name__)
def test_every_step_names_the_requirements_that_it_proves(step: story.Step) -> None:
    assert re.match(r"[SDLOF]\d+", step.prove.__doc__ or "")
