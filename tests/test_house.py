"""Rules of the house that no other lint holds (docs/architecture.md)."""

import ast
import importlib.util
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median, quantiles

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("passerelle", "workflows", "activities", "api", "web")
PRODUCT = [ROOT / "worker.py", *(path for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py")))]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
FOLDERS = sorted({path.parent for path in [*PRODUCT, *TESTS]} - {ROOT})

LONGEST_FUNCTION = 45
LONGEST_FILE = 300
LONG_FOR_A_REASON = {
    "passerelle/db/tables.py": "the whole schema, to be read beside its migrations",
    "workflows/onboarding.py": "one file a workflow",
}
UNREASONED_IGNORE = re.compile(r"#\s*type:\s*ignore(?!\[[\w, -]+\]\s+#\s*\S)")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
NOT_RUN = {"skip", "skipif", "xfail", "importorskip", "exit"}
# Asking again until a condition holds, and a fake whose slowness is the point.
MAY_SLEEP = {"eventually", "slow"}
GENERATED = "passerelle/db/migrations/"


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def imported(path: Path) -> Iterator[tuple[str, str]]:
    """Every (module, name) that the file imports; the name is empty for a whole module."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)


def importers(package: str, *, outside: tuple[str, ...]) -> list[str]:
    """Who imports the package, beside those who may."""
    return [
        f"{place(path)}: {module} {name}"
        for path in PRODUCT
        if not place(path).startswith(outside)
        for module, name in imported(path)
        if module.partition(".")[0] == package
    ]


def attributes(path: Path) -> Iterator[tuple[str, str]]:
    """Every `owner.name` of the file where the owner is a plain name or itself an attribute."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute):
            owner = node.value
            yield getattr(owner, "id", getattr(owner, "attr", "")), node.attr


def comments(path: Path) -> Iterator[str]:
    with path.open("rb") as source:
        yield from (token.string for token in tokenize.tokenize(source.readline) if token.type == tokenize.COMMENT)


def sleepers(path: Path) -> set[str]:
    """The functions of the file that sleep; sleep(0) only lets others run."""
    return {
        function.name
        for function in ast.walk(tree(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in _own_nodes(function)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("sleep") and ast.unparse(node.args[0]) != "0"
    }


def _own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """Everything in the function that is in no function within it."""
    for node in ast.iter_child_nodes(function):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
            yield from _own_nodes(node)


def function_lengths() -> dict[str, int]:
    return {
        f"{place(path)}:{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in PRODUCT
        if not place(path).startswith(GENERATED)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


@pytest.mark.parametrize("name", [*PACKAGES, "worker", "tests"])
def test_common_names_are_imported_from_here(name: str) -> None:
    found = importlib.util.find_spec(name)
    assert found is not None
    assert found.origin is not None
    assert Path(found.origin).is_relative_to(ROOT)


def test_sql_stands_in_the_database_package_only() -> None:
    allowed = ("sqlalchemy.ext.asyncio AsyncSession", "sqlalchemy.exc ")
    found = importers("sqlalchemy", outside=("passerelle/db/",))
    assert [use for use in found if not use.partition(": ")[2].startswith(allowed)] == []


def test_the_database_driver_is_used_to_listen_and_on_a_laptop_only() -> None:
    assert importers("psycopg", outside=("passerelle/db/", "passerelle/delivery/", "passerelle/embedded/")) == []


def test_only_the_orchestration_its_workers_and_their_supervision_know_temporal_F2() -> None:
    doors = ("passerelle/orchestration.py", "passerelle/worker_health.py", "passerelle/embedded/")
    assert importers("temporalio", outside=("workflows/", "activities/", "worker.py", *doors)) == []


def test_nobody_imports_the_composition_root() -> None:
    assert importers("worker", outside=("passerelle/cli.py",)) == []


def test_one_place_commits() -> None:
    committers = [path for path in PRODUCT if not place(path).startswith("passerelle/db/")]
    assert [place(path) for path in committers for _, name in attributes(path) if name in {"commit", "begin"}] == []


def test_no_workflow_reads_the_clock_or_makes_chance_itself() -> None:
    forbidden = {"datetime", "time", "random", "uuid", "date"}
    read = {"now", "utcnow", "today", "time", "random", "uuid4", "monotonic", "sleep"}
    found = [
        f"{place(path)}: {owner}.{name}"
        for path in PRODUCT
        if place(path).startswith(("workflows/", "passerelle/domain/"))
        for owner, name in attributes(path)
        if owner in forbidden and name in read
    ]
    assert found == []


@pytest.mark.parametrize("path", TESTS, ids=place)
def test_every_test_runs_and_none_sleeps(path: Path) -> None:
    used = set(attributes(path))
    assert not {name for owner, name in used if owner in {"pytest", "mark"}} & NOT_RUN
    assert not {name for module, name in imported(path) if module in {"asyncio", "time", "pytest"}} & {
        "sleep",
        *NOT_RUN,
    }
    assert sleepers(path) <= MAY_SLEEP


@pytest.mark.parametrize("path", [*PRODUCT, *TESTS], ids=place)
def test_nothing_is_left_to_do_and_every_exception_has_its_reason(path: Path) -> None:
    for comment in comments(path):
        assert not UNFINISHED.search(comment), comment
        assert not UNREASONED_IGNORE.search(comment), comment


@pytest.mark.parametrize("folder", FOLDERS, ids=place)
def test_every_folder_is_a_package_with_an_empty_init(folder: Path) -> None:
    """Without one in each folder of tests, tests/workflows would be imported as workflows."""
    assert (folder / "__init__.py").is_file()
    assert (folder / "__init__.py").read_text() == ""


def test_functions_stay_short() -> None:
    lengths = function_lengths()
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}
    assert median(lengths.values()) <= 10
    assert quantiles(lengths.values(), n=10)[-1] <= 30


def test_files_stay_short() -> None:
    sizes = {place(path): len(path.read_text().splitlines()) for path in PRODUCT}
    long = {name: size for name, size in sizes.items() if size > LONGEST_FILE and not name.startswith(GENERATED)}
    assert set(long) <= set(LONG_FOR_A_REASON), long
