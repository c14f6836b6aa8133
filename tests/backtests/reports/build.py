"""A small run made by hand: what a pipeline would have stored, without a simulation."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from backtests.store.folder import StoredRun

SESSIONS = 300


def claim(name: str, *, decision: str = "cannot tell", p_family: float = 0.4731, strategy: str = "") -> dict[str, Any]:
    """A variant under test, every figure of it different from every other."""
    return {
        "name": name,
        "label": name.split("(")[0],
        "strategy": strategy or name.split("(")[0],
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
                "cagr_difference": -0.2091, "alpha": 0.083, "alpha_t_hac": 1.38,
                "beta": 0.06,
            },
            "hold_iwm": {
                "sharpe_difference": 0.1215, "information_ratio": 0.11,
                "cagr_difference": 0.0213, "alpha": 0.112, "alpha_t_hac": 1.72,
                "beta": 0.08,
            },
            "constant_mix": {
                "weights": {"ETH-USD": 0.0812, "IWM": 0.0}, "sharpe_difference": -0.2234, "information_ratio": 0.31,
                "cagr_difference": 0.0451,
                "alpha": 0.08, "alpha_t_hac": 1.33, "beta": 0.69,
            },
        },
        "inference": {
            "timing_ir": 0.3189, "timing_ci": [-0.4233, 1.0611], "timing_upper": 0.94, "timing_t": 0.98,
            "timing_p": 0.1642, "timing_p_family": p_family, "alpha": 0.082, "alpha_t_hac": 1.35,
            "betas": {"ETH-USD": 0.06, "IWM": 0.02}, "betas_t_hac": {"ETH-USD": 2.0, "IWM": 0.3},
            "sharpe_ci": [0.0702, 1.0219], "psr": 0.955, "dsr": 0.633, "episodes": 7, "min_detectable_ir": 1.4294,
        },
        "robustness": {
            "costs": [{"multiple": m, "sharpe": 0.57, "ir_over_mix": 0.31} for m in (0.0, 1.0, 2.0, 4.0)],
            "lag": [{"lag": lag, "sharpe": 0.57, "timing_ir": 0.32} for lag in (1, 2, 3, 5)],
            "fill": [{"fill": fill, "sharpe": 0.57} for fill in ("close", "open")],
            "subperiods": [{"year": 2024, "sessions": 252, "return": 0.206, "sharpe": 1.07},
                           {"year": 2025, "sessions": 48, "return": -0.031, "sharpe": None}],
            "walk_forward": None,
        },
        "verdict": decision,
        "reasons": ["Timing information ratio +0.32 a year over 1.2 years, 95 % interval -0.42 to +1.06."],
    }  # fmt: skip


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
        "against": {}, "inference": {"sharpe_ci": [None, None]}, "robustness": {},
        "verdict": "no edge", "reasons": ["A benchmark: its weights are constant."],
    }  # fmt: skip


def stored_run(
    *,
    claims: Sequence[dict[str, Any]] | None = None,
    synthetic: bool = False,
    pair: tuple[str, str] = ("ETH-USD", "IWM"),
    signals: bool = True,
    name: str = "run1",
) -> StoredRun:
    """A whole run of `claims` and two benchmarks over 300 sessions; the first claim is the primary one."""
    tested = [claim("break_entry(window=90)")] if claims is None else list(claims)
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
    }
    statement = {
        "finding": "Cannot tell: the change is -0.07, 95 % interval -0.16 to +0.21.",
        "estimate": -0.0688, "ci": [-0.1607, 0.2103], "unit": "difference of correlations", "detail": {},
    }  # fmt: skip
    empty: dict[str, Any] = {
        "finding": "Cannot tell: only 2 breaks to learn from.",
        "estimate": None,
        "ci": [None, None],
        "unit": "share",
        "detail": {},
    }
    result = {
        "schema": 1,
        "study": {
            "data": "demo", "pair": list(pair), "start": "2024-01-01", "end": "2025-02-21", "fill": "close",
            "lag": 1,
            "capital": 100000.0, "seed": 7, "alpha": 0.05, "worthwhile_ir": 0.5,
            "costs": {"fee_bps": {pair[0]: 10.0, pair[1]: 1.0}, "slippage_bps": {pair[0]: 5.0, pair[1]: 2.0},
                      "borrow_rate": 0.03, "cash_rate": 0.0},
        },
        "data": {
            "pair": list(pair), "source": "files made by hand", "synthetic": synthetic,
            "sha256": "9f001eea779c" + "0" * 52,
            "sessions": SESSIONS, "first": "2024-01-01", "last": "2025-02-21", "retrieved_at": None,
            "evaluated": {"first": "2024-01-01", "last": "2025-02-21", "sessions": SESSIONS, "warmup": 0},
            "clocks": [{"ticker": pair[0], "clock": "24/7", "adjusted": True},
                       {"ticker": pair[1], "clock": "XNYS", "adjusted": False}],
            "notes": [],
        },
        "lockstep": {
            "session": "2025-02-21", "window": 90, "return_correlation": 0.5690, "level_correlation": -0.3919,
            "yoy": {pair[0]: -0.1097, pair[1]: 0.1266}, "state": "coupled",
            "correlation_by_year": [{"year": 2024, "sessions": 252, "correlation": 0.4293},
                                    {"year": 2025, "sessions": 48, "correlation": -0.0512}],
        },
        "statements": {"S1": statement, "S3a": empty},
        "variants": variants,
        "primary": tested[0]["name"] if tested else None,
        "family": {"n_variants": len(tested), "n_trials": len(tested), "critical": 2.8, "spa_p": None, "pbo": None},
        "verdict": {"decision": "cannot tell", "reasons": ["1 variant was tried, and all are counted."]},
        "environment": {"python": "3.11.7", "unlockstep": "0.1.0"},
    }  # fmt: skip
    frames = {
        "returns": pd.DataFrame(steps, sessions, [v["name"] for v in variants]),
        "weights": pd.DataFrame(index=sessions),
        "trades": pd.DataFrame({"variant": []}),
        "signals": pd.DataFrame(shown if signals else {}, index=sessions),
    }
    return StoredRun(Path(name), result, frames)
