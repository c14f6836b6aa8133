"""Identity: who a ticker is, in whatever spelling it came.

On which clock its bars are made, in which currency it is paid and what trading it costs by default follow from this
type, and nothing else in unlockstep reads them off a ticker's letters.
"""

from dataclasses import dataclass
from typing import Literal

Clock = str
"""When bars are made: "24/7", one a day, from 00:00 to 24:00 UTC; "24/5", the same without weekends; or the code of an
exchange's calendar, such as "XNYS"."""

AROUND_THE_CLOCK: Clock = "24/7"
WEEKDAYS: Clock = "24/5"

AssetClass = Literal["crypto", "listed", "index", "fx", "future"]
"""What a ticker is. Listed: a fund or a share, at an exchange."""


@dataclass(frozen=True)
class Identity:
    """Who a ticker is.

    symbol: the thing itself, ETH of ETH-USDT.  quote: what its prices are counted in, USDT or GBp (pence).  currency:
    the one that this amounts to, USD or GBP; an account is in one currency.
    """

    ticker: str
    asset_class: AssetClass
    clock: Clock
    currency: str
    quote: str
    symbol: str

    @property
    def canonical(self) -> str:
        """The ticker as fingerprints spell it, the same for ETHUSD, eth_usd and ETH-USD."""
        return f"{self.symbol}-{self.quote}" if self.asset_class == "crypto" else self.ticker
