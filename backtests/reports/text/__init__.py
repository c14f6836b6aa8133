"""Text of reports.

csv_rows     Results as CSV: a row a variant or an event, a column a figure, for spreadsheets and other programs
figure       Figures: numbers and sentences of a result that know their place, and the text that is written of them
format       Numbers as every report writes them: pure functions, shared by the terminal, Markdown and HTML
folding      Tables on narrow terminals: a table that does not fit is told row by row
glossary     What every figure of a page means, in a sentence: by the end of its place in the files beside the page
identities   Who a ticker is, in words: its class, its currency, and when its bars are made
small_table  Small tables as text, drawn alike in HTML and Markdown
terminal     The console of every report, on which no text does anything
variants     The variants of a typed result by their part in the verdict, and their names, shared by every report
window       The evaluated window in words: where it starts, and why there
wording      Statements, findings and counts in plain words, shared by every report
"""
