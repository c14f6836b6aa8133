"""What the study page shows, section by section, taken from result.json and written as text; nothing is computed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from unlockstep.backtests.reports.charts import lines
from unlockstep.backtests.reports.charts.bars import yearly_bars
from unlockstep.backtests.reports.charts.equity_drawdown import equity_drawdown
from unlockstep.backtests.reports.charts.lines import decoupled
from unlockstep.backtests.reports.study.accounts import account_paths, omitted_accounts, trading_title
from unlockstep.backtests.reports.study.break_events import BreaksView, broke_figures, broke_view
from unlockstep.backtests.reports.study.calendar import CalendarView, calendar_views, crises_table
from unlockstep.backtests.reports.study.columns import Column, columns
from unlockstep.backtests.reports.study.evidence import EvidenceView, evidence
from unlockstep.backtests.reports.study.family import FamilyView, family_view, placebo_table
from unlockstep.backtests.reports.study.fill_causes import fill_causes_table
from unlockstep.backtests.reports.study.gates import RuleView, rule_view
from unlockstep.backtests.reports.study.hedged import hedged_reach_table, hedged_table
from unlockstep.backtests.reports.study.holdings import holdings, weights_frame
from unlockstep.backtests.reports.study.holdout import holdout_sentence
from unlockstep.backtests.reports.study.longest_windows import longest_windows_table
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
from unlockstep.backtests.reports.study.provenance import Provenance, provenance, warnings_of
from unlockstep.backtests.reports.study.scorecard import StatementView, statement_views
from unlockstep.backtests.reports.study.strength import StrengthView, strength_scale, strength_view
from unlockstep.backtests.reports.study.variant_rows import Row, variant_rows
from unlockstep.backtests.reports.study.verdict import VerdictView, verdict_view
from unlockstep.backtests.reports.text.figure import Text, Words, figure
from unlockstep.backtests.reports.text.format import (
    count,
)
from unlockstep.backtests.reports.text.small_table import SmallTable, filled
from unlockstep.backtests.reports.text.variants import (
    examined,
    not_computed,
    trials_sentence,
)
from unlockstep.backtests.reports.text.window import run_window
from unlockstep.backtests.reports.text.wording import (
    QUESTION,
    numbered,
    pair_words,
)
from unlockstep.backtests.results.model.family import FamilyResult
from unlockstep.backtests.results.model.pair import Evaluated
from unlockstep.backtests.results.stored_run import StoredRun


@dataclass(frozen=True)
class StudyPage:
    """Everything that the template of the study page names.

    opening: why the window opens where it does.  warnings: on prices that are old or doubtful.  capital: what an
    account opens with.  lag: sessions from decision to fill.  figures: name → what a chart draws, None for none.
    omitted: what the accounts' chart leaves out.  breakdown: the signal whose state shades the charts, "" where the
    sample is too short for it.  longest: each variant on its own longest window, where one differs from the evaluated.
    causes: fills by their cause, where that does not follow from the rest.
    """

    pair: tuple[str, str]
    tickers: tuple[str, ...]
    synthetic: bool
    warnings: Sequence[Words]
    question: str
    period: Evaluated
    opening: Text | None
    verdict: VerdictView
    rule: RuleView | None
    strength: StrengthView
    heading: str
    lockstep: LockstepView
    pair_state: PairStateView
    behind: BehindView
    statements: Sequence[StatementView]
    columns: Sequence[Column]
    groups: Sequence[tuple[str, Sequence[Row]]]
    longest: SmallTable | None
    hedged: Sequence[SmallTable]
    causes: SmallTable | None
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
    result = run.result
    data, returns = result.data, run.frames["returns"]
    drawn = study_figures(run)
    return StudyPage(
        pair=data.pair,
        tickers=data.tickers,
        synthetic=data.synthetic,
        warnings=warnings_of(result),
        question=pair_words(QUESTION, data.pair),
        period=data.evaluated,
        opening=run_window(result),
        verdict=verdict_view(result),
        rule=rule_view(result),
        strength=strength_view(result, strength_scale(result)),
        heading=HEADING,
        lockstep=lockstep_view(result.lockstep),
        pair_state=pair_state_view(result, run.frames["signals"]),
        behind=behind_view(result),
        statements=statement_views(result),
        columns=columns(data.tickers),
        groups=variant_rows(result, returns=returns),
        longest=longest_windows_table(result),
        hedged=filled(hedged_table(result), hedged_reach_table(result)),
        trading_title=trading_title(result),
        evidence=evidence(result),
        family=family_view(result),
        placebo=placebo_table(result),
        null_title=null_title(result),
        calendars=calendar_views(result),
        crises=crises_table(result),
        broke=broke_view(result),
        causes=fill_causes_table(result),
        lag=numbered(figure(result, lambda r: r.study["lag"]), "session"),
        capital=count(figure(result, lambda r: r.study["capital"])),
        provenance=provenance(result, run.path),
        counts=result.family,
        trials=trials_sentence(result.family),
        seal=holdout_sentence(result.seal),
        looked_at=bool(result.seal.looks),
        not_computed=not_computed(result),
        figures=drawn,
        omitted=omitted_accounts(returns, drawn["performance"]),
        breakdown=_signal_name(run, "breakdown("),
    )


def study_figures(run: StoredRun) -> Mapping[str, Any]:
    """Every plotly figure of the page by name, None where the sample gives none; and the lists of dates they share."""
    result, frames, synthetic = run.result, run.frames, run.result.data.synthetic
    returns, signals = frames["returns"], frames["signals"]
    variant = examined(result)
    years = variant.robustness.subperiods if variant and variant.robustness else ()
    dates = {"returns": lines.days(returns.index), "signals": lines.days(signals.index)}
    bands = decoupled(signals)
    shown = lines.clip(bands, dates["returns"][0], dates["returns"][-1]) if dates["returns"] else []
    onsets = [day for day in lines.marked(lines.column(signals, "break_onset(")) if day in set(dates["returns"])]
    return {
        "dates": dates,
        "performance": equity_drawdown(account_paths(result, returns), shown, synthetic=synthetic, onsets=onsets)
        if len(returns)
        else None,
        "weights": weights_frame(frames, synthetic=synthetic),
        "holdings": asdict(holdings(result, frames)),
        "null": null_figure(result),
        **broke_figures(result),
        **pair_state_figures(result, signals),
        "primary_years": yearly_bars(
            [y.year for y in years],
            [y.timing_return for y in years],
            "Sum of timing returns",
            share=True,
            synthetic=synthetic,
        )
        if years
        else None,
    }


def _signal_name(run: StoredRun, beginning: str) -> str:
    column = lines.column(run.frames["signals"], beginning)
    return "" if column is None else str(column.name)
