"""What the page of a universe shows, section by section, taken from universe.json and written as text."""

from collections.abc import Sequence
from dataclasses import dataclass

from unlockstep.backtests.data.load import FRAMES
from unlockstep.backtests.reports.charts.null_bars import null_bars
from unlockstep.backtests.reports.charts.scale import scale_of, span, tick_texts
from unlockstep.backtests.reports.charts.style import Chart
from unlockstep.backtests.reports.study.provenance import Fact
from unlockstep.backtests.reports.study.strength import StrengthRow, StrengthView, range_words
from unlockstep.backtests.reports.text.figure import Text, Words, figure, sentences, text
from unlockstep.backtests.reports.text.format import count, is_missing, ratio, sentence_text
from unlockstep.backtests.reports.text.small_table import SmallTable, signed, signed_bounds
from unlockstep.backtests.reports.text.wording import decision_kind, numbered
from unlockstep.backtests.reports.universe.forest import Forest, forest, forest_scale
from unlockstep.backtests.reports.universe.tables import (
    every_table,
    pairs_table,
    skipped_table,
    standalone_table,
    strategies_table,
)
from unlockstep.backtests.reports.universe.wording import (
    MEANINGS,
    average_words,
    effective_words,
    examined,
    heterogeneity_words,
    noted_pair,
    notes,
    null_words,
    pair_name,
    question,
    sealed_words,
    size_words,
    warnings,
)
from unlockstep.backtests.results.model.base import Number
from unlockstep.backtests.results.model.universe import PooledResult, UniverseResult
from unlockstep.backtests.storage.run_folder import UNIVERSE_STUDY


@dataclass(frozen=True)
class StrategyView:
    """One strategy on all pairs: its verdict, its forest plot, and how much the pairs differ."""

    name: str
    role: str
    decision: str
    kind: str
    title: Text
    reasons: Sequence[Text]
    effective: Text
    heterogeneity: Words
    forest: Forest


@dataclass(frozen=True)
class StandaloneView:
    """The note's pair: its own verdict, and what it has in common with the others."""

    pair: str
    decision: str
    kind: str
    reasons: Sequence[Text]
    table: SmallTable
    href: str


@dataclass(frozen=True)
class UniverseView:
    """What the template of the page reads; figures: charts by name."""

    name: str
    synthetic: bool
    warnings: Sequence[str]
    period: str
    question: str
    decision: str
    kind: str
    meaning: str
    reasons: Sequence[Text]
    strength: StrengthView
    strategies_table: SmallTable
    strategies: Sequence[StrategyView]
    worthwhile: Text
    null_title: Words
    sections: Sequence[tuple[str, Sequence[SmallTable]]]
    standalone: StandaloneView | None
    pairs: SmallTable
    details: bool
    skipped: SmallTable | None
    facts: Sequence[Fact]
    notes: Sequence[tuple[str, str]]
    command: str
    versions: Sequence[tuple[str, str]]
    figures: dict[str, Chart | None]


def universe_view(result: UniverseResult) -> UniverseView:
    """The page of a universe."""
    verdict, first = result.verdict, examined(result)
    scale = forest_scale(result)
    ordered = sorted(result.strategies, key=lambda one: one is not first)
    return UniverseView(
        name=result.name,
        synthetic=result.synthetic,
        warnings=warnings(result),
        period=f"{result.name} · {size_words(result)} · {result.first} to {result.last}",
        question=question(result),
        decision=verdict.decision,
        kind=decision_kind(verdict.decision),
        meaning=MEANINGS[verdict.decision],
        reasons=[sentence_text(said) for said in sentences(verdict, lambda v: v.reasons)],
        strength=strength(result),
        strategies_table=strategies_table(result),
        strategies=[
            StrategyView(
                name=one.label,
                role="primary" if one.name == result.primary else "",
                decision=one.decision,
                kind=decision_kind(one.decision),
                title=average_words(one),
                reasons=[sentence_text(said) for said in sentences(one, lambda o: o.reasons)],
                effective=effective_words(one),
                heterogeneity=heterogeneity_words(one),
                forest=forest(result, one, scale),
            )
            for one in ordered
        ],
        worthwhile=ratio(figure(result, lambda r: r.study["worthwhile_ir"])),
        null_title=null_words(first) if first is not None else "",
        sections=every_table(result),
        standalone=_standalone(result),
        pairs=pairs_table(result),
        details=any(pair.standalone is not None and pair.standalone.folder is not None for pair in result.pairs),
        skipped=skipped_table(result.skipped) if result.skipped else None,
        facts=facts(result),
        notes=notes(result),
        command=command(result),
        versions=list(result.environment.items()),
        figures={"null": _null(result, first)},
    )


def _null(result: UniverseResult, first: PooledResult | None) -> Chart | None:
    if first is None:
        return None
    return null_bars(first.null, synthetic=result.synthetic, one="strategy", all_of="strategies")


def strength(result: UniverseResult) -> StrengthView:
    """The pooled ratio of every strategy on one scale, with what it is held against."""
    worthwhile = figure(result, lambda r: r.study["worthwhile_ir"])
    values: list[Number] = [0.0, worthwhile.value]
    for one in result.strategies:
        values += [one.timing_ir, one.detectable_ir, *one.timing_ci]
    scale = scale_of(values)
    rows = []
    for one in result.strategies:
        marks = {"zero": 0.0, "worthwhile": worthwhile.value, "detectable": one.detectable_ir}
        rows.append(
            StrengthRow(
                name=one.label,
                key=one.name,
                role="primary" if one.name == result.primary else "",
                decision=one.decision,
                kind=decision_kind(one.decision),
                estimate=signed(figure(one, lambda o: o.timing_ir)),
                bounds=signed_bounds(one, lambda o: o.timing_ci),
                span=span(scale, one.timing_ir, one.timing_ci),
                marks=[(name, scale.at(float(x))) for name, x in marks.items() if x is not None and not is_missing(x)],
            )
        )
    return StrengthView(
        title="The pooled timing of every strategy, pairs weighed by what each adds",
        omitted="",
        rows=rows,
        ticks=tick_texts(scale),
        worthwhile=signed(worthwhile),
        detectable=range_words([figure(one, lambda o: o.detectable_ir) for one in result.strategies]),
    )


def _standalone(result: UniverseResult) -> StandaloneView | None:
    pair = noted_pair(result)
    table = standalone_table(result, pair) if pair is not None else None
    if pair is None or pair.standalone is None or table is None:
        return None
    return StandaloneView(
        pair=pair_name(pair.pair),
        decision=pair.standalone.decision,
        kind=decision_kind(pair.standalone.decision),
        reasons=[sentence_text(said) for said in sentences(pair.standalone, lambda o: o.reasons)],
        table=table,
        href=f"{pair.standalone.folder}/report.html" if pair.standalone.folder else "",
    )


def facts(result: UniverseResult) -> list[Fact]:
    """Where the numbers come from."""
    study = result.study
    return [
        Fact("Prices", f"{study['data'] if not str(study['data']).startswith('/') else 'a folder'}"),
        Fact("Period", f"{result.first} to {result.last}"),
        Fact("Holdout", sealed_words(result)),
        Fact(
            "Trials", text("{} evaluated, a strategy on a pair being one", count(figure(result, lambda r: r.n_trials)))
        ),
        Fact("Fill", f"{study['fill']}, {numbered(study['lag'], 'session')} after the decision"),
        Fact("Seed", str(study["seed"])),
    ]


def command(result: UniverseResult) -> str:
    """The command that gives every number again; Python code where it takes prices that are in no file."""
    if result.study["data"] == FRAMES:
        return f"unlockstep.universe({UNIVERSE_STUDY!r}, data=frames)"
    return f"unlockstep universe {UNIVERSE_STUDY}"
