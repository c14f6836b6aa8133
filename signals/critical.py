"""Critical values of the detectors and the rates of false alarms that they promise.

Provisional, on 700 worlds of constant correlation; written by
`python -m backtests.calibration.critical_values`, which says how.
"""

CRITICAL = {
    "fisher_break": 3.04,
    "monitor_break": 3.75,
    "change_point": 20.9,
    "dcc_break": 0.3,
    "markov_break": 3.0,
    "constancy_hindsight": 1.358,
    "segments_hindsight": 2.05,
}
"""Detector → critical value at its default parameters."""

PROMISED = {
    "breakdown": 0.2,
    "relative_breakdown": 0.2,
    "fisher_break": 0.1,
    "monitor_break": 0.1,
    "change_point": 0.1,
    "dcc_break": 0.1,
    "markov_break": 0.1,
    "constancy_hindsight": 0.05,
    "segments_hindsight": 0.05,
}
"""Detector → share of years with an alarm, of samples with a break in hindsight, where nothing ever changes."""
