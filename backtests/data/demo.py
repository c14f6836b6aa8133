"""The embedded demo: a seeded, openly SYNTHETIC market. No price in it ever existed.

`demo` is drawn from calendar-year facts of ETH and IWM: the volatility of each and their correlation, with volatility
that clusters and tails as fat as theirs. Given the past, every bar's expected simple return is the same constant, so no
rule of timing has edge by construction; holding has a drift, and whoever is often long is paid for exposure.

Highs, lows, volumes and ^VIX, a made-up index of expected volatility, are drawn apart, so that they change no close;
the index knows the variance that the next weeks are drawn with as little as the past does.

Further legs, BTC-USD and SPY, stand there for strategies that hold more than a pair: each moves with its own kind and
by itself, its expected simple return as constant as theirs.

`demo:edge` plants one: couplings and decouplings alternate in spells, and ETH drifts upwards while `break_entry` at its
defaults would hold it, downwards otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from unlockstep.backtests.data.align import make_market
from unlockstep.backtests.data.calendar import sessions_between
from unlockstep.backtests.data.demo_series import FURTHER as FURTHER
from unlockstep.backtests.data.demo_series import SHARES, autoregressive, vix_frame, with_highs_lows_volume
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats, Market
from unlockstep.strategies.break_entry import BreakEntry

FIRST, LAST = pd.Timestamp("2016-01-01"), pd.Timestamp("2025-12-31")
PAIR = ("ETH-USD", "IWM")
YEAR_FACTS = {  # annual volatility of daily log returns on sessions: ETH, IWM; their correlation
    2016: (1.351, 0.182, -0.138),
    2017: (1.375, 0.119, 0.090),
    2018: (1.079, 0.180, 0.103),
    2019: (0.763, 0.160, -0.017),
    2020: (1.021, 0.410, 0.454),
    2021: (1.076, 0.220, 0.214),
    2022: (0.886, 0.281, 0.561),
    2023: (0.489, 0.200, 0.145),
    2024: (0.671, 0.208, 0.429),
    2025: (0.709, 0.228, 0.508),
}
DRIFT = (0.90, 0.09)  # arithmetic, annual: ETH, IWM; exposure pays, as it did
IWM_EXPECTED = (np.expm1(DRIFT[1] / SESSIONS_PER_YEAR), 0.0)  # of IWM's simple returns over night, within the bar
LOG_VARIANCE = (0.75, 0.60)  # variance of the log of each day's variance: excess kurtosis near 3.3 and 2.5
CLUSTERING = 0.95  # session-to-session persistence of the common half of volatility
OVERNIGHT = 0.3  # share of IWM's variance that falls before its open
CALENDAR_DAYS = 365.25
SPELL = 120  # mean sessions of a coupled or decoupled spell in demo:edge
SPELL_CORRELATION = (0.60, -0.15)
PLANTED = 4.5  # demo:edge: annual difference in ETH's drift between the planted windows and the rest


@dataclass(frozen=True)
class _Draw:
    """One draw of the random numbers: everything but ETH's drift."""

    sessions: pd.DatetimeIndex
    days: pd.DatetimeIndex
    eth_noise: Floats  # a log return with expected simple return 0, for each day
    iwm_overnight: Floats  # likewise, for each session
    iwm_intraday: Floats


def demo_market(
    *,
    edge: bool,
    seed: int,
    start: pd.Timestamp | None = None,
    end: pd.Timestamp | None = None,
    further: Sequence[str] = (),
) -> Market:
    """The synthetic market of a seed, 2016 to 2025; `edge` plants one. The same seed gives the same prices.

    further: legs after the pair, of FURTHER.
    """
    frames, source = demo_frames(edge=edge, seed=seed, further=further), source_of(edge=edge, seed=seed)
    return make_market(frames, (*PAIR, *further), start=start, end=end, source=source, synthetic=True)


def source_of(*, edge: bool, seed: int) -> str:
    """What a result calls the demo."""
    kind = "one planted edge" if edge else "no edge by construction"
    return f"SYNTHETIC demo market, seed {seed}, {kind}"


def demo_frames(*, edge: bool, seed: int, further: Sequence[str] = ()) -> dict[str, pd.DataFrame]:
    """The price frames of the pair, and of these further legs."""
    frames = _priced(edge=edge, seed=seed)
    rng = np.random.default_rng([seed, 0xDE31])
    volumes = SHARES["crypto"], SHARES["equity"]
    pair = {t: with_highs_lows_volume(frames[t], v, rng) for t, v in zip(PAIR, volumes, strict=True)}
    return pair | {ticker: _further(ticker, frames, seed) for ticker in further}


def _further(ticker: str, frames: dict[str, pd.DataFrame], seed: int) -> pd.DataFrame:
    """The price frame of a further leg: a share of the moves of one of the pair, and moves of its own."""
    kind, share, relative, drift = FURTHER[ticker]
    rng = np.random.default_rng([seed, 0xDE33, list(FURTHER).index(ticker)])
    a_year = CALENDAR_DAYS if kind == PAIR[0] else SESSIONS_PER_YEAR
    count = len(frames[kind])
    moves = np.full(count, share), np.full(count, relative), np.full(count, drift / a_year)
    expected = night_and_day(frames[kind]).mean(axis=1)
    frame = following(frames[kind], expected, *moves, rng.standard_normal((2, count)))
    return with_highs_lows_volume(frame, SHARES["crypto" if kind == PAIR[0] else "equity"], rng)


def night_and_day(frame: pd.DataFrame) -> Floats:
    """2 x bars: simple returns over the night before each bar, and within it."""
    opens, closes = frame["open"].to_numpy(), frame["close"].to_numpy()
    return np.stack([opens / np.concatenate([opens[:1], closes[:-1]]) - 1.0, closes / opens - 1.0])


def following(
    of: pd.DataFrame, expected: Floats, share: Floats, specific: Floats, drift: Floats, shocks: Floats
) -> pd.DataFrame:
    """The bars of a ticker that takes a share in the moves of another, and has moves of its own.

    expected: the other's mean return over night and within the bar, in which it takes no share.  share, drift: of each
    bar, the drift a simple return.  specific: volatility of its own moves in each bar, in that of the other's.
    shocks: 2 x bars, standard normal: over night, within the bar.
    """
    moves = [
        share * (part - mean) + np.expm1(_fair((specific * part.std()) ** 2, shock))
        for part, mean, shock in zip(night_and_day(of), expected, shocks, strict=True)
    ]
    night, day = np.log1p(moves[0]), np.log1p(moves[1] + drift)
    logs = np.cumsum(night + day)
    frame = _frame(pd.DatetimeIndex(of.index), 50.0 * np.exp(logs - day), 50.0 * np.exp(logs))
    return frame.assign(adj_close=frame["close"]) if "adj_close" in of else frame


def demo_vix(*, edge: bool, seed: int) -> pd.DataFrame:
    """The price frame of the demo's ^VIX."""
    draw, day_drift = _drawn(edge=edge, seed=seed)
    return vix_frame(_frames(draw, day_drift)[PAIR[1]], np.random.default_rng([seed, 0xDE32]))


def _priced(*, edge: bool, seed: int) -> dict[str, pd.DataFrame]:
    """The frames of both tickers, each bar no longer than its body."""
    draw, day_drift = _drawn(edge=edge, seed=seed)
    return _frames(draw, day_drift + _planted(draw, day_drift) if edge else day_drift)


def _drawn(*, edge: bool, seed: int) -> tuple[_Draw, Floats]:
    """(the draw of a seed, ETH's drift a day without a plant)."""
    draw = _draw(np.random.default_rng([seed, 0xDE30]), spells=edge)
    return draw, np.full(len(draw.days), DRIFT[0] / CALENDAR_DAYS)


def _draw(rng: np.random.Generator, *, spells: bool) -> _Draw:
    sessions = sessions_between(FIRST, LAST)
    days = pd.date_range(FIRST, LAST, freq="D", unit="us")
    session_facts = np.array([YEAR_FACTS[year] for year in sessions.year])
    day_volatility = np.array([YEAR_FACTS[year][0] for year in days.year])
    correlation = spelled(rng, len(sessions)) if spells else session_facts[:, 2]

    clusters = autoregressive(rng, len(days), CLUSTERING)
    on_session = days.searchsorted(sessions)
    log_u = [
        np.sqrt(variance) * np.sqrt(0.5) * (clusters + rng.standard_normal(len(days))) for variance in LOG_VARIANCE
    ]
    eth_variance = day_volatility**2 / CALENDAR_DAYS * np.exp(log_u[0] - LOG_VARIANCE[0] / 2)
    iwm_scale = np.exp(log_u[1][on_session] - LOG_VARIANCE[1] / 2)
    iwm_variance = session_facts[:, 1] ** 2 / SESSIONS_PER_YEAR * iwm_scale

    # The shock shared with IWM sits in ETH's bar of the session alone, yet the correlation is one of returns between
    # sessions, weekends included; and volatilities that differ from day to day dilute it. Both are made up for.
    dilution = np.exp(-sum(LOG_VARIANCE) / 8 + np.sqrt(LOG_VARIANCE[0] * LOG_VARIANCE[1]) / 8)
    loading = correlation * np.sqrt(CALENDAR_DAYS / SESSIONS_PER_YEAR) / dilution
    overnight, intraday, eth_only = rng.standard_normal((3, len(sessions)))
    shared = np.sqrt(OVERNIGHT) * overnight + np.sqrt(1 - OVERNIGHT) * intraday
    eth_shock = rng.standard_normal(len(days))
    eth_shock[on_session] = loading * shared + np.sqrt(1 - loading**2) * eth_only

    return _Draw(
        sessions,
        days,
        eth_noise=_fair(eth_variance, eth_shock),
        iwm_overnight=_fair(OVERNIGHT * iwm_variance, overnight),
        iwm_intraday=_fair((1 - OVERNIGHT) * iwm_variance, intraday),
    )


def _fair(variance: Floats, shock: Floats) -> Floats:
    """Log returns whose expected simple return is zero whatever the variance: E[exp(x)] = 1."""
    return np.sqrt(variance) * shock - variance / 2


def spelled(rng: np.random.Generator, sessions: int) -> Floats:
    """Correlations that alternate between coupled and decoupled, in spells of half to one and a half times SPELL."""
    lengths = rng.integers(SPELL // 2, SPELL * 3 // 2, size=2 * sessions // SPELL + 2)
    return np.repeat(np.resize(SPELL_CORRELATION, len(lengths)), lengths)[:sessions]


def _planted(draw: _Draw, day_drift: Floats) -> Floats:
    """Extra drift a day: high while `break_entry` at its defaults holds ETH, low otherwise, zero on average.

    Which sessions those are is read off the market without the plant, whose correlations are all but the same; each
    one follows its onset by the session of the fill, so the plant is something that a trader could have earned.
    """
    extra = PLANTED * planted_sessions(_frames(draw, day_drift), PAIR)
    session_of_day = np.minimum(draw.sessions.searchsorted(draw.days), len(draw.sessions) - 1)
    return np.asarray(extra[session_of_day] / CALENDAR_DAYS)


def planted_sessions(frames: dict[str, pd.DataFrame], pair: tuple[str, str]) -> Floats:
    """1 in each session whose return `break_entry` at its defaults earns on this pair, 0 otherwise; less its mean."""
    market = make_market(frames, pair, start=None, end=None, source="SYNTHETIC", synthetic=True)
    decided = BreakEntry().decide(market)
    holds_first = decided.weights_in_force(market.sessions)[pair[0]].fillna(0.0).to_numpy() > 0
    # decided at D, filled at D+1's close, earns from D+2's return
    earns = np.concatenate([[False, False], holds_first[:-2]])
    return np.asarray(earns - earns.mean())


def _frames(draw: _Draw, day_drift: Floats) -> dict[str, pd.DataFrame]:
    eth_close = 1.0 * np.exp(np.cumsum(draw.eth_noise + day_drift))
    eth_open = np.concatenate([[1.0], eth_close[:-1]])
    iwm_drift = DRIFT[1] / SESSIONS_PER_YEAR
    before_close = np.cumsum(draw.iwm_overnight + draw.iwm_intraday + iwm_drift) - draw.iwm_intraday
    iwm_open = 100.0 * np.exp(before_close)
    iwm_close = iwm_open * np.exp(draw.iwm_intraday)
    return {
        PAIR[0]: _frame(draw.days, eth_open, eth_close),
        PAIR[1]: _frame(draw.sessions, iwm_open, iwm_close).assign(adj_close=iwm_close),
    }


def _frame(dates: pd.DatetimeIndex, opens: Floats, closes: Floats) -> pd.DataFrame:
    highs, lows = np.maximum(opens, closes), np.minimum(opens, closes)
    return pd.DataFrame({"open": opens, "high": highs, "low": lows, "close": closes}, index=dates.rename("date"))
