"""The largest rates of false alarms that were measured where the correlation never changes.

By `unlockstep calibrate signals` on every kind of world in which nothing changes; docs/method.md has the command, the
seed, the tables and their intervals.
"""

from typing import NamedTuple


class WorstRate(NamedTuple):
    """Share of years with an alarm, in hindsight of samples with a break, and the kind of world."""

    share: float
    kind: str


WORST: dict[str, WorstRate] = {
    "breakdown": WorstRate(0.72, "jump 0.2"),
    "relative_breakdown": WorstRate(0.665, "jump 0.2"),
    "fisher_break": WorstRate(0.19, "jump 0.8"),
    "monitor_break": WorstRate(0.17, "jump 0.8"),
    "change_point": WorstRate(0.15, "jump 0.5"),
    "dcc_break": WorstRate(0.156, "wild"),
    "markov_break": WorstRate(0.131, "loose"),
    "any_break": WorstRate(0.12, "steady"),
    "constancy_hindsight": WorstRate(0.065, "jump 0.8"),
    "segments_hindsight": WorstRate(0.165, "jump 0.8"),
}
"""Detector → its largest rate at the default parameters."""
