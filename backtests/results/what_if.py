"""What would change a study's verdict: from the figures of the variant that it hangs on, in sentences."""

import math
from collections.abc import Sequence

from unlockstep.backtests.config.thresholds import Rule
from unlockstep.backtests.results.model.base import as_float
from unlockstep.backtests.results.model.variant import GateResult, VariantResult
from unlockstep.backtests.results.reasons import span_of
from unlockstep.backtests.text import probability


def outlook(decision: str, variants: Sequence[VariantResult], primary: str | None, rule: Rule) -> list[str]:
    """At most three sentences; none where no variant claims anything or its weights never varied.

    An edge hangs on the variants that have it, anything else on the primary, or
    without one on the variant with the smallest family-wise p-value.
    """
    candidates = [v for v in variants if not v.benchmark and v.inference.timing_ir is not None]
    if not candidates:
        return []
    if decision == "edge":
        return [_lost(v, rule) for v in candidates if v.verdict == "edge"][:3]
    named = next((v for v in candidates if v.name == primary), None)
    of = named or min(candidates, key=lambda v: as_float(v.inference.timing_p_family))
    sentences = [_for_an_edge(of), _gates(of), _for_no_edge(of, rule, decision)]
    return [sentence for sentence in sentences if sentence]


def _for_an_edge(v: VariantResult) -> str:
    inference = v.inference
    ratio, needed, years = map(as_float, (inference.timing_ir, inference.years_needed, inference.years))
    reach = inference.min_detectable_ir
    if reach is None:
        return ""
    needs = f"Edge: {v.label} needs a timing information ratio of about {reach:+z.2f} in a sample like this one"
    if ratio <= 0:
        return f"{needs}; it has {ratio:+z.2f}, which no length of time turns into one."
    if needed <= years:
        return f"{needs}, and has {ratio:+z.2f}: strong enough, were it not for what follows."
    length = f"{span_of(needed)} of data (there are {years:.1f} years)"
    return f"{needs}, or, at the {ratio:+z.2f} that it has, {length}."


ASKS = {
    "raw returns": "p of raw returns at most",
    "rare losses": "p over its volatility at most",
    "episodes": "a best episode of at most",
    "all trials": "p at most",
}
"""Gates that ask for a small figure; the others ask for one above their limit."""


def _gates(v: VariantResult) -> str:
    """The gates that it would have to pass besides the timing test; "" where it passes them all."""
    failed = [_gate(gate) for gate in v.gates[1:] if not gate.passed]
    return f"It must also pass {'; '.join(failed)}." if failed else ""


def _gate(gate: GateResult) -> str:
    name, figure, limit = gate.gate, as_float(gate.figure), as_float(gate.limit)
    if name == "episodes":
        threshold, has = f"{limit * 100:g} %", f"{figure * 100:.0f} %"
    else:
        threshold, has = f"{limit:g}", f"{figure:.3f}" if name in ASKS else _signed(figure)
    return f"{name} ({ASKS.get(name, 'above')} {threshold}; it has {has if math.isfinite(figure) else 'none'})"


def _signed(figure: float) -> str:
    """Two decimals, or the first that is not zero: what fails by a hair is not told as nothing."""
    return f"{figure:+z.2f}" if abs(figure) >= 0.005 or figure == 0 else f"{figure:+z.1g}"


def _for_no_edge(v: VariantResult, rule: Rule, decision: str) -> str:
    inference = v.inference
    bound, worth = inference.timing_upper_net, rule.worthwhile_ir
    if bound is None:
        return ""
    if decision == "no edge":
        return f"No edge stands as long as its upper bound less costs, {bound:+z.2f}, stays below {worth:+z.2f}."
    if bound < worth:
        return "“No edge” for the study needs every other variant's upper bound below what is worth trading as well."
    ratio = as_float(inference.timing_ir)
    net = ratio - as_float(inference.cost_drag_ir)
    must_fall = f"No edge: its upper bound less costs, {bound:+z.2f}, must fall below {worth:+z.2f}"
    if net >= worth:
        return f"{must_fall}; at the {net:+z.2f} it has after costs it never will."
    reach = (as_float(inference.timing_upper) - ratio) * math.sqrt(as_float(inference.years))
    years = (reach / (worth - net)) ** 2
    return f"{must_fall}; at the {net:+z.2f} it has after costs that takes {span_of(years)} of data."


def _lost(v: VariantResult, rule: Rule) -> str:
    inference = v.inference
    p = probability(as_float(inference.timing_p_family), rule.alpha)
    causes = [f"its family-wise p-value, {p}, rose above {rule.alpha:g}"]
    even = v.robustness.break_even_multiple if v.robustness is not None else None
    if even is not None:
        causes.append(f"costs were {even:.1f} times as high")
    without = inference.episode_detail.ir_without_best if inference.episode_detail is not None else None
    if without is not None:
        causes.append(f"its best episode, without which the timing ratio is {without:+z.2f}, proved to be chance")
    return f"The edge of {v.label} would be lost if {', or if '.join(causes)}."
