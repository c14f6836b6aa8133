"""The scorecard: each statement, its finding and its interval."""

from dataclasses import dataclass
from typing import Any

from unlockstep.backtests.reports.charts.scale import Span, scale_of, span
from unlockstep.backtests.reports.study.columns import whole_percent
from unlockstep.backtests.reports.text.figure import Text, figure, figures, sentence
from unlockstep.backtests.reports.text.format import (
    Writer,
    interval_text,
    percent,
    ratio,
    sentence_text,
)
from unlockstep.backtests.reports.text.small_table import signed
from unlockstep.backtests.reports.text.variants import (
    candidates,
    shown_name,
)
from unlockstep.backtests.reports.text.wording import (
    STATEMENT_TEXTS,
    pair_words,
    split_finding,
)
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.model.statements import StatementResult, StatementsResult


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
