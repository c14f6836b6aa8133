"""Runs side by side: what they share, what keeps them from being compared, and what changed from a baseline."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from unlockstep.backtests.config.thresholds import Rule
from unlockstep.backtests.results.diff import baseline_of, changed_settings, changes, differing_parameters, unpaired
from unlockstep.backtests.storage import StoredRun, run_names
from unlockstep.backtests.storage.run_folder import plain

SCHEMA = 1
"""Version of the layout of comparison.json."""

COMPARED = ("data", "seal", "verdict", "primary", "variants")
"""What comparison.json holds of each run; those of before the seal lack it."""


def comparison(runs: Sequence[StoredRun], *, baseline: str | None = None, rank: bool = False) -> dict[str, Any]:
    """The content of comparison.json.

    baseline: see `changes.baseline_of`.  rank: put all variants in one order even where `differences` finds some.
    Raises RunError for a baseline that is not there.
    """
    warnings, base, names = differences(runs), baseline_of(runs, baseline), run_names(runs)
    content: dict[str, Any] = plain(
        {
            "schema": SCHEMA,
            "warnings": warnings,
            "ranked": rank or not warnings,
            "runs": [
                {"run": name, **{key: run.result[key] for key in COMPARED if key in run.result}}
                for name, run in zip(names, runs, strict=True)
            ],
            "baseline": {"run": names[base.run], "variant": base.variant},
            "settings": changed_settings(runs),
            "parameters": differing_parameters(runs),
            "changes": changes(runs, base),
            "unpaired": unpaired(runs, base),
        }
    )
    return content


def differences(runs: Sequence[StoredRun]) -> list[str]:
    """One sentence for each thing that keeps the runs' figures from being compared; empty where they may be ranked.

    Prices, period, evaluated window, costs, fill, lag: what differs between runs changes every figure, and with it any
    order among their variants. Different variants are what a comparison is for, and no obstacle.
    """
    warnings = []
    for what, text in (
        ("pair", lambda r: "/".join(r["data"]["pair"])),
        ("source", lambda r: r["data"]["source"]),
        ("period", lambda r: f"{r['data']['first']} to {r['data']['last']}"),
        ("evaluated window", lambda r: f"{r['data']['evaluated']['first']} to {r['data']['evaluated']['last']}"),
        ("prices", lambda r: f"fingerprint {r['data']['sha256'][:12]}"),
        ("costs", lambda r: _costs(r["study"]["costs"])),
        ("verdict rule", lambda r: _rule(r["study"])),
        ("fill", lambda r: f"{r['study']['fill']}, {_sessions(r['study']['lag'])} after the decision"),
    ):
        values = [text(run.result) for run in runs]
        if len(set(values)) > 1:
            each = "; ".join(f"{name}: {value}" for name, value in zip(run_names(runs), values, strict=True))
            warnings.append(f"Different {what}: {each}.")
    return warnings


def _sessions(n: int) -> str:
    return f"{n} session" if n == 1 else f"{n} sessions"


THRESHOLDS = (*(threshold.name for threshold in fields(Rule)), "train_sessions", "test_sessions")


def _rule(study: dict[str, Any]) -> str:
    """The verdict's thresholds; runs from before a threshold existed lack it."""
    return ", ".join(f"{name} {study[name]:g}" for name in THRESHOLDS if name in study)


def _costs(costs: dict[str, Any]) -> str:
    legs = zip(costs["fee_bps"].values(), costs["slippage_bps"].values(), strict=True)
    trading = " and ".join(f"{fee:g} + {slippage:g} bp" for fee, slippage in legs)
    return f"{trading} a leg, borrow {costs['borrow_rate']:.2%}, cash {costs['cash_rate']:.2%}"
