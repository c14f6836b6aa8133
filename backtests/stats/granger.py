"""Granger causality between two series whose volatility clusters."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from unlockstep.signals.market import Floats
from unlockstep.signals.resolution import RELATED


@dataclass(frozen=True)
class Granger:
    """wald: statistic that all slopes on the causing series are zero, chi-squared with len(lags) degrees of freedom in
    large samples.  p: its wild-bootstrap p-value.  lags: of the causing series.
    """

    wald: float
    p: float
    lags: tuple[int, ...]


def granger(
    caused: Floats, causing: Floats, *, lags: Sequence[int], ar_lags: int = 5, seed: int, draws: int = 499
) -> Granger:
    """Does the past of `causing` help to foretell `caused`, given the last `ar_lags` of `caused` itself? (Granger 1969)

    Both length T, no NaN. Least squares; Wald statistic with the covariance of White (1980). Its distribution with no
    causality: the residuals of the regression without `causing`, each multiplied by ±1 at random, laid on its fit, the
    regressors held fixed (Gonçalves and Kilian 2004), so that clusters of volatility and tails stay as they are.
    Wald NaN and p 1 where a series does not vary, or is a linear function of the past of both but for rounding.
    """
    longest = max(ar_lags, *lags)
    past = np.column_stack(
        [np.ones(len(caused) - longest), *(caused[longest - k : len(caused) - k] for k in range(1, ar_lags + 1))]
    )
    tested = np.column_stack([causing[longest - k : len(causing) - k] for k in lags])
    basis = np.linalg.qr(past)[0]
    regressors = _without(basis, tested.T).T  # Frisch and Waugh: the rest of the regression is taken out once
    residual = _without(basis, caused[None, longest:])
    if np.linalg.matrix_rank(regressors, RELATED * np.linalg.norm(tested)) < len(lags) or _is_nothing(residual, caused):
        return Granger(float("nan"), 1.0, tuple(lags))
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], (draws, residual.shape[1]))
    wald = _walds(regressors, np.vstack([residual, _without(basis, signs * residual)]))
    return Granger(float(wald[0]), float((wald >= wald[0]).mean()), tuple(lags))


def _is_nothing(residual: Floats, of: Floats) -> bool:
    """Whether a residual is the rounding of what it was taken from."""
    return bool(np.abs(residual).max() <= RELATED * np.abs(of).max())


def _without(basis: Floats, rows: Floats) -> Floats:
    """D x T rows less their projection on the T x k orthonormal basis."""
    return np.asarray(rows - (rows @ basis) @ basis.T)


def _walds(regressors: Floats, outcomes: Floats) -> Floats:
    """Length D Wald statistics of D x T outcomes on T x k regressors."""
    k = regressors.shape[1]
    moment = outcomes @ regressors
    slopes = np.linalg.solve(regressors.T @ regressors, moment.T).T
    squares = (outcomes - slopes @ regressors.T) ** 2
    pairs = (regressors[:, :, None] * regressors[:, None, :]).reshape(-1, k * k)
    covariance = (squares @ pairs).reshape(-1, k, k)  # of the moments
    return np.asarray(np.einsum("di,dij,dj->d", moment, np.linalg.inv(covariance), moment))
