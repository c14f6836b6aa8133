"""Statements, findings and counts in plain words, shared by every report."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

from unlockstep.backtests.reports.text.figure import Figure, Sentence, Text, Words, figure, joined, text
from unlockstep.backtests.reports.text.format import Number, count, is_missing, percent, ratio
from unlockstep.backtests.results.model.pair import LockstepResult
from unlockstep.backtests.results.pair_state import LEVEL_RATE

QUESTION = "Are {crypto} and {equity} still in lockstep, and when they are not, is there money in knowing it?"

SYNTHETIC = "SYNTHETIC prices"
"""Shown wherever prices were drawn by a random generator."""
STALE = "STALE prices"
"""How a note on prices that are older than they could be begins."""

DECISIONS = {
    "edge": "Knowing the moment paid: by more than chance explains, and every gate is passed.",
    "no edge": "Whatever timing there is, it is smaller than what would be worth trading.",
    "cannot tell": "These data can neither show an edge nor rule out one worth trading.",
}
"""Decision → what it means."""

STATEMENT_TEXTS = {
    "S1": "{crypto} and {equity} have come uncoupled: the correlation of their returns has weakened.",
    "S2": "A positive year in {equity} no longer lifts {crypto}: its response is muted.",
    "S3a": "One explanation: the regime has shifted; the correlation has fallen, and for long.",
    "S3b": "Another: the decoupling is temporary, and the gap closes.",
    "S3c": "A third: {crypto} prices the future first, and {equity} follows.",
    "S4": "Breaks are the opportunity: {crypto} moves up after one.",
}
"""The statements under test, in short."""


@dataclass(frozen=True)
class Finding:
    """A statement's finding, taken apart: one of three words, and the sentence after it."""

    word: str
    sentence: Sentence


def decision_kind(decision: str) -> str:
    """A decision as a class name: "no edge" → "no-edge"; anything unheard of → "unknown"."""
    return decision.replace(" ", "-") if decision in DECISIONS else "unknown"


def split_finding(said: Sentence) -> Finding:
    """The text "Cannot tell: only 2 breaks." → ("Cannot tell", "Only 2 breaks."); one without such a word has none."""
    word, colon, rest = said.text.partition(":")
    if not colon or word.lower() not in ("supported", "contradicted", "cannot tell"):
        return Finding("", said)
    rest = rest.strip()
    return Finding(word, Sentence(rest[:1].upper() + rest[1:], said.place))


def pair_words(text: str, pair: Sequence[str]) -> str:
    """`text` with {crypto} and {equity} as the tickers of the pair."""
    return text.replace("{crypto}", pair[0]).replace("{equity}", pair[1])


@overload
def listed(items: Sequence[str]) -> str: ...
@overload
def listed(items: Sequence[Words]) -> Words: ...
def listed(items: Sequence[Words]) -> Words:
    """Names, or texts, in a row: "a", "a and b", "a, b and c"; "" for none."""
    row = joined(" and ", [joined(", ", items[:-1]), items[-1]] if len(items) > 1 else items)
    return str(row) if all(isinstance(item, str) for item in items) else row


def counted(some: int, total: int, noun: str, plural: str = "") -> str:
    """How many of how many: "2 of 5 lags", "none of 5 lags", "all 5 lags"; of a single one "1 of 1 lag"."""
    if total == 1:
        return f"{some} of 1 {noun}"
    several = plural or f"{noun}s"
    return f"all {total} {several}" if some == total and total else f"{some or 'none'} of {total} {several}"


@overload
def numbered(n: Figure, noun: str) -> Text: ...
@overload
def numbered(n: int, noun: str) -> str: ...
def numbered(n: int | Figure, noun: str) -> str | Text:
    """A number with its noun: "1 break", "3 breaks"."""
    if isinstance(n, Figure):
        return text("{} {}", count(n), noun if n.value == 1 else f"{noun}s")
    return f"{count(n)} {noun}" + ("" if n == 1 else "s")


def level_words(lockstep: LockstepResult) -> Words:
    """What stands beside every level correlation: how often it is that low by chance."""
    rate = figure(lockstep, lambda now: now.level_false_decoupling)
    if rate.value is None:
        return "how often by chance is not known"
    return text(LEVEL_RATE.format(share="{}"), chance(rate))


@overload
def chance(rate: Figure) -> Text: ...
@overload
def chance(rate: Number) -> str: ...
def chance(rate: Figure | Number) -> Words:
    """A false-decoupling rate in a cell: "3 %"; none that rounds to 0 or 100 %; None → "–"."""
    share = rate.value if isinstance(rate, Figure) else rate
    if share is None or is_missing(share) or 0.005 <= share <= 0.995:
        return percent(rate, 0)
    bound = f"under {percent(0.01, 0)}" if share < 0.5 else f"over {percent(0.99, 0)}"
    return text("{}", bound) if isinstance(rate, Figure) else bound


def correlations_apart(lockstep: LockstepResult) -> Words:
    """Both correlations at the last session, in a sentence."""
    returns = figure(lockstep, lambda now: now.return_correlation)
    levels = figure(lockstep, lambda now: now.level_correlation)
    if returns.value is None or levels.value is None:
        return "Correlation of daily returns, and of price levels"
    title = "At the last session returns correlate {} and price levels {}, {}"
    return text(title, ratio(returns, signed=True), ratio(levels, signed=True), level_words(lockstep))
