"""The evidence on the primary variant: robustness, and what could have been held instead."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from backtests.reports.columns import dig
from backtests.reports.format import MISSING, is_missing, p_value, percent, ratio, times
from backtests.reports.wording import LEG_BENCHMARKS, claims, primary_of, shown_name


@dataclass(frozen=True)
class SmallTable:
    """A small table as text: its caption, a note below it, the heads of its columns, and its rows."""

    caption: str
    note: str
    heads: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def evidence(result: dict[str, Any]) -> dict[str, Any] | None:
    """The evidence on the primary variant, or on the first where none is primary; None without any variant."""
    variant = primary_of(result) or next(iter(claims(result)), None)
    if variant is None:
        return None
    pair = result["data"]["pair"]
    tables = [_costs(variant), _lags(variant), _fills(variant)]
    return {
        "name": shown_name(variant, pair),
        "primary": variant["name"] == result.get("primary"),
        "title": _title(variant),
        "against": _against(variant, pair),
        "tables": [table for table in tables if table.rows],
        "years": _years(variant),
        "years_title": _years_title(variant),
        "psr": p_value(dig(variant, ("inference", "psr"))),
        "dsr": p_value(dig(variant, ("inference", "dsr"))),
        "episodes": ratio(dig(variant, ("inference", "episodes")), 0),
    }


def _title(variant: dict[str, Any]) -> str:
    lead = dig(variant, ("against", "constant_mix", "information_ratio"))
    grown = dig(variant, ("against", "constant_mix", "cagr_difference"))
    if is_missing(lead):
        return "The primary variant against what could have been held instead"
    return (
        f"Its mean net return a session was {'higher' if lead > 0 else 'lower'} than that of the constant mix of its "
        f"own average weights: information ratio {ratio(lead, signed=True)} a year; it grew by "
        f"{percent(grown, signed=True)} a year against it"
    )


def _years_title(variant: dict[str, Any]) -> str:
    known = [y["return"] for y in variant.get("robustness", {}).get("subperiods") or [] if not is_missing(y["return"])]
    return f"{sum(r > 0 for r in known)} of {len(known)} calendar years ended with a gain, net of costs"


def _against(variant: dict[str, Any], pair: list[str]) -> SmallTable:
    rows = []
    for key, figures in (variant.get("against") or {}).items():
        if key in LEG_BENCHMARKS:
            name = f"{key} ({pair[LEG_BENCHMARKS[key]]})"
        else:
            mix = ", ".join(f"{percent(share, 0)} {ticker}" for ticker, share in (figures.get("weights") or {}).items())
            name = f"constant mix ({mix})" if mix else key
        rows.append(
            (
                name,
                ratio(figures.get("sharpe_difference"), signed=True),
                percent(figures.get("cagr_difference"), signed=True),
                ratio(figures.get("information_ratio"), signed=True),
                percent(figures.get("alpha"), signed=True),
                ratio(figures.get("alpha_t_hac"), signed=True),
                ratio(figures.get("beta")),
            )
        )
    inference = variant.get("inference") or {}
    if not is_missing(inference.get("alpha")):
        betas = ", ".join(f"{ratio(b)} {ticker}" for ticker, b in (inference.get("betas") or {}).items())
        alpha, t = percent(inference.get("alpha"), signed=True), ratio(inference.get("alpha_t_hac"), signed=True)
        rows.append(("both legs at once", MISSING, MISSING, MISSING, alpha, t, betas))
    return SmallTable(
        "Against what could have been held instead",
        "Alpha is shown and never decides: with a free beta it rewards any position that is on in calm markets.",
        ("Against", "Δ Sharpe", "Δ CAGR", "IR over it", "Alpha/yr", "t (HAC)", "Beta"),
        rows,
    )


def _costs(variant: dict[str, Any]) -> SmallTable:
    rows = [
        (times(r["multiple"], 0), ratio(r.get("sharpe")), ratio(r.get("ir_over_mix"), signed=True))
        for r in variant.get("robustness", {}).get("costs") or ()
    ]
    note = "IR over mix: earned beyond the constant mix, over the deviation of that. In an edge it stays above zero."
    return SmallTable("If costs were other", note, ("Costs", "Sharpe", "IR over mix"), rows)


def _lags(variant: dict[str, Any]) -> SmallTable:
    rows = [
        (ratio(r["lag"], 0), ratio(r.get("sharpe")), ratio(r.get("timing_ir"), signed=True))
        for r in variant.get("robustness", {}).get("lag") or ()
    ]
    note = "Sessions between the decision and its fill. A result that hangs on one of them is luck."
    return SmallTable("If orders came later", note, ("Lag", "Sharpe", "Timing IR"), rows)


def _fills(variant: dict[str, Any]) -> SmallTable:
    rows = [(str(r["fill"]), ratio(r.get("sharpe"))) for r in variant.get("robustness", {}).get("fill") or ()]
    return SmallTable("If filled at another price", "", ("Fill", "Sharpe"), rows)


def _years(variant: dict[str, Any]) -> SmallTable:
    rows = [
        (str(y["year"]), ratio(y.get("sessions"), 0), percent(y.get("return"), signed=True), ratio(y.get("sharpe")))
        for y in variant.get("robustness", {}).get("subperiods") or ()
    ]
    return SmallTable("Calendar years", "", ("Year", "Sessions", "Return", "Sharpe"), rows)
