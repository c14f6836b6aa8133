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
    found = result.get("detectors")
    if not found or not found.get("states"):
        return None
    return {
        "title": detectors_title(result),
        "table": states_table(found),
        "meanings": [(told["name"], told.get("meaning") or MISSING) for told in found["states"]],
        "hindsight": hindsight_table(found),
    }


def detectors_title(result: Result) -> str:
    """How many of the detectors say decoupled at the last session, and since when; "" for runs that kept none."""
    found = result.get("detectors") or {}
    states = found.get("states") or []
    if not states:
        return ""
    known = [told for told in states if told["state"] != "unknown"]
    if not known:
        return f"No detector has enough history to speak on {found['session']}"
    silent = len(states) - len(known)
    rest = f"; {silent} more {'has' if silent == 1 else 'have'} too little history" if silent else ""
    apart = sorted((told for told in known if told["state"] == "decoupled"), key=lambda told: told["since"] or "")
    if not apart:
        return f"{_silence(known, found['session'])}{rest}"
    one = len(apart) == 1
    says = f"{counted(len(apart), len(known), 'detector')} {'says' if one else 'say'} decoupled on {found['session']}"
    if len(apart) <= FEW:
        dates = listed([f"{told['name']} since {told['since'] or MISSING}" for told in apart])
    else:
        dates = (
            f"{apart[0]['name']} first, since {apart[0]['since']}, {apart[-1]['name']} last, since {apart[-1]['since']}"
        )
    return f"{says[:1].upper()}{says[1:]}: {dates}{rest}"


def _silence(known: Sequence[Result], session: str) -> str:
    """That none says decoupled, and which was the last to."""
    back = max((told for told in known if told.get("share_decoupled")), key=_since, default=None)
    if len(known) == 1:
        last = f"; it went back to coupled on {back['since']}" if back else ", nor did it before"
        return f"{known[0]['name']} does not say decoupled on {session}{last}"
    last = (
        f"; the last that did, {back['name']}, went back to coupled on {back['since']}" if back else ", or did before"
    )
    return f"None of {len(known)} detectors says decoupled on {session}{last}"


def states_table(found: Result) -> SmallTable:
    """What each detector says, since when, how often it alarmed, and how often it does so by chance."""
    rows = [
        (
            told["name"],
            {"unknown": "too little history"}.get(told["state"], told["state"]),
            told.get("since") or MISSING,
            str(len(told.get("onsets") or ())),
            ratio(told.get("by_chance"), 1),
            (told.get("onsets") or [MISSING])[-1],
            percent(told.get("share_decoupled"), 0),
            percent(told.get("promise"), 0),
        )
        for told in found["states"]
    ]
    alarms = sum(len(told.get("onsets") or ()) for told in found["states"])
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


def hindsight_table(found: Result) -> SmallTable | None:
    """The stretches between the breaks that are dated in hindsight; None where nothing could be dated."""
    rows = [
        (_plain(told["name"]), f"{part['first']} to {part['last']}", ratio(part.get("correlation"), signed=True))
        for told in found.get("hindsight") or ()
        for part in told.get("segments") or ()
    ]
    if not rows:
        return None
    promise = listed(sorted({percent(told.get("promise"), 0) for told in found["hindsight"]}))
    note = (
        f"{HINDSIGHT}. Where the correlation never changes a break is found in {promise} of samples. The dates have no "
        "interval."
    )
    return SmallTable(hindsight_title(found), note, ("By", "Stretch", "Correlation"), rows, words=(1,))


def hindsight_title(found: Result) -> str:
    """Which breaks are dated in hindsight, and whether the correlation rose or fell there."""
    dated = {
        told["name"]: "; ".join(_changes(told["breaks"], told["segments"]))
        for told in found.get("hindsight") or ()
        if told.get("segments")
    }
    by: dict[str, list[str]] = {}
    for name, told in dated.items():
        by.setdefault(told, []).append(_plain(name))
    return "In hindsight: " + "; ".join(f"{told or 'no break'} (by {listed(names)})" for told, names in by.items())


def timeline(result: Result, signals: pd.DataFrame, *, synthetic: bool) -> Figure | None:
    """A strip for each detector, shaded while it says decoupled, its alarms marked; below, the segments in hindsight.

    None where no detector has a value.
    """
    found = result.get("detectors") or {}
    strips = [told for told in found.get("states") or () if _speaks(signals, told["label"])]
    if not strips:
        return None
    dated = [told for told in found.get("hindsight") or () if told.get("segments")]
    top = len(strips) + len(dated) + (1.3 if dated else 0.0)
    heights = [top - i for i in range(len(strips))]
    lower = [len(dated) - i for i in range(len(dated))]
    data: list[dict[str, Any]] = []
    for told, y in zip(strips, heights, strict=True):
        data += _strip(told, signals[told["label"]], y)
    for told, y in zip(dated, lower, strict=True):
        data += _segments(told, y)
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
            ticktext=[*(safe(told["name"]) for told in strips), *(f"{safe(_plain(told['name']))}*" for told in dated)],
            showgrid=False,
            zeroline=False,
            fixedrange=True,
        ),
    )
    return {"data": data, "layout": frame, "series": []}


def _strip(told: Result, states: pd.Series, y: float) -> Iterator[dict[str, Any]]:
    """The stretch over which a detector can speak, those over which it says decoupled, and its alarms."""
    dates, name = lines.days(states.index), safe(told["name"])
    yield _bars(lines.spans(states.notna().astype(float)), dates, y, "@grid", f"{name} can speak")
    yield _bars(lines.spans(states), dates, y, "@equity", f"{name}: decoupled")
    alarms = told.get("onsets") or []
    yield {
        "type": "scatter", "mode": "markers", "x": alarms, "y": [y + 0.36] * len(alarms),
        "marker": {"symbol": "triangle-down", "size": 9, "color": "@ink"},
        "hovertemplate": f"{name}: alarm on %{{x}}<extra></extra>",
    }  # fmt: skip


def _bars(spans: Sequence[tuple[str, str]], dates: Sequence[str], y: float, color: str, told: str) -> dict[str, Any]:
    """Spans as thick lines, each up to the session after its last, so that one session is seen as well."""
    after = dict(zip(dates, [*dates[1:], dates[-1]], strict=True))
    xs: list[str | None] = []
    texts: list[str] = []
    for first, last in spans:
        xs += [first, after[last], None]
        texts += [f"{told}, {first} to {last}"] * 2 + [""]
    return {
        "type": "scatter", "mode": "lines", "x": xs, "y": [None if x is None else y for x in xs],
        "line": {"color": color, "width": STRIP}, "text": texts, "hovertemplate": "%{text}<extra></extra>",
    }  # fmt: skip


def _segments(told: Result, y: float) -> Iterator[dict[str, Any]]:
    """The segments of one test in hindsight with their correlations, and the breaks between them."""
    name = safe(_plain(told["name"]))
    for part in told["segments"]:
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
        "type": "scatter", "mode": "markers", "x": told["breaks"], "y": [y] * len(told["breaks"]),
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


def _since(told: Result) -> str:
    return str(told.get("since") or "")


def _plain(name: str) -> str:
    """The name of a test in hindsight without the word, which stands beside it: "constancy"."""
    return name.removesuffix("_hindsight")
