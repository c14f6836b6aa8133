"""The gates of the verdict: what each asks, its threshold, a variant's figure, and whether it is passed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

from unlockstep.backtests.reports.text.figure import Figure, Text, Words, figure, text
from unlockstep.backtests.reports.text.format import (
    MISSING,
    Number,
    general,
    is_missing,
    p_value,
    percent,
    ratio,
    short_percent,
)
from unlockstep.backtests.reports.text.small_table import signed
from unlockstep.backtests.reports.text.variants import examined, shown_name
from unlockstep.backtests.reports.text.wording import listed
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.model.variant import GateResult, VariantResult

PROBABILITIES, SHARES = ("timing test", "raw returns", "rare losses", "all trials"), ("episodes",)
"""Gates whose figure is a p-value, and those whose figure is a share; of the others it is an information ratio."""


@dataclass(frozen=True)
class GateView:
    """One gate of one variant as text. word: "passed" or "not passed"; mark: ✓ or ✗."""

    name: str
    asks: Words
    threshold: Text
    figure: Words
    passed: bool

    @property
    def mark(self) -> str:
        """✓ or ✗."""
        return "✓" if self.passed else "✗"

    @property
    def word(self) -> str:
        """The mark in words."""
        return "passed" if self.passed else "not passed"


@dataclass(frozen=True)
class RuleView:
    """The rule of the verdict with the figures of a variant. count, passed: gates passed, as a number and by name."""

    name: str
    title: str
    gates: tuple[GateView, ...]
    count: str
    passed: str
    otherwise: GateView


def gate_views(variant: VariantResult, result: RunResult) -> tuple[GateView, ...]:
    """The gates of a variant in their order; empty for benchmarks."""
    return tuple(
        GateView(
            name=gate.gate,
            asks=_asks(gate.gate, variant, result),
            threshold=threshold_words(gate),
            figure=figure_words(gate) or _why_none(gate.gate, variant),
            passed=gate.passed,
        )
        for gate in variant.gates
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


def rule_view(result: RunResult) -> RuleView | None:
    """The rule of the verdict with the figures of the examined variant; None without variants under test."""
    variant = examined(result)
    if variant is None:
        return None
    gates, name = gate_views(variant, result), shown_name(variant, result.data.pair)
    chosen = "" if variant.name == result.primary else ", which has the smallest family-wise p-value,"
    return RuleView(
        name=name,
        title=gates_title(name + chosen, gates),
        gates=gates,
        count=count_passed(gates),
        passed=passed_names(gates),
        otherwise=_otherwise(variant, result),
    )


def _asks(gate: str, variant: VariantResult, result: RunResult) -> Words:
    family = result.family

    def of_study(key: str) -> Text:
        return general(figure(result, lambda r: r.study[key]))

    if gate == "timing test":
        tried: Words = "the one variant tried"
        if family.n_variants != 1:
            tried = text("all {} variants tried", general(figure(family, lambda f: f.n_variants)))
        split: Words = ""
        if variant.name == result.primary and family.n_variants > 1:
            share = short_percent(figure(result, lambda r: r.study["primary_share"]))
            split = text("; {} of the error is the primary's own, the rest is for the others", share)
        return text("p of the timing, each return weighed by its volatility, counting {}{}", tried, split)
    if gate == "out of sample":
        walk = variant.robustness and variant.robustness.walk_forward
        return text(
            "timing IR out of sample: the best tried of its strategy, chosen every {} sessions on all before, at least "
            "{}{}",
            of_study("test_sessions"),
            of_study("train_sessions"),
            "; only this one was tried" if walk and walk.tried.variants == 1 else "",
        )
    if gate == "costs":
        return text("IR over its constant mix, net, with costs times {}", of_study("cost_multiple"))
    if gate == "all trials":
        return text(
            "p of the timing, counting all {} trials ever made on these prices, {} of them by other studies",
            general(figure(family, lambda f: f.n_trials)),
            general(figure(family, lambda f: f.earlier)),
        )
    return {
        "raw returns": "p of the same timing in raw returns, this variant alone",
        "rare losses": "p of the timing over its volatility, where losses are rarer and larger than gains",
        "episodes": "share of its timing profit that the best episode brought; asked from 7 episodes on",
    }[gate]


def threshold_words(gate: GateResult) -> Text:
    """A gate's limit in words: "at most 0.03"."""
    limit = figure(gate, lambda g: g.limit)
    if gate.gate in PROBABILITIES:
        return text("at most {}", general(limit))
    return text("at most {}", short_percent(limit)) if gate.gate in SHARES else text("above {}", general(limit))


def figure_words(gate: GateResult) -> Text:
    """The figure with as many digits as tell it from its limit; empty where there is none."""
    shown = figure(gate, lambda g: g.figure)
    if gate.figure is None or is_missing(gate.figure):
        return Text()
    if gate.gate in PROBABILITIES and gate.figure < 0.001:
        return p_value(shown)
    fewest = 3 if gate.gate in PROBABILITIES else 2
    every = range(fewest, fewest + 5)
    digits = next(
        (n for n in every if _written(gate.gate, gate.figure, n) != _written(gate.gate, gate.limit, n)), fewest
    )
    return _written(gate.gate, shown, digits)


@overload
def _written(gate: str, x: Figure, digits: int) -> Text: ...
@overload
def _written(gate: str, x: Number, digits: int) -> str: ...
def _written(gate: str, x: Figure | Number, digits: int) -> Words:
    """A gate's figure or limit with so many digits."""
    if gate in SHARES:
        return percent(x, digits - 2)
    return ratio(x, digits, signed=gate not in PROBABILITIES)


def _why_none(gate: str, variant: VariantResult) -> str:
    """A dash, and why a variant has no figure for a gate."""
    walked = variant.robustness is not None and variant.robustness.walk_forward is not None
    still = "its weights never varied there" if walked else "sample too short"
    reason = {
        "out of sample": still, "episodes": "no timing profit to share", "rare losses": "not asked"
    }.get(gate)  # fmt: skip
    return f"{MISSING} ({reason})" if reason else MISSING


def _otherwise(variant: VariantResult, result: RunResult) -> GateView:
    """What would make it "no edge" instead: the bound below what would be worth trading."""
    return GateView(
        name="no edge instead",
        asks="95 % upper bound of its timing IR, less what its trading costs",
        threshold=text("below {}", general(figure(result, lambda r: r.study["worthwhile_ir"]))),
        figure=signed(figure(variant.inference, lambda i: i.timing_upper_net)),
        passed=variant.verdict == "no edge",
    )
