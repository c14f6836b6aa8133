"""What `data` may say besides a folder of price files."""

DEMOS = ("demo", "demo:edge")
FRAMES = "frames"
NAMED = (*DEMOS, "yahoo", FRAMES)
"""What `data` may say besides a folder."""
YAHOO = "Yahoo, through yfinance"
"""What a result calls that source."""
