"""What changed from a baseline, as reports show it: settings, then every figure of every variant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from unlockstep.backtests.reports.charts import figures as charts
from unlockstep.backtests.reports.charts import lines
from unlockstep.backtests.reports.study.columns import Column, columns, difference, dig
from unlockstep.backtests.reports.study.variant_rows import row_key
from unlockstep.backtests.reports.text.format import count, interval, is_missing, p_value, short_hash, value
from unlockstep.backtests.reports.text.small_table import signed
from unlockstep.backtests.reports.text.wording import counted, listed, numbered, primary_of, short_names, shown_name
from unlockstep.backtests.storage import StoredRun

MAX_CHANGES = 250
"""Variants listed with their changes; all stand in comparison.json."""

MAX_DRAWN = 60
"""Of these, how many have their account drawn against its counterpart's."""

MAX_NAMED = 4
"""Settings named in the sentence; more are counted."""

SIZE = 0.05
"""Error rate at which a difference of Sharpe ratios is called more than luck, all tests counted."""


@dataclass(frozen=True)
class Difference:
    """A figure of one variant against its counterpart's. text: the difference as written, or "same"."""

    text: str
    was: str
    now: str


@dataclass(frozen=True)
class Change:
    """One variant against what it is compared with.

    parameters: those that differ, "hold 60 → 80".  renamed: the counterpart's name where it is another.
    """

    name: str
    run: str
    renamed: str
    parameters: str
    verdict: str
    turned: bool
    sharpe: str
    sharpe_ci: str
    p: str
    p_holm: str
    figures: tuple[Difference, ...]


def changes_view(
    compared: Mapping[str, Any], runs: Sequence[StoredRun], names: Sequence[str], shown: Sequence[Column]
) -> dict[str, Any]:
    """The section of a comparison on what changed; rows is empty where nothing has a counterpart."""
    short = _short_names(runs, names)
    entries = compared["changes"][:MAX_CHANGES]
    base = compared["baseline"]
    of = base["run"] if base["variant"] is None else f"{base['run']}: {short[base['run'], base['variant']]}"
    tests = [entry["sharpe_test"] for entry in compared["changes"] if entry["sharpe_test"] is not None]
    return {
        "of": of,
        "run": base["run"],
        "single": base["variant"] is not None,
        "title": _title(compared, tests, of),
        "tests": _tests(tests),
        "settings": [
            (
                row["setting"],
                [_setting(row["setting"], item, run) for item, run in zip(row["values"], runs, strict=True)],
            )
            for row in compared["settings"]
        ],
        "rows": [_change(entry, short, shown) for entry in entries],
        "left_out": len(compared["changes"]) - len(entries),
        "alone": _alone(compared["unpaired"], short),
        "columns": list(shown),
    }


def _setting(name: str, item: Any, run: StoredRun) -> str:
    """A setting's value as written: fingerprints are cut short, and a variant is called by its short name."""
    if name == "data_sha256" and isinstance(item, str):
        return short_hash(item)
    if name == "primary" and (primary := primary_of(run.result)) is not None:
        return shown_name(primary, run.result["data"]["pair"])
    return value(item)


def shared_columns(runs: Sequence[StoredRun]) -> tuple[Column, ...]:
    """The columns for the tickers of all runs: the first run's, or its legs' names where the pairs differ."""
    pairs = list(dict.fromkeys(tuple(run.result["data"]["pair"]) for run in runs))
    if len(pairs) <= 1:
        return columns(pairs[0] if pairs else ())
    legs = [" or ".join(dict.fromkeys(pair[leg] for pair in pairs)) for leg in (0, 1)]
    return columns(legs)


def _short_names(runs: Sequence[StoredRun], names: Sequence[str]) -> dict[tuple[str, str], str]:
    """(run, variant's name) → its short name."""
    return {
        (name, full): short
        for run, name in zip(runs, names, strict=True)
        for full, short in short_names(run.result).items()
    }


def _title(compared: Mapping[str, Any], tests: Sequence[dict[str, Any]], of: str) -> str:
    """What the section found, in a sentence."""
    entries = compared["changes"]
    parts = [f"Against {of}"]
    if compared["baseline"]["variant"] is None:
        parts = [f"{_settings_sentence(compared)}; {_verdicts_sentence(compared)}"]
        if entries:
            turned = sum(was != now for was, now in (entry["verdict"] for entry in entries))
            parts.append(f"{numbered(turned, 'variant') if turned else 'no variant'} changed verdict")
    if tests:
        real = sum(test["p_holm"] <= SIZE for test in tests)
        differing = counted(real, len(tests), "difference")
        parts.append(f"{differing} in Sharpe ratio {'is' if real <= 1 else 'are'} more than luck")
    return ", ".join(parts)


def _settings_sentence(compared: Mapping[str, Any]) -> str:
    names = [row["setting"] for row in compared["settings"]]
    if not names:
        return "No setting differs"
    if len(names) > MAX_NAMED:
        return f"{len(names)} settings differ"
    return f"{listed(names)} {'differ' if len(names) > 1 else 'differs'}"


def _verdicts_sentence(compared: Mapping[str, Any]) -> str:
    decisions = [run["verdict"]["decision"] for run in compared["runs"]]
    return f"all studies say “{decisions[0]}”" if len(set(decisions)) == 1 else "the studies' verdicts differ"


def _tests(tests: Sequence[dict[str, Any]]) -> str:
    """How many sessions the tests rest on; "" without one."""
    if not tests:
        return ""
    least, most = (pick(test["sessions"] for test in tests) for pick in (min, max))
    sessions = numbered(least, "session") if least == most else f"{count(least)} to {numbered(most, 'session')}"
    return f"on the {sessions} that both accounts have"


def _change(entry: dict[str, Any], short: Mapping[tuple[str, str], str], shown: Sequence[Column]) -> Change:
    base, test = entry["baseline"], entry["sharpe_test"] or {}
    was, now = entry["verdict"]
    turned = was != now and "benchmark" not in (was, now)
    name, other = short[entry["run"], entry["variant"]], short[base["run"], base["variant"]]
    return Change(
        name=name,
        run=entry["run"],
        renamed=other if other != name and entry["parameters"] else "",
        parameters=", ".join(f"{key} {value(a)} → {value(b)}" for key, (a, b) in entry["parameters"].items()),
        verdict=f"{was} → {now}" if turned else now,
        turned=turned,
        sharpe=signed(test.get("difference")),
        sharpe_ci=interval(test.get("ci"), signed),
        p=p_value(test.get("p")),
        p_holm=p_value(test.get("p_holm")),
        figures=tuple(_difference(entry, column) for column in shown),
    )


def _difference(entry: dict[str, Any], column: Column) -> Difference:
    figures = dig(entry, column.path) or {}
    by = figures.get("difference")
    moved = by is not None and not is_missing(by) and abs(by) > 1e-9
    return Difference(
        text=difference(column, by) if moved or by is None else "same",
        was=column.write(figures.get("baseline")),
        now=column.write(figures.get("here")),
    )


def _alone(unpaired: Sequence[dict[str, str]], short: Mapping[tuple[str, str], str]) -> list[str]:
    """Sentences on variants that only one of two runs has."""
    by_run: dict[tuple[str, str], list[str]] = {}
    for each in unpaired:
        by_run.setdefault((each["run"], each["absent"]), []).append(short[each["run"], each["variant"]])
    return [f"Only in {run}, not in {absent}: {listed(names)}." for (run, absent), names in by_run.items()]


def relative_chart(
    compared: Mapping[str, Any], runs: Sequence[StoredRun], names: Sequence[str]
) -> tuple[dict[str, list[str]], charts.Figure | None]:
    """(dates, figure): each account over its counterpart's, on the sessions that both have; level 1 is no difference.

    Benchmarks are left out; the figure is None where no two accounts under test differ.
    """
    frames = {name: run.frames["returns"] for run, name in zip(runs, names, strict=True)}
    short = _short_names(runs, names)
    several = len({entry["run"] for entry in compared["changes"]}) > 1
    dates: dict[str, list[str]] = {}
    data: list[charts.Plotly] = []
    series: list[charts.LegendEntry] = []
    for entry in compared["changes"]:
        there = entry["baseline"]
        if entry["verdict"][1] == "benchmark" or len(data) >= MAX_DRAWN:
            continue
        here, base = frames[entry["run"]], frames[there["run"]]
        if entry["variant"] not in here or there["variant"] not in base:
            continue
        shared = here.index.intersection(base.index)
        a, b = here.loc[shared, entry["variant"]].to_numpy(), base.loc[shared, there["variant"]].to_numpy()
        if not len(shared) or np.array_equal(a, b) or (b <= -1).any():
            continue
        axis = f"shared {entry['run']}"
        dates[axis] = lines.days(shared)
        name = short[entry["run"], entry["variant"]]
        look: charts.Look = {"color": charts.CYCLE[len(data) % len(charts.CYCLE)],
                "dash": charts.DASHES[len(data) // len(charts.CYCLE) % len(charts.DASHES)], "width": 1.6}  # fmt: skip
        key = row_key(entry["variant"], entry["run"])
        shown = len(data) < len(charts.CYCLE)
        group = entry["run"] if several else ""
        series.append({**charts.legend_entry(name, group, look, [len(data)], shown), "variant": key, "listed": True})
        data.append({"type": "scatter", "mode": "lines", "name": charts.safe(f"{name}, {entry['run']}"),
                     "x": f"#{axis}", "line": look, "logSteps": lines.log_steps((1.0 + a) / (1.0 + b) - 1.0),
                     "hovertemplate": "%{y:.4~g}×"})  # fmt: skip
    if not data:
        return {}, None
    frame = charts.layout(
        synthetic=any(run.result["data"]["synthetic"] for run in runs),
        xaxis=charts.axis("", type="date", hoverformat="%Y-%m-%d"),
        yaxis=charts.axis("Account over its counterpart's (log scale)", type="log", tickformat="~g", nticks=8),
        shapes=[{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 1, "y1": 1,
                 "line": {"color": "@zero", "width": 1.5}}],
    )  # fmt: skip
    return dates, {"data": data, "layout": frame, "series": series}
