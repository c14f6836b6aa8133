"""What a small run made by hand says of the pair: sentence, detectors, decomposition, the figures behind findings."""

from collections.abc import Sequence
from typing import Any

SENTENCE = (
    "On 2025-02-21 the legs are apart in trend, not in returns: daily returns are coupled (+0.57 over 90 sessions), "
    "while price levels (-0.39, that or less in 3% of windows with no decoupling at all) have parted."
)


def detectors() -> dict[str, Any]:
    """One detector that says decoupled, one that says coupled, one that cannot speak; one break in hindsight."""
    return {
        "session": "2025-02-21",
        "states": [
            {"name": "breakdown", "label": "breakdown(window=90,decouple_below=0.15)", "meaning": "two thresholds",
             "promise": 0.2341, "worst": 0.7312, "worst_in": "jump 0.2",
             "state": "coupled", "since": "2024-12-16", "onsets": ["2024-06-17", "2024-09-02"],
             "years": 0.7143, "by_chance": 0.1672, "share_decoupled": 0.4127,
             "known": [{"first": "2024-05-20", "last": "2025-02-21"}],
             "decoupled": [{"first": "2024-06-17", "last": "2024-07-05"},
                           {"first": "2024-09-02", "last": "2024-12-13"}]},
            {"name": "fisher_break", "label": "fisher_break(critical=3.04,recent=60,history=250)",
             "meaning": "Fisher's z", "promise": 0.1, "worst": 0.1765, "worst_in": "jump 0.8",
             "state": "decoupled", "since": "2025-02-10",
             "onsets": ["2025-02-10"],
             "years": 0.25, "by_chance": 0.025, "share_decoupled": 0.2,
             "known": [{"first": "2024-11-25", "last": "2025-02-21"}],
             "decoupled": [{"first": "2025-02-10", "last": "2025-02-21"}]},
            {"name": "markov_break", "label": "markov_break(critical=3)", "meaning": "two hidden states",
             "promise": 0.1, "state": "unknown", "since": None, "onsets": [],
             "years": 0.0, "by_chance": 0.0, "share_decoupled": None},
        ],
        "hindsight": [
            {"name": "constancy_hindsight", "label": "constancy_hindsight(shortest=60)", "meaning": "IN HINDSIGHT",
             "promise": 0.05, "worst": 0.0841, "worst_in": "real 0.8", "breaks": ["2024-08-12"],
             "segments": [{"first": "2024-05-20", "last": "2024-08-09", "correlation": 0.6123},
                          {"first": "2024-08-12", "last": "2025-02-21", "correlation": 0.1877}]},
            {"name": "segments_hindsight", "label": "segments_hindsight(critical=2)", "meaning": "IN HINDSIGHT",
             "promise": 0.05, "breaks": [], "segments": []},
        ],
    }  # fmt: skip


def decoupling(pair: Sequence[str]) -> dict[str, Any]:
    """The change of the correlation taken apart, lately and in one calendar year."""
    part: dict[str, Any] = {
        "reference": {"first": "2024-01-03", "last": "2024-10-15", "sessions": 205},
        "recent": {"first": "2024-10-16", "last": "2025-02-21", "sessions": 92},
        "before": 0.6214, "now": 0.1838, "change": {"estimate": -0.4376, "ci": [-0.6681, -0.2071]},
        "correlation": {"estimate": -0.5127, "ci": [-0.7713, -0.2541]}, "volatility": 0.0933,
        "clock": {"estimate": -0.0182, "ci": [-0.1457, 0.1093]}, "variance_ratio": 1.4126,
        "overlapping": {"1": [0.6214, 0.1838], "5": [0.6532, None]},
        "level_correlation": -0.2755, "false_decoupling": 0.0721, "yoy": {pair[0]: -0.1097, pair[1]: 0.1266},
    }  # fmt: skip
    year = part | {"recent": {"first": "2025-01-01", "last": "2025-02-21", "sessions": 61}, "volatility": None}
    return {"recent": part, "by_year": [year]}


def statement_entries(statement: dict[str, Any]) -> dict[str, Any]:
    """S2, S3b and S3c with the further figures that their charts and tables show."""
    nothing = [None, None]
    s2 = {
        "lift_early": 1.1813, "lift_early_ci": [-1.6812, 4.0538], "lift_late": 0.2217,
        "lift_late_ci": [-1.0911, 1.5345],
        "split": "2024-07-22", "outside_since": "2024-11-18",
        "curve": {
            "edges": [-0.08, 0.0, 0.11, 0.21], "grid": [-0.16, -0.04, 0.05, 0.15, None],
            "early": [0.47, 0.22, None, 0.86, 2.65], "early_sessions": [109, 184, 12, 284, 336],
            "early_band": [[-4.1, 5.1], [-2.1, 2.6], nothing, [-1.7, 3.4], [0.1, 5.2]],
            "late": [0.04, -0.21, 0.26, -1.22, 1.74], "late_sessions": [248, 173, 299, 230, 179],
            "late_band": [[-1.7, 1.8], [-1.8, 1.4], [-0.8, 1.3], [-2.4, 0.0], [0.0, 3.5]], "block": 120, "horizon": 1,
        },
        "path": {"sessions": ["2024-10-01", "2024-11-18"], "lift": [0.91, 0.2217], "low": [-1.2, 0.31],
                 "high": [3.1, 2.4]},
        "share_muted_recently": 0.4127, "response_now": 0.3318,
    }  # fmt: skip
    s3b = {
        "gap_now": -1.5325, "horizon": 60, "observations": 142,
        "legs": {"crypto": {"slope": -0.0218, "ci": [-0.1570, 0.1606]}, "equity": {"slope": 0.0146, "ci": nothing}},
    }  # fmt: skip
    s3c = {
        "lag": 3, "first_lag": 2, "p_family": 0.0213, "lags": [1, 2, 3], "crypto_first": [0.029, 0.0103, 0.1107],
        "equity_first": [-0.0143, 0.0271, 0.0149], "asymmetry": [None, -0.0168, 0.0958],
        "half_width": [None, 0.0718, 0.0712],
        "granger": {"crypto_to_equity": {"wald": 11.3369, "p": 0.042, "lags": [2, 3, 4]},
                    "equity_to_crypto": {"wald": 5.2883, "p": 0.428, "lags": [1, 2, 3]}},
        "windows": {"sessions": 252, "critical": 3.4605, "rows": [
            {"first": "2024-01-02", "last": "2025-02-21", "lag": 3, "asymmetry": 0.0954, "t": 3.5985,
             "p_family": 0.0312}]},
        "clock": {"shared_hours": 3.6838, "at_lag_1": 0.029, "from_shared_hours": 0.0261},
    }  # fmt: skip
    details = {"S2": s2, "S3b": s3b, "S3c": s3c}
    return {key: {**statement, "detail": detail} for key, detail in details.items()}
