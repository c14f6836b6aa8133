"""What the page of a study of events shows, section by section; its tables serve the terminal and Markdown too."""

from collections.abc import Sequence
from dataclasses import dataclass

from unlockstep.backtests.reports.charts.fan import fan_figure
from unlockstep.backtests.reports.charts.style import Chart
from unlockstep.backtests.reports.study.provenance import Fact, price_facts, price_warnings
from unlockstep.backtests.reports.text.figure import Figure, Text, Words, figure, figures, sentence, text
from unlockstep.backtests.reports.text.format import (
    MISSING,
    count,
    interval_text,
    p_value,
    percent,
    ratio,
    sentence_text,
)
from unlockstep.backtests.reports.text.small_table import SmallTable
from unlockstep.backtests.reports.text.wording import numbered
from unlockstep.backtests.results.model.events import (
    BreakEvents,
    EffectRow,
    EventKind,
    EventMethod,
    EventResult,
    EventSignal,
    EventStudy,
    Series,
)
from unlockstep.backtests.results.model.pair import Evaluated

Pair = Sequence[str]

HEADLINE = 60
"""Sessions of which the charts' titles speak: those of statement S4."""

HEADINGS: dict[EventKind, str] = {
    "break": "Breaks: coupled, then decoupled",
    "recoupling": "Recouplings: decoupled, then coupled",
}
SERIES: tuple[Series, ...] = ("crypto", "equity", "spread")
TOO_FEW = "too few"
CHART_NOTES: dict[Series, str] = {
    "crypto": "Price over that at the first tradable close, log scale.",
    "equity": "Price over that at the first tradable close, log scale.",
    "spread": "Log move from the first tradable close.",
}


@dataclass(frozen=True)
class KindView:
    """The section on one kind of event; charts: name, title and note of each."""

    name: EventKind
    heading: str
    lede: Text
    charts: list[tuple[str, Words, str]]
    table: SmallTable


@dataclass(frozen=True)
class EventsView:
    """What the template of the page reads; tiles: label, number and what stands under it; figures: charts by name."""

    pair: tuple[str, str]
    synthetic: bool
    finding: Text
    signal: EventSignal
    window: Evaluated
    tiles: list[tuple[str, Words, Words]]
    kinds: list[KindView]
    family: Words
    events: SmallTable
    first_close: str
    spread_words: str
    method: EventMethod
    facts: list[Fact]
    notes: tuple[str, ...]
    warnings: list[str]
    versions: list[tuple[str, str]]
    figures: dict[str, Chart]


def events_view(study: EventStudy) -> EventsView:
    """The page of a study of events."""
    synthetic, pair = study.data.synthetic, study.data.pair
    return EventsView(
        pair=pair,
        synthetic=synthetic,
        finding=sentence_text(sentence(study, lambda s: s.finding)),
        signal=study.signal,
        window=study.data.evaluated,
        tiles=_tiles(study),
        kinds=[
            KindView(kind, heading, _lede(study, kind), charts_of(study, pair, kind), effects_table(study, pair, kind))
            for kind, heading in HEADINGS.items()
        ],
        family=family_sentence(study),
        events=events_table(study, pair),
        first_close=first_close(study.method),
        spread_words=spread_words(pair),
        method=study.method,
        facts=[*price_facts(study.data), Fact("State", study.signal.label), Fact("Beta", study.method.beta)],
        notes=study.data.notes,
        warnings=price_warnings(study.data.notes),
        versions=list(study.environment.items()),
        figures={
            f"{kind}_{series}": fan_figure(study, kind, series, synthetic=synthetic)
            for kind in HEADINGS
            for series in SERIES
        },
    )


def charts_of(
    events: BreakEvents, pair: Pair, kind: EventKind, drawn: Sequence[Series] = SERIES
) -> list[tuple[str, Words, str]]:
    """Name, title and note of the chart of each series after the events of a kind."""
    return [(f"{kind}_{series}", panel_title(events, pair, kind, series), CHART_NOTES[series]) for series in drawn]


def series_name(series: Series, pair: Pair) -> str:
    """A leg's ticker, or "spread"."""
    return {"crypto": pair[0], "equity": pair[1], "spread": "spread"}[series]


def spread_words(pair: Pair) -> str:
    """What the spread is."""
    return f"the log move of {pair[0]} less beta times that of {pair[1]}, with the beta known at the event"


def first_close(method: EventMethod) -> str:
    """From when moves are counted."""
    lag, last = method.lag, method.last
    return (
        f"An event of session D is known when both bars of D are complete (that of {last.session} at "
        f"{last.known_at}); its moves run from the close of D + {lag} to the close of D + {lag} + h (lag {lag}, as "
        "in the engine)."
    )


def sessions_of(events: BreakEvents, kind: EventKind) -> list[str]:
    """The sessions of the events of a kind that the sample holds."""
    return [event.session for event in events.events if event.kind == kind]


def row_of(events: BreakEvents, kind: EventKind, series: Series, horizon: int) -> EffectRow:
    """One row of the table."""
    return next(row for row in events.table if (row.kind, row.series, row.horizon) == (kind, series, horizon))


def panel_title(events: BreakEvents, pair: Pair, kind: EventKind, series: Series) -> Words:
    """A chart's finding: what followed over 60 sessions, at any time, and what that is worth."""
    row = row_of(events, kind, series, HEADLINE)
    name = "the spread" if series == "spread" else series_name(series, pair)
    if not row.events:
        return f"{name}: no {kind} of which {HEADLINE} sessions have passed; the fan shows any time"
    number = numbered(figure(row, lambda r: r.episodes), "episode")
    worths: dict[str, Words] = {
        TOO_FEW: text("{} {} nothing", number, "decides" if row.episodes == 1 else "decide"),
        "": "a difference within the reach of chance",
        "higher": "higher by more than chance brings, were this the only figure",
        "lower": "lower by more than chance brings, were this the only figure",
    }
    return text(
        "After {} {} {} in {} sessions, against {} at any time: {}",
        numbered(figure(row, lambda r: r.events), kind), name, _moved(row), HEADLINE, _usual(row), worths[read_as(row)],
    )  # fmt: skip


def _moved(row: EffectRow) -> Text:
    x = figure(row, lambda r: r.after_compounded)
    if x.value is None:
        return text("moved by {} (log)", ratio(figure(row, lambda r: r.after), 2, True))
    return text("{} {}, compounded,", "lost" if x.value < 0 else "gained", percent(abs(x), 0))


def _usual(row: EffectRow) -> Text:
    x = figure(row, lambda r: r.always_compounded)
    return ratio(figure(row, lambda r: r.always), 2, True) if x.value is None else percent(x, 0, signed=True)


def read_as(row: EffectRow) -> str:
    """How a row reads, by itself: "too few" episodes, "higher", "lower", or "" where chance is not left out."""
    return row.side if row.decides else TOO_FEW


def _log(x: Figure) -> Text:
    return ratio(x, 3, True)


def effect_cells(row: EffectRow, pair: Pair) -> tuple[Words, ...]:
    """Series, sessions, episodes, mean after, mean at any time, difference, its interval, p, how it reads."""
    return (
        series_name(row.series, pair),
        str(row.horizon),
        str(row.episodes),
        _log(figure(row, lambda r: r.after)),
        _log(figure(row, lambda r: r.always)),
        _log(figure(row, lambda r: r.estimate)),
        interval_text(figures(row, lambda r: r.ci), _log),
        p_value(figure(row, lambda r: r.p)),
        read_as(row),
    )


def effects_table(events: BreakEvents, pair: Pair, kind: EventKind) -> SmallTable:
    """All series and horizons of one kind of event."""
    rows = []
    for row in (row for row in events.table if row.kind == kind):
        name, horizon, episodes, after, always, difference, bounds, p, reads = effect_cells(row, pair)
        n = str(row.events) + (f" ({row.unfinished} not over)" if row.unfinished else "")
        rows.append(
            (
                name, horizon, n, episodes, after, percent(figure(row, lambda r: r.after_compounded), 1, True), always,
                percent(figure(row, lambda r: r.always_compounded), 1, True), difference, bounds, p,
                reads or MISSING,
            )
        )  # fmt: skip
    return SmallTable(
        f"What followed {numbered(len(sessions_of(events, kind)), kind)}, against any session of the sample",
        text(
            "Mean log moves, and what they compound to. Episodes: events whose windows share no session; fewer than "
            "{} decide nothing and read “{}”. {}",
            events.method.min_episodes, TOO_FEW, reads_sentence(events.method),
        ),
        ("Series", "Sessions", "Events", "Episodes", "After", "%", "Any time", "%", "Difference", "95 % interval", "p",
         "Reads"),
        rows,
        words=(11,),
    )  # fmt: skip


def events_table(events: BreakEvents, pair: Pair) -> SmallTable:
    """Every event with its dates and what followed over 20, 60 and 120 sessions."""
    shown = {h: i for i, h in enumerate(events.method.horizons) if h >= 20}
    heads = [f"{series_name(series, pair)}, {h}" for series in SERIES for h in shown]
    rows: list[tuple[Words, ...]] = [
        (
            event.session,
            event.kind,
            event.known_at,
            event.tradable or MISSING,
            ratio(figure(event, lambda e: e.beta)),
            *(_move(event, series, i) for series in SERIES for i in shown.values()),
        )
        for event in events.events
    ]
    return SmallTable(
        "Every event, and the log moves that followed it",
        "A dash: the prices end before the window does.",
        ("Session", "Event", "Known at", "First tradable close", "Beta", *heads),
        rows,
        words=(1,),
    )


def _move(event: EventResult, series: Series, horizon: int) -> Text:
    """What followed an event in one series, over the horizon of that number."""
    return _log(figure(event, lambda e: e.moves[series][horizon]))


def reading(study: EventStudy) -> list[str]:
    """How to read the tables, in sentences."""
    fewest = study.method.min_episodes
    sentences = (
        f"Mean log moves over h sessions. {first_close(study.method)}",
        f"E: episodes, events whose windows share no session; fewer than {fewest} decide nothing ({TOO_FEW}). "
        "Interval of the difference: Student's over episodes. p: the same events moved to every other date.",
        reads_sentence(study.method),
        f"Spread: {spread_words(study.data.pair)}; in logs, and no account's return.",
        family_sentence(study),
        left_out_sentence(study),
        unfinished_sentence(study),
    )
    return [str(words) for words in sentences if words]


def reads_sentence(method: EventMethod) -> Text:
    """What "higher" and "lower" say, and what they do not."""
    return text(
        "“Higher”, “lower”: the interval leaves zero out and p is at most {}, of this figure by itself; what all "
        "figures together say is the headline.",
        ratio(figure(method, lambda m: m.size)),
    )


def family_sentence(study: EventStudy) -> Words:
    """What looking at so many figures does to the smallest p."""
    family, fewest = study.family, study.method.min_episodes
    if not family.looks:
        return f"No figure rests on {fewest} or more episodes, so none decides anything."
    return text(
        "{} rest on {} or more episodes. The smallest p among them is {}; the probability that random dates bring one "
        "as small is {}.",
        numbered(figure(family, lambda f: f.looks), "figure"),
        fewest,
        p_value(figure(family, lambda f: f.smallest_p)),
        p_value(figure(family, lambda f: f.p)),
    )


def left_out_sentence(study: EventStudy) -> str:
    """How many events came before a beta was known; "" for none."""
    counts = [numbered(n, kind) for kind, n in study.left_out.items() if n]
    return f"Left out, because no beta was known yet: {' and '.join(counts)}." if counts else ""


def unfinished_sentence(events: BreakEvents) -> str:
    """How many windows the prices end before; "" for none."""
    windows = [
        f"{numbered(row.unfinished, row.kind)} at h = {row.horizon}"
        for row in events.table
        if row.series == "crypto" and row.unfinished
    ]
    return f"Windows not over yet: {', '.join(windows)}." if windows else ""


def _tiles(study: EventStudy) -> list[tuple[str, Words, Words]]:
    """Label, number and what stands under it."""
    family, fewest = study.family, study.method.min_episodes
    breaks, recouplings = sessions_of(study, "break"), sessions_of(study, "recoupling")
    looks = numbered(figure(family, lambda f: f.looks), "figure")
    return [
        ("Breaks", str(len(breaks)), _span(breaks)),
        ("Recouplings", str(len(recouplings)), _span(recouplings)),
        ("State now", study.signal.now, f"at {study.data.last}, by {study.signal.name}"),
        (
            "Smallest p, all counted",
            p_value(figure(family, lambda f: f.p)),
            text("of {} on {} or more episodes", looks, fewest)
            if family.looks
            else f"no figure rests on {fewest} or more episodes",
        ),
    ]


def _span(sessions: Sequence[str]) -> str:
    """The first and the last of some sessions."""
    if not sessions:
        return "none in the sample"
    return sessions[0] if len(sessions) == 1 else f"{sessions[0]} to {sessions[-1]}"


def _lede(study: EventStudy, kind: EventKind) -> Text:
    last = row_of(study, kind, "crypto", study.method.horizons[-1])
    n = count(figure(study.data.evaluated, lambda e: e.sessions))
    lede = text("{} in {} sessions.", numbered(len(sessions_of(study, kind)), kind), n)
    if last.unfinished:
        paths = numbered(figure(last, lambda r: r.unfinished), "path")
        lede += text(" {} {} with the prices.", paths, "ends" if last.unfinished == 1 else "end")
    return lede
