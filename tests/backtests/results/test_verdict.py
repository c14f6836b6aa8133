"""The verdict's rule, case by case."""

from dataclasses import replace

from backtests.results.verdict import Claim, Decision, Evidence, Verdict, judge_study, judge_variant

STRONG = Evidence(
    timing_ir=1.5,
    timing_ci=(0.8, 2.2),
    timing_upper=2.1,
    timing_p=0.001,
    timing_p_family=0.01,
    min_detectable_ir=1.4,
    net_ir_doubled_costs=0.4,
    years=8.0,
)


def decide(evidence: Evidence) -> Verdict:
    return judge_variant(evidence, family=10, alpha=0.05, worthwhile_ir=0.5)


def test_a_small_family_wise_p_and_a_lead_at_doubled_costs_make_an_edge() -> None:
    assert decide(STRONG).decision == "edge"
    assert decide(replace(STRONG, timing_p_family=0.05)).decision == "edge"


def test_a_p_value_that_is_small_only_on_its_own_makes_none() -> None:
    assert decide(replace(STRONG, timing_p_family=0.051)).decision == "cannot tell"


def test_an_edge_that_doubled_costs_eat_is_none() -> None:
    verdict = decide(replace(STRONG, net_ir_doubled_costs=-0.01))
    assert verdict.decision == "cannot tell"
    assert any("With costs doubled" in reason for reason in verdict.reasons)


def test_an_upper_bound_below_what_is_worth_trading_is_no_edge() -> None:
    weak = replace(STRONG, timing_ir=-0.3, timing_p_family=0.9, timing_upper=0.49)
    assert decide(weak).decision == "no edge"
    assert decide(replace(weak, timing_upper=0.5)).decision == "cannot tell"


def test_cannot_tell_says_what_it_would_take() -> None:
    verdict = decide(replace(STRONG, timing_ir=0.7, timing_p_family=0.3))
    # 8 years · (1.4 / 0.7)² = 32 years
    assert "about 32 years" in " ".join(verdict.reasons)
    assert "1.40 or more" in " ".join(verdict.reasons)


def test_weights_that_never_change_cannot_be_judged() -> None:
    assert decide(replace(STRONG, timing_ir=float("nan"))).decision == "cannot tell"


def study(*decisions: Decision) -> Decision:
    claims = [Claim(f"v{i}", Verdict(d, ("because.",)), 0.5, primary=i == 0) for i, d in enumerate(decisions)]
    return judge_study(claims, min_detectable_ir=1.4).decision


def test_one_edge_makes_the_study_s() -> None:
    assert study("cannot tell", "no edge", "edge") == "edge"


def test_only_a_family_without_any_hope_has_no_edge() -> None:
    assert study("no edge", "no edge") == "no edge"
    assert study("no edge", "cannot tell") == "cannot tell"


def test_benchmarks_alone_claim_nothing() -> None:
    assert judge_study([], min_detectable_ir=float("nan")).decision == "cannot tell"


def test_the_study_names_its_best_its_primary_and_its_reach() -> None:
    claims = [
        Claim("weak", Verdict("cannot tell", ("Little.",)), 0.9, primary=True),
        Claim("better", Verdict("cannot tell", ("More.",)), 0.2),
    ]
    said = " ".join(judge_study(claims, min_detectable_ir=1.43).reasons)
    for words in (
        "better, p = 0.200",
        "1.43 or more",
        "2 variants were tried",
        "primary variant, weak: cannot tell. Little.",
    ):
        assert words in said
