"""Charts as plain plotly dicts, and what they are made of."""
