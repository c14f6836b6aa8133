"""Reports: they render what a run left behind and compute no statistics.

html        study page and comparison page, each one file that opens offline
markdown    the same in Markdown, for pull requests and chats
terminal    the same on a terminal
charts      plotly figures as plain dicts
columns     the columns of the variants' tables, with their meaning
wording     names, statements and findings in plain words
format      numbers, percent and dates as text
"""
