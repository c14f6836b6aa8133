"""What keeps a request to Yahoo from giving prices; neither leaves the package."""

from collections.abc import Iterable
from datetime import date


class NothingThereError(Exception):
    """Yahoo has no such prices; asking again would not help."""


class PassingError(Exception):
    """Something that may pass; asking again can help.

    dates: the days of the rows that are wrong; () where it is of none.
    """

    def __init__(self, problem: str, dates: Iterable[date] = ()) -> None:
        super().__init__(problem)
        self.dates = tuple(dates)
