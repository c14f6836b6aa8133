"""The HTTP session that yfinance is given: it looks at each answer of the chart service before yfinance does.

yfinance takes any answer with an error in it for a delisted ticker, keeps an answer that it could not read for the life
of the process, drops repeated days and sorts the rest, all without a word. So what an answer is worth is decided here.
"""

import json
from typing import Any

from curl_cffi.requests import Response, Session

from unlockstep.backtests.data.yahoo.failures import NothingThereError, PassingError

CHART = "/v8/finance/chart/"
NOTHING = (400, 404, 422)
"""Statuses by which Yahoo says that it has no such ticker, or none of its prices in the period asked for."""


class ChartSession(Session[Response]):
    """A browser-like session, as yfinance makes one, that refuses bad charts and keeps the last good one.

    chart: the last chart of prices, as Yahoo sent it.  status: of the last chart answer.  timeout: of each request,
    whatever yfinance asks for, in seconds.
    """

    def __init__(self) -> None:
        super().__init__(impersonate="chrome")
        self.chart: dict[str, Any] = {}
        self.status = 0
        self.longest = 30.0

    def request(self, method: Any, url: str, *args: Any, **options: Any) -> Response:
        """Send it; raises NothingThereError or PassingError for an answer of the chart service that is no chart."""
        response = super().request(method, url, *args, **{**options, "timeout": self.longest})
        if CHART in url:
            self.status = response.status_code
            self._look(response, priced="period1" in (options.get("params") or {}))
        return response

    def _look(self, response: Response, *, priced: bool) -> None:
        """priced: prices were asked for, and not only the time zone."""
        status = response.status_code
        if status >= 500:
            raise PassingError(f"Yahoo failed with HTTP {status}")
        if status >= 400 and status not in NOTHING:
            return  # 401, 403, 429: yfinance asks once more with another cookie
        try:
            chart = json.loads(response.content)["chart"]
            error, results = chart["error"], chart["result"]
        except (ValueError, KeyError, TypeError):
            if status in NOTHING:
                raise NothingThereError(f"HTTP {status}") from None
            raise PassingError("Yahoo's answer was no chart") from None
        if error or status in NOTHING:
            raise NothingThereError(str((error or {}).get("description") or f"HTTP {status}"))
        if not results or (priced and not results[0].get("timestamp")):
            raise NothingThereError("an empty answer")
        if priced:
            self.chart = results[0]
