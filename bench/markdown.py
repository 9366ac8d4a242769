"""The report for people."""

from collections.abc import Iterable, Sequence

from bench.report import OTHERS, US, Figures, Ratios, Report

NAMES = {
    US: "Passerelle",
    "bare": "bare workflow, ordinary activities",
    "bare_local": "bare workflow, account row by a local activity",
}
INTRODUCTION = """\
Passerelle against a bare Temporal workflow (`bench/bare.py`) that has the same waits, the same three signals, an
account row and the same four mails, and nothing else: no API, no outbox, no timeline, no ledger, no credential. Both on
the same PostgreSQL, the same Temporal development server (SQLite, WAL, synchronous=FULL) and the same mail server, in
turn. An onboarding begins with its training registration and ends with the end of its run; its program was approved
and its run started beforehand. «At rest»: one at a time, and the access request comes when the training has settled.
CPU is that of every process involved, whoever measures included («driver»: for Passerelle the HTTP client and the fact
that the registration was completed, for the bare workflow its three signals)."""
AIMS = """\
Aims: throughput of at least 0.8 of the bare workflow's; request-to-mail at one in flight no slower than the bare
workflow's with ordinary activities (a ratio of 1 or less)."""


def written(report: Report) -> str:
    """The report as Markdown."""
    machine = ", ".join(f"{name} {value}" for name, value in report.machine.items())
    run = f"{report.date}, lane «{report.lane}», {report.rounds} rounds, {report.onboardings} onboardings."
    paragraphs = [
        "# Benchmark",
        f"{run} Machine: {machine}.",
        INTRODUCTION,
        "## Passerelle ÷ bare workflow",
        AIMS,
        *(f"Against the {NAMES[other]}:\n\n{_ratios(report.ratios[other])}" for other in OTHERS),
        *(f"## {NAMES[name]}\n\n{_figures(report.figures[name])}" for name in (US, *OTHERS)),
        "Run it again with `make bench`.",
    ]
    return "\n\n".join(paragraphs) + "\n"


def _ratios(ratios: dict[str, Ratios]) -> str:
    titles = ("in flight", "throughput", "(least–most of a round)", "request to mail, p50", "CPU")
    rows = [
        (
            level,
            f"**{at.throughput:.2f}**",
            "{:.2f}–{:.2f}".format(*at.throughput_range),
            f"{at.p50:.2f}",
            f"{at.cpu:.2f}",
        )
        for level, at in ratios.items()
    ]
    return _table(titles, rows)


def _figures(figures: dict[str, Figures]) -> str:
    processes = [name for name in next(iter(figures.values())).cpu_ms if _matters(name, figures.values())]
    titles = ("in flight", "onboardings/s", "request to mail p50", "p99", "events", "CPU", *processes)
    rows = [
        (
            level,
            f"{at.per_second:.1f}",
            f"{at.p50_ms:.0f} ms",
            f"{at.p99_ms:.0f} ms",
            f"{at.events:.0f}",
            f"{sum(at.cpu_ms.values()):.0f} ms",
            *(f"{at.cpu_ms[process]:.0f}" for process in processes),
        )
        for level, at in figures.items()
    ]
    return _table(titles, rows)


def _matters(process: str, figures: Iterable[Figures]) -> bool:
    """The other contestant's processes idle; their half millisecond would only widen the table."""
    return any(at.cpu_ms[process] >= 1 for at in figures)


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
