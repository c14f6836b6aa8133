"""Charts as plain plotly dicts.

bars             Bars: figures of calendar years, and counts beside what chance makes
dots             Estimates as dots with their intervals as lines, one below the other on one scale, in plain HTML
equity_drawdown  Equity and drawdown of accounts, one above the other
fan              The fan chart: how a series moves at any time, and how it moved after each event
lines            From a run's frames to lines that a chart can draw
null_bars        How often the t of the timing test comes up in histories of redrawn signs, and the observed one
png              Pictures of a page's charts, drawn by the browser that shows the page: the same code, the same data
scale            Intervals drawn as lines in plain HTML: positions in percent of a common scale
signal_panels    Charts of signals over the whole period: lines named at their right ends, decoupled stretches shaded
sparkline        An account in the size of a word
style            The house style of charts: axes, layouts, keys and colours of plotly figures
"""
