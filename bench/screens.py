"""The part of the page about screens in a browser."""

from pathlib import Path

from figures import Figures
from targets import sections
from words import ms, plain, times


def kb(value: float) -> str:
    return f"{value / 1000:,.0f} KB"


def number(value: float) -> str:
    return f"{value:,.0f}"


# Name, stage, key, format, and the target as a share of MLflow's figure.
ROWS = [
    ("traces table: bytes loaded, first visit", "table", "bytes", kb, 0.1),
    ("– of these, scripts", "table", "script_bytes", kb, None),
    ("– requests", "table", "requests", number, None),
    ("– first row, first visit", "table", "cold_ms", ms, 1 / 3),
    ("– first row, next visit", "table", "warm_ms", ms, 1 / 3),
    ("– back to it from another screen", "back", "back_ms", ms, None),
    ("search a text, until only matches are shown", "filter", "filter_ms", ms, 1 / 3),
    ("open a trace of 2,000 spans, first visit", "open_2000", "open_ms", ms, 1 / 3),
    ("– DOM nodes", "open_2000", "nodes", number, None),
    ("– JavaScript heap", "open_2000", "heap_mb", lambda it: f"{it:,.0f} MB", None),
    ("open a trace of 10,000 spans, first visit", "open_10000", "open_ms", ms, 1 / 3),
    ("– DOM nodes", "open_10000", "nodes", number, None),
    ("scroll through 10,000 spans: p95 of a frame", "scroll", "frame_p95_ms", ms, None),
    ("– longest frame", "scroll", "frame_max_ms", ms, None),
    ("compare two evaluations of 10,000 cases: first rows, first visit", "comparison", "first_rows_cold_ms", ms, None),
    ("– first rows, next visit", "comparison", "first_rows_warm_ms", ms, None),
    ("– scroll through all rows: p95 of a frame", "comparison", "frame_p95_ms", ms, None),
    ("– longest frame", "comparison", "frame_max_ms", ms, None),
]
# Targets that do not depend on MLflow's figures.
BUDGETS = {("table", "script_bytes"): 250_000, ("table", "cold_ms"): 350, ("back", "back_ms"): 100, ("scroll", "frame_max_ms"): 50,
           ("comparison", "first_rows_cold_ms"): 500, ("comparison", "frame_max_ms"): 50}


def section(figures: Figures, notes: Path) -> str:
    part = figures.part("screens")
    ours, theirs = part.get("kansoku"), part.get("mlflow") or {}
    if not ours:
        return ""
    facts = part["machine"]
    text = (f"## Screens in a browser\n\nBoth servers have the same {ours['traces']:,} traces of an agent (9 spans each), one of 2,000 "
            f"spans and one of 10,000. Chromium, 1440 × 900, with its cache; medians; {facts['cores']} cores ({facts['processor']}), "
            f"{facts['date']}; load average at the start {ours['load_average']:.1f}"
            + (f" and {theirs['load_average']:.1f}" if theirs else "") + ". `make bench-ui` measures this part.\n\n"
            "| | Kansoku | MLflow 3.17.2 | ratio | target | reached |\n|---|--:|--:|--:|--:|---|\n")
    for name, stage, key, show, share in ROWS:
        if stage not in ours:
            continue
        mine, other = value(ours, stage, key), value(theirs, stage, key)
        if mine is None:
            text += f"| {name} | failed | {'–' if other is None else show(other)} | | | **no** |\n"
            continue
        shown = "–" if other is None else show(other)
        budget = BUDGETS.get((stage, key))
        wanted, passed = "", ""
        if budget is not None:
            wanted, passed = f"< {show(budget)}", mine < budget
        elif share is not None and other is not None:
            wanted, passed = f"{plain(share)} of MLflow's", mine <= share * other
        text += (f"| {name} | {show(mine)} | {shown} | {times(other / mine) if other and mine else ''} | {wanted} | "
                 f"{'' if passed == '' else 'yes' if passed else '**no**'} |\n")
    if "**no**" in text and (why := sections(notes).get("screens")):
        text += f"\n{why}\n"
    return text


def value(part: dict, stage: str, key: str) -> float | None:
    return (part.get(stage) or {}).get(key)
