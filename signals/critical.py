"""Critical values of the detectors and the rates of false alarms that they promise.

Simulated on 3,000 worlds whose correlation is always 0.4; written by
`python -m unlockstep.backtests.calibration.critical_values`, which says how. The critical value of
constancy_hindsight is the paper's; breakdown and relative_breakdown promise what was measured.
"""

CRITICAL = {
    "fisher_break": 3.04,
    "monitor_break": 3.76,
    "change_point": 4.04,
    "dcc_break": 2.84,
    "markov_break": 2.15,
    "any_break": 0.728,
    "constancy_hindsight": 1.358,
    "segments_hindsight": 4.35,
}
"""Detector → critical value at its default parameters."""

PROMISED = {
    "breakdown": 0.234,
    "relative_breakdown": 0.495,
    "fisher_break": 0.1,
    "monitor_break": 0.1,
    "change_point": 0.1,
    "dcc_break": 0.1,
    "markov_break": 0.1,
    "any_break": 0.1,
    "constancy_hindsight": 0.05,
    "segments_hindsight": 0.05,
}
"""Detector → share of years with an alarm, in hindsight of samples with a break, where nothing changes."""
