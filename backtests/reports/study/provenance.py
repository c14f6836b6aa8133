"""Where the numbers come from: prices, clocks, costs, versions, and the command that gives them again."""

import shlex
from pathlib import PurePath
from typing import Any

from unlockstep.backtests.data.load import FRAMES
from unlockstep.backtests.reports.text.format import basis_points, count, iso_date, percent, short_hash
from unlockstep.backtests.reports.text.wording import STALE
from unlockstep.backtests.storage.run_folder import StoredRun

OURS = "unlockstep "
"""The beginning of the package of a strategy of unlockstep's own."""

CLOCK_WORDS = {
    "24/7": "{ticker} trades around the clock: its bar labelled D runs from 00:00 to 24:00 UTC of D.",
    "XNYS": "{ticker} trades in the sessions of the New York Stock Exchange (XNYS): its bar labelled D is complete at "
    "16:00 New York, 13:00 on early closes.",
}
"""Clock → what it means for a ticker's bars."""


def provenance(run: StoredRun) -> dict[str, Any]:
    """The section's content as text."""
    result, data, study = run.result, run.result["data"], run.result["study"]
    return {
        "facts": [
            *price_facts(data),
            *strategy_facts(result),
            ("Seed", str(study.get("seed", "–")), ""),
            ("Capital", count(study.get("capital")), ""),
        ],
        "clocks": clock_sentences(data, study),
        "costs": [(t, basis_points(fee), basis_points(slip)) for t, fee, slip in _costs(data, study)],
        "rates": rates(study),
        "notes": data.get("notes") or [],
        "versions": list((result.get("environment") or {}).items()),
        "command": command(run),
    }


def price_facts(data: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(name, text, what a pointer at it shows in full) of the prices and of the sessions evaluated."""
    window = data["evaluated"]
    return [
        ("Source", data["source"], ""),
        ("Fingerprint", f"sha256 {short_hash(data['sha256'])}…", data["sha256"]),
        ("Retrieved", iso_date(data.get("retrieved_at")), ""),
        ("Prices", f"{data['first']} to {data['last']}, {count(data['sessions'])} sessions", ""),
        (
            "Evaluated",
            f"{window['first']} to {window['last']}, {count(window['sessions'])} sessions, "
            f"after {count(window['warmup'])} of warm-up",
            "",
        ),
    ]


def strategy_facts(result: dict[str, Any]) -> list[tuple[str, str, str]]:
    """As `price_facts`, of each strategy that is not unlockstep's own: the file and its fingerprint, or the package."""
    facts = {}
    for variant in result["variants"]:
        source = variant.get("source") or {}
        name = f"Strategy {variant['strategy']}"
        if "file" in source:
            file, sha256 = source["file"], source["sha256"]
            facts[name] = f"from {PurePath(file).name}, sha256 {short_hash(sha256)}…", f"from {file}, sha256 {sha256}"
        elif "class" in source:
            text = f"class {source['class']}, given in Python and in no file"
            sha256 = source["sha256"]
            facts[name] = f"{text}, sha256 {short_hash(sha256)}…", f"{text}, sha256 {sha256}"
        elif not source.get("package", OURS).startswith(OURS):
            facts[name] = f"from {source['package']}", ""
    return [(name, *texts) for name, texts in facts.items()]


def stale_notes(data: dict[str, Any]) -> list[str]:
    """What a report says at its head of prices that are older than they could be."""
    return [note for note in data.get("notes") or [] if note.startswith(STALE)]


def command(run: StoredRun) -> str:
    """The command that gives every number again; Python code where it takes what is in no file."""
    study, place = run.result["study"], str(run.path / "study.toml")
    handed_over = {"data=frames": study.get("data") == FRAMES, "strategies=[…]": bool(study.get("classes"))}
    words = [word for word, is_needed in handed_over.items() if is_needed]
    if words:
        return f"unlockstep.run({', '.join([repr(place), *words])})"
    return f"unlockstep run {shlex.quote(place)}"


def clock_sentences(data: dict[str, Any], study: dict[str, Any]) -> list[str]:
    """The two clocks, the decision and the fill, in words."""
    clocks = data.get("clocks") or []
    sentences = [
        CLOCK_WORDS.get(leg["clock"], "{ticker} keeps its own clock.").replace("{ticker}", leg["ticker"])
        for leg in clocks
    ]
    kinds = [leg["clock"] for leg in clocks]
    if kinds == ["24/7", "XNYS"]:
        crypto, equity = (leg["ticker"] for leg in clocks)
        sentences.append(
            f"So {crypto}'s bar is known 3 to 7 hours after {equity}'s close of the same label. The decision of "
            "session D is taken when both are known: D + 1, 00:00 UTC."
        )
    else:
        sentences.append("The decision of session D is taken when both bars labelled D are known.")
    lag, fill = study.get("lag", 1), study.get("fill", "close")
    sentences.append(
        f"Its orders fill {count(lag)} session{'s' if lag != 1 else ''} later, at that session's {fill}. "
        "Moves between sessions, weekends among them, belong to the next session's return."
    )
    bare = [leg["ticker"] for leg in clocks if not leg.get("adjusted", True)]
    sentences.append(
        f"Prices of {' and '.join(bare)} are not adjusted: dividends are left out."
        if bare
        else "Prices are adjusted for dividends and splits, on fills and marks alike."
    )
    return sentences


def rates(study: dict[str, Any]) -> str:
    """Borrow and cash rates in a sentence."""
    costs = study.get("costs") or {}
    return f"Borrowing costs {percent(costs.get('borrow_rate'))} a year; cash earns {percent(costs.get('cash_rate'))}."


def _costs(data: dict[str, Any], study: dict[str, Any]) -> list[tuple[str, float | None, float | None]]:
    costs = study.get("costs") or {}
    fees, slippage = costs.get("fee_bps") or {}, costs.get("slippage_bps") or {}
    return [(ticker, fees.get(ticker), slippage.get(ticker)) for ticker in data["pair"]]
