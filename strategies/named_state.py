"""A state signal read by name: signal = "markov_break", the signal's own parameters as "signal.window".

States are 0, coupled, and 1, decoupled; `state_signals` says which signals are. In a strategy's field the choice is one
text, such as "markov_break(window=504,spell=1000)"; in parameters, labels and studies it is spelled out.
"""

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from itertools import product
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from unlockstep.signals.breakdown import Breakdown
from unlockstep.signals.errors import CodeError, ParameterError, unknown_name
from unlockstep.signals.market import Floats
from unlockstep.signals.signal import Columns, Signal, SignalCache
from unlockstep.strategies.strategy import Strategy

USUAL = Breakdown.name
"""The state that a strategy reads where none is named."""

PREFIX = "signal."


@cache
def state_signals() -> dict[str, type[Signal]]:
    """Name → class of the signals that say coupled or decoupled."""
    from unlockstep.signals.registry import SIGNALS

    return {name: cls for name, cls in SIGNALS.items() if cls.unit == "state"}


def signal_of(text: str, classes: Mapping[str, type[Signal]], **parameters: Any) -> Signal:
    """The state signal of a text such as "markov_break" or "markov_break(window=504)", with these parameters besides.

    classes: those that there are, by name.
    Raises ParameterError for an unknown name, an unknown parameter or a value out of range.
    """
    name, _, inner = text.strip().removesuffix(")").partition("(")
    if name not in classes:
        raise unknown_name("state signal called", name, classes)
    given = dict(part.split("=", 1) for part in inner.split(",") if "=" in part)
    return classes[name](**{**given, **parameters})


def text_of(signal: Signal) -> str:
    """The text that `signal_of` reads."""
    return f"{signal.name}({','.join(f'{key}={value}' for key, value in signal.params.items())})"


class ReadsState(Strategy):
    """Base of strategies that read a state by name.

    usual_state: the strategy's parameters that are those of `breakdown`, which is read where no signal is named. With
    another signal they are not given, and left out of `params`.
    further_states: state signals besides those of unlockstep, such as one that stands in the same file: (MyState,).
    """

    usual_state: ClassVar[tuple[str, ...]] = ()
    further_states: ClassVar[tuple[type[Signal], ...]] = ()
    unswept: ClassVar[tuple[str, ...]] = ("signal",)

    signal: str = Field(
        default=USUAL, description='a signal that says coupled or decoupled; its own parameters as "signal.window"'
    )

    def __init__(self, **values: Any) -> None:
        """Raise ParameterError as every strategy does, and for a parameter of another signal than the one named."""
        super().__init__(**self._folded(values))
        for key in () if self._reads_usual else self.usual_state:
            if getattr(self, key) != type(self).model_fields[key].default:
                other = self.named_signal(self.signal).name
                raise ParameterError(
                    f"{self.name}.{key} is a parameter of {USUAL}, and signal = {other} is named",
                    name=f"{self.name}.{key}",
                    remedy=f'leave it out, or write "{PREFIX}{key}" where that signal has it',
                )

    @property
    def _reads_usual(self) -> bool:
        return bool(self.usual_state) and self.signal == USUAL

    @property
    def params(self) -> dict[str, Any]:
        """The parameters by name, those of a named signal as "signal.window"."""
        rest = {key: value for key, value in super().params.items() if key != "signal"}
        if self._reads_usual:
            return rest
        signal = _named(type(self), self.signal)
        named = {f"{PREFIX}{key}": value for key, value in signal.params.items()}
        return {"signal": signal.name, **named, **{k: v for k, v in rest.items() if k not in self.usual_state}}

    @classmethod
    def named_signal(cls, text: str, **parameters: Any) -> Signal:
        """What `signal_of` reads, the strategy's own states included; CodeError where one of these is no state."""
        for signal in cls.further_states:
            if signal.unit != "state":
                raise CodeError(
                    f"{cls.name}.further_states: {signal.name} is no state, its unit is {signal.unit!r}",
                    name=signal.name,
                    remedy='a signal that is 0 where coupled and 1 where decoupled has unit = "state"',
                )
        return signal_of(
            text, {**state_signals(), **{signal.name: signal for signal in cls.further_states}}, **parameters
        )

    def state_signal(self) -> Signal:
        """The signal that says coupled or decoupled."""
        if self._reads_usual:
            return Breakdown(**{key: getattr(self, key) for key in self.usual_state})
        return _named(type(self), self.signal)

    @classmethod
    def states(cls, signal_cache: SignalCache, columns: Columns) -> Floats:
        """N x T states of n variants, as their `state_signal` says; columns as in `rules`."""
        n = len(next(iter(columns.values())))
        texts = columns.get("signal", np.full(n, USUAL))
        named = list(dict.fromkeys(texts.tolist()))
        if len(named) == 1:
            return cls._block(named[0], signal_cache, columns)
        out = np.empty((n, len(signal_cache.market.sessions)))  # of one market: many histories are asked one by one
        for text in named:
            mine = texts == text
            out[mine] = cls._block(text, signal_cache, {name: values[mine] for name, values in columns.items()})
        return out

    @classmethod
    def _block(cls, text: str, signal_cache: SignalCache, columns: Columns) -> Floats:
        """The states of variants that all read the signal of this text."""
        if text == USUAL and cls.usual_state:
            return Breakdown.block(signal_cache, {key: columns[key] for key in cls.usual_state})
        signal, n = _named(cls, text), len(next(iter(columns.values())))
        return type(signal).block(signal_cache, {key: np.full(n, value) for key, value in signal.params.items()})

    @classmethod
    def has_parameter(cls, name: str) -> bool:
        return super().has_parameter(name) or name.startswith(PREFIX)

    @classmethod
    def swept_values(cls, axis_values: Mapping[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
        named = {key.removeprefix(PREFIX): values for key, values in axis_values.items() if key.startswith(PREFIX)}
        rest = {key: values for key, values in axis_values.items() if not key.startswith(PREFIX)}
        if not named and "signal" not in rest:
            return rest
        texts = [
            text_of(cls.named_signal(str(text), **dict(zip(named, values, strict=True))))
            for text in rest.get("signal", (USUAL,))
            for values in product(*named.values())
        ]
        contradictory = [key for key in rest if key in cls.usual_state]
        if contradictory:
            raise ParameterError(
                f"{cls.name}.{contradictory[0]} is a parameter of {USUAL}, and signals are named",
                name=f"{cls.name}.{contradictory[0]}",
                remedy=f'sweep "{PREFIX}{contradictory[0]}"',
            )
        return {**rest, "signal": tuple(dict.fromkeys(texts))}

    @classmethod
    def _folded(cls, values: dict[str, Any]) -> dict[str, Any]:
        """The values with "signal.window" and the like within the text of `signal`."""
        if isinstance(values.get("signal"), Mapping):
            raise ParameterError(
                f"{cls.name}.signal is a table",
                name=f"{cls.name}.signal",
                remedy=f'write signal = "markov_break" and, the key in quotes, "{PREFIX}window" = 504',
            )
        named = {key.removeprefix(PREFIX): value for key, value in values.items() if key.startswith(PREFIX)}
        if not named:
            return values
        rest = {key: value for key, value in values.items() if not key.startswith(PREFIX)}
        return {**rest, "signal": text_of(cls.named_signal(str(rest.get("signal", USUAL)), **named))}


@lru_cache(maxsize=4096)
def _named(cls: type[ReadsState], text: str) -> Signal:
    """The signal of a text, made once: a sweep asks for few texts many times."""
    return cls.named_signal(text)
