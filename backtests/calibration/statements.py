"""How often the statements err and what they find, on worlds whose truth is known.

    python -m unlockstep.backtests.calibration.statements [WORLDS [DATA]]

prints the tables of docs/method.md, "The statements", from WORLDS worlds of each kind (400 unless told; half as many
for each planted effect, twice as many for S1 and S3a, which are quick). DATA: a folder of prices, on whose volatility
some worlds of S1 are made (the demo unless told). It takes about six minutes and gives the same figures each time.
Shares are of the worlds on which the statement could decide, with exact 95 % intervals.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from unlockstep.backtests.calibration.hard_worlds import jumping_returns, priced_returns, volatility_path
from unlockstep.backtests.calibration.rate import Rate
from unlockstep.backtests.calibration.statement_worlds import (
    COURSES,
    SEED,
    SESSIONS,
    SOURCES,
    closing_spread,
    faded_lift,
    garch_t,
    led,
    log_returns,
    with_opening_response,
)
from unlockstep.backtests.calibration.worlds import ALPHA, BETA, BURN_IN, PAIR
from unlockstep.backtests.config.study import SEALED_AFTER
from unlockstep.backtests.data.load import load_market
from unlockstep.backtests.results.events import MIN_EPISODES
from unlockstep.backtests.results.model.statements import S3aDetail, StatementResult
from unlockstep.backtests.results.statements import judge_statements
from unlockstep.backtests.results.statements.s1_correlation import (
    BEFORE,
    CHANGE_CRITICAL,
    correlation_change,
    judge_correlation,
)
from unlockstep.backtests.results.statements.s2_yoy_response import judge_yoy_response
from unlockstep.backtests.results.statements.s3a_persistence import judge_persistence
from unlockstep.backtests.results.statements.s3b_reconvergence import judge_reconvergence
from unlockstep.backtests.results.statements.s3c_closed_hours import LEVEL, closed_hours
from unlockstep.backtests.results.statements.s3c_lead_lag import judge_lead_lag
from unlockstep.backtests.results.statements.statement import RECENT
from unlockstep.signals import Market, SignalCache
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats
from unlockstep.signals.scores import MEMORY

WORLDS = 400
OTHERS = 100_000
"""Number of the first world in which an effect is planted."""

GARCH = ((ALPHA, BETA), (0.12, 0.86))
"""As in `worlds`, and with harder clusters of volatility."""

Row = tuple[str, ...]

Judged = Mapping[str, Any]
"""Statement → its StatementResult."""


def _decides(key: str) -> Callable[[Judged], bool | None]:
    """Whether the finding on a statement is other than "cannot tell"; None where it had too little to decide."""

    def decides(judged: Judged) -> bool | None:
        if key == "S4" and judged[key].detail.episodes < MIN_EPISODES:
            return None
        return None if judged[key].estimate is None else not judged[key].finding.startswith("Cannot tell")

    return decides


def _outside(judged: Judged) -> bool | None:
    detail = judged["S2"].detail
    return None if detail is None else detail.outside_since is not None


def _bands(judged: Judged, truth: float) -> Iterator[bool]:
    """Whether each band of the response curve leaves the truth out, the same annual log return in every bin."""
    detail = judged["S2"].detail
    for low, high in () if detail is None else (*detail.curve.early_band, *detail.curve.late_band):
        if low is not None:
            yield not low <= truth <= high


NO_EFFECT: dict[str, Callable[[Judged], bool | None]] = {
    "S2": _decides("S2"),
    "S2, outside its earlier band at the end": _outside,
    "S3b": _decides("S3b"),
    "S3c": _decides("S3c"),
    "S3c, Granger ETH to IWM, p ≤ 0.05": lambda s: s["S3c"].detail.granger.crypto_to_equity.p <= 0.05,
    "S3c, Granger IWM to ETH, p ≤ 0.05": lambda s: s["S3c"].detail.granger.equity_to_crypto.p <= 0.05,
    "S3c, some year, p ≤ 0.05": lambda s: any(row.p_family <= 0.05 for row in s["S3c"].detail.windows.rows),
    "S4": _decides("S4"),
}
"""What is false by construction → whether it was found."""


def false_findings(worlds: int) -> Iterator[Row]:
    """Share of worlds without any effect in which one was found; in `trending`, where gaps widen in truth, S2 alone."""
    yield "No effect, % found", *SOURCES
    judged: dict[str, list[Judged]] = {}
    bands = ["S2, bands of the curve that miss it", ""]
    for source, make in SOURCES.items():
        markets = [make(world) for world in range(worlds)]
        if source == "trending":
            judged[source] = [{"S2": judge_yoy_response(SignalCache(market), seed=1)} for market in markets]
        else:
            judged[source] = [dict(judge_statements(SignalCache(market), seed=1)) for market in markets]
        if source != "demo":  # whose returns differ from year to year
            truth = float(np.mean([log_returns(market)[:, 0] for market in markets])) * SESSIONS_PER_YEAR
            missed = [each for world in judged[source] for each in _bands(world, truth)]
            bands.append(f"{100 * np.mean(missed):.1f}")
    for name, decides in NO_EFFECT.items():
        decisions = [[decides(each) for each in judged[s] if name.split(",")[0] in each] for s in SOURCES]
        yield name, *map(_share, decisions)
    yield tuple(bands)


def _share(decisions: Sequence[bool | None]) -> str:
    """How many of those that are not None were found: "4.0 [2.2, 6.6] of 300"; "" for none at all."""
    decided = [each for each in decisions if each is not None]
    if not decided:
        return ""
    rate = Rate.of(sum(decided), len(decided))
    return f"{100 * rate.share:.1f} [{100 * rate.low:.1f}, {100 * rate.high:.1f}] of {len(decided)}"


PLANTED: tuple[tuple[str, Callable[[Market, float], Market], float, str], ...] = (
    ("S2: a lift of 2 a year that is gone", faded_lift, 2.0, "S2"),
    ("S2: a lift of 4 a year that is gone", faded_lift, 4.0, "S2"),
    ("S3b: closes with a half-life of 23 sessions", closing_spread, 23.0, "S3b"),
    ("S3b: closes with a half-life of 69 sessions", closing_spread, 69.0, "S3b"),
    ("S3c: ETH leads by two sessions, slope 0.05", led, 0.05, "S3c"),
    ("S3c: ETH leads by two sessions, slope 0.1", led, 0.1, "S3c"),
)
"""What is planted, by which function, of what size, and the statement that should find it."""

JUDGES: dict[str, Callable[[Market], StatementResult[Any]]] = {
    "S2": lambda market: judge_yoy_response(SignalCache(market), seed=1),
    "S3b": lambda market: judge_reconvergence(SignalCache(market)),
    "S3c": lambda market: judge_lead_lag(market, seed=1),
}


def planted_findings(worlds: int) -> Iterator[Row]:
    """Share of worlds with a planted effect in which it was found."""
    sources = ("demo", "garch")
    yield "Planted, % supported", *sources
    for name, plant, size, key in PLANTED:
        judged = [[JUDGES[key](plant(SOURCES[s](OTHERS + w), size)) for w in range(worlds)] for s in sources]
        yield name, *(_share([each.finding.startswith("Supported") for each in group]) for group in judged)
        if key == "S2":
            yield "- outside its earlier band at the end", *(_share([_outside({key: s}) for s in g]) for g in judged)
        if key == "S3b":
            sentences = [[each.finding for each in g if each.finding.startswith("Supported")] for g in judged]
            for who, words in (
                ("ETH alone", "it is ETH"),
                ("both legs", "both legs"),
                ("IWM alone, wrongly", "it is IWM"),
            ):
                yield f"- of these, named: {who}", *(_share([words in finding for finding in g]) for g in sentences)


OPENING_SHARES = ((0.0, 0.0), (0.005, 0.0), (0.01, 0.0), (0.0, 0.01), (0.0, 0.02))
"""Shares of ETH's move in closed hours that IWM's gap, and its session after the open, are given."""


def closed_hours_findings(worlds: int) -> Iterator[Row]:
    """Share of demo worlds in which price discovery, and a forecast, are shown, by what is planted; a quarter as many
    where something is.
    """
    yield "Closed hours, % shown", "price discovery", "forecast"
    for gap, session in OPENING_SHARES:
        markets = (
            [SOURCES["demo"](OTHERS + w) for w in range(max(worlds // 4, 1))]
            if gap or session
            else [SOURCES["demo"](w) for w in range(worlds)]
        )
        tables = [closed_hours(with_opening_response(market, gap, session)) for market in markets]
        rows = [table.row("all") for table in tables if table is not None]
        shown = [
            [(each.p or 1.0) <= LEVEL for each in column]
            for column in ([row.gap for row in rows], [row.open_to_close for row in rows])
        ]
        yield f"{gap:g} of ETH's move in the gap, {session:g} after the open", *map(_share, shown)


def lasting_findings(worlds: int) -> Iterator[Row]:
    """What S3a says, how often its interval misses the half-life, and the 95 % quantile of `HalfLife.evidence`."""
    yield "S3a, %", "sessions", "supported", "contradicted", "interval misses", "evidence, 95 %"
    rng = np.random.default_rng(SEED)
    for name, draw, truth in COURSES:
        for sessions in (SESSIONS, 1250, *((504,) if name.startswith("constant") else ())):
            ends, state = pd.bdate_range("2000-01-03", periods=sessions + 1), np.full(sessions + 1, np.nan)
            judged = [judge_persistence(each, state, ends) for each in garch_t(draw(rng, sessions, worlds), rng)]
            said = [each.finding.split(":")[0] for each in judged]
            details = [each.detail for each in judged if each.detail is not None]
            evidence = float(np.quantile([detail.evidence for detail in details if detail.evidence is not None], 0.95))
            yield (
                name,
                str(sessions),
                f"{100 * said.count('Supported') / worlds:.1f}",
                f"{100 * said.count('Contradicted') / worlds:.1f}",
                f"{100 * np.mean([_misses(detail, truth) for detail in details]):.1f}" if truth else "",
                f"{evidence:.1f}" if name.startswith("constant") else "",
            )


def _misses(detail: S3aDetail, half_life: float) -> bool:
    """Whether the interval of the half-life leaves the true one out; an upper bound of None is infinite."""
    low, high = detail.half_life_ci or (None, None)
    return low is None or half_life < low or (high is not None and half_life > high)


def weaker_findings(worlds: int, data: str = "demo") -> Iterator[Row]:
    """Share of worlds of constant correlation of which S1 says that it has changed, with either critical value; beside
    it what the interval of plain returns would say. And of worlds in which it fell.
    """
    yield "S1, % found", "world", f"with {CHANGE_CRITICAL}", "with 1.96", f"plain returns, {CHANGE_CRITICAL}"
    rng = np.random.default_rng(SEED)
    length = MEMORY + BEFORE + RECENT
    for correlation in (0.0, 0.45, 0.6):
        for alpha, beta in GARCH:
            every = garch_t(np.full((length, worlds), correlation), rng, alpha, beta)
            yield f"correlation {correlation}", f"GARCH {alpha}, {beta}", *_change_shares(every)
    volatility = volatility_path(load_market(data, PAIR, start=date(2016, 1, 1), end=SEALED_AFTER, seed=SEED))
    for correlation in (0.2, 0.5, 0.8):
        constant = np.full(length + BURN_IN, correlation)
        jumping = (np.log1p(jumping_returns(rng, constant)) for _ in range(worlds))
        yield f"correlation {correlation}", "jumps", *_change_shares(jumping)
        priced = (np.log1p(priced_returns(rng, constant[BURN_IN:], volatility)) for _ in range(worlds))
        yield f"correlation {correlation}", f"volatility of {'/'.join(PAIR)}", *_change_shares(priced)
    for before, after in ((0.5, 0.2), (0.4, 0.1), (0.5, 0.0)):
        path = np.where(np.arange(length) < length - RECENT, before, after)
        yield f"{before} to {after}", "GARCH", *_change_shares(garch_t(np.repeat(path[:, None], worlds, 1), rng))


def _change_shares(every: Iterable[Floats]) -> Iterator[str]:
    """Shares of worlds of N x 2 log returns in which S1 finds a change: with either critical value, and by the interval
    of plain returns.
    """
    ratios, plain = [], []
    for returns in every:
        statement = judge_correlation(returns, 0.0, 0.5)
        if statement.estimate is not None and statement.ci[1] is not None:
            ratios.append(abs(statement.estimate) / (statement.ci[1] - statement.estimate) * CHANGE_CRITICAL)
        low, high = correlation_change(returns[-RECENT - BEFORE : -RECENT], returns[-RECENT:])[1]
        plain.append(not low <= 0.0 <= high)
    for critical in (CHANGE_CRITICAL, 1.96):
        yield _share([ratio > critical for ratio in ratios])
    yield _share(plain)


def main(worlds: int, data: str = "demo") -> None:
    """Print every table, as Markdown."""
    tables = (
        false_findings(worlds),
        planted_findings(max(worlds // 2, 1)),
        closed_hours_findings(worlds),
        weaker_findings(2 * worlds, data),
        lasting_findings(2 * worlds),
    )
    for table in tables:
        for number, row in enumerate(table):
            print("| " + " | ".join(row) + " |", flush=True)  # noqa: T201
            if number == 0:
                print("|---" * len(row) + "|")  # noqa: T201
        print()  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else WORLDS, *sys.argv[2:3])
