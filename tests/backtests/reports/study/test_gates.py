"""The gates of the verdict as they are shown; expected texts by hand."""

from typing import Any

import pytest

from tests.backtests.reports.build import candidate, stored_run
from unlockstep.backtests.reports.study.gates import RuleView, count_passed, gate_views, passed_names, rule_view


def shown(*candidates: dict[str, Any], **update: Any) -> RuleView:
    result = stored_run(candidates=candidates or None).result
    view = rule_view(result.model_copy(update=update))
    assert view is not None
    return view


def test_every_gate_stands_beside_its_threshold_and_figure() -> None:
    rule = shown()
    assert [(g.name, g.mark, str(g.figure), str(g.threshold)) for g in rule.gates] == [
        ("timing test", "✗", "0.473", "at most 0.05"),
        ("raw returns", "✗", "0.187", "at most 0.05"),
        ("out of sample", "✗", "−0.15", "above 0"),
        ("costs", "✓", "+0.26", "above 0"),
        ("episodes", "✓", "42\u00a0%", "at most 50\u00a0%"),
    ]
    assert (str(rule.otherwise.figure), str(rule.otherwise.threshold)) == ("+0.88", "below 0.5")
    assert (
        rule.title
        == "break_entry passes 2 of the 5 gates of an edge; it fails timing test, raw returns and out of sample"
    )


def test_every_threshold_of_the_study_is_told() -> None:
    rule = shown(candidate("a(x=1)"), candidate("b(x=1)"))
    text = " ".join(f"{g.asks} {g.threshold}" for g in (*rule.gates, rule.otherwise))
    for threshold in (
        "0.05",
        "40\u00a0% of the error",
        "times 2.5",
        "every 63 sessions",
        "at least 126",
        "50\u00a0%",
        "0.5",
    ):
        assert threshold in text


def test_the_error_is_split_only_where_there_are_others() -> None:
    assert "error" not in str(shown().gates[0].asks)
    assert "counting the one variant tried" in str(shown().gates[0].asks)


@pytest.mark.parametrize(
    ("passing", "title"),
    [
        ((), "break_entry passes none of the 5 gates"),
        (
            (3,),
            "break_entry passes 1 of the 5 gates of an edge; it fails timing test, raw returns, out of sample and "
            "episodes",
        ),
        ((0, 1, 2, 3), "break_entry passes 4 of the 5 gates of an edge; it fails episodes"),
        ((0, 1, 2, 3, 4), "break_entry passes all 5 gates: that is an edge"),
    ],
)
def test_the_title_says_what_is_passed_and_what_is_not(passing: tuple[int, ...], title: str) -> None:
    variant = candidate("break_entry(window=90)")
    for i, gate in enumerate(variant["gates"]):
        gate["passed"] = i in passing
    assert shown(variant).title == title


def test_rounding_never_puts_a_figure_on_its_threshold() -> None:
    variant = candidate("rule(x=1)", p_family=0.05003)
    variant["gates"][3]["figure"] = 0.0004
    variant["gates"][4] |= {"figure": 0.5004, "passed": False}
    assert [str(g.figure) for g in shown(variant).gates] == ["0.05003", "0.187", "−0.15", "+0.0004", "50.04\u00a0%"]


def test_a_gate_without_a_figure_says_why() -> None:
    variant = candidate("rule(x=1)")
    variant["gates"][2] |= {"figure": None, "passed": False}
    variant["gates"][4] |= {"figure": None, "passed": False}
    gates = shown(variant).gates
    assert gates[2].figure == "– (its weights never varied there)"
    assert gates[4].figure == "– (no timing profit to share)"
    variant["robustness"]["walk_forward"] = None
    assert shown(variant).gates[2].figure == "– (sample too short)"


def test_benchmarks_have_no_gates() -> None:
    result = stored_run().result
    assert gate_views(result.variants[-1], result) == ()
    assert count_passed(()) == "–"
    assert passed_names(()) == "none"
    assert rule_view(stored_run(candidates=[]).result) is None


def test_without_a_primary_the_smallest_p_is_shown_and_said_to_be() -> None:
    rule = shown(candidate("a(x=1)"), candidate("b(x=1)", p_family=0.2), primary=None)
    assert rule.title.startswith("b, which has the smallest family-wise p-value, passes 2 of")


def test_a_share_of_few_episodes_passes_and_says_so() -> None:
    few = candidate("a(x=1)")
    few["gates"][4] |= {"figure": 0.84, "passed": True}
    assert str(shown(few).gates[4].figure) == "84\u00a0% (too few to ask)"
