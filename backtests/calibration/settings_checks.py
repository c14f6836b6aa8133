"""What every calibration asks of its settings."""

from collections.abc import Collection, Iterable

from unlockstep.signals.errors import ParameterError, unknown_name


def check_names(what: str, names: Iterable[str], available: Collection[str]) -> None:
    """Raise ParameterError for a name that there is not; what: what they are names of."""
    for name in names:
        if name not in available:
            raise unknown_name(what, name, available)


def check_worlds(worlds: int) -> None:
    """Raise ParameterError for no worlds."""
    if worlds < 1:
        raise ParameterError(f"At least 1 world of each kind is needed; got {worlds}", name="worlds", limit=1)
