"""Processes that this one starts import nothing from the folder that the user happens to be in.

Python puts the current folder first on the path of `python -c` and `python -m`, by which worker processes start: a
`joblib.py` in somebody's folder would run there.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

VARIABLE = "PYTHONSAFEPATH"
"""Environment variable that keeps Python from doing so; the workers get the path of this process."""


@contextmanager
def without_current_folder() -> Iterator[None]:
    """While processes are started, they leave the current folder out of their path."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = "1"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(VARIABLE, None)
        else:
            os.environ[VARIABLE] = before
