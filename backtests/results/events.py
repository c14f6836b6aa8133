"""The event study: what followed each break and each recoupling, against what follows at any time.

Moves are in logs, which add up over time and treat a doubling and a halving alike; a leg's mean is what compounding
leaves. An event of session D is known when both bars of D are complete, so what follows begins at the close of D + lag
and a horizon of h sessions ends at the close of D + lag + h. The spread is the crypto leg's move less beta times the
equity leg's, with the beta known at D: a log, and no account's return, which would take trading every session.

Events whose windows share sessions, those less than a horizon apart, are one *episode*, chains of them included: they
are no independent evidence. (An episode of `results.episodes` is another thing: a stretch of constant weights.) The
estimate is the mean after the events less the mean over all sessions of the sample. Its interval is Student's with
E − 1 degrees of freedom, E the number of episodes, and the error of the jackknife that leaves out one episode at a time
(the CV3 of MacKinnon, Nielsen and Webb 2023); without overlaps this is the ordinary t interval with an event as the
unit. Nothing is assumed about the sessions within a window; volatilities that differ from episode to episode make it
wider than need be rather than too narrow (Ibragimov and Müller 2010). The usual bootstrap, percentiles of resampled
episodes, covers 76 to 95 % with 4 to 10 events; this covers 94 to 99 %, see docs/method.md.

The p-value compares t with that of the same events moved together by every possible number of sessions, in a circle: as
many random dates, with the spacing that the events have. Windows that would reach past the end are left out at each
shift as they are in truth.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from unlockstep.signals import Beta, Signal, SignalCache
from unlockstep.signals.breakdown import onsets
from unlockstep.signals.market import Floats

Ints = NDArray[np.int64]
Kind = Literal["break", "recoupling"]
Series = Literal["crypto", "equity", "spread"]
Side = Literal["higher", "lower", ""]

KINDS: tuple[Kind, ...] = ("break", "recoupling")
SERIES: tuple[Series, ...] = ("crypto", "equity", "spread")
HORIZONS = (1, 5, 20, 60, 120)
MIN_EPISODES = 5
"""Of fewer, Student's interval leans on a normality that nothing vouches for: they decide nothing."""

SIZE = 0.05
"""A p up to which something is said: that of one effect by itself, or that of the whole family."""

LEVEL = 1 - SIZE
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
TINY = 1e-12


@dataclass(frozen=True)
class Effect:
    """What followed n events over one horizon, and at any time. Log moves; NaN where there is none.

    horizon:     sessions
    events:      those whose window is over
    unfinished:  those whose window is not
    episodes:    of the former, with windows that share no session
    after:       mean move after the events
    always:      mean move over all sessions of the sample
    estimate:    after less always
    ci:          95 % interval of the estimate; NaN with fewer than 2 episodes
    p:           two-sided, against the same events at every other date; NaN likewise
    """

    horizon: int
    events: int
    unfinished: int
    episodes: int
    after: float
    always: float
    estimate: float
    ci: tuple[float, float]
    p: float

    @property
    def decides(self) -> bool:
        """False with fewer than MIN_EPISODES episodes."""
        return self.episodes >= MIN_EPISODES

    @property
    def side(self) -> Side:
        """Higher or lower than at any time, where the effect decides and interval and p both leave chance out; else "".

        By itself: what looking at many effects does to chance is the family's.
        """
        low, high = self.ci
        if not self.decides or not self.p <= SIZE or not (low > 0 or high < 0):
            return ""
        return "higher" if low > 0 else "lower"


@dataclass(frozen=True)
class Family:
    """All effects that decide, looked at together.

    looks: how many.  smallest_p: the smallest of their p-values.  p: share of the shifts at which the smallest p is as
    small (min-P of Westfall and Young 1993); NaN where there are none.
    """

    looks: int
    smallest_p: float
    p: float


@dataclass(frozen=True, eq=False)
class EventSample:
    """The N sessions on which an event could have been seen and hedged, and the events among them.

    first:     number of the sample's first session in the market
    logs:      N x 2 log closes, crypto first
    beta:      N, as known at each session
    events:    kind → numbers of their sessions within the sample, ascending
    left_out:  kind → number of events before beta was known
    lag:       sessions from the one of an event to the first close at which it is traded, as in the engine
    """

    first: int
    logs: Floats
    beta: Floats
    events: dict[Kind, Ints]
    left_out: dict[Kind, int]
    lag: int = 1

    def moves(self, horizon: int) -> dict[Series, Floats]:
        """Series → N log moves over `horizon` sessions from the first tradable close; NaN past the end."""
        crypto, equity = (forward(self.logs[:, leg], horizon, self.lag) for leg in (0, 1))
        return {"crypto": crypto, "equity": equity, "spread": crypto - self.beta * equity}


def sample_of(signal_cache: SignalCache, signal: Signal, lag: int = 1) -> EventSample | None:
    """The sample of a state signal (1 decoupled, 0 coupled, NaN unknown).

    It begins with the first session at which two successive states and the beta are known; None without such.
    """
    state, beta = signal_cache.values(signal), signal_cache.values(Beta())
    flags: dict[Kind, Floats] = {"break": onsets(state), "recoupling": onsets(1.0 - state)}
    defined = np.isfinite(flags["break"]) & np.isfinite(beta)
    if not defined.any():
        return None
    first = int(np.argmax(defined))
    return EventSample(
        first,
        np.log(signal_cache.market.close.to_numpy()[first:]),
        beta[first:],
        {kind: np.flatnonzero(flag[first:] == 1.0) for kind, flag in flags.items()},
        {kind: int((flag[:first] == 1.0).sum()) for kind, flag in flags.items()},
        lag,
    )


def forward(logs: Floats, horizon: int, lag: int) -> Floats:
    """Length N: the move from the close of D + lag to that of D + lag + horizon; NaN where that is past the end."""
    moves = np.full(len(logs), np.nan)
    last = len(logs) - lag - horizon
    if last > 0:
        moves[:last] = logs[lag + horizon :] - logs[lag : lag + last]
    return moves


def episodes(events: Ints, horizon: int) -> Ints:
    """The number of each event's episode, from 0 on: a new one where the event before is at least a horizon ago."""
    return np.concatenate([np.zeros(min(len(events), 1), dtype=np.int64), np.cumsum(np.diff(events) >= horizon)])


def jackknife(values: Floats, episode: Ints) -> tuple[Floats, Floats, Ints]:
    """(mean, its error, number of episodes) of each row of S x n values; NaN values are left out.

    episode: the number of each column's episode. Mean NaN without a value, error NaN with fewer than 2 episodes.
    """
    finite = np.isfinite(values)
    member = episode[:, None] == np.arange(episode.max(initial=-1) + 1)
    sums = np.where(finite, values, 0.0) @ member
    sizes = finite.astype(float) @ member
    total, size = sums.sum(axis=1), sizes.sum(axis=1)
    present = sizes > 0
    count = present.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / size
        without = (total[:, None] - sums) / (size[:, None] - sizes)
        squares = np.where(present, (without - mean[:, None]) ** 2, 0.0).sum(axis=1)
        error = np.sqrt((count - 1) / count * squares)
    return mean, np.where(count > 1, error, np.nan), count


def effect(moves: Floats, events: Ints, horizon: int) -> tuple[Effect, Floats]:
    """The effect of the events on N moves over one horizon, and |t| at each of the N shifts of the events.

    moves: NaN where the window is not over. The first shift is the true dates; |t| is NaN where fewer than two
    episodes are left.
    """
    always = float(np.nanmean(moves)) if np.isfinite(moves).any() else float("nan")
    shifted = (events[None, :] + np.arange(len(moves))[:, None]) % len(moves)
    mean, error, count = jackknife(moves[shifted] - always, episodes(events, horizon))
    t = np.abs(np.divide(mean, error, out=np.full(len(mean), np.nan), where=error > TINY))
    over = int(np.isfinite(moves[events]).sum())
    half = float(student_quantile(int(count[0]) - 1) * error[0]) if count[0] > 1 else float("nan")
    estimate = float(mean[0])
    measured = Effect(
        horizon=horizon,
        events=over,
        unfinished=len(events) - over,
        episodes=int(count[0]),
        after=estimate + always,
        always=always,
        estimate=estimate,
        ci=(estimate - half, estimate + half),
        p=float(_ranked(t)[0]) if np.isfinite(t[0]) else float("nan"),
    )
    return measured, t


def effect_after(
    signal_cache: SignalCache, signal: Signal, kind: Kind = "break", series: Series = "crypto", horizon: int = 60
) -> Effect:
    """One effect: what followed the breaks (or recouplings) of a state signal in one series over one horizon.

    The same figures as the row of `unlockstep events`. With no event, or a market too short, only zeros and NaN.
    """
    sample = sample_of(signal_cache, signal)
    if sample is None:
        nan = float("nan")
        return Effect(horizon, 0, 0, 0, nan, nan, nan, (nan, nan), nan)
    return effect(sample.moves(horizon)[series], sample.events[kind], horizon)[0]


def effects(sample: EventSample) -> tuple[dict[tuple[Kind, Series], list[Effect]], Family]:
    """Every kind and series → its effects at all HORIZONS; and those that decide together."""
    table: dict[tuple[Kind, Series], list[Effect]] = {(kind, series): [] for kind in KINDS for series in SERIES}
    deciding = []
    for horizon in HORIZONS:
        moves = sample.moves(horizon)
        for kind, series in table:
            one, t = effect(moves[series], sample.events[kind], horizon)
            table[kind, series].append(one)
            if one.decides and np.isfinite(one.p):
                deciding.append(t)
    return table, together(deciding)


def together(ts: Sequence[Floats]) -> Family:
    """The smallest p of several effects, and how often the shifts bring one as small; |t| at N common shifts each."""
    if not ts:
        return Family(0, float("nan"), float("nan"))
    smallest = np.min([_ranked(t) for t in ts], axis=0)
    return Family(len(ts), float(smallest[0]), float((smallest <= smallest[0] + TINY).mean()))


def _ranked(t: Floats) -> Floats:
    """Length N: the share of the shifts with as large a |t| as each one has; 1 where it has none."""
    ordered = np.sort(t[np.isfinite(t)])
    above = len(ordered) - np.searchsorted(ordered, np.where(np.isfinite(t), t, -1.0) - TINY)
    return np.asarray(above / max(len(ordered), 1))


def student_quantile(freedom: int) -> float:
    """The quantile of Student's t that leaves LEVEL between itself and its negative."""
    from scipy.stats import t as student

    return float(student.ppf(0.5 + LEVEL / 2, freedom))


@dataclass(frozen=True, eq=False)
class Fan:
    """The paths of one series over 0 … H sessions from the first tradable close. Log moves.

    quantiles: (H + 1) x 5, of all sessions of the sample at QUANTILES.  always: H + 1, their mean. Both NaN at horizons
               that the sample is too short for.
    paths:     kind → n x (H + 1), one row an event, NaN once the prices end.
    mean, low, high: kind → H + 1, mean after the events and its 95 % interval; NaN without event, or a second episode.
    """

    quantiles: Floats
    always: Floats
    paths: dict[Kind, Floats]
    mean: dict[Kind, Floats]
    low: dict[Kind, Floats]
    high: dict[Kind, Floats]


def fans(sample: EventSample, longest: int = HORIZONS[-1]) -> dict[Series, Fan]:
    """Series → its fan; at each of the HORIZONS the means and intervals are those of the table."""
    steps = [sample.moves(horizon) for horizon in range(1, longest + 1)]
    return {series: _fan(sample, np.array([moves[series] for moves in steps])) for series in SERIES}


def _fan(sample: EventSample, moves: Floats) -> Fan:
    """moves: H x N, for the horizons 1 … H."""
    over = np.isfinite(moves).any(axis=1)
    quantiles, always = np.full((len(moves) + 1, len(QUANTILES)), np.nan), np.full(len(moves) + 1, np.nan)
    quantiles[0], always[0] = 0.0, 0.0
    if over.any():
        quantiles[1:][over] = np.nanquantile(moves[over], QUANTILES, axis=1).T
        always[1:][over] = np.nanmean(moves[over], axis=1)
    paths: dict[Kind, Floats] = {}
    mean, low, high = {}, {}, {}
    for kind, events in sample.events.items():
        paths[kind] = np.hstack([np.zeros((len(events), 1)), moves[:, events].T])
        middle, half = np.zeros((2, len(moves) + 1)) if len(events) else np.full((2, len(moves) + 1), np.nan)
        for horizon in range(1, len(moves) + 1):
            centre, error, count = jackknife(paths[kind][None, :, horizon], episodes(events, horizon))
            middle[horizon] = centre[0]
            half[horizon] = student_quantile(int(count[0]) - 1) * error[0] if count[0] > 1 else np.nan
        mean[kind], low[kind], high[kind] = middle, middle - half, middle + half
    return Fan(quantiles, always, paths, mean, low, high)
