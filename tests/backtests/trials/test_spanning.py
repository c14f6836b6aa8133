"""What an idea adds to earlier trials: by hand, on sketches that are orthogonal to the last bit."""

import numpy as np
import pytest
from scipy.linalg import hadamard

from unlockstep.backtests.trials.return_sketches import DRAWS
from unlockstep.backtests.trials.spanning import MOST_EXPLAINING, span

PURE = hadamard(DRAWS).astype(float)
"""512 sketches that do not correlate."""


def sketch(*parts: tuple[float, int]) -> bytes:
    """A sketch of so much of each of these pure ones."""
    return np.asarray(sum(much * PURE[which] for much, which in parts)).astype(np.float16).tobytes()


def test_what_earlier_trials_explain_of_an_idea_is_taken_out_of_its_t() -> None:
    # t = 3.0 of 0.6 a + 0.8 b, a with t = 2: 1.2 is foretold, and (3.0 − 1.2) / 0.8 = 2.25 is new: p = 0.0122
    spanned = span(sketch((0.6, 1), (0.8, 2)), [sketch((1.0, 1))], np.array([2.0]))
    assert spanned.explained == pytest.approx(0.36, abs=2e-3)
    assert spanned.foretold == pytest.approx(1.2, abs=2e-3)
    assert spanned.inexact == pytest.approx(2.0**2 / DRAWS)
    assert spanned.p(3.0) == pytest.approx(0.0122, abs=4e-4)


def test_a_mix_of_what_did_well_adds_nothing_however_many_parts_it_has() -> None:
    parts = [(0.25, which) for which in range(1, 17)]
    one_by_one = [sketch((1.0, which)) for which in range(1, 17)]
    assert span(sketch(*parts), one_by_one, np.full(16, 2.0)).p(8.0) == 1.0


def test_earlier_trials_that_go_together_foretell_what_their_regression_says() -> None:
    # a and (a + b) / √2 with t of 1 and 3, so b has 3 √2 − 1: 0.5 a + 0.5 b + √0.5 c has 0.5 · 3 √2 = 2.12
    seen = [sketch((1.0, 1)), sketch((np.sqrt(0.5), 1), (np.sqrt(0.5), 2))]
    spanned = span(sketch((0.5, 1), (0.5, 2), (np.sqrt(0.5), 3)), seen, np.array([1.0, 3.0]))
    assert spanned.foretold == pytest.approx(2.121, abs=5e-3)
    assert spanned.explained == pytest.approx(0.5, abs=5e-3)


def test_an_idea_unlike_all_before_it_keeps_its_own_p_value() -> None:
    for seen in ([], [sketch((1.0, 1))], [sketch((np.nan, 1))]):
        assert span(sketch((1.0, 2)), seen, np.full(len(seen), 5.0)).p(3.0) == 0.0


def test_trials_that_did_badly_lend_an_idea_nothing() -> None:
    assert span(sketch((0.6, 1), (0.8, 2)), [sketch((1.0, 1))], np.array([-2.0])).foretold == 0.0


def test_an_idea_without_t_and_a_copy_add_nothing() -> None:
    spanned = span(sketch((0.6, 1), (0.8, 2)), [sketch((1.0, 1))], np.array([2.0]))
    assert spanned.p(float("nan")) == 1.0
    assert span(sketch((1.0, 1)), [sketch((1.0, 1))], np.array([2.0])).p(9.0) == 1.0
    assert MOST_EXPLAINING < DRAWS
