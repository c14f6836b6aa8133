"""Data: where prices come from, and how they get onto the decision clock.

align      Two checked price frames onto one decision clock
calendar   The exchange's sessions and the instants at which each clock opens and closes its bars
cash_rate  What cash earns on the sessions of a market: the rate that a study names, or its source's own
cells      What a cell of a price file says: a date or a price, and nothing that could be read in two ways
checked    What `data fetch` and `data check` say of prices, as frozen types
csv_table  The table in a CSV file
demo       The embedded demo: a seeded, openly SYNTHETIC market. No price in it ever existed
examine    What is in a price frame: coverage, gaps, doubtful bars, and what a run would refuse
federal_funds  The effective federal funds rate by calendar year, embedded
files      Prices from a folder that holds one CSV or Parquet file a ticker
frames     Price frames: what every source delivers, and the checks that each must pass
in_memory  Prices that Python code hands over as frames: pandas, polars or Arrow
load       The one way in: from the word given to --data to a Market
rate_file  An interest rate in a file: CSV or Parquet, a row a day, a column that says what its numbers are
rate_series  A daily series of interest rates, and what cash earns at it from session to session
yahoo/     Yahoo, through yfinance, with a local cache
"""

from unlockstep.backtests.data.load import load_market

__all__ = ["load_market"]
