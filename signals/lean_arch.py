"""The import of `arch` without matplotlib, which it loads for a version number and does not need."""

import sys


def import_arch() -> None:
    """Import `arch`; matplotlib stays out where nothing has loaded it, and can be imported afterwards as ever.

    It would be more than half of the time, in each process that estimates or resamples.
    """
    if "matplotlib" in sys.modules:
        return
    sys.modules["matplotlib"] = None  # type: ignore[assignment]  # Python takes it for not installed
    try:
        import arch  # noqa: F401
    finally:
        del sys.modules["matplotlib"]
