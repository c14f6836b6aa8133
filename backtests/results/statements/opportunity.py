"""S4: a break is the opportunity; ETH moves up after one."""

import numpy as np

from backtests.results.statements.statement import NOTHING, Statement, span, word
from signals import Market
from signals.market import Floats

AHEAD = 60
MIN_BREAKS = 5  # of fewer, Student's interval leans on a normality that nothing vouches for


def opportunity(market: Market, onset: Floats) -> Statement:
    """S4: ETH's mean log move over the 60 sessions after an onset less the unconditional mean; Student's interval."""
    unit = f"log move over {AHEAD} sessions"
    logs = np.log(market.crypto.close)
    moves = logs[AHEAD:] - logs[:-AHEAD]
    after = moves[np.flatnonzero(onset[:-AHEAD] == 1.0)]
    always = float(moves.mean()) if len(moves) else float("nan")
    detail = {
        "breaks": len(after),
        "after_a_break": float(after.mean()) if len(after) else float("nan"),
        "always": always,
    }
    if len(after) < 2:
        return Statement(f"Cannot tell: {len(after)} breaks to learn from.", float("nan"), NOTHING, unit, detail)
    from scipy.stats import t as student

    estimate = float(after.mean() - always)
    half = float(student.ppf(0.975, len(after) - 1) * after.std(ddof=1) / np.sqrt(len(after)))
    ci = (estimate - half, estimate + half)
    decided = word(ci, above=True) if len(after) >= MIN_BREAKS else "Cannot tell"
    return Statement(
        f"{decided}: in the {AHEAD} sessions after a break ETH moved {after.mean():+.2f} (log), against {always:+.2f} "
        f"at any time; difference {estimate:+.2f}, {span(ci)}, from {len(after)} breaks "
        f"(fewer than {MIN_BREAKS} decide nothing).",
        estimate,
        ci,
        unit,
        detail,
    )
