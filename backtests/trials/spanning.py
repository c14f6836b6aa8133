"""What an idea adds to what was tried before it: its timing less what that of earlier trials explains.

Whoever has seen what did well can choose an idea that resembles it, and its p-value alone then knows nothing of the
choice. What earlier trials do not explain of its timing they cannot have shown either: the residual of a regression on
them, as in a spanning test (Huberman and Kandel 1987). t is linear in the timing, so that theirs foretell a part of
its own, c = Σ βᵢ tᵢ, and (t − c) / √(1 − R²) is drawn anew whatever was seen.

β and R² are those of the sketches. Of many earlier trials those are taken, one after the other, that explain most of
what is left, while one correlates with it by more than SEEN (an orthogonal matching pursuit: Pati, Rezaiifar and
Krishnaprasad 1993), so that an idea unlike all of them keeps its p-value.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from unlockstep.backtests.trials.return_sketches import DRAWS
from unlockstep.signals.market import Floats

SEEN = 2.0 / np.sqrt(DRAWS)
"""Correlation of two sketches up to which they may be independent: two standard errors."""

MOST_EXPLAINING = 30
"""Earlier trials that explain an idea at most."""

COPY = 0.98
"""Share of its variance from which on nothing is left to judge an idea by."""

EXACT = 1e-3
"""Share of its variance under which what is left is rounding."""


@dataclass(frozen=True)
class Span:
    """What earlier trials say of an idea's timing.

    explained: R², the share of its variance that theirs explain.  foretold: the t that theirs foretell, 0 at least.
    inexact: variance of the error of that, in units of 1 − R²: β comes from DRAWS draws.
    """

    explained: float = 0.0
    foretold: float = 0.0
    inexact: float = 0.0

    def p(self, t: float) -> float:
        """One-sided p-value of what the idea adds, t its own; 0 where nothing is explained, 1 of a copy and of NaN."""
        if not self.explained:
            return 0.0
        if self.explained >= COPY or not np.isfinite(t):
            return 1.0
        return float(norm.sf((t - self.foretold) / np.sqrt((1.0 - self.explained) * (1.0 + self.inexact))))


def span(timing: bytes, seen: Collection[bytes], t: Floats) -> Span:
    """What these trials say of a timing.

    timing: its sketch.  seen: those of earlier trials, and t, one for each, theirs. Timing that never varies explains
    nothing and is not explained.
    """
    if not seen:
        return Span()
    rows = np.frombuffer(b"".join((timing, *seen)), dtype=np.float16).reshape(-1, DRAWS).astype(float)
    return span_of(rows[0], rows[1:], np.asarray(t, dtype=float))


def span_of(idea: Floats, rows: Floats, t: Floats) -> Span:
    """`span` of V x DRAWS sketches as numbers."""
    lengths = np.linalg.norm(rows, axis=1)
    varies = np.isfinite(lengths) & (lengths > 0) & np.isfinite(t)
    rows, lengths, t = rows[varies], lengths[varies], t[varies]
    length = float(np.linalg.norm(idea))
    if not len(rows) or not np.isfinite(length) or not length > 0:
        return Span()
    left, foretold, chosen = idea, 0.0, 0
    basis, basis_t = np.zeros((0, len(idea))), np.zeros(0)  # of the trials taken, orthonormal
    while chosen < min(MOST_EXPLAINING, len(rows)):
        remains = float(np.linalg.norm(left))
        if remains <= np.sqrt(EXACT) * length:
            break
        correlations = np.abs(rows @ left) / (lengths * remains)
        best = int(correlations.argmax())
        if correlations[best] <= SEEN:
            break
        projections = basis @ rows[best]
        new = rows[best] - projections @ basis
        size = float(np.linalg.norm(new))
        new, new_t = new / size, (t[best] - projections @ basis_t) / size
        basis, basis_t, chosen = np.vstack([basis, new]), np.append(basis_t, new_t), chosen + 1
        loading = float(new @ left)
        left, foretold = left - loading * new, foretold + loading * new_t
    if not chosen:
        return Span()
    # adjusted for the number of trials that explain it
    unexplained = float(left @ left) / length**2 * len(idea) / (len(idea) - chosen)
    return Span(max(0.0, 1.0 - unexplained), max(0.0, float(foretold)), float(basis_t @ basis_t))
