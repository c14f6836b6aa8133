"""The statements under test, S1 to S4: for each what the data say, with an estimate and a 95 % interval.

A finding begins with one of three words. "Supported" and "contradicted" need an interval that leaves the other side
out; anything else is "cannot tell". The intervals are of each statement alone, not adjusted for asking six questions.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from backtests.results.bootstrap import circular_block, interval
from backtests.results.timing import circular_products
from signals import Beta, Breakdown, Gap, LevelCorrelation, Market, Readings, Response, YoY
from signals.breakdown import DECOUPLED, onsets
from signals.market import SESSIONS_PER_YEAR, Floats
from signals.rolling import pearson

RECENT, BEFORE = 252, 756
HEAL, AHEAD = 120, 60
CHANGE_CRITICAL = (
    2.4  # simulated, see tests/test_calibration.py: 5 % of GARCH-t worlds of constant correlation exceed it
)
MIN_BREAKS = 5  # of fewer, Student's interval leans on a normality that nothing vouches for


@dataclass(frozen=True)
class Statement:
    """What the data say to one statement.

    finding: one sentence.  estimate, ci: NaN where the sample gives none.  unit: of both.  detail: further figures.
    null: the value that the interval must leave out.
    """

    finding: str
    estimate: float
    ci: tuple[float, float]
    unit: str
    detail: dict[str, Any] = field(default_factory=dict)
    null: float = 0.0


def judge_statements(readings: Readings, *, seed: int) -> dict[str, Statement]:
    """Every statement on the whole market that the readings are of."""
    market, values = readings.market, readings.values
    returns = market.log_returns.to_numpy()[1:]
    state = values(Breakdown())
    return {
        "S1": _weaker(returns, values(LevelCorrelation())),
        "S2": _muted(returns, values(YoY(leg="equity")), values(Response())),
        "S3a": _lasting(state, market.sessions),
        "S3b": _closing(market, values(Gap()), values(Beta())),
        "S3c": _leading(market, seed),
        "S4": _opportunity(market, onsets(state)),
    }


def _word(ci: tuple[float, float], *, above: bool, null: float = 0.0) -> str:
    """The finding's first word, of a statement that is true where the estimate lies above (or below) the null value."""
    if not np.isfinite(ci).all() or ci[0] <= null <= ci[1]:
        return "Cannot tell"
    return "Supported" if (ci[0] > null) == above else "Contradicted"


def _span(ci: tuple[float, float]) -> str:
    return f"95 % interval {ci[0]:+.2f} to {ci[1]:+.2f}"


_NOTHING = (float("nan"), float("nan"))


def _corr(x: Floats) -> float:
    """Correlation of the two columns; NaN where one does not vary."""
    return float(pearson(x[None, :, 0], x[None, :, 1])[0])


def _correlation_error(x: Floats, lag: int = 20) -> float:
    """HAC standard error of the correlation of T x 2 returns, by its influence function and Newey–West weights."""
    u = (x - x.mean(axis=0)) / x.std(axis=0)
    product = u[:, 0] * u[:, 1]
    influence = product - product.mean() * (u * u).sum(axis=1) / 2
    variance = (influence**2).mean()
    for k in range(1, lag + 1):
        variance += 2 * (1 - k / (lag + 1)) * (influence[k:] @ influence[:-k]) / len(x)
    return float(np.sqrt(max(variance, 0.0) / len(x)))


def _weaker(returns: Floats, level: Floats) -> Statement:
    """S1: correlation of daily log returns, the last 252 sessions less the 756 before.

    The critical value is simulated: volatility clusters make the normal one, 1.96, reject twice too often.
    """
    unit = "difference of correlations"
    if len(returns) < 2 * RECENT:
        return Statement(f"Cannot tell: under {2 * RECENT} sessions of returns.", float("nan"), _NOTHING, unit)
    recent, before = returns[-RECENT:], returns[-RECENT - BEFORE : -RECENT]
    now, then = _corr(recent), _corr(before)
    if not np.isfinite(now - then):
        return Statement("Cannot tell: the returns of a leg did not vary.", float("nan"), _NOTHING, unit)
    half = CHANGE_CRITICAL * float(np.hypot(_correlation_error(recent), _correlation_error(before)))
    ci = (now - then - half, now - then + half)
    return Statement(
        f"{_word(ci, above=False)}: the correlation of daily returns was {then:+.2f} in the {len(before)} sessions "
        f"before and {now:+.2f} in the last {RECENT}; change {now - then:+.2f}, {_span(ci)}. "
        f"The correlation of price levels, {level[-1]:+.2f} over 90 sessions, is no evidence either way.",
        now - then,
        ci,
        unit,
        {"recent": now, "before": then, "level_correlation": float(level[-1]), "sessions": [RECENT, len(before)]},
    )


def _shifted_slopes(x: Floats, y: Floats) -> Floats:
    """Least-squares slope of y on x at every circular shift of x against y, length T; the first is the true alignment.

    Their spread is the error of a slope between two series that move slowly but have nothing to do with each other.
    """
    dx, dy = x - x.mean(), y - y.mean()
    return np.asarray(circular_products(dx[:, None], dy)[:, 0] / (dx * dx).sum())


def _muted(returns: Floats, yoy: Floats, response: Floats) -> Statement:
    """S2: ETH's mean return while IWM's YoY is positive less while it is not, the later half less the earlier.

    Errors from shifting the state against the returns: it turns so slowly that blocks of it are too few to resample.
    """
    unit = "annual log return"
    state, ahead = yoy[:-1], returns[:, 0]  # the state of session D against the return from D to D + 1
    known = np.isfinite(state)
    up, ahead = (state[known] > 0).astype(float), ahead[known]
    half = len(up) // 2
    halves = ((up[:half], ahead[:half]), (up[half:], ahead[half:]))
    if half < RECENT or any(x.min() == x.max() for x, _ in halves):
        return Statement(
            "Cannot tell: the sample is short, or in one half of it IWM's year-over-year growth never changed sign.",
            float("nan"),
            _NOTHING,
            unit,
        )
    slopes = [_shifted_slopes(x, y) * SESSIONS_PER_YEAR for x, y in halves]
    (early, early_error), (late, late_error) = ((float(s[0]), float(s.std())) for s in slopes)
    change = late - early
    ci = _around(change, float(np.hypot(early_error, late_error)))
    judged = response[np.isfinite(response) & (yoy > 0)]
    return Statement(
        f"{_word(ci, above=False)}: a positive YoY of IWM went with {early:+.2f} a year more of ETH in the "
        f"earlier half and {late:+.2f} in the later one; change {change:+.2f}, {_span(ci)}.",
        change,
        ci,
        unit,
        {
            "lift_early": early,
            "lift_late": late,
            "lift_late_ci": list(_around(late, late_error)),
            "share_muted_recently": float((judged[-RECENT:] < 0.5).mean()) if len(judged) else float("nan"),
            "response_now": float(response[-1]),
        },
    )


def _lasting(state: Floats, sessions: pd.DatetimeIndex) -> Statement:
    """S3a: the share of breaks that had not healed 120 sessions after their onset; exact interval."""
    starts = np.flatnonzero(onsets(state) == 1.0)
    judged = starts[starts + HEAL < len(state)]
    lasted = [bool((state[start : start + HEAL + 1] == DECOUPLED).all()) for start in judged]
    n, share = len(lasted), float(np.mean(lasted)) if lasted else float("nan")
    ci = _exact_share(sum(lasted), n) if n else _NOTHING
    known = state[np.isfinite(state)]
    detail = {
        "breaks": n,
        "lasted": int(sum(lasted)),
        "onsets": [str(sessions[int(start)].date()) for start in starts],
        "share_decoupled": float((known == DECOUPLED).mean()) if len(known) else float("nan"),
        "now": "decoupled" if len(known) and known[-1] == DECOUPLED else "coupled" if len(known) else "unknown",
    }
    if not n:
        return Statement(
            f"Cannot tell: no break began at least {HEAL} sessions before the end.", share, ci, "share", detail
        )
    return Statement(
        f"{_word(ci, above=True, null=0.5)}: {sum(lasted)} of {n} breaks lasted more than {HEAL} sessions "
        f"({share:.0%}, 95 % interval {ci[0]:.0%} to {ci[1]:.0%}); today the pair is {detail['now']}.",
        share,
        ci,
        "share",
        detail,
        null=0.5,
    )


def _exact_share(successes: int, n: int) -> tuple[float, float]:
    """Clopper and Pearson's (1934) 95 % interval of a share: never too narrow; fewer than 6 cases decide nothing."""
    from scipy.stats import beta

    low = beta.ppf(0.025, successes, n - successes + 1) if successes > 0 else 0.0
    high = beta.ppf(0.975, successes + 1, n - successes) if successes < n else 1.0
    return float(low), float(high)


def _closing(market: Market, gap: Floats, beta: Floats) -> Statement:
    """S3b: slope of the spread's log move over the next 60 sessions on today's gap.

    Estimated as Hodrick (1992, his form 1B) does, from the next session's move and the sum of the last 60 gaps: the
    same slope without overlapping outcomes. Errors from shifting one against the other.
    """
    unit = f"log move of ETH less beta times IWM over {AHEAD} sessions, for each standard deviation of gap"
    returns = market.log_returns.to_numpy()[1:]
    spread = returns[:, 0] - beta[:-1] * returns[:, 1]  # from D to D + 1, with the beta known at D
    past = np.convolve(gap, np.ones(AHEAD))[: len(gap)][:-1]
    known = np.isfinite(past) & np.isfinite(spread)
    if known.sum() < 2 * RECENT:
        return Statement(f"Cannot tell: under {2 * RECENT} sessions with a gap.", float("nan"), _NOTHING, unit)
    # cov(next move, sum of past gaps) = cov(sum of next moves, gap), so only the variance has to be exchanged
    scale = past[known].var() / gap[:-1][known].var()
    slopes = _shifted_slopes(past[known], spread[known]) * scale
    slope = float(slopes[0])
    ci = _around(slope, float(slopes.std()))
    return Statement(
        f"{_word(ci, above=False)}: for each standard deviation by which ETH was ahead of its beta to IWM, "
        f"the next {AHEAD} sessions moved it by {slope:+.2f} (log) against IWM ({_span(ci)}); a closing gap makes this "
        "negative.",
        slope,
        ci,
        unit,
        {"gap_now": float(gap[-1]), "horizon": AHEAD, "observations": int(known.sum())},
    )


def _leading(market: Market, seed: int) -> Statement:
    """S3c: corr(ETH(t − k), IWM(t)) less corr(IWM(t − k), ETH(t)).

    k is the first lag at which the bars of the two clocks share no hour: 2 where the clocks differ, 1 otherwise.
    """
    unit = "difference of correlations"
    returns = market.log_returns.to_numpy()[1:]

    def lead(x: Floats) -> float:
        return _corr(x[:, :2]) - _corr(x[:, 2:])

    def pairs(lag: int) -> Floats:
        early, late = returns[:-lag], returns[lag:]
        return np.column_stack([early[:, 0], late[:, 1], early[:, 1], late[:, 0]])

    if len(returns) < RECENT:
        return Statement(f"Cannot tell: under {RECENT} sessions of returns.", float("nan"), _NOTHING, unit)
    apart = market.crypto.clock != market.equity.clock
    lag = 2 if apart else 1
    estimate = lead(pairs(lag))
    if not np.isfinite(estimate):
        return Statement("Cannot tell: the returns of a leg did not vary.", float("nan"), _NOTHING, unit)
    ci = _pair(interval(circular_block(pairs(lag), lead, seed=seed))[0])
    warning = " Lag one shares hours between the clocks and proves nothing." if apart else ""
    return Statement(
        f"{_word(ci, above=True)}: ETH's returns foreshadow IWM's {'two sessions' if apart else 'one session'} later "
        f"by {estimate:+.2f} more than the other way round ({_span(ci)}).{warning}",
        estimate,
        ci,
        unit,
        {"lag": lag, "at_lag_1": lead(pairs(1)), "at_lag_2": lead(pairs(2))},
    )


def _opportunity(market: Market, onset: Floats) -> Statement:
    """S4: ETH's mean log move over the 60 sessions after an onset less the unconditional mean; Student's interval."""
    unit = f"log move over {AHEAD} sessions"
    logs = np.log(market.crypto.close)
    moves = logs[AHEAD:] - logs[:-AHEAD]
    after = moves[np.flatnonzero(onset[:-AHEAD] == 1.0)]
    always = float(moves.mean()) if len(moves) else float("nan")
    detail = {
        "breaks": len(after),
        "after_a_break": float(after.mean()) if len(after) else float("nan"),
        "always": always,
    }
    if len(after) < 2:
        return Statement(f"Cannot tell: {len(after)} breaks to learn from.", float("nan"), _NOTHING, unit, detail)
    from scipy.stats import t as student

    estimate = float(after.mean() - always)
    half = float(student.ppf(0.975, len(after) - 1) * after.std(ddof=1) / np.sqrt(len(after)))
    ci = (estimate - half, estimate + half)
    word = _word(ci, above=True) if len(after) >= MIN_BREAKS else "Cannot tell"
    return Statement(
        f"{word}: in the {AHEAD} sessions after a break ETH moved {after.mean():+.2f} (log), against {always:+.2f} at "
        f"any time; difference {estimate:+.2f}, {_span(ci)}, from {len(after)} breaks "
        f"(fewer than {MIN_BREAKS} decide nothing).",
        estimate,
        ci,
        unit,
        detail,
    )


def _around(estimate: float, error: float) -> tuple[float, float]:
    return estimate - 1.96 * error, estimate + 1.96 * error


def _pair(bounds: Floats) -> tuple[float, float]:
    return float(bounds[0]), float(bounds[1])
