"""Results into docs/findings.md: every figure keeps the place that it came from, and is listed with it."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from findings.studies import PAIR, PLACEBOS, SECOND, WEEKEND, WITHOUT_INTEREST, StudyResults, name_of
from unlockstep.backtests.reports.replicate.catalogue import published_figure, reads_as
from unlockstep.backtests.reports.replicate.view import mains
from unlockstep.backtests.reports.study.detectors import detectors_title
from unlockstep.backtests.reports.study.family import family_title
from unlockstep.backtests.reports.study.gates import RuleView, rule_view
from unlockstep.backtests.reports.study.pair_state import LockstepView, lockstep_view
from unlockstep.backtests.reports.study.scorecard import StatementView, statement_views
from unlockstep.backtests.reports.study.verdict import VerdictView, verdict_view
from unlockstep.backtests.reports.text import format as written
from unlockstep.backtests.reports.text.figure import Cell, Text, Words, figure, figures, sentence
from unlockstep.backtests.reports.text.small_table import signed
from unlockstep.backtests.reports.text.variants import candidates, family_p, primary_of, shown_name
from unlockstep.backtests.reports.universe.wording import (
    effective_words,
    examined,
    heterogeneity_words,
    noted_pair,
    null_words,
    size_words,
)
from unlockstep.backtests.results.model.base import Result, annotate_path
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.model.sweep import SweepResult
from unlockstep.backtests.results.model.universe import PairEstimate, PairResult, PooledResult, UniverseResult
from unlockstep.backtests.results.model.variant import VariantResult
from unlockstep.backtests.storage.run_folder import FIGURES, RESULT, SWEEP, UNIVERSE

TEMPLATE = Path(__file__).parent / "findings.md.j2"


@dataclass(frozen=True)
class ListedFigure:
    """A figure or sentence as written, its place, and its value in full, None of a sentence."""

    text: str
    place: str
    value: float | None


def document(results: StudyResults) -> tuple[str, list[ListedFigure]]:
    """(the text of docs/findings.md, its figures, each once, in their order)."""
    cells: list[Cell] = []
    runs = {
        name: annotate_path(run.result.model_copy(deep=True), f"{name}/{RESULT}") for name, run in results.runs.items()
    }
    page = (
        _environment(cells)
        .get_template(TEMPLATE.name)
        .render(
            main=_pair(runs[name_of(PAIR)]),
            second=_pair(runs[name_of(SECOND)]),
            placebos=[_pair(runs[name_of(pair)]) for pair in PLACEBOS],
            interest=_interest(runs[name_of(PAIR)], runs[WITHOUT_INTEREST]),
            weekend=_pair(runs[WEEKEND]),
            sweep=SweepResult.of(results.sweep.as_json(), f"sweep/{SWEEP}"),
            universe=_universe(results.universe),
            published=annotate_path(results.published.model_copy(deep=True), f"replicate/{FIGURES}"),
            commands=results.commands,
        )
    )
    listed = (ListedFigure(c.text, c.place, json.loads(c.value) if c.value else None) for c in cells if c.place)
    return page, list(dict.fromkeys(listed))


def template_text() -> str:
    """The templates, whose own numbers are constants of the method and no findings."""
    return "".join(path.read_text(encoding="utf-8") for path in sorted(TEMPLATE.parent.glob("*.j2")))


@dataclass(frozen=True)
class PairFindings:
    """What the template shows of one pair; variants and benchmarks with their short names.

    variants: by their family-wise p.  edges: the variants that have one.
    """

    pair: str
    result: RunResult
    verdict: VerdictView
    statements: Sequence[StatementView]
    lockstep: LockstepView
    detectors: Words
    family: Words
    gates: RuleView | None
    variants: Sequence[tuple[str, VariantResult]]
    benchmarks: Sequence[tuple[str, VariantResult]]
    primary: VariantResult | None
    edges: Sequence[str]


@dataclass(frozen=True)
class InterestFindings:
    """What interest on cash does to each account.

    rows: (short name, the variant with interest, the variant without).  decision: the verdict without interest.
    """

    rows: Sequence[tuple[str, VariantResult, VariantResult]]
    decision: str


@dataclass(frozen=True)
class UniverseFindings:
    """What the template shows of the universe; examined: the strategy that its page examines first.

    strategies: by their family-wise p.  decided: those that are not "cannot tell".  noted: the note's pair.
    """

    result: UniverseResult
    size: str
    worthwhile: Words
    strategies: Sequence[PooledResult]
    decided: Sequence[PooledResult]
    examined: PooledResult
    effective: Words
    heterogeneity: Words
    null: Words
    noted: PairResult | None
    pooled_of_noted: PairEstimate | None


def _universe(universe: UniverseResult) -> UniverseFindings:
    result = UniverseResult.of(universe.as_json(), f"universe/{UNIVERSE}")
    first, noted = examined(result), noted_pair(result)
    assert first is not None
    return UniverseFindings(
        result=result,
        size=size_words(result),
        worthwhile=written.ratio(figure(result, lambda r: r.study["worthwhile_ir"])),
        strategies=sorted(result.strategies, key=lambda one: 2.0 if one.timing_p is None else one.timing_p),
        decided=[one for one in result.strategies if one.decision != "cannot tell"],
        examined=first,
        effective=effective_words(first),
        heterogeneity=heterogeneity_words(first),
        null=null_words(first),
        noted=noted,
        pooled_of_noted=None if noted is None else first.estimates[result.pairs.index(noted)],
    )


def _interest(paid: RunResult, unpaid: RunResult) -> InterestFindings:
    by_name = {v.name: v for v in unpaid.variants}
    rows = [(shown_name(v, paid.data.pair), v, by_name[v.name]) for v in paid.variants]
    return InterestFindings(rows, unpaid.verdict.decision)


def _pair(result: RunResult) -> PairFindings:
    pair, tested = result.data.pair, candidates(result)
    return PairFindings(
        pair="/".join(pair),
        result=result,
        verdict=verdict_view(result),
        statements=statement_views(result),
        lockstep=lockstep_view(result.lockstep),
        detectors=detectors_title(result.detectors),
        family=family_title(result),
        gates=rule_view(result),
        variants=[(shown_name(v, pair), v) for v in sorted(tested, key=family_p)],
        benchmarks=[(shown_name(v, pair), v) for v in result.variants if v.benchmark],
        primary=primary_of(result),
        edges=[shown_name(v, pair) for v in tested if v.verdict == "edge"],
    )


def _environment(cells: list[Cell]) -> Environment:
    """Templates in Markdown; what they write of figures is added to `cells`."""

    def plain_of(item: Any) -> Any:
        if not isinstance(item, Text):
            return item
        cells.extend(part for part in item.parts if isinstance(part, Cell))
        return str(item)

    environment = Environment(
        loader=FileSystemLoader(TEMPLATE.parent),
        autoescape=False,  # noqa: S701 - Markdown of our own figures
        undefined=StrictUndefined,
        finalize=plain_of,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "percent": _writes(written.percent), "ratio": _writes(written.ratio), "signed": _writes(signed),
        "p": _writes(written.p_value), "count": _writes(written.count), "years": _writes(written.years),
        "interval": lambda part, path: written.interval_text(figures(part, attrgetter(path)), signed),
        "item": lambda part, path, place: signed(figures(part, attrgetter(path))[place]),
        "sentence": lambda part, path: written.sentence_text(sentence(part, attrgetter(path))),
        "plain": _plain, "published": published_figure, "mains": mains, "reads_as": reads_as,
    }  # fmt: skip
    return environment


def _writes(write: Callable[..., Text]) -> Callable[..., Text]:
    """A filter that writes what stands at `path` in a part of a result."""

    def filtered(part: Result, path: str, *args: int) -> Text:
        return write(figure(part, attrgetter(path)), *args)

    return filtered


def _plain(words: Words) -> Text:
    """Words in which pipes and stars stand for themselves."""

    def escaped(text: str) -> str:
        return re.sub(r"([|*])", r"\\\1", text)

    parts = words.parts if isinstance(words, Text) else (words,)
    return Text(
        tuple(
            escaped(part) if isinstance(part, str) else Cell(escaped(part.text), part.value, part.place)
            for part in parts
        )
    )
