"""The published figures: a table, how each was recomputed, and the figures that this project has recorded."""

from unlockstep.backtests.reports.replicate.chart import CHART_NOTE, published_chart
from unlockstep.backtests.reports.replicate.view import (
    Part,
    ReplicationView,
    describe_sources,
    mains,
    rate,
    unique,
    window,
    written,
)
from unlockstep.backtests.reports.text.figure import Words, figure, sentence, text
from unlockstep.backtests.reports.text.format import MISSING, ratio, sentence_text, typographic
from unlockstep.backtests.reports.text.small_table import SmallTable
from unlockstep.backtests.results.model.replication import (
    KindResult,
    ReadsAs,
    Recomputed,
    RecordedFigure,
    ReplicatedClaim,
    Replication,
)
from unlockstep.backtests.results.published_figures import Published

READS_AS: dict[ReadsAs, str] = {
    "returns": "agrees as returns",
    "levels": "agrees as levels",
    "neither": "does not agree",
    "no figure": "no figure published",
    "missing": "prices missing",
}

CHECKED = {
    "the source": "the source was read",
    "the abstract": "the abstract was read",
    "a report": "a report of it was read, not the source",
    "a list": "taken from a list, neither the source nor a report of it was read",
}

RECORDED = (
    "“Recorded” figures were computed by this project from prices of its own and published by nobody else: meeting "
    "them shows that these prices are alike, and confirms no claim."
)


def catalogue_view(result: Replication) -> ReplicationView:
    """The view of all published figures."""
    return ReplicationView(
        title="Published correlations, recomputed",
        finding=sentence_text(sentence(result, lambda r: r.finding)),
        sources=describe_sources(result.data),
        warnings=tuple(map(typographic, result.data.notes)),
        tables=(claims_table(result), _years(result), _month_ends(result)),
        charts=(("published", "Published beside recomputed", CHART_NOTE),),
        figures={"published": published_chart(result)},
        parts_title="How each was recomputed",
        parts=tuple(_part(number, claim) for number, claim in enumerate(result.claims, 1)),
        missing=_missing(result),
    )


def claims_table(result: Replication) -> SmallTable:
    """A row a claim: what, published, as returns, as levels, as what it agrees."""
    rows = [
        (
            claim.claim,
            published_figure(claim),
            mains(claim.returns),
            mains(claim.levels),
            reads_as(claim),
        )
        for claim in result.claims
    ]
    note = (
        "Returns, levels: the main reading, on the day published, with the window in sessions and in days where the "
        "source leaves that open. Whether a figure agrees hangs on all readings: how many, stands below."
    )
    heads = ("Claim", "Published", "Returns", "Levels", "")
    return SmallTable("Published beside recomputed", note, heads, rows, words=(4,))


def published_figure(claim: ReplicatedClaim) -> Words:
    """What was published, which knows its place: "above 0.65"; a dash where no figure was."""
    published = claim.published
    if published is None:
        return MISSING
    word = "" if published.relation in ("prints", "within") else f"{published.relation} "
    value = ratio(figure(claim, lambda c: c.published.value if c.published else None), published.digits)
    if published.upper is None:
        return text("{}{}", word, value)
    upper = ratio(figure(claim, lambda c: c.published.upper if c.published else None), published.digits)
    return text("{} to {}", value, upper)


def reads_as(claim: ReplicatedClaim) -> str:
    """As what a claim agrees, in words."""
    nearer = {"returns": ", nearer to returns", "levels": ", nearer to levels", None: ""}[claim.nearer]
    return READS_AS[claim.reads_as] + nearer


def _part(number: int, claim: ReplicatedClaim) -> Part:
    facts = [
        ("published", written(claim.published)),
        ("source", f"{claim.source} ({claim.citation}); {CHECKED[claim.checked]}"),
        ("its method", claim.method),
    ]
    if claim.returns is None or claim.levels is None:
        needs = claim.needs
        facts.append(("needs", f"{' and '.join(needs.tickers)}, {needs.first} to {needs.last}"))
    else:
        facts += [(f"main, {each.kind}", _all_written(each.main)) for each in (claim.returns, claim.levels)]
        if claim.published is not None:
            facts += [(f"closest, {each.kind}", _closest(each)) for each in (claim.returns, claim.levels)]
    facts += [("stands in", claim.stand_in)] if claim.stand_in else []
    facts.append(("finding", typographic(claim.finding)))
    facts += [("missing", " ".join(claim.missing))] if claim.missing else []
    return Part(f"{number}. {claim.claim}", tuple(facts))


def _closest(result: KindResult) -> str:
    return MISSING if result.closest is None else _reading(result.closest)


def _all_written(each: tuple[Recomputed, ...]) -> str:
    return "; ".join(map(_reading, each)) or MISSING


def _reading(reading: Recomputed) -> str:
    false = "" if reading.false_decoupling is None else f", false decoupling {rate(reading)}"
    return (
        f"{ratio(reading.value, 3)} ({reading.convention}, {'/'.join(reading.pair)}, {window(reading)}, "
        f"{reading.first} to {reading.last}{false})"
    )


def _years(result: Replication) -> SmallTable:
    years = result.years
    rows = [
        (
            str(row.year),
            str(row.returns.main.observations) if row.returns.main else MISSING,
            written(row.returns.recorded),
            *_values(row.returns),
            _agrees(row.returns.main, row.returns.recorded),
        )
        for row in years.rows
    ]
    heads = ("Year", "Sessions", "Recorded", "Recomputed", f"On {years.index}", "")
    title = f"Correlation of daily log returns by calendar year, {'/'.join(years.pair)}"
    return SmallTable(title, RECORDED, heads, rows, words=(5,))


def _month_ends(result: Replication) -> SmallTable:
    ends = result.month_ends
    rows = [
        (
            row.session,
            *(cell for each in (row.returns, row.levels) for cell in _beside(each)),
            "; ".join(dict.fromkeys(_agrees(each.main, each.recorded) for each in (row.returns, row.levels))),
        )
        for row in ends.rows
    ]
    on = f"On {ends.index}"
    heads = ("Session", "Returns", "Recorded", on, "Levels", "Recorded", on, "")
    title = f"Log returns against price levels, 90 sessions, {'/'.join(ends.pair)}, 2025"
    return SmallTable(title, RECORDED, heads, rows, words=(7,))


def _beside(row: RecordedFigure) -> tuple[Words, Words, Words]:
    value, index = _values(row)
    return value, written(row.recorded), index


def _values(row: RecordedFigure) -> tuple[Words, Words]:
    return _value(row.main), _value(row.index)


def _value(reading: Recomputed | None) -> Words:
    return MISSING if reading is None else ratio(figure(reading, lambda r: r.value), 3)


def _agrees(main: Recomputed | None, recorded: Published) -> str:
    if main is None:
        return "missing"
    return "agrees" if main.agrees else f"differs by {ratio(main.value - recorded.value, 3, signed=True)}"


def _missing(result: Replication) -> tuple[str, ...]:
    return unique(
        [
            *((f"claim {number}", claim.missing) for number, claim in enumerate(result.claims, 1)),
            *((str(row.year), row.returns.missing) for row in result.years.rows),
            *((row.session, each.missing) for row in result.month_ends.rows for each in (row.returns, row.levels)),
        ]
    )
