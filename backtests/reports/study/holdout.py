"""The seal in words: what is left out, and who has looked at it."""

from collections.abc import Sequence

from unlockstep.backtests.reports.text.figure import Text, figure, text
from unlockstep.backtests.reports.text.wording import numbered
from unlockstep.backtests.results.model.run import HoldoutResult, LookResult
from unlockstep.backtests.results.model.unseal import UnsealResult

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


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


def look_sentence(result: UnsealResult) -> str:
    """Which look an unsealing was, and what is known of the sessions when its variants were chosen."""
    number, earlier = result.look.number, result.look.earlier
    if number is None:
        return looked(earlier)
    since = f"at these sessions since {result.sealed.first}"
    if number > 1:
        ordinal = ORDINALS[number - 1] if number <= len(ORDINALS) else f"{number}th"
        which = f"{ordinal.capitalize()} look {since}; earlier looks lowered what this one proves. {looked(earlier)}"
    elif result.frozen.recorded_at is None:
        which = f"The ledger knows of no earlier look {since}, nor does it know this run; others cannot be ruled out."
    else:
        which = f"The ledger knows of no earlier look {since}."
    return f"{which} {frozen_sentence(result)}"


def frozen_sentence(result: UnsealResult) -> str:
    """How many of the sealed sessions are known to be later than the choice of the variants."""
    frozen, n = result.frozen, result.sealed.sessions
    recorded, after = frozen.recorded_at, frozen.sessions_after
    if recorded is None:
        sentences = ["When its variants were chosen, and what was seen of these sessions before, cannot be known."]
    elif after == n:
        sentences = [f"Its variants were recorded on {recorded}, before all of them."]
    else:
        sentences = [
            f"Its variants were recorded on {recorded}: {after} of the {n} sessions are later; what was seen of the "
            "others before that day cannot be known."
        ]
    if (
        frozen.ledger_began is not None
        and result.sealed.first is not None
        and frozen.ledger_began > result.sealed.first
    ):
        sentences.append(f"The ledger begins on {frozen.ledger_began} and knows no look before that day.")
    if frozen.sessions_authors_knew:
        sentences.append(
            f"{frozen.sessions_authors_knew} of the {n} sessions end by {frozen.authors_knew}, up to which the authors "
            "of the built-in rules knew prices."
        )
    return " ".join(sentences)
