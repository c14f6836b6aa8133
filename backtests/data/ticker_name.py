"""What a ticker's spelling says: crypto, currencies, indexes and exchanges in the usual ways of writing them.

    ETHUSD  ETH-USD  eth/usd  ETH_USDT  XETHZUSD  XBTUSD  BINANCE:ETHUSDT  ETHUSDT.P  btc.v      crypto
    EURUSD=X  JPY=X  EURUSD  EUR/USD  XAUUSD  OANDA:EURUSD                                        currencies
    ^RUT  %5ERUT  TVC:RUT                                                                       indexes
    IWM  iwm.us  AMEX:IWM  BRK-B  VOD.L  7203.T  XETR:SAP  LSE:VOD                                exchanges

A spelling may be ambiguous: ETH is a coin and a fund, FOOUSD may be a coin that this list does not have. Then `sure` is
False, and the bars or the study say what it is (`resolve_identity`).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from urllib.parse import unquote

from unlockstep.backtests.data.exchanges import US, US_LISTINGS, Exchange, by_index, by_prefix, by_suffix, words
from unlockstep.signals.identity import AssetClass

FIAT = words(
    """
    USD EUR GBP JPY CHF AUD CAD NZD CNY CNH HKD SGD KRW INR TWD THB IDR MYR PHP BRL MXN ARS CLP TRY ZAR SEK NOK
    DKK ISK PLN CZK HUF RON ILS SAR AED RUB UAH PKR VND NGN
    """
)
"""Currencies, by their codes."""

MINOR_UNITS = {"GBp": "GBP", "GBX": "GBP", "ILA": "ILS", "ZAc": "ZAR"}
"""What vendors call a hundredth of a currency; returns are the same in it."""

METALS = words("XAU XAG XPT XPD")
"""Metals that are quoted as currencies are."""

AT_PAR = {"USDT": "USD", "USDC": "USD", "BUSD": "USD", "TUSD": "USD", "FDUSD": "USD", "USDP": "USD", "DAI": "USD",
          "PYUSD": "USD", "EURC": "EUR", "EURT": "EUR"}  # fmt: skip
"""Stablecoin → the currency that it stands for."""

COINS = words(
    """
    BTC ETH SOL XRP BNB ADA DOGE TRX DOT AVAX LINK MATIC POL LTC BCH ETC XLM XMR ATOM UNI ALGO FIL ICP NEAR APT
    ARB OP SUI SEI INJ TIA HBAR VET AAVE MKR CRV COMP SNX LDO GRT SAND MANA AXS APE CHZ SHIB PEPE BONK WIF FLOKI
    TON EOS XTZ NEO IOTA DASH ZEC KSM KAVA FTM EGLD THETA RUNE STX IMX RNDR FET QNT FLOW MINA ROSE ZIL ENJ BAT
    1INCH YFI SUSHI ZRX WBTC STETH HYPE ENA ONDO PAXG LUNA LUNC GMX DYDX CAKE OKB CRO LEO KCS HT BSV XEM QTUM
    WAVES ICX ONT DCR DGB SC OMG
    """
)
"""Symbols of coins; a pair with another base is one, too, where its spelling or its bars say so."""

ALSO_LISTED = words(
    """
    LTC DASH STX LINK ATOM COMP NEAR SOL APE MANA FLOW SAND AR UNI ICP INJ OP NEO BAT SC HT CRO CAKE SEI TON LEO
    IMX SNX ADA DOT FET VET FIL APT
    """
)
"""Symbols of coins that shares have, too: alone they say nothing, and the bars decide."""

_ALIASES = {"XBT": "BTC", "XDG": "DOGE"}
_CRYPTO_VENUES = words(
    """
    BINANCE BINANCEUS COINBASE KRAKEN BITSTAMP BITFINEX GEMINI BYBIT OKX OKEX KUCOIN BITMEX CRYPTO CRYPTOCAP
    POLONIEX BITTREX HUOBI HTX GATEIO MEXC DERIBIT BITGET PHEMEX CEXIO WHITEBIT UPBIT BITHUMB LUNO UNISWAP
    """
)
_FX_VENUES = words(
    """
    FX FX_IDC IDC OANDA FOREXCOM FXCM SAXO PEPPERSTONE FXOPEN EIGHTCAP CAPITALCOM ICMARKETS
    """
)
_INDEX_VENUES = words(
    """
    TVC SP DJ INDEX INDEXSP INDEXDJX INDEXNASDAQ INDEXRUSSELL CBOEINDEX FTSE STOXX
    """
)
_QUOTES = sorted({*FIAT, *AT_PAR, "BTC", "XBT", "ETH", "BNB"}, key=lambda quote: (-len(quote), quote))
_KRAKEN = re.compile(r"X([A-Z]{3})(?:Z([A-Z]{3})|X(XBT|BTC|ETH))")
_PAIR = re.compile(r"([A-Z0-9]{1,15})[-/_]([A-Z]{3,5})")


@dataclass(frozen=True)
class TickerName:
    """What a ticker's spelling says of it.

    symbol: the thing itself, in capitals.  quote: what it is quoted in, "" where the spelling does not say.
    exchange: where it is listed, None for what is at none, or at one that this table does not have.
    sure: whether it can be nothing else.
    """

    text: str
    asset_class: AssetClass
    symbol: str
    quote: str = ""
    exchange: Exchange | None = None
    sure: bool = True

    @property
    def key(self) -> tuple[str, ...]:
        """The same for all spellings of one ticker."""
        if self.asset_class in ("crypto", "fx"):
            return self.asset_class, self.symbol, self.quote
        return self.asset_class, self.symbol, "" if self.exchange is None else self.exchange.code

    @property
    def also_listed(self) -> bool:
        """Whether the name of this coin alone is that of a share, too."""
        return not self.quote and self.symbol in ALSO_LISTED

    @property
    def short(self) -> str:
        """What sentences call it: ETH for ETHUSD, the ticker itself where it is no pair of two."""
        return self.symbol if self.quote and self.asset_class == "crypto" else self.text


@lru_cache(maxsize=1024)
def parse_ticker(text: str) -> TickerName:
    """What the spelling of a ticker says; what says nothing is a listing of the United States, unsure."""
    plain = unquote(text).strip().upper()
    venue, colon, rest = plain.rpartition(":")
    if not colon:
        return _unprefixed(text, plain)
    if venue in _CRYPTO_VENUES:
        return _crypto(text, rest.removesuffix(".P").removesuffix("PERP")) or TickerName(text, "crypto", rest)
    if venue in _FX_VENUES:
        return _currencies(text, rest) or _unprefixed(text, rest)
    if venue in _INDEX_VENUES:
        return _index(text, rest)
    exchange = by_prefix().get(venue)
    if exchange is None:
        return TickerName(text, "listed", plain, exchange=None, sure=False)
    return _unprefixed(text, rest) if rest.startswith("^") else TickerName(text, "listed", rest, exchange=exchange)


def _unprefixed(text: str, plain: str) -> TickerName:
    if plain.startswith("^"):
        return _index(text, plain[1:])
    if plain.endswith("=F"):
        return TickerName(text, "future", plain[:-2], exchange=None, sure=False)
    return (
        _currencies(text, plain)
        or _crypto(text, plain.removesuffix(".P").removesuffix("=X"))
        or _coin(text, plain)
        or _listing(text, plain)
    )


def _index(text: str, name: str) -> TickerName:
    exchange = by_index().get(name)
    return TickerName(text, "index", name, exchange=exchange or by_prefix()[US], sure=exchange is not None)


def _currencies(text: str, plain: str) -> TickerName | None:
    """Two currencies, or a metal in one; Yahoo's JPY=X is USD in JPY."""
    letters = re.sub(r"[-/_]", "", plain.removesuffix("=X"))
    if plain.endswith("=X") and letters in FIAT:
        return TickerName(text, "fx", "USD", letters)
    if len(letters) == 6 and letters[:3] in FIAT | METALS and letters[3:] in FIAT:
        return TickerName(text, "fx", letters[:3], letters[3:])
    return None


def _crypto(text: str, plain: str) -> TickerName | None:
    """A coin and what it is quoted in, with a mark between them or without."""
    marked, kraken = _PAIR.fullmatch(plain), _KRAKEN.fullmatch(plain)
    if marked and marked[2] in _QUOTES:
        return TickerName(text, "crypto", _coin_of(marked[1]), _coin_of(marked[2]))
    if kraken and _coin_of(kraken[1]) in COINS and (kraken[3] or kraken[2] in FIAT):
        return TickerName(text, "crypto", _coin_of(kraken[1]), _coin_of(kraken[2] or kraken[3]))
    if not plain.isalnum():
        return None
    for quote in _QUOTES:
        base = _coin_of(plain.removesuffix(quote))
        if plain.endswith(quote) and base in COINS:
            return TickerName(text, "crypto", base, _coin_of(quote))
    for quote in (*AT_PAR, "USD"):
        if plain.endswith(quote) and len(plain) - len(quote) >= 2:
            # a coin that is not in the list, or anything else whose name ends so
            return TickerName(text, "crypto", plain.removesuffix(quote), quote, sure=quote in AT_PAR)
    return None


def _coin(text: str, plain: str) -> TickerName | None:
    """A coin alone: it says neither what it is quoted in nor, as there are funds of such names, that it is one."""
    symbol = _coin_of(plain.removesuffix(".V"))
    return TickerName(text, "crypto", symbol, sure=False) if symbol in COINS else None


def _listing(text: str, plain: str) -> TickerName:
    symbol, dot, suffix = plain.rpartition(".")
    if not dot:
        return TickerName(text, "listed", plain, exchange=by_prefix()[US], sure=plain in US_LISTINGS)
    if suffix in by_suffix():
        return TickerName(text, "listed", symbol, exchange=by_suffix()[suffix])
    if len(suffix) == 1:  # a class of shares: BRK.B is Yahoo's BRK-B
        return TickerName(text, "listed", f"{symbol}-{suffix}", exchange=by_prefix()[US], sure=False)
    return TickerName(text, "listed", plain, exchange=None, sure=False)


def _coin_of(symbol: str) -> str:
    return _ALIASES.get(symbol, symbol)


def is_crypto_venue(name: str) -> bool:
    """Whether an exchange of crypto assets has this name."""
    return name.upper() in _CRYPTO_VENUES


def match_tickers(wanted: str, available: Iterable[str]) -> list[str]:
    """Those of the available tickers that `wanted` names: the very one, else whatever its capitals, else in another
    spelling, else, of a coin alone, in whatever it is quoted. More than one where it is not clear which is meant.
    """
    names = list(dict.fromkeys(available))
    if wanted in names:
        return [wanted]
    name = parse_ticker(wanted)
    for same in (
        lambda other: other.lower() == wanted.lower(),
        lambda other: parse_ticker(other).key == name.key,
        lambda other: _is_quoted(name, parse_ticker(other)),
    ):
        matches = [other for other in names if same(other)]
        if matches:
            return matches
    return []


def same_ticker(one: str, other: str) -> bool:
    """Whether two spellings name one ticker, a coin alone being whatever it is quoted in."""
    return bool(match_tickers(one, [other]) or match_tickers(other, [one]))


def spelled_as_in(available: Iterable[str], wanted: str) -> str:
    """A ticker as the available ones are spelled, where it is clear which is meant; else as it was given."""
    matches = match_tickers(wanted, available)
    return matches[0] if len(matches) == 1 else wanted


def substitute_tickers(text: str, tickers: tuple[str, str]) -> str:
    """A text about ETH and IWM, the pair that the project is about, with the names of these tickers in their place; of
    a crypto asset without its quote.
    """
    names = dict(zip(("ETH", "IWM"), (parse_ticker(ticker).short for ticker in tickers), strict=True))
    return re.sub(r"\b(ETH|IWM)\b", lambda match: names[match[0]], text)


def as_yahoo(ticker: str) -> str:
    """A ticker as Yahoo spells it: ETH-USD for ETHUSD, EURUSD=X for EUR/USD, ^RUT for TVC:RUT, VOD.L for LSE:VOD."""
    name = parse_ticker(ticker)
    if not re.fullmatch(r"[\w.^=/:%-]+", ticker, re.ASCII):
        return ticker  # none that Yahoo has, which Yahoo says
    if name.asset_class == "crypto" and name.quote:
        return f"{name.symbol}-{name.quote}"
    if name.asset_class == "fx":
        return f"{name.quote if name.symbol == 'USD' else name.symbol + name.quote}=X"
    if name.asset_class == "index":
        return f"^{name.symbol}"
    if name.asset_class == "listed" and name.exchange is not None:
        marks = name.exchange.suffixes
        suffix = next((mark for mark in marks if ticker.upper().endswith(f".{mark}")), marks[0])
        return name.symbol if name.exchange.code == US else f"{name.symbol}.{suffix}"
    return ticker.upper()


def similar_tickers(wanted: str, available: Iterable[str]) -> list[str]:
    """Those that may have been meant: of the same symbol in another quote, class or market, else of one like it."""
    symbols = {other: parse_ticker(other).symbol for other in available}
    symbol = parse_ticker(wanted).symbol
    close = [symbol] if symbol in symbols.values() else get_close_matches(symbol, symbols.values(), n=1)
    return [other for other in symbols if symbols[other] in close]


def _is_quoted(coin: TickerName, other: TickerName) -> bool:
    """Whether a coin that was named alone is the base of a pair."""
    alone = coin.asset_class == "crypto" and not coin.quote
    return alone and other.asset_class == "crypto" and bool(other.quote) and other.symbol == coin.symbol
