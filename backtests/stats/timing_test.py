"""The timing test: did the moments at which positions were held carry information?

Null hypothesis: given the path of exposures, its timing says nothing about the returns that follow.

In money: the timing return of a session, x = Σ over legs (w − w̄)(r − r̄), is what the positions earned beyond the
constant mix of their own average weights. Its annual information ratio is what a trader is paid for.

Statistic of the decision: the same sum with each return replaced by its score. A return is divided by a causal
estimate of its volatility, z = (r − r̄)/σ, and bent to ψ(z) = z/(1 + z²/ν), ν = 4, from its maximum at |z| = √ν on
held there: the location score of Student's t (Lange, Little and Taylor 1989), made monotone, so that a crash counts as
two standard deviations and never as none. Times the leg's overall deviation it stays in units of money. Few wild
sessions no longer drown the others: in fat tails an effect lifts t by a fifth more than it does in money.
t = Σx / √Σx² studentises either in the heteroskedasticity-consistent way of White (1980), so that positions which are
on in calm or in wild markets only do not pass for skill. Where the *shape* of returns changes with the positions a
score can be fooled; the verdict therefore asks the money as well.

Null distribution: the same statistic with the positions shifted against the returns by every possible number of
sessions, in a circle. Shifts keep all that the positions and the returns each are (holding times, trends, volatility
clusters) and break only their alignment. Where it is known how far positions look back, only shifts that are clear of
it count (`clear_shifts`). Rules that can decide again are judged by histories in which they do, see `redecided_test`.

Families: the maximum over the variants at each shift, stepwise (Romano and Wolf 2005), gives each variant a p-value
that holds for all of them at once, whatever their dependence. A pre-registered primary variant, gets a share of the
error for itself: its p-value is divided by the share, that of the others' maximum by the rest, and the smaller of the
two is compared with what the shifts give, which spends the whole error and not more. Assumes that the shifted
alignments are exchangeable with the true one, which dependence reaching round the sample would break.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from unlockstep.backtests.stats.circular_shifts import (
    ROUNDING,
    all_shifts,
    scores,
    shaped,
    standardised,
    studentised,
)
from unlockstep.backtests.stats.clear_shifts import ClearNull, clear_null, half_width
from unlockstep.backtests.stats.power import Group, critical_value, detectable
from unlockstep.signals.errors import ParameterError
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats


@dataclass(frozen=True, eq=False)
class TimingTest:
    """Results for V variants over T sessions; arrays of length V unless said otherwise.

    information_ratio: annual timing information ratio, in money, mean(x) / std(x) · √252
    t:          studentised sum of scores, the statistic of the decision
    p:          one-sided p-value of t for each variant on its own
    p_family:   the same, adjusted for the whole family and the primary's share
    t_money:    studentised timing return
    p_money:    one-sided p-value of t_money for each variant on its own
    t_standardised: studentised timing return in units of the volatility known before each session
    p_standardised: its p-value, adjusted for the family and the primary's share as p_family is
    skewness:   of the standardised timing return: below 0 where losses are rarer and larger than gains
    ci:         V x 2, 95 % interval of the information ratio, see `clear_shifts.half_width`
    upper:      95 % upper bound of the information ratio, one-sided
    critical:   scalar, what a t of the family must exceed, by the shifted maximum; with a primary less may do
    critical_primary: the same for the primary; NaN without one
    shifted:    S x V, t of scores at the true alignment (row 0) and at every other shift that decides
    clear:      t, t_money and t_standardised at the clear shifts, had the variant found nothing
    groups:     the columns that compete with each other, and the part of the error that they share
    sessions:   T
    NaN (p-values: 1) for a variant whose weights never vary.
    """

    information_ratio: Floats
    t: Floats
    p: Floats
    p_family: Floats
    t_money: Floats
    p_money: Floats
    t_standardised: Floats
    p_standardised: Floats
    skewness: Floats
    ci: Floats
    upper: Floats
    critical: float
    critical_primary: float
    shifted: Floats
    clear: ClearNull = field(repr=False)
    groups: list[Group] = field(repr=False)
    sessions: int

    @cached_property
    def spread(self) -> Floats:
        """Length V: standard deviation of t over the clear shifts, had the variant found nothing; about 1 where returns
        are independent, more where both they and the positions persist.
        """
        return np.asarray(self.clear.score.std(axis=0))

    @cached_property
    def spread_standardised(self) -> Floats:
        """The same of t_standardised."""
        return np.asarray(self.clear.standardised.std(axis=0))

    @property
    def gain(self) -> Floats:
        """Length V: by how much t grows with an effect, against how t_money does."""
        return self.clear.gain

    @cached_property
    def detectable(self) -> Floats:
        """Length V: smallest information ratio that this sample would show with 80 % power, in its family."""
        return detectable(self.shifted[1:], self.groups, gain=self.gain, spread=self.spread, sessions=self.sessions)


def timing_test(
    weights: ArrayLike,
    returns: ArrayLike,
    *,
    primary: int | None = None,
    primary_share: float = 0.5,
    alpha: float = 0.05,
    look_back: int | None = None,
) -> TimingTest:
    """The timing test of a family.

    weights: T x V x A, the share of the account in each of A assets that was in force while the returns of the same
    row were earned; T x V, or T for one variant, with one asset.  returns: T x A (or T) simple returns.  No NaN.
    primary: column of the variant pre-registered, which gets `primary_share` of the error `alpha` for itself.
    look_back: how many sessions before the return that it earns a position may have been made from. Where given, the
    clear shifts decide, with each variant's own effect taken out (`clear_shifts`); else every shift as it is, as a
    sweep of thousands counts them. Intervals and the detectable ratio stand on clear shifts either way.
    Deterministic: no shift is drawn.

    Raises ParameterError for shapes that do not fit or values that are not finite.
    """
    in_force, earned = shaped(weights, returns)
    sessions, variants = in_force.shape[:2]
    if primary is not None and not 0 <= primary < variants:
        raise ParameterError(
            f"The primary is column {primary}, but there are {variants} variants", name="primary", limit=variants
        )
    centred = in_force - in_force.mean(axis=0)
    excess = earned - earned.mean(axis=0)
    score, _ = scores(excess)
    varies = np.abs(centred).max(axis=(0, 2), initial=0.0) > 1e-12
    x = np.einsum("tva,ta->tv", centred, excess)
    deviation = x.std(axis=0)
    varies &= deviation > 0
    clear = clear_null(centred, excess, varies, look_back or 0)
    even = standardised(excess)
    if look_back is None:
        shifted, money, unbent = (all_shifts(centred, outcome) for outcome in (score, excess, even))
    else:
        nulls = ((score, clear.score), (excess, clear.money), (even, clear.standardised))
        shifted, money, unbent = (np.vstack([studentised(centred, outcome), null]) for outcome, null in nulls)
    for statistic in (shifted, money, unbent):
        statistic[:, ~varies] = np.nan

    ratio = _annual_ratio(x, varies)
    half, one_sided = (half_width(clear.money, p) / np.sqrt(sessions / SESSIONS_PER_YEAR) for p in (0.975, 0.95))
    groups = competing_groups(shifted, varies, primary, primary_share, alpha)
    return TimingTest(
        information_ratio=ratio,
        t=shifted[0],
        p=single_p(shifted, varies),
        p_family=adjusted_p(shifted, varies, primary=primary, primary_share=primary_share),
        t_money=money[0],
        p_money=single_p(money, varies),
        t_standardised=unbent[0],
        p_standardised=adjusted_p(unbent, varies, primary=primary, primary_share=primary_share),
        skewness=np.where(varies, skewness(np.einsum("tva,ta->tv", centred, even)), np.nan),
        ci=np.column_stack([ratio - half, ratio + half]),
        upper=ratio + one_sided,
        critical=critical_value(shifted[1:], groups[-1]) if groups else float("nan"),
        critical_primary=critical_value(shifted[1:], groups[0])
        if primary is not None and varies[primary]
        else float("nan"),
        shifted=shifted,
        clear=clear,
        groups=groups,
        sessions=sessions,
    )


def timing_information_ratio(weights: Floats, returns: Floats) -> Floats:
    """The annual timing information ratio of each of V variants, as `TimingTest` has it, without its test.

    weights: T x V x A in force.  returns: T x A simple returns that they earn. NaN where weights never vary.
    """
    centred = weights - weights.mean(axis=0)
    x = np.einsum("tva,ta->tv", centred, returns - returns.mean(axis=0))
    varies = (np.abs(centred).max(axis=(0, 2), initial=0.0) > 1e-12) & (x.std(axis=0) > 0)
    return _annual_ratio(x, varies)


def _annual_ratio(x: Floats, varies: NDArray[np.bool_]) -> Floats:
    """Mean over standard deviation of T x V timing returns, a year; NaN for a variant that does not vary."""
    annual = x.mean(axis=0) * np.sqrt(SESSIONS_PER_YEAR)
    ratio: Floats = np.divide(annual, x.std(axis=0), out=np.full(x.shape[1], np.nan), where=varies)
    return ratio


def skewness(x: Floats) -> Floats:
    """Length V: third moment of each column of T x V values about its mean, over the cube of its deviation."""
    deviation = x - x.mean(axis=0)
    second, third = (deviation**2).mean(axis=0), (deviation**3).mean(axis=0)
    return np.asarray(np.divide(third, second**1.5, out=np.full(x.shape[1], np.nan), where=second > 0))


def single_p(statistic: Floats, varies: NDArray[np.bool_]) -> Floats:
    """One-sided p-value of each column on its own: share of the shifts at or above the true alignment."""
    return np.where(varies, (statistic >= statistic[0] - ROUNDING).mean(axis=0), 1.0)


def adjusted_p(statistic: Floats, varies: NDArray[np.bool_], *, primary: int | None, primary_share: float) -> Floats:
    """Length V: p-values adjusted for the family and the primary's share; row 0 of S x V is the truth."""
    return step_down(_shared(statistic, varies, primary, primary_share), varies)


def _primary_and_copies(statistic: Floats, primary: int | None) -> NDArray[np.bool_]:
    """Columns that are the primary's bet: itself, and those that equal it at every shift."""
    if primary is None:
        return np.zeros(statistic.shape[1], dtype=bool)
    alike = np.asarray((np.abs(statistic - statistic[:, [primary]]) < ROUNDING).all(axis=0))
    alike[primary] = True  # NaN, where it never varies, equals nothing
    return alike


def _shared(statistic: Floats, varies: NDArray[np.bool_], primary: int | None, share: float) -> Floats:
    """T x V statistic, larger for stronger, in which primary and family compare by their shares of the error.

    Both become minus their p-value at each shift, divided by their share: the primary's own p, and the p of the
    maximum of the others. A monotone change within each, so that step-down treats them as Romano and Wolf do.
    """
    first = _primary_and_copies(statistic, primary) & varies
    others = varies & ~first
    if not (first.any() and others.any()):
        return statistic
    maxima = statistic[:, others].max(axis=1)
    weighed = np.full_like(statistic, np.nan)
    for columns, null, error in ((first, statistic[:, np.argmax(first)], share), (others, maxima, 1.0 - share)):
        ordered = np.sort(null)
        below = np.searchsorted(ordered, statistic[:, columns] - ROUNDING, side="left")
        weighed[:, columns] = -(len(ordered) - below) / len(ordered) / error
    return weighed


def step_down(statistic: Floats, varies: NDArray[np.bool_]) -> Floats:
    """Romano–Wolf adjusted p-values, length V; row 0 of T x V is the truth; 1 for variants that do not vary."""
    adjusted = np.ones(statistic.shape[1])
    columns = np.flatnonzero(varies)
    order = columns[np.argsort(-statistic[0, columns], kind="stable")]
    # maxima over "this variant and all weaker ones", from the weakest up
    maxima = np.maximum.accumulate(statistic[:, order[::-1]], axis=1)[:, ::-1]
    p = (maxima >= statistic[0, order] - ROUNDING).mean(axis=0)
    adjusted[order] = np.maximum.accumulate(p)
    return adjusted


def competing_groups(
    statistic: Floats, varies: NDArray[np.bool_], primary: int | None, share: float, alpha: float
) -> list[Group]:
    """The primary with its copies, then the others; each with its part of the error, or the whole where alone."""
    first = _primary_and_copies(statistic, primary) & varies
    groups = [(columns, part) for columns, part in ((first, share), (varies & ~first, 1.0 - share)) if columns.any()]
    return [(columns, alpha * (part if len(groups) > 1 else 1.0)) for columns, part in groups]
