"""S3c, its second half: what ETH does while IWM is closed, against IWM's gap and, apart from it, its session.

Price discovery: the gap goes with ETH's move. The open takes it in, so that nobody can trade it in IWM. Forecast: the
session after the open goes with it. Only that could be traded, see `weekend_lead`.
"""

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from unlockstep.backtests.results.model.statements import (
    ClosedGroup,
    ClosedHours,
    ClosedHoursPoint,
    ClosedHoursRow,
    ClosedHoursYear,
    ResponseResult,
)
from unlockstep.backtests.stats.opening_response import FEWEST, OpeningResponse, opening_response
from unlockstep.signals.closed_hours import Closed, ClosedHoursMove, closed_before
from unlockstep.signals.errors import DataError
from unlockstep.signals.identity import AROUND_THE_CLOCK, WEEKDAYS
from unlockstep.signals.market import Floats, Market

MOUREY = date(2022, 5, 13)
"""From when on Mourey et al. (Finance Research Letters 86, 2025) find the lead over the Russell 2000 stronger: their
date, published, and not found on the prices of a run."""

LEVEL = 0.05
"""A p-value up to which price discovery, or a forecast, is shown."""

HOUR = np.timedelta64(1, "h")
Mask = NDArray[np.bool_]


def closed_hours(market: Market) -> ClosedHours | None:
    """The table; None where one leg does not trade while the other is closed, the other has no opens, or there are too
    few such hours.
    """
    if not market.equity.has_opens:
        return None
    try:
        move, night = _moves(market, "weekends_and_holidays"), _moves(market, "nights")
    except DataError:
        return None
    opens, closes = market.equity.open, market.equity.close
    gap = np.log(opens / np.concatenate([[np.nan], closes[:-1]]))
    day = np.log(closes / opens)
    stretch = closed_before(market.sessions, "weekends_and_holidays") & np.isfinite(move)
    if stretch.sum() < FEWEST:
        return None
    since = np.asarray(market.sessions >= pd.Timestamp(MOUREY))
    nights = closed_before(market.sessions, "nights") & np.isfinite(night)

    def row(group: ClosedGroup, rows: Mask, of: Floats = move) -> ClosedHoursRow:
        to_gap, to_day = (opening_response(of[rows], outcome[rows]) for outcome in (gap, day))
        return ClosedHoursRow(group=group, n=to_gap.n, gap=_result(to_gap), open_to_close=_result(to_day))

    groups: list[tuple[ClosedGroup, Mask]] = [
        ("all", stretch),
        ("before", stretch & ~since),
        ("since", stretch & since),
        ("since, falls", stretch & since & (move < 0)),
        ("weekends", stretch & closed_before(market.sessions, "weekends")),
        ("holidays", stretch & closed_before(market.sessions, "holidays")),
    ]
    eth, whole = _hours(market, stretch)
    return ClosedHours(
        rows=(*(row(*group) for group in groups), row("nights", nights, night)),
        split=str(MOUREY),
        years=tuple(_year(int(year), market, stretch, move, gap, day) for year in np.unique(market.sessions.year)),
        hours=eth,
        gap_hours=whole,
        points=tuple(
            ClosedHoursPoint(session=str(market.sessions[i].date()), move=move[i], gap=gap[i], open_to_close=day[i])
            for i in np.flatnonzero(stretch).tolist()
        ),
    )


def _moves(market: Market, closed: Closed) -> Floats:
    return ClosedHoursMove(closed=closed).compute(market).to_numpy()


def _result(response: OpeningResponse) -> ResponseResult:
    return ResponseResult(slope=response.slope, t=response.t, r=response.r, p=response.p)


def _year(year: int, market: Market, stretch: Mask, move: Floats, gap: Floats, day: Floats) -> ClosedHoursYear:
    rows = stretch & np.asarray(market.sessions.year == year)
    to_gap, to_day = (opening_response(move[rows], outcome[rows]) for outcome in (gap, day))
    return ClosedHoursYear(year=year, n=to_gap.n, gap=to_gap.r, open_to_close=to_day.r)


def _hours(market: Market, stretch: Mask) -> tuple[float, float]:
    """Mean hours of ETH's moves, and of the gaps in which they lie."""
    crypto, equity = market.pair_legs
    ends = ((leg.tradable_from.tz_convert(None).to_numpy(), leg.known_at.tz_convert(None).to_numpy())
            for leg in (crypto, equity))  # fmt: skip
    hours = [((opens[1:] - closes[:-1]) / HOUR)[stretch[1:]] for opens, closes in ends]
    return float(hours[0].mean()), float(hours[1].mean())


def closed_hours_finding(result: ClosedHours) -> str:
    """The two halves of the table in two sentences: price discovery, of the gap; a forecast, of what follows it."""
    gap, later = (getattr(result.row("all"), outcome) for outcome in ("gap", "open_to_close"))
    shown, forecast = ((each.p or 1.0) <= LEVEL for each in (gap, later))
    discovery = (
        "price discovery, which its open takes in" if shown and (gap.r or 0) > 0 else "no price discovery is shown"
    )
    rest = "no forecast is shown" if not forecast else "a forecast" if (later.r or 0) > 0 else "a reversal"
    return (
        f" While IWM is closed for more than one night ({result.row('all').n} times), its gap goes with ETH's move by "
        f"{_correlations(result, 'gap')}: {discovery}. From its open to its close the correlation is "
        f"{_correlations(result, 'open_to_close')}: {rest}."
    )


def why_no_gaps(market: Market) -> str:
    """Why nothing is said of IWM's gaps; "" where it has opens, or ETH no price while its exchange is closed."""
    closes = market.equity.clock not in (AROUND_THE_CLOCK, WEEKDAYS)
    if market.equity.has_opens or market.crypto.before_open is None or not closes:
        return ""
    return " Whether IWM's gaps go with ETH's moves while it is closed cannot be told: IWM's opens are its closes."


def _correlations(result: ClosedHours, outcome: str) -> str:
    """The correlation, its p-value, and the one since the published date where there are enough rows."""
    whole, since = (getattr(result.row(group), outcome) for group in ("all", "since"))
    if whole.r is None:
        return "–"
    later = "" if since.r is None else f"; since {result.split} (Mourey et al.) {since.r:+z.2f}, p {since.p:.3f}"
    return f"{whole.r:+z.2f} (p {whole.p:.3f}{later})"
