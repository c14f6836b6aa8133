"""The variants of a study: those that strategies are studied by, lists of values, and settings of the command line."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from math import prod
from pathlib import Path
from types import MappingProxyType
from typing import Any

from unlockstep.backtests.config.benchmark_names import FURTHER_LEG, benchmark_name
from unlockstep.backtests.config.overrides import setting_of
from unlockstep.backtests.config.study_tables import Variant
from unlockstep.backtests.plugins.file_loader import load
from unlockstep.backtests.plugins.lookup import strategy_named
from unlockstep.signals.errors import ParameterError, StudyError, unknown_name
from unlockstep.strategies.benchmarks import EqualWeight
from unlockstep.strategies.registry import all_strategies
from unlockstep.strategies.strategy import Strategy

NO_FILES: Mapping[str, str] = MappingProxyType({})


MOST_VARIANTS = 10_000
"""Variants of a study at most; more are swept."""


def check_count(variants: Iterable[Variant]) -> None:
    """Raise StudyError where the lists of values in these variants give more than `MOST_VARIANTS` combinations."""
    count = sum(
        prod(len(value) for value in variant.params.values() if isinstance(value, list | tuple)) for variant in variants
    )
    if count > MOST_VARIANTS:
        raise StudyError(
            f"The study has {count:,} variants, more than the {MOST_VARIANTS:,} of one run",
            name="variants",
            limit=MOST_VARIANTS,
            remedy="give fewer values, or try them with `unlockstep sweep`",
        )


def expanded(params: dict[str, Any]) -> list[dict[str, Any]]:
    """One dict for each combination of the values that are lists."""
    for key, value in params.items():
        if isinstance(value, list | tuple) and not value:
            raise StudyError(f"The parameter '{key}' has an empty list of values", name=key, remedy="give one at least")
    choices = [value if isinstance(value, list | tuple) else [value] for value in params.values()]
    return [dict(zip(params, combination, strict=True)) for combination in product(*choices)]


def studied(names: Sequence[str] = (), *, files: Mapping[str, str] = NO_FILES) -> tuple[Variant, ...]:
    """The variants that a study runs of these strategies, or of all of unlockstep's but the benchmarks and of all in
    `files`, the user's own (path → sha256). Strategies that other packages bring are run where they are named.
    """
    user_strategies = [name for path, sha256 in files.items() for name in load(Path(path), sha256).strategies]
    chosen = names or [
        *(name for name, cls in all_strategies().items() if cls.in_default_study and not cls.benchmark),
        *user_strategies,
    ]
    return tuple(
        Variant(strategy=name, params=dict(params)) for name in chosen for params in strategy_named(name, files).studied
    )


def benchmarks_of(legs: Sequence[str]) -> tuple[Variant, ...]:
    """The benchmarks of every study of these tickers; of more than a pair each further leg, and all in equal shares."""
    usual = [name for name, cls in all_strategies().items() if cls.benchmark and cls.in_default_study]
    further = [Variant(strategy=FURTHER_LEG, params={"leg": ticker}) for ticker in legs[2:]]
    return (
        *(Variant(strategy=name) for name in usual),
        *further,
        *([Variant(strategy=EqualWeight.name)] if further else []),
    )


def with_settings(
    variants: Sequence[Variant], settings: Sequence[str], *, files: Mapping[str, str] = NO_FILES
) -> tuple[Variant, ...]:
    """The variants with what --set STRATEGY.PARAM=VALUE … changes in them; files as in `studied`.

    A value may be a list, 60,90,120: one variant each. A benchmark may be set without being among the variants.
    Raises ParameterError for a setting that fits nothing, or a strategy that is not in the study.
    """
    changed = list(variants)
    for setting in settings:
        name, parameter, value = setting_of(setting, example="derisk.window=60,90", owner="STRATEGY")
        cls = strategy_named(name, files)
        if not cls.has_parameter(parameter):
            raise unknown_name(f"parameter of {name} called", parameter, cls.model_fields)
        names = [variant.strategy for variant in changed]
        if name not in names and cls.benchmark:
            changed.append(Variant(strategy=name))
        elif name not in names:
            there = ", ".join(dict.fromkeys(names))
            raise ParameterError(
                f"--set changes {name}, but the study has only {there}", name=name, remedy=f"add --strategy {name}"
            )
        change = {parameter: value.split(",")}
        gone = f"{parameter}."  # parameters of what was named there before
        changed = [
            variant.model_copy(
                update={"params": {**{k: v for k, v in variant.params.items() if not k.startswith(gone)}, **change}}
            )
            if variant.strategy == name
            else variant
            for variant in changed
        ]
    return tuple(changed)


def short_label(strategy: Strategy, among: Sequence[Strategy], pair: Sequence[str]) -> str:
    """The shortest name that tells a variant from the others: its strategy, and the parameters in which they differ.

    A parameter that is a word speaks for itself: "reconvergence hedged", but "derisk window=60". Costs of its own stand
    last: "derisk fee_bps=5". A benchmark that holds one leg is called by its ticker: "hold QQQ".
    """
    if benchmark := benchmark_name(strategy.name, pair, strategy.params):
        return f"{benchmark} {strategy.terms}".strip()
    siblings = [other for other in among if other.name == strategy.name]
    differing = {k: v for k, v in strategy.params.items() if len({str(s.params.get(k)) for s in siblings}) > 1}
    words = [v if isinstance(v, str) else f"{k}={v}" for k, v in differing.items()]
    return " ".join([strategy.name, *words, *([strategy.terms] if strategy.terms else [])])
