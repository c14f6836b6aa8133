"""The report of a sweep.

page      What the page of a sweep shows
surface   The surface of a sweep on its page
tables    The tables of a sweep, drawn alike on its page and in Markdown
terminal  A sweep on the terminal and in Markdown
"""
