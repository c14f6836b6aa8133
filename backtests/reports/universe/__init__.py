"""The report of a universe: the verdict on a mechanism, and the pairs that it rests on.

wording   What is found, in sentences
forest    A row a pair: its own interval, its weight, and its ratio drawn towards the others
tables    Strategies, groups, decades, books and pairs as tables
page      What the page shows, section by section
markdown  A universe in Markdown
terminal  A universe on the terminal, in 80 columns or as many as there are
"""
