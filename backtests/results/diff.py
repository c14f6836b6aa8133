"""What changed from a baseline: settings, parameters, and what that did to every figure of every variant."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import numpy as np
import pandas as pd

from unlockstep.backtests.results.model.base import Result
from unlockstep.backtests.results.model.comparison import (
    ChangedSetting,
    FigureChange,
    SharpeTest,
    UnpairedVariant,
    VariantChange,
    VariantPlace,
)
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.model.variant import VariantResult
from unlockstep.backtests.results.stored_run import StoredRun, run_names
from unlockstep.backtests.stats.benchmark_comparison import sharpe_difference
from unlockstep.backtests.stats.sharpe import excess_returns
from unlockstep.signals.errors import HistoryError, RunError


@dataclass(frozen=True)
class Baseline:
    """What the others are compared with: a run, by its number, and one variant of it, or each with its counterpart."""

    run: int
    variant: str | None = None


def baseline_of(runs: Sequence[StoredRun], spec: str | None) -> Baseline:
    """The baseline that "RUN" or "RUN:VARIANT" asks for; the first run where nothing is asked.

    RUN: the folder as given, or its name.  VARIANT: its name, its label, or its strategy where that has one variant.
    Raises RunError for a run that is not among those compared, and for a variant that it lacks or has several of.
    """
    if spec is None:
        return Baseline(0)
    names = run_names(runs)
    for i, (run, name) in enumerate(zip(runs, names, strict=True)):
        for called in (name, str(run.path), run.path.name):
            if spec.rstrip("/") == called.rstrip("/"):
                return Baseline(i)
            if spec.startswith(f"{called}:"):
                return Baseline(i, _variant_named(run, name, spec.removeprefix(f"{called}:")))
    raise RunError(f"The baseline '{spec}' is none of the runs compared: {', '.join(names)}", name=spec, choices=names)


def _variant_named(run: StoredRun, name: str, wanted: str) -> str:
    variants = run.result.variants
    for key in ("name", "label", "strategy"):
        matches = [v.name for v in variants if getattr(v, key) == wanted]
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise RunError(
                f"'{wanted}' are {len(matches)} variants of {name}",
                name=wanted,
                choices=matches,
                remedy=f"name one: {', '.join(matches)}",
            )
    labels = [v.label for v in variants]
    raise RunError(f"{name} has no variant '{wanted}'; it has {', '.join(labels)}", name=wanted, choices=labels)


LEFT_OUT = ("variants", "data", "stale", "accept_doubtful")
"""Keys of a study that are no settings."""

PINS = ("files", "classes")
"""Keys of a study that pin strategies of one's own: name → SHA-256."""


def changed_settings(runs: Sequence[StoredRun]) -> list[ChangedSetting]:
    """Settings of study.toml, and versions, that are not the same in all runs: name, and its value in each run.

    None where a run does not have one: a primary that is not named, another leg's costs. Variants are no setting, and
    neither is the place of the prices, of which the fingerprint tells more.
    """
    table = [dict(_settings(run.result)) for run in runs]
    keys = dict.fromkeys(key for column in table for key in column)
    rows = [(key, tuple(column.get(key) for column in table)) for key in keys]
    return [ChangedSetting(setting=key, values=values) for key, values in rows if any(v != values[0] for v in values)]


def _settings(result: RunResult) -> Iterator[tuple[str, Any]]:
    yield from _leaves({key: item for key, item in result.study.items() if key not in (*LEFT_OUT, *PINS)})
    for pins in PINS:
        yield from ((f"{pins}.{PurePath(name).name}", pin[:12]) for name, pin in result.study.get(pins, {}).items())
    yield from _leaves(result.environment)


def _leaves(tree: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, item in tree.items():
        place = f"{above}.{key}" if above else key
        if isinstance(item, Mapping):
            yield from _leaves(item, place)
        else:
            yield place, item


def differing_parameters(runs: Sequence[StoredRun]) -> dict[str, list[str]]:
    """Strategy → its parameters that are not the same in all variants of all runs."""
    values: dict[str, dict[str, list[Any]]] = {}
    for run in runs:
        for variant in run.result.variants:
            for key, item in variant.params.items():
                values.setdefault(variant.strategy, {}).setdefault(key, []).append(item)
    return {
        strategy: names
        for strategy, params in values.items()
        if (names := [key for key, items in params.items() if any(item != items[0] for item in items)])
    }


def changes(runs: Sequence[StoredRun], baseline: Baseline) -> list[VariantChange]:
    """An entry a variant that has something to be compared with: its figures, the baseline's, and their difference.

    The Sharpe ratios of both, each over its run's cash, are tested against each other on the sessions that both have
    (Ledoit and Wolf 2008, see `results.comparison.sharpe_difference`); p_holm counts all tests of the comparison (Holm
    1979). No test where fewer than 30 sessions are shared, where both accounts are the same, or where one does not
    vary; nor where both hold the same positions, so that costs, prices or cash make the difference and no sample bears
    on it.
    """
    names = run_names(runs)
    pairs = list(_pairs(runs, baseline))
    same = [_same_positions(runs[i], here, runs[j], there) for (i, here), (j, there) in pairs]
    excess = [_over_cash(run) for run in runs]
    tests = _with_holm(
        [
            None
            if alike
            else _sharpe_test(
                excess[i], here.name, excess[j], there.name,
                seed=runs[j].result.study["seed"],
            )
            for ((i, here), (j, there)), alike in zip(pairs, same, strict=True)
        ]
    )  # fmt: skip
    return [
        VariantChange(
            run=names[i],
            variant=here.name,
            baseline=VariantPlace(run=names[j], variant=there.name),
            parameters=_changed_parameters(here, there),
            verdict=(_decision(there), _decision(here)),
            metrics=_compared(here.metrics, there.metrics),
            against=_compared(here.against, there.against),
            inference=_compared(here.inference, there.inference),
            same_positions=alike,
            sharpe_test=test,
        )
        for ((i, here), (j, there)), alike, test in zip(pairs, same, tests, strict=True)
    ]


def unpaired(runs: Sequence[StoredRun], baseline: Baseline) -> list[UnpairedVariant]:
    """Variants that only one of both has, and the run that lacks it."""
    if baseline.variant is not None:
        return []
    names = run_names(runs)
    there = runs[baseline.run].result.variants
    alone = []
    for i, run in enumerate(runs):
        if i == baseline.run:
            continue
        pairs = _counterparts(run.result.variants, there)
        new, old = ({v.name for v in side} for side in zip(*pairs, strict=True)) if pairs else (set(), set())
        for variants, paired, where, absent in (
            (run.result.variants, new, i, baseline.run),
            (there, old, baseline.run, i),
        ):
            alone += [
                UnpairedVariant(run=names[where], variant=v.name, absent=names[absent])
                for v in variants
                if v.name not in paired
            ]
    return alone


def _pairs(
    runs: Sequence[StoredRun], baseline: Baseline
) -> Iterator[tuple[tuple[int, VariantResult], tuple[int, VariantResult]]]:
    j = baseline.run
    there = runs[j].result.variants
    for i, run in enumerate(runs):
        if baseline.variant is not None:
            one = next(v for v in there if v.name == baseline.variant)
            for variant in run.result.variants:
                if i != j or variant.name != baseline.variant:
                    yield (i, variant), (j, one)
        elif i != j:
            for here, other in _counterparts(run.result.variants, there):
                yield (i, here), (j, other)


def _counterparts(
    here: Sequence[VariantResult], there: Sequence[VariantResult]
) -> list[tuple[VariantResult, VariantResult]]:
    """Variants of the same name; of the rest, those of the same strategy that differ in the fewest parameters.

    In the order of `here`; no variant is in two pairs.
    """
    by_name = {v.name: v for v in there}
    partner = {v.name: by_name[v.name] for v in here if v.name in by_name}
    left = [v for v in here if v.name not in partner]
    free = [v for v in there if v.name not in partner]
    near = sorted(
        ((len(_changed_parameters(a, b)), i, k) for i, a in enumerate(left) for k, b in enumerate(free)
         if a.strategy == b.strategy)
    )  # fmt: skip
    taken: set[int] = set()
    for _, i, k in near:
        if left[i].name not in partner and k not in taken:
            partner[left[i].name] = free[k]
            taken.add(k)
    return [(v, partner[v.name]) for v in here if v.name in partner]


def _changed_parameters(here: VariantResult, there: VariantResult) -> dict[str, tuple[Any, Any]]:
    """Parameter → (the baseline's value, the value here), of those that differ."""
    if here.strategy != there.strategy:
        return {}
    a, b = there.params, here.params
    return {key: (a.get(key), b.get(key)) for key in dict.fromkeys([*a, *b]) if a.get(key) != b.get(key)}


def _compared(here: Result | None, there: Result | None) -> dict[str, Any]:
    """Each figure of either, nested as there. Intervals are left out."""
    return _differences(*({} if part is None else part.model_dump(by_alias=True) for part in (here, there)))


def _differences(here: Mapping[str, Any], there: Mapping[str, Any]) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for key in dict.fromkeys([*there, *here]):
        a, b = there.get(key), here.get(key)
        if isinstance(a, Mapping) or isinstance(b, Mapping):
            figures[key] = _differences(b if isinstance(b, Mapping) else {}, a if isinstance(a, Mapping) else {})
        elif _is_number(a) or _is_number(b):
            by = None if a is None or b is None else b - a
            figures[key] = FigureChange(baseline=a, here=b, difference=by)
    return figures


def _is_number(x: Any) -> bool:
    return isinstance(x, int | float) and not isinstance(x, bool)


def _decision(variant: VariantResult) -> str:
    return "benchmark" if variant.benchmark else variant.verdict


CASH = "cash"
"""The benchmark that holds nothing but cash."""


def _over_cash(run: StoredRun) -> pd.DataFrame:
    """A run's net returns in excess of those of its cash."""
    returns = run.frames["returns"]
    if CASH not in returns:  # a benchmark of every run; the folders of other programs may lack it
        return returns
    excess = excess_returns(returns.to_numpy(), returns[CASH].to_numpy())
    return pd.DataFrame(excess, returns.index, returns.columns)


def _same_positions(run: StoredRun, here: VariantResult, other_run: StoredRun, there: VariantResult) -> bool:
    """Whether accounts that differ hold the same shares in both legs on every session that both runs have."""
    a, b = run.result, other_run.result
    if _same_account(run.frames["returns"], here.name, other_run.frames["returns"], there.name):
        return False
    if a.data.pair != b.data.pair or any(a.study.get(key) != b.study.get(key) for key in ("fill", "lag")):
        return False
    weights = [_weights_in_force(run, here.name), _weights_in_force(other_run, there.name)]
    both = weights[0].index.intersection(weights[1].index)
    one, other = (each.loc[both].to_numpy() for each in weights)
    return bool(len(both)) and bool(np.allclose(one, other, rtol=0.0, atol=1e-12))


def _weights_in_force(run: StoredRun, variant: str) -> pd.DataFrame:
    """The weights in force by session; 0 before the first decision."""
    weights = run.frames["weights"]
    return weights.loc[:, [column for column in weights.columns if column[0] == variant]].ffill().fillna(0.0)


def _same_account(here: pd.DataFrame, variant: str, there: pd.DataFrame, other: str) -> bool:
    """Whether the returns are the same on every session that both have."""
    if variant not in here or other not in there:
        return False
    both = pd.concat([here[variant], there[other]], axis=1, join="inner").to_numpy()
    return bool(np.abs(both[:, 0] - both[:, 1]).max(initial=0.0) <= 1e-9)


def _sharpe_test(here: pd.DataFrame, variant: str, there: pd.DataFrame, other: str, *, seed: int) -> SharpeTest | None:
    if variant not in here or other not in there or _same_account(here, variant, there, other):
        return None
    both = pd.concat([here[variant], there[other]], axis=1, join="inner").to_numpy()
    try:
        test = sharpe_difference(both[:, 0], both[:, 1], seed=seed)
    except HistoryError:
        return None
    if np.isnan(test.p):
        return None
    return SharpeTest(sessions=len(both), difference=test.difference, ci=test.ci, p=test.p)


def _with_holm(tests: Sequence[SharpeTest | None]) -> list[SharpeTest | None]:
    """The tests, each with its p-value that counts them all."""
    from statsmodels.stats.multitest import multipletests

    p_values = [test.p for test in tests if test is not None]
    adjusted = iter(multipletests(p_values, method="holm")[1].tolist() if p_values else ())
    return [None if test is None else test.model_copy(update={"p_holm": next(adjusted)}) for test in tests]
