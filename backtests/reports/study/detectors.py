"""What the detectors say, and what is dated in hindsight: titles, tables, and a timeline with a strip for each."""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from unlockstep.backtests.reports.charts import lines
from unlockstep.backtests.reports.charts.figures import Figure, axis, layout, safe
from unlockstep.backtests.reports.text.format import MISSING, percent, ratio
from unlockstep.backtests.reports.text.small_table import SmallTable
from unlockstep.backtests.reports.text.wording import counted, listed

Result = dict[str, Any]

FEW = 3
"""Detectors of whose dates the title tells each."""

HINDSIGHT = "In hindsight: dated with later prices, which nobody had; no strategy may use it"

STRIP = 15


def detectors_view(result: Result) -> dict[str, Any] | None:
    """Title, tables and meanings; None for runs that kept no detectors."""
    detectors = result.get("detectors")
    if not detectors or not detectors.get("states"):
        return None
    return {
        "title": detectors_title(result),
        "table": states_table(detectors),
        "meanings": [(state["name"], state.get("meaning") or MISSING) for state in detectors["states"]],
        "hindsight": hindsight_table(detectors),
    }


def detectors_title(result: Result) -> str:
    """How many of the detectors say decoupled at the last session, and since when; "" for runs that kept none."""
    detectors = result.get("detectors") or {}
    states = detectors.get("states") or []
    if not states:
        return ""
    ready = [state for state in states if state["state"] != "unknown"]
    if not ready:
        return f"No detector has enough history to speak on {detectors['session']}"
    too_short = len(states) - len(ready)
    rest = f"; {too_short} more {'has' if too_short == 1 else 'have'} too little history" if too_short else ""
    apart = sorted((state for state in ready if state["state"] == "decoupled"), key=lambda state: state["since"] or "")
    if not apart:
        return f"{_silence(ready, detectors['session'])}{rest}"
    one = len(apart) == 1
    says = (
        f"{counted(len(apart), len(ready), 'detector')} {'says' if one else 'say'} decoupled on {detectors['session']}"
    )
    if len(apart) <= FEW:
        dates = listed([f"{state['name']} since {state['since'] or MISSING}" for state in apart])
    else:
        dates = (
            f"{apart[0]['name']} first, since {apart[0]['since']}, {apart[-1]['name']} last, since {apart[-1]['since']}"
        )
    return f"{says[:1].upper()}{says[1:]}: {dates}{rest}"


def _silence(ready: Sequence[Result], session: str) -> str:
    """That none says decoupled, and which was the last to."""
    back = max((state for state in ready if state.get("share_decoupled")), key=_since, default=None)
    if len(ready) == 1:
        last = f"; it went back to coupled on {back['since']}" if back else ", nor did it before"
        return f"{ready[0]['name']} does not say decoupled on {session}{last}"
    last = (
        f"; the last that did, {back['name']}, went back to coupled on {back['since']}" if back else ", or did before"
    )
    return f"None of {len(ready)} detectors says decoupled on {session}{last}"


def states_table(detectors: Result) -> SmallTable:
    """What each detector says, since when, how often it alarmed, and how often it does so by chance."""
    rows = [
        (
            state["name"],
            {"unknown": "too little history"}.get(state["state"], state["state"]),
            state.get("since") or MISSING,
            str(len(state.get("onsets") or ())),
            ratio(state.get("by_chance"), 1),
            (state.get("onsets") or [MISSING])[-1],
            percent(state.get("share_decoupled"), 0),
            percent(state.get("promise"), 0),
        )
        for state in detectors["states"]
    ]
    alarms = sum(len(state.get("onsets") or ()) for state in detectors["states"])
    note = (
        "Promise: share of years with a false alarm in simulated worlds whose correlation never changes. By chance: "
        "the years with a false alarm that this allows in the time that the detector could speak. Time "
        "apart: share of that time. All look at the same returns: several at once confirm less than they seem to, and "
        "some one of them errs more often."
    )
    return SmallTable(
        f"{len(rows)} detectors have given {alarms or 'no'} alarm{'' if alarms == 1 else 's'} so far",
        note,
        ("Detector", "Says now", "Since", "Alarms", "By chance", "Last", "Time apart", "Promise"),
        rows,
        words=(1, 2, 5),
    )


def hindsight_table(detectors: Result) -> SmallTable | None:
    """The stretches between the breaks that are dated in hindsight; None where nothing could be dated."""
    rows = [
        (_plain(entry["name"]), f"{part['first']} to {part['last']}", ratio(part.get("correlation"), signed=True))
        for entry in detectors.get("hindsight") or ()
        for part in entry.get("segments") or ()
    ]
    if not rows:
        return None
    promise = listed(sorted({percent(entry.get("promise"), 0) for entry in detectors["hindsight"]}))
    note = (
        f"{HINDSIGHT}. Where the correlation never changes a break is found in {promise} of samples. The dates have no "
        "interval."
    )
    return SmallTable(hindsight_title(detectors), note, ("By", "Stretch", "Correlation"), rows, words=(1,))


def hindsight_title(detectors: Result) -> str:
    """Which breaks are dated in hindsight, and whether the correlation rose or fell there."""
    dated = {
        entry["name"]: "; ".join(_changes(entry["breaks"], entry["segments"]))
        for entry in detectors.get("hindsight") or ()
        if entry.get("segments")
    }
    by: dict[str, list[str]] = {}
    for name, changes in dated.items():
        by.setdefault(changes, []).append(_plain(name))
    return "In hindsight: " + "; ".join(
        f"{changes or 'no break'} (by {listed(names)})" for changes, names in by.items()
    )


def timeline(result: Result, signals: pd.DataFrame, *, synthetic: bool) -> Figure | None:
    """A strip for each detector, shaded while it says decoupled, its alarms marked; below, the segments in hindsight.

    None where no detector has a value.
    """
    detectors = result.get("detectors") or {}
    strips = [entry for entry in detectors.get("states") or () if _speaks(signals, entry["label"])]
    if not strips:
        return None
    dated = [entry for entry in detectors.get("hindsight") or () if entry.get("segments")]
    top = len(strips) + len(dated) + (1.3 if dated else 0.0)
    heights = [top - i for i in range(len(strips))]
    lower = [len(dated) - i for i in range(len(dated))]
    data: list[dict[str, Any]] = []
    for entry, y in zip(strips, heights, strict=True):
        data += _strip(entry, signals[entry["label"]], y)
    for entry, y in zip(dated, lower, strict=True):
        data += _segments(entry, y)
    notes = []
    if dated:
        notes = [
            {
                "text": "In hindsight, with later prices:<br>no strategy may use it", "xref": "paper", "x": 0,
                "xanchor": "left", "y": len(dated) + 1.1,
                "showarrow": False, "align": "left", "font": {"size": 12, "color": "@equity"},
            }
        ]  # fmt: skip
    dates = lines.days(signals.index)
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
                *(safe(entry["name"]) for entry in strips),
                *(f"{safe(_plain(entry['name']))}*" for entry in dated),
            ],
            showgrid=False,
            zeroline=False,
            fixedrange=True,
        ),
    )
    return {"data": data, "layout": frame, "series": []}


def _strip(state: Result, states: pd.Series, y: float) -> Iterator[dict[str, Any]]:
    """The stretch over which a detector can speak, those over which it says decoupled, and its alarms."""
    dates, name = lines.days(states.index), safe(state["name"])
    yield _bars(lines.spans(states.notna().astype(float)), dates, y, "@grid", f"{name} can speak")
    yield _bars(lines.spans(states), dates, y, "@equity", f"{name}: decoupled")
    alarms = state.get("onsets") or []
    yield {
        "type": "scatter", "mode": "markers", "x": alarms, "y": [y + 0.36] * len(alarms),
        "marker": {"symbol": "triangle-down", "size": 9, "color": "@ink"},
        "hovertemplate": f"{name}: alarm on %{{x}}<extra></extra>",
    }  # fmt: skip


def _bars(spans: Sequence[tuple[str, str]], dates: Sequence[str], y: float, color: str, label: str) -> dict[str, Any]:
    """Spans as thick lines, each up to the session after its last, so that one session is seen as well."""
    after = dict(zip(dates, [*dates[1:], dates[-1]], strict=True))
    xs: list[str | None] = []
    texts: list[str] = []
    for first, last in spans:
        xs += [first, after[last], None]
        texts += [f"{label}, {first} to {last}"] * 2 + [""]
    return {
        "type": "scatter", "mode": "lines", "x": xs, "y": [None if x is None else y for x in xs],
        "line": {"color": color, "width": STRIP}, "text": texts, "hovertemplate": "%{text}<extra></extra>",
    }  # fmt: skip


def _segments(entry: Result, y: float) -> Iterator[dict[str, Any]]:
    """The segments of one test in hindsight with their correlations, and the breaks between them."""
    name = safe(_plain(entry["name"]))
    for part in entry["segments"]:
        first, last = (pd.Timestamp(str(part[end])) for end in ("first", "last"))
        middle = first + (last - first) / 2
        written = ratio(part.get("correlation"), signed=True)
        yield {
            "type": "scatter", "mode": "lines+text", "x": [part["first"], str(middle.date()), part["last"]],
            "y": [y] * 3, "line": {"color": "@fan", "width": STRIP + 5}, "text": ["", written, ""],
            "textfont": {"size": 12, "color": "@ink"},
            "hovertemplate": f"in hindsight, {name}: {written}, {part['first']} to {part['last']}<extra></extra>",
        }  # fmt: skip
    yield {
        "type": "scatter", "mode": "markers", "x": entry["breaks"], "y": [y] * len(entry["breaks"]),
        "marker": {"symbol": "line-ns", "size": 22, "line": {"width": 3, "color": "@equity"}},
        "hovertemplate": f"in hindsight, {name}: break on %{{x}}<extra></extra>",
    }  # fmt: skip


def _changes(breaks: Sequence[str], segments: Sequence[Result]) -> Iterator[str]:
    """Each break with the correlations before and after it."""
    for day, before, after in zip(breaks, segments, segments[1:], strict=False):
        then, now = before.get("correlation"), after.get("correlation")
        word = "break" if then is None or now is None else "rise" if now > then else "fall"
        yield f"a {word} on {day}, from {ratio(then, signed=True)} to {ratio(now, signed=True)}"


def _speaks(signals: pd.DataFrame, label: str) -> bool:
    return label in signals and bool(signals[label].notna().any())


def _since(state: Result) -> str:
    return str(state.get("since") or "")


def _plain(name: str) -> str:
    """The name of a test in hindsight without the word, which stands beside it: "constancy"."""
    return name.removesuffix("_hindsight")
