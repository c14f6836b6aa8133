"""What --set says."""

from unlockstep.signals.errors import ParameterError


def setting_of(text: str, *, example: str, owner: str = "NAME") -> tuple[str, str, str]:
    """(name, parameter, value) of "NAME.PARAM=VALUE"; ParameterError with the example for anything else.

    owner: what the name is one of, as the help calls it.
    """
    path, equals, value = text.partition("=")
    name, dot, parameter = path.partition(".")
    if not (equals and dot and name and parameter and value):
        raise ParameterError(f"--set takes {owner}.PARAM=VALUE, such as {example}; got '{text}'", name=text)
    return name, parameter, value
