"""What the page of a study of events shows, section by section; its tables serve the terminal and Markdown too."""

from typing import Any

from unlockstep.backtests.reports.charts.fan import fan_figure
from unlockstep.backtests.reports.study.provenance import price_facts, stale_notes
from unlockstep.backtests.reports.text.format import (
    MISSING,
    Number,
    count,
    interval,
    p_value,
    percent,
    ratio,
    typographic,
)
from unlockstep.backtests.reports.text.small_table import SmallTable
from unlockstep.backtests.reports.text.wording import numbered
from unlockstep.backtests.results.model.base import annotate_path
from unlockstep.backtests.results.model.pair import DataResult
from unlockstep.backtests.storage.run_folder import EVENTS

HEADLINE = 60
"""Sessions of which the charts' titles speak: those of statement S4."""

KIND_WORDS = {
    "break": ("break", "Breaks: coupled, then decoupled"),
    "recoupling": ("recoupling", "Recouplings: decoupled, then coupled"),
}
SERIES = ("crypto", "equity", "spread")
TOO_FEW = "too few"
CHART_NOTES = {
    "crypto": "Price over that at the first tradable close, log scale.",
    "equity": "Price over that at the first tradable close, log scale.",
    "spread": "Log move from the first tradable close.",
}


def events_context(result: dict[str, Any]) -> dict[str, Any]:
    """Everything that the template of the page names; result: the content of events.json."""
    data = result["data"]
    figures: dict[str, Any] = {
        f"{kind}_{series}": fan_figure(result, kind, series) for kind in KIND_WORDS for series in SERIES
    }
    return {
        "pair": data["pair"],
        "synthetic": bool(data["synthetic"]),
        "finding": typographic(result["finding"]),
        "signal": result["signal"],
        "window": data["evaluated"],
        "tiles": _tiles(result),
        "kinds": [
            {
                "name": kind,
                "heading": heading,
                "lede": _lede(result, kind),
                "charts": [
                    (f"{kind}_{series}", panel_title(result, kind, series), CHART_NOTES[series]) for series in SERIES
                ],
                "table": effects_table(result, kind),
            }
            for kind, (_, heading) in KIND_WORDS.items()
        ],
        "family": family_sentence(result),
        "events": events_table(result),
        "first_close": first_close(result),
        "spread_words": spread_words(result),
        "method": result["method"],
        "facts": [
            *price_facts(annotate_path(DataResult.model_validate(data), EVENTS, ".data")),
            ("State", result["signal"]["label"], ""),
            ("Beta", result["method"]["beta"], ""),
        ],
        "notes": data.get("notes") or [],
        "stale": stale_notes(data["notes"]),
        "versions": list(result["environment"].items()),
        "figures": figures,
    }


def series_name(result: dict[str, Any], series: str) -> str:
    """A leg's ticker, or "spread"."""
    pair = dict(zip(("crypto", "equity"), result["data"]["pair"], strict=True))
    return str(pair.get(series, series))


def spread_words(result: dict[str, Any]) -> str:
    """What the spread is."""
    crypto, equity = result["data"]["pair"]
    return f"the log move of {crypto} less beta times that of {equity}, with the beta known at the event"


def first_close(result: dict[str, Any]) -> str:
    """From when moves are counted."""
    lag, last = result["method"]["lag"], result["method"]["last"]
    return (
        f"An event of session D is known when both bars of D are complete (that of {last['session']} at "
        f"{last['known_at']}); its moves run from the close of D + {lag} to the close of D + {lag} + h (lag {lag}, as "
        "in the engine)."
    )


def happened(result: dict[str, Any], kind: str) -> int:
    """How many events of a kind the sample holds."""
    return sum(event["kind"] == kind for event in result["events"])


def row_of(result: dict[str, Any], kind: str, series: str, horizon: int) -> dict[str, Any]:
    """One row of the table."""
    return next(
        row for row in result["table"] if (row["kind"], row["series"], row["horizon"]) == (kind, series, horizon)
    )


def panel_title(result: dict[str, Any], kind: str, series: str) -> str:
    """A chart's finding: what followed over 60 sessions, at any time, and what that is worth."""
    row = row_of(result, kind, series, HEADLINE)
    name = "the spread" if series == "spread" else series_name(result, series)
    if not row["events"]:
        return f"{name}: no {kind} of which {HEADLINE} sessions have passed; the fan shows any time"
    worth = {
        TOO_FEW: f"{numbered(row['episodes'], 'episode')} {'decides' if row['episodes'] == 1 else 'decide'} nothing",
        "": "a difference within the reach of chance",
        "higher": "higher by more than chance brings, were this the only figure",
        "lower": "lower by more than chance brings, were this the only figure",
    }[read_as(row)]
    return (
        f"After {numbered(row['events'], kind)} {name} {_moved(row)} in {HEADLINE} sessions, against "
        f"{_usual(row)} at any time: {worth}"
    )


def _moved(row: dict[str, Any]) -> str:
    x = row["after_compounded"]
    if x is None:
        return f"moved by {ratio(row['after'], 2, True)} (log)"
    return f"{'lost' if x < 0 else 'gained'} {percent(abs(x), 0)}, compounded,"


def _usual(row: dict[str, Any]) -> str:
    x: Number = row["always_compounded"]
    return ratio(row["always"], 2, True) if x is None else percent(x, 0, signed=True)


def read_as(row: dict[str, Any]) -> str:
    """How a row reads, by itself: "too few" episodes, "higher", "lower", or "" where chance is not left out."""
    return str(row["side"]) if row["decides"] else TOO_FEW


def _log(x: Number) -> str:
    return ratio(x, 3, True)


def effect_cells(result: dict[str, Any], row: dict[str, Any]) -> tuple[str, ...]:
    """Series, sessions, episodes, mean after, mean at any time, difference, its interval, p, how it reads."""
    return (
        series_name(result, row["series"]),
        str(row["horizon"]),
        str(row["episodes"]),
        _log(row["after"]),
        _log(row["always"]),
        _log(row["estimate"]),
        interval(row["ci"], _log),
        p_value(row["p"]),
        read_as(row),
    )


def effects_table(result: dict[str, Any], kind: str) -> SmallTable:
    """All series and horizons of one kind of event."""
    rows = []
    for row in (row for row in result["table"] if row["kind"] == kind):
        name, horizon, episodes, after, always, difference, bounds, p, reads = effect_cells(result, row)
        n = str(row["events"]) + (f" ({row['unfinished']} not over)" if row["unfinished"] else "")
        rows.append(
            (
                name, horizon, n, episodes, after, percent(row["after_compounded"], 1, True), always,
                percent(row["always_compounded"], 1, True), difference, bounds, p,
                reads or MISSING,
            )
        )  # fmt: skip
    return SmallTable(
        f"What followed {numbered(happened(result, kind), kind)}, against any session of the sample",
        "Mean log moves, and what they compound to. Episodes: events whose windows share no session; fewer than "
        f"{result['method']['min_episodes']} decide nothing and read “{TOO_FEW}”. {reads_sentence(result)}",
        ("Series", "Sessions", "Events", "Episodes", "After", "%", "Any time", "%", "Difference", "95 % interval", "p",
         "Reads"),
        rows,
        words=(11,),
    )  # fmt: skip


def events_table(result: dict[str, Any]) -> SmallTable:
    """Every event with its dates and what followed over 20, 60 and 120 sessions."""
    horizons = result["method"]["horizons"]
    shown = [h for h in horizons if h >= 20]
    crypto, equity = result["data"]["pair"]
    heads = [f"{name}, {h}" for name in (crypto, equity, "spread") for h in shown]
    rows = [
        (
            event["session"],
            event["kind"],
            event["known_at"],
            event["tradable"] or MISSING,
            ratio(event["beta"]),
            *(_log(event["moves"][series][horizons.index(h)]) for series in SERIES for h in shown),
        )
        for event in result["events"]
    ]
    return SmallTable(
        "Every event, and the log moves that followed it",
        "A dash: the prices end before the window does.",
        ("Session", "Event", "Known at", "First tradable close", "Beta", *heads),
        rows,
        words=(1,),
    )


def reading(result: dict[str, Any]) -> list[str]:
    """How to read the tables, in sentences."""
    fewest = result["method"]["min_episodes"]
    sentences = (
        f"Mean log moves over h sessions. {first_close(result)}",
        f"E: episodes, events whose windows share no session; fewer than {fewest} decide nothing ({TOO_FEW}). "
        "Interval of the difference: Student's over episodes. p: the same events moved to every other date.",
        reads_sentence(result),
        f"Spread: {spread_words(result)}; in logs, and no account's return.",
        family_sentence(result),
        left_out_sentence(result),
        unfinished_sentence(result),
    )
    return [typographic(sentence) for sentence in sentences if sentence]


def reads_sentence(result: dict[str, Any]) -> str:
    """What "higher" and "lower" say, and what they do not."""
    return (
        "“Higher”, “lower”: the interval leaves zero out and p is at most "
        f"{ratio(result['method']['size'])}, of this figure by itself; what all figures together say is the headline."
    )


def family_sentence(result: dict[str, Any]) -> str:
    """What looking at so many figures does to the smallest p."""
    family, fewest = result["family"], result["method"]["min_episodes"]
    if not family["looks"]:
        return f"No figure rests on {fewest} or more episodes, so none decides anything."
    return (
        f"{numbered(family['looks'], 'figure')} rest on {fewest} or more episodes. The smallest p among them is "
        f"{p_value(family['smallest_p'])}; the probability that random dates bring one as small is "
        f"{p_value(family['p'])}."
    )


def left_out_sentence(result: dict[str, Any]) -> str:
    """How many events came before a beta was known; "" for none."""
    counts = [numbered(n, kind) for kind, n in result["left_out"].items() if n]
    return f"Left out, because no beta was known yet: {' and '.join(counts)}." if counts else ""


def unfinished_sentence(result: dict[str, Any]) -> str:
    """How many windows the prices end before; "" for none."""
    windows = [
        f"{numbered(row['unfinished'], row['kind'])} at h = {row['horizon']}"
        for row in result["table"]
        if row["series"] == "crypto" and row["unfinished"]
    ]
    return f"Windows not over yet: {', '.join(windows)}." if windows else ""


def _tiles(result: dict[str, Any]) -> list[tuple[str, str, str]]:
    family, fewest = result["family"], result["method"]["min_episodes"]
    return [
        ("Breaks", str(happened(result, "break")), _span(result, "break")),
        ("Recouplings", str(happened(result, "recoupling")), _span(result, "recoupling")),
        ("State now", result["signal"]["now"], f"at {result['data']['last']}, by {result['signal']['name']}"),
        (
            "Smallest p, all counted",
            p_value(family["p"]),
            f"of {numbered(family['looks'], 'figure')} on {fewest} or more episodes"
            if family["looks"]
            else f"no figure rests on {fewest} or more episodes",
        ),
    ]


def _span(result: dict[str, Any], kind: str) -> str:
    dates = [event["session"] for event in result["events"] if event["kind"] == kind]
    if not dates:
        return "none in the sample"
    return dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"


def _lede(result: dict[str, Any], kind: str) -> str:
    last = row_of(result, kind, "crypto", result["method"]["horizons"][-1])
    text = f"{numbered(happened(result, kind), kind)} in {count(result['data']['evaluated']['sessions'])} sessions."
    if last["unfinished"]:
        text += (
            f" {numbered(last['unfinished'], 'path')} {'ends' if last['unfinished'] == 1 else 'end'} with the prices."
        )
    return text
