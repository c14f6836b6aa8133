"""What changed from a baseline, as reports show it: settings, then every figure of every variant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from unlockstep.backtests.reports.charts import lines
from unlockstep.backtests.reports.charts.style import (
    CYCLE,
    DASHES,
    Chart,
    LegendEntry,
    Look,
    Plotly,
    axis,
    layout,
    legend_entry,
    safe,
)
from unlockstep.backtests.reports.compare.named_runs import NamedRun
from unlockstep.backtests.reports.study.columns import Column, columns, difference
from unlockstep.backtests.reports.study.variant_rows import row_key
from unlockstep.backtests.reports.text.figure import MISSING_FIGURE, Text, Words, figure, joined, text
from unlockstep.backtests.reports.text.format import MISSING, count, p_value, short_hash
from unlockstep.backtests.reports.text.small_table import signed, signed_bounds
from unlockstep.backtests.reports.text.variants import primary_of, short_names, shown_name, written
from unlockstep.backtests.reports.text.wording import counted, listed, numbered
from unlockstep.backtests.results.model.comparison import (
    ChangedSetting,
    ComparisonResult,
    SharpeTest,
    UnpairedVariant,
    VariantChange,
)
from unlockstep.backtests.results.model.run import RunResult

MAX_CHANGES = 250
"""Variants listed with their changes; all stand in comparison.json."""

MAX_DRAWN = 60
"""Of these, how many have their account drawn against its counterpart's."""

MAX_NAMED = 4
"""Settings named in the sentence; more are counted."""

SIZE = 0.05
"""Error rate at which a difference of Sharpe ratios is called more than chance, all tests counted."""


@dataclass(frozen=True)
class Difference:
    """A figure of one variant against its counterpart's. text: the difference as written, or "same"."""

    text: Words
    was: Text
    now: Text


@dataclass(frozen=True)
class Change:
    """One variant against what it is compared with.

    parameters: those that differ, "hold 60 → 80".  renamed: the counterpart's name where it is another.
    """

    name: str
    run: str
    renamed: str
    parameters: Text
    verdict: str
    turned: bool
    sharpe: Words
    sharpe_ci: Words
    p: Words
    p_holm: Words
    figures: tuple[Difference, ...]


@dataclass(frozen=True)
class ChangesView:
    """The section of a comparison on what changed; rows is empty where nothing has a counterpart.

    of: what the others are compared with; run: its run; single: whether it is one variant.  title: what changed, in a
    sentence.  tests: how many sessions the tests rest on, "" without one.  same: a sentence on pairs of accounts that
    hold the same, "" without one.  settings: name, and its value in each run.
    left_out: variants with changes that have no row.  alone: sentences on variants that only one of two runs has.
    """

    of: str
    run: str
    single: bool
    title: str
    tests: Text
    same: str
    settings: tuple[tuple[str, list[Words]], ...]
    rows: tuple[Change, ...]
    left_out: int
    alone: tuple[str, ...]
    columns: tuple[Column, ...]


def changes_view(compared: ComparisonResult, runs: Sequence[NamedRun]) -> ChangesView:
    """The section of a comparison on what changed."""
    short, shown = _short_names(runs), shared_columns(runs)
    entries = compared.changes[:MAX_CHANGES]
    base = compared.baseline
    of = base.run if base.variant is None else f"{base.run}: {short[base.run, base.variant]}"
    tests = [entry.sharpe_test for entry in compared.changes if entry.sharpe_test is not None]
    return ChangesView(
        of=of,
        run=base.run,
        single=base.variant is not None,
        title=_title(compared, tests, of),
        tests=_tests(tests),
        same=_same(compared),
        settings=tuple(
            (row.setting, [_setting(row, i, run.result) for i, run in enumerate(runs)]) for row in compared.settings
        ),
        rows=tuple(_change(entry, short, shown) for entry in entries),
        left_out=len(compared.changes) - len(entries),
        alone=_alone(compared.unpaired, short),
        columns=shown,
    )


def _setting(row: ChangedSetting, i: int, result: RunResult) -> Words:
    """A setting's value in the run numbered i: fingerprints are cut short, a variant is called by its short name."""
    if row.setting.endswith("_sha256") and isinstance(row.values[i], str):
        return short_hash(row.values[i])
    if row.setting == "primary" and (primary := primary_of(result)) is not None:
        return shown_name(primary, result.data.pair)
    return written(row, lambda r: r.values[i])


def shared_tickers(runs: Sequence[NamedRun]) -> tuple[str, ...]:
    """The tickers of all runs where one has more legs than a pair, each once; none where all are of pairs."""
    if not any(run.result.data.further for run in runs):
        return ()
    return tuple(dict.fromkeys(ticker for run in runs for ticker in run.result.data.tickers))


def shared_columns(runs: Sequence[NamedRun]) -> tuple[Column, ...]:
    """The columns for the tickers of all runs: the first run's, or its legs' names where the pairs differ; those of all
    legs where some run has more.
    """
    if tickers := shared_tickers(runs):
        return columns(tickers)
    pairs = list(dict.fromkeys(run.result.data.pair for run in runs))
    if len(pairs) <= 1:
        return columns(pairs[0] if pairs else ())
    legs = [" or ".join(dict.fromkeys(pair[leg] for pair in pairs)) for leg in (0, 1)]
    return columns(legs)


def _short_names(runs: Sequence[NamedRun]) -> dict[tuple[str, str], str]:
    """(run, variant's name) → its short name."""
    return {(run.name, full): short for run in runs for full, short in short_names(run.result).items()}


def _title(compared: ComparisonResult, tests: Sequence[SharpeTest], of: str) -> str:
    """What changed, in a sentence."""
    entries = compared.changes
    parts = [f"Against {of}"]
    if compared.baseline.variant is None:
        parts = [f"{_settings_sentence(compared)}; {_verdicts_sentence(compared)}"]
        if entries:
            turned = sum(was != now for was, now in (entry.verdict for entry in entries))
            parts.append(f"{numbered(turned, 'variant') if turned else 'no variant'} changed verdict")
    if tests:
        real = sum(test.p_holm is not None and test.p_holm <= SIZE for test in tests)
        differing = counted(real, len(tests), "difference")
        parts.append(f"{differing} in Sharpe ratio {'is' if real <= 1 else 'are'} more than chance")
    return ", ".join(parts)


def _settings_sentence(compared: ComparisonResult) -> str:
    names = [row.setting for row in compared.settings]
    if not names:
        return "No setting differs"
    if len(names) > MAX_NAMED:
        return f"{len(names)} settings differ"
    return f"{listed(names)} {'differ' if len(names) > 1 else 'differs'}"


def _verdicts_sentence(compared: ComparisonResult) -> str:
    decisions = [run.verdict.decision for run in compared.runs]
    return f"all studies say “{decisions[0]}”" if len(set(decisions)) == 1 else "the studies' verdicts differ"


def _tests(tests: Sequence[SharpeTest]) -> Text:
    if not tests:
        return Text()
    least, most = (pick(tests, key=lambda test: test.sessions) for pick in (min, max))
    sessions = numbered(figure(most, lambda t: t.sessions), "session")
    if least.sessions < most.sessions:
        sessions = text("{} to {}", count(figure(least, lambda t: t.sessions)), sessions)
    return text("on the {} that both accounts have", sessions)


def _same(compared: ComparisonResult) -> str:
    """Why accounts that hold the same are not tested."""
    alike = sum(entry.same_positions for entry in compared.changes)
    if not alike:
        return ""
    which = "all variants" if alike == len(compared.changes) else f"{alike} of {len(compared.changes)} variants"
    return (
        f"The positions of {which} are the same as those that they are compared with: costs or prices make the "
        "difference, no chance, and there is no p."
    )


def _change(entry: VariantChange, short: Mapping[tuple[str, str], str], shown: Sequence[Column]) -> Change:
    base, test = entry.baseline, entry.sharpe_test
    was, now = entry.verdict
    turned = was != now and "benchmark" not in (was, now)
    name, other = short[entry.run, entry.variant], short[base.run, base.variant]
    return Change(
        name=name,
        run=entry.run,
        renamed=other if other != name and entry.parameters else "",
        parameters=joined(", ", (_parameter(entry, key) for key in entry.parameters)),
        verdict=f"{was} → {now}" if turned else now,
        turned=turned,
        sharpe=MISSING if test is None else signed(figure(test, lambda t: t.difference)),
        sharpe_ci=MISSING if test is None else signed_bounds(test, lambda t: t.ci),
        p=MISSING if test is None else p_value(figure(test, lambda t: t.p)),
        p_holm=MISSING if test is None else p_value(figure(test, lambda t: t.p_holm)),
        figures=tuple(_difference(entry, column) for column in shown),
    )


def _parameter(entry: VariantChange, key: str) -> Text:
    was, now = written(entry, lambda e: e.parameters[key][0]), written(entry, lambda e: e.parameters[key][1])
    return text("{} {} → {}", key, was, now)


def _difference(entry: VariantChange, column: Column) -> Difference:
    change = entry.figure(column.path)
    if change is None:
        return Difference(MISSING, column.write(MISSING_FIGURE), column.write(MISSING_FIGURE))
    by = change.difference
    same = by is not None and abs(by) <= 1e-9
    return Difference(
        text="same" if same else difference(column, figure(change, lambda c: c.difference)),
        was=column.write(figure(change, lambda c: c.baseline)),
        now=column.write(figure(change, lambda c: c.here)),
    )


def _alone(unpaired: Sequence[UnpairedVariant], short: Mapping[tuple[str, str], str]) -> tuple[str, ...]:
    by_run: dict[tuple[str, str], list[str]] = {}
    for each in unpaired:
        by_run.setdefault((each.run, each.absent), []).append(short[each.run, each.variant])
    return tuple(f"Only in {run}, not in {absent}: {listed(names)}." for (run, absent), names in by_run.items())


def relative_chart(compared: ComparisonResult, runs: Sequence[NamedRun]) -> tuple[dict[str, list[str]], Chart | None]:
    """(dates, figure): each account over its counterpart's, on the sessions that both have; level 1 is no difference.

    Benchmarks are left out; the figure is None where no two accounts under test differ.
    """
    frames = {run.name: run.returns for run in runs}
    short = _short_names(runs)
    several = len({entry.run for entry in compared.changes}) > 1
    dates: dict[str, list[str]] = {}
    data: list[Plotly] = []
    series: list[LegendEntry] = []
    for entry in compared.changes:
        there = entry.baseline
        if entry.verdict[1] == "benchmark" or len(data) >= MAX_DRAWN:
            continue
        here, base = frames[entry.run], frames[there.run]
        if entry.variant not in here or there.variant not in base:
            continue
        shared = here.index.intersection(base.index)
        a, b = here.loc[shared, entry.variant].to_numpy(), base.loc[shared, there.variant].to_numpy()
        if not len(shared) or np.array_equal(a, b) or (b <= -1).any():
            continue
        sessions = f"shared {entry.run}"
        dates[sessions] = lines.days(shared)
        name = short[entry.run, entry.variant]
        look: Look = {"color": CYCLE[len(data) % len(CYCLE)],
                "dash": DASHES[len(data) // len(CYCLE) % len(DASHES)], "width": 1.6}  # fmt: skip
        key = row_key(entry.variant, entry.run)
        shown = len(data) < len(CYCLE)
        group = entry.run if several else ""
        series.append({**legend_entry(name, group, look, [len(data)], shown), "variant": key, "listed": True})
        data.append({"type": "scatter", "mode": "lines", "name": safe(f"{name}, {entry.run}"),
                     "x": f"#{sessions}", "line": look, "logSteps": lines.log_steps((1.0 + a) / (1.0 + b) - 1.0),
                     "hovertemplate": "%{y:.4~g}×"})  # fmt: skip
    if not data:
        return {}, None
    frame = layout(
        synthetic=any(run.result.data.synthetic for run in runs),
        xaxis=axis("", type="date", hoverformat="%Y-%m-%d"),
        yaxis=axis("Account over its counterpart's (log scale)", type="log", tickformat="~g", nticks=8),
        shapes=[{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 1, "y1": 1,
                 "line": {"color": "@zero", "width": 1.5}}],
    )  # fmt: skip
    return dates, {"data": data, "layout": frame, "series": series}
