"""The Markdown report of a comparison."""

from collections.abc import Mapping, Sequence
from typing import Any

from unlockstep.backtests.reports.compare.diff import changes_view, shared_columns
from unlockstep.backtests.reports.compare.page import all_rows, settings, typed_results
from unlockstep.backtests.reports.study.detectors import detectors_title
from unlockstep.backtests.reports.study.family import family_title
from unlockstep.backtests.reports.study.gates import rule_view
from unlockstep.backtests.reports.study.holdout import holdout_sentences
from unlockstep.backtests.reports.study.markdown import bullets, pipe_table, plain, synthetic_note, variants_table
from unlockstep.backtests.reports.study.verdict import verdict_view
from unlockstep.backtests.reports.text.format import MISSING, typographic
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.storage import StoredRun, run_names

RANKED = "They are ranked all the same, as asked with --rank."
REFUSED = "They are not ranked; --rank would do so."


def compare_markdown(runs: Sequence[StoredRun], compared: Mapping[str, Any]) -> str:
    """Several runs side by side: warnings first, verdicts, what changed, all variants, settings.

    compared: the content of comparison.json.
    """
    names = run_names(runs)
    warnings, ranked, shown = compared["warnings"], compared["ranked"], shared_columns(runs)
    drawn = [name for run, name in zip(runs, names, strict=True) if run.result["data"]["synthetic"]]
    results = typed_results(runs)
    verdicts = [verdict_view(result) for result in results]
    parts = [
        f"# {plain(', '.join(names))}: compared",
        f"> **These runs are not alike. {RANKED if ranked else REFUSED}**\n>\n" + bullets(warnings, "> - ")
        if warnings
        else "",
        synthetic_note(drawn) if drawn else "",
        "## Verdicts",
        pipe_table(
            ["Run", "Pair", "Evaluated", "Verdict", "Gates", "Family", "Why", "In lockstep?"],
            [
                [
                    name,
                    " / ".join(run.result["data"]["pair"]),
                    _window(run.result),
                    v.decision,
                    f"{rule.name}: {rule.count} ({rule.passed})" if (rule := rule_view(result)) else MISSING,
                    str(family_title(result)),
                    " ".join(map(str, v.reasons)),
                    _stands(result),
                ]
                for run, name, v, result in zip(runs, names, verdicts, results, strict=True)
            ],
        ),
        *(plain(sentence) for sentence in holdout_sentences([result.seal for result in results], names)),
        *_changes(changes_view(compared, runs, names, shown), names),
        "## Variants",
        "Net of costs; annual figures per 252 sessions; in the order of the timing IR."
        if ranked
        else "**Not ranked: different data, periods or costs.**",
        variants_table(shown, all_rows(runs, names, compared), runs=True),
        "## Settings",
        pipe_table(
            ["Setting", *names, "Same?"],
            [[key, *values, "differs" if differ else "same"] for key, values, differ in settings(runs)],
        ),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _changes(view: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    """What changed from the baseline, in the columns that the variants' table shows at first."""
    shown = [i for i, column in enumerate(view["columns"]) if column.shown]
    heads = ["Variant", "Run", "Verdict", "Sharpe, tested", "p", "p all", *(view["columns"][i].title for i in shown)]
    rows = [
        [
            row.name + (f" ({row.parameters})" if row.parameters else ""),
            row.run,
            row.verdict,
            f"{row.sharpe} ({row.sharpe_ci})" if row.sharpe != MISSING else MISSING,
            row.p,
            row.p_holm,
            *(row.figures[i].text for i in shown),
        ]
        for row in view["rows"]
    ]
    note = (
        f"Here less the baseline; percentages in points. The Sharpe ratios are tested {view['tests']} (Ledoit and "
        "Wolf); p all counts every test (Holm)."
    )
    return [
        f"## What changed from {plain(view['of'])}",
        f"{plain(view['title'])}.",
        pipe_table(["Setting", *names], [[name, *values] for name, values in view["settings"]])
        if view["settings"]
        else "",
        note if view["tests"] else "",
        pipe_table(heads, rows, right=range(3, len(heads))) if rows else "",
        bullets(view["alone"]),
    ]


def _window(result: dict[str, Any]) -> str:
    return f"{result['data']['evaluated']['first']} to {result['data']['evaluated']['last']}"


def _stands(result: RunResult) -> str:
    """Where the pair of a run stands, in sentences."""
    return f"{typographic(result.lockstep.sentence)} {detectors_title(result.detectors)}."
