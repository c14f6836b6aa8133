"""What a market holds beside opens and closes, in a future that is another and in holes.

Highs and lows keep the distance that they have from the body of their bar; volumes and the series of the context are
multiplied, turned round or shuffled, so that whoever reads one session ahead of them sees something else.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from unlockstep.signals.context import ContextSeries
from unlockstep.signals.market import Floats, Leg, Market, read_only

FACTORS: Mapping[str, tuple[float, float, float]] = MappingProxyType(
    {
        "crash": (4.0, 4.0, 3.0), "moon": (0.25, 0.25, 0.3), "scaling": (3.0, 3.0, 3.0), "halt": (1.0, 0.0, 1.0),
        "standstill": (0.0, 0.0, 1.0), "crypto alone": (4.0, 1.0, 1.0), "equity alone": (1.0, 4.0, 1.0),
    }
)  # fmt: skip
"""Future → by what it multiplies the volumes of crypto and of the other legs, and the series of the context."""

CONTEXT = -1
"""What owns a series of the context; legs have their numbers."""

REVERSED = ("reversal", "swapped legs")
"""Futures in which all of it runs backwards; in noise, the remaining one, it is multiplied at random."""


@dataclass(frozen=True, eq=False)
class OtherSeries:
    """T x k values beside opens and closes, one column after the other, and what each belongs to.

    owners: of each column: the number of its leg, CONTEXT for the context.  shadows: whether it is a ratio to prices:
    of a high or a low to the body of its bar, of the price before the open to the leg's own open.  names: of the
    series, as in `Signal.reads`; fields of a series of the context have one.
    """

    values: Floats
    owners: tuple[int, ...]
    shadows: tuple[bool, ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, market: Market) -> "OtherSeries":
        """Those of a market."""
        columns: list[tuple[Floats, int, bool, str]] = []
        names_of_legs = ("crypto", "equity", *market.tickers[2:])
        for owner, (name, leg) in enumerate(zip(names_of_legs, market.legs, strict=True)):
            if leg.high is not None and leg.low is not None:
                columns.append((leg.high / np.maximum(leg.open, leg.close), owner, True, f"{name}.high"))
                columns.append((leg.low / np.minimum(leg.open, leg.close), owner, True, f"{name}.low"))
            if leg.volume is not None:
                columns.append((leg.volume, owner, False, f"{name}.volume"))
            if leg.before_open is not None:
                columns.append((leg.before_open / leg.open, owner, True, f"{name}.before_open"))
        columns += [
            (series.series(field), CONTEXT, False, series.name) for series in market.context for field in series.fields
        ]
        if not columns:
            return cls(np.empty((len(market.sessions), 0)), (), (), ())
        values, owners, shadows, names = zip(*columns, strict=True)
        return cls(np.column_stack(values), owners, shadows, names)

    def altered(self, start: int, stop: int, name: str, rng: np.random.Generator) -> None:
        """Put the future of that name in the sessions numbered start to stop - 1."""
        part = self.values[start:stop]
        moving = ~np.array(self.shadows, dtype=bool)
        if name in REVERSED:
            part[:] = part[::-1].copy()
        elif name in FACTORS:
            part[:, moving] *= np.array(FACTORS[name])[[CONTEXT if o == CONTEXT else min(o, 1) for o in self.owners]][
                moving
            ]
        else:
            part[:, moving] *= np.exp(rng.standard_normal((len(part), int(moving.sum()))))

    def multiplied(self, names: Collection[str], rng: np.random.Generator) -> None:
        """Put other values in the series of these names, from the first session on."""
        for column, (name, shadow) in enumerate(zip(self.names, self.shadows, strict=True)):
            if name in names:
                values = self.values[:, column]
                steps = np.exp(0.3 * np.abs(rng.standard_normal(len(values))))
                values *= 1.0 / steps if shadow and name.endswith(".low") else steps

    def holed(self, session: int, leg: int, *, missing: bool) -> None:
        """Put a hole in the bar of the leg of that number, and of the context, which goes with equity."""
        for column, (owner, shadow) in enumerate(zip(self.owners, self.shadows, strict=True)):
            if owner == leg or (owner == CONTEXT and leg == 1 and missing):
                self.values[session, column] = np.nan if missing else 1.0 if shadow else 0.0

    def leg(self, owner: int, opens: Floats, close: Floats, old: Leg) -> dict[str, Floats | None]:
        """High, low, volume and price before the open of a leg with these opens and closes."""
        columns = [self.values[: len(close), i].copy() for i, each in enumerate(self.owners) if each == owner]
        high = low = volume = before_open = None
        if old.high is not None and old.low is not None:
            above, below, *columns = columns
            n = len(close)
            high = _shadow(old.high[:n], np.maximum(old.open, old.close)[:n], np.maximum(opens, close), above)
            low = _shadow(old.low[:n], np.minimum(old.open, old.close)[:n], np.minimum(opens, close), below)
        if old.volume is not None:
            volume, *columns = read_only(columns[0]), *columns[1:]
        if old.before_open is not None:
            before_open = _shadow(old.before_open[: len(close)], old.open[: len(close)], opens, columns[0])
        return {"high": high, "low": low, "volume": volume, "before_open": before_open}

    def context(self, sessions: int, old: tuple[ContextSeries, ...]) -> tuple[ContextSeries, ...]:
        """The series of the context on the first sessions."""
        columns = iter([self.values[:sessions, i] for i, owner in enumerate(self.owners) if owner == CONTEXT])
        made = []
        for series in old:
            known_at = series.known_at[:sessions]
            values = {field: read_only(next(columns)) for field in series.fields}
            others = [values.get(field) for field in ("open", "high", "low", "volume")]
            made.append(ContextSeries(series.name, series.source, series.clock, values["close"], known_at, *others))
        return tuple(made)


def _shadow(old: Floats, old_body: Floats, body: Floats, ratio: Floats) -> Floats:
    """Highs or lows at these ratios to the bodies of their bars; those of unchanged bars to the last digit."""
    unchanged = (body == old_body) & (ratio == old / old_body)
    return read_only(np.where(unchanged, old, body * ratio))
