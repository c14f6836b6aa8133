"""Data: where prices come from, and how they get onto the decision clock.

account_currency  One account, one currency: legs in two are refused, or converted
align             Two checked price frames onto one decision clock
calendar          The exchange's sessions and the instants at which each clock opens and closes its bars
cash_rate         What cash earns on the sessions of a market: the rate that a study names, or its source's own
cells             Cells of price tables: plain numbers, what says that there is none, and the error for anything else
checked           What `data fetch` and `data check` say of prices, as frozen types
columns           Names of columns: as vendors, libraries and people write them, and as the project does
compressed        Text files in a compressed one: gzip, bzip2, xz, or a zip archive that holds one file
context           Series beside the pair, onto the decision clock
context_load      From the names in a study's [context] to the series on a market's clock
csv_table         The table in a CSV file
dated_file        A dated series in a file: CSV or Parquet, a column of dates and one of numbers
dates             The dates of a column, written in any one form that leaves nothing open
demo              The embedded demo: a seeded, openly SYNTHETIC market. No price in it ever existed
demo_series       What the demo has beside its opens and closes: highs, lows, volumes and ^VIX
demo_universe     The demo's universe: twelve pairs in four groups, listed in `universes/demo.toml`
doubtful          Bars that look like a fault of the source: misprints, unadjusted splits, frozen closes
examine           What is in a price frame: coverage, gaps, doubtful bars, and what a run would refuse
exchanges         The exchanges: their marks in tickers, their calendars and currencies
federal_funds     The effective federal funds rate by calendar year, embedded
files             Prices from a folder of price files
frames            Price frames: what every source delivers, and the checks that each must pass
headers           Where the header of a text stands, how many lines it has, and what it names
identity          Who a ticker is: from its name, its bars and the study
in_memory         Prices that Python code hands over as frames: pandas, polars or Arrow
load              The one way in: from the word given to --data to a Market
numbers           The numbers of columns of prices, with one decimal mark for all of them
price_file        One price file: text or Parquet, compressed or not, of one ticker or several
price_folder      Which file of a folder holds a ticker's prices
price_table       From a table to the price frame of one ticker
rate_file         An interest rate in a file: CSV or Parquet, a row a day, a column that says what its numbers are
rate_series       A daily series of interest rates, and what cash earns at it from session to session
several           Tables that hold several tickers: side by side, or one below the other with the ticker in a column
source_names      What `data` may say besides a folder of price files
stamps            The day of a bar whose date carries a time of day: a midnight, or an instant of its session
tables            A table as a source holds it, before it is known what its columns mean
ticker_name       What a ticker's spelling says
typed_table       The table in a frame of pandas, as Parquet files and Python code have it
volumes           The volumes in a column of a price table, as vendors write them
yahoo/            Yahoo, through yfinance, with a local cache
"""
