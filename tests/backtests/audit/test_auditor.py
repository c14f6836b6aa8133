"""What an audit finds besides look-ahead: warm-up, determinism, weights, changed markets, files, errors, hindsight."""

import os
import time
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest

from tests.backtests.audit.leaks import Leak
from tests.build import random_market
from tests.refusals import refused
from unlockstep.backtests.audit.auditor import audit
from unlockstep.backtests.audit.findings import Outcome
from unlockstep.backtests.audit.plan import LATER, SPAN, Clock, Effort
from unlockstep.backtests.audit.subprocess_pool import run_in_subprocess
from unlockstep.backtests.audit.target import Subject
from unlockstep.signals import Market, Signal, Trend
from unlockstep.signals.hindsight import SegmentsHindsight
from unlockstep.signals.market import Floats
from unlockstep.signals.signal import SignalCache
from unlockstep.strategies import Strategy, target
from unlockstep.strategies.weights import TargetWeights

MARKET = random_market(12, 300)


def audited(part: Signal | Strategy, sessions: int = 300, seconds: float = 0.6) -> Outcome:
    market = MARKET if sessions == 300 else random_market(12, sessions)
    return run_in_subprocess(
        partial(audit, Subject(part), (market,), Effort(seconds, 0, first_calls=1, beginnings=6), 7)
    )


def kinds(outcome: Outcome) -> set[str]:
    return {finding.what for finding in outcome.findings}


class Tried(Signal):
    name: ClassVar[str] = "tried"
    meaning: ClassVar[str] = "nothing"
    unit: ClassVar[str] = "none"

    @property
    def warmup(self) -> int:
        return 30

    def values(self, market: Market) -> Floats:
        return self.masked(market.log_returns["crypto"].rolling(20).mean())

    def masked(self, series: "pd.Series[float]") -> Floats:
        values: Floats = np.array(series, dtype=np.float64)
        values[: self.warmup] = np.nan
        return values


class Writes(Tried):
    def values(self, market: Market) -> Floats:
        market.crypto.close.flags.writeable = True
        market.crypto.close[0] *= 1.01
        return super().values(market)


class Attaches(Tried):
    def values(self, market: Market) -> Floats:
        object.__setattr__(market, "seen", True)
        return super().values(market)


class Random(Tried):
    def values(self, market: Market) -> Floats:
        return self.masked(pd.Series(np.random.default_rng().standard_normal(len(market.sessions))))


class Counts(Tried):
    """The third call says something else."""

    calls: ClassVar[list[int]] = []

    def values(self, market: Market) -> Floats:
        self.calls.append(1)
        return super().values(market) + (len(self.calls) > 2)


class TooShort(Tried):
    def values(self, market: Market) -> Floats:
        return self.masked(market.log_returns["crypto"].rolling(75, min_periods=5).mean())


class SlowlyForgets(Tried):
    def values(self, market: Market) -> Floats:
        return self.masked(market.log_returns["crypto"].ewm(span=90).mean())


class Reads(Tried):
    path: str

    def values(self, market: Market) -> Floats:
        Path(self.path).read_text(encoding="utf-8")
        return super().values(market)


class Wraps(Tried):
    """A signal of hindsight under another name."""

    @property
    def warmup(self) -> int:
        return SegmentsHindsight().warmup

    def values(self, market: Market) -> Floats:
        return SegmentsHindsight(critical=0.2).values(market)


class Fails(Tried):
    def values(self, market: Market) -> Floats:  # noqa: ARG002
        raise ZeroDivisionError("nothing to divide by")


class FailsLater(Tried):
    """Refuses every market that does not end with the prices it ended with."""

    def values(self, market: Market) -> Floats:
        if any(leg.close[-1] != reference.close[-1] for leg, reference in zip(market.legs, MARKET.legs, strict=True)):
            raise ValueError("such prices there are not")
        return super().values(market)


class RefusesHoles(Tried):
    def values(self, market: Market) -> Floats:
        if np.isnan(market.crypto.close).any() or np.isnan(market.equity.close).any():
            raise ValueError("a price is missing")
        return super().values(market)


class Exits(Tried):
    def values(self, market: Market) -> Floats:  # noqa: ARG002
        os._exit(3)


class Rule(Strategy):
    name: ClassVar[str] = "rule"
    statement: ClassVar[str] = ""
    hypothesis: ClassVar[str] = "none"

    def signals(self) -> dict[str, Signal]:
        return {"trend": Trend(window=20)}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        return target((s["trend"] > 0).astype(float), 0.0, where=s["trend"].notna())


class Heavy(Rule):
    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        return target(1.5, 0.0, where=s["trend"].notna())


class Stray(Rule):
    """Decides on Sundays."""

    def decide(self, market: Market, signal_cache: SignalCache | None = None) -> TargetWeights:
        frame = super().decide(market, signal_cache).frame
        dates = pd.DatetimeIndex(frame.index) + pd.offsets.Week(weekday=6)
        return TargetWeights(self.label, frame.set_axis(dates)[~dates.duplicated()])


def test_an_honest_signal_and_an_honest_rule_are_clean() -> None:
    for part in (Tried(), Rule()):
        outcome = audited(part)
        assert (outcome.status, outcome.findings) == ("clean", ())
        assert outcome.futures >= 16
        assert outcome.holes > 0


@pytest.mark.parametrize(("part", "what"), [(Writes(), "prices"), (Attaches(), "attributes")])
def test_a_changed_market_is_found(part: Signal, what: str) -> None:
    (finding,) = audited(part).findings
    assert finding.what == "market changed"
    assert what in finding.sentence


@pytest.mark.parametrize("part", [Random(), Counts()])
def test_what_differs_from_call_to_call_is_found(part: Signal) -> None:
    assert "not deterministic" in kinds(audited(part))


def test_a_window_longer_than_the_declared_warm_up_is_found_with_its_length() -> None:
    (finding,) = audited(TooShort(), 500).findings
    assert finding.what == "warm-up"
    assert "declare a warm-up of 75" in finding.sentence


def test_a_memory_that_has_hardly_begun_to_fade_at_the_warm_up_is_found() -> None:
    assert kinds(audited(SlowlyForgets(), 800)) == {"warm-up"}


def test_a_file_that_is_read_while_computing_is_found(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text("1\n", encoding="utf-8")
    (finding,) = audited(Reads(path=str(path))).findings
    assert finding.what == "reads"
    assert str(path) in finding.sentence


def test_a_signal_of_hindsight_wrapped_in_another_is_found() -> None:
    assert kinds(audited(Wraps(), 700)) == {"look-ahead"}


def test_a_signal_of_hindsight_is_listed_as_what_it_says_it_is() -> None:
    outcome = audited(SegmentsHindsight())
    assert (outcome.status, outcome.findings) == ("hindsight", ())


class Patient(Tried):
    """Standardised by the whole sample, once that holds two years."""

    name = "patient"

    def values(self, market: Market) -> Floats:
        close = market.close["crypto"]
        trailing = close.rolling(20).mean()
        return self.masked(close / (close.mean() if len(close) >= 504 else trailing))


class Once(Tried):
    """The next return, in six weeks of all its history."""

    name = "once"

    def values(self, market: Market) -> Floats:
        returns = market.log_returns["crypto"]
        number = np.arange(len(returns))
        return self.masked(returns.where((number < 400) | (number >= 430), returns.shift(-1)).rolling(5).mean())


class Small(Tried):
    """Something else where the next return is tiny, which it is on one session in a hundred or less."""

    name = "small"

    def values(self, market: Market) -> Floats:
        returns = market.log_returns["crypto"]
        return self.masked(returns.rolling(5).mean().where(returns.shift(-1).abs() > 1e-5, 0.5))


@pytest.mark.parametrize("part", [Patient(), Once()], ids=lambda part: part.name)
def test_a_leak_that_waits_for_a_number_of_sessions_or_a_date_is_seen_on_the_whole_market(part: Signal) -> None:
    outcome = audited(part, sessions=900, seconds=3.0)
    assert kinds(outcome) == {"look-ahead"}
    assert outcome.stretches[-1].spread
    assert outcome.stretches[-1].made >= 20
    short = audited(part, sessions=part.warmup + SPAN + LATER)  # what the last year alone shows
    assert "look-ahead" not in kinds(short)


def test_a_leak_over_tiny_moves_is_seen_after_a_standstill() -> None:
    assert kinds(audited(Small())) == {"look-ahead"}


def test_time_is_that_of_the_processor() -> None:
    clock = Clock(Effort(0.2, 0, 1, 4))
    time.sleep(0.3)
    assert not clock.over(1.0)
    while time.process_time() - clock.begun < 0.25:
        pass
    assert clock.over(1.0)


def test_a_decent_number_of_cuts_is_made_though_the_time_is_over() -> None:
    few, decent = (
        run_in_subprocess(partial(audit, Subject(Tried()), (MARKET,), Effort(seconds, least, 1, 4), 7))
        for seconds, least in ((0.0, 30), (0.2, 30))
    )
    assert few.cuts < 30 <= decent.cuts


def test_code_that_fails_is_told_with_its_line() -> None:
    (finding,) = audited(Fails()).findings
    assert finding.what == "error"
    assert "ZeroDivisionError: nothing to divide by" in finding.sentence
    assert finding.line is not None
    assert finding.line.text == 'raise ZeroDivisionError("nothing to divide by")'


def test_code_that_fails_on_every_other_future_is_no_success() -> None:
    (finding,) = audited(FailsLater()).findings
    assert finding.what == "error"
    assert "no future could be compared" in finding.sentence


def test_code_that_refuses_missing_prices_is_not_accused_and_not_probed_with_them() -> None:
    outcome = audited(RefusesHoles())
    assert outcome.findings == ()
    assert outcome.holes < audited(Tried()).holes


def test_code_that_ends_its_process_is_told() -> None:
    (finding,) = audited(Exits()).findings
    assert "it ends the program: SystemExit: 3." in finding.sentence
    assert finding.line is not None
    assert finding.line.text == "os._exit(3)"


def test_weights_that_no_account_could_hold_are_found() -> None:
    (finding,) = audited(Heavy()).findings
    assert finding.what == "weights"
    assert "1.5" in finding.sentence


def test_decisions_on_days_that_are_no_sessions_are_found() -> None:
    assert any("no session of the market" in finding.sentence for finding in audited(Stray()).findings)


def test_a_history_that_is_too_short_is_an_error_that_says_how_long_it_must_be() -> None:
    from unlockstep.signals.errors import HistoryError

    with refused(HistoryError, dates=["2024-01-01", "2024-05-17"], limit=133):
        audit(Subject(Tried()), (random_market(1, 100),), Effort(0.1, 0, 1, 4), 7)


def test_what_code_prints_reaches_nobody(capfd: pytest.CaptureFixture[str]) -> None:
    def loud() -> Any:
        print("hello")
        return 1

    assert run_in_subprocess(loud) == 1
    assert capfd.readouterr().out == ""


def test_where_a_process_cannot_be_copied_the_rest_is_done_and_the_gap_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("auditor", "diagnosis", "subprocess_pool", "watched_call"):
        monkeypatch.setattr(f"unlockstep.backtests.audit.{module}.POSSIBLE", False)

    def in_process() -> Outcome:
        return audit(Subject(Leak(kind="the next return")), (MARKET,), Effort(0.5, 0, 1, 4), 7)

    outcome = run_in_subprocess(in_process)
    assert kinds(outcome) == {"look-ahead"}
    assert outcome.findings[0].line is not None  # a guess from the text
    assert any("cannot copy a process" in note for note in outcome.notes)
