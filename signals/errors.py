"""Every error that unlockstep raises on purpose.

UnlockstepError           one clear sentence; the thing, the dates, the limit and the way out as attributes
├── UsageError            the command or the study was misused          (exit status 2)
│   ├── StudyError        a study that contradicts itself or cannot be read
│   └── ParameterError    an unknown name, or a value out of range
└── WorkError             the work could not be done                    (exit status 1)
    ├── DataError         prices missing, broken or unusable
    │   ├── UnreachableError  a source of prices that does not answer
    │   └── WithdrawnError    prices that a source no longer has
    ├── HistoryError      too few sessions for what was asked
    ├── WeightsError      target weights that no account could hold
    ├── CodeError         a strategy or signal of the user's own that cannot be read, or fails
    ├── ParityError       accounts of a sweep that are not those of the engine: a fault of unlockstep
    ├── TrustError        code that a study names and nobody has trusted
    ├── LookAheadError    a decision filled before its inputs were known
    │   └── HindsightError    a strategy that reads a signal of the whole sample
    ├── RunError          a run folder that cannot be written or read
    ├── RegistrationError an idea that cannot be registered, or a study that cannot be withdrawn, any more
    └── LedgerError       a trial ledger that cannot be written or read
"""

from collections.abc import Iterable
from copy import copy
from datetime import date, datetime
from difflib import get_close_matches
from typing import Self


class UnlockstepError(Exception):
    """Base of all errors raised on purpose; `exit_status` is what the command line returns.

    Printed it is one line: the fault, then the remedy, which is a sentence by itself where it begins with a capital.

    fault: what is wrong, with its full stop or without.
    name: the thing that is wrong: a ticker, file, folder, parameter, strategy, key …; "" where there is none.
    dates: the sessions that are wrong, or the first and the last of a period, in order; () where there are none.
    limit: the bound that was passed, in the unit of the sentence; None where there is none.
    remedy: the way out, without its full stop; "" where there is none.
    choices: what may stand in the place of a wrong name: its closest match, or all that there are.
    line: of the file `name`, counted from 1; None where the error is of no line.
    """

    exit_status = 1

    def __init__(
        self,
        fault: str,
        *,
        name: str = "",
        dates: Iterable[date] = (),
        limit: float | None = None,
        remedy: str = "",
        choices: Iterable[str] = (),
        line: int | None = None,
    ) -> None:
        super().__init__(fault)
        self.name = name
        self.dates = tuple(day.date() if isinstance(day, datetime) else day for day in dates)
        self.limit = limit
        self.remedy = remedy
        self.choices = tuple(choices)
        self.line = line

    def __str__(self) -> str:
        text: str = self.args[0]
        if self.remedy:
            text = f"{text.rstrip('.')}{'.' if self.remedy[0].isupper() else ';'} {self.remedy}"
        return text if text.endswith((".", "?")) else f"{text}."

    def at(self, place: str, line: int | None = None) -> Self:
        """The same error with a place, such as "study.toml, line 3", before its sentence."""
        error = copy(self)
        error.args, error.line = (f"{place}: {self.args[0]}",), line or self.line
        return error


class UsageError(UnlockstepError):
    """The command or the study was misused."""

    exit_status = 2


class StudyError(UsageError):
    """A study that contradicts itself or cannot be read."""


class ParameterError(UsageError):
    """An unknown name, or a value out of range."""


class WorkError(UnlockstepError):
    """The work could not be done."""


class DataError(WorkError):
    """Prices that are missing, broken or unusable; names ticker, dates and remedy."""


class UnreachableError(DataError):
    """A source of prices that does not answer now; says what came instead."""


class WithdrawnError(DataError):
    """A source that answers, but no longer has prices that it had; names the dates."""


class HistoryError(WorkError):
    """Too few sessions for the warm-up or the statistics asked for."""


class WeightsError(WorkError):
    """Target weights that no account could hold."""


class CodeError(WorkError):
    """A strategy or signal of the user's own that cannot be read, or that fails; names its file and line."""


class ParityError(WorkError):
    """Accounts of a sweep that are not those of the engine; names the variant. A fault of unlockstep."""


class TrustError(WorkError):
    """Code that a study names and that was not run: no ledger knows it, nobody said that it may; names every file."""


class LookAheadError(WorkError):
    """A decision that would be filled before everything it used was known."""


class HindsightError(LookAheadError):
    """A strategy that reads a signal computed from the whole sample."""


class RunError(WorkError):
    """A run folder that cannot be written or read."""


class RegistrationError(WorkError):
    """An idea that cannot be registered, or a study that cannot be withdrawn, since its result was seen."""


class LedgerError(WorkError):
    """A trial ledger that cannot be written or read."""


def unknown_name(kind: str, name: str, available: Iterable[str]) -> ParameterError:
    """The error for a misspelt name: says what was meant, or lists what there is."""
    names = sorted(available)
    close = get_close_matches(name, names, n=1)
    there = f"there are: {', '.join(names)}" if names else "there are none"
    hint = f"did you mean '{close[0]}'?" if close else there
    return ParameterError(f"There is no {kind} '{name}'", name=name, remedy=hint, choices=close or names)


class PictureError(WorkError):
    """Charts could not be drawn as pictures."""
