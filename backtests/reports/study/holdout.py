"""The seal in words: what is left out, and who has looked at it."""

from collections.abc import Sequence

from unlockstep.backtests.reports.text.figure import Text, figure, text
from unlockstep.backtests.reports.text.wording import numbered
from unlockstep.backtests.results.model.run import HoldoutResult, LookResult


def holdout_sentence(seal: HoldoutResult) -> Text:
    """What of the prices is sealed, and whether it was ever looked at."""
    sealed = numbered(figure(seal, lambda s: s.sessions), "session") if seal.sessions else "none"
    sentence = "All after {} is sealed and left out; the prices read hold {} of it. {}"
    return text(sentence, seal.after, sealed, looked(seal.looks))


def holdout_sentences(seals: Sequence[HoldoutResult], names: Sequence[str]) -> list[str]:
    """The same of several runs, each once, after the names of those that it holds for where it does not for all."""
    names_by_sentence: dict[str, list[str]] = {}
    for seal, name in zip(seals, names, strict=True):
        names_by_sentence.setdefault(str(holdout_sentence(seal)), []).append(name)
    return [f"{', '.join(of)}: {text}" if len(of) < len(names) else text for text, of in names_by_sentence.items()]


def looked(looks: Sequence[LookResult] | None) -> str:
    """How often a sealed period was looked at, by whom first and with which answer."""
    if looks is None:
        return "Whether anybody looked at it is not known, for want of a ledger."
    if not looks:
        return "By the ledger nobody has looked at it."
    first = looks[0]
    if first.answer is None:
        answer = f"by {first.by}, which was broken off before an answer"
    elif first.answer:
        answer = f"by {first.by}: {first.answer}"
    else:
        answer = f"by {first.by}, whose period reached past the seal"
    times = "once" if len(looks) == 1 else f"{len(looks)} times, first"
    return f"The sealed period was looked at {times} on {first.at} {answer}."


def look_sentence(number: int | None, earlier: Sequence[LookResult] | None) -> str:
    """Which look an unsealing was, counted from 1, None for none; earlier: the looks before it."""
    if number is None:
        return looked(earlier)
    if number == 1:
        return "This was the first look at the sealed period."
    return f"This was look number {number}, no longer a first one. {looked(earlier)}"
