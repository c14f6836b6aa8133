"""Placebo pairs: the same rules on pairs that the statements are not about.

A rule that times any pair as well as this one says something about markets, or about chance, and nothing about this
pair. One leg at a time is replaced by each other ticker that the folder or the frames of prices hold, up to MOST of
them in order of their names, the rate of ^IRX aside; some may be near-copies of a leg, as an index is of its fund.
"""

import numpy as np

from unlockstep.backtests.config.study import Study
from unlockstep.backtests.data.load import NAMED
from unlockstep.backtests.data.price_folder import tickers_in
from unlockstep.backtests.data.rate_file import without_bill
from unlockstep.backtests.engine.experiment import build_experiment
from unlockstep.backtests.results.holdout import split_holdout
from unlockstep.backtests.results.model.family import PlaceboPair
from unlockstep.signals.errors import UnlockstepError
from unlockstep.signals.signal import SignalCache

MOST = 6
"""Other tickers that are tried at most: placebos are a glance aside, and each costs a second."""


def placebo_pairs(study: Study) -> list[PlaceboPair]:
    """One a pair, with the primary's timing and the best variant's; `skipped` says why a pair has none."""
    others = [ticker for ticker in _tickers(study) if ticker not in study.tickers_read][:MOST]
    if not others or all(strategy.benchmark for strategy in study.strategies()):
        return []
    pairs = [(study.pair[0], ticker) for ticker in others] + [(ticker, study.pair[1]) for ticker in others]
    return [_placebo(study, pair) for pair in pairs]


def _tickers(study: Study) -> list[str]:
    """The tickers that the study's prices hold, where they hold others than a pair."""
    if study.frames is not None:
        tickers = sorted(study.frames.frames)
    else:
        tickers = [] if study.data in NAMED else tickers_in(study.data)
    return without_bill(tickers)


def _placebo(study: Study, pair: tuple[str, str]) -> PlaceboPair:
    read = (*pair, *study.tickers_read[2:])
    tickers = {ticker: settings for ticker, settings in study.tickers.items() if ticker in read}
    placebo_study = study.model_copy(
        update={
            "pair": pair,
            "legs": None if study.legs is None else (*pair, *study.legs[2:]),
            "tickers": tickers,
            "costs": type(study.costs)(),
            "data_sha256": None,
            "series_sha256": {},
        }
    )
    try:
        market = split_holdout(placebo_study).market
        experiment = build_experiment(placebo_study, SignalCache(market), placebo_study.strategies())
    except UnlockstepError as error:
        return PlaceboPair(pair=pair, skipped=str(error))
    timing, candidates = experiment.timing, experiment.candidates
    best = candidates[int(np.argmin(timing.p_family[: len(candidates)]))]
    primary = experiment.place[experiment.primary] if experiment.primary is not None else None
    return PlaceboPair(
        pair=pair,
        sha256=market.sha256,
        first=str(experiment.evaluated.sessions[0].date()),
        last=str(experiment.evaluated.sessions[-1].date()),
        best=best,
        best_p_family=timing.p_family[experiment.place[best]],
        primary_timing_ir=timing.information_ratio[primary] if primary is not None else None,
        primary_timing_p=timing.p[primary] if primary is not None else None,
    )
