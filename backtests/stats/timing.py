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
clusters) and break only their alignment. All shifts are used: they are a group only together.

Families: the maximum over the variants at each shift, stepwise (Romano and Wolf 2005), gives each variant a p-value
that holds for all of them at once, whatever their dependence. A primary variant, named beforehand, gets a share of the
error for itself: its p-value is divided by the share, that of the others' maximum by the rest, and the smaller of the
two is compared with what the shifts give, which spends the whole error and not more. Assumes that the shifted
alignments are exchangeable with the true one, which dependence reaching round the sample would break.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.signal import lfilter

from unlockstep.signals.errors import ParameterError
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats

FREEDOM = 4.0
"""ν of the score: tails between those of daily ETH (near 3) and of daily IWM (near 5)."""

HALF_LIFE = 20
"""Sessions after which a squared return weighs half in the volatility that scales the next ones."""

ROUNDING = 1e-9
"""Two statistics closer than this are equal: transforms must not push the true alignment below itself."""


Spectrum = NDArray[np.complex128]


@dataclass(frozen=True, eq=False)
class TimingTest:
    """Results for V variants over T sessions; arrays of length V unless said otherwise.

    information_ratio: annual timing information ratio, in money, mean(x) / std(x) · √252
    t:          studentised sum of scores, the statistic of the decision
    p:          one-sided p-value of t for each variant on its own
    p_family:   the same, adjusted for the whole family and the primary's share
    t_money:    studentised timing return
    p_money:    one-sided p-value of t_money for each variant on its own
    ci:         V x 2, 95 % interval of the information ratio from the spread of the shifted t_money
    upper:      95 % upper bound of the information ratio, one-sided
    critical:   scalar, a t of the family that is enough: a quantile of the shifted maximum; with a primary less may do
    critical_primary: the same for the primary; NaN without one
    shifted:    T x V, t at every shift; row 0 is the true alignment
    NaN (p-values: 1) for a variant whose weights never vary.
    """

    information_ratio: Floats
    t: Floats
    p: Floats
    p_family: Floats
    t_money: Floats
    p_money: Floats
    ci: Floats
    upper: Floats
    critical: float
    critical_primary: float
    shifted: Floats
    sample: "TimingSample" = field(repr=False)

    @cached_property
    def detectable(self) -> Floats:
        """Length V: smallest information ratio that this sample would show with 80 % power, in its family."""
        from unlockstep.backtests.stats.power import detectable

        return detectable(self.shifted, self.sample)


@dataclass(frozen=True, eq=False)
class TimingSample:
    """What a test was made of, for those who ask what it could have shown.

    centred: T x V x A weights less their averages.  excess, score, slope: T x A, see `scores`.  deviation: length V, of
    the timing returns.  varies: V booleans.  groups: the columns that compete with each other.
    """

    centred: Floats
    excess: Floats
    score: Floats
    slope: Floats
    deviation: Floats
    varies: NDArray[np.bool_]
    groups: list["Group"]


def timing_test(
    weights: ArrayLike,
    returns: ArrayLike,
    *,
    primary: int | None = None,
    primary_share: float = 0.5,
    alpha: float = 0.05,
) -> TimingTest:
    """The timing test of a family.

    weights: T x V x A, the share of the account in each of A assets that was in force while the returns of the same
    row were earned; T x V, or T for one variant, with one asset.  returns: T x A (or T) simple returns.  No NaN.
    primary: column of the variant named beforehand, which gets `primary_share` of the error `alpha` for itself.
    Deterministic: every shift is used.

    Raises ParameterError for shapes that do not fit or values that are not finite.
    """
    held, earned = shaped(weights, returns)
    sessions, variants = held.shape[:2]
    if primary is not None and not 0 <= primary < variants:
        raise ParameterError(f"The primary is column {primary}, but there are {variants} variants.")
    centred = held - held.mean(axis=0)
    excess = earned - earned.mean(axis=0)
    score, slope = scores(excess)
    varies = np.abs(centred).max(axis=(0, 2), initial=0.0) > 1e-12
    positions = spectra(centred)
    shifted, money = (shifts(positions, outcome) for outcome in (score, excess))
    for statistic in (shifted, money):
        statistic[:, ~varies] = np.nan

    x = np.einsum("tva,ta->tv", centred, excess)
    deviation = x.std(axis=0)
    varies &= deviation > 0
    annual = np.sqrt(SESSIONS_PER_YEAR)
    ratio = np.divide(x.mean(axis=0) * annual, deviation, out=np.full(variants, np.nan), where=varies)
    error = np.maximum(1.0, _spread(money, varies)) / np.sqrt(sessions / SESSIONS_PER_YEAR)
    groups = _groups(shifted, varies, primary, primary_share, alpha)
    return TimingTest(
        information_ratio=ratio,
        t=shifted[0],
        p=own_p(shifted, varies),
        p_family=step_down(_shared(shifted, varies, primary, primary_share), varies),
        t_money=money[0],
        p_money=own_p(money, varies),
        ci=np.column_stack([ratio - 1.96 * error, ratio + 1.96 * error]),
        upper=ratio + 1.645 * error,
        critical=_critical(shifted, groups[-1]) if groups else float("nan"),
        critical_primary=_critical(shifted, groups[0]) if primary is not None and varies[primary] else float("nan"),
        shifted=shifted,
        sample=TimingSample(centred, excess, score, slope, deviation, varies, groups),
    )


def shaped(weights: ArrayLike, returns: ArrayLike) -> tuple[Floats, Floats]:
    """(T x V x A weights, T x A returns) of what `timing_test` takes; ParameterError for what it does not."""
    held, earned = np.asarray(weights, dtype=float), np.asarray(returns, dtype=float)
    if earned.ndim == 1:
        earned = earned[:, None]
        held = held.reshape(len(held), -1, 1) if held.ndim < 3 else held
    if held.ndim != 3 or earned.ndim != 2 or held.shape[::2] != earned.shape or len(earned) < 2:
        raise ParameterError(
            f"Weights of shape {np.shape(weights)} do not fit returns of shape {np.shape(returns)}; they are "
            "T x V x A and T x A, or T x V and T for one asset."
        )
    if not (np.isfinite(held).all() and np.isfinite(earned).all()):
        raise ParameterError("Weights and returns must be finite: leave out the sessions before the first decision.")
    return held, earned


def scores(excess: Floats) -> tuple[Floats, Floats]:
    """(scores, slopes), both T x A, of T x A returns in excess of their mean.

    score σ̄ ψ(z), centred, σ̄ the column's standard deviation; slope σ̄ ψ'(z)/σ, by how much the score grows with the
    return. The volatility σ of a row is known before it: an exponential average of the squares of earlier rows that
    starts from the mean square. A column that never varies scores 0.
    """
    squares = excess**2
    overall = squares.mean(axis=0)
    keep = 0.5 ** (1.0 / HALF_LIFE)
    smooth, _ = lfilter([1.0 - keep], [1.0, -keep], squares, axis=0, zi=keep * overall[None, :])
    variance = np.vstack([overall[None, :], smooth[:-1]])
    sigma = np.sqrt(np.maximum(variance, 1e-12 * np.maximum(overall, 1e-300)))
    z = excess / sigma
    bent = np.clip(z, -np.sqrt(FREEDOM), np.sqrt(FREEDOM))
    score = bent / (1.0 + bent**2 / FREEDOM) * np.sqrt(overall)
    rising = np.abs(z) < np.sqrt(FREEDOM)
    slope = np.where(rising, (1.0 - z**2 / FREEDOM) / (1.0 + z**2 / FREEDOM) ** 2, 0.0) * np.sqrt(overall) / sigma
    return score - score.mean(axis=0), slope


def circular_products(positions: Floats, outcomes: Floats) -> Floats:
    """T x V: Σ_t positions[t] · outcomes[t + k], in a circle, for every shift k; T x V positions, T outcomes."""
    return _products(_spectrum(positions), outcomes)


def _spectrum(positions: Floats) -> Spectrum:
    return np.asarray(np.conj(np.fft.rfft(positions, axis=0)))


def _products(spectrum: Spectrum, outcomes: Floats) -> Floats:
    return np.asarray(np.fft.irfft(spectrum * np.fft.rfft(outcomes)[:, None], n=len(outcomes), axis=0))


def circular_autoproducts(positions: Floats) -> Floats:
    """T x V: Σ_t positions[t] · positions[t + k], in a circle, for every shift k, each column with itself."""
    return np.asarray(np.fft.irfft(np.abs(np.fft.rfft(positions, axis=0)) ** 2, n=len(positions), axis=0))


def all_shifts(weights: Floats, outcomes: Floats) -> Floats:
    """T x V: t of T x V x A weights against T x A outcomes k sessions later, in a circle, for every k = 0 … T − 1."""
    return shifts(spectra(weights), outcomes)


Spectra = dict[tuple[int, ...], Spectrum]


def spectra(weights: Floats) -> Spectra:
    """What `shifts` needs of T x V x A weights, whatever the outcomes: of each asset's, and of each pair's products."""
    assets = range(weights.shape[2])
    found: Spectra = {(a,): _spectrum(weights[:, :, a]) for a in assets}
    return found | {(a, b): _spectrum(weights[:, :, a] * weights[:, :, b]) for a in assets for b in assets if b >= a}


def shifts(positions: Spectra, outcomes: Floats) -> Floats:
    """`all_shifts` of weights whose spectra are known."""
    shape = (len(outcomes), positions[0,].shape[1])
    total, squares = np.zeros(shape), np.zeros(shape)
    for a in range(outcomes.shape[1]):
        total += _products(positions[a,], outcomes[:, a])
        for b in range(a, outcomes.shape[1]):
            twice = 1.0 if a == b else 2.0
            squares += twice * _products(positions[a, b], outcomes[:, a] * outcomes[:, b])
    floor = 1e-12 * np.maximum(squares.max(axis=0), 1e-300)
    return np.asarray(total / np.sqrt(np.maximum(squares, floor)))


def _spread(statistic: Floats, varies: NDArray[np.bool_]) -> Floats:
    """Standard deviation over the shifts; NaN for variants that do not vary."""
    return np.where(varies, statistic.std(axis=0), np.nan)


def own_p(statistic: Floats, varies: NDArray[np.bool_]) -> Floats:
    """One-sided p-value of each column on its own: share of the shifts at or above the true alignment."""
    return np.where(varies, (statistic >= statistic[0] - ROUNDING).mean(axis=0), 1.0)


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


Group = tuple[NDArray[np.bool_], float]
"""Columns that compete with each other, and the quantile of their shifted maximum that one of them must reach."""


def _groups(
    statistic: Floats, varies: NDArray[np.bool_], primary: int | None, share: float, alpha: float
) -> list[Group]:
    """The primary with its copies, then the others; each with its part of the error, or the whole where alone."""
    first = _primary_and_copies(statistic, primary) & varies
    found = [(columns, part) for columns, part in ((first, share), (varies & ~first, 1.0 - share)) if columns.any()]
    return [(columns, 1.0 - alpha * (part if len(found) > 1 else 1.0)) for columns, part in found]


def _critical(shifted: Floats, group: Group) -> float:
    columns, level = group
    return float(np.quantile(shifted[:, columns].max(axis=1), level))
