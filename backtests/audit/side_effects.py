"""How code behaves while it computes: does it change the market it was handed, and does it open anything?"""

import os
import site
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from unlockstep.backtests.plugins.error_attribution import OURS
from unlockstep.signals.market import Market

CACHED = frozenset({"decided_at", "sha256"})
"""What a Market itself keeps once it was asked."""

SOURCES = (".py", ".pyc", ".so", ".pyd", ".dll", ".dylib")
"""Files that an import opens."""


def state_of(market: Market) -> tuple[object, ...]:
    """Everything that a computation could change in a market, as plain comparable values."""
    legs = [(sorted(vars(leg)), leg.ticker, leg.clock, leg.adjusted) for leg in market.legs]
    arrays = [array for leg in market.legs for array in (leg.open, leg.close)]
    indexes = [market.sessions, *(index for leg in market.legs for index in (leg.tradable_from, leg.known_at))]
    return (
        sorted(set(vars(market)) - CACHED),
        market.source,
        market.synthetic,
        market.retrieved_at,
        legs,
        [(array.tobytes(), array.flags.writeable) for array in arrays],
        [(index.asi8.tobytes(), index.name) for index in indexes],
    )


def changed_part(before: tuple[object, ...], after: tuple[object, ...]) -> str | None:
    """In words, which part of a market's state is another one; None where all is as it was."""
    words = ("attributes", "source", "kind", "date of retrieval", "legs", "prices", "sessions or clocks")
    return next((word for word, a, b in zip(words, before, after, strict=True) if a != b), None)


OPENING = ("open", "sqlite3.connect", "socket.connect", "subprocess.Popen")
"""Events of Python by which code reaches beyond its market."""


class Watch:
    """Notes the files that are opened to be read, and the connections, while it is on; a process keeps the hook.

    users_only: those alone that a line of a user's file asks for.
    """

    def __init__(self, *, users_only: bool = False) -> None:
        self.users_only = users_only
        self.seen: dict[str, None] = {}
        self._on = False
        self._ours = _libraries()
        sys.addaudithook(self._hook)

    @contextmanager
    def on(self) -> Iterator[None]:
        """Switched on for a while."""
        self._on = True
        try:
            yield
        finally:
            self._on = False

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._on or event not in OPENING or not self._called_by_user():
            return
        if event == "open" and _writes_only(*arguments[1:3]):
            return
        if event in ("open", "sqlite3.connect") and not isinstance(arguments[0], int):
            self._file(os.fsdecode(arguments[0]))
        elif event == "socket.connect":
            self.seen[f"the network address {arguments[1]}"] = None
        elif event == "subprocess.Popen":
            self.seen[f"the program {arguments[0]}"] = None

    def _file(self, name: str) -> None:
        path = str(Path(name).absolute())
        if path.endswith(SOURCES) or path.startswith(self._ours):
            return
        self.seen[f"the file {name}"] = None

    def _called_by_user(self) -> bool:
        """False while a library is imported, which opens files of its own, such as a list of fonts."""
        frame: FrameType | None = sys._getframe(2)
        while frame is not None:
            name = frame.f_code.co_filename
            if name.startswith("<frozen importlib"):
                return False
            if not name.startswith(("<", *self._ours)) and not any(Path(name).is_relative_to(ours) for ours in OURS):
                return True
            frame = frame.f_back
        return not self.users_only


def _writes_only(mode: str | None, flags: int) -> bool:
    """True for what is opened to be written, a log for example, and for a new file: there is nothing to read in it."""
    if mode is not None and mode != "":
        return not set(mode) & {"r", "+"}
    return flags & (os.O_WRONLY | os.O_RDWR) == os.O_WRONLY or bool(flags & os.O_CREAT and flags & os.O_EXCL)


def _libraries() -> tuple[str, ...]:
    """Folders of Python, its libraries and the system, whose files hold no prices."""
    places = {*sysconfig.get_paths().values(), *site.getsitepackages(), sys.prefix, sys.base_prefix}
    places |= {"/proc", "/sys", "/dev", "/usr/share/zoneinfo"}
    return tuple(str(Path(place)) + os.sep for place in places if len(Path(place).parts) > 1)
