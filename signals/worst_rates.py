"""The largest rates of false alarms that were measured where the correlation never changes.

By `unlockstep calibrate signals`, on every kind of world in which nothing changes; docs/method.md has the command, the
seed, the tables and their intervals.
"""

WORST: dict[str, tuple[float, str]] = {}
"""Detector → (share of years with an alarm, in hindsight of samples with a break; kind of world)."""
