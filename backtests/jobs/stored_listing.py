"""What `unlockstep list` says of signals and strategies without importing one: the listing shipped with the code.

`python -m docs.generate_reference` writes it beside a fingerprint of the modules that it was made of. Where these are
not the same any more, or another package brings a signal or a strategy, the classes themselves are asked (`listing`).
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from hashlib import sha256
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Literal

from unlockstep.backtests.plugins.error_attribution import GROUPS
from unlockstep.backtests.results.listing import ParameterEntry, SignalEntry, StrategyEntry, UnusableEntry

ROOT = Path(__file__).parents[2]
LISTING = Path(__file__).parents[1] / "schemas" / "listing.json"

Kind = Literal["signals", "strategies"]
Entries = Sequence[SignalEntry | StrategyEntry | UnusableEntry]
KINDS: dict[Kind, tuple[str, type[SignalEntry | StrategyEntry]]] = {
    "signals": (GROUPS["Signal"], SignalEntry),
    "strategies": (GROUPS["Strategy"], StrategyEntry),
}


def listed(kind: Kind) -> Entries:
    """The signals or the strategies, in the order of the registry."""
    group, entry = KINDS[kind]
    stored = _stored()
    if stored is None or entry_points(group=group):
        from unlockstep.backtests.jobs import listing

        return listing.signals() if kind == "signals" else listing.strategies()
    return [entry(**{**row, "params": tuple(ParameterEntry(**each) for each in row["params"])}) for row in stored[kind]]


def listing_text() -> str:
    """The listing as it is stored: of unlockstep's own classes, as they are now."""
    from unlockstep.backtests.jobs import listing

    rows: dict[Kind, Entries] = {"signals": listing.signals(), "strategies": listing.strategies()}
    ours = {kind: [asdict(row) for row in entries if row.source == listing.OURS] for kind, entries in rows.items()}
    return json.dumps({"modules": _fingerprint(), **ours}, indent=1, ensure_ascii=False) + "\n"


def _stored() -> dict[str, Any] | None:
    """The stored listing; None where it is not of the modules that are here."""
    try:
        stored: dict[str, Any] = json.loads(LISTING.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return stored if stored.get("modules") == _fingerprint() else None


def _fingerprint() -> str:
    """SHA-256 of the modules of signals and strategies, whatever their ends of lines."""
    digest = sha256()
    for layer in ("signals", "strategies"):
        for path in sorted((ROOT / layer).glob("*.py")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()
