"""A small run made by hand: what a pipeline would have stored, without a simulation."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.backtests.reports.build_pair_state import (
    SENTENCE,
    decoupling,
    detectors,
    statement_entries,
)
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.stored_run import StoredRun

SESSIONS = 300


def candidate(
    name: str, *, decision: str = "cannot tell", p_family: float = 0.4731, strategy: str = ""
) -> dict[str, Any]:
    """A variant under test, every figure of it different from every other."""
    return {
        "name": name,
        "label": name.split("(")[0],
        "strategy": strategy or name.split("(")[0],
        "source": {"package": "unlockstep 0.2.0"},
        "calendar": [],
        "crises": [],
        "statement": "S4",
        "hypothesis": "the break is the opportunity",
        "params": {"window": 90, "decouple_below": 0.15},
        "benchmark": False,
        "metrics": {
            "cagr": 0.10412, "volatility": 0.21233, "sharpe": 0.5712, "sortino": 0.9, "max_drawdown": -0.2618,
            "calmar": 0.4, "turnover": 0.7312, "exposure": {"ETH-USD": 0.0812, "IWM": 0.0}, "trades": 6,
            "costs_paid": 0.00114,
        },
        "against": {
            "hold_eth": {
                "sharpe_difference": -0.1834, "information_ratio": -0.41,
                "sharpe_difference_ci": [-0.9513, 0.5834], "sharpe_difference_p": 0.6513,
                "cagr_difference": -0.2091, "alpha": 0.083, "alpha_t_hac": 1.38,
                "beta": 0.06,
            },
            "hold_iwm": {
                "sharpe_difference": 0.1215, "information_ratio": 0.11,
                "sharpe_difference_ci": [0.0124, 0.9318], "sharpe_difference_p": 0.0441,
                "cagr_difference": 0.0213, "alpha": 0.112, "alpha_t_hac": 1.72,
                "beta": 0.08,
            },
            "constant_mix": {
                "weights": {"ETH-USD": 0.0812, "IWM": 0.0}, "sharpe_difference": -0.2234, "information_ratio": 0.31,
                "sharpe_difference_ci": [-0.9876, 0.5521], "sharpe_difference_p": 0.5872,
                "cagr_difference": 0.0451,
                "alpha": 0.08, "alpha_t_hac": 1.33, "beta": 0.69,
            },
        },
        "inference": {
            "timing_ir": 0.3189, "timing_ci": [-0.4233, 1.0611], "timing_upper": 0.9417, "timing_t": 0.9832,
            "timing_p": 0.1642, "timing_p_family": p_family, "cost_drag_ir": 0.0637, "timing_upper_net": 0.878,
            "timing_p_shifts": 0.171, "timing_p_family_shifts": 0.482, "timing_spread": 1.1, "timing_skewness": 0.21,
            "timing_t_standardised": 0.91, "timing_p_standardised": 0.512,
            "timing_t_money": 1.1234, "timing_p_money": 0.1871, "timing_p_bootstrap": 0.2443,
            "timing_p_family_bootstrap": 0.8512, "alpha": 0.082, "alpha_t_hac": 1.35,
            "betas": {"ETH-USD": 0.06, "IWM": 0.02}, "betas_t_hac": {"ETH-USD": 2.0, "IWM": 0.3},
            "sharpe_ci": [0.0702, 1.0219], "psr": 0.955, "dsr": 0.633, "haircut_sharpe": 0.2746,
            "min_track_record_years": 7.92, "episodes": 7,
            "episode_detail": {"active": 3, "share_best": 0.4231, "share_best_two": 0.7113, "ir_without_best": 0.1912,
                               "ci": [-0.5218, 1.1623]},
            "years": 1.18, "min_detectable_ir": 1.4294, "years_needed": 23.7,
        },
        "robustness": {
            "costs": [{"multiple": m, "sharpe": 0.5813 - m / 100, "ir_over_mix": 0.3013 - m / 50}
                      for m in (0.0, 1.0, 2.0, 4.0)],
            "break_even_multiple": 15.08,
            "lag": [{"lag": lag, "sharpe": 0.5712 - lag / 50, "timing_ir": 0.3489 - lag * 0.03,
                     "timing_p": 0.1342 + lag * 0.03} for lag in (1, 2, 3, 4, 5)],
            "fill": [
                {"fill": "close", "sharpe": 0.5712, "timing_ir": 0.3189, "timing_p": 0.1642},
                {"fill": "open", "sharpe": 0.5291, "timing_ir": 0.2764, "timing_p": 0.2218},
            ],
            "subperiods": [
                {"year": 2024, "sessions": 252, "return": 0.206, "sharpe": 1.07, "timing_return": 0.1312},
                {"year": 2025, "sessions": 48, "return": -0.031, "sharpe": None, "timing_return": -0.0441},
            ],
            "parts": [
                {"first": "2024-01-02", "last": "2024-05-17", "timing_ir": None, "timing_p": 1.0},
                {"first": "2024-05-20", "last": "2024-10-04", "timing_ir": 0.5467, "timing_p": 0.1823},
                {"first": "2024-10-07", "last": "2025-02-20", "timing_ir": -0.2149, "timing_p": 0.6031},
            ],
            "random_entries": {"p": 0.4276, "ir_median": 0.2498, "ir_95": 0.5773, "draws": 1000},
            "walk_forward": walk("rule(window=60,hold=20)", "rule(window=90,hold=20)"),
        },
        "gates": gates(p_family),
        "verdict": decision,
        "reasons": ["Timing information ratio +0.32 a year over 1.2 years, 95 % interval -0.42 to +1.06."],
    }  # fmt: skip


def gates(p_family: float) -> list[dict[str, Any]]:
    """The five gates of a variant; two are passed."""
    return [
        {"gate": "timing test", "passed": p_family <= 0.05, "figure": p_family, "limit": 0.05},
        {"gate": "raw returns", "passed": False, "figure": 0.1871, "limit": 0.05},
        {"gate": "out of sample", "passed": False, "figure": -0.1523, "limit": 0.0},
        {"gate": "costs", "passed": True, "figure": 0.2613, "limit": 0.0},
        {"gate": "episodes", "passed": True, "figure": 0.4231, "limit": 0.5},
    ]


def walk(first: str, second: str) -> dict[str, Any]:
    """A walk-forward of two stretches: expanding keeps to its choice, rolling changes it."""

    def path(timing_ir: float, chosen: Sequence[str]) -> dict[str, Any]:
        days = (("2024-07-01", "2024-09-30"), ("2024-10-01", "2025-02-20"))
        folds = [{"first": a, "last": b, "chosen": c} for (a, b), c in zip(days, chosen, strict=True)]
        return {"first": "2024-07-01", "timing_ir": timing_ir, "timing_ci": [timing_ir - 0.81, timing_ir + 0.83],
                "timing_p": 0.6512 - timing_ir / 10, "sharpe": 0.6613 + timing_ir, "folds": folds}  # fmt: skip

    return {
        "criterion": "timing", "train_sessions": 126, "test_sessions": 63, "grid": 12,
        "tried": {"variants": 1, **path(-0.1523, [first, first])},
        "expanding": path(-0.1416, [first, first]), "rolling": path(0.2231, [first, second]),
        "combinatorial": {"splits": 15, "paths": 5, "timing_ir": [0.3812, -0.2711, 0.0917, 0.1218, None],
                          "timing_p": [0.1121, 0.7313, 0.4517, 0.4119, 1.0]},
        "pbo": {"pbo": 0.5734, "splits": 12870, "loss_probability": 0.3146},
    }  # fmt: skip


NO_FAMILY: dict[str, Any] = {
    "n_variants": 0, "n_trials": 0, "n_effective": 0.0, "own_effective": 0.0,
    "earlier": 0, "other_primaries": [], "null": None, "critical_t_primary": None,
    "primary_share": None, "critical_t": None,
    "min_backtest_years": None, "spa_p": None, "spa": {}, "pbo": None, "walk_forward": None,
}  # fmt: skip
"""What a run of benchmarks alone says of its family."""


def family(tested: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What a run says of all its variants together."""
    names = [variant["name"] for variant in tested]
    nothing: dict[str, Any] = {"superior": []}
    return {
        "n_variants": len(names), "n_trials": len(names), "n_effective": 0.9132 * len(names),
        "own_effective": 0.9132 * len(names), "earlier": 0, "other_primaries": [], "null": None,
        "primary_share": 0.5 if len(names) > 1 else None, "critical_t": 2.8591,
        "critical_t_primary": 2.1437, "min_backtest_years": 2.419,
        "spa_p": 0.4613,
        "spa": {
            "constant_mix": {"p": 0.4613, "p_lower": 0.4037, "p_upper": 0.4711, "p_reality_check": 0.5961, **nothing},
            "hold_eth": {"p": 0.9713, "p_lower": 0.9611, "p_upper": 0.9812, "p_reality_check": 0.9914, **nothing},
            "hold_iwm": {"p": 0.0313, "p_lower": 0.0282, "p_upper": 0.0343, "p_reality_check": 0.0873,
                         "superior": names[:1]},
        },
        "pbo": 0.6543,
        "walk_forward": {**walk(names[0], names[-1]), "pbo": {"pbo": 0.6543, "splits": 12870,
                                                              "loss_probability": 0.1573}},
    } if names else NO_FAMILY  # fmt: skip


def placebo(tested: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Three placebo pairs: on one the timing passes, on one nothing varied, one could not run."""
    if not tested:
        return []
    same = {"first": "2024-01-02", "last": "2025-02-20", "best": tested[0]["name"]}
    return [
        {"pair": ["ETH-USD", "GLD"], **same, "best_p_family": 0.0312, "primary_timing_ir": 1.2214,
         "primary_timing_p": 0.0213},
        {"pair": ["SPY", "IWM"], **same, "best_p_family": 0.7051, "primary_timing_ir": None, "primary_timing_p": 1.0},
        {"pair": ["TLT", "IWM"], **same, "best_p_family": 0.5977, "primary_timing_ir": 0.1156,
         "primary_timing_p": 0.3453},
        {"pair": ["ETH-USD", "XYZ"], "skipped": "XYZ.csv holds too few sessions."},
    ]  # fmt: skip


def benchmark(name: str) -> dict[str, Any]:
    """A benchmark: no timing, and with some figures that do not exist."""
    return {
        "name": name, "label": name, "strategy": name, "statement": "", "hypothesis": "none", "params": {},
        "benchmark": True,
        "metrics": {
            "cagr": 0.3131, "volatility": 0.8841, "sharpe": None, "sortino": None, "max_drawdown": -0.9351,
            "calmar": None, "turnover": 0.1, "exposure": {"ETH-USD": 1.0, "IWM": 0.0}, "trades": 1,
            "costs_paid": 0.0002,
        },
        "against": {}, "inference": {"sharpe_ci": [None, None]}, "robustness": {}, "gates": [],
        "source": {"package": "unlockstep 0.2.0"}, "calendar": [], "crises": [],
        "verdict": "no edge", "reasons": ["A benchmark: its weights are constant."],
    }  # fmt: skip


def stored_run(
    *,
    candidates: Sequence[dict[str, Any]] | None = None,
    synthetic: bool = False,
    pair: tuple[str, str] = ("ETH-USD", "IWM"),
    signals: bool = True,
    name: str = "run1",
) -> StoredRun:
    """A whole run of `candidates` and two benchmarks over 300 sessions; the first candidate is the primary variant."""
    tested = [candidate("break_entry(window=90)")] if candidates is None else list(candidates)
    variants = [*tested, benchmark("hold_eth"), benchmark("hold_iwm")]
    sessions = pd.bdate_range("2024-01-01", periods=SESSIONS, name="session")
    steps = np.random.default_rng(1).normal(0.001, 0.02, (SESSIONS, len(variants)))
    wave = np.sin(np.arange(SESSIONS) / 30)
    shown = {
        "correlation(window=90,method=pearson,decay=0.97)": np.where(np.arange(SESSIONS) < 90, np.nan, wave / 2),
        "level_correlation(window=90)": wave,
        "breakdown(window=90,decouple_below=0.15)": (wave < 0.15).astype(float),
        "break_onset(window=90,decouple_below=0.15)": (np.arange(SESSIONS) == 120).astype(float),
        "yoy(leg=crypto)": wave - 0.1,
        "yoy(leg=equity)": wave / 3,
        "gap(horizon=60,window=252)": wave * 2,
        "level_false_decoupling(window=90)": np.where(np.arange(SESSIONS) < 91, np.nan, 0.0321),
        "synchronised_correlation(window=90)": np.where(np.arange(SESSIONS) < 92, np.nan, wave / 2 + 0.1),
        "adjusted_correlation(window=90,reference=252)": np.where(np.arange(SESSIONS) < 280, np.nan, wave / 2 + 0.2),
        "overlap_correlation(window=90,horizon=5)": np.where(np.arange(SESSIONS) < 95, np.nan, wave / 3),
        "fisher_break(critical=3.04,recent=60,history=250)": np.where(
            np.arange(SESSIONS) < 250, np.nan, (np.arange(SESSIONS) >= 290).astype(float)
        ),
    }
    statement = {
        "finding": "Cannot tell: the change is -0.07, 95 % interval -0.16 to +0.21.",
        "estimate": -0.0688, "ci": [-0.1607, 0.2103], "unit": "difference of correlations", "detail": {}, "null": 0.0,
    }  # fmt: skip
    empty: dict[str, Any] = {
        "finding": "Cannot tell: only 2 breaks to learn from.",
        "estimate": None,
        "ci": [None, None],
        "unit": "share",
        "null": 0.5,
        "detail": {
            "half_life": 474.51, "half_life_ci": [70.29, None], "varies": True, "course": "rose",
            "earlier_half": 0.1374, "later_half": 0.3849,
            "block_correlations": [0.1357, -0.2468, None], "block_ends": ["2024-12-27", "2025-01-24", "2025-02-21"],
            "healed": {"60": {"breaks": 3, "healed": 1, "share": 0.3333, "ci": [0.0084, 0.9057]},
                       "120": {"breaks": 0, "healed": 0, "share": None, "ci": [None, None]}},
            "onsets": ["2024-05-14"], "share_decoupled": 0.3071, "now": "coupled",
        },
    }  # fmt: skip
    result = {
        "schema": 1,
        "study": {
            "data": "demo", "pair": list(pair), "start": "2024-01-01", "end": "2025-02-21", "fill": "close",
            "lag": 1,
            "capital": 100000.0, "seed": 7, "alpha": 0.05, "worthwhile_ir": 0.5, "primary_share": 0.4,
            "money_alpha": 0.05, "cost_multiple": 2.5, "episode_share": 0.5, "train_sessions": 126,
            "test_sessions": 63,
            "costs": {"fee_bps": {pair[0]: 10.0, pair[1]: 1.0}, "slippage_bps": {pair[0]: 5.0, pair[1]: 2.0},
                      "borrow_rate": 0.03, "cash_rate": 0.0},
        },
        "data": {
            "pair": list(pair), "source": "files made by hand", "synthetic": synthetic,
            "sha256": "9f001eea779c" + "0" * 52,
            "sessions": SESSIONS, "first": "2024-01-01", "last": "2025-02-21", "retrieved_at": None,
            "months": {"pair": list(pair), "first": 24288, "log_returns": [[0.0213, -0.0117], [0.0331, 0.0172]]},
            "evaluated": {"first": "2024-01-01", "last": "2025-02-21", "sessions": SESSIONS, "warmup": 0},
            "clocks": [{"ticker": pair[0], "clock": "24/7", "adjusted": True},
                       {"ticker": pair[1], "clock": "XNYS", "adjusted": False}],
            "notes": [],
        },
        "lockstep": {
            "session": "2025-02-21", "window": 90, "return_correlation": 0.5690, "level_correlation": -0.3919,
            "level_false_decoupling": 0.0321, "sentence": SENTENCE, "decoupling": decoupling(pair),
            "yoy": {pair[0]: -0.1097, pair[1]: 0.1266}, "state": "coupled",
            "sense": {"returns": "as ever", "levels": "parted", "yoy": "parted", "rank": 0.8981},
            "correlation_by_year": [{"year": 2024, "sessions": 252, "correlation": 0.4293},
                                    {"year": 2025, "sessions": 48, "correlation": -0.0512}],
        },
        "detectors": detectors(),
        "statements": {"S1": statement, "S3a": empty, "S4": statement, **statement_entries(statement)},
        "variants": variants,
        "primary": tested[0]["name"] if tested else None,
        "family": family(tested),
        "placebo": placebo(tested),
        "seal": {"after": "2026-01-15", "sessions": 0, "looks": None},
        "crises": [],
        "events": None,
        "verdict": {"decision": "cannot tell", "reasons": ["1 variant was tried, and all are counted."],
                    "would_change": []},
        "environment": {"python": "3.11.7", "unlockstep": "0.1.0"},
    }  # fmt: skip
    frames = {
        "returns": pd.DataFrame(steps, sessions, [v["name"] for v in variants]),
        "weights": pd.DataFrame(index=sessions),
        "trades": pd.DataFrame({"variant": []}),
        "signals": pd.DataFrame(shown if signals else {}, index=sessions),
    }
    return StoredRun(Path(name), RunResult.of(result), frames)


def edited(run: StoredRun, edit: Callable[[dict[str, Any]], object]) -> StoredRun:
    """The same run with its result.json edited in place."""
    content = run.result.as_json()
    edit(content)
    return replace(run, result=RunResult.of(content))
