"""What a pair and its hedged pair could each show, on the same sessions: `python -m findings.hedged_legs DATA`.

A line a strategy: the detectable information ratio of timing, plain and hedged, and the edge that it amounts to, in
returns a year on a full weight of the legs; then the medians.
"""

import sys

import numpy as np

from unlockstep.backtests.config.study import Study
from unlockstep.backtests.engine.experiment import Experiment, build_experiment
from unlockstep.backtests.engine.hedge import hedged_pair
from unlockstep.backtests.results.evidence import evaluate, weights_of
from unlockstep.backtests.results.holdout import split_holdout
from unlockstep.backtests.stats.episodes import timing_returns
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats
from unlockstep.signals.signal import SignalCache

LEGS = ("ETH-USD", "IWM", "BTC-USD", "SPY")
"""The pair, and the hedge of each of its legs."""

END = "2025-12-31"


def detectable(experiment: Experiment) -> Floats:
    """V x 2 of the candidates: the detectable information ratio, and the return a year that it amounts to."""
    rows = []
    for variant, evaluation in evaluate(experiment, every_gate=False).items():
        deviation = timing_returns(weights_of(experiment, variant), experiment.earned()).std()
        ratio = evaluation.evidence.detectable
        rows.append((ratio, ratio * deviation * np.sqrt(SESSIONS_PER_YEAR)))
    return np.array(rows)


def write(line: str) -> None:
    """A line of the table."""
    sys.stdout.write(line + "\n")


def main(data: str) -> None:
    """Print the table."""
    study = Study.make(data=data, end=END)
    hedge = hedged_pair(split_holdout(Study.make(data=data, end=END, legs=LEGS), cash=True).market, study.lag)
    hedged = build_experiment(study, SignalCache(hedge.market), study.strategies(), hedge=hedge)
    same = study.changed(evaluate_from=hedged.evaluated.sessions[1].date())
    plain = build_experiment(same, SignalCache(split_holdout(same, cash=True).market), same.strategies())
    ratios, names = np.hstack([detectable(plain), detectable(hedged)]), hedged.candidates
    first, last = hedged.evaluated.span
    write(f"{first} to {last}; information ratio plain, hedged; return a year plain, hedged")
    for name, row in zip(names, ratios, strict=True):
        write(f"{row[0]:6.2f} {row[2]:6.2f} {row[1]:7.3f} {row[3]:7.3f}  {name}")
    write(f"median ratio of hedged to plain: {np.nanmedian(ratios[:, 2:] / ratios[:, :2], axis=0).round(2)}")


if __name__ == "__main__":
    main(sys.argv[1])
