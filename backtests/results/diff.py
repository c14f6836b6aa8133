"""What changed from a baseline: settings, parameters, and what that did to every figure of every variant."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from unlockstep.backtests.stats.benchmark_comparison import SharpeDifference, sharpe_difference
from unlockstep.backtests.storage import StoredRun, run_names
from unlockstep.signals.errors import HistoryError, RunError

VariantEntry = dict[str, Any]

GROUPS = ("metrics", "against", "inference")
"""Where a variant's figures stand in result.json; its robustness is theirs under other conditions."""


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
    variants = run.result["variants"]
    for key in ("name", "label", "strategy"):
        matches = [v["name"] for v in variants if v[key] == wanted]
        if len(matches) == 1:
            return str(matches[0])
        if matches:
            raise RunError(
                f"'{wanted}' are {len(matches)} variants of {name}",
                name=wanted,
                choices=matches,
                remedy=f"name one: {', '.join(matches)}",
            )
    labels = [v["label"] for v in variants]
    raise RunError(f"{name} has no variant '{wanted}'; it has {', '.join(labels)}", name=wanted, choices=labels)


PINS = ("files", "classes")
"""Keys of a study that pin strategies of one's own: name → SHA-256."""


def changed_settings(runs: Sequence[StoredRun]) -> list[dict[str, Any]]:
    """Settings of study.toml, and versions, that are not the same in all runs: name, and its value in each run.

    None where a run does not have one: a primary that is not named, another leg's costs. Variants are no setting, and
    neither is the place of the prices, of which the fingerprint tells more.
    """
    table = [dict(_settings(run.result)) for run in runs]
    keys = dict.fromkeys(key for column in table for key in column)
    rows = [(key, [column.get(key) for column in table]) for key in keys]
    return [{"setting": key, "values": values} for key, values in rows if any(v != values[0] for v in values)]


def _settings(result: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    study = {key: item for key, item in result["study"].items() if key not in ("variants", "data", *PINS, "stale")}
    yield from _leaves(study)
    for pins in PINS:
        yield from ((f"{pins}.{name}", digest[:12]) for name, digest in result["study"].get(pins, {}).items())
    yield from _leaves(result["environment"])


def _leaves(tree: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, item in tree.items():
        place = f"{above}.{key}" if above else key
        if isinstance(item, dict):
            yield from _leaves(item, place)
        else:
            yield place, item


def differing_parameters(runs: Sequence[StoredRun]) -> dict[str, list[str]]:
    """Strategy → its parameters that are not the same in all variants of all runs."""
    values: dict[str, dict[str, list[Any]]] = {}
    for run in runs:
        for variant in run.result["variants"]:
            for key, item in (variant.get("params") or {}).items():
                values.setdefault(variant["strategy"], {}).setdefault(key, []).append(item)
    return {
        strategy: names
        for strategy, params in values.items()
        if (names := [key for key, items in params.items() if any(item != items[0] for item in items)])
    }


def changes(runs: Sequence[StoredRun], baseline: Baseline) -> list[dict[str, Any]]:
    """An entry a variant that has something to be compared with: its figures, the baseline's, and their difference.

    The Sharpe ratios of both are tested against each other on the sessions that both have (Ledoit and Wolf 2008, see
    `results.comparison.sharpe_difference`); p_holm counts all tests of the comparison (Holm 1979). No test where
    fewer than 30 sessions are shared, where both accounts are the same, or where one does not vary.
    """
    names = run_names(runs)
    entries = []
    for (i, here), (j, there) in _pairs(runs, baseline):
        test = _sharpe_test(runs[i].frames["returns"], here["name"], runs[j].frames["returns"], there["name"],
                            seed=runs[j].result["study"]["seed"])  # fmt: skip
        entries.append(
            {
                "run": names[i],
                "variant": here["name"],
                "baseline": {"run": names[j], "variant": there["name"]},
                "parameters": _changed_parameters(here, there),
                "verdict": [_decision(there), _decision(here)],
                **{group: _compared(here.get(group) or {}, there.get(group) or {}) for group in GROUPS},
                "sharpe_test": test,
            }
        )
    for entry, p in zip(entries, _holm([entry["sharpe_test"] for entry in entries]), strict=True):
        if entry["sharpe_test"] is not None:
            entry["sharpe_test"]["p_holm"] = p
    return entries


def unpaired(runs: Sequence[StoredRun], baseline: Baseline) -> list[dict[str, str]]:
    """Variants that only one of both has: {"run", "variant"}, and "absent", the run that lacks it."""
    if baseline.variant is not None:
        return []
    names = run_names(runs)
    there = runs[baseline.run].result["variants"]
    alone = []
    for i, run in enumerate(runs):
        if i == baseline.run:
            continue
        pairs = _counterparts(run.result["variants"], there)
        new, old = ({v["name"] for v in side} for side in zip(*pairs, strict=True)) if pairs else (set(), set())
        for variants, paired, where, absent in (
            (run.result["variants"], new, i, baseline.run),
            (there, old, baseline.run, i),
        ):
            alone += [
                {"run": names[where], "variant": v["name"], "absent": names[absent]}
                for v in variants
                if v["name"] not in paired
            ]
    return alone


def _pairs(
    runs: Sequence[StoredRun], baseline: Baseline
) -> Iterator[tuple[tuple[int, VariantEntry], tuple[int, VariantEntry]]]:
    j = baseline.run
    there = runs[j].result["variants"]
    for i, run in enumerate(runs):
        if baseline.variant is not None:
            one = next(v for v in there if v["name"] == baseline.variant)
            for variant in run.result["variants"]:
                if i != j or variant["name"] != baseline.variant:
                    yield (i, variant), (j, one)
        elif i != j:
            for here, other in _counterparts(run.result["variants"], there):
                yield (i, here), (j, other)


def _counterparts(
    here: Sequence[VariantEntry], there: Sequence[VariantEntry]
) -> list[tuple[VariantEntry, VariantEntry]]:
    """Variants of the same name; of the rest, those of the same strategy that differ in the fewest parameters.

    In the order of `here`; no variant is in two pairs.
    """
    by_name = {v["name"]: v for v in there}
    partner = {v["name"]: by_name[v["name"]] for v in here if v["name"] in by_name}
    left = [v for v in here if v["name"] not in partner]
    free = [v for v in there if v["name"] not in partner]
    near = sorted(
        ((len(_changed_parameters(a, b)), i, k) for i, a in enumerate(left) for k, b in enumerate(free)
         if a["strategy"] == b["strategy"])
    )  # fmt: skip
    taken: set[int] = set()
    for _, i, k in near:
        if left[i]["name"] not in partner and k not in taken:
            partner[left[i]["name"]] = free[k]
            taken.add(k)
    return [(v, partner[v["name"]]) for v in here if v["name"] in partner]


def _changed_parameters(here: VariantEntry, there: VariantEntry) -> dict[str, list[Any]]:
    """Parameter → [the baseline's value, the value here], of those that differ."""
    if here["strategy"] != there["strategy"]:
        return {}
    a, b = there.get("params") or {}, here.get("params") or {}
    return {key: [a.get(key), b.get(key)] for key in dict.fromkeys([*a, *b]) if a.get(key) != b.get(key)}


def _compared(here: dict[str, Any], there: dict[str, Any]) -> dict[str, Any]:
    """Each figure of either: {"baseline", "here", "difference"}; None where one is missing. Intervals are left out."""
    figures: dict[str, Any] = {}
    for key in dict.fromkeys([*there, *here]):
        a, b = there.get(key), here.get(key)
        if isinstance(a, dict) or isinstance(b, dict):
            figures[key] = _compared(b if isinstance(b, dict) else {}, a if isinstance(a, dict) else {})
        elif _is_number(a) or _is_number(b):
            figures[key] = {"baseline": a, "here": b, "difference": None if a is None or b is None else b - a}
    return figures


def _is_number(x: Any) -> bool:
    return isinstance(x, int | float) and not isinstance(x, bool)


def _decision(variant: VariantEntry) -> str:
    return "benchmark" if variant["benchmark"] else str(variant["verdict"])


def _sharpe_test(
    here: pd.DataFrame, variant: str, there: pd.DataFrame, other: str, *, seed: int
) -> dict[str, Any] | None:
    if variant not in here or other not in there:
        return None
    both = pd.concat([here[variant], there[other]], axis=1, join="inner").to_numpy()
    if np.abs(both[:, 0] - both[:, 1]).max(initial=0.0) <= 1e-9:
        return None
    try:
        test = sharpe_difference(both[:, 0], both[:, 1], seed=seed)
    except HistoryError:
        return None
    return None if np.isnan(test.p) else {"sessions": len(both), **_test_entry(test)}


def _test_entry(test: SharpeDifference) -> dict[str, Any]:
    return {"difference": test.difference, "ci": list(test.ci), "p": test.p}


def _holm(tests: Sequence[dict[str, Any] | None]) -> list[float | None]:
    from statsmodels.stats.multitest import multipletests

    p_values = [test["p"] for test in tests if test is not None]
    adjusted = iter(multipletests(p_values, method="holm")[1].tolist() if p_values else ())
    return [None if test is None else next(adjusted) for test in tests]
