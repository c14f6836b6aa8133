"""The tally: what is counted once, and what earlier trials do to a p-value, by hand."""

import numpy as np
import pandas as pd
import pytest

from tests.backtests.trials.records import record_of
from unlockstep.backtests.trials.return_sketches import sketches
from unlockstep.backtests.trials.trial_count import Trial, TrialCount, TrialSpec, count_trials

DAYS = pd.bdate_range("2016-01-04", periods=500)


def trials(seed: int, number: int, *, name: str = "rule") -> list[Trial]:
    """Independent in their timing, and nearly one in their returns."""
    idiosyncratic = np.random.default_rng(seed).standard_normal((500, number))
    shared = np.random.default_rng(99).standard_normal((500, 1))
    drawn = zip(sketches(20.0 * shared + idiosyncratic, DAYS), sketches(idiosyncratic, DAYS), strict=True)
    return [
        Trial(TrialSpec(f"{name}(x={i})", "", "close", 1, "{}", "2016-01-04", "2017-12-01"), a.tobytes(), b.tobytes())
        for i, (a, b) in enumerate(drawn)
    ]


def test_without_a_ledger_a_study_counts_itself_and_says_so() -> None:
    count = count_trials(trials(1, 3), None, None)
    assert (count.trials, count.earlier, count.effective, count.searched) == (3, None, count.study_effective, False)


def test_trials_of_the_study_itself_are_not_earlier_ones() -> None:
    ours = trials(1, 3)
    count = count_trials(ours, record_of(ours, named=ours[:1]), "rule(x=0)")
    assert (count.trials, count.earlier, count.searched) == (3, 0, False)
    assert count.effective == count.study_effective


def test_earlier_trials_are_counted_once_and_in_full() -> None:
    ours, other = trials(1, 3), trials(2, 20, name="other")
    count = count_trials(ours, record_of(other, ours), None)
    assert (count.trials, count.earlier) == (23, 20)
    assert count.study_effective == pytest.approx(3, rel=0.12)
    assert count.effective == pytest.approx(23, rel=0.12)


def test_a_study_that_only_names_another_primary_is_a_search_too() -> None:
    ours = trials(1, 3)
    count = count_trials(ours, record_of(ours, named=ours[:2]), "rule(x=1)")
    assert count.earlier == 0
    assert count.other_primaries == ("rule(x=0)",)
    assert count.searched


def other_bet(**spec: object) -> tuple[str, ...]:
    """The other primaries of a study whose primary was named before on these terms, with this timing."""
    (ours,) = trials(1, 1)
    sketch = spec.pop("timing", ours.timing)
    assert isinstance(sketch, bytes)
    before = Trial(ours.spec._replace(**spec), ours.sketch, sketch)  # type: ignore[arg-type]
    return count_trials([ours], record_of([before], named=[before]), ours.spec.variant).other_primaries


def timing_of(sessions: int, *, noise: float = 0.0) -> bytes:
    """The timing of `trials(1, 1)` over its first sessions, with so much of something else in it."""
    whole = np.random.default_rng(1).standard_normal((500, 1))[:sessions]
    other = np.random.default_rng(7).standard_normal((sessions, 1))
    return bytes(sketches(whole + noise * other, DAYS[:sessions])[0].tobytes())


@pytest.mark.parametrize(
    "spec",
    [
        {"lag": 2, "timing": timing_of(500, noise=5.0)},
        {"fill": "open", "timing": timing_of(500, noise=0.1)},
        {"costs": '{"fee_bps": [1.0, 1.0]}'},
        {"variant": "rule(x=9)"},
        {"file": "ab" * 32, "timing": timing_of(500, noise=0.1)},
        {"timing": timing_of(500, noise=1.0)},  # the code was changed elsewhere: correlation 0.71
        {"first": "2016-01-04", "last": "2016-12-01", "timing": timing_of(250)},  # half the sessions: √0.5
    ],
)
def test_a_primary_on_other_terms_or_of_other_code_is_another_primary(spec: dict[str, object]) -> None:
    assert other_bet(**spec) == (str(spec.get("variant", "rule(x=0)")),)


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"last": "2017-09-29", "timing": timing_of(455)},  # √(455/500) = 0.95
        {"file": "ab" * 32},  # a comment in it was changed
    ],
)
def test_a_primary_run_again_on_prices_that_went_on_is_the_same(spec: dict[str, object]) -> None:
    assert other_bet(**spec) == ()


def test_weights_that_never_vary_are_no_bet_but_their_own() -> None:
    never = np.full(512, np.nan, dtype=np.float16).tobytes()
    assert other_bet(timing=never) == ("rule(x=0)",)
    ours = Trial(trials(1, 1)[0].spec, b"", never)
    assert ours.same_bet(ours)


def test_the_p_value_counts_as_if_the_study_had_been_done_so_many_times_over() -> None:
    # 50 independent trials, 5 of the study's own: ten studies; 1 − 0.99^10 = 0.0956
    count = TrialCount(trials=60, effective=50.0, study_effective=5.0, earlier=50)
    assert count.p_all_trials(p=0.003, p_family=0.01, named=False) == pytest.approx(0.0956, abs=5e-5)
    assert count.p_all_trials(p=0.005, p_family=0.01, named=True) == pytest.approx(0.0956, abs=5e-5)


def test_a_variant_named_after_others_were_is_one_of_all() -> None:
    # 1 − 0.995^50 = 0.2217; those that were never named keep to the shares: 0.0956
    count = TrialCount(
        trials=60,
        effective=50.0,
        study_effective=5.0,
        earlier=50,
        other_primaries=("b",),
    )
    assert count.p_all_trials(p=0.005, p_family=0.01, named=True) == pytest.approx(0.2217, abs=5e-5)
    assert count.p_all_trials(p=0.005, p_family=0.01, named=False) == pytest.approx(0.0956, abs=5e-5)


def test_naming_another_primary_on_the_same_variants_costs_what_it_gained() -> None:
    # five independent variants: p 0.008 alone is 0.0394 among five, whatever the share of the error made of it
    count = TrialCount(trials=5, effective=5.0, study_effective=5.0, earlier=0, other_primaries=("b",))
    assert count.p_all_trials(p=0.008, p_family=0.016, named=True) == pytest.approx(0.0394, abs=5e-5)


def test_a_p_value_never_falls_by_counting() -> None:
    count = TrialCount(trials=2, effective=1.0, study_effective=2.0, earlier=1)
    assert count.p_all_trials(p=0.2, p_family=0.3, named=True) == 0.3
    nothing = TrialCount(trials=1, effective=0.0, study_effective=0.0, earlier=1)
    assert nothing.p_all_trials(p=1.0, p_family=1.0, named=False) == 1.0
