"""Exchanges: how vendors mark them in a ticker, whose calendar they keep, and the currency they quote in.

Calendars are those of exchange_calendars, by their code. Suffixes are Yahoo's (VOD.L) and Stooq's (vod.uk), prefixes
those of TradingView and Google (LSE:VOD); a code is a prefix, too (XLON:VOD).
"""

from dataclasses import dataclass
from functools import cache

US = "XNYS"
"""Calendar of the exchanges of the United States: a ticker without a mark is listed there, as with every vendor."""


@dataclass(frozen=True)
class Exchange:
    """An exchange.

    code: of its calendar.  currency: in which it quotes most listings.  suffixes, prefixes: its marks, in capitals.
    """

    code: str
    name: str
    currency: str
    suffixes: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


def _exchange(code: str, name: str, currency: str, suffixes: str = "", prefixes: str = "") -> Exchange:
    return Exchange(code, name, currency, tuple(suffixes.split()), tuple(prefixes.split()))


EXCHANGES = (
    _exchange(
        US, "New York Stock Exchange", "USD", "US",
        "NYSE NYSEARCA ARCA AMEX NYSEAMERICAN NYSEMKT NASDAQ BATS CBOE OTC OTCMKTS",
    ),
    _exchange("XLON", "London Stock Exchange", "GBP", "L IL UK", "LSE LON LSIN"),
    _exchange("XETR", "Xetra", "EUR", "DE", "ETR XETRA"),
    _exchange("XFRA", "Frankfurt Stock Exchange", "EUR", "F", "FWB FRA"),
    _exchange("XDUS", "Düsseldorf Stock Exchange", "EUR", "DU", "DUS"),
    _exchange("XHAM", "Hamburg Stock Exchange", "EUR", "HM", "HAM"),
    _exchange("XSTU", "Stuttgart Stock Exchange", "EUR", "SG", "SWB"),
    _exchange("XPAR", "Euronext Paris", "EUR", "PA", "EPA"),
    _exchange("XAMS", "Euronext Amsterdam", "EUR", "AS", "AMS"),
    _exchange("XBRU", "Euronext Brussels", "EUR", "BR", "EBR"),
    _exchange("XLIS", "Euronext Lisbon", "EUR", "LS", "ELI"),
    _exchange("XDUB", "Euronext Dublin", "EUR", "IR", "ISE"),
    _exchange("XMIL", "Borsa Italiana", "EUR", "MI", "MIL BIT"),
    _exchange("XMAD", "Bolsa de Madrid", "EUR", "MC", "BME"),
    _exchange("XWBO", "Wiener Börse", "EUR", "VI", "VIE"),
    _exchange("ASEX", "Athens Stock Exchange", "EUR", "AT", "ATHEX"),
    _exchange("XHEL", "Nasdaq Helsinki", "EUR", "HE", "OMXHEX HEL"),
    _exchange("XTAL", "Nasdaq Tallinn", "EUR", "TL", "OMXTSE"),
    _exchange("XRIS", "Nasdaq Riga", "EUR", "RG", "OMXRSE"),
    _exchange("XLIT", "Nasdaq Vilnius", "EUR", "VS", "OMXVSE"),
    _exchange("XSWX", "SIX Swiss Exchange", "CHF", "SW", "SIX SWX VTX"),
    _exchange("XSTO", "Nasdaq Stockholm", "SEK", "ST", "OMXSTO STO"),
    _exchange("XCSE", "Nasdaq Copenhagen", "DKK", "CO", "OMXCOP CPH"),
    _exchange("XOSL", "Oslo Børs", "NOK", "OL", "OSL"),
    _exchange("XICE", "Nasdaq Iceland", "ISK", "IC", "OMXICE"),
    _exchange("XWAR", "Warsaw Stock Exchange", "PLN", "WA", "GPW WSE"),
    _exchange("XPRA", "Prague Stock Exchange", "CZK", "PR", "PSECZ"),
    _exchange("XBUD", "Budapest Stock Exchange", "HUF", "BD HU", "BET"),
    _exchange("XIST", "Borsa Istanbul", "TRY", "IS", "BIST"),
    _exchange("XTAE", "Tel Aviv Stock Exchange", "ILS", "TA", "TASE TLV"),
    _exchange("XSAU", "Saudi Exchange", "SAR", "SR", "TADAWUL"),
    _exchange("XJSE", "Johannesburg Stock Exchange", "ZAR", "JO", "JSE"),
    _exchange("XMOS", "Moscow Exchange", "RUB", "ME", "MOEX"),
    _exchange("XTSE", "Toronto Stock Exchange", "CAD", "TO V CN NE", "TSX TSXV NEO"),
    _exchange("XMEX", "Mexican Stock Exchange", "MXN", "MX", "BMV"),
    _exchange("BVMF", "B3 of São Paulo", "BRL", "SA", "BMFBOVESPA"),
    _exchange("XBUE", "Buenos Aires Stock Exchange", "ARS", "BA", "BCBA"),
    _exchange("XSGO", "Santiago Stock Exchange", "CLP", "SN", "BCS"),
    _exchange("XTKS", "Tokyo Stock Exchange", "JPY", "T JP", "TSE TYO"),
    _exchange("XHKG", "Stock Exchange of Hong Kong", "HKD", "HK", "HKEX HKG"),
    _exchange("XSHG", "Shanghai Stock Exchange", "CNY", "SS SZ", "SSE SHA SZSE SHE"),
    _exchange("XKRX", "Korea Exchange", "KRW", "KS KQ", "KRX"),
    _exchange("XTAI", "Taiwan Stock Exchange", "TWD", "TW TWO", "TWSE TPE"),
    _exchange("XSES", "Singapore Exchange", "SGD", "SI", "SGX"),
    _exchange("XBKK", "Stock Exchange of Thailand", "THB", "BK", "SET"),
    _exchange("XIDX", "Indonesia Stock Exchange", "IDR", "JK", "IDX"),
    _exchange("XKLS", "Bursa Malaysia", "MYR", "KL", "MYX"),
    _exchange("XPHS", "Philippine Stock Exchange", "PHP", "PS", "PSE"),
    _exchange("XBOM", "exchanges of Mumbai", "INR", "BO NS", "BSE NSE BOM"),
    _exchange("XKAR", "Pakistan Stock Exchange", "PKR", "KA", "PSX"),
    _exchange("XASX", "Australian Securities Exchange", "AUD", "AX AU", "ASX"),
    _exchange("XNZE", "New Zealand Exchange", "NZD", "NZ", "NZX"),
)  # fmt: skip

INDEXES = {
    US: "GSPC SPX RUT NDX IXIC DJI DJT DJU VIX VXN RUI RUA MID SP600 OEX NYA XAX SOX IRX FVX TNX TYX W5000",
    "XLON": "FTSE FTMC FTAS",
    "XETR": "GDAXI DAX MDAXI SDAXI TECDAX",
    "XPAR": "FCHI",
    "XAMS": "AEX",
    "XBRU": "BFX",
    "XMAD": "IBEX",
    "XSWX": "SSMI",
    "XSTO": "OMX OMXS30",
    "XWBO": "ATX",
    "XTSE": "GSPTSE",
    "BVMF": "BVSP",
    "XMEX": "MXX",
    "XBUE": "MERV",
    "XTKS": "N225 NKX",
    "XHKG": "HSI HSCE",
    "XKRX": "KS11 KQ11",
    "XTAI": "TWII",
    "XSES": "STI",
    "XIDX": "JKSE",
    "XKLS": "KLSE",
    "XBOM": "BSESN NSEI",
    "XASX": "AXJO AORD",
    "XNZE": "NZ50",
}
"""Code of the calendar → the indexes computed on it, by Yahoo's names without the caret."""

US_LISTINGS = words(
    """
    SPY IVV VOO VTI SPLG RSP DIA QQQ QQQM IWM IWB IWN IWO IWV VB VTWO VXF VO IJH IJR MDY SCHA SCHB SCHX EFA VEA
    IEFA EEM VWO IEMG ACWI VT VXUS VEU VGK VPL EWA EWC EWG EWH EWI EWJ EWL EWP EWQ EWT EWU EWW EWY EWZ FXI MCHI
    KWEB INDA AGG BND BNDX LQD HYG JNK TLT TLH IEF SHY SHV BIL SGOV TIP GOVT MUB EMB VCIT VCSH GLD IAU SLV PPLT
    PALL GDX GDXJ USO UNG DBC PDBC CPER UUP FXE FXY FXB XLB XLC XLE XLF XLI XLK XLP XLRE XLU XLV XLY XBI IBB KRE
    KBE SMH SOXX XRT XHB ITB XME XOP OIH VNQ IYR ARKK TQQQ SQQQ UPRO SPXL SPXU SSO SDS TNA TZA SOXL UVXY VXX
    SVXY USMV MTUM QUAL VLUE SCHD VIG VYM DVY HDV IBIT FBTC GBTC ETHE ETHA BITO AAPL MSFT AMZN GOOG GOOGL META
    NVDA TSLA COIN MSTR
    """
)
"""Funds and shares of the United States that are no coin's name, whatever bars a file of that name holds."""


@cache
def by_suffix() -> dict[str, Exchange]:
    """Suffix → exchange."""
    return {suffix: exchange for exchange in EXCHANGES for suffix in exchange.suffixes}


@cache
def by_prefix() -> dict[str, Exchange]:
    """Prefix → exchange; a calendar's code is one."""
    return {mark: exchange for exchange in EXCHANGES for mark in (exchange.code, *exchange.prefixes)}


@cache
def by_index() -> dict[str, Exchange]:
    """Name of an index, without its caret → exchange."""
    return {name: by_code()[code] for code, names in INDEXES.items() for name in names.split()}


@cache
def by_code() -> dict[str, Exchange]:
    """Code of a calendar → exchange."""
    return {exchange.code: exchange for exchange in EXCHANGES}
