"""Runs side by side: what they share, what keeps them from being compared, and what changed from a baseline."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pandas as pd

from unlockstep.backtests.config.thresholds import Rule
from unlockstep.backtests.jobs.run_files import Pages, write_page
from unlockstep.backtests.results.bound_files import check_named
from unlockstep.backtests.results.diff import baseline_of, changed_settings, changes, differing_parameters, unpaired
from unlockstep.backtests.results.model.base import annotate_path
from unlockstep.backtests.results.model.comparison import BaselineResult, ComparedRun, ComparisonResult, SharedWindow
from unlockstep.backtests.results.model.pair import CashResult, Evaluated
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.stored_run import StoredRun, run_names
from unlockstep.backtests.storage import write_folder
from unlockstep.backtests.storage.run_folder import COMPARISON, NOTE, PAGE, as_json, check_place

FIGURES = ("timing_ir", "timing_p", "timing_p_family", "psr", "dsr", "min_detectable_ir")
"""Figures of the timing that a table of variants shows beside the metrics."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Runs side by side; shows itself in a notebook.

    runs: as their folders hold them.  result: the content of comparison.json, typed.
    """

    runs: tuple[StoredRun, ...]
    result: ComparisonResult

    @property
    def warnings(self) -> list[str]:
        """What keeps the runs' figures from being compared, a sentence each; empty where they may be ranked."""
        return list(self.result.warnings)

    @property
    def variants(self) -> pd.DataFrame:
        """A row a variant of each run, index (run, variant): verdict, metrics, and figures of its timing.

        Fractions, not percent; annual figures per 252 sessions; NaN where there is none, as of a benchmark's timing.
        """
        rows = {
            (run.run, variant.name): {
                "verdict": variant.verdict,
                **variant.metrics.model_dump(exclude={"exposure"}),
                **variant.inference.model_dump(include=set(FIGURES)),
            }
            for run in self.result.runs
            for variant in run.variants
        }
        frame = pd.DataFrame.from_dict(rows, orient="index")
        return frame.set_index(pd.MultiIndex.from_tuples(rows, names=["run", "variant"])).astype(
            {key: float for key in frame.columns if key != "verdict"}
        )

    def __repr__(self) -> str:
        decisions = "; ".join(
            f"{run.run}{' (SYNTHETIC prices)' if run.data.synthetic else ''}: {run.verdict.decision}"
            for run in self.result.runs
        )
        return f"<Comparison of {len(self.runs)} runs: {decisions}>"

    def _repr_html_(self) -> str:
        from unlockstep.backtests.reports.compare.terminal import show_compare
        from unlockstep.backtests.reports.html import terminal_fragment

        return terminal_fragment(lambda console: show_compare(console, self.runs, self.result))

    def report(self, path: str | Path) -> Path:
        """Write the report to this file, .html or .md, in place of one that is there; its path.

        Raises RunError where the name has another ending or the file cannot be written.
        """
        return write_page(Path(path), self._pages())

    def save(self, folder: str | Path, *, force: bool = False) -> Path:
        """Write comparison.json and the reports into a folder, as `unlockstep compare --out` does; its path.

        force: replace a comparison that is there. Raises RunError where the place is taken or cannot be written.
        """
        pages = self._pages()
        files = {COMPARISON: as_json(self.result.as_json()), PAGE: pages[".html"](), NOTE: pages[".md"]()}
        write_folder(Path(folder), files, {}, force=force)
        return Path(folder)

    def _pages(self) -> Pages:
        from unlockstep.backtests.reports.compare.markdown import compare_markdown
        from unlockstep.backtests.reports.html import compare_page

        return {
            ".html": lambda: compare_page(self.runs, self.result),
            ".md": lambda: compare_markdown(self.runs, self.result),
        }


def compare_into(
    runs: Sequence[StoredRun], out: Path, *, baseline: str | None = None, rank: bool = False, force: bool = False
) -> ComparisonResult:
    """Write comparison.json, report.html and report.md into the new folder `out`.

    baseline, rank: see `comparison`.
    """
    compared = Comparison(tuple(runs), comparison(runs, baseline=baseline, rank=rank))
    check_place(out, force=force, kind=COMPARISON, inputs=[run.path for run in runs])
    compared.save(out, force=force)
    return compared.result


def comparison(runs: Sequence[StoredRun], *, baseline: str | None = None, rank: bool = False) -> ComparisonResult:
    """What comparison.json holds.

    baseline: see `diff.baseline_of`.  rank: put all variants in one order even where `differences` finds some.
    Raises RunError for a baseline that is not there, and for a run whose frame of returns names other variants.
    """
    for run in runs:
        check_named(run.result, run.frames["returns"], run.path)
    warnings, base, names = differences(runs), baseline_of(runs, baseline), run_names(runs)
    result = ComparisonResult(
        warnings=tuple(warnings),
        shared_window=shared_window(runs),
        ranked=rank or not warnings,
        runs=tuple(
            ComparedRun(
                run=name,
                data=run.result.data,
                seal=run.result.seal,
                verdict=run.result.verdict,
                primary=run.result.primary,
                variants=run.result.variants,
            )
            for name, run in zip(names, runs, strict=True)
        ),
        baseline=BaselineResult(run=names[base.run], variant=base.variant),
        settings=tuple(changed_settings(runs)),
        parameters=differing_parameters(runs),
        changes=tuple(changes(runs, base)),
        unpaired=tuple(unpaired(runs, base)),
    )
    return annotate_path(result.model_copy(deep=True), COMPARISON)  # the runs' parts stand in files of their own, too


def differences(runs: Sequence[StoredRun]) -> list[str]:
    """One sentence for each thing that keeps the runs' figures from being compared; empty where they may be ranked.

    Prices, period, evaluated window, costs, fill, lag: what differs between runs changes every figure, and with it any
    order among their variants. Different variants are what a comparison is for, and no obstacle.
    """
    warnings = []
    facts: tuple[tuple[str, Callable[[RunResult], str]], ...] = (
        ("pair", lambda r: "/".join(r.data.tickers)),
        ("source", lambda r: r.data.source),
        ("period", lambda r: f"{r.data.first} to {r.data.last}"),
        ("evaluated window", lambda r: _dates(r.data.evaluated)),
        ("prices", lambda r: f"fingerprint {r.data.sha256[:12]}"),
        ("costs", lambda r: _costs(r.study["costs"], r.data.cash)),
        ("verdict rule", lambda r: _rule(r.study)),
        ("fill", lambda r: f"{r.study['fill']}, {_sessions(r.study['lag'])} after the decision"),
    )
    for what, text in facts:
        values = [text(run.result) for run in runs]
        if len(set(values)) > 1:
            if what == "evaluated window":
                values = [_window(run.result) for run in runs]
            each = "; ".join(f"{name}: {value}" for name, value in zip(run_names(runs), values, strict=True))
            warnings.append(f"Different {what}: {each}.{_way_out(runs) if what == 'evaluated window' else ''}")
    return warnings


def _way_out(runs: Sequence[StoredRun]) -> str:
    """How to make the windows the same, in a sentence; empty where no window is left to share."""
    shared = shared_window(runs)
    return "" if shared is None else f" Run each study again with {options_of(shared)} to make them the same."


def _dates(window: Evaluated) -> str:
    return f"{window.first} to {window.last}"


def _window(result: RunResult) -> str:
    """First and last session evaluated, and what opens the window there."""
    window = result.data.evaluated
    opening, dates = window.opening, _dates(window)
    if opening is None:
        return dates
    slowest = next((v.label for v in result.variants if v.name == opening.slowest), opening.slowest)
    warmup = f"{slowest} warms up {_sessions(opening.warmup)}"
    return f"{dates} ({warmup if opening.by == 'warm-up' else 'evaluate_from'})"


def shared_window(runs: Sequence[StoredRun]) -> SharedWindow | None:
    """The sessions on which all runs can be evaluated; None where they have one window already.

    It starts where the last of the windows does and ends where the first does; None, too, where nothing is left.
    """
    windows = [run.result.data.evaluated for run in runs]
    first, last = max(window.first for window in windows), min(window.last for window in windows)
    if first >= last or all((window.first, window.last) == (first, last) for window in windows):
        return None
    ends = len({window.last for window in windows}) > 1
    return SharedWindow(evaluate_from=first, end=last if ends else None)


def options_of(shared: SharedWindow) -> str:
    """The options that give a run the shared window."""
    end = f" --end {shared.end}" if shared.end is not None else ""
    return f"--evaluate-from {shared.evaluate_from}{end}"


def _sessions(n: int) -> str:
    return f"{n} session" if n == 1 else f"{n} sessions"


THRESHOLDS = (*(threshold.name for threshold in fields(Rule)), "train_sessions", "test_sessions")


def _rule(study: Mapping[str, Any]) -> str:
    """The verdict's thresholds."""
    return ", ".join(f"{name} {study[name]:g}" for name in THRESHOLDS if name in study)


def _costs(costs: Mapping[str, Any], earned: CashResult | None) -> str:
    rate = costs["cash_rate"]
    cash = earned.source if earned is not None else rate if isinstance(rate, str) else f"{rate:.2%}"
    legs = zip(costs["fee_bps"].values(), costs["slippage_bps"].values(), strict=True)
    trading = " and ".join(f"{fee:g} + {slippage:g} bp" for fee, slippage in legs)
    return f"{trading} a leg, borrow {costs['borrow_rate']:.2%}, cash {cash}"
