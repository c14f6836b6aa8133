"""Data: where prices come from, and how they get onto the decision clock.

account_currency  One account, one currency: legs in two are refused, or converted
align      Two checked price frames onto one decision clock
calendar   The exchange's sessions and the instants at which each clock opens and closes its bars
cells      What a cell of a price file says: a date or a price, and nothing that could be read in two ways
checked    What `data fetch` and `data check` say of prices, as frozen types
csv_table  The table in a CSV file
demo       The embedded demo: a seeded, openly SYNTHETIC market. No price in it ever existed
exchanges    The exchanges: their marks in tickers, their calendars and currencies
examine    What is in a price frame: coverage, gaps, doubtful bars, and what a run would refuse
files      Prices from a folder that holds one CSV or Parquet file a ticker
frames     Price frames: what every source delivers, and the checks that each must pass
identity     Who a ticker is: from its name, its bars and the study
in_memory  Prices that Python code hands over as frames: pandas, polars or Arrow
load       The one way in: from the word given to --data to a Market
price_folder  Which file of a folder holds a ticker's prices
ticker_name  What a ticker's spelling says
yahoo/     Yahoo, through yfinance, with a local cache
"""

from unlockstep.backtests.data.load import load_market

__all__ = ["load_market"]
