"""A share of worlds, and how exactly it is known."""

from scipy.stats import beta

from unlockstep.backtests.results.model.base import Result


class Rate(Result):
    """A share of worlds with its exact 95 % binomial interval (Clopper and Pearson 1934)."""

    share: float
    low: float
    high: float

    @classmethod
    def of(cls, hits: int, worlds: int) -> "Rate":
        """The share `hits` of `worlds`."""
        low = float(beta.ppf(0.025, hits, worlds - hits + 1)) if hits else 0.0
        high = float(beta.ppf(0.975, hits + 1, worlds - hits)) if hits < worlds else 1.0
        return cls(share=hits / worlds, low=low, high=high)
