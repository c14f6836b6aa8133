"""The report of a study of events.

page      What the page of a study of events shows, section by section
terminal  A study of events on the terminal and in Markdown
"""
