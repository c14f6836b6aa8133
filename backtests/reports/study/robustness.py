"""What becomes of one variant under other costs, later orders, another fill, in other years, and by chance alone."""

from typing import Any

from unlockstep.backtests.reports.study.columns import dig
from unlockstep.backtests.reports.text.format import is_missing, p_value, percent, ratio, short_percent, value
from unlockstep.backtests.reports.text.small_table import SmallTable, signed, signed_interval
from unlockstep.backtests.reports.text.wording import counted

VariantEntry = dict[str, Any]


def rows_of(variant: VariantEntry, key: str) -> list[dict[str, Any]]:
    """The rows of a table of `robustness`; none where the run has no such table."""
    rows = dig(variant, ("robustness", key))
    return list(rows) if isinstance(rows, list) else []


def above_zero(rows: list[dict[str, Any]], key: str) -> tuple[int, int]:
    """(how many of the rows' figures lie above zero, how many there are)."""
    figures = [float(row[key]) for row in rows if not is_missing(row.get(key))]
    return sum(x > 0 for x in figures), len(figures)


def _studied(name: str, as_studied: bool) -> str:
    return f"{name}, as studied" if as_studied else name


def costs(variant: VariantEntry) -> SmallTable:
    """Sharpe ratio and lead over the constant mix at multiples of the costs, and where the lead is gone."""
    rows = [
        (_studied(f"{value(r['multiple'])}×", r["multiple"] == 1), ratio(r.get("sharpe")),
         signed(r.get("ir_over_mix")))
        for r in rows_of(variant, "costs")
    ]  # fmt: skip
    robustness = variant.get("robustness") or {}
    even = robustness.get("break_even_multiple")
    if not is_missing(even):
        caption = f"Costs times {ratio(even, 1)} would eat its lead over the constant mix"
    elif "break_even_multiple" in robustness:
        free = next((r.get("ir_over_mix") for r in rows_of(variant, "costs") if r["multiple"] == 0), None)
        leads = not is_missing(free) and float(free or 0) > 0
        caption = "No multiple of the costs eats its lead" if leads else "Without any costs it has no lead to lose"
        caption += " over the constant mix"
    else:
        caption = "If costs were other"
    note = "IR over mix: net, over the constant mix at the same costs. The break-even assumes that costs grow in line "
    return SmallTable(caption, note + "with their rates.", ("Costs", "Sharpe", "IR over mix"), rows)


def lags(variant: VariantEntry, study: dict[str, Any]) -> SmallTable:
    """The timing with orders filled later."""
    entries = rows_of(variant, "lag")
    rows = [
        (
            _studied(ratio(r["lag"], 0), r["lag"] == study.get("lag")),
            ratio(r.get("sharpe")),
            signed(r.get("timing_ir")),
            p_value(r.get("timing_p")),
        )
        for r in entries
    ]
    above, n_figures = above_zero(entries, "timing_ir")
    caption = f"Timing IR above zero at {counted(above, n_figures, 'lag')}" if n_figures else "If orders came later"
    note = "Lag: sessions between the decision and its fill. A result that hangs on one of them is luck; neighbours "
    return SmallTable(caption, note + "share most of their returns.", ("Lag", "Sharpe", "Timing IR", "p"), rows)


def fills(variant: VariantEntry, study: dict[str, Any]) -> SmallTable:
    """The account filled at the other price."""
    entries = rows_of(variant, "fill")
    rows = [
        (
            _studied(str(r["fill"]), r["fill"] == study.get("fill")),
            ratio(r.get("sharpe")),
            signed(r.get("timing_ir")),
            p_value(r.get("timing_p")),
        )
        for r in entries
    ]
    ratios = " and ".join(f"{ratio(r.get('sharpe'))} at the {r['fill']}" for r in entries)
    return SmallTable(
        f"Sharpe {ratios}",
        "Price of the session at which orders fill, all else as studied.",
        ("Fill", "Sharpe", "Timing IR", "p"),
        rows,
    )


def parts(variant: VariantEntry) -> SmallTable:
    """The sample in parts of equal length."""
    entries = rows_of(variant, "parts")
    rows = [(p["first"], p["last"], signed(p.get("timing_ir")), p_value(p.get("timing_p"))) for p in entries]
    above, n_figures = above_zero(entries, "timing_ir")
    still = len(entries) - n_figures
    caption = f"Timing IR above zero in {counted(above, len(entries), 'part')} of the sample"
    if still:
        caption += f"; in {still} its weights never varied"
    note = "Parts of equal length, each with its own averages and its own test; a third of the sample shows little."
    return SmallTable(caption, note, ("From", "To", "Timing IR", "p"), rows, words=(1,))


def calendar_years(variant: VariantEntry) -> SmallTable:
    """Calendar years with what the timing brought in each."""
    entries = rows_of(variant, "subperiods")
    timed = any("timing_return" in y for y in entries)
    rows = [
        (
            str(y["year"]),
            ratio(y.get("sessions"), 0),
            percent(y.get("return"), signed=True),
            ratio(y.get("sharpe")),
            *([percent(y.get("timing_return"), signed=True)] if timed else []),
        )
        for y in entries
    ]
    above, n_figures = above_zero(entries, "return")
    caption = f"{counted(above, n_figures, 'calendar year')} ended with a gain, net of costs"
    heads = ("Year", "Sessions", "Return", "Sharpe", *(["Timing"] if timed else []))
    note = (
        "Return: the account, net. Timing: sum of the year's timing returns, before costs; the first and last may be "
    )
    return SmallTable(caption[:1].upper() + caption[1:], note + "parts of a year.", heads, rows)


def episodes(variant: VariantEntry, study: dict[str, Any]) -> SmallTable:
    """How few bets the timing rests on."""
    detail = dig(variant, ("inference", "episode_detail"))
    count = dig(variant, ("inference", "episodes"))
    rows = [("Episodes, stretches of constant weights", ratio(count, 0))] if not is_missing(count) else []
    share = None
    if isinstance(detail, dict):
        share = detail.get("share_best")
        limit = study.get("episode_share")
        allowed = f" (at most {short_percent(limit)})" if limit is not None else ""
        rows += [
            ("of them away from its resting weights", ratio(detail.get("active"), 0)),
            (f"Share of the timing profit: best one{allowed}", percent(share, 0)),
            ("Share of the timing profit: best two", percent(detail.get("share_best_two"), 0)),
            ("Timing IR without the best one", signed(detail.get("ir_without_best"))),
            ("Timing IR, 95 % interval by episodes", signed_interval(detail.get("ci"))),
        ]
    if not is_missing(share):
        caption = f"The best of {value(count)} episodes carries {percent(share, 0)} of the timing profit"
    elif isinstance(detail, dict):
        caption = f"{value(count)} {'episode' if count == 1 else 'episodes'}, and no timing profit to share"
    else:
        caption = "Stretches of constant weights are the most independent bets that the result can rest on"
    note = "Over 100 % where the others lost. The interval resamples whole episodes: it assumes them independent of "
    return SmallTable(caption, note + "each other, and nothing within one.", ("Episodes", "Figure"), rows)


def random_entries(variant: VariantEntry) -> SmallTable | None:
    """The same holding times at random moments."""
    test = dig(variant, ("robustness", "random_entries"))
    if not isinstance(test, dict):
        return None
    rows = [
        ("Its own timing IR", signed(dig(variant, ("inference", "timing_ir")))),
        ("Median of the random ones", signed(test.get("ir_median"))),
        ("Reached by one random one in twenty", signed(test.get("ir_95"))),
        ("p: share that did at least as well", p_value(test.get("p"))),
    ]
    p, draws = test.get("p"), value(test.get("draws"))
    caption = f"Random entries with its holding times do as well with p {p_value(p)}"
    note = f"Its episodes in {draws} random orders, true returns; assumes that every order was equally likely."
    if is_missing(test.get("ir_median")):
        caption = "Its weights never varied: there are no entries to move"
    return SmallTable(caption, note, ("Random entries", "Timing IR"), rows)
