"""The import of `arch` without packages that it loads for a version number or a type, and does not need."""

import sys

UNNEEDED = ("matplotlib", "polars")
"""Loaded by `arch`, or by what it loads, where they are installed."""


def import_arch() -> None:
    """Import `arch`; what it does not need stays out, and can be imported afterwards as ever.

    It would be more than half of the time, in each process that estimates or resamples.
    """
    absent = [name for name in UNNEEDED if name not in sys.modules]
    if "arch" in sys.modules:
        return
    for name in absent:
        sys.modules[name] = None  # type: ignore[assignment]  # Python takes it for not installed
    try:
        import arch  # noqa: F401
    finally:
        for name in absent:
            del sys.modules[name]
