"""The verdict's rule, case by case."""

from dataclasses import replace
from typing import Any

import pytest

from unlockstep.backtests.config.thresholds import Rule
from unlockstep.backtests.results.decision import Evidence, Gates, later_gates, none_worth_trading, years_needed
from unlockstep.backtests.results.model.base import Decision
from unlockstep.backtests.results.reasons import Candidate, Verdict
from unlockstep.backtests.results.verdict import judge_study, judge_variant

STRONG = Evidence(
    timing_ir=1.5,
    timing_ci=(0.8, 2.2),
    timing_upper=2.1,
    timing_p=0.001,
    timing_p_family=0.01,
    cost_drag_ir=0.1,
    detectable=1.4,
    years=8.0,
)
WEAK = replace(STRONG, timing_ir=-0.3, timing_p_family=0.9, timing_upper=0.49, cost_drag_ir=0.0)
PASSED = Gates(money_p=0.02, out_of_sample_ir=0.8, net_ir=0.4, best_episode=0.3)
RULE = Rule()


def decide(
    evidence: Evidence, gates: Gates = PASSED, *, may_have_none: bool = True, primary: bool = False, rule: Rule = RULE
) -> Verdict:
    return judge_variant(evidence, rule, family=10, may_have_none=may_have_none, primary=primary, gates=gates)


def test_a_small_family_wise_p_and_every_gate_passed_make_an_edge() -> None:
    assert decide(STRONG).decision == "edge"
    assert decide(replace(STRONG, timing_p_family=RULE.alpha)).decision == "edge"


def test_a_p_value_that_is_small_only_on_its_own_makes_none() -> None:
    assert decide(replace(STRONG, timing_p_family=0.051)).decision == "cannot tell"


@pytest.mark.parametrize(
    ("failing", "words"),
    [
        ({"money_p": 0.5}, "In money"),
        ({"skewness": -1.2, "standardised_p": 0.06}, "small gains before rare losses"),
        ({"skewness": float("nan"), "standardised_p": float("nan")}, "small gains before rare losses"),
        ({"out_of_sample_ir": -0.01}, "the timing ratio is -0.01"),
        ({"out_of_sample_ir": 0.0}, "the timing ratio is +0.00"),
        ({"out_of_sample_ir": float("nan")}, "the sample is too short"),
        ({"net_ir": -0.01}, "With costs times 2"),
        ({"net_ir": float("nan")}, "With costs times 2"),
        ({"best_episode": 0.99}, "carries 99 %"),
        ({"best_episode": float("nan")}, "no timing profit"),
    ],
)
def test_one_gate_that_fails_is_enough_and_is_named(failing: dict[str, Any], words: str) -> None:
    verdict = decide(STRONG, replace(PASSED, **failing))
    assert verdict.decision == "cannot tell"
    assert any(words in reason for reason in verdict.reasons)
    assert sum(not gate.passed for gate in later_gates(replace(PASSED, **failing), RULE)) == 1


def test_gates_are_inclusive_where_the_rule_says_at_most() -> None:
    at_the_limits = Gates(RULE.money_alpha, 1e-9, 1e-9, RULE.episode_share)
    assert decide(STRONG, at_the_limits).decision == "edge"


def test_gates_decide_nothing_when_the_timing_test_fails_and_must_be_there_when_it_is_passed() -> None:
    def judged(evidence: Evidence) -> Verdict:
        return judge_variant(evidence, RULE, family=1, may_have_none=True, primary=True, gates=None)

    hopeless = replace(STRONG, timing_p_family=0.2)
    assert judged(hopeless).decision == "cannot tell"
    with pytest.raises(ValueError, match="must have been measured"):
        judged(STRONG)


def test_an_upper_bound_below_what_is_worth_trading_is_no_edge() -> None:
    assert decide(WEAK).decision == "no edge"
    assert decide(replace(WEAK, timing_upper=0.5)).decision == "cannot tell"


def test_no_edge_is_said_of_one_of_many_only_where_it_may_be() -> None:
    assert decide(WEAK, may_have_none=False).decision == "cannot tell"
    assert none_worth_trading([WEAK, WEAK], RULE)
    assert not none_worth_trading([WEAK, STRONG], RULE)
    assert not none_worth_trading([], RULE)


def test_costs_can_eat_what_the_bound_would_allow() -> None:
    eaten = decide(replace(WEAK, timing_upper=0.8, cost_drag_ir=0.4))
    assert eaten.decision == "no edge"
    # 0.8 - 0.4 = 0.4 a year is less than 0.5
    assert "Costs eat it: they take 0.40 a year" in eaten.reasons[-1]
    assert "+0.40 after them" in eaten.reasons[-1]


def test_cannot_tell_says_what_it_would_take() -> None:
    verdict = decide(replace(STRONG, timing_ir=0.7, timing_p_family=0.3))
    # 8 years · (1.4 / 0.7)² = 32 years
    assert years_needed(replace(STRONG, timing_ir=0.7)) == pytest.approx(32.0)
    assert "about 32 years" in " ".join(verdict.reasons)
    assert "1.40 or more" in " ".join(verdict.reasons)


def test_no_number_of_years_shows_a_timing_that_loses() -> None:
    assert years_needed(WEAK) == float("inf")
    assert "it would take" not in " ".join(decide(replace(WEAK, timing_upper=0.9)).reasons)


def test_weights_that_never_change_cannot_be_judged() -> None:
    assert decide(replace(STRONG, timing_ir=float("nan"))).decision == "cannot tell"


def test_the_primary_is_told_its_share_of_the_error() -> None:
    assert "has 50 % of the error for itself" in decide(STRONG, primary=True).reasons[1]
    assert "for itself" not in decide(STRONG).reasons[1]


def study(*decisions: Decision) -> Decision:
    candidates = [
        Candidate(f"v{i}", Verdict(d, ("because.",)), STRONG, primary=i == 0) for i, d in enumerate(decisions)
    ]
    return judge_study(candidates, RULE).decision


def test_one_edge_makes_the_study_s() -> None:
    assert study("cannot tell", "no edge", "edge") == "edge"


def test_only_a_family_without_any_hope_has_no_edge() -> None:
    assert study("no edge", "no edge") == "no edge"
    assert study("no edge", "cannot tell") == "cannot tell"


def test_benchmarks_alone_claim_nothing() -> None:
    assert judge_study([], RULE).decision == "cannot tell"


def test_the_study_names_its_best_its_primary_its_reach_and_how_the_error_is_split() -> None:
    candidates = [
        Candidate("weak", Verdict("cannot tell", ("Little.",)), replace(STRONG, timing_p_family=0.9), primary=True),
        Candidate("better", Verdict("cannot tell", ("More.",)), replace(STRONG, timing_p_family=0.2, detectable=1.6)),
    ]
    said = " ".join(judge_study(candidates, replace(RULE, alpha=0.05, primary_share=0.4)).reasons)
    for words in (
        "better, p = 0.200",
        "at least 1.40 to 1.60 a year, depending on the variant,",
        "2 variants were tried",
        "primary variant, weak: cannot tell. Little.",
        "The error of 5 % is split: 2 % for the pre-registered primary variant, and 3 % for the 1 other",
    ):
        assert words in said


def test_only_returns_skewed_to_the_left_need_a_small_p_of_their_own() -> None:
    assert decide(STRONG, replace(PASSED, skewness=-0.5, standardised_p=0.9)).decision == "edge"
    assert decide(STRONG, replace(PASSED, skewness=-3.0, standardised_p=RULE.alpha)).decision == "edge"
    assert decide(STRONG, replace(PASSED, skewness=-0.51, standardised_p=RULE.alpha + 0.001)).decision == "cannot tell"


def test_of_six_episodes_or_fewer_the_best_one_s_share_is_said_and_refuses_nothing() -> None:
    few, many = (replace(PASSED, best_episode=0.9, episodes=n) for n in (6, 7))
    assert decide(STRONG, few).decision == "edge"
    assert "it has 6 episodes, too few to ask for less" in " ".join(decide(STRONG, few).reasons)
    assert decide(STRONG, many).decision == "cannot tell"
    assert decide(STRONG, replace(few, best_episode=float("nan"))).decision == "cannot tell"


def test_a_choice_among_several_is_told_from_a_variant_s_own_later_years() -> None:
    single, chosen = (decide(STRONG, replace(PASSED, tried=n)).reasons[4] for n in (1, 4))
    assert "the sessions after the first training" in single
    assert "chosen as time went by among the 4 variants" in chosen


def test_a_p_value_is_never_rounded_onto_its_limit() -> None:
    said = decide(replace(STRONG, timing_p_family=0.0304)).reasons[1]
    assert "p = 0.0304 (above the 3 % allowed)" in said
    assert "p = 0.030 (within" in decide(replace(STRONG, timing_p_family=0.03)).reasons[1]


def test_other_thresholds_than_the_calibrated_ones_are_said_so() -> None:
    candidates = [Candidate("v", Verdict("edge", ("because.",)), STRONG)]
    words = "not those for which error rates are published"
    assert words in " ".join(judge_study(candidates, replace(RULE, alpha=0.1)).reasons)
    assert words not in " ".join(judge_study(candidates, RULE).reasons)


def test_an_error_that_a_still_primary_cannot_spend_is_not_called_split() -> None:
    still = replace(STRONG, timing_ir=float("nan"))
    candidates = [Candidate("still", decide(still), still, primary=True), Candidate("other", decide(STRONG), STRONG)]
    assert "is split" not in " ".join(judge_study(candidates, RULE).reasons)
