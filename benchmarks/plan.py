"""How much is measured: sizes are of variants and of sessions."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """The full measure.

    rounds:    turns that everybody takes, after one that is not counted
    variants:  of the common work
    small:     (sessions, variants) of a first run in a fresh process
    by_variants, by_sessions:  sizes at which competitors' growth is measured; `own_…`: that of our sweep
    grown:     (sessions, variants): the one while variants grow, the other while sessions do
    peaks:     variants of the two sweeps whose peak memory is compared
    shifts:    (variants, sessions) of the timing test by all circular shifts
    swept:     variants of our sweep: enough that dealing out its blocks does not decide; weighed: with evidence
    """

    rounds: int = 5
    variants: int = 1_000
    small: tuple[int, int] = (500, 10)
    by_variants: tuple[int, ...] = (100, 300, 1_000, 3_000)
    by_sessions: tuple[int, ...] = (1_000, 3_000, 10_000, 30_000, 100_000)
    sweep_by_variants: tuple[int, ...] = (100, 1_000, 10_000, 100_000)
    sweep_by_sessions: tuple[int, ...] = (1_000, 10_000, 100_000)
    grown: tuple[int, int] = (2_500, 100)
    peaks: tuple[int, int] = (10_000, 100_000)
    shifts: tuple[int, int] = (1_000, 2_500)
    swept: int = 100_000
    weighed: int = 50_000


QUICK = Plan(
    rounds=2,
    variants=100,
    by_variants=(50, 100),
    by_sessions=(500, 1_000),
    sweep_by_variants=(100, 1_000),
    sweep_by_sessions=(1_000, 10_000),
    grown=(500, 10),
    peaks=(100, 1_000),
    shifts=(50, 500),
    swept=4_000,
    weighed=2_000,
)
"""Enough to see that everything works; its figures say little."""
