"""Texts about ETH and IWM, told of other pairs."""

import pytest

from unlockstep.backtests.data.ticker_name import substitute_tickers
from unlockstep.backtests.text import percent_of_cases, probability, shown_p


def test_the_project_s_own_pair_is_told_as_it_is_written() -> None:
    assert substitute_tickers("ETH moved against IWM, and ETHER did not.", ("ETH-USD", "IWM")) == (
        "ETH moved against IWM, and ETHER did not."
    )


def test_another_pair_s_tickers_take_their_place() -> None:
    assert substitute_tickers("IWM's YoY lifts ETH", ("BTC-USD", "SPY")) == "SPY's YoY lifts BTC"
    assert substitute_tickers("ETH and IWM", ("IWM", "GLD")) == "IWM and GLD"


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0, "< 0.001"), (0.00099, "< 0.001"), (0.4731, "0.473"), (0.9994, "0.999"), (0.9996, "> 0.999"),
        (1.0, "1.000"), (0.05, "0.050"), (0.0504, "0.0504"), (0.04996, "0.04996"), (0.0104, "0.0104"),
        (0.02502, "0.02502"),
    ],
)  # fmt: skip
def test_a_probability_is_never_written_as_a_level_that_it_is_not(p: float, text: str) -> None:
    assert probability(p) == text
    assert shown_p(p) == (text if text[0] in "<>" else f"= {text}")


def test_a_probability_is_told_from_the_limit_that_it_is_held_against() -> None:
    assert probability(0.03333, 1 / 30) == "0.033330"  # and not 0.033333
    assert probability(0.0334, 1 / 30) == "0.0334"
    assert probability(0.0334) == "0.033"


def test_a_share_of_cases_in_percent_is_told_from_its_limit() -> None:
    assert [percent_of_cases(p) for p in (0.0, 0.004, 0.31, 0.052, 0.05, 1.0)] == [
        "under 1 %", "under 1 %", "31 %", "5.2 %", "5 %", "100 %",
    ]  # fmt: skip
    assert percent_of_cases(0.2, 0.2) == "20 %"
    assert percent_of_cases(0.2004, 0.2) == "20.04 %"
