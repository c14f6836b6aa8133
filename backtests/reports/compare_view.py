"""What the comparison page shows."""

from collections.abc import Sequence
from typing import Any

from backtests.store.folder import StoredRun


def compare_context(runs: Sequence[StoredRun], warnings: Sequence[str]) -> dict[str, Any]:
    """Everything that the template of the comparison page names."""
    raise NotImplementedError
