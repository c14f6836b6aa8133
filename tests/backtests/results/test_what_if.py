"""What would change a verdict, by hand."""

from tests.backtests.reports.build import candidate
from unlockstep.backtests.config.thresholds import Rule
from unlockstep.backtests.results.model.variant import GateResult, VariantResult
from unlockstep.backtests.results.what_if import outlook

GATES = (
    GateResult(gate="timing test", passed=False, figure=0.4, limit=0.03),
    GateResult(gate="episodes", passed=False, figure=0.91, limit=0.7),
)


def entry(gates: tuple[GateResult, ...] = GATES, **inference: float) -> VariantResult:
    figures = {
        "timing_ir": 0.25, "years_needed": 36.0, "min_detectable_ir": 0.5, "years": 9.0, "timing_upper": 0.85,
        "timing_upper_net": 0.85, "cost_drag_ir": 0.0, "timing_p_family": 0.4, **inference,
    }  # fmt: skip
    variant = VariantResult.model_validate(candidate("a"))
    return variant.model_copy(update={"gates": gates, "inference": variant.inference.model_copy(update=figures)})


def test_an_open_verdict_names_what_an_edge_and_what_no_edge_would_take() -> None:
    sentences = outlook("cannot tell", [entry()], "a", Rule(worthwhile_ir=0.5))
    assert sentences[0].endswith("or, at the +0.25 that it has, about 36 years of data (there are 9.0 years).")
    assert sentences[1] == "It must also pass episodes (a best episode of at most 70 %; it has 91 %)."
    # reach 0.6 over 3 = √9: (0.6 · 3 / 0.25)² = 51.84 years
    assert sentences[2].endswith(
        "must fall below +0.50; at the +0.25 it has after costs that takes about 52 years of data."
    )


def test_a_negative_timing_becomes_no_edge_by_no_length_of_time() -> None:
    sentences = outlook("cannot tell", [entry(timing_ir=-0.2)], "a", Rule())
    assert "has -0.20, which no length of time turns into one" in sentences[0]


def test_a_gate_that_fails_by_a_hair_is_not_told_as_nothing() -> None:
    close = entry((*GATES, GateResult(gate="out of sample", passed=False, figure=-0.0012, limit=0.0)))
    assert "out of sample (above 0; it has -0.001)" in outlook("cannot tell", [close], "a", Rule())[1]


def test_benchmarks_alone_have_no_outlook() -> None:
    assert outlook("cannot tell", [entry().model_copy(update={"benchmark": True})], None, Rule()) == []
