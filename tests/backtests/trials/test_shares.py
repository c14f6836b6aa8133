"""Which share of the error an idea has: by its place among the studies on the same prices."""

import numpy as np
import pytest
from scipy.linalg import hadamard

from tests.backtests.trials.records import record_of
from unlockstep.backtests.trials.registration import Registration, Share, later_share
from unlockstep.backtests.trials.return_sketches import DRAWS
from unlockstep.backtests.trials.shares import later_studies, shares_of
from unlockstep.backtests.trials.spanning import Span
from unlockstep.backtests.trials.trial_count import Trial, TrialSpec

SKETCHES = hadamard(DRAWS).astype(np.float16)


def trial(
    which: int, *, t: float | None = 1.0, name: str | None = None, last: str = "2025-01-31", lag: int = 1
) -> Trial:
    sketch = SKETCHES[which].tobytes()
    spec = TrialSpec(f"rule(x={which})" if name is None else name, "own", "close", lag, "{}", "2020-01-02", last)
    return Trial(spec, sketch, sketch, t=t)


def sweep(*which: int) -> Trial:
    rows = np.random.default_rng(1).standard_normal((len(which), DRAWS)).astype(np.float16)
    sketch = np.vstack([rows.max(axis=0), rows.min(axis=0)]).tobytes()
    spec = TrialSpec("sweep of rule", "own", "close", 1, "{}", "2020-01-02", "2025-01-31")
    return Trial(spec, sketch, sketch, variants=len(which))


def registration(which: int, *, after: int, place: int = 1) -> Registration:
    return Registration("own", "mine", (f"rule(x={which})",), "it pays", "2025-02-01T00:00:00Z", place, after)


def test_the_first_study_has_the_whole_error_and_ten_later_ones_a_sixtieth_each() -> None:
    studies = [[trial(each)] for each in range(1, 14)]
    record = record_of(*studies)
    parts = [shares_of(study, record, ()) for study in studies]
    assert parts[0] == {}
    assert [shares[study[0]].part for study, shares in zip(studies[1:], parts[1:], strict=True)] == pytest.approx(
        [1 / 60] * 10 + [0.0, 0.0]
    )
    assert later_studies(record, ()) == 12
    assert later_share(0) == later_share(11) == 0.0


def test_new_variants_of_a_later_study_split_its_share_and_what_was_there_before_keeps_its_own() -> None:
    first, later = [trial(1), trial(2)], [trial(1), trial(3), trial(4)]
    shares = shares_of(later, record_of(first, later), ())
    assert set(shares) == set(later[1:])
    assert [each.part for each in shares.values()] == pytest.approx([1 / 120, 1 / 120], rel=0.1)


def test_a_study_run_again_on_prices_that_went_on_is_the_first_one_and_spends_nothing() -> None:
    first, again, other = [trial(1)], [trial(1, last="2025-02-28")], [trial(2)]
    record = record_of(first, again, other)
    assert shares_of(again, record, ()) == {}
    assert shares_of(other, record, ())[other[0]].place == 1


def test_the_same_rule_at_other_terms_is_a_new_idea_that_adds_nothing() -> None:
    first, lagged = [trial(1, t=4.0)], [trial(1, lag=2, t=4.1)]
    (share,) = shares_of(lagged, record_of(first, lagged), ()).values()
    assert share.span.explained == pytest.approx(1.0)
    assert share.p(1e-6) == 1.0


def test_a_sweep_and_the_study_after_it_are_one_and_a_later_idea_is_one_of_the_sweep() -> None:
    swept, run, other = [sweep(*range(1, 9))], [trial(1)], [trial(20)]
    record = record_of(swept, run, other)
    assert shares_of(run, record, ()) == {}
    (share,) = shares_of(other, record, ()).values()
    assert (share.place, share.part) == pytest.approx((1, 1 / 60))
    assert share.unknown == pytest.approx(8.0, rel=0.15)
    assert shares_of([], record_of(swept, [sweep(*range(9, 12))], run), ()) == {}
    assert shares_of(run, record_of(swept, [sweep(*range(9, 12))], run), ())[run[0]].place == 1


def test_a_registered_idea_is_judged_beside_what_was_evaluated_before_its_registration() -> None:
    first, mine = [trial(1, t=2.0)], [trial(2, t=3.0)]
    record = record_of(first, mine)
    (late,) = shares_of(mine, record, [registration(2, after=1)]).values()
    assert late.part == pytest.approx(1 / 6)
    assert late.registration is not None
    assert later_studies(record, [registration(2, after=1)]) == 0
    like = Trial(mine[0].spec, b"", (0.6 * SKETCHES[1] + 0.8 * SKETCHES[2]).astype(np.float16).tobytes(), t=3.0)
    before, after_it = (
        shares_of([like], record_of(first, [like]), [registration(2, after=after)])[like].span.foretold
        for after in (1, 0)
    )
    assert before == pytest.approx(1.2, abs=5e-3)
    assert after_it == 0.0


def test_a_registered_rule_that_was_tried_at_other_terms_has_the_share_of_a_later_study() -> None:
    first, mine, lagged = [trial(1)], [trial(2)], [trial(2, lag=2)]
    record = record_of(first, mine, lagged)
    (share,) = shares_of(lagged, record, [registration(2, after=0)]).values()
    assert (share.registration, share.place) == (None, 1)


def test_a_share_asks_for_as_small_a_p_value_as_it_is_of_the_idea_alone_and_of_what_it_adds() -> None:
    alone = Share(1 / 60, 1, Span(), 0.0)
    assert (alone.p(0.0005), alone.needed(0.03)) == pytest.approx((0.03, 0.0005))
    spanned = Share(1 / 60, 1, Span(0.5, 1.0), 0.001)
    assert (spanned.p(0.0001), spanned.needed(0.03)) == pytest.approx((0.06, 0.0))
    assert Share(1 / 60, 1, Span(), 0.0, unknown=20.0).needed(0.03) == pytest.approx(0.0005 / 20)
    assert Share(0.0, 11, Span(), 0.0).p(1e-9) == 1.0
