"""What the study page shows, section by section, taken from result.json and written as text; nothing is computed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from unlockstep.backtests.reports.charts import figures as charts
from unlockstep.backtests.reports.charts import lines
from unlockstep.backtests.reports.charts.scale import Scale, Span, scale_of, span, ticks
from unlockstep.backtests.reports.study.break_events import BreaksView, broke_figures, broke_view
from unlockstep.backtests.reports.study.calendar import CalendarView, calendar_views, crises_table
from unlockstep.backtests.reports.study.columns import Column, columns, whole_percent
from unlockstep.backtests.reports.study.evidence import EvidenceView, evidence
from unlockstep.backtests.reports.study.family import FamilyView, family_view, placebo_table
from unlockstep.backtests.reports.study.gates import RuleView, rule_view
from unlockstep.backtests.reports.study.holdings import holdings, weights_frame
from unlockstep.backtests.reports.study.holdout import holdout_sentence
from unlockstep.backtests.reports.study.null_distribution import null_figure, null_title
from unlockstep.backtests.reports.study.pair_state import (
    HEADING,
    BehindView,
    LockstepView,
    PairStateView,
    behind_view,
    lockstep_view,
    pair_state_figures,
    pair_state_view,
)
from unlockstep.backtests.reports.study.provenance import Provenance, provenance, stale_notes
from unlockstep.backtests.reports.study.variant_rows import MAX_ROWS, Row, leading, row_key, variant_rows
from unlockstep.backtests.reports.text.figure import Figure, Text, figure, figures, joined, sentence, sentences, text
from unlockstep.backtests.reports.text.format import (
    MISSING,
    Number,
    Writer,
    count,
    interval_text,
    is_missing,
    percent,
    ratio,
    sentence_text,
)
from unlockstep.backtests.reports.text.small_table import SmallTable, signed, signed_bounds
from unlockstep.backtests.reports.text.variants import (
    best_of,
    candidates,
    examined,
    family_p,
    interval_count,
    legs_of,
    not_computed,
    primary_of,
    shown_name,
    trials_sentence,
)
from unlockstep.backtests.reports.text.wording import (
    DECISIONS,
    QUESTION,
    STATEMENT_TEXTS,
    decision_kind,
    numbered,
    pair_words,
    split_finding,
)
from unlockstep.backtests.results.model.family import FamilyResult
from unlockstep.backtests.results.model.pair import Evaluated
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.model.statements import StatementResult, StatementsResult
from unlockstep.backtests.results.model.variant import VariantResult
from unlockstep.backtests.storage.run_folder import StoredRun

MAX_FOREST = 16
"""Variants in the picture of strength."""

LISTED = 24
"""Accounts whose keys stand under the chart; the others' appear when their rows are picked in the table."""


@dataclass(frozen=True)
class StudyPage:
    """Everything that the template of the study page names.

    stale: notes on prices older than they could be.  capital: what an account opens with.  lag: sessions from decision
    to fill.  figures: name → what a chart draws, None for none.  omitted: what the accounts' chart leaves out.
    breakdown: the signal whose state shades the charts, "" where the sample is too short for it.
    """

    pair: tuple[str, str]
    synthetic: bool
    stale: Sequence[str]
    question: str
    period: Evaluated
    verdict: "VerdictView"
    rule: RuleView | None
    strength: "StrengthView"
    heading: str
    lockstep: LockstepView
    pair_state: PairStateView
    behind: BehindView
    statements: Sequence["StatementView"]
    columns: Sequence[Column]
    groups: Sequence[tuple[str, Sequence[Row]]]
    trading_title: Text
    evidence: EvidenceView | None
    family: FamilyView | None
    placebo: SmallTable | None
    null_title: Text
    calendars: Sequence[CalendarView]
    crises: SmallTable | None
    broke: BreaksView | None
    lag: Text
    capital: Text
    provenance: Provenance
    counts: FamilyResult
    trials: Text
    seal: Text
    looked_at: bool
    not_computed: str
    figures: Mapping[str, Any]
    omitted: str
    breakdown: str


def study_view(run: StoredRun) -> StudyPage:
    """The page of a run."""
    result = RunResult.of(run.result)
    data, returns = result.data, run.frames["returns"]
    drawn = study_figures(run, result)
    return StudyPage(
        pair=data.pair,
        synthetic=data.synthetic,
        stale=stale_notes(data.notes),
        question=pair_words(QUESTION, data.pair),
        period=data.evaluated,
        verdict=verdict_view(result),
        rule=rule_view(result),
        strength=strength_view(result, strength_scale(result)),
        heading=HEADING,
        lockstep=lockstep_view(result.lockstep),
        pair_state=pair_state_view(result, run.frames["signals"]),
        behind=behind_view(result),
        statements=statement_views(result),
        columns=columns(data.pair),
        groups=variant_rows(result, returns=returns),
        trading_title=trading_title(result),
        evidence=evidence(result),
        family=family_view(result),
        placebo=placebo_table(result),
        null_title=null_title(result),
        calendars=calendar_views(result),
        crises=crises_table(result),
        broke=broke_view(result),
        lag=numbered(figure(result, lambda r: r.study["lag"]), "session"),
        capital=count(figure(result, lambda r: r.study["capital"])),
        provenance=provenance(result, run.path),
        counts=result.family,
        trials=trials_sentence(result.family),
        seal=holdout_sentence(result.seal),
        looked_at=bool(result.seal.looks),
        not_computed=not_computed(result),
        figures=drawn,
        omitted=_omitted(returns, drawn["performance"]),
        breakdown=_signal_name(run, "breakdown("),
    )


@dataclass(frozen=True)
class VerdictView:
    """The study's decision, what it means, its reasons, and what it would take to change it; kind: as a class name."""

    decision: str
    kind: str
    meaning: str
    reasons: tuple[Text, ...]
    would_change: tuple[Text, ...]


def verdict_view(result: RunResult) -> VerdictView:
    """The verdict as text."""
    verdict = result.verdict
    return VerdictView(
        decision=verdict.decision,
        kind=decision_kind(verdict.decision),
        meaning=DECISIONS[verdict.decision],
        reasons=tuple(map(sentence_text, sentences(verdict, lambda v: v.reasons))),
        would_change=tuple(map(sentence_text, sentences(verdict, lambda v: v.would_change))),
    )


def strength_scale(*results: RunResult) -> Scale:
    """A scale that shows the timing intervals of every variant of the runs, and the values they are held against."""
    values: list[Number] = [0.0]
    for result in results:
        values.append(result.study["worthwhile_ir"])
        for inference in (v.inference for v in candidates(result)):
            values += [inference.timing_ir, inference.min_detectable_ir, *(inference.timing_ci or ())]
    return scale_of(values)


@dataclass(frozen=True)
class StrengthRow:
    """One variant's timing interval: as text, and as percent of the scale's width (span, marks by name).

    role: "primary", "smallest p", both or "".
    """

    name: str
    key: str
    role: str
    decision: str
    kind: str
    estimate: Text
    bounds: Text
    span: Span
    marks: list[tuple[str, float]]


@dataclass(frozen=True)
class StrengthView:
    """The picture of strength: what it shows, what it leaves out, its rows, and the values of its scale."""

    title: str
    omitted: str
    rows: list[StrengthRow]
    ticks: list[tuple[float, str]]
    worthwhile: Text
    detectable: Text


def strength_view(result: RunResult, scale: Scale, group: str = "") -> StrengthView:
    """The picture of strength: each variant's timing interval on one scale, with the values it is held against.

    group: the run, on comparison pages.
    """
    worthwhile = figure(result, lambda r: r.study["worthwhile_ir"])
    rows, total = leading(result, MAX_FOREST), len(candidates(result))
    shown = f"{len(rows)} of {total} variants are shown: the primary and those with the smallest family-wise p-values."
    return StrengthView(
        title=interval_count(result),
        omitted=shown if len(rows) < total else "",
        rows=[_strength_row(v, result, scale, group) for v in rows],
        ticks=[(scale.at(x), ratio(x, 1 if x * 10 % 1 < 1e-6 else 2)) for x in ticks(scale)],
        worthwhile=signed(worthwhile),
        detectable=_range([figure(v.inference, lambda i: i.min_detectable_ir) for v in rows]),
    )


def _strength_row(variant: VariantResult, result: RunResult, scale: Scale, group: str) -> StrengthRow:
    inference = variant.inference
    marks = {"zero": 0.0, "worthwhile": result.study["worthwhile_ir"], "detectable": inference.min_detectable_ir}
    return StrengthRow(
        name=shown_name(variant, result.data.pair),
        key=row_key(variant.name, group),
        role=_role(variant, result),
        decision=variant.verdict,
        kind=decision_kind(variant.verdict),
        estimate=signed(figure(inference, lambda i: i.timing_ir)),
        bounds=signed_bounds(inference, lambda i: i.timing_ci),
        span=span(scale, inference.timing_ir, inference.timing_ci),
        marks=[(name, scale.at(float(x))) for name, x in marks.items() if x is not None and not is_missing(x)],
    )


@dataclass(frozen=True)
class StatementView:
    """A card of the scorecard: a statement, its finding, and its interval as text and as percent of the width.

    word: "Supported", "Contradicted", "Cannot tell" or "No finding"; kind: as a class name.  null: the value that the
    interval must leave out.  traders: (name, decision) of the variants that would trade it.
    """

    key: str
    text: str
    word: str
    kind: str
    sentence: Text
    estimate: Text
    bounds: Text
    unit: str
    null: str
    null_at: float
    span: Span
    traders: list[tuple[str, str]]


def statement_views(result: RunResult) -> list[StatementView]:
    """The scorecard: each statement with its finding, its interval and the variants that would trade it."""
    return [_statement_view(key, statement, result) for key, statement in scorecard(result)]


def scorecard(result: RunResult) -> list[tuple[str, StatementResult[Any]]]:
    """(key, statement) of S1 to S4, in their order."""
    return [(key, getattr(result.statements, key)) for key in StatementsResult.model_fields]


def _statement_view(key: str, statement: StatementResult[Any], result: RunResult) -> StatementView:
    pair, null, share = result.data.pair, statement.null, statement.unit == "share"
    finding = split_finding(sentence(statement, lambda s: s.finding))
    scale = scale_of([null, statement.estimate, *statement.ci], margin=0.12)
    write: Writer[[]] = whole_percent if share else signed
    return StatementView(
        key=key,
        text=pair_words(STATEMENT_TEXTS[key], pair),
        word=finding.word or "No finding",
        kind={"Supported": "edge", "Contradicted": "no-edge"}.get(finding.word, "cannot-tell"),
        sentence=sentence_text(finding.sentence),
        estimate=write(figure(statement, lambda s: s.estimate)),
        bounds=interval_text(figures(statement, lambda s: s.ci), write),
        unit=statement.unit,
        null=(percent(null, 0) if share else ratio(null, 1)) if null else "0",
        null_at=scale.at(null),
        span=span(scale, statement.estimate, statement.ci),
        traders=[(shown_name(v, pair), v.verdict) for v in candidates(result) if v.statement == key],
    )


def trading_title(result: RunResult) -> Text:
    """The primary variant and the holding of each leg, in a sentence; the title of the accounts' chart."""
    clauses = [
        text(
            "{} {} a year (worst fall {})",
            shown_name(v, result.data.pair),
            percent(figure(v.metrics, lambda m: m.cagr), signed=True),
            percent(figure(v.metrics, lambda m: m.max_drawdown)),
        )
        for v in (primary_of(result), *legs_of(result))
        if v is not None and not is_missing(v.metrics.cagr)
    ]
    return joined("; ", clauses) if clauses else text("Accounts, net of all costs")


def study_figures(run: StoredRun, result: RunResult) -> dict[str, Any]:
    """Every plotly figure of the page by name, None where the sample gives none; and the lists of dates they share."""
    frames, synthetic = run.frames, result.data.synthetic
    returns, signals = frames["returns"], frames["signals"]
    variant = examined(result)
    years = variant.robustness.subperiods if variant and variant.robustness else ()
    dates = {"returns": lines.days(returns.index), "signals": lines.days(signals.index)}
    bands = charts.decoupled(signals)
    shown = lines.clip(bands, dates["returns"][0], dates["returns"][-1]) if dates["returns"] else []
    onsets = [day for day in lines.marked(lines.column(signals, "break_onset(")) if day in set(dates["returns"])]
    return {
        "dates": dates,
        "performance": charts.performance(account_paths(result, returns), shown, synthetic=synthetic, onsets=onsets)
        if len(returns)
        else None,
        "weights": weights_frame(frames, synthetic=synthetic),
        "holdings": asdict(holdings(result, frames)),
        "null": null_figure(result),
        **broke_figures(result),
        **pair_state_figures(result, signals),
        "primary_years": charts.yearly_bars(
            [y.year for y in years],
            [y.timing_return for y in years],
            "Sum of timing returns",
            share=True,
            synthetic=synthetic,
        )
        if years
        else None,
    }


LOOKS: Mapping[str, Mapping[str, Any]] = {
    "hold_eth": {"color": "@crypto", "shown": True},
    "hold_iwm": {"color": "@equity", "shown": True},
    "fixed_mix": {"color": "@muted", "dash": "dash", "shown": True},
    "cash": {"color": "@muted", "dash": "dot"},
}
"""Benchmark → how its line looks."""


def account_paths(result: RunResult, returns: pd.DataFrame) -> list[charts.Path]:
    """The accounts to draw: primary, best, benchmarks, then the others by family-wise p-value, as many as fit."""
    primary, best = primary_of(result), best_of(result)
    first = [v for v in (primary, best) if v is not None]
    fixed = [v for v in result.variants if v.benchmark]
    rest = sorted(candidates(result), key=family_p)
    room = max(charts.room(len(returns), min(len(rest), MAX_ROWS)), len(first) + len(fixed))
    ordered = list({v.name: v for v in [*first, *fixed, *rest]}.values())[:room]
    paths: list[charts.Path] = []
    others = 0
    for v in ordered:
        if v.name not in returns:
            continue
        look: Mapping[str, Any]
        if v is primary:
            look = {"color": "@ink", "width": 2.6, "shown": True}
        elif v is best:
            look = {"color": "@green", "width": 2.2, "shown": True}
        elif v.strategy in LOOKS:
            look = LOOKS[v.strategy]
        else:
            look = {"color": charts.CYCLE[others % 3], "dash": charts.DASHES[others // 3 % 4]}
            others += 1
        role = _role(v, result)
        name = shown_name(v, result.data.pair) + (f", {role}" if role else "")
        paths.append(
            charts.Path(
                name=name,
                full=name,
                group="",
                returns=returns[v.name].to_numpy(),
                axis="#returns",
                variant=row_key(v.name),
                listed=len(paths) < LISTED,
                **look,
            )
        )
    return paths


def _omitted(returns: pd.DataFrame, chart: dict[str, Any] | None) -> str:
    """What the accounts' chart leaves out, for the size of the file; "" where it holds all."""
    total, drawn = returns.shape[1], len(chart["series"]) if chart else 0
    if drawn >= total:
        return ""
    return f" Of {total} accounts {drawn} are drawn: the benchmarks and the smallest family-wise p-values."


def _role(variant: VariantResult, result: RunResult) -> str:
    """Why a variant stands out: "primary", "smallest p", both, or ""."""
    roles = [("primary", primary_of(result)), ("smallest p", best_of(result))]
    return " and ".join(role for role, v in roles if v is variant)


def _range(ratios: Sequence[Figure]) -> Text:
    """The smallest and largest of some ratios: "+0.99", "+0.99 to +1.16"; "–" of none."""
    present = sorted((x for x in ratios if not is_missing(x.value)), key=lambda x: x.value or 0.0)
    if not present:
        return text(MISSING)
    ends = {str(end): end for end in (signed(present[0]), signed(present[-1]))}
    return joined(" to ", ends.values())


def _signal_name(run: StoredRun, beginning: str) -> str:
    column = lines.column(run.frames["signals"], beginning)
    return "" if column is None else str(column.name)
