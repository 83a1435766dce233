"""Formats figures for people."""


def rate(unit: str):
    return lambda value: f"{value:,.0f} {unit}"


def ms(value: float | None) -> str:
    if value is None:
        return "–"
    digits = 2 if value < 1 else 1 if value < 100 else 0
    return f"{value:,.{digits}f} ms"


def mb(value: float) -> str:
    return f"{value:,.0f} MB"


def byte(value: float) -> str:
    return f"{value:,.0f} B"


def percent(value: float) -> str:
    return f"{value:.1f} %"


def micro(value: float) -> str:
    return f"{value:,.1f} µs"


def plain(value: float) -> str:
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}"


def times(value: float) -> str:
    return f"{value:,.0f} ×" if 10 <= value else f"{value:.1f} ×"


def ratio(ours: float | None, theirs: float | None, better: str) -> str:
    """How many times better Kansoku's figure is, as text."""
    if not ours or not theirs:
        return ""
    return times(ours / theirs if better == "more" else theirs / ours)


def one_line(line: dict) -> str:
    """A figure as a line of progress."""
    what = line.get("filter") or line.get("question") or (f"{line['spans']} spans" if line["measure"] == "get" else "")
    text = f"{line['measure']}{f' ({what})' if what else ''}: "
    for key, unit in (("spans_per_s", "spans/s"), ("traces_per_s", "traces/s")):
        text += f"{line[key]:,.0f} {unit}, " if key in line else ""
    text += f"{line['calls']} calls, p50 {ms(line['p50_ms'])}, p99 {ms(line['p99_ms'])}"
    text += f", first {ms(line['first_ms'])}" if line.get("first_ms") is not None else ""
    text += f", {line['hits']} hits" if line.get("hits") is not None else ""
    text += f", {line['days']} days, sum {line['sum']:,.2f}" if "days" in line else ""
    if line["errors"]:
        text += f"; {line['errors']} errors, such as: {line['first_error']}"
    return text
