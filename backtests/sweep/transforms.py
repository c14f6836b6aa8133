"""Sums of products of positions and outcomes where positions change often: Fourier transforms, products of matrices.

Their work does not grow with the changes; `stretches` has the same sums for positions that seldom change.
"""

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from unlockstep.signals.market import Floats

PAIRS = ((0, 0), (0, 1), (1, 1))
"""Legs whose scores are multiplied with each other."""


class Transforms:
    """The outcomes of E sessions, transformed once."""

    def __init__(self, score: Floats) -> None:
        """score: E x 2."""
        # Outcomes once round the circle and on, positions followed by nothing: a length that transforms fast, whatever
        # the number of sessions.
        self.length = scipy.fft.next_fast_len(2 * len(score) - 1, real=True)
        self.spectra = [self._spectrum(outcome) for outcome in score.T]
        self.pairs = [(a, b, self._spectrum(score[:, a] * score[:, b]) * (1 + (a != b))) for a, b in PAIRS]

    def shifted_sums(self, legs: Floats) -> tuple[Floats, Floats]:
        """(sums of scores, sums of their squares), both n x E, of 2 x n x E positions at every shift."""
        active = [leg for leg in (0, 1) if np.any(legs[leg])]
        _, n, sessions = legs.shape
        total, squares = np.zeros((2, n, self.length // 2 + 1), dtype=complex)
        for a in active:
            total += self._transformed(legs[a]) * self.spectra[a]
        for a, b, spectrum in self.pairs:
            if a in active and b in active:
                squares += self._transformed(legs[a] * legs[b]) * spectrum
        back = (scipy.fft.irfft(each, n=self.length, axis=1)[:, :sessions] for each in (total, squares))
        return next(back), next(back)

    def _spectrum(self, outcome: Floats) -> NDArray[np.complex128]:
        return np.asarray(scipy.fft.rfft(np.concatenate([outcome, outcome[:-1]]), n=self.length))

    def _transformed(self, positions: Floats) -> NDArray[np.complex128]:
        return np.conj(scipy.fft.rfft(positions, n=self.length, axis=1))


def largest_in_histories(legs: Floats, histories: Floats) -> Floats:
    """The largest t of n variants in each history.  legs: 2 x n x E.  histories: 2 x draws x E scores."""
    crypto, equity = histories
    total = crypto @ legs[0].T + equity @ legs[1].T
    squares = (crypto * crypto) @ (legs[0] * legs[0]).T + (equity * equity) @ (legs[1] * legs[1]).T
    squares += 2.0 * ((crypto * equity) @ (legs[0] * legs[1]).T)
    return np.asarray((total / np.sqrt(np.maximum(squares, 1e-300))).max(axis=1))
