"""As what a published figure agrees, and what that comes to in words."""

from collections.abc import Sequence

import numpy as np

from unlockstep.backtests.results.model.replication import KindResult, ReadsAs, ReplicatedClaim
from unlockstep.backtests.results.published_figures import Published
from unlockstep.backtests.results.reading import KIND_NAMES, Kind

NEAR = 0.1
"""A figure that no reading is lies near a kind whose closest reading is no further away."""


def reads_as(published: Published | None, returns: KindResult | None, levels: KindResult | None) -> ReadsAs:
    """As what a figure agrees; a reading of returns, the usual measure, goes before one of price levels."""
    if returns is None or levels is None:
        return "missing"
    if published is None:
        return "no figure"
    return "returns" if returns.agreeing else "levels" if levels.agreeing else "neither"


def nearer(published: Published | None, returns: KindResult | None, levels: KindResult | None) -> Kind | None:
    """The kind of which some reading lies within NEAR of the figure, where all of the other lie further away."""
    if published is None or returns is None or levels is None:
        return None
    near = {
        each.kind
        for each in (returns, levels)
        if each.closest is not None and published.distance(np.array([each.closest.value]))[0] <= NEAR
    }
    return near.pop() if len(near) == 1 else None


def describe(
    published: Published | None, agreement: ReadsAs, returns: KindResult | None, levels: KindResult | None
) -> str:
    """What the comparison says, and no more than the published decimals allow."""
    if returns is None or levels is None:
        return "Not recomputed."
    ranges = describe_ranges(returns, levels)
    if published is None:
        return f"No figure was published, so there is nothing to agree with. {ranges}"
    counts = (
        f"{returns.agreeing or 'None'} of {returns.tried} readings of returns and {levels.agreeing or 'none'} of "
        f"{levels.tried} of price levels are {published}"
    )
    head = {
        "returns": "Agrees as returns",
        "levels": "Agrees as price levels, which measure a shared trend and no coupling",
    }.get(agreement, "Does not agree")
    return f"{head}: {counts}. {ranges}"


def describe_ranges(returns: KindResult, levels: KindResult) -> str:
    """From where to where each kind lies: "Returns lie from 0.33 to 0.67, price levels from 0.69 to 0.87."."""
    spans = [
        f"{KIND_NAMES[each.kind]} from {each.low:z.2f} to {each.high:z.2f}"
        for each in (returns, levels)
        if each.low is not None and each.high is not None
    ]
    text = ", ".join(spans)
    return f"{text[0].upper()}{text[1:].replace(' from', ' lie from', 1)}." if text else ""


def summarise(claims: Sequence[ReplicatedClaim]) -> str:
    """What the published figures come to, the readings of price levels by their names."""
    having = [claim for claim in claims if claim.published is not None]
    groups = {kind: [c for c in having if c.reads_as == kind] for kind in ("returns", "levels", "neither", "missing")}
    levels_nearer = [claim for claim in groups["neither"] if claim.nearer == "levels"]
    parts = [
        f"Of {len(having)} published figures {_verb(groups['returns'], 'agree')} as returns",
        f"{len(groups['levels'])} as price levels only{_names(groups['levels'])}",
        f"{_verb(groups['neither'], 'do')} not agree",
        f"{_verb(groups['missing'], 'lack')} prices",
    ]
    if levels_nearer:
        parts[2] += f", of which {_verb(levels_nearer, 'lie')} nearer to price levels{_names(levels_nearer)}"
    return "; ".join(parts) + "."


def _names(claims: Sequence[ReplicatedClaim]) -> str:
    return f" ({'; '.join(f'{claim.claim}: {claim.published}' for claim in claims)})" if claims else ""


def _verb(claims: Sequence[ReplicatedClaim], verb: str) -> str:
    """How many there are, and what they do: "1 agrees", "2 agree"."""
    return f"{len(claims)} {verb}{('es' if verb == 'do' else 's') if len(claims) == 1 else ''}"
