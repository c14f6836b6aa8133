"""The section on the pair: have they come apart, since when, in which sense, and who moved first?"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from unlockstep.backtests.data.ticker_name import substitute_tickers
from unlockstep.backtests.reports.charts import signal_panels as panels
from unlockstep.backtests.reports.charts.bars import yearly_bars
from unlockstep.backtests.reports.charts.dots import Dots
from unlockstep.backtests.reports.charts.style import Chart
from unlockstep.backtests.reports.study import decoupling as parts
from unlockstep.backtests.reports.study import statements as behind
from unlockstep.backtests.reports.study.closed_hours import closed_figure, closed_table, closed_title, overlap_sentence
from unlockstep.backtests.reports.study.detectors import DetectorsView, detectors_view, timeline
from unlockstep.backtests.reports.study.links import links_table, links_view, years_figure, years_table, years_title
from unlockstep.backtests.reports.text.figure import Text, Words, figure, joined, named_figures, sentence, text
from unlockstep.backtests.reports.text.format import MISSING, percent, ratio, sentence_text, typographic
from unlockstep.backtests.reports.text.small_table import SmallTable, filled
from unlockstep.backtests.reports.text.wording import correlations_apart, level_words, listed
from unlockstep.backtests.results.model.base import State
from unlockstep.backtests.results.model.pair import LockstepResult, YearCorrelation
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.signals.registry import SIGNALS

Pair = Sequence[str]

HEADING = "Have they come apart, since when, in which sense, and who moved first?"


@dataclass(frozen=True)
class LockstepView:
    """Where the pair stands at the last session; yoy: ticker and growth of each leg."""

    session: str
    window: int
    sentence: Text
    title: Words
    returns: Text
    levels: Text
    rate: Words
    yoy: list[tuple[str, Text]]
    yoy_title: Text
    state: State
    years_title: Words


def lockstep_view(lockstep: LockstepResult) -> LockstepView:
    """Where the pair stands at the last session."""
    growth = named_figures(lockstep, lambda now: now.yoy)
    yoy = [(ticker, percent(x, signed=True)) for ticker, x in growth.items()]
    return LockstepView(
        session=lockstep.session,
        window=lockstep.window,
        sentence=sentence_text(sentence(lockstep, lambda now: now.sentence)),
        title=correlations_apart(lockstep),
        returns=ratio(figure(lockstep, lambda now: now.return_correlation), signed=True),
        levels=ratio(figure(lockstep, lambda now: now.level_correlation), signed=True),
        rate=level_words(lockstep),
        yoy=yoy,
        yoy_title=text("Year over year: {}", joined(", ", (text("{} {}", ticker, x) for ticker, x in yoy))),
        state=lockstep.state,
        years_title=_years_title(lockstep.correlation_by_year),
    )


def _years_title(years: Sequence[YearCorrelation]) -> Words:
    """The lowest and the highest correlation of a calendar year."""
    measured = [year for year in years if year.correlation is not None]
    if not measured:
        return "Correlation of daily returns by calendar year"
    ordered = sorted(measured, key=lambda y: (y.correlation or 0.0, y.year))
    low, high = (ratio(figure(year, lambda y: y.correlation), signed=True) for year in (ordered[0], ordered[-1]))
    if str(low) == str(high):
        return text("The correlation of daily returns was {} in {}", low, listed([str(y.year) for y in measured]))
    title = "By calendar year the correlation of daily returns ran from {} ({}) to {} ({})"
    return text(title, low, ordered[0].year, high, ordered[-1].year)


@dataclass(frozen=True)
class PairStateView:
    """Detectors, decomposition and who moved first; a title is "" for what the sample does not give."""

    detectors: DetectorsView
    estimators_title: Words
    beta_title: Words
    response_title: Words
    decoupling: parts.DecouplingView | None
    lags_title: Words
    clock: Words
    signals: SmallTable
    lead_tables: list[SmallTable]
    closed_title: Words
    closed_overlap: Words
    closed_table: SmallTable | None
    links: Dots | None
    links_title: Words
    link_tables: list[SmallTable]


def pair_state_view(result: RunResult, signals: pd.DataFrame) -> PairStateView:
    """The section, after where the pair stands; signals: T x signals, the frame of the run."""
    pair, lead = result.data.pair, result.statements.S3c.detail
    closed, chain = lead.closed_hours if lead else None, result.statements.S3b.links
    lead_tables = [behind.granger_table(lead.granger, pair), behind.windows_table(lead.windows)] if lead else []
    beta, response = panels.last_value(signals, "beta("), panels.last_value(signals, "response(")
    return PairStateView(
        detectors=detectors_view(result.detectors),
        estimators_title=panels.return_correlations_title(signals),
        beta_title=beta and text("At the last session {} moved {} % for each % of {}", pair[0], beta, pair[1]),
        response_title=response
        and text("At the last session {} of the move that {} implies has come", response, pair[1]),
        decoupling=parts.decoupling_view(result.lockstep.decoupling, pair),
        lags_title=behind.lags_title(lead, pair) if lead else "",
        clock=behind.clock_sentence(lead.clock, pair) if lead and lead.clock else "",
        signals=signals_table(signals, pair),
        lead_tables=filled(*lead_tables),
        closed_title=closed_title(closed, pair) if closed else "",
        closed_overlap=overlap_sentence(closed, pair) if closed else "",
        closed_table=closed_table(closed, pair) if closed else None,
        links=links_view(chain) if chain else None,
        links_title=years_title(chain) if chain and chain.years else "",
        link_tables=filled(links_table(chain), years_table(chain)) if chain else [],
    )


def signals_table(signals: pd.DataFrame, pair: Pair) -> SmallTable:
    """Every signal of the run at the last session; "–" where it has no value."""
    rows: list[tuple[Words, ...]] = []
    for label in signals.columns:
        signal = SIGNALS.get(str(label).partition("(")[0])
        unit, meaning = (
            (signal.unit, substitute_tickers(signal.meaning, (pair[0], pair[1]))) if signal else (MISSING, MISSING)
        )
        rows.append((str(label), ratio(panels.last_of(signals[label])), unit, typographic(meaning)))
    note = "As in signals.parquet, where each stands for every session; a value uses prices up to its session only."
    return SmallTable(
        f"All {len(rows)} signals at the last session",
        note,
        ("Signal", "Value", "Unit", "What it says"),
        rows,
        words=(2, 3),
    )


@dataclass(frozen=True)
class BehindView:
    """What stands under the scorecard: titles of charts, "" for what the sample does not give, and tables."""

    curve: Words
    path: Words
    blocks: Words
    healed: SmallTable | None
    legs: Dots | None


def behind_view(result: RunResult) -> BehindView:
    """Titles and tables under the scorecard."""
    pair, response, blocks = result.data.pair, result.statements.S2.detail, result.statements.S3a.detail
    return BehindView(
        curve=behind.curve_title(response, pair) if response else "",
        path=behind.path_title(response) if response else "",
        blocks=behind.blocks_title(blocks) if blocks and blocks.block_correlations else "",
        healed=behind.healed_table(blocks.healed) if blocks else None,
        legs=behind.legs_view(result.statements.S3b, pair),
    )


def pair_state_figures(result: RunResult, signals: pd.DataFrame) -> dict[str, Chart | None]:
    """The charts of the section, and those under the scorecard; None where the sample gives none."""
    pair, synthetic, statements = result.data.pair, result.data.synthetic, result.statements
    by_year, response = result.lockstep.correlation_by_year, statements.S2.detail
    lead, blocks, chain = statements.S3c.detail, statements.S3a.detail, statements.S3b.links
    return {
        "timeline": timeline(result.detectors, pd.DatetimeIndex(signals.index), synthetic=synthetic),
        "correlations": panels.correlations(signals, synthetic=synthetic),
        "readings": panels.return_correlations(signals, synthetic=synthetic),
        "by_year": yearly_bars(
            [y.year for y in by_year],
            [y.correlation for y in by_year],
            "Correlation",
            share=False,
            synthetic=synthetic,
        )
        if by_year
        else None,
        "change_by_year": parts.years_figure(result.lockstep.decoupling.by_year, synthetic=synthetic),
        "links": years_figure(chain, synthetic=synthetic) if chain and chain.years else None,
        "closed_hours": closed_figure(lead.closed_hours, pair, synthetic=synthetic)
        if lead and lead.closed_hours
        else None,
        "lags": behind.lags_figure(lead, pair, synthetic=synthetic) if lead else None,
        "curve": behind.curve_figure(response.curve, pair, synthetic=synthetic) if response else None,
        "path": behind.path_figure(response, synthetic=synthetic) if response else None,
        "blocks": behind.blocks_figure(blocks, synthetic=synthetic) if blocks else None,
        "growth_rates": panels.growth_rates(signals, pair, synthetic=synthetic),
        **panels.singles(signals, synthetic=synthetic),
    }
