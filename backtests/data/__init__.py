"""Sources: where prices come from, and how they get onto the decision clock.

load       load_market(data, pair, start, end, seed): the one way in
files      a folder of CSV or Parquet files
table      the table in a CSV file, line by line
cells      what a cell says: a date or a price
yahoo/     Yahoo, through yfinance, with a local cache
demo       the embedded synthetic market
frames     the checks that every price frame must pass
examine    what is in a price frame: coverage, gaps, doubtful bars, and what a run would refuse
align      two price frames onto one decision clock
calendar   sessions, and the instants at which bars open and close
"""

from unlockstep.backtests.data.load import load_market

__all__ = ["load_market"]
