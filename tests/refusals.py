"""An error is asserted by its type and its fields; whole sentences stand in `tests/golden`."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest

from unlockstep.signals.errors import UnlockstepError


@contextmanager
def refused(
    kind: type[UnlockstepError],
    *,
    name: str | re.Pattern[str] | None = None,
    dates: Iterable[str] | None = None,
    limit: float | None = None,
    remedy: str | None = None,
    choices: Iterable[str] | None = None,
    line: int | None = None,
) -> Iterator[pytest.ExceptionInfo[UnlockstepError]]:
    """The block raises an error of this kind with these fields; None: the field may be anything.

    name: the whole of it, or a pattern of the whole.  dates: as 2024-01-31.
    remedy: what it must hold, such as the option that helps; "" where there must be none.
    """
    with pytest.raises(kind) as caught:
        yield caught
    assert_fields(caught.value, name=name, dates=dates, limit=limit, remedy=remedy, choices=choices, line=line)


def assert_fields(
    error: UnlockstepError,
    *,
    name: str | re.Pattern[str] | None = None,
    dates: Iterable[str] | None = None,
    limit: float | None = None,
    remedy: str | None = None,
    choices: Iterable[str] | None = None,
    line: int | None = None,
) -> None:
    """The same of an error that was caught."""
    if isinstance(name, re.Pattern):
        assert name.fullmatch(error.name), error.name
    if remedy is not None:
        assert remedy in error.remedy if remedy else error.remedy == ""
    wanted = {
        "name": error.name if name is None or isinstance(name, re.Pattern) else name,
        "dates": error.dates if dates is None else tuple(dates),
        "limit": error.limit if limit is None else limit,
        "choices": error.choices if choices is None else tuple(choices),
        "line": error.line if line is None else line,
    }
    fields = {field: getattr(error, field) for field in wanted}
    if dates is not None:
        fields["dates"] = tuple(map(str, error.dates))
    assert fields == wanted, str(error)
