"""Yahoo, through yfinance, with a local cache.

history    history_of(ticker): from the cache where it is up to date, else brought up to date from Yahoo
download   one ticker from Yahoo, asked again where that can help
failures   what keeps a request from giving prices
session    the HTTP session that yfinance is given: it looks at each answer before yfinance does
cache      a Parquet file a ticker, whole in itself; one process fetches at a time
"""

from unlockstep.backtests.data.yahoo.history import History, history_of

__all__ = ["History", "history_of"]
