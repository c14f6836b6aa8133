"""Every kind of figure on a page has a meaning that can be read there."""

import re
from collections.abc import Iterator

from unlockstep.backtests.reports.text.glossary import GLOSSARY, MEANINGS, glossary


def kinds(places: list[str]) -> Iterator[tuple[str, list[str]]]:
    """(file, the keys of the place without numbers and quoted keys) of each place, each once."""
    for place in dict.fromkeys(places):
        file, _, path = place.partition(" ")
        yield file, [key for key in re.sub(r"\[[^\]]*\]", "", path).split(".") if key]


def unexplained(places: list[str]) -> list[str]:
    """Places of which the glossary knows no part that ends where the place does, or one key before.

    A figure of a comparison ends where that of its run does.
    """
    meanings = glossary()
    wrong = []
    for file, keys in kinds(places):
        if file.endswith(".parquet"):
            if f"signal {keys[0].split('(')[0]}" not in meanings:
                wrong.append(f"{file} {keys}")
            continue
        keys = keys[:-1] if keys[0] == "changes" and keys[-1] in ("baseline", "here") else keys
        ends = (len(keys), len(keys) - 1)
        if not any(".".join(keys[start:end]) in meanings for end in ends for start in range(max(end, 0))):
            wrong.append(".".join(keys))
    return wrong


def test_each_term_is_defined_once_in_one_sentence() -> None:
    terms = [term for section in GLOSSARY.values() for term in section]
    assert len({term.name for term in terms}) == len(terms)
    assert sum(len(term.keys) for term in terms) == len(MEANINGS)
    sentence = re.compile(r"(?:[A-Z]|[pt]\b)[^\n]*[^.]\.")
    assert [
        t.meaning for t in terms if not sentence.fullmatch(t.meaning) or re.search(r"[a-z)]\. [A-Z]", t.meaning)
    ] == []
