"""What calibrations write: calibration.json, typed. Shares of worlds, with their exact 95 % intervals."""

from collections.abc import Mapping

from pydantic import Field

from unlockstep.backtests.calibration.rate import Rate
from unlockstep.backtests.results.model.base import Number, Result


class PriceSource(Result):
    """The prices that worlds are made from."""

    pair: tuple[str, str]
    source: str
    sha256: str


class CalibrationSettings(Result):
    """What the worlds of a calibration of the verdict depend on."""

    prices: PriceSource
    effects: tuple[Number, ...] = Field(description="Planted timing information ratios, annual; null: the detectable.")
    seed: int
    sessions: int
    design: str = Field(description="Fingerprint of the code that makes worlds, decides in them and judges them.")
    rule: Mapping[str, float | int | bool | str | None]
    environment: Mapping[str, str]


class VerdictRates(Result):
    """How often the verdict, and naive practice, said what, in the worlds of a kind, family and planted effect.

    chosen: of the variant in which an edge is planted, if one is.
    """

    kind: str
    family: str
    planted: Number = Field(description="Annual timing information ratio; null: the detectable one of each world.")
    worlds: int
    edge: Rate
    no_edge: Rate
    cannot_tell: Rate
    refused: Rate
    timing_test: Rate = Field(description="Timing test alone, at an adjusted p of 5 %.")
    chosen_edge: Rate
    chosen_no_edge: Rate
    chosen_timing_test: Rate
    chosen_at_alpha: Rate = Field(description="Timing test alone, at the study's adjusted p.")
    bound_missed: Rate = Field(description="The upper bound lies below the planted effect.")
    interval_missed: Rate = Field(description="The 95 % interval leaves the planted effect out.")
    naive_sharpe: Rate
    naive_psr: Rate
    naive_dsr: Rate
    detectable: Number = Field(description="Median ratio that shows with 80 % power.")


class GateRates(Result):
    """Share of worlds with an edge by the timing test alone, with each later gate, and with all."""

    kind: str
    family: str
    planted: Number = Field(description="Annual timing information ratio; null: the detectable one of each world.")
    worlds: int
    nominal: float = Field(description="Timing test at 5 %.")
    at_alpha: float = Field(description="Timing test at the study's adjusted p.")
    raw_returns: float = Field(default=0.0, alias="raw returns", serialization_alias="raw returns")
    rare_losses: float = Field(default=0.0, alias="rare losses", serialization_alias="rare losses")
    out_of_sample: float = Field(default=0.0, alias="out of sample", serialization_alias="out of sample")
    costs: float = 0.0
    episodes: float = 0.0
    all: float


class CalibrationSummary(CalibrationSettings):
    """A calibration of the verdict; worlds: of each kind and family."""

    worlds: int
    rates: tuple[VerdictRates, ...]
    gates: tuple[GateRates, ...]


class DetectorSettings(Result):
    """What the worlds of a calibration of detectors depend on; year: sessions judged.

    prices: those on whose volatilities some worlds are made.
    """

    detectors: Mapping[str, str]
    prices: tuple[PriceSource, ...] = ()
    seed: int
    sessions: int
    year: int
    design: str
    environment: Mapping[str, str]


class DetectorRates(Result):
    """A detector in the worlds of a kind."""

    detector: str
    kind: str
    worlds: int
    alarm_years: Rate = Field(description="Worlds with an alarm in the year judged; in hindsight, with a break.")
    alarms_a_year: float
    open: float = Field(description="Share of worlds whose alarm was up before the year judged.")
    apart: Number = Field(description="Share of the year's sessions decoupled; null in hindsight.")


class FalseAlarmRates(DetectorRates):
    """A detector in worlds whose correlation never changes."""

    promised: float | None = Field(description="Share of steady worlds; null where its parameters were set.")
    promise_met: bool | None = Field(
        alias="kept", serialization_alias="kept", description="Whether the interval holds the promise."
    )


class BreakRates(DetectorRates):
    """A detector in worlds with a break, of those whose alarm was not up before; null where it was in all.

    In hindsight delay is the distance of the nearest date from the true one.
    """

    missed: Rate | None = Field(description="No alarm in time; in hindsight, no date near the true one.")
    delay: Number = Field(description="Median sessions until the alarm, where one came.")
    within_60: Number
    within_120: Number


class DetectorSummary(DetectorSettings):
    """A calibration of detectors; worlds: of each kind."""

    worlds: int
    rates: tuple[FalseAlarmRates | BreakRates, ...]


class UniverseSettings(Result):
    """What the worlds of a calibration of pooled verdicts depend on.

    prices: those that the kind `resampled` is made from, a part a pair.
    """

    prices: tuple[PriceSource, ...] = ()
    effects: tuple[float, ...] = Field(description="Planted annual ratios of the average pair.")
    seed: int
    sessions: int = Field(description="Evaluated, of the longest pair.")
    strategies: tuple[str, ...] = Field(description="Judged in each world, the first of them the primary.")
    design: str
    rule: Mapping[str, float | int | bool | str | None]
    environment: Mapping[str, str]


class UniverseRates(Result):
    """How often pooled verdicts said what: in worlds without edge of one kind, or in all kinds with one planted.

    Bounds, intervals, powers and “no edge” are of the primary, in which edges are planted.
    """

    kind: str | None = Field(description="null: all kinds together.")
    pairs: int
    planted: float = Field(description="Annual ratio of the average pair.")
    third: bool = Field(description="All of it in a third of the pairs.")
    worlds: int
    edge: Rate = Field(description="Of any strategy.")
    timed: Rate = Field(description="By the pooled timing test alone.")
    primary_edge: Rate
    primary_no_edge: Rate
    worthwhile: int = Field(description="Worlds whose true pooled ratio is worth trading.")
    wrong_no_edge: Rate | None = Field(description="“No edge” in those; null without any.")
    bound_missed: Rate = Field(description="The upper bound lies below the true pooled ratio.")
    interval_missed: Rate = Field(description="The 95 % interval leaves the true pooled ratio out.")
    standalone_covered: Number = Field(description="Share of pairs whose own 95 % interval holds their ratio.")
    shrunk_covered: Number = Field(
        description="The same of the intervals of partially pooled ratios; null where fewer than three pairs vary."
    )
    single_edge: float = Field(description="Share of pairs on which the primary's own timing test finds an edge.")
    effective_pairs: float = Field(description="Median.")
    detectable: Number = Field(description="Median pooled ratio that shows with 80 % power.")


class UniverseSummary(UniverseSettings):
    """A calibration of pooled verdicts; worlds: of each kind and number of pairs."""

    worlds: int
    rates: tuple[UniverseRates, ...]
