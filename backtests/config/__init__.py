"""What is asked: the study, its file, overrides, costs, thresholds.

benchmark_names    What the benchmarks that hold one leg are called
chosen_strategies  The strategies that a study is told to run: by name, by file, by class or by instance
costs              What trading costs, and the price that orders are filled at
nesting            How deep a study's TOML is nested, told before it is read
overrides          What --set says
python_values      Values of a study that Python code may give and no file can hold
series_pins        What pins the series that strategies read besides opens and closes
study              Study: what is asked. The same study on the same prices gives the same bytes
study_file         A study's TOML file: what it says, and in which line it says it
study_options      The options of a study by keyword, as Python code gives them
study_tables       The tables of a study: tickers, context, costs, variants, and what holds for all values in them
thresholds         The thresholds of the verdict
universe           A universe file: pairs with a group and a reason each, and the terms that they share
variants           The variants of a study: by default, in lists of values, by settings of the command line
"""
