"""`python -m bench`: measure against a bare Temporal workflow, print the ratio, keep the report in bench/results/."""

import argparse
import json
from pathlib import Path

from bench import plan
from bench.markdown import written
from bench.report import Report
from bench.run import run

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Parse the command line, run, print, keep."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    lane = parser.add_mutually_exclusive_group()
    lane.add_argument("--quick", action="store_const", const=plan.QUICK, dest="plan", help="about a minute")
    lane.add_argument("--smoke", action="store_const", const=plan.SMOKE, dest="plan", help="only to see that it runs")
    parser.add_argument("--results", type=Path, help="where to keep the report (default lane: bench/results)")
    parser.set_defaults(plan=plan.DEFAULT)
    chosen = parser.parse_args()
    report = run(chosen.plan)
    text = written(report)
    print(f"\n{text}")
    if results := chosen.results or (RESULTS if chosen.plan is plan.DEFAULT else None):
        keep(report, text, results)


def keep(report: Report, text: str, results: Path) -> None:
    """<date>.json and latest.md in the folder; a second report of one day replaces the first."""
    results.mkdir(parents=True, exist_ok=True)
    (results / f"{report.date[:10]}.json").write_text(json.dumps(report.as_json(), indent=1) + "\n")
    (results / "latest.md").write_text(text)


if __name__ == "__main__":
    main()
