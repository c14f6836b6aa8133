"""`unlockstep events`: from prices to what a study of events leaves behind.

1. prices → Market                                            sources
2. a state signal → breaks, recouplings, the sample           results.events
3. what followed them, over each horizon and path by path     results.events
4. events.json and its reports, all or nothing                store, reports
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from unlockstep.backtests.config.overrides import setting_of
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.data.ticker_name import substitute_tickers
from unlockstep.backtests.engine.experiment import Progress, no_progress
from unlockstep.backtests.plugins.lookup import signal_named
from unlockstep.backtests.results.detections import state_name
from unlockstep.backtests.results.events import (
    HORIZONS,
    KINDS,
    LEVEL,
    MIN_EPISODES,
    QUANTILES,
    SIZE,
    Effect,
    EventSample,
    Family,
    Fan,
    Kind,
    Series,
    effects,
    fans,
    sample_of,
)
from unlockstep.backtests.results.holdout import holdout_result, split_holdout
from unlockstep.backtests.results.model.base import annotate_path
from unlockstep.backtests.results.model.events import (
    BreakEvents,
    EffectRow,
    EventFamily,
    EventMethod,
    EventResult,
    EventSignal,
    EventStudy,
    FanAfter,
    FanResult,
    LastState,
)
from unlockstep.backtests.results.provenance import environment, provenance
from unlockstep.backtests.results.statements.distinct_legs import why_not_distinct
from unlockstep.backtests.storage import write_folder
from unlockstep.backtests.storage.run_folder import EVENTS, NOTE, PAGE, as_json
from unlockstep.backtests.text import percent_of_cases, probability
from unlockstep.backtests.trials.ledger import Ledger, ledger_place
from unlockstep.signals import Beta, Breakdown, Market, Signal, SignalCache
from unlockstep.signals.errors import DataError, HindsightError, HistoryError, ParameterError
from unlockstep.signals.hindsight import Hindsight
from unlockstep.signals.registry import SIGNALS

LEGS: tuple[Series, ...] = ("crypto", "equity")
"""Series that are prices."""


def state_signal(name: str = Breakdown.name, settings: Sequence[str] = ()) -> Signal:
    """The signal that says when the pair is decoupled, with its --set NAME.PARAM=VALUE.

    Raises ParameterError for a name that is none, a signal that is no state, a setting that fits nothing, and
    HindsightError for a signal of the whole sample; and what `lookup.signal_named` raises.
    """
    cls = signal_named(name)
    if cls.hindsight or issubclass(cls, Hindsight):
        raise HindsightError(
            f"'{name}' dates its breaks with prices from after them, so what followed them has helped to choose them",
            name=name,
            remedy=f"take a state that was known at the time, such as --signal {Breakdown.name}",
        )
    if cls.unit != "state":
        states = [each.name for each in SIGNALS.values() if each.unit == "state"]
        raise ParameterError(
            f"'{name}' is no state, so nothing breaks in it",
            name=name,
            choices=states,
            remedy=f"signals that are: {', '.join(states)}",
        )
    params = {}
    for setting in settings:
        owner, parameter, value = setting_of(setting, example=f"{name}.min_stay=3")
        if owner != name:
            raise ParameterError(
                f"--set changes {owner}, but the events are those of {name}", name=owner, remedy=f"say --signal {owner}"
            )
        params[parameter] = value
    return cls(**params)


def events_into(
    study: Study,
    signal: Signal,
    out: Path,
    *,
    ledger: Path | None = None,
    force: bool = False,
    progress: Progress = no_progress,
) -> EventStudy:
    """Study the events of a state signal, write the folder, all or nothing, and return the content of events.json.

    study: its data, pair, start, end, seed and lag count.  ledger: it is asked who has looked at the sealed sessions.
    Raises LedgerError, and what `study_events` and `storage.write_folder` raise.
    """
    from unlockstep.backtests.reports.events.terminal import events_note
    from unlockstep.backtests.reports.html import events_page
    from unlockstep.backtests.reports.study.holdout import holdout_sentence

    progress("prices")
    split = split_holdout(study)
    seal = holdout_result(study, split, Ledger(ledger_place(ledger)))
    progress("events")
    events = study_events(SignalCache(split.market), signal, study)
    data = events.data
    if seal.sessions or seal.looks:
        data = data.model_copy(update={"notes": (*data.notes, str(holdout_sentence(seal)))})
    ended = datetime.now(UTC).isoformat(timespec="seconds")
    events = annotate_path(events.model_copy(update={"data": data, "created_at": ended}), EVENTS)
    progress("report")
    files = {EVENTS: as_json(events.as_json()), PAGE: events_page(events), NOTE: events_note(events)}
    write_folder(out, files, {}, force=force)
    return events


def study_events(signal_cache: SignalCache, signal: Signal, study: Study) -> EventStudy:
    """The content of events.json. Raises HistoryError where no state is ever known together with a beta, DataError
    where that is because a leg does not vary.
    """
    market = signal_cache.market
    sample = sample_of(signal_cache, signal, study.lag)
    if sample is None:
        why = why_not_distinct(market)
        if why is not None:
            raise DataError(
                f"No event can be seen from {market.sessions[0].date()} to {market.sessions[-1].date()}: "
                f"{substitute_tickers(why, market.pair)}",
                name="/".join(market.pair),
                dates=market.span,
                remedy="Choose a period in which both legs move",
            )
        raise HistoryError(
            f"No event can be seen from {market.sessions[0].date()} to {market.sessions[-1].date()}: {signal.label} "
            f"and the beta, which needs {Beta().warmup + 1} sessions, are never known together",
            name=signal.label,
            dates=market.span,
            limit=Beta().warmup + 1,
            remedy="start earlier, or choose other parameters",
        )
    table, family = effects(sample)
    paths = fans(sample)
    rows = [_row(kind, series, effect) for (kind, series), each in table.items() for effect in each]
    return EventStudy(
        study=study.model_dump(mode="json", include={"data", "pair", "start", "end", "seed"}),
        signal=EventSignal(
            name=signal.name,
            label=signal.label,
            params=signal.params,
            meaning=substitute_tickers(signal.meaning, market.pair),
            now=state_name(float(signal_cache.values(signal)[-1])),
        ),
        data=provenance(market, market.slice(sample.first - 1), study),
        method=EventMethod(
            lag=study.lag,
            horizons=HORIZONS,
            level=LEVEL,
            size=SIZE,
            min_episodes=MIN_EPISODES,
            beta=Beta().label,
            quantiles=QUANTILES,
            last=LastState(session=str(market.sessions[-1].date()), known_at=_instant(market.decided_at[-1])),
        ),
        finding=finding(sample, table, family, market.pair),
        events=_events(market, sample, paths),
        left_out=sample.left_out,
        table=rows,
        family=EventFamily(**asdict(family)),
        fan={series: _fan(fan) for series, fan in paths.items()},
        environment=environment(),
    )


def break_events(signal_cache: SignalCache, study: Study) -> BreakEvents | None:
    """What of events.json a study's report shows: breaks by the breakdown signal, and how the legs moved after them.

    None where no state is ever known together with a beta, or where a leg does not vary.
    """
    try:
        events = study_events(signal_cache, Breakdown(), study)
    except (DataError, HistoryError):
        return None
    fans_of_legs = {leg: events.fan[leg] for leg in LEGS}
    return BreakEvents(
        signal=events.signal,
        method=events.method,
        finding=events.finding,
        family=events.family,
        events=[event for event in events.events if event.kind == "break"],
        table=[row for row in events.table if row.kind == "break"],
        fan={leg: fan.model_copy(update={"after": {"break": fan.after["break"]}}) for leg, fan in fans_of_legs.items()},
    )


def _row(kind: Kind, series: Series, effect: Effect) -> EffectRow:
    """One row of the table.

    compounded: the growth e^x − 1 that a leg's mean log move amounts to. The spread has none: beta units of one leg
    against one of the other, and no account holds that for h sessions without trading.
    """
    grown = series != "spread"
    return EffectRow(
        kind=kind,
        series=series,
        **asdict(effect),
        after_compounded=float(np.expm1(effect.after)) if grown else None,
        always_compounded=float(np.expm1(effect.always)) if grown else None,
        decides=effect.decides,
        side=effect.side,
    )


def _events(market: Market, sample: EventSample, paths: dict[Series, Fan]) -> list[EventResult]:
    """Every event in order of time: its session, when it was known, the first close to trade it, what followed."""
    events, decided_at = [], market.decided_at
    for kind in KINDS:
        for number, at in enumerate(sample.events[kind]):
            place = sample.first + int(at)
            first = place + sample.lag
            moves = {series: fan.paths[kind][number, list(HORIZONS)].tolist() for series, fan in paths.items()}
            events.append(
                EventResult(
                    kind=kind,
                    session=str(market.sessions[place].date()),
                    known_at=_instant(decided_at[place]),
                    tradable=str(market.sessions[first].date()) if first < len(market.sessions) else None,
                    beta=sample.beta[at],
                    moves=moves,
                )
            )
    return sorted(events, key=lambda event: event.session)


def _instant(moment: pd.Timestamp) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _fan(fan: Fan) -> FanResult:
    """Log moves at 0, 1 … sessions; the paths in the order of the kind's events."""
    return FanResult(
        quantiles=fan.quantiles.T.tolist(),
        always=fan.always.tolist(),
        after={
            kind: FanAfter(
                mean=fan.mean[kind].tolist(),
                low=fan.low[kind].tolist(),
                high=fan.high[kind].tolist(),
                paths=fan.paths[kind].tolist(),
            )
            for kind in KINDS
        },
    )


def finding(
    sample: EventSample, table: dict[tuple[Kind, Series], list[Effect]], family: Family, tickers: tuple[str, str]
) -> str:
    """What the table says, in a sentence: nothing, with too few episodes or where chance does as much."""
    if not any(len(events) for events in sample.events.values()):
        return "Cannot tell what follows an event: the sample holds neither a break nor a recoupling."
    numbers = [_counted(len(sample.events[kind]), kind) for kind in KINDS]
    if not family.looks:
        return (
            f"Cannot tell what follows an event: neither {' nor '.join(numbers)} make {MIN_EPISODES} independent "
            "episodes at any horizon, and fewer decide nothing."
        )
    deciding = [(key, each) for key, row in table.items() for each in row if each.decides and np.isfinite(each.p)]
    (kind, series), least = min(deciding, key=lambda one: one[1].p)
    name = {"crypto": tickers[0], "equity": tickers[1], "spread": "the spread"}[series]
    what = (
        f"{name} over {_counted(least.horizon, 'session')} after {_counted(least.events, kind)}, "
        f"{least.estimate:+z.2f} (log) against any time"
    )
    if family.p <= SIZE:
        return f"Something followed: {what}; p {probability(family.p)} with all {family.looks} figures counted."
    return (
        f"Cannot tell what follows an event: of {family.looks} figures from {' and '.join(numbers)} the most striking "
        f"is {what}, and random dates bring one as striking in {percent_of_cases(family.p)} of cases."
    )


def _counted(n: int, noun: str) -> str:
    return f"{n} {noun}" + ("" if n == 1 else "s")
