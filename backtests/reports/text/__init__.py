"""Text of reports.

csv_rows     Results as CSV: a row a variant or an event, a column a figure, for spreadsheets and other programs
format       Numbers as every report writes them: pure functions, shared by the terminal, Markdown and HTML
glossary     What every figure of a page means, in a sentence: by the end of its place in the files beside the page
origin       Where each number on a page comes from
small_table  Small tables as text, drawn alike in HTML and Markdown
wording      Names, statements and findings in plain words, shared by every report
"""
