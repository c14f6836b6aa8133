"""What the detectors say, and what is dated in hindsight: titles, tables, and a timeline with a strip for each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from unlockstep.backtests.reports.charts import lines
from unlockstep.backtests.reports.charts.style import Chart, Plotly, axis, layout, safe
from unlockstep.backtests.reports.text.figure import Text, Words, figure, joined, text
from unlockstep.backtests.reports.text.format import MISSING, percent, ratio
from unlockstep.backtests.reports.text.small_table import SmallTable
from unlockstep.backtests.reports.text.wording import counted, listed
from unlockstep.backtests.results.model.pair import DetectorResult, DetectorsResult, HindsightResult, Segment, Spell

FEW = 3
"""Detectors of whose dates the title tells each."""

HINDSIGHT = "In hindsight: dated with later prices, which nobody had; no strategy may use it"

STRIP = 15


@dataclass(frozen=True)
class DetectorsView:
    """What the detectors say; meanings: name and meaning of each."""

    title: str
    table: SmallTable
    meanings: list[tuple[str, str]]
    hindsight: SmallTable | None


def detectors_view(detectors: DetectorsResult) -> DetectorsView:
    """Title, tables and meanings."""
    return DetectorsView(
        title=detectors_title(detectors),
        table=states_table(detectors),
        meanings=[(state.name, state.meaning) for state in detectors.states],
        hindsight=hindsight_table(detectors.hindsight),
    )


def detectors_title(detectors: DetectorsResult) -> str:
    """How many of the detectors say decoupled at the last session, and since when."""
    session, ready = detectors.session, [state for state in detectors.states if state.state != "unknown"]
    if not ready:
        return f"No detector has enough history to speak on {session}"
    too_short = len(detectors.states) - len(ready)
    rest = f"; {too_short} more {'has' if too_short == 1 else 'have'} too little history" if too_short else ""
    apart = sorted((state for state in ready if state.state == "decoupled"), key=_since)
    if not apart:
        return f"{_silence(ready, session)}{rest}"
    one = len(apart) == 1
    says = f"{counted(len(apart), len(ready), 'detector')} {'says' if one else 'say'} decoupled on {session}"
    if len(apart) <= FEW:
        dates = listed([f"{state.name} since {state.since or MISSING}" for state in apart])
    else:
        first, last = apart[0], apart[-1]
        dates = f"{first.name} first, since {first.since}, {last.name} last, since {last.since}"
    return f"{says[:1].upper()}{says[1:]}: {dates}{rest}"


def _silence(ready: Sequence[DetectorResult], session: str) -> str:
    """That none says decoupled, and which was the last to."""
    back = max((state for state in ready if state.share_decoupled), key=_since, default=None)
    if len(ready) == 1:
        last = f"; it went back to coupled on {back.since}" if back else ", nor did it before"
        return f"{ready[0].name} does not say decoupled on {session}{last}"
    last = f"; the last that did, {back.name}, went back to coupled on {back.since}" if back else ", or did before"
    return f"None of {len(ready)} detectors says decoupled on {session}{last}"


def states_table(detectors: DetectorsResult) -> SmallTable:
    """What each detector says, since when, how often it alarmed, and how often it does so by chance."""
    rows: list[tuple[Words, ...]] = [
        (
            state.name,
            "too little history" if state.state == "unknown" else state.state,
            state.since or MISSING,
            str(len(state.onsets)),
            ratio(figure(state, lambda s: s.by_chance), 1),
            state.onsets[-1] if state.onsets else MISSING,
            percent(figure(state, lambda s: s.share_decoupled), 0),
            percent(figure(state, lambda s: s.promise), 0),
        )
        for state in detectors.states
    ]
    alarms = sum(len(state.onsets) for state in detectors.states)
    note: Words = (
        "Promise: share of years with a false alarm in simulated worlds whose correlation never changes. By chance: "
        "the years with a false alarm that this allows in the time that the detector could speak. Time "
        "apart: share of that time. All look at the same returns: several at once confirm less than they seem to, and "
        "some one of them errs more often."
    )
    note = text("{}{}", note, worst_sentence(detectors.states))
    return SmallTable(
        f"{len(rows)} detectors have given {alarms or 'no'} alarm{'' if alarms == 1 else 's'} so far",
        note,
        ("Detector", "Says now", "Since", "Alarms", "By chance", "Last", "Time apart", "Promise"),
        rows,
        words=(1, 2, 5),
    )


def worst_sentence(entries: Sequence[DetectorResult | HindsightResult]) -> Text:
    """How often each erred in the worlds worst for it; "" for runs that kept no such figure."""
    measured = [
        text("{} {} ({})", _plain(each.name), percent(figure(each, lambda e: e.worst), 0), each.worst_in)
        for each in entries
        if each.worst is not None
    ]
    return text(" Other worlds bring more; the worst measured: {}.", listed(measured)) if measured else text("")


def hindsight_table(tests: Sequence[HindsightResult]) -> SmallTable | None:
    """The stretches between the breaks that are dated in hindsight; None where nothing could be dated."""
    rows: list[tuple[Words, ...]] = [
        (_plain(test.name), f"{part.first} to {part.last}", _correlation(part))
        for test in tests
        for part in test.segments
    ]
    if not rows:
        return None
    promises = {str(promise): promise for promise in (percent(figure(test, lambda t: t.promise), 0) for test in tests)}
    note = text(
        "{}. Where the correlation never changes a break is found in {} of samples.{} The dates have no interval.",
        HINDSIGHT,
        listed([promises[written] for written in sorted(promises)]),
        worst_sentence(tests),
    )
    return SmallTable(hindsight_title(tests), note, ("By", "Stretch", "Correlation"), rows, words=(1,))


def hindsight_title(tests: Sequence[HindsightResult]) -> Text:
    """Which breaks are dated in hindsight, and whether the correlation rose or fell there."""
    names: dict[str, list[str]] = {}
    changes: dict[str, Text] = {}
    for test in tests:
        if test.segments:
            dated = joined("; ", _changes(test))
            changes.setdefault(str(dated), dated)
            names.setdefault(str(dated), []).append(_plain(test.name))
    clauses = (text("{} (by {})", changes[key] or "no break", listed(by)) for key, by in names.items())
    return "In hindsight: " + joined("; ", clauses)


def timeline(detectors: DetectorsResult, sessions: pd.DatetimeIndex, *, synthetic: bool) -> Chart | None:
    """A strip for each detector, shaded while it says decoupled, its alarms marked; below, the segments in hindsight.

    sessions: those of the market. None where no detector has a value.
    """
    strips = [state for state in detectors.states if state.known]
    if not strips:
        return None
    dated = [test for test in detectors.hindsight if test.segments]
    top = len(strips) + len(dated) + (1.3 if dated else 0.0)
    heights = [top - i for i in range(len(strips))]
    lower = [len(dated) - i for i in range(len(dated))]
    dates = lines.days(sessions)
    data: list[Plotly] = []
    for state, y in zip(strips, heights, strict=True):
        data += _strip(state, dates, y)
    for test, y in zip(dated, lower, strict=True):
        data += _segments(test, y)
    notes = []
    if dated:
        notes = [
            {
                "text": "In hindsight, with later prices:<br>no strategy may use it", "xref": "paper", "x": 0,
                "xanchor": "left", "y": len(dated) + 1.1,
                "showarrow": False, "align": "left", "font": {"size": 12, "color": "@equity"},
            }
        ]  # fmt: skip
    frame = layout(
        synthetic=synthetic,
        annotations=notes,
        hovermode="closest",
        xaxis=axis("", type="date", hoverformat="%Y-%m-%d", range=[dates[0], dates[-1]]),
        yaxis=axis(
            "",
            range=[0.35, top + 0.65],
            tickvals=[*heights, *lower],
            ticktext=[
                *(safe(state.name) for state in strips),
                *(f"{safe(_plain(test.name))}*" for test in dated),
            ],
            showgrid=False,
            zeroline=False,
            fixedrange=True,
        ),
    )
    return {"data": data, "layout": frame, "series": []}


def _strip(state: DetectorResult, dates: Sequence[str], y: float) -> Iterator[Plotly]:
    """The stretches over which a detector can speak, those over which it says decoupled, and its alarms."""
    name = safe(state.name)
    yield _bars(state.known, dates, y, "@grid", f"{name} can speak")
    yield _bars(state.decoupled, dates, y, "@equity", f"{name}: decoupled")
    yield {
        "type": "scatter", "mode": "markers", "x": state.onsets, "y": [y + 0.36] * len(state.onsets),
        "marker": {"symbol": "triangle-down", "size": 9, "color": "@ink"},
        "hovertemplate": f"{name}: alarm on %{{x}}<extra></extra>",
    }  # fmt: skip


def _bars(spells: Sequence[Spell], dates: Sequence[str], y: float, color: str, label: str) -> Plotly:
    """Spells as thick lines, each up to the session after its last, so that one session is seen as well."""
    after = dict(zip(dates, [*dates[1:], dates[-1]], strict=True))
    xs: list[str | None] = []
    texts: list[str] = []
    for spell in spells:
        xs += [spell.first, after[spell.last], None]
        texts += [f"{label}, {spell.first} to {spell.last}"] * 2 + [""]
    return {
        "type": "scatter", "mode": "lines", "x": xs, "y": [None if x is None else y for x in xs],
        "line": {"color": color, "width": STRIP}, "text": texts, "hovertemplate": "%{text}<extra></extra>",
    }  # fmt: skip


def _segments(test: HindsightResult, y: float) -> Iterator[Plotly]:
    """The segments of one test in hindsight with their correlations, and the breaks between them."""
    name = safe(_plain(test.name))
    for part in test.segments:
        first, last = (pd.Timestamp(day) for day in (part.first, part.last))
        middle = first + (last - first) / 2
        written = str(_correlation(part))
        yield {
            "type": "scatter", "mode": "lines+text", "x": [part.first, str(middle.date()), part.last],
            "y": [y] * 3, "line": {"color": "@fan", "width": STRIP + 5}, "text": ["", written, ""],
            "textfont": {"size": 12, "color": "@ink"},
            "hovertemplate": f"in hindsight, {name}: {written}, {part.first} to {part.last}<extra></extra>",
        }  # fmt: skip
    yield {
        "type": "scatter", "mode": "markers", "x": test.breaks, "y": [y] * len(test.breaks),
        "marker": {"symbol": "line-ns", "size": 22, "line": {"width": 3, "color": "@equity"}},
        "hovertemplate": f"in hindsight, {name}: break on %{{x}}<extra></extra>",
    }  # fmt: skip


def _changes(test: HindsightResult) -> Iterator[Text]:
    """Each break with the correlations before and after it."""
    for day, before, after in zip(test.breaks, test.segments, test.segments[1:], strict=False):
        then, now = before.correlation, after.correlation
        word = "break" if then is None or now is None else "rise" if now > then else "fall"
        yield text("a {} on {}, from {} to {}", word, day, _correlation(before), _correlation(after))


def _correlation(part: Segment) -> Text:
    return ratio(figure(part, lambda p: p.correlation), signed=True)


def _since(state: DetectorResult) -> str:
    return state.since or ""


def _plain(name: str) -> str:
    """The name of a test in hindsight without the word, which stands beside it: "constancy"."""
    return name.removesuffix("_hindsight")
