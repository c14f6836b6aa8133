"""The report of a run, section by section.

accounts           The accounts that the page draws, and the title of their chart
break_events       What followed each break, in the report of a study
calendar           Months and crises as tables: what the primary variant and both legs brought in each
closed_hours       What the first leg did while the second was closed, against the open and what followed it
columns            The columns of the variants' tables
decoupling         Which decoupling
detectors          What the detectors say, and what is dated in hindsight
evidence           The evidence on one variant: the timing, how it holds up, and what could have been held instead
family             All variants of a study together, and the same rules on other pairs
gates              The gates of the verdict
fill_causes        The fills of each variant by their cause, as a table
holdings           What each variant decided to hold, and the fills that came of it
holdout            The seal in words: what is left out, and who has looked at it
links                Which link broke: the parts of the change of the legs' correlation, the chain by year
hedged    The hedged pair beside the plain one, as tables
longest_windows        Each variant on the longest window that its own warm-up allows, as a table that describes
markdown           Markdown reports: for pull requests and chats
notebook           How results show themselves in a notebook
null_distribution  The null distribution
page               What the study page shows, section by section, taken from result.json and written as text
pair_state         The section on the pair: have they come apart, since when, in which sense, and who moved first?
provenance         Where the numbers come from
robustness         What becomes of one variant under other costs
scorecard          The scorecard: each statement, its finding and its interval
statements         The figures behind the findings
strength           The picture of strength: the timing intervals of the variants on one scale
terminal           The terminal's report: verdict, table and scorecard in 80 columns
timing_checks      One picture of all timing information ratios of a variant
variant_rows       The rows of the variants' tables, shared by the HTML and Markdown reports
verdict            The verdict as text
walk_forward       Choosing without hindsight
"""
