"""The published correlations that `unlockstep replicate` recomputes: what was published, by whom, and how it is read.

Sources seldom say how they measured. So every claim has a main reading in the project's own conventions, the same for
all: log returns from session to session, adjusted closes of a fund, crypto at its 00:00 UTC close. Other readings
differ from it in a convention or two and show how much hangs on them.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

Returns = Literal["log", "simple", "day", "levels"]
"""What is correlated: log or simple returns from session to session; "day": log returns, the crypto leg's over its own
day only, 00:00 to 24:00 UTC, so that weekends are left out; "levels": prices themselves."""

NAMES = {
    "SPY": "a fund that follows the S&P 500",
    "^GSPC": "the S&P 500 itself, without dividends",
    "IWB": "a fund that follows the Russell 1000",
    "^RUI": "the Russell 1000 itself, without dividends",
    "IWM": "a fund that follows the Russell 2000",
    "^RUT": "the Russell 2000 itself, without dividends",
}
"""Equity ticker → what it is."""

CRYPTO = ("ETH-USD", "BTC-USD")
TICKERS = (*CRYPTO, *NAMES)
"""Every ticker that some reading takes, were it there."""


@dataclass(frozen=True)
class Reading:
    """One way to turn a claim into a number: the correlation over the sessions from `first` to `last`, both included.

    sessions:  the last so many sessions up to `last`, instead of those from `first` on.
    raw:       closes as quoted, where the source also has adjusted ones.
    rolling:   the mean, over those sessions, of the correlations of the last `rolling` returns.
    """

    name: str
    last: date
    first: date | None = None
    sessions: int | None = None
    returns: Returns = "log"
    raw: bool = False
    rolling: int | None = None

    @property
    def reach(self) -> int:
        """Sessions needed before the first one."""
        return (0 if self.returns == "levels" else 1) + ((self.rolling or 1) - 1)


@dataclass(frozen=True)
class Published:
    """A figure as it was published, with so many decimals; `above`: said to lie above it."""

    value: float
    digits: int = 2
    above: bool = False

    def met_by(self, value: float) -> bool:
        """Whether `value` lies above the figure, or equals it once rounded to its decimals."""
        return value > self.value if self.above else abs(value - self.value) <= 0.5 * 10**-self.digits + 1e-12

    def __str__(self) -> str:
        return f"{'above ' if self.above else ''}{self.value:.{self.digits}f}"


@dataclass(frozen=True)
class Claim:
    """A published correlation.

    method:    what the source says of its method, and what it leaves open.
    named:     the equity that the source names; equities: tickers that can be read for it, the preferred one first.
    exact:     tickers that are what the source names; any other one stands in for it.
    others:    further readings of the same claim: other conventions, and what else the source's words may mean.
    beside:    other dates and windows, which are other questions: shown, and neither held to the figure nor counted.
    published: None where no figure was.
    """

    key: str
    claim: str
    source: str
    method: str
    crypto: str
    named: str
    equities: tuple[str, ...]
    exact: tuple[str, ...]
    main: Reading
    others: tuple[Reading, ...]
    published: Published | None = None
    beside: tuple[Reading, ...] = ()


def _around(main: Reading, *more: Reading) -> tuple[Reading, ...]:
    """The main reading under other conventions, and further readings."""
    return (
        replace(main, name="simple returns", returns="simple"),
        replace(main, name="raw closes", raw=True),
        replace(main, name="simple returns, raw closes", returns="simple", raw=True),
        replace(main, name="weekends left out", returns="day"),
        *more,
    )


def _over(first: str, last: str, name: str = "", **how: Any) -> Reading:
    return Reading(name, date.fromisoformat(last), first=date.fromisoformat(first), **how)


def _latest(sessions: int, last: str, name: str = "", **how: Any) -> Reading:
    return Reading(name, date.fromisoformat(last), sessions=sessions, **how)


def _up_to(end: int) -> tuple[Reading, Reading]:
    """Since the end of 2015 up to the end of a year, in both kinds of returns."""
    name = f"up to the end of {end}"
    return (
        _over("2016-01-01", f"{end}-12-31", name),
        _over("2016-01-01", f"{end}-12-31", f"{name}, simple returns", returns="simple"),
    )


_IMF = "IMF blog, 'Crypto Prices Move More in Sync With Stocks, Posing New Risks', 11 January 2022"
_IMF_METHOD = "correlation of daily moves over these years; the return type, the prices and their hours are not given"
_SP500 = ("S&P 500", ("SPY", "^GSPC"), ("^GSPC",))
_R2000 = ("Russell 2000", ("IWM", "^RUT"), ("^RUT",))
_NOTE = "the market note that this project began with, January 2026"
_NOTE_METHOD = "no figure, no window and no method, nor whether of returns or of levels"
_PRE, _POST = _over("2017-01-01", "2019-12-31"), _over("2020-01-01", "2021-12-31")
_FORTY = _latest(40, "2022-02-01")
_GALE = _over("2022-01-01", "2022-12-31")
_FTSE = _over("2016-01-01", "2025-12-31")
_NOW = _latest(90, "2025-12-31")
_NOW_LEVELS = replace(_NOW, returns="levels")

CLAIMS = (
    Claim(
        "imf-2017", "BTC and S&P 500, 2017–19", _IMF, _IMF_METHOD, "BTC-USD", *_SP500, _PRE,
        _around(_PRE), Published(0.01),
    ),
    Claim(
        "imf-2020", "BTC and S&P 500, 2020–21", _IMF, _IMF_METHOD, "BTC-USD", *_SP500, _POST,
        _around(_POST), Published(0.36),
    ),
    Claim(
        "bloomberg-2022", "ETH and S&P 500, 40 days, early February 2022",
        "Bloomberg, 'Ether's Correlation With Stocks Reaches a Record High', 2 February 2022",
        "40 days, 'topped'; not given: the date, the return type, and whether the days are sessions or calendar days",
        "ETH-USD", *_SP500, _FORTY,
        _around(
            _FORTY,
            _over("2021-12-24", "2022-02-01", "40 calendar days"),
            _latest(40, "2022-01-31", "40 sessions to 2022-01-31"),
            _latest(40, "2022-02-02", "40 sessions to 2022-02-02"),
            _latest(40, "2022-02-01", "price levels", returns="levels"),
        ),
        Published(0.65, above=True),
    ),
    Claim(
        "gale-2022", "ETH and SPY, 2022", "gale.finance, page 'ETH vs SPY 2022', undated",
        "adjusted closes, weekends removed; its table calls the figure an average, beside a 30-day value, and does not "
        "say of what",
        "ETH-USD", "SPY", ("SPY",), ("SPY",), _GALE,
        _around(
            _GALE,
            replace(_GALE, name="mean of the 30-session correlations of 2022", rolling=30),
            _over("2022-02-15", "2022-12-31", "the same, every window inside 2022", rolling=30),
        ),
        Published(0.56),
    ),
    Claim(
        "ftse-2015", "BTC and Russell 1000 since end-2015",
        "FTSE Russell Insights (LSEG), 'Digital Assets: Correlation revisited', date not established",
        "daily correlation since the end of 2015; not given: where it ends, the return type, the hour of BTC's price",
        "BTC-USD", "Russell 1000", ("SPY", "IWB", "^RUI"), ("^RUI",), _FTSE,
        _around(
            _FTSE,
            *(reading for end in (2024, 2023, 2022) for reading in _up_to(end)),
        ),
        Published(0.231, 3),
    ),
    Claim(
        "note-returns", "ETH and Russell 2000 weakening: returns", _NOTE, _NOTE_METHOD, "ETH-USD", *_R2000, _NOW,
        _around(_NOW),
        beside=(_latest(90, "2024-12-31", "a year earlier"), _latest(252, "2025-12-31", "252 sessions")),
    ),
    Claim(
        "note-levels", "ETH and Russell 2000 weakening: levels", _NOTE, _NOTE_METHOD, "ETH-USD", *_R2000,
        _NOW_LEVELS,
        (replace(_NOW_LEVELS, name="raw closes", raw=True),),
        beside=(
            _latest(90, "2024-12-31", "a year earlier", returns="levels"),
            _latest(252, "2025-12-31", "252 sessions", returns="levels"),
        ),
    ),
)  # fmt: skip

PAIR = ("ETH-USD", "IWM")
INDEX = "^RUT"
YEARS = {
    2016: -0.138, 2017: 0.090, 2018: 0.103, 2019: -0.017, 2020: 0.454,
    2021: 0.214, 2022: 0.561, 2023: 0.145, 2024: 0.429, 2025: 0.508,
}  # fmt: skip
"""Year → correlation of daily log returns ETH/IWM, recorded by this project on its own prices."""

MONTH_ENDS = {
    "2025-01-31": (0.55, 0.65), "2025-02-28": (0.48, 0.59), "2025-03-31": (0.48, 0.86), "2025-04-30": (0.50, 0.88),
    "2025-05-30": (0.49, 0.89), "2025-06-30": (0.51, 0.84), "2025-07-31": (0.45, 0.87), "2025-08-29": (0.47, 0.88),
    "2025-09-30": (0.44, 0.84), "2025-10-31": (0.54, 0.59), "2025-11-28": (0.62, 0.01), "2025-12-31": (0.57, -0.39),
}  # fmt: skip
"""Last session of a month → 90-session correlation of log returns, and of levels, ETH/IWM, recorded likewise."""


def year(number: int) -> Reading:
    """The returns of a calendar year."""
    return _over(f"{number}-01-01", f"{number}-12-31", str(number))


def month_end(day: str, returns: Returns) -> Reading:
    """The last 90 sessions up to `day`."""
    return _latest(90, day, day, returns=returns)
