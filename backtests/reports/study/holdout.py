"""The seal in words: what is left out, and who has looked at it."""

from collections.abc import Sequence
from typing import Any

from unlockstep.backtests.reports.text.format import count
from unlockstep.backtests.reports.text.origin import unmarked


def holdout_sentence(result: dict[str, Any]) -> str:
    """What of the prices is sealed, and whether it was ever looked at; "" for runs that kept no seal."""
    seal = result.get("seal")
    if seal is None:
        return ""
    after, n, looks = seal["after"], seal["sessions"], seal["looks"]
    sealed = f"{count(n)} session{'' if n == 1 else 's'}" if n else "none"
    sentence = f"All after {after} is sealed and left out; the prices read hold {sealed} of it."
    return f"{sentence} {looked(looks)}"


def holdout_sentences(runs: Sequence[dict[str, Any]], names: Sequence[str]) -> list[str]:
    """The same of several runs, each once, after the names of those that it holds for where it does not for all."""
    names_by_sentence: dict[str, list[str]] = {}
    for result, name in zip(runs, names, strict=True):
        names_by_sentence.setdefault(unmarked(holdout_sentence(result)), []).append(name)
    names_by_sentence.pop("", None)
    return [f"{', '.join(of)}: {text}" if len(of) < len(names) else text for text, of in names_by_sentence.items()]


def looked(looks: Sequence[dict[str, Any]] | None) -> str:
    """How often a sealed period was looked at, by whom first and with which answer."""
    if looks is None:
        return "Whether anybody looked at it is not known, for want of a ledger."
    if not looks:
        return "By the ledger nobody has looked at it."
    first = looks[0]
    if first["answer"] is None:
        answer = f"by {first['by']}, which was broken off before an answer"
    elif first["answer"]:
        answer = f"by {first['by']}: {first['answer']}"
    else:
        answer = f"by {first['by']}, whose period reached past the seal"
    times = "once" if len(looks) == 1 else f"{len(looks)} times, first"
    return f"The sealed period was looked at {times} on {first['at']} {answer}."


def look_sentence(look: dict[str, Any]) -> str:
    """Which look an unsealing was."""
    number, earlier = look["number"], look["earlier"]
    if number is None:
        return looked(earlier)
    if number == 1:
        return "This was the first look at the sealed period."
    return f"This was look number {number}, no longer a first one. {looked(earlier)}"
