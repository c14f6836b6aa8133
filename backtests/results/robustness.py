"""What becomes of a variant under other costs, later orders, another fill, other years, and by chance alone."""

import numpy as np

from unlockstep.backtests.config.costs import Fill
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.engine.experiment import Conditions, Experiment
from unlockstep.backtests.results.evidence import net_ir, weights_of
from unlockstep.backtests.results.metrics import by_year
from unlockstep.backtests.results.model.variant import (
    CostRow,
    FillRow,
    LagRow,
    PartRow,
    RandomEntries,
    Robustness,
    YearRow,
)
from unlockstep.backtests.stats.episodes import timing_returns
from unlockstep.backtests.stats.random_entries import random_entries
from unlockstep.backtests.stats.sharpe import sharpe_ratio
from unlockstep.backtests.stats.timing_test import timing_test
from unlockstep.signals.errors import WeightsError

COST_MULTIPLES = (0.0, 1.0, 2.0, 4.0)
LAGS = (1, 2, 3, 4, 5)
FILLS: tuple[Fill, ...] = ("close", "open")
PARTS = 3


def conditions(study: Study) -> list[Conditions]:
    """Everything that the tables ask to be simulated, for `Experiment.simulate`."""
    return [
        *(Conditions(multiple=multiple) for multiple in (*COST_MULTIPLES, study.cost_multiple)),
        *(Conditions(lag=lag) for lag in LAGS),
        *(Conditions(fill=fill) for fill in FILLS),
    ]


def robustness(experiment: Experiment, variant: str) -> Robustness:
    """The tables of one variant, without its walk forward."""
    study, i = experiment.study, experiment.place[variant]
    weights, earned = weights_of(experiment, variant), experiment.earned()

    def sharpe(multiple: float = 1.0, *, lag: int | None = None, fill: Fill | None = None) -> float:
        try:
            return sharpe_ratio(experiment.excess(multiple, lag=lag, fill=fill)[variant].to_numpy())
        except WeightsError:  # some account is ruined under conditions that the study did not ask for
            return float("nan")

    def lead(multiple: float) -> float:
        try:
            return net_ir(experiment, variant, multiple)
        except WeightsError:
            return float("nan")

    return Robustness(
        costs=tuple(
            CostRow(multiple=m, sharpe=sharpe(m), ir_over_mix=lead(m))
            for m in sorted({*COST_MULTIPLES, study.cost_multiple})
        ),
        break_even_multiple=break_even(experiment, variant),
        lag=tuple(
            LagRow(
                lag=lag,
                sharpe=sharpe(lag=lag),
                timing_ir=experiment.timing_at(lag).information_ratio[i],
                timing_p=experiment.timing_at(lag).p[i],
            )
            for lag in sorted({*LAGS, study.lag})
        ),
        fill=tuple(_fill(experiment, variant, fill, sharpe(fill=fill)) for fill in FILLS),
        subperiods=_years(experiment, variant),
        parts=_parts(experiment, variant),
        random_entries=RandomEntries(**vars(random_entries(weights, earned, seed=study.seed))),
        walk_forward=None,
    )


def _fill(experiment: Experiment, variant: str, fill: Fill, sharpe: float) -> FillRow:
    earned = experiment.earned_at(fill, experiment.study.lag)
    weights = experiment.weights[: len(earned), experiment.place[variant]]
    test = timing_test(weights[:, None], earned)
    return FillRow(fill=fill, sharpe=sharpe, timing_ir=test.information_ratio[0], timing_p=test.p[0])


def break_even(experiment: Experiment, variant: str) -> float:
    """The multiple of the costs at which the lead over the constant mix is gone; NaN where there is none to lose.

    On the line through the mean leads without costs and at the study's: costs are nearly linear in their rates.
    """
    mix = experiment.mixes[variant].variant
    free, net = (float((r[variant] - r[mix]).mean()) for r in (experiment.returns(0.0), experiment.returns(1.0)))
    return free / (free - net) if free > 0 and free > net else float("nan")


def _years(experiment: Experiment, variant: str) -> tuple[YearRow, ...]:
    """Calendar years: net return and Sharpe ratio, and the sum of the timing returns of the year's sessions."""
    weights, earned = weights_of(experiment, variant), experiment.earned()
    x = timing_returns(weights, earned)
    years = experiment.evaluated.sessions[experiment.study.lag + 1 :].year.to_numpy()
    return tuple(
        YearRow(**vars(of_year), timing_return=float(x[years == of_year.year].sum()))
        for of_year in by_year(experiment.returns(1.0)[variant], experiment.evaluated.cash_returns[1:])
    )


def _parts(experiment: Experiment, variant: str) -> tuple[PartRow, ...]:
    """The sample in three parts of equal length, each with its own timing test."""
    weights, earned = weights_of(experiment, variant), experiment.earned()
    sessions = experiment.evaluated.sessions[experiment.study.lag + 1 :]
    parts = []
    for rows in np.array_split(np.arange(len(earned)), PARTS):
        test = timing_test(weights[rows][:, None], earned[rows])
        parts.append(
            PartRow(
                first=str(sessions[rows[0]].date()),
                last=str(sessions[rows[-1]].date()),
                timing_ir=test.information_ratio[0],
                timing_p=test.p[0],
            )
        )
    return tuple(parts)
