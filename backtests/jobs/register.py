"""`unlockstep register`: an idea of one's own, named with its code before anybody saw what it does on these prices."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from unlockstep.backtests.config.study import Study
from unlockstep.backtests.config.variants import expanded
from unlockstep.backtests.plugins.file_loader import load
from unlockstep.backtests.results.holdout import split_holdout
from unlockstep.backtests.trials.dataset_identity import data_set_of
from unlockstep.backtests.trials.ledger import Ledger, ledger_place
from unlockstep.backtests.trials.registration import MOST, Registration
from unlockstep.signals.errors import RegistrationError


@dataclass(frozen=True)
class Registered:
    """What was registered, and on which prices."""

    registration: Registration
    pair: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What the idea has from now on."""
        made, left = self.registration, MOST - self.registration.place
        whose = "it" if len(made.variants) == 1 else f"each of its {len(made.variants)} variants"
        return (
            f"Registered {made.name} (sha256 {made.file[:12]}) on {'/'.join(self.pair)} as number {made.place}: "
            f"{whose} has {made.share * 100:.2g} % of the error for itself; "
            f"{left} {'share is' if left == 1 else 'shares are'} left on these prices."
        )


def register(study: Study, file: Path, why: str, *, ledger: Path | None = None) -> Registered:
    """Register a file on the prices of a study.

    Raises RegistrationError where no reason is given, it was evaluated on these prices before, is registered, or no
    share is left, and what `load`, `split_holdout` and `Ledger.open` raise.
    """
    if not why.strip():
        raise RegistrationError(
            "A registration says why the idea should pay", name="why", remedy='give the reason with --why "…"'
        )
    user_file = load(file)
    if not user_file.strategies:
        raise RegistrationError(f"'{file}' holds no strategy", name=str(file))
    variants = [
        cls(**params).label
        for cls in user_file.strategies.values()
        for studied in cls.studied
        for params in expanded(dict(studied))
    ]
    market = split_holdout(study).market
    made = Ledger.open(ledger_place(ledger)).register(
        data_set_of(market), file=user_file.sha256, name=", ".join(user_file.strategies), variants=variants,
        why=why.strip(), now=datetime.now(UTC),
    )  # fmt: skip
    return Registered(made, market.tickers)
