"""What spellings say, by the conventions of Yahoo, Kraken, TradingView, Stooq and Google."""

import pytest

from unlockstep.backtests.data.exchanges import EXCHANGES, INDEXES, by_code, by_prefix, by_suffix
from unlockstep.backtests.data.ticker_name import as_yahoo, match_tickers, parse_ticker, similar_tickers


@pytest.mark.parametrize(
    ("text", "symbol", "quote"),
    [
        *(
            (text, "ETH", "USD")
            for text in ("ETHUSD", "ETH-USD", "ETH/USD", "eth_usd", "eth-usd", "ethusd", "XETHZUSD")
        ),
        *((text, "ETH", "USDT") for text in ("ETH_USDT", "ETHUSDT", "BINANCE:ETHUSDT", "BYBIT:ETHUSDT.P", "ETH-USDT")),
        *((text, "BTC", "EUR") for text in ("XXBTZEUR", "XBTEUR", "BTC-EUR", "KRAKEN:BTCEUR", "xbt/eur")),
        *((text, "ETH", "BTC") for text in ("ETH-BTC", "ETHBTC", "XETHXXBT", "eth/xbt")),
        ("1INCH-USD", "1INCH", "USD"),
        ("NEWCOIN-USD", "NEWCOIN", "USD"),  # Yahoo writes nothing else so
        ("NEWCOINUSDT", "NEWCOIN", "USDT"),
        ("COINBASE:NEWUSD", "NEW", "USD"),
    ],
)
def test_a_coin_with_its_quote_is_crypto_in_every_usual_spelling(text: str, symbol: str, quote: str) -> None:
    name = parse_ticker(text)
    assert (name.asset_class, name.symbol, name.quote, name.exchange) == ("crypto", symbol, quote, None)
    assert name.short == symbol
    if not text.startswith("COINBASE"):
        assert name.sure


@pytest.mark.parametrize("text", ["ETH", "btc", "eth.v", "LINK", "FOOUSD"])
def test_a_coin_alone_or_one_that_nobody_has_heard_of_is_not_sure(text: str) -> None:
    name = parse_ticker(text)
    assert (name.asset_class, name.sure) == ("crypto", False)


@pytest.mark.parametrize(
    ("text", "base", "quote"),
    [
        ("EURUSD=X", "EUR", "USD"),
        ("JPY=X", "USD", "JPY"),  # Yahoo leaves the dollar out where it is the base
        ("EURUSD", "EUR", "USD"),
        ("gbp/chf", "GBP", "CHF"),
        ("EUR-USD", "EUR", "USD"),
        ("OANDA:EURUSD", "EUR", "USD"),
        ("XAUUSD", "XAU", "USD"),
    ],
)
def test_two_currencies_are_an_exchange_rate(text: str, base: str, quote: str) -> None:
    name = parse_ticker(text)
    assert (name.asset_class, name.symbol, name.quote, name.sure) == ("fx", base, quote, True)


@pytest.mark.parametrize(
    ("text", "asset_class", "code", "currency"),
    [
        ("IWM", "listed", "XNYS", "USD"),
        ("iwm.us", "listed", "XNYS", "USD"),
        ("AMEX:IWM", "listed", "XNYS", "USD"),
        ("BRK-B", "listed", "XNYS", "USD"),
        ("BRK.B", "listed", "XNYS", "USD"),
        ("ETHE", "listed", "XNYS", "USD"),
        ("VOD.L", "listed", "XLON", "GBP"),
        ("LSE:VOD", "listed", "XLON", "GBP"),
        ("XLON:VOD", "listed", "XLON", "GBP"),
        ("SAP.DE", "listed", "XETR", "EUR"),
        ("XETR:SAP", "listed", "XETR", "EUR"),
        ("AIR.PA", "listed", "XPAR", "EUR"),
        ("ASML.AS", "listed", "XAMS", "EUR"),
        ("NESN.SW", "listed", "XSWX", "CHF"),
        ("7203.T", "listed", "XTKS", "JPY"),
        ("0700.HK", "listed", "XHKG", "HKD"),
        ("SHOP.TO", "listed", "XTSE", "CAD"),
        ("BHP.AX", "listed", "XASX", "AUD"),
        ("RELIANCE.NS", "listed", "XBOM", "INR"),
        ("005930.KS", "listed", "XKRX", "KRW"),
        ("^RUT", "index", "XNYS", "USD"),
        ("%5ERUT", "index", "XNYS", "USD"),
        ("TVC:RUT", "index", "XNYS", "USD"),
        ("^FTSE", "index", "XLON", "GBP"),
        ("^N225", "index", "XTKS", "JPY"),
        ("^GDAXI", "index", "XETR", "EUR"),
    ],
)
def test_a_listing_says_its_exchange_by_its_mark(text: str, asset_class: str, code: str, currency: str) -> None:
    name = parse_ticker(text)
    assert name.exchange is not None
    assert (name.asset_class, name.exchange.code, name.exchange.currency) == (asset_class, code, currency)


@pytest.mark.parametrize("text", ["GC=F", "FOO.XYZ", "ABC:IWM"])
def test_an_exchange_that_nobody_has_heard_of_is_none(text: str) -> None:
    assert parse_ticker(text).exchange is None


def test_no_mark_belongs_to_two_exchanges_and_every_calendar_exists() -> None:
    import exchange_calendars

    assert len(by_suffix()) == sum(len(exchange.suffixes) for exchange in EXCHANGES)
    assert len(by_prefix()) == sum(len(exchange.prefixes) for exchange in EXCHANGES) + len(EXCHANGES)
    assert set(by_code()) <= set(exchange_calendars.get_calendar_names(include_aliases=False))
    assert set(INDEXES) <= set(by_code())


@pytest.mark.parametrize(
    ("wanted", "available", "expected"),
    [
        ("ETH-USD", ["ETHUSD", "IWM"], ["ETHUSD"]),
        ("eth-usd", ["ETH-USD", "ETHUSD"], ["ETH-USD"]),  # the very name, whatever its capitals
        ("ETH/USD", ["ETH-USD", "ETH-EUR"], ["ETH-USD"]),
        ("ETH", ["ETH-USD", "IWM"], ["ETH-USD"]),
        ("ETH", ["ETH-USD", "ETH"], ["ETH"]),
        ("ETH", ["ETH-USD", "ETH-EUR"], ["ETH-USD", "ETH-EUR"]),
        ("ETH-USD", ["ETH-USDT"], []),
        ("ETH-USD", ["ETH"], []),
        ("IWM", ["iwm.us"], ["iwm.us"]),
        ("VOD.L", ["LSE:VOD"], ["LSE:VOD"]),
        ("VOD", ["VOD.L"], []),
        ("RUT", ["^RUT"], []),
    ],
)
def test_a_ticker_is_matched_by_what_it_is(wanted: str, available: list[str], expected: list[str]) -> None:
    assert match_tickers(wanted, available) == expected


def test_what_may_have_been_meant_has_the_same_symbol() -> None:
    assert similar_tickers("ETH-USD", ["ETH-USDT", "IWM", "BTC-USD"]) == ["ETH-USDT"]
    assert similar_tickers("RUT", ["^RUT", "IWM"]) == ["^RUT"]
    assert similar_tickers("VOD", ["VOD.L"]) == ["VOD.L"]
    assert similar_tickers("IWN", ["IWM", "ETH-USD"]) == ["IWM"]  # or one like it
    assert similar_tickers("BTC-USD", ["IWM", "ETH-USD"]) == []  # the quote alone is no likeness


@pytest.mark.parametrize(
    ("ticker", "yahoo"),
    [
        ("ETHUSD", "ETH-USD"),
        ("eth/usd", "ETH-USD"),
        ("EUR/USD", "EURUSD=X"),
        ("USDJPY", "JPY=X"),
        ("LSE:VOD", "VOD.L"),
        ("vod.l", "VOD.L"),
        ("005930.KQ", "005930.KQ"),
        ("TVC:RUT", "^RUT"),
        ("brk.b", "BRK-B"),
        ("iwm.us", "IWM"),
        ("GC=F", "GC=F"),
    ],
)
def test_yahoo_has_a_spelling_of_each(ticker: str, yahoo: str) -> None:
    assert as_yahoo(ticker) == yahoo
