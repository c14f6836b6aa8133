"""Which link broke? The body of S3b: liquidity that comes from elsewhere would loosen a link between the legs."""

from collections.abc import Sequence
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from unlockstep.backtests.results.model.statements import ChainPeriod, ChainYear, LinkPart, LinksResult, Part
from unlockstep.backtests.results.statements.statement import signed, span
from unlockstep.backtests.stats.correlation_change import Estimate
from unlockstep.backtests.stats.link_change import Chain, LinkChange, chain_of, changed_most, link_change
from unlockstep.signals import SignalCache
from unlockstep.signals.chain import bridge_names, bridges_of, chain_returns
from unlockstep.signals.market import Floats, Market

LATELY, BEFORE = 504, 1512
"""Sessions of the recent period, two years, and of what it is compared with, six at most and two at least."""

FEWEST_YEARS = 5
"""Years under which it is not said which link they follow."""

ALIKE = 1.0 - 1e-9
"""A correlation above this is that of one asset with itself, but for rounding."""

FEWEST_OF_YEAR = 60
"""Sessions of a calendar year under which it is left out."""


def judge_links(signal_cache: SignalCache, no_chain: str) -> LinksResult | str | None:
    """The chain between the legs, in the last two years against up to six before, and by calendar year.

    no_chain: why the market lacks the study's bridges. A text says why nothing can be said; None where the study names
    no bridge. Sessions in which a bridge has no bar are left out and counted.
    """
    market = signal_cache.market
    bridges = bridges_of(market)
    if no_chain:
        return f"Which link broke cannot be told: {no_chain}"
    if not bridges:
        return None
    returns = chain_returns(market, len(bridges))
    complete: NDArray[np.bool_] = np.asarray(np.isfinite(returns).all(axis=1))
    rows = np.flatnonzero(complete)
    ends, gaps = _ends(market), _gaps(market)
    if len(rows) < 2 * LATELY:
        return (
            f"Which link broke cannot be told: the whole chain has bars in {len(rows)} of the {len(returns)} sessions, "
            f"and it takes {2 * LATELY}{''.join(f'; {each}' for each in (*ends, *gaps))}."
        )
    recent, before = rows[-LATELY:], rows[-LATELY - BEFORE : -LATELY]
    short = len(before) < BEFORE or recent[-1] < len(returns) - 1
    tickers = (market.crypto.ticker, *bridges, market.equity.ticker)
    split = link_change(returns[before], returns[recent])
    if not np.isfinite(split.direct.estimate):
        return f"Which link broke cannot be told: {_alike(returns[recent], returns[before], tickers)}."
    names = tuple("–".join(pair) for pair in pairwise(tickers))
    years = _years(market, returns, complete)
    follows, r = _followed(years, names)
    return LinksResult(
        finding=_finding(market, split, names, recent, (*(ends if short else ()), *gaps)),
        tickers=tickers,
        before=_period(market, before, split.before),
        now=_period(market, recent, split.now),
        change=_part(split.change),
        links=tuple(
            LinkPart(link=name, change=change.estimate, ci=change.ci, share=share.estimate, share_ci=share.ci)
            for name, change, share in zip(names, split.links, split.shares, strict=True)
        ),
        most=names[changed_most(split)],
        skips=_part(split.skips),
        direct=_part(split.direct),
        years=years,
        follows=follows,
        follows_r=r,
        left_out=int((~complete).sum()),
        last=_date(market, rows[-1]),
    )


def _finding(
    market: Market, split: LinkChange, names: tuple[str, ...], recent: NDArray[np.intp], lacking: Sequence[str]
) -> str:
    """Which links changed, by their correlations, or which one most where none did clearly; what else did.

    lacking: which bars are missing.
    """
    moved = {name: change for name, change in zip(names, split.links, strict=True) if _clear(change)}
    since = f"In the {len(recent)} sessions to {_date(market, recent[-1])} (since {_date(market, recent[0])})"
    sentences = [
        f"{name} {'loosened' if change.estimate < 0 else 'tightened'} by {abs(change.estimate):.2f}"
        for name, change in moved.items()
    ]
    place = changed_most(split)
    most, link = names[place], split.links[place]
    text = f"{since} {_listed(sentences) if moved else f'no link of {_listed(names)} changed clearly'}"
    if most not in moved:
        text += f"; {most} changed most, by {signed(link.estimate, link.ci)} ({span(link.ci)})"
    if moved and (others := [name for name in names if name not in (*moved, most)]):
        text += f"; {_listed(others)} as before"
    beside = [
        f"{what} {'fell' if part.estimate < 0 else 'rose'} by {abs(part.estimate):.2f}"
        for what, part in (("ties that skip a link", split.skips), ("what the legs share directly", split.direct))
        if _clear(part)
    ]
    return f"{text}{''.join(f'; {each}' for each in (*beside, *lacking))}."


def _listed(parts: Sequence[str]) -> str:
    """A, B and C."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def _ends(market: Market) -> tuple[str, ...]:
    """Which bridges begin later or end earlier than the market."""
    sentences = []
    for ticker, rows in _bars(market):
        if len(rows) and rows[0] > 0:
            sentences.append(f"{ticker} has no bar before {market.sessions[rows[0]].date()}")
        if len(rows) and rows[-1] < len(market.sessions) - 1:
            sentences.append(f"{ticker} has no bar after {market.sessions[rows[-1]].date()}")
    return tuple(sentences)


def _gaps(market: Market) -> tuple[str, ...]:
    """Which bridges lack bars between their first and their last one."""
    missing = {ticker: int(rows[-1] - rows[0]) + 1 - len(rows) for ticker, rows in _bars(market) if len(rows)}
    return tuple(
        f"{ticker} has no bar in {number} session{'s' * (number > 1)} between its first and its last"
        for ticker, number in missing.items()
        if number
    )


def _bars(market: Market) -> list[tuple[str, NDArray[np.intp]]]:
    """(ticker, the sessions in which it has a bar) of each bridge."""
    bridges = bridges_of(market)
    return [
        (ticker, np.flatnonzero(np.isfinite(market.context_series(name).close)))
        for name, ticker in zip(bridge_names(len(bridges)), bridges, strict=True)
    ]


def _alike(recent: Floats, before: Floats, tickers: Sequence[str]) -> str:
    """Why there is no partial correlation in one of the periods."""
    for returns in (recent, before):
        still = [ticker for ticker, column in zip(tickers, returns.T, strict=True) if np.ptp(column) == 0]
        if still:
            return f"{_listed(still)} did not move"
        correlations = np.abs(np.corrcoef(returns.T))
        for i, j in combinations(range(len(tickers)), 2):
            if correlations[i, j] > ALIKE:
                return f"{tickers[i]} and {tickers[j]} have the same returns, so that neither lies between"
    return f"one of {_listed(tickers)} is made up of the others"


def _clear(estimate: Estimate) -> bool:
    return estimate.ci[0] > 0 or estimate.ci[1] < 0


def _part(estimate: Estimate) -> Part:
    return Part(change=estimate.estimate, ci=estimate.ci)


def _period(market: Market, rows: NDArray[np.intp], chain: Chain) -> ChainPeriod:
    return ChainPeriod(
        first=_date(market, rows[0]),
        last=_date(market, rows[-1]),
        sessions=len(rows),
        **vars(chain),
    )


def _years(market: Market, returns: Floats, complete: NDArray[np.bool_]) -> tuple[ChainYear, ...]:
    years = market.sessions[1:].year.to_numpy()
    inside = {int(year): (years == year) & complete for year in np.unique(years)}
    return tuple(
        ChainYear(year=year, sessions=int(rows.sum()), **vars(chain_of(returns[rows])))
        for year, rows in inside.items()
        if rows.sum() >= FEWEST_OF_YEAR
    )


def _followed(years: Sequence[ChainYear], names: Sequence[str]) -> tuple[str | None, float]:
    """(the link whose correlation goes most with the legs' from year to year, by what correlation)."""
    if len(years) < FEWEST_YEARS:
        return None, float("nan")
    legs = np.array([year.correlation for year in years], dtype=float)
    links = np.array([year.links for year in years], dtype=float)
    if not (np.ptp(legs) > 0 and (np.ptp(links, axis=0) > 0).all()):
        return None, float("nan")
    together = [float(np.corrcoef(legs, link)[0, 1]) for link in links.T]
    most = int(np.argmax(together))
    return names[most], together[most]


def _date(market: Market, row: int) -> str:
    """The session in which the return of that row ends."""
    return str(market.sessions[row + 1].date())
