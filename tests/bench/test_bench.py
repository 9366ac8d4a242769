"""The bench runs to its end and says what it measured; how fast it was is no test's business."""

import json
import subprocess
import sys
from pathlib import Path

from bench.report import OTHERS, US, percentile
from passerelle.embedded.services import ROOT

LEVELS = ["1", "3"]
CONTESTANTS = [US, *OTHERS]


def test_a_tiny_run_reports_every_contestant_at_every_level_and_keeps_the_report(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--smoke", "--results", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=170,
    )
    assert done.returncode == 0, done.stderr
    (kept,) = tmp_path.glob("*.json")
    report = json.loads(kept.read_text())
    assert report["rounds"] == 1
    assert report["onboardings"] == 5 * len(CONTESTANTS)
    assert list(report["figures"]) == CONTESTANTS
    assert all(list(levels) == LEVELS for levels in [*report["figures"].values(), *report["ratios"].values()])
    for figures in (levels[level] for levels in report["figures"].values() for level in LEVELS):
        assert figures["per_second"] > 0
        assert 0 < figures["p50_ms"] <= figures["p99_ms"]
        assert figures["events"] > 20
        assert figures["cpu_ms"].keys() == {"postgresql", "temporal", "sink", "api", "worker", "bare worker", "driver"}
    assert report["figures"][US]["1"]["cpu_ms"]["worker"] > report["figures"]["bare"]["1"]["cpu_ms"]["worker"]
    assert (tmp_path / "latest.md").read_text() in done.stdout


def test_a_percentile_is_the_smallest_sample_that_its_share_does_not_exceed() -> None:
    hundred = list(range(1, 101))
    assert percentile(hundred, 0.99) == 99
    assert percentile(hundred, 0.5) == 50
    assert percentile([7.0], 0.99) == 7.0
