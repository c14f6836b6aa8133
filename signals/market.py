"""Market: a pair of price series, and further ones, on one decision clock.

Two legs, two clocks. The *crypto* leg trades around the clock and its daily bar runs from 00:00 to 24:00 UTC; the
*equity* leg trades in the sessions of its exchange. (For a pair of two exchange-traded tickers the first one takes the
crypto leg's place, with its own, true clock.) Both are held on the sessions of the exchange, on those that both have
where there are two exchanges:

    session D      equity bar: open 09:30, close 16:00 New York      crypto bar: D 00:00 UTC to D+1 00:00 UTC
    known_at       the instant at which the leg's bar of the session is complete
    tradable_from  the instant of the bar's open, the first price of that session an order can get
    decided_at     the later of both known_at: no decision of session D is taken before
    before_open    the instant of a second decision, 00:00 UTC of D: crypto bars up to then are known, equity bars up
                   to the session before (`instants`)

A market may hold further legs, on the same sessions, for strategies that hold more than a pair: each with its own
clock, and `decided_at` the latest `known_at` of them all. What reads the pair, signals of co-movement and the
statements, reads the first two.

The crypto leg's return from one session to the next compounds all the days between, weekends included. Prices are
never carried forward, and nothing here repairs data: sources check them before a Market is made. Series beside the pair
(`context`) hold at each session what was known of them at its `decided_at`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from unlockstep.signals.context import BRIDGE, ContextSeries, SeriesField, fingerprint, series_in
from unlockstep.signals.errors import DataError, HistoryError, StudyError
from unlockstep.signals.identity import AROUND_THE_CLOCK, Clock, Identity
from unlockstep.signals.risk_free import SESSIONS_PER_YEAR as SESSIONS_PER_YEAR
from unlockstep.signals.risk_free import RiskFree

PairLeg = Literal["crypto", "equity"]
LegName: TypeAlias = str
"""A leg as signals name it: "crypto" and "equity", the pair's, or any leg by its ticker."""

Instant = Literal["before_open", "open", "after_close"]
"""When a value of session D is known: before the exchange opens, at 00:00 UTC of D; with the first price of D; or when
the bars of D are complete, `decided_at`."""

INSTANTS: tuple[Instant, ...] = ("before_open", "open", "after_close")

MOST_LEGS = 20
"""Legs of a market at most."""

Floats = NDArray[np.float64]


def read_only(values: object) -> Floats:
    """A float64 copy that refuses to be written to."""
    array = np.array(values, dtype=np.float64)
    array.flags.writeable = False
    return array


@dataclass(frozen=True, eq=False)
class Leg:
    """One leg of a market, on its sessions.

    `open` and `close` are arrays of T prices adjusted for dividends and splits, and so are `high` and `low`, None where
    the source has none; `volume` holds T counts as the source counts them, NaN where a bar has none, None where no bar
    has. `tradable_from` and `known_at` hold T UTC instants, the open and the close of each session's bar. `adjusted`
    says whether the returns include dividends: None where the source had no adjusted close, so that it is unknown,
    False where dividends can be seen in neither its closes nor its adjusted closes. `identity` is None in markets made
    by hand. `traded` holds the T closes as the source has them before dividends are taken out, whose digits say how
    exact the adjusted ones are; None where it has no others. `before_open` holds, of a leg that trades around the
    clock, the T closes of the bars that end at 00:00 UTC of each session's date, the last ones known before exchanges
    open; NaN where the source has no bar of the day before. None for a leg that trades in sessions.
    """

    ticker: str
    clock: Clock
    open: Floats
    close: Floats
    tradable_from: pd.DatetimeIndex
    known_at: pd.DatetimeIndex
    adjusted: bool | None = True
    identity: Identity | None = None
    traded: Floats | None = None
    high: Floats | None = None
    low: Floats | None = None
    volume: Floats | None = None
    before_open: Floats | None = None

    @property
    def canonical(self) -> str:
        """The ticker as fingerprints spell it, see `Identity`."""
        return self.ticker if self.identity is None else self.identity.canonical

    @property
    def has_opens(self) -> bool:
        """False where the open of every bar is its close, as sources that know no opens have it."""
        return not np.allclose(self.open, self.close, rtol=1e-12, atol=0.0)

    def series(self, field: SeriesField | Literal["before_open"]) -> Floats:
        """T prices of this field, or volumes; DataError where the source has none."""
        if field != "before_open":
            return series_in(self, field, self.ticker)
        if self.before_open is None and self.clock == AROUND_THE_CLOCK:
            raise DataError(
                f"{self.ticker} has no price at 00:00 UTC here: the exchange rate that converts it rests on weekends",
                name=self.ticker,
                remedy="what moves in closed hours is read without --fx, of a ticker in the currency of the other leg",
            )
        if self.before_open is None:
            raise DataError(
                f"{self.ticker} has no price at 00:00 UTC, while the exchanges are closed",
                name=self.ticker,
                remedy="what moves in closed hours is read of a ticker that trades around the clock, such as ETH-USD",
            )
        return self.before_open

    def slice(self, start: int, stop: int) -> "Leg":
        """The same leg on the sessions numbered start to stop - 1."""
        part = slice(start, stop)
        high, low, volume, before_open = (
            None if v is None else v[part] for v in (self.high, self.low, self.volume, self.before_open)
        )
        return Leg(
            self.ticker,
            self.clock,
            self.open[part],
            self.close[part],
            self.tradable_from[part],
            self.known_at[part],
            self.adjusted,
            self.identity,
            None if self.traded is None else self.traded[part],
            high,
            low,
            volume,
            before_open,
        )


def check_tickers(tickers: Sequence[str]) -> None:
    """Raise DataError unless these are the tickers of 2 to 20 legs, each once."""
    for ticker in tickers:
        if tickers.count(ticker) > 1:
            raise DataError(
                f"The legs name {ticker} twice" if len(tickers) > 2 else f"The pair names {ticker} twice",
                name=ticker,
                remedy="each leg needs another ticker" if len(tickers) > 2 else "a pair needs two tickers",
            )
    if not 2 <= len(tickers) <= MOST_LEGS:
        raise DataError(
            f"There {'is 1 leg' if len(tickers) == 1 else f'are {len(tickers)} legs'}, where 2 to {MOST_LEGS} make a "
            "market",
            name="legs",
            limit=MOST_LEGS if len(tickers) > MOST_LEGS else 2,
            remedy="name another ticker" if len(tickers) < 2 else "leave some out",
        )


@dataclass(frozen=True, eq=False)
class Market:
    """A pair, and further legs where a study names some, on one decision clock; see the module's docstring.

    sessions:   T tz-naive dates, strictly increasing, named "session"
    source:     where the prices came from, in words
    synthetic:  True when the prices were drawn by a random generator
    notes:      what a reader of any result must know of the prices
    risk_free:  what cash earns on these sessions; None for nothing
    context:    series beside the legs, as they are known when the decision of each session is taken
    further:    the legs after the pair, 18 at most
    """

    sessions: pd.DatetimeIndex
    crypto: Leg
    equity: Leg
    source: str
    synthetic: bool = False
    retrieved_at: str | None = None
    notes: tuple[str, ...] = ()
    risk_free: RiskFree | None = None
    context: tuple[ContextSeries, ...] = ()
    further: tuple[Leg, ...] = ()

    def __post_init__(self) -> None:
        check_tickers(self.tickers)
        if not (self.sessions.is_unique and self.sessions.is_monotonic_increasing):
            raise DataError("The sessions of a market must be unique and in order", name="sessions")
        for leg in self.legs:
            for name in ("open", "high", "low", "close"):
                prices = getattr(leg, name)
                if prices is None:
                    continue
                if len(prices) != len(self.sessions):
                    raise DataError(
                        f"{leg.ticker}: {len(prices)} {name} prices for {len(self.sessions)} sessions",
                        name=leg.ticker,
                        limit=len(self.sessions),
                    )
                bad = ~(np.isfinite(prices) & (prices > 0))
                if bad.any():
                    first = self.sessions[int(np.argmax(bad))].date()
                    raise DataError(
                        f"{leg.ticker}: the {name} of {first} is not a positive finite number",
                        name=leg.ticker,
                        dates=[first],
                        remedy="correct the row at its source, or choose a period without it",
                    )
            if leg.before_open is not None and not (np.isnan(leg.before_open) | (leg.before_open > 0)).all():
                raise DataError(f"{leg.ticker}: its prices before the open must be positive or NaN", name=leg.ticker)
            if leg.volume is not None and (len(leg.volume) != len(self.sessions) or (leg.volume < 0).any()):
                raise DataError(
                    f"{leg.ticker}: its volumes are {len(leg.volume)} for {len(self.sessions)} sessions, or below zero",
                    name=leg.ticker,
                    limit=len(self.sessions),
                )
            if not (leg.tradable_from < leg.known_at).all():
                raise DataError(f"{leg.ticker}: a bar must open before it closes", name=leg.ticker)
        for series in self.context:
            series.check(self.sessions, self.decided_at)
        cash = self.cash_returns
        if len(cash) != len(self.sessions) or not (np.isfinite(cash) & (cash > -1)).all():
            raise DataError(
                f"What cash earns is {len(cash)} returns on {len(self.sessions)} sessions, or not finite, or its ruin",
                name="risk_free",
                limit=len(self.sessions),
                remedy="give one finite simple return above -1 a session",
            )

    @property
    def legs(self) -> tuple[Leg, ...]:
        """All N legs, the pair first, crypto before equity."""
        return self.crypto, self.equity, *self.further

    @property
    def tickers(self) -> tuple[str, ...]:
        """The tickers of all legs."""
        return tuple(leg.ticker for leg in self.legs)

    @property
    def pair_legs(self) -> tuple[Leg, Leg]:
        """The first two legs, crypto first."""
        return self.crypto, self.equity

    @property
    def pair(self) -> tuple[str, str]:
        """The tickers of the pair, crypto first."""
        return self.crypto.ticker, self.equity.ticker

    @property
    def span(self) -> tuple[date, date]:
        """The first and the last session."""
        return self.sessions[0].date(), self.sessions[-1].date()

    @cached_property
    def decided_at(self) -> pd.DatetimeIndex:
        """T UTC instants: when the bars of all legs of a session are known, so that its decision can be taken."""
        instants = [leg.known_at.tz_convert(None).to_numpy() for leg in self.legs]
        return pd.DatetimeIndex(np.maximum.reduce(instants)).tz_localize("UTC")

    def instants(self, available: Instant) -> pd.DatetimeIndex:
        """T UTC instants at which what is so available of each session is known, of all legs.

        before_open: bars of legs around the clock up to 00:00 UTC of the session's date, and of the others up to the
        session before.
        """
        if available == "after_close":
            return self.decided_at
        parts = []
        for leg in self.legs:
            opens = leg.tradable_from.tz_convert(None).to_numpy()
            if available == "before_open" and leg.before_open is None:
                opens = np.concatenate([opens[:1], leg.known_at.tz_convert(None).to_numpy()[:-1]])
                opens[0] = np.datetime64(self.sessions[0])
            parts.append(opens)
        return pd.DatetimeIndex(np.maximum.reduce(parts)).tz_localize("UTC")

    @cached_property
    def cash_returns(self) -> Floats:
        """T simple returns of cash, each from the session before; see `RiskFree`."""
        return np.zeros(len(self.sessions)) if self.risk_free is None else self.risk_free.returns

    @property
    def close(self) -> pd.DataFrame:
        """T x 2 adjusted closes, columns crypto and equity."""
        return self._frame(self.crypto.close, self.equity.close)

    @property
    def log_returns(self) -> pd.DataFrame:
        """T x 2 log returns from session to session, columns crypto and equity; the first row is NaN."""
        logs = [np.log(leg.close) for leg in self.pair_legs]
        return self._frame(*(np.diff(values, prepend=np.nan) for values in logs))

    def _frame(self, crypto: Floats, equity: Floats) -> pd.DataFrame:
        return pd.DataFrame({"crypto": crypto, "equity": equity}, index=self.sessions)

    def leg(self, name: LegName) -> Leg:
        """The leg by its name, "crypto", "equity" or a ticker; StudyError where the market holds none of that name."""
        return self.legs[self.place(name)]

    def place(self, name: LegName) -> int:
        """The number of that leg, counted from 0; raises what `leg` raises."""
        names = ("crypto", "equity") if name in ("crypto", "equity") else self.tickers
        if name in names:
            return names.index(name)
        raise StudyError(
            f"The market holds no leg '{name}', but {', '.join(self.tickers)}",
            name=name,
            choices=("crypto", "equity", *self.tickers),
            remedy="crypto and equity name the first two; others are named by their tickers, which the study lists in "
            "legs (--legs)",
        )

    def context_series(self, name: str) -> ContextSeries:
        """The series of that name; StudyError where the market holds none, which the study has to name."""
        for series in self.context:
            if series.name == name:
                return series
        choices = [series.name for series in self.context]
        if name.startswith(BRIDGE):
            raise StudyError(
                f"The market holds no {name} between {' and '.join(self.pair)}",
                name=name,
                choices=choices,
                remedy='name the bridges in the study, such as bridges = ["BTC-USD", "SPY"], or with --bridges '
                "BTC-USD,SPY, and bring the prices of each in the legs' source",
            )
        raise StudyError(
            f"The market holds no series '{name}' beside {' and '.join(self.tickers)}"
            + (f", but {', '.join(choices)}" if choices else ""),
            name=name,
            choices=choices,
            remedy=f'name its source in the study, [context] {name} = "TICKER" or {name} = {{ file = "{name}.csv", '
            f'known_after = "14 days" }}, or with --context {name}=TICKER',
        )

    def slice(self, start: int = 0, stop: int | None = None) -> "Market":
        """The market on the sessions numbered start to stop - 1, as if nothing else had ever been seen.

        Raises HistoryError when no session is left.
        """
        stop = len(self.sessions) if stop is None else stop
        if stop <= start:
            raise HistoryError("The period holds no session", remedy="choose other dates")
        return Market(
            self.sessions[start:stop],
            self.crypto.slice(start, stop),
            self.equity.slice(start, stop),
            self.source,
            self.synthetic,
            self.retrieved_at,
            self.notes,
            None if self.risk_free is None else self.risk_free.slice(start, stop),
            tuple(series.slice(start, stop) for series in self.context),
            tuple(leg.slice(start, stop) for leg in self.further),
        )

    @cached_property
    def sha256(self) -> str:
        """Fingerprint of legs, sessions, clocks and prices: two markets with the same one give the same decisions."""
        digest = hashlib.sha256("|".join(f"{leg.canonical}/{leg.clock}" for leg in self.legs).encode())
        digest.update(self.sessions.values.astype("M8[D]").astype("<i8").tobytes())
        for leg in self.legs:
            digest.update(leg.open.astype("<f8").tobytes() + leg.close.astype("<f8").tobytes())
            for instants in (leg.tradable_from, leg.known_at):
                digest.update(instants.tz_convert(None).values.astype("M8[s]").astype("<i8").tobytes())
        return digest.hexdigest()

    def series_of(self, name: str) -> Floats:
        """T values of a series by its name as `Signal.reads` has it: "equity.high", or "vix" of the context.

        Raises what `Leg.series` and `context_series` raise.
        """
        if "." not in name:
            return self.context_series(name).close
        leg, _, field = name.rpartition(".")  # a ticker may have a dot
        return self.leg(leg).series(field)  # type: ignore[arg-type]

    def series_sha256(self, name: str) -> str:
        """Fingerprint of that series; of one of the context, all fields of it and when they were known."""
        return fingerprint(self.series_of(name)) if "." in name else self.context_series(name).sha256

    def __repr__(self) -> str:
        first, last = self.sessions[0].date(), self.sessions[-1].date()
        kind = "SYNTHETIC " if self.synthetic else ""
        return f"<{kind}Market {'/'.join(self.tickers)}: {len(self.sessions)} sessions, {first} to {last}>"
