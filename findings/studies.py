"""The studies that the findings rest on: the pair of the note, a second one, placebos, a sweep, and many pairs."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from unlockstep.backtests.config.study import Study
from unlockstep.backtests.config.universe import Universe
from unlockstep.backtests.config.variants import studied
from unlockstep.backtests.jobs.replicate import replicate
from unlockstep.backtests.jobs.run import run_into
from unlockstep.backtests.jobs.sweep import SweepRequest, sweep_into
from unlockstep.backtests.jobs.universe_files import UniverseRequest, universe_run
from unlockstep.backtests.results.model.replication import Replication
from unlockstep.backtests.results.model.sweep import SweepResult
from unlockstep.backtests.results.model.universe import UniverseResult
from unlockstep.backtests.results.stored_run import StoredRun
from unlockstep.backtests.sweep.grid import space_of

PERIOD = ("2016-01-01", "2025-12-31")

PAIR = ("ETH-USD", "IWM")
SECOND = ("BTC-USD", "SPY")
PLACEBOS = (("GLD", "TLT"), ("IWM", "GLD"), ("IWM", "TLT"), ("SPY", "GLD"))
"""Pairs of which the note claims nothing; the same rules run on them, the first leg in the place of ETH."""
WITHOUT_INTEREST = "eth-iwm-without-interest"
"""The run of the pair in which cash earns nothing, beside which the others stand."""
WEEKEND = "eth-iwm-weekend"
"""The run of the strategy that decides before the open, which no default study holds."""


UNIVERSE_FILE = Path(__file__).parent.parent / "universes" / "cross_asset.toml"
"""Pairs that were chosen on paper."""


@dataclass(frozen=True)
class StudyResults:
    """What was run: folder's name → run, sweep, universe, published figures; and the commands that repeat each."""

    runs: dict[str, StoredRun]
    sweep: SweepResult
    universe: UniverseResult
    published: Replication
    commands: dict[str, str]


def name_of(pair: tuple[str, str]) -> str:
    """The folder's name of a pair's run: "eth-iwm"."""
    return "-".join(ticker.removesuffix("-USD").strip("^").lower() for ticker in pair)


def run_universe(prices: Path, ledger: Path) -> UniverseResult:
    """The universe on a folder of prices, one file a ticker."""
    universe = Universe.read(UNIVERSE_FILE, data=str(prices), end=PERIOD[1])
    return universe_run(universe, UniverseRequest(), ledger=ledger).result


def run_studies(market: Path, prices: Path, say: Callable[[str], None] = lambda _: None) -> StudyResults:
    """Run everything, with ledgers of its own, so that only these trials are counted.

    market: folder of the prices of single pairs.  prices: of the universe.
    Raises what `jobs.run.run_into`, `jobs.sweep.sweep_into` and `jobs.universe.run_universe` raise.
    """
    runs, commands = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for pair in (PAIR, SECOND, *PLACEBOS):
            name = name_of(pair)
            say(f"the study of {'/'.join(pair)}")
            study = Study.make(data=str(market), pair=pair, start=PERIOD[0], end=PERIOD[1])
            runs[name] = run_into(study, place / name, ledger=place / "ledger.sqlite")
            pair_option = "" if pair == PAIR else f" --pair {','.join(pair)}"
            commands[name] = f"unlockstep run --data DIR{pair_option} --out {name}"
        say("the study of the pair without interest on cash")
        study = Study.make(data=str(market), pair=PAIR, start=PERIOD[0], end=PERIOD[1], costs={"cash_rate": 0})
        # in another ledger: the same trials at another rate of cash are no search
        runs[WITHOUT_INTEREST] = run_into(study, place / WITHOUT_INTEREST, ledger=place / "without-interest.sqlite")
        commands[WITHOUT_INTEREST] = f"unlockstep run --data DIR --cash-rate 0 --out {WITHOUT_INTEREST}"
        say("the sweep of every rule")
        rules = studied()
        study = Study.make(data=str(market), pair=PAIR, start=PERIOD[0], end=PERIOD[1], variants=rules)
        names = tuple(dict.fromkeys(rule.strategy for rule in rules))
        spaces = tuple(space_of(study.strategy_class(name), {}) for name in names)
        sweep = sweep_into(study, SweepRequest(spaces, 20, None, None), place / "sweep", ledger=place / "ledger.sqlite")
        commands["sweep"] = f"unlockstep sweep {' '.join(names)} --data DIR --out sweep"
        say("the strategy that trades the weekend")
        weekend = studied(("weekend_lead",))
        study = Study.make(data=str(market), pair=PAIR, start=PERIOD[0], end=PERIOD[1], variants=weekend)
        runs[WEEKEND] = run_into(study, place / WEEKEND, ledger=place / "ledger.sqlite")
        commands[WEEKEND] = f"unlockstep run --data DIR --strategy weekend_lead --out {WEEKEND}"
        say("the universe of pairs")
        universe = run_universe(prices, place / "universe.sqlite")  # other prices, so other trials
        commands["universe"] = f"unlockstep universe universes/{UNIVERSE_FILE.name} --data UNIVERSE --end {PERIOD[1]}"
    say("the published correlations")
    commands["replicate"] = "unlockstep replicate --data DIR --out replicate"
    return StudyResults(runs, sweep, universe, replicate(str(market)), commands)
