"""What a universe finds, in sentences that every report shares."""

from unlockstep.backtests.config.study import PAIR
from unlockstep.backtests.reports.study.provenance import audit_warnings, price_warnings
from unlockstep.backtests.reports.text.figure import Text, Words, figure, figures, text
from unlockstep.backtests.reports.text.format import interval_text, p_value, percent, ratio
from unlockstep.backtests.reports.text.small_table import signed, signed_bounds
from unlockstep.backtests.reports.text.wording import counted, listed, numbered
from unlockstep.backtests.results.model.universe import PairResult, PooledResult, UniverseResult
from unlockstep.backtests.results.verdict import EXPLORATORY

DIFFER = 0.05
"""At most this p-value of Cochran's Q says that the pairs differ."""

TWO_VERDICTS = (
    "Two verdicts, which are not the same: that on the mechanism is of a book that trades every pair; that on one pair "
    "is of its own prices alone."
)

ONE_HISTORY = (
    "Pairs share their decades: a universe has seen the crises of 2008 and 2020 once each, however many pairs it has."
)


MEANINGS = {
    "edge": "With one strategy at least, knowing the moment paid on all pairs together: by more than chance explains, "
    "and every gate is passed.",
    "no edge": "Whatever timing a strategy has on all pairs together is smaller than what would be worth trading.",
    "cannot tell": "No strategy shows an edge on all pairs together, and of some one worth trading is not ruled out.",
}
"""Decision on the mechanism → what it means."""


def pair_name(pair: tuple[str, str]) -> str:
    """ETH-USD/IWM."""
    return "/".join(pair)


def size_words(result: UniverseResult) -> str:
    """37 pairs in 9 groups."""
    groups = len({pair.group for pair in result.pairs})
    return f"{numbered(len(result.pairs), 'pair')} in {numbered(groups, 'group')}"


def question(result: UniverseResult) -> str:
    """What the page asks."""
    return f"One set of rules on {numbered(len(result.pairs), 'pair')}: is there money in knowing when a pair parts?"


def warnings(result: UniverseResult) -> list[str]:
    """What a reader must see first: that it only looks, that nothing is pooled, pairs left out, own code that nobody
    audited, doubtful prices.
    """
    said = [EXPLORATORY] if result.study.get("scratch") else []
    if not result.pooled:
        said.append(
            f"Nothing is pooled: {numbered(len(result.pairs), 'pair')} cannot say how much pairs differ, and pooling "
            "takes 3. So every verdict here is “cannot tell”."
        )
    if result.skipped:
        names = ", ".join(pair_name(pair.pair) for pair in result.skipped)
        said.append(f"Left out of the universe: {numbered(len(result.skipped), 'pair')}, {names}.")
    of_prices = [note for note, _ in notes(result)]
    return [*said, *audit_warnings(result), *price_warnings(of_prices)]


def sealed_words(result: UniverseResult) -> Words:
    """What of the pairs' prices is sealed, and which pairs' sealed sessions were looked at."""
    after = result.pairs[0].seal.after
    longest = max(result.pairs, key=lambda pair: pair.seal.sessions)
    if not longest.seal.sessions:
        sealed: Words = "the prices of no pair reach past it"
    else:
        several = counted(sum(pair.seal.sessions > 0 for pair in result.pairs), len(result.pairs), "pair")
        most = numbered(figure(longest, lambda pair: pair.seal.sessions), "session")
        sealed = text("the prices of {} hold sessions of it, {} at most", several, most)
    looks = [pair for pair in result.pairs if pair.seal.looks]
    if result.pairs[0].seal.looks is None:
        looked_at = "Whether anybody looked at it is not known, for want of a ledger."
    elif not looks:
        looked_at = "By the ledger nobody has looked at it."
    else:
        looked_at = f"By the ledger it was looked at on {listed([pair_name(pair.pair) for pair in looks])}."
    return text("All after {} is sealed and left out; {}. {}", after, sealed, looked_at)


def notes(result: UniverseResult) -> list[tuple[str, str]]:
    """Each note on prices, once, and the pairs that it is of."""
    pairs: dict[str, list[str]] = {}
    for pair in result.pairs:
        for note in pair.notes:
            pairs.setdefault(note, []).append(pair_name(pair.pair))
    return [(note, ", ".join(names)) for note, names in pairs.items()]


def effective_words(one: PooledResult) -> Text:
    """What the pairs are worth together."""
    return text(
        "{}’s {} are worth {} independent ones over the whole period; an average pair’s ratio of {} would show with "
        "80 % power",
        one.label,
        numbered(figure(one, lambda o: o.pairs), "pair"),
        ratio(figure(one, lambda o: o.effective_pairs), 1),
        ratio(figure(one, lambda o: o.average_detectable_ir)),
    )


def heterogeneity_words(one: PooledResult) -> Words:
    """Whether the pairs differ in their true ratios, and by how much."""
    spread = one.heterogeneity
    if spread is None:
        return "How much the pairs differ cannot be said of fewer than three on which the weights vary."
    differ = spread.p is not None and spread.p <= DIFFER
    return text(
        "{} (Cochran’s Q {}, p {}). The standard deviation between their true ratios is {}, 95 % interval {}",
        "The pairs differ by more than chance explains, so that their average hides some of them"
        if differ
        else "The pairs do not differ by more than chance explains",
        ratio(figure(spread, lambda f: f.q), 1),
        p_value(figure(spread, lambda f: f.p)),
        ratio(figure(spread, lambda f: f.between_sd)),
        interval_text(figures(spread, lambda f: f.between_ci)),
    )


def null_words(one: PooledResult) -> Text:
    """The observed pooled t beside what chance makes of it."""
    return text(
        "{} has a pooled t of {}; in histories of redrawn signs, where it decides again on every pair, it does as well "
        "with p {}, and counting all strategies p is {}",
        one.label,
        signed(figure(one, lambda o: o.timing_t)),
        p_value(figure(one, lambda o: o.timing_p)),
        p_value(figure(one, lambda o: o.timing_p_family)),
    )


def average_words(one: PooledResult) -> Text:
    """The average pair's ratio and its interval."""
    return text(
        "{}: the average pair has a timing ratio of {}, 95 % interval {}",
        one.label,
        signed(figure(one, lambda o: o.average_ir)),
        signed_bounds(one, lambda o: o.average_ci),
    )


def book_words(one: PooledResult) -> Text:
    """The book against the constant mixes of the same average weights."""
    return text(
        "{}: the book has a Sharpe ratio of {}, the same book held constant {}; the one over the other {} a year, "
        "net of costs",
        one.label,
        ratio(figure(one.book, lambda b: b.sharpe)),
        ratio(figure(one.book, lambda b: b.sharpe_constant)),
        signed(figure(one.book, lambda b: b.net_ir)),
    )


def examined(result: UniverseResult) -> PooledResult | None:
    """The strategy that the page examines first: the primary, else that of the smallest family-wise p."""
    primary = next((one for one in result.strategies if one.name == result.primary), None)
    if primary is not None:
        return primary
    return min(result.strategies, key=lambda o: 2.0 if o.timing_p_family is None else o.timing_p_family, default=None)


def noted_pair(result: UniverseResult) -> PairResult | None:
    """The note's own pair, where it is in the universe and its own study was run."""
    return next((pair for pair in result.pairs if pair.pair == PAIR and pair.standalone is not None), None)


def share(x: PooledResult, number: int) -> Text:
    """The weight of a pair in the pooled verdict on a strategy."""
    return percent(figure(x.estimates[number], lambda e: e.weight), 1)
