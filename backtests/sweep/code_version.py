"""The version of the code that a sweep's figures come from."""

from unlockstep import signals, strategies
from unlockstep.backtests import engine, results, stats, sweep, trials
from unlockstep.backtests.calibration.progress import fingerprint
from unlockstep.signals.errors import RunError


def code() -> str:
    """Fingerprint of all modules that decide a figure of a variant."""
    return fingerprint(signals, strategies, sweep, results, trials, stats, engine)


def check_code(expected: str) -> None:
    """Raise RunError where this process runs other code than the sweep."""
    if code() != expected:
        raise RunError(
            "A worker of the cluster runs another version of unlockstep; install the same one on all machines."
        )
