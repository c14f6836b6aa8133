"""A server on 127.0.0.1 that speaks Yahoo's chart protocol, and fails in every way that Yahoo does.

The real yfinance talks to it, through its own HTTP client. The hosts of Yahoo's cookies stand in yfinance's code, so
the server is also the proxy through which they would be reached, and refuses: nothing leaves the machine.
"""

import json
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np
import pandas as pd

Fault = Callable[["Handler", bytes], None]
"""What the server does in place of sending an answer."""

PRICES = ("open", "high", "low", "close")


@dataclass
class Listing:
    """What the server knows of a ticker: bars by date, and the events that Yahoo sends beside them.

    repeated: dates whose row is sent twice.  edit: a last change of the chart, for what no honest server would send.
    """

    bars: pd.DataFrame
    zone: str = "America/New_York"
    currency: str = "USD"
    dividends: dict[str, float] = field(default_factory=dict)
    splits: dict[str, tuple[int, int]] = field(default_factory=dict)
    edit: Callable[[dict[str, Any]], None] = lambda _: None

    def stamp(self, day: pd.Timestamp) -> int:
        """Seconds at which Yahoo says that a day's bar begins."""
        hours = pd.Timedelta("9:30:00") if self.zone == "America/New_York" else pd.Timedelta(0)
        return int((day + hours).tz_localize(self.zone).timestamp())

    def chart(self, ticker: str, first: int, last: int) -> dict[str, Any]:
        """Yahoo's answer for the bars whose stamps lie from `first` to `last`."""
        stamps = np.array([self.stamp(day) for day in self.bars.index])
        within = (stamps >= first) & (stamps <= last)
        bars = self.bars[within]
        events: dict[str, Any] = {}
        for day, amount in self.dividends.items():
            at = self.stamp(pd.Timestamp(day))
            events.setdefault("dividends", {})[str(at)] = {"amount": amount, "date": at}
        for day, (numerator, denominator) in self.splits.items():
            at = self.stamp(pd.Timestamp(day))
            events.setdefault("splits", {})[str(at)] = {
                "date": at,
                "numerator": numerator,
                "denominator": denominator,
                "splitRatio": f"{numerator}:{denominator}",
            }
        chart = {
            "meta": {
                "currency": self.currency,
                "symbol": ticker,
                "exchangeTimezoneName": self.zone,
                "instrumentType": "CRYPTOCURRENCY" if self.zone == "UTC" else "ETF",
                "dataGranularity": "1d",
                "priceHint": 2,
                "validRanges": ["1d", "5d", "1mo", "max"],
            },
            "timestamp": stamps[within].tolist(),
            "events": events,
            "indicators": {
                "quote": [
                    {
                        **{name: _numbers(bars[name]) for name in PRICES},
                        "volume": [None if np.isnan(x) else int(x) for x in bars.get("volume", bars["close"] * np.nan)],
                    }
                ],
                "adjclose": [{"adjclose": _numbers(bars["adj_close"])}],
            },
        }
        self.edit(chart)
        return chart


def _numbers(column: pd.Series) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in column]


class YahooServer(ThreadingHTTPServer):
    """The server; change `listings` and `faults` while it runs.

    faults: what becomes of the next chart requests, in order; then `always`, if set, of all others.
    asked: (ticker, date since when prices were asked for; None where only the time zone was) of each chart request.
    tunnels: hosts that were asked for through the proxy.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.listings: dict[str, Listing] = {}
        self.faults: list[Fault] = []
        self.always: Fault | None = None
        self.requests: list[tuple[str, str | None]] = []
        self.tunnels: list[str] = []
        self.guard = threading.Lock()
        self.address = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error of the server."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def prices_requested(self) -> list[tuple[str, str]]:
        """(ticker, since) of the requests for prices."""
        return [(ticker, since) for ticker, since in self.requests if since is not None]


class Handler(BaseHTTPRequestHandler):
    """Answers chart requests; refuses to be a proxy."""

    server: YahooServer

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        query = parse_qs(address.query)
        ticker = unquote(address.path.rpartition("/")[2])
        with self.server.guard:
            since = str(pd.Timestamp(int(query["period1"][0]), unit="s").date()) if "period1" in query else None
            if "/v8/finance/chart/" in address.path:
                self.server.requests.append((ticker, since))
                fault = self.server.faults.pop(0) if self.server.faults else self.server.always
            else:
                fault = status(404, b"there is nothing else here")
            listing = self.server.listings.get(ticker)
            first, last = (int(query.get(name, ["0"])[0]) for name in ("period1", "period2"))
            chart = None if listing is None else listing.chart(ticker, first, last or 2**40)
        if chart is None:
            fault = fault or not_found
            body = b""
        else:
            body = json.dumps({"chart": {"result": [chart], "error": None}}).encode()
        (fault or whole)(self, body)

    def do_CONNECT(self) -> None:
        self.server.tunnels.append(self.path)
        self.send_error(403)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing: the test says what went wrong."""

    def answer(self, code: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def whole(handler: Handler, body: bytes) -> None:
    """No fault at all."""
    handler.answer(200, body)


def status(code: int, text: bytes = b"<html>Something went wrong</html>", kind: str = "text/html") -> Fault:
    """An answer of this status that holds no chart."""
    return lambda handler, _: handler.answer(code, text, kind)


def error_of(code: int, name: str, description: str) -> Fault:
    """An error as the chart service words it."""
    payload = {"chart": {"result": None, "error": {"code": name, "description": description}}}
    return status(code, json.dumps(payload).encode(), "application/json")


not_found = error_of(404, "Not Found", "No data found, symbol may be delisted")
too_many = status(429, b"Too Many Requests\r\n", "text/plain")
failing = status(500)
failing_in_json = error_of(500, "internal-error", "Something went wrong")
page = status(200, b"<!doctype html><html><body>Yahoo is a part of the family of brands</body></html>")
empty = status(200, b'{"chart": {"result": [], "error": null}}', "application/json")
garbled = status(200, b'{"chart": {"result": [{"meta": {"curr', "application/json")


def truncated(handler: Handler, body: bytes) -> None:
    """Half of what was promised."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])


def reset(handler: Handler, body: bytes) -> None:
    """The connection is torn down."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def unanswered(handler: Handler, body: bytes) -> None:
    """No answer, for longer than any test waits."""
    time.sleep(1.0)


@contextmanager
def yahoo_server() -> Iterator[YahooServer]:
    """A running server, on a port of its own."""
    server = YahooServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def yfinance_at(address: str) -> Iterator[None]:
    """Make yfinance ask `address`, as its base address and as the proxy to all others, and forget what it knew."""
    import yfinance
    from yfinance.cache import _CookieCacheManager, _TzCacheManager
    from yfinance.data import SingletonMeta, YfData

    modules = (yfinance.const, yfinance.base, yfinance.scrapers.history)  # each has a name of its own for it
    bases = [module._BASE_URL_ for module in modules]
    for module in modules:
        module._BASE_URL_ = address
    yfinance.config.network.proxy = {"https": address}
    _TzCacheManager._tz_cache = _CookieCacheManager._Cookie_cache = None
    SingletonMeta._instances.pop(YfData, None)
    YfData.cache_get.cache_clear()
    try:
        yield
    finally:
        yfinance.config.network.proxy = None
        for module, base in zip(modules, bases, strict=True):
            module._BASE_URL_ = base
