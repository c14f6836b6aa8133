"""The gates of the verdict: what each asks, its threshold, a variant's figure, and whether it is passed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from unlockstep.backtests.reports.study.columns import dig
from unlockstep.backtests.reports.text.format import (
    MISSING,
    Number,
    is_missing,
    p_value,
    percent,
    ratio,
    short_percent,
    value,
)
from unlockstep.backtests.reports.text.wording import examined, listed, shown_name

PROBABILITIES, SHARES = ("timing test", "money", "earlier trials"), ("episodes",)
"""Gates whose figure is a p-value, and those whose figure is a share; of the others it is an information ratio."""


@dataclass(frozen=True)
class GateView:
    """One gate of one variant as text. word: "passed" or "not passed"; mark: ✓ or ✗."""

    name: str
    asks: str
    threshold: str
    figure: str
    passed: bool

    @property
    def mark(self) -> str:
        """✓ or ✗."""
        return "✓" if self.passed else "✗"

    @property
    def word(self) -> str:
        """The mark in words."""
        return "passed" if self.passed else "not passed"


def gate_views(variant: dict[str, Any], result: dict[str, Any]) -> tuple[GateView, ...]:
    """The gates of a variant in their order; empty for benchmarks and for runs that kept none."""
    study, family = result["study"], result["family"]
    primary = variant["name"] == result.get("primary")
    return tuple(
        GateView(
            name=gate["gate"],
            asks=_asks(
                gate["gate"],
                study,
                family,
                primary,
                dig(variant, ("robustness", "walk_forward", "tried", "variants")),
            ),
            threshold=threshold_words(gate["gate"], gate.get("limit")),
            figure=figure_words(gate["gate"], gate.get("figure"), gate.get("limit"))
            or _why_none(gate["gate"], variant),
            passed=bool(gate["passed"]),
        )
        for gate in variant.get("gates") or ()
    )


def count_passed(gates: Sequence[GateView]) -> str:
    """How many gates are passed: "2 of 5"; "–" where there are none."""
    return f"{sum(gate.passed for gate in gates)} of {len(gates)}" if gates else MISSING


def passed_names(gates: Sequence[GateView]) -> str:
    """The gates passed, by name; "none" where none is."""
    return listed([gate.name for gate in gates if gate.passed]) or "none"


def gates_title(name: str, gates: Sequence[GateView]) -> str:
    """How many gates are passed and which are not, in a sentence."""
    failed = [gate.name for gate in gates if not gate.passed]
    if not failed:
        return f"{name} passes all {len(gates)} gates: that is an edge"
    passes = len(gates) - len(failed)
    how_many = f"{passes} of the {len(gates)} gates" if passes else f"none of the {len(gates)} gates"
    return f"{name} passes {how_many} of an edge; it fails {listed(failed)}" if passes else f"{name} passes {how_many}"


def rule_view(result: dict[str, Any]) -> dict[str, Any] | None:
    """The rule of the verdict with the figures of the examined variant; None where the run kept no gates."""
    variant = examined(result)
    gates = gate_views(variant, result) if variant is not None else ()
    if variant is None or not gates:
        return None
    name = shown_name(variant, result["data"]["pair"])
    chosen = "" if variant["name"] == result.get("primary") else ", which has the smallest family-wise p-value,"
    return {
        "name": name,
        "title": gates_title(name + chosen, gates),
        "gates": gates,
        "count": count_passed(gates),
        "passed": passed_names(gates),
        "otherwise": _otherwise(variant, result["study"]),
    }


def _asks(gate: str, study: dict[str, Any], family: dict[str, Any], primary: bool, siblings: Number) -> str:
    share, variants = study.get("primary_share"), family.get("n_variants")
    split = ""
    if primary and share is not None and (variants or 0) > 1:
        split = f"; {short_percent(share)} of the error is the primary's own, the rest is for the others"
    tried = "the one variant tried" if variants == 1 else f"all {value(variants)} variants tried"
    refit, train = value(study.get("test_sessions")), value(study.get("train_sessions"))
    later = f"timing IR on later data: the best tried of its strategy, chosen every {refit} sessions on all before, at "
    later += f"least {train}"
    if siblings == 1:
        later += "; only this one was tried"
    return {
        "timing test": f"p of the timing, each return weighed by its volatility, counting {tried}{split}",
        "money": "p of the same timing in money, each return as it is, this variant alone",
        "later data": later,
        "costs": f"IR over its constant mix, net, with costs times {value(study.get('cost_multiple'))}",
        "episodes": "share of its timing profit that the best episode brought",
        "earlier trials": f"p of the timing, counting all {value(family.get('n_trials'))} trials ever made on these "
        f"prices, {value(family.get('earlier'))} of them by other studies",
    }.get(gate, "")


def threshold_words(gate: str, limit: Number) -> str:
    """A gate's limit in words: "at most 0.03"."""
    if gate in PROBABILITIES:
        return f"at most {value(limit)}"
    return f"at most {short_percent(limit)}" if gate in SHARES else f"above {value(limit)}"


def figure_words(gate: str, figure: Number, limit: Number) -> str:
    """The figure with as many digits as tell it from its limit; "" where there is none."""
    if figure is None or is_missing(figure):
        return ""
    if gate in PROBABILITIES and figure < 0.001:
        return p_value(figure)

    def write(x: Number, digits: int) -> str:
        if gate in SHARES:
            return percent(x, digits - 2)
        return ratio(x, digits, signed=gate not in PROBABILITIES)

    fewest = 3 if gate in PROBABILITIES else 2
    texts = [(write(figure, digits), write(limit, digits)) for digits in range(fewest, fewest + 5)]
    return next((text for text, edge in texts if text != edge), texts[0][0])


def _why_none(gate: str, variant: dict[str, Any]) -> str:
    """A dash, and why a variant has no figure for a gate."""
    walked = dig(variant, ("robustness", "walk_forward"))
    still = "its weights never varied there" if walked else "sample too short"
    reason = {"later data": still, "episodes": "no timing profit to share"}.get(gate)
    return f"{MISSING} ({reason})" if reason else MISSING


def _otherwise(variant: dict[str, Any], study: dict[str, Any]) -> GateView:
    """What would make it "no edge" instead: the bound below what would be worth trading."""
    return GateView(
        name="no edge instead",
        asks="95 % upper bound of its timing IR, less what its trading costs",
        threshold=f"below {value(study.get('worthwhile_ir'))}",
        figure=ratio(dig(variant, ("inference", "timing_upper_net")), signed=True),
        passed=variant["verdict"] == "no edge",
    )
