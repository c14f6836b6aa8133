"""A universe in Markdown: for pull requests and chats."""

from unlockstep.backtests.reports.study.markdown import LIMITS, bullets, plain, small_section, synthetic_note
from unlockstep.backtests.reports.text.format import typographic
from unlockstep.backtests.reports.text.wording import SYNTHETIC
from unlockstep.backtests.reports.universe.page import command, facts
from unlockstep.backtests.reports.universe.tables import (
    estimates_table,
    every_table,
    pairs_table,
    skipped_table,
    standalone_table,
    strategies_table,
)
from unlockstep.backtests.reports.universe.wording import (
    MEANINGS,
    ONE_HISTORY,
    TWO_VERDICTS,
    average_words,
    effective_words,
    examined,
    heterogeneity_words,
    noted_pair,
    notes,
    null_words,
    pair_name,
    question,
    size_words,
    warnings,
)
from unlockstep.backtests.results.model.universe import UniverseResult


def universe_markdown(result: UniverseResult) -> str:
    """The report of a universe: the mechanism first, then the pairs, then the note's own."""
    verdict, first, noted = result.verdict, examined(result), noted_pair(result)
    parts = [
        f"# {plain(result.name)}: {verdict.decision}{f' ({SYNTHETIC})' if result.synthetic else ''}",
        synthetic_note([]) if result.synthetic else "",
        *(f"> **{plain(note)}**" for note in warnings(result)),
        f"{plain(question(result))} {size_words(result)}, {result.first} to {result.last}.",
        f"**The mechanism, on all pairs together: {verdict.decision}.** {MEANINGS[verdict.decision]}",
        bullets([typographic(reason) for reason in verdict.reasons]),
        TWO_VERDICTS,
        "## Strategies on all pairs",
        small_section(strategies_table(result)),
    ]
    if first is not None:
        said = (average_words(first), effective_words(first), heterogeneity_words(first), null_words(first))
        parts += ["## Pair by pair", bullets([f"{words}." for words in said])]
        parts.append(small_section(estimates_table(result, first)))
    for heading, tables in every_table(result):
        parts += [f"## {heading}", *map(small_section, tables)]
    if noted is not None and noted.standalone is not None and (table := standalone_table(result, noted)) is not None:
        parts += [
            f"## This pair: {plain(pair_name(noted.pair))}",
            f"**Its own verdict, from its own prices alone: {noted.standalone.decision}.**",
            bullets([typographic(reason) for reason in noted.standalone.reasons]),
            small_section(table),
        ]
    if result.skipped:
        parts += ["## Left out", small_section(skipped_table(result.skipped))]
    parts += [
        "## The universe",
        small_section(pairs_table(result)),
        "## Provenance",
        bullets([f"{fact.name}: {fact.text}" for fact in facts(result)]),
        bullets([typographic(f"{note} ({names})") for note, names in notes(result)]),
        f"Versions: {plain(', '.join(f'{name} {text}' for name, text in result.environment.items()))}.",
        f"Every number again: `{command(result)}`",
        "## Limits",
        bullets([ONE_HISTORY, *LIMITS]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"
