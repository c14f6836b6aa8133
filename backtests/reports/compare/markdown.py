"""The Markdown report of a comparison."""

from collections.abc import Sequence

from unlockstep.backtests.reports.compare.diff import ChangesView, changes_view, shared_columns
from unlockstep.backtests.reports.compare.named_runs import NamedRun, named_runs, synthetic_names
from unlockstep.backtests.reports.compare.page import all_rows, settings
from unlockstep.backtests.reports.study.detectors import detectors_title
from unlockstep.backtests.reports.study.family import family_title
from unlockstep.backtests.reports.study.gates import rule_view
from unlockstep.backtests.reports.study.holdout import holdout_sentences
from unlockstep.backtests.reports.study.markdown import bullets, pipe_table, plain, synthetic_note, variants_table
from unlockstep.backtests.reports.study.verdict import verdict_view
from unlockstep.backtests.reports.text.figure import Words, joined
from unlockstep.backtests.reports.text.format import MISSING, typographic
from unlockstep.backtests.results.model.comparison import ComparisonResult
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.stored_run import StoredRun

RANKED = "They are ranked all the same, as asked with --rank."
REFUSED = "They are not ranked; --rank would do so."


def compare_markdown(stored: Sequence[StoredRun], compared: ComparisonResult) -> str:
    """Several runs side by side: warnings first, verdicts, what changed, all variants, settings."""
    runs = named_runs(stored)
    names, drawn = [run.name for run in runs], synthetic_names(runs)
    parts = [
        f"# {plain(', '.join(names))}: compared",
        f"> **These runs are not alike. {RANKED if compared.ranked else REFUSED}**\n>\n"
        + bullets(compared.warnings, "> - ")
        if compared.warnings
        else "",
        synthetic_note(drawn) if drawn else "",
        "## Verdicts",
        pipe_table(
            ["Run", "Pair", "Evaluated", "Verdict", "Gates", "Family", "Why", "In lockstep?"],
            [_verdict_row(run) for run in runs],
        ),
        *(plain(sentence) for sentence in holdout_sentences([run.result.seal for run in runs], names)),
        *_changes(changes_view(compared, runs), names),
        "## Variants",
        "Net of costs; annual figures per 252 sessions; in the order of the timing IR."
        if compared.ranked
        else "**Not ranked: different data, periods or costs.**",
        variants_table(shared_columns(runs), all_rows(runs, compared), runs=True),
        "## Settings",
        pipe_table(
            ["Setting", *names, "Same?"],
            [[key, *values, "differs" if differ else "same"] for key, values, differ in settings(runs)],
        ),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _verdict_row(run: NamedRun) -> list[Words]:
    data, verdict, rule = run.result.data, verdict_view(run.result), rule_view(run.result)
    return [
        run.name,
        " / ".join(data.tickers),
        f"{data.evaluated.first} to {data.evaluated.last}",
        verdict.decision,
        f"{rule.name}: {rule.count} ({rule.passed})" if rule else MISSING,
        family_title(run.result),
        joined(" ", verdict.reasons),
        _stands(run.result),
    ]


def _changes(view: ChangesView, names: Sequence[str]) -> list[str]:
    """What changed from the baseline, in the columns that the variants' table shows at first."""
    shown = [i for i, column in enumerate(view.columns) if column.shown]
    heads = ["Variant", "Run", "Verdict", "Sharpe, tested", "p", "p all", *(view.columns[i].title for i in shown)]
    rows: list[list[Words]] = [
        [
            row.name + (f" ({row.parameters})" if row.parameters else ""),
            row.run,
            row.verdict,
            f"{row.sharpe} ({row.sharpe_ci})" if str(row.sharpe) != MISSING else MISSING,
            row.p,
            row.p_holm,
            *(row.figures[i].text for i in shown),
        ]
        for row in view.rows
    ]
    note = (
        f"Here less the baseline; percentages in points. The Sharpe ratios are tested {view.tests} (Ledoit and "
        "Wolf); p all counts every test (Holm)."
    )
    return [
        f"## What changed from {plain(view.of)}",
        f"{plain(view.title)}.",
        pipe_table(["Setting", *names], [[name, *values] for name, values in view.settings]) if view.settings else "",
        note if view.tests else "",
        view.same,
        pipe_table(heads, rows, right=range(3, len(heads))) if rows else "",
        bullets(view.alone),
    ]


def _stands(result: RunResult) -> str:
    """Where the pair of a run stands, in sentences."""
    return f"{typographic(result.lockstep.sentence)} {detectors_title(result.detectors)}."
