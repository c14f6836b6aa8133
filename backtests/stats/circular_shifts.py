"""Positions shifted against the outcomes that follow them, by every number of sessions, in a circle.

The statistic at every shift, t = Σx / √Σx², and what it is made of: scores of returns, and products of two series in a
circle by fast Fourier transforms. `timing` says what the statistic tests.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.signal import lfilter

from unlockstep.signals.errors import ParameterError
from unlockstep.signals.market import Floats

FREEDOM = 4.0
"""ν of the score: tails between those of daily ETH (near 3) and of daily IWM (near 5)."""

HALF_LIFE = 20
"""Sessions after which a squared return weighs half in the volatility that scales the next ones."""

ROUNDING = 1e-9
"""Two statistics closer than this are equal: transforms must not push the true alignment below itself."""


Spectrum = NDArray[np.complex128]


def shaped(weights: ArrayLike, returns: ArrayLike) -> tuple[Floats, Floats]:
    """(T x V x A weights, T x A returns) of what `timing_test` takes; ParameterError for what it does not."""
    in_force, earned = np.asarray(weights, dtype=float), np.asarray(returns, dtype=float)
    if earned.ndim == 1:
        earned = earned[:, None]
        in_force = in_force.reshape(len(in_force), -1, 1) if in_force.ndim < 3 else in_force
    if in_force.ndim != 3 or earned.ndim != 2 or in_force.shape[::2] != earned.shape or len(earned) < 2:
        raise ParameterError(
            f"Weights of shape {np.shape(weights)} do not fit returns of shape {np.shape(returns)}; they "
            "are T x V x A and T x A, or T x V and T for one asset",
            name="weights",
        )
    if not (np.isfinite(in_force).all() and np.isfinite(earned).all()):
        raise ParameterError(
            "Weights and returns must be finite: leave out the sessions before the first decision",
            name="weights and returns",
        )
    return in_force, earned


def scores(excess: Floats) -> tuple[Floats, Floats]:
    """(scores, slopes), both T x A, of T x A returns in excess of their mean.

    score σ̄ ψ(z), centred, σ̄ the column's standard deviation; slope σ̄ ψ'(z)/σ, by how much the score grows with the
    return. The volatility σ of a row is known before it: an exponential average of the squares of earlier rows that
    starts from the mean square. A column that never varies scores 0.
    """
    sigma, overall = _volatility(excess)
    z = excess / sigma
    bent = np.clip(z, -np.sqrt(FREEDOM), np.sqrt(FREEDOM))
    score = bent / (1.0 + bent**2 / FREEDOM) * overall
    slope = _bend(z) * overall / sigma
    return score - score.mean(axis=0), slope


def standardised(excess: Floats) -> Floats:
    """T x A, centred: returns in excess of their mean, T x A, over the volatility known before them.

    σ̄ z, the score before it is bent. Since σ is known before the return, its expectation is zero wherever that of the
    return is, whatever the shape.
    """
    sigma, overall = _volatility(excess)
    even = excess / sigma * overall
    return np.asarray(even - even.mean(axis=0))


def outcomes_of(returns: Floats) -> Floats:
    """3 x T x A of T x A returns, in excess of their mean: their scores, standardised, and as they are."""
    excess = returns - returns.mean(axis=0)
    return np.stack([scores(excess)[0], standardised(excess), excess])


def _volatility(excess: Floats) -> tuple[Floats, Floats]:
    """(volatility of each row, known before it, T x A; overall standard deviation, A)."""
    squares = excess**2
    overall = squares.mean(axis=0)
    keep = 0.5 ** (1.0 / HALF_LIFE)
    smooth, _ = lfilter([1.0 - keep], [1.0, -keep], squares, axis=0, zi=keep * overall[None, :])
    variance = np.vstack([overall[None, :], smooth[:-1]])
    return np.sqrt(np.maximum(variance, 1e-12 * np.maximum(overall, 1e-300))), np.sqrt(overall)


def _bend(z: Floats) -> Floats:
    """ψ'(z)."""
    return np.where(np.abs(z) < np.sqrt(FREEDOM), (1.0 - z**2 / FREEDOM) / (1.0 + z**2 / FREEDOM) ** 2, 0.0)


def studentised(centred: Floats, outcomes: Floats) -> Floats:
    """Length V: t = Σx / √Σx² of T x V x A weights less their means and T x A outcomes; NaN where none of it varies."""
    x = np.einsum("tva,ta->tv", centred, outcomes)
    size = np.sqrt((x**2).sum(axis=0))
    return np.asarray(np.divide(x.sum(axis=0), size, out=np.full(x.shape[1], np.nan), where=size > 1e-12))


def circular_products(positions: Floats, outcomes: Floats) -> Floats:
    """T x V: Σ_t positions[t] · outcomes[t + k], in a circle, for every shift k; T x V positions, T outcomes."""
    return _products(_spectrum(positions), outcomes)


def _spectrum(positions: Floats) -> Spectrum:
    return np.asarray(np.conj(np.fft.rfft(positions, axis=0)))


def _products(spectrum: Spectrum, outcomes: Floats) -> Floats:
    return np.asarray(np.fft.irfft(spectrum * np.fft.rfft(outcomes)[:, None], n=len(outcomes), axis=0))


def all_shifts(weights: Floats, outcomes: Floats) -> Floats:
    """T x V: t of T x V x A weights against T x A outcomes k sessions later, in a circle, for every k = 0 … T − 1."""
    return shifts(spectra(weights), outcomes)


Spectra = dict[tuple[int, ...], Spectrum]


def spectra(weights: Floats) -> Spectra:
    """What `shifts` needs of T x V x A weights, whatever the outcomes: of each asset's, and of each pair's products."""
    assets = range(weights.shape[2])
    single: Spectra = {(a,): _spectrum(weights[:, :, a]) for a in assets}
    return single | {(a, b): _spectrum(weights[:, :, a] * weights[:, :, b]) for a in assets for b in assets if b >= a}


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
