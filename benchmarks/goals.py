"""What is aimed at, and whether it was reached."""

from dataclasses import dataclass

from benchmarks.timing import Spread


@dataclass(frozen=True)
class Goal:
    """One aim. at_least: the figure must not be under the bound; otherwise it must not be over it.

    unit: as it is printed behind a figure.
    """

    key: str
    what: str
    bound: float
    at_least: bool
    unit: str = "×"

    @property
    def aim(self) -> str:
        """Such as "≥ 25×"."""
        return f"{'≥' if self.at_least else '≤'} {self.bound:,g}{self.unit}"

    def reached(self, measured: Spread) -> bool:
        """By the median."""
        return measured.median >= self.bound if self.at_least else measured.median <= self.bound


GOALS: tuple[Goal, ...] = (
    Goal("broadcast", "sweep, signals and metrics included, over vectorbt's best broadcast on Rust", 25, True),
    Goal("calls", "sweep over one vectorbt call a variant", 600, True),
    Goal("bt", "sweep over bt", 10_000, True),
    Goal("kernel", "kernel on two cores over the plain compiled loop on one, same targets", 1.7, True),
    Goal("peak", "peak memory of a sweep of 100,000 variants", 1.5, False, " GB"),
    Goal("peak_growth", "… and over that of 10,000 variants", 1.2, False),
    Goal(
        "shifts", "all circular shifts of 1,000 variants x 2,500 sessions, with family-wise p-values", 1.5, False, " s"
    ),
    Goal("second_worker", "sweep, weighed against chance as the command does, with a second worker", 1.7, True),
    Goal("second_figures", "… and figures alone, signals computed once for both", 1.7, True),
    Goal("exponent_variants", "growth exponent of a sweep's time in variants", 1.05, False, ""),
    Goal("exponent_sessions", "growth exponent of a sweep's time in sessions", 1.05, False, ""),
    Goal("help", "unlockstep --help over the import of typer and rich", 1.5, False),
    Goal(
        "run",
        "unlockstep run over ten years, all strategies, full report, over the import of vectorbt and plotly",
        2,
        False,
    ),
)
