"""Reports: they render what a run left behind and compute no statistics.

    html          study page and comparison page, each one file that opens offline
    markdown      the same in Markdown, for pull requests and chats
    terminal      the same on a terminal

    study_view    what the study page shows, section by section
    lockstep_view its section on the pair: how far apart, since when, in which sense, who moved first
    detectors_view  what the detectors say, and what is dated in hindsight
    decoupling_view  the change of the correlation, taken apart
    statement_figures  the figures behind the findings
    panels        charts of signals over the whole period
    compare_view  what the comparison page shows
    origin        where each number comes from, from the result to the page
    glossary      what each number means
    charts        plotly figures as plain dicts
    lines         from a run's frames to lines that a chart can draw
    scale         intervals drawn in plain HTML
    table         the rows of the variants' tables
    sparkline     an account in the size of a word
    holdings      what each variant decided and traded, for the one that is chosen
    columns       their columns, with the meaning of each
    gates         what the verdict asks, its thresholds, and which of it a variant passes
    evidence      the evidence on the primary variant, table by table
    robustness    its tables of costs, lags, fills, parts, years, episodes and random entries
    walks         what was chosen without hindsight: walk-forward, combinatorial paths, overfitting
    checks        one picture of all its timing information ratios
    null_view     the null distribution of the timing test
    calendar_view months and crises
    broke_view    what followed each break
    family_view   all variants together, and the same rules on placebo pairs
    audit         an audit on the terminal
    events        a study of events on the terminal and in Markdown
    events_view   what its page shows
    fan           its fan chart
    sweep         a sweep on the terminal and in Markdown
    sweep_view    what its page shows
    sweep_tables  its tables
    surface_view  its surface over any two parameters, and plateau against peak
    unseal        an unsealed run, on every medium
    seal          the seal in words: what is left out, and who has looked
    small_table   a small table as text
    prices        prices fetched and checked
    provenance    prices, clocks, costs, versions
    wording       names, statements and findings in plain words
    format        numbers, percent and dates as text

Every figure shown stands in result.json; paths of accounts and of signals are drawn from the frames beside it.
"""
