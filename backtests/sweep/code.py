"""The version of the code that a sweep's figures come from."""

import backtests.results as results
import backtests.sweep as sweep
import signals
import strategies
from backtests import engine, experiment, trading
from backtests.calibration.progress import fingerprint
from signals.errors import RunError


def code() -> str:
    """Fingerprint of all modules that decide a figure of a variant."""
    return fingerprint(signals, strategies, sweep, results, engine, experiment, trading)


def check_code(expected: str) -> None:
    """Raise RunError where this process runs other code than the sweep."""
    if code() != expected:
        raise RunError(
            "A worker of the cluster runs another version of unlockstep; install the same one on all machines."
        )
