"""Texts about ETH and IWM, told of other pairs."""

from unlockstep.backtests.data.ticker_name import substitute_tickers


def test_the_project_s_own_pair_is_told_as_it_is_written() -> None:
    assert substitute_tickers("ETH moved against IWM, and ETHER did not.", ("ETH-USD", "IWM")) == (
        "ETH moved against IWM, and ETHER did not."
    )


def test_another_pair_s_tickers_take_their_place() -> None:
    assert substitute_tickers("IWM's YoY lifts ETH", ("BTC-USD", "SPY")) == "SPY's YoY lifts BTC"
    assert substitute_tickers("ETH and IWM", ("IWM", "GLD")) == "IWM and GLD"
