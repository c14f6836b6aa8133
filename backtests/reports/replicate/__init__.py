"""Published figures beside recomputed ones: one view, drawn on the terminal, in Markdown and as a page.

view       what is shown, and how a reading is written
catalogue  the view of all published figures
chart      a published figure beside the readings of each kind
figure     the view of one figure and its readings
output     terminal and Markdown
"""
