"""Series beside opens and closes that code reads though nothing of it says so: a run would not pin them.

What is said is computed once more on a market whose undeclared series are others from the first session on; where it
changes, on one for each of them.
"""

from collections.abc import Callable, Collection

from unlockstep.backtests.audit.comparison import changed
from unlockstep.backtests.audit.other_series import OtherSeries
from unlockstep.backtests.audit.perturbations import with_other_series
from unlockstep.backtests.audit.target import Observed
from unlockstep.signals.market import Market


def undeclared(
    observe: Callable[[Market], Observed], market: Market, said: Observed, declared: Collection[str], warmup: int
) -> tuple[str, ...]:
    """The series that change what is said and are not declared, named as in `Signal.reads`; said: on this market.

    A series on which the code fails counts as read.
    """
    names = {_place(market, name) for name in declared}
    rest = [name for name in dict.fromkeys(OtherSeries.of(market).names) if _place(market, name) not in names]

    def matters(names: list[str]) -> bool:
        try:
            again = observe(with_other_series(market, names))
        except Exception:  # it refuses what it reads
            return True
        return bool(changed(said.values, again.values, warmup).any())

    return tuple(name for name in rest if matters([name])) if rest and matters(rest) else ()


def _place(market: Market, name: str) -> tuple[int, str]:
    """What a name as in `Signal.reads` means: (number of the leg, field), a leg having several names; (-1, series)."""
    leg, _, field = name.rpartition(".")
    return (market.place(leg), field) if leg else (-1, field)
