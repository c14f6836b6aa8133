"""Markdown reports: for pull requests and chats."""

import re
from collections.abc import Sequence

import pandas as pd

from unlockstep.backtests.reports.study.calendar import calendar_views, crises_table
from unlockstep.backtests.reports.study.columns import Column, columns
from unlockstep.backtests.reports.study.evidence import EvidenceView, evidence
from unlockstep.backtests.reports.study.family import family_view, placebo_table
from unlockstep.backtests.reports.study.fill_causes import fill_causes_table
from unlockstep.backtests.reports.study.gates import RuleView, passed_names, rule_view
from unlockstep.backtests.reports.study.hedged import hedged_reach_table, hedged_table
from unlockstep.backtests.reports.study.holdout import holdout_sentence
from unlockstep.backtests.reports.study.longest_windows import longest_windows_table
from unlockstep.backtests.reports.study.pair_state import HEADING, lockstep_view, pair_state_view
from unlockstep.backtests.reports.study.provenance import provenance, warnings_of
from unlockstep.backtests.reports.study.scorecard import statement_views
from unlockstep.backtests.reports.study.variant_rows import Row, variant_rows
from unlockstep.backtests.reports.study.verdict import verdict_view
from unlockstep.backtests.reports.text.figure import Words
from unlockstep.backtests.reports.text.format import MISSING, typographic
from unlockstep.backtests.reports.text.small_table import SmallTable, filled
from unlockstep.backtests.reports.text.variants import interval_count, not_computed, trials_sentence
from unlockstep.backtests.reports.text.window import run_window
from unlockstep.backtests.reports.text.wording import QUESTION, SYNTHETIC, pair_words
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.stored_run import StoredRun

LIMITS = (
    "Not modelled: market impact, taxes, and what happens inside a session.",
    "A sample is one history: few breaks have happened, and the next may be unlike them.",
)


def study_markdown(run: StoredRun) -> str:
    """The report of one run: verdict, where the pair stands, scorecard, variants, provenance, limits."""
    result = run.result
    data, pair = result.data, result.data.pair
    verdict, origin = verdict_view(result), provenance(result, run.path)
    parts = [
        f"# {plain(' / '.join(data.tickers))}: {verdict.decision}{f' ({SYNTHETIC})' if data.synthetic else ''}",
        synthetic_note([]) if data.synthetic else "",
        *(f"> **{plain(note)}**" for note in warnings_of(result)),
        f"{plain(pair_words(QUESTION, pair))} {data.evaluated.first} to {data.evaluated.last}.",
        plain(run_window(result) or ""),
        f"**Verdict: {verdict.decision}.** {verdict.meaning}",
        bullets(verdict.reasons),
        *_would_change(verdict.would_change),
        str(holdout_sentence(result.seal)),
        f"{interval_count(result)}.",
        *_rule(rule_view(result)),
        f"## {HEADING}",
        *_pair_state(result, run.frames["signals"]),
        "## Scorecard",
        pipe_table(
            ["", "Statement", "Finding", "Estimate", "95 % interval", "What the data say"],
            [[s.key, s.text, s.word, s.estimate, s.bounds, s.sentence] for s in statement_views(result)],
            right=(3, 4),
        ),
        "## Variants",
        "Net of costs, annual figures per 252 sessions; 95 % intervals in parentheses.",
        variants_table(columns(data.tickers), variant_rows(result)),
        *map(
            small_section,
            filled(
                longest_windows_table(result),
                hedged_table(result),
                hedged_reach_table(result),
                fill_causes_table(result),
            ),
        ),
        *_evidence(evidence(result)),
        *_calendar(result),
        *_family(result),
        "## Provenance",
        bullets([*(f"{fact.name}: {fact.full or fact.text}" for fact in origin.facts), *origin.notes]),
        bullets(origin.clocks),
        bullets([f"Costs of {t}: fee {fee}, slippage {slip}." for t, fee, slip in origin.costs] + [str(origin.rates)]),
        f"Versions: {plain(', '.join(f'{name} {text}' for name, text in origin.versions))}.",
        f"Every number again: `{origin.command.replace('`', '')}`",
        "## Limits",
        bullets(
            [
                f"The family-wise p-value counts the variants of this study. {trials_sentence(result.family)}",
                *([f"Not computed in this run: {absent}."] if (absent := not_computed(result)) else []),
                *LIMITS,
            ]
        ),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _would_change(reasons: Sequence[Words]) -> list[str]:
    return ["**What would change it**", bullets(reasons)] if reasons else []


def _calendar(result: RunResult) -> list[str]:
    """Months of the variant examined, and the crises, beside both legs."""
    views, crises = calendar_views(result)[:1], crises_table(result)
    parts = ["## Months and crises"] if views or crises else []
    for view in views:
        heads = ["Year", *view.heads, "Year's"]
        rows = [[str(row.year), *(cell.text for cell in row.months), row.total.text] for row in view.rows]
        parts += [f"**{plain(view.title)}.**", pipe_table(heads, rows, right=range(1, len(heads)))]
    return [*parts, *([small_section(crises)] if crises else [])]


def _rule(rule: RuleView | None) -> list[str]:
    """The gates of the verdict with the figures of the variant that they are shown for."""
    if rule is None:
        return []
    rows = [
        [gate.name, gate.asks, gate.threshold, gate.figure, f"{gate.mark} {'yes' if gate.passed else 'no'}"]
        for gate in (*rule.gates, rule.otherwise)
    ]
    heads = ["Gate", "Asks", "Threshold", rule.name, "Passed?"]
    closing = "An edge passes every gate. Where not every gate is passed, the last row makes it “no edge” rather than "
    return [f"## Gates\n\n{plain(rule.title)}.", pipe_table(heads, rows, right=(2, 3)), closing + "“cannot tell”."]


def _pair_state(result: RunResult, signals: pd.DataFrame) -> list[str]:
    """Where the pair stands: the sentence, the detectors, the change of the correlation taken apart."""
    now, pair_state = lockstep_view(result.lockstep), pair_state_view(result, signals)
    detectors, apart = pair_state.detectors, pair_state.decoupling
    parts = [
        plain(now.sentence),
        "The correlation of returns measures coupling, that of price levels a shared trend.",
        f"### Since when?\n\n{plain(detectors.title)}.",
        *(small_section(table) for table in filled(detectors.table, detectors.hindsight)),
    ]
    if apart is not None:
        tables = filled(apart.recent_table, apart.horizons, apart.years)
        parts += ["### In which sense?", *(small_section(table) for table in tables)]
    return parts


def small_section(table: SmallTable) -> str:
    """A small table in Markdown under its caption, its note below it."""
    right = [i for i in range(1, len(table.heads)) if i not in table.words]
    lines = [f"**{plain(table.caption)}.**", pipe_table(table.heads, table.rows, right), plain(table.note)]
    return "\n\n".join(part for part in lines if part)


def _evidence(view: EvidenceView | None) -> list[str]:
    if view is None:
        return []
    role = "the primary variant" if view.primary else "chosen afterwards for its smallest p"
    parts = [f"## Evidence on {plain(view.name)}, {role}", f"{plain(view.title)}."]
    if view.checks is not None:
        parts.append(f"{plain(view.checks.title)}. They share data, so they are not independent.")
    for heading, tables in view.groups:
        parts += [f"### {heading}", *(small_section(table) for table in tables)]
    return [*parts, *([small_section(view.folds)] if view.folds is not None else [])]


def _family(result: RunResult) -> list[str]:
    view, placebo = family_view(result), placebo_table(result)
    if view is None:
        return []
    tables = [*view.tables, *filled(view.folds)]
    parts = ["## The family as a whole", f"{plain(view.title)}.", *(small_section(table) for table in tables)]
    return [*parts, *(["### Placebo pairs", small_section(placebo)] if placebo else [])]


def plain(words: Words) -> str:
    """Text that no Markdown or HTML is read into: brackets, pipes, stars and backticks stand for themselves."""
    text = str(words).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*|\[\]])", r"\\\1", re.sub(r"\s*\n\s*", " ", text))


def synthetic_note(names: Sequence[str]) -> str:
    """The warning of synthetic prices, and the runs whose they are; all where none is named."""
    where = f" in {plain(', '.join(names))}" if names else ""
    return f"> **{SYNTHETIC}{where}.** A random generator drew them. They say nothing about any real market."


def bullets(items: Sequence[Words], mark: str = "- ") -> str:
    """Lines with a mark each; **…** stays bold."""
    return "\n".join(mark + _emphasised(str(item)) for item in items)


def _emphasised(text: str) -> str:
    """Plain text in which **…** stays."""
    return "**".join(plain(part) for part in text.split("**")) if text.count("**") == 2 else plain(text)


def pipe_table(heads: Sequence[str], rows: Sequence[Sequence[Words]], right: Sequence[int] = ()) -> str:
    """A table in Markdown; the columns numbered in `right` are set to the right."""
    rule = ["---:" if i in right else "---" for i in range(len(heads))]
    lines = [[plain(head) for head in heads], rule, *([plain(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def small_lines(table: SmallTable) -> list[str]:
    """A small table in Markdown, its note below it; the caption stands elsewhere."""
    words = {0, *table.words}
    right = [i for i in range(len(table.heads)) if i not in words]
    note = [plain(typographic(str(table.note)))] if table.note else []
    return [pipe_table(table.heads, table.rows, right=right), "", *note]


def variants_table(shown: Sequence[Column], groups: Sequence[tuple[str, Sequence[Row]]], runs: bool = False) -> str:
    """The variants' table in the columns that pages show at first; runs: with a column for the run."""
    titles = [column.title for column in shown if column.shown]
    heads = ["Variant", *(["Run"] if runs else []), "Claim", "Verdict", "Gates", *titles]
    first = len(heads) - len(titles)
    rows = [
        [
            row.name + (f" ({row.role})" if row.role else ""),
            *([row.group] if runs else []),
            row.statement or MISSING,
            row.decision,
            f"{row.passed_text} ({passed_names(row.gates)})" if row.passed else row.passed_text,
            *(
                f"{cell.text} ({cell.interval})" if str(cell.interval) not in ("", MISSING) else cell.text
                for cell, column in zip(row.cells, shown, strict=True)
                if column.shown
            ),
        ]
        for _, members in groups
        for row in members
    ]
    return pipe_table(heads, rows, right=range(first, len(heads)))
