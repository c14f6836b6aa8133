"""Where the numbers come from: prices, clocks, costs, versions, and the command that gives them again."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, NamedTuple

from unlockstep.backtests.config.study_tables import EVERY_LEG
from unlockstep.backtests.data.doubtful import DOUBTFUL
from unlockstep.backtests.data.exchanges import US
from unlockstep.backtests.data.load import FRAMES
from unlockstep.backtests.reports.text.figure import Figure, Text, Words, figure, joined, text
from unlockstep.backtests.reports.text.format import basis_points, count, iso_date, percent, short_hash
from unlockstep.backtests.reports.text.identities import exchange_words
from unlockstep.backtests.reports.text.variants import short_names
from unlockstep.backtests.reports.text.wording import STALE, listed, numbered
from unlockstep.backtests.results.model.pair import DataResult
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.model.sweep import SweepResult
from unlockstep.backtests.results.model.universe import UniverseResult
from unlockstep.backtests.results.verdict import EXPLORATORY
from unlockstep.signals.identity import AROUND_THE_CLOCK, WEEKDAYS
from unlockstep.signals.risk_free import CONSTANT, NOTHING

OURS = "unlockstep "
"""The beginning of the package of a strategy of unlockstep's own."""

CLOCK_WORDS = {
    AROUND_THE_CLOCK: "{ticker} trades around the clock: its bar labelled D runs from 00:00 to 24:00 UTC of D.",
    WEEKDAYS: "{ticker} trades on weekdays: its bar labelled D runs from 00:00 to 24:00 UTC of D.",
    US: "{ticker} trades in the sessions of the New York Stock Exchange (XNYS): its bar labelled D is complete at "
    "16:00 New York, 13:00 on early closes.",
}
"""Clock → what it means for a ticker's bars."""

_ANOTHER = "{ticker} trades in the sessions of {exchange}: its bar labelled D is complete at the close of that session."


class Fact(NamedTuple):
    """A name and its text; full: what a pointer at it shows, or ""."""

    name: str
    text: Words
    full: str = ""


@dataclass(frozen=True)
class Provenance:
    """The section's content; costs: (ticker, fee, slippage) of each leg."""

    facts: list[Fact]
    clocks: list[Words]
    costs: list[tuple[str, Text, Text]]
    rates: Text
    notes: tuple[str, ...]
    versions: list[tuple[str, str]]
    command: str


def provenance(result: RunResult, folder: Path) -> Provenance:
    """Where the numbers of a result come from; folder: the run's."""
    data, study = result.data, result.study
    return Provenance(
        facts=[
            *price_facts(data),
            *strategy_facts(result),
            *_variant_costs(result),
            *_rebalancing(result),
            Fact("Seed", str(study["seed"])),
            Fact("Capital", count(figure(result, lambda r: r.study["capital"]))),
        ],
        clocks=clock_sentences(data, figure(result, lambda r: r.study["lag"]), study["fill"]),
        costs=[_leg_costs(result, ticker) for ticker in (*data.tickers, *study.get("hedges", ()))],
        rates=rates(result),
        notes=data.notes,
        versions=list(result.environment.items()),
        command=command(folder, study),
    )


def _leg_costs(result: RunResult, ticker: str) -> tuple[str, Text, Text]:
    return (
        ticker,
        basis_points(figure(result, lambda r: r.study["costs"]["fee_bps"][ticker])),
        basis_points(figure(result, lambda r: r.study["costs"]["slippage_bps"][ticker])),
    )


def _variant_costs(result: RunResult) -> list[Fact]:
    """What each variant pays that pays otherwise than the study; what is not named is as for all."""
    candidates = [variant for variant in result.variants if not variant.benchmark]
    facts = []
    for i, (variant, entry) in enumerate(zip(candidates, result.study.get("variants", ()), strict=False)):
        special = entry.get("costs") or {}
        words: list[Words] = []
        for key, name in (("fee_bps", "fee"), ("slippage_bps", "slippage")):
            for ticker in special.get(key, {}):
                bps = figure(result, lambda r, at=i, k=key, t=ticker: r.study["variants"][at]["costs"][k][t])  # type: ignore[misc]
                words.append(text("{} {}", name if ticker == EVERY_LEG else f"{name} of {ticker}", basis_points(bps)))
        if special.get("borrow_rate") is not None:
            rate = figure(result, lambda r, at=i: r.study["variants"][at]["costs"]["borrow_rate"])  # type: ignore[misc]
            words.append(text("borrowing {} a year", percent(rate)))
        if words:
            facts.append(Fact(f"Costs of {variant.label}", joined(", ", words)))
    return facts


def _rebalancing(result: RunResult) -> list[Fact]:
    """When mixes are rebalanced, where the study says it for all variants."""
    how = result.study.get("rebalance")
    if how is None:
        return []
    if isinstance(how, str):
        return [Fact("Rebalancing", how)]
    band = percent(figure(result, lambda r: r.study["rebalance"]))
    return [Fact("Rebalancing", text("once the share of a leg is off by more than {}", band))]


def price_facts(data: DataResult) -> list[Fact]:
    """The prices, and the sessions evaluated."""
    window, sessions = data.evaluated, count(figure(data, lambda d: d.sessions))
    return [
        Fact("Source", data.source),
        Fact("Fingerprint", f"sha256 {short_hash(data.sha256)}…", data.sha256),
        Fact("Retrieved", iso_date(data.retrieved_at)),
        Fact("Prices", text("{} to {}, {} sessions", data.first, data.last, sessions)),
        Fact(
            "Evaluated",
            text(
                "{} to {}, {} sessions, after {} of warm-up",
                window.first,
                window.last,
                count(figure(window, lambda w: w.sessions)),
                count(figure(window, lambda w: w.warmup)),
            ),
        ),
    ]


def strategy_facts(result: RunResult) -> list[Fact]:
    """Each strategy that is not unlockstep's own: the file and its fingerprint, or the package."""
    facts = {}
    for variant in result.variants:
        source, name = variant.source, f"Strategy {variant.strategy}"
        if "file" in source:
            file, sha256 = PurePath(source["file"]).name, source["sha256"]  # a report is sent to others
            short = f"from {file}, sha256 {short_hash(sha256)}…"
            audited = _audited(result, variant.strategy) + _share(result, variant.name)
            facts[name] = Fact(name, f"{short}{audited}", f"from {file}, sha256 {sha256}")
        elif "class" in source:
            given, sha256 = f"class {source['class']}, given in Python and in no file", source["sha256"]
            short = f"{given}, sha256 {short_hash(sha256)}…{_audited(result, variant.strategy)}"
            facts[name] = Fact(name, short, f"{given}, sha256 {sha256}")
        elif not source["package"].startswith(OURS):
            facts[name] = Fact(name, f"from {source['package']}")
    return list(facts.values())


def swept_facts(result: SweepResult) -> list[Fact]:
    """Each strategy of the user's own that was swept, and how hard it was audited."""
    return [
        Fact(f"Strategy {audit.strategy}", f"of one's own{_audited(result, audit.strategy)}") for audit in result.audits
    ]


def warnings_of(result: RunResult) -> list[Words]:
    """What a run's report says at its head: a run that only looks, rules that a universe tried on these prices before,
    own code that nobody audited, doubtful prices.
    """
    exploratory = [EXPLORATORY] if result.study.get("scratch") else []
    return [*exploratory, *universe_warnings(result), *audit_warnings(result), *price_warnings(result.data.notes)]


def universe_warnings(result: RunResult) -> list[Words]:
    """A sentence for each universe that was the first to evaluate variants of this run on these prices."""
    names = short_names(result)
    tested = sum(not variant.benchmark for variant in result.variants)
    return [
        text(
            "First tried in the universe {} on {}, of whose {} this is one: {}. This run uses the same prices, so it "
            "confirms nothing that was found there.",
            each.universe,
            each.day,
            numbered(figure(each, lambda e: e.pairs), "pair"),
            "every variant under test"
            if len(each.variants) == tested
            else listed([names.get(name, name) for name in each.variants]),
        )
        for each in result.universes
    ]


def audit_warnings(result: RunResult | SweepResult | UniverseResult) -> list[str]:
    """A sentence for each strategy of the user's own that was not audited for look-ahead."""
    return [f"Not audited for look-ahead: {audit.strategy}; {audit.reason}." for audit in result.audits if audit.reason]


def _audited(result: RunResult | SweepResult, strategy: str) -> str:
    """How hard a strategy of the user's own was looked at, after a semicolon; "" where nothing is known."""
    audit = next((audit for audit in result.audits if audit.strategy == strategy), None)
    if audit is None:
        return ""
    if audit.reason:
        return "; not audited"
    variants = "" if audit.variants == audit.of else f", {audit.variants} of {audit.of} variants"
    cuts = f"the future altered after {audit.cuts:,} of {audit.possible:,} sessions of synthetic prices"
    return f"; audited, nothing found ({cuts}{variants})"


def _share(result: RunResult, variant: str) -> str:
    """The share of the error that a variant has for itself, after a semicolon; "" of one that has none."""
    made = next((each for each in result.shares if each.variant == variant), None)
    if made is None:
        return ""
    since = f"registered on {made.registered}" if made.registered else f"first tried in later study {made.number}"
    return f"; {since}, {percent(figure(made, lambda m: m.share))} of the error for itself"


def price_warnings(notes: Sequence[str]) -> list[str]:
    """What a report says at its head: prices that are older than they could be, bars that are doubtful."""
    return [note for note in notes if note.startswith((STALE, DOUBTFUL))]


def command(folder: Path, study: Mapping[str, Any]) -> str:
    """The command that gives every number again; Python code where it takes what is in no file.

    A folder that was named from the root is called by its name, so that no report tells where things lie on a machine.
    """
    place = str((PurePath(folder.name) if folder.is_absolute() else folder) / "study.toml")
    handed_over = {"data=frames": study["data"] == FRAMES, "strategies=[…]": bool(study.get("classes"))}
    words = [word for word, is_needed in handed_over.items() if is_needed]
    if words:
        return f"unlockstep.run({', '.join([repr(place), *words])})"
    return f"unlockstep run {shlex.quote(place)}"


def clock_sentences(data: DataResult, lag: Figure, fill: str) -> list[Words]:
    """The two clocks, the decision and the fill, in words; lag: sessions from the decision to the fill."""
    sentences: list[Words] = [
        CLOCK_WORDS.get(leg.clock, _ANOTHER).format(ticker=leg.ticker, exchange=exchange_words(leg.clock))
        for leg in data.clocks
    ]
    if [leg.clock for leg in data.clocks] == [AROUND_THE_CLOCK, US]:
        crypto, equity = data.pair
        sentences.append(
            f"So {crypto}'s bar is known 3 to 7 hours after {equity}'s close of the same label. The decision of "
            "session D is taken when both are known: D + 1, 00:00 UTC."
        )
    else:
        bars = "the bars of all legs" if data.further else "both bars"
        sentences.append(f"The decision of session D is taken when {bars} labelled D are known.")
    sentences.append(
        text(
            "Its orders fill {} later, at that session's {}. Moves between sessions, weekends among them, belong to "
            "the next session's return.",
            numbered(lag, "session"),
            fill,
        )
    )
    return [*sentences, *_dividend_sentences(data)]


def _dividend_sentences(data: DataResult) -> list[Words]:
    """Whether the legs' returns include dividends."""
    unknown = [leg.ticker for leg in data.clocks if leg.adjusted is None]
    without = [leg.ticker for leg in data.clocks if leg.adjusted is False]
    sentences: list[Words] = []
    if unknown:
        sentences.append(f"It is unknown whether prices of {' and '.join(unknown)} include dividends.")
    if without:
        sentences.append(f"Prices of {' and '.join(without)} leave dividends out, where any were paid.")
    return sentences or ["Prices are adjusted for dividends and splits, on fills and marks alike."]


def rates(result: RunResult | SweepResult) -> Text:
    """Borrow and cash rates, a year, in a sentence."""
    cash = result.data.cash
    borrow = percent(figure(result, lambda r: r.study["costs"]["borrow_rate"]))
    if cash is None:  # of a version that knew constants only
        return text(
            "Borrowing costs {} a year; cash earns {}.",
            borrow,
            percent(figure(result, lambda r: r.study["costs"]["cash_rate"])),
        )
    earned = percent(figure(cash, lambda c: c.annual))
    source = "" if cash.source in (CONSTANT, NOTHING) else f" on average: {cash.source}"
    return text(
        "Borrowing costs {} a year; cash earns {}{}. Sharpe ratios are of returns in excess of cash.",
        borrow,
        earned,
        source,
    )
