"""Reports: they render what a run left behind and compute no statistics.

html        pages, each one file that opens offline
content_policy  what may run in a page: its own pieces, each by its hash
text/       numbers, words, small tables, the glossary
charts/     charts as plain plotly dicts
study/      the report of a run: page, Markdown, terminal, notebook
compare/    the report of a comparison
sweep/      the report of a sweep
events/     the report of a study of events
replicate/  published figures beside recomputed ones
universe/   the report of a universe
audit, calibration, calibration_tables, detector_calibration, universe_calibration, data, listing, unseal: one file each

HTML, CSS and JavaScript are in templates.

Every figure shown stands in result.json; paths of accounts and of signals are drawn from the frames beside it.
"""
