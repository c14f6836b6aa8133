"""How many fills of each variant were decided, rebalanced, or made by an exit rule."""

from unlockstep.backtests.engine.experiment import Experiment
from unlockstep.backtests.results.model.variant import FillCauses


def fill_causes(experiment: Experiment) -> dict[str, FillCauses] | None:
    """Variant → its fills by cause; None where the cause of each follows from the rest.

    It does where neither the study nor a strategy says anything of rebalancing and no exit rule has closed anything:
    what is filled then is a change of weights, or the first session of a month.
    """
    study, trades = experiment.study, experiment.backtest.trades
    plain = study.rebalance is None and all(strategy.rebalance == "monthly" for strategy in experiment.strategies)
    if plain and not (trades["cause"] == "exit").any():
        return None
    counts = trades.groupby(["variant", "cause"], observed=True).size()
    return {
        decision.variant: FillCauses(
            **{cause: int(counts.get((decision.variant, cause), 0)) for cause in FillCauses.model_fields}
        )
        for decision in experiment.decisions
    }
