"""What becomes of one variant under other costs, later orders, another fill, in other years, and by chance alone."""

from collections.abc import Sequence

from unlockstep.backtests.reports.text.figure import Words, figure, joined, text
from unlockstep.backtests.reports.text.format import (
    Number,
    general,
    is_missing,
    p_value,
    percent,
    ratio,
    short_percent,
)
from unlockstep.backtests.reports.text.small_table import SmallTable, signed, signed_bounds
from unlockstep.backtests.reports.text.wording import counted
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.model.variant import (
    CostRow,
    FillRow,
    Inference,
    LagRow,
    PartRow,
    Robustness,
    YearRow,
)


def above_zero(numbers: Sequence[Number]) -> tuple[int, int]:
    """(how many of the numbers lie above zero, how many there are); missing ones are left out."""
    finite = [x for x in numbers if x is not None and not is_missing(x)]
    return sum(x > 0 for x in finite), len(finite)


def _studied(name: Words, as_studied: bool) -> Words:
    return text("{}, as studied", name) if as_studied else name


def costs(robustness: Robustness) -> SmallTable:
    """Sharpe ratio and lead over the constant mix at multiples of the costs, and where the lead is gone."""

    def row(r: CostRow) -> tuple[Words, ...]:
        return (
            _studied(text("{}×", general(figure(r, lambda r: r.multiple))), r.multiple == 1),
            ratio(figure(r, lambda r: r.sharpe)),
            signed(figure(r, lambda r: r.ir_over_mix)),
        )

    even = figure(robustness, lambda r: r.break_even_multiple)
    if not is_missing(even.value):
        caption = text("Costs times {} would eat its lead over the constant mix", ratio(even, 1))
    else:
        free = next((r.ir_over_mix for r in robustness.costs if r.multiple == 0), None)
        leads = free is not None and free > 0
        caption = text(
            "{} over the constant mix",
            "No multiple of the costs eats its lead" if leads else "Without any costs it has no lead to lose",
        )
    note = "IR over mix: net, over the constant mix at the same costs. The break-even assumes that costs grow in line "
    rows = [row(r) for r in robustness.costs]
    return SmallTable(caption, note + "with their rates.", ("Costs", "Sharpe", "IR over mix"), rows)


def lags(robustness: Robustness, result: RunResult) -> SmallTable:
    """The timing with orders filled later."""

    def row(r: LagRow) -> tuple[Words, ...]:
        return (
            _studied(ratio(figure(r, lambda r: r.lag), 0), r.lag == result.study["lag"]),
            ratio(figure(r, lambda r: r.sharpe)),
            signed(figure(r, lambda r: r.timing_ir)),
            p_value(figure(r, lambda r: r.timing_p)),
        )

    above, n_figures = above_zero([r.timing_ir for r in robustness.lag])
    caption = f"Timing IR above zero at {counted(above, n_figures, 'lag')}" if n_figures else "If orders came later"
    note = "Lag: sessions between the decision and its fill. A result that hangs on one of them is chance; neighbours "
    note += "share most of their returns."
    return SmallTable(caption, note, ("Lag", "Sharpe", "Timing IR", "p"), [row(r) for r in robustness.lag])


def fills(robustness: Robustness, result: RunResult) -> SmallTable:
    """The account filled at the other price."""

    def row(r: FillRow) -> tuple[Words, ...]:
        return (
            _studied(r.fill, r.fill == result.study["fill"]),
            ratio(figure(r, lambda r: r.sharpe)),
            signed(figure(r, lambda r: r.timing_ir)),
            p_value(figure(r, lambda r: r.timing_p)),
        )

    rows = [row(r) for r in robustness.fill]
    ratios = [text("{} at the {}", sharpe, r.fill) for r, (_, sharpe, *_) in zip(robustness.fill, rows, strict=True)]
    return SmallTable(
        text("Sharpe {}", joined(" and ", ratios)),
        "Price of the session at which orders fill, all else as studied.",
        ("Fill", "Sharpe", "Timing IR", "p"),
        rows,
    )


def parts(robustness: Robustness) -> SmallTable:
    """The sample in parts of equal length."""

    def row(p: PartRow) -> tuple[Words, ...]:
        return p.first, p.last, signed(figure(p, lambda p: p.timing_ir)), p_value(figure(p, lambda p: p.timing_p))

    entries = robustness.parts
    above, n_figures = above_zero([p.timing_ir for p in entries])
    still = len(entries) - n_figures
    caption = f"Timing IR above zero in {counted(above, len(entries), 'part')} of the sample"
    if still:
        caption += f"; in {still} its weights never varied"
    note = "Parts of equal length, each with its own averages and its own test; a third of the sample shows little."
    return SmallTable(caption, note, ("From", "To", "Timing IR", "p"), [row(p) for p in entries], words=(1,))


def calendar_years(robustness: Robustness) -> SmallTable:
    """Calendar years with what the timing brought in each."""

    def row(y: YearRow) -> tuple[Words, ...]:
        return (
            str(y.year),
            ratio(figure(y, lambda y: y.sessions), 0),
            percent(figure(y, lambda y: y.simple_return), signed=True),
            ratio(figure(y, lambda y: y.sharpe)),
            percent(figure(y, lambda y: y.timing_return), signed=True),
        )

    years = robustness.subperiods
    caption = f"{counted(*above_zero([y.simple_return for y in years]), 'calendar year')} ended with a gain"
    caption = f"{caption[:1].upper()}{caption[1:]}, net of costs"
    note = (
        "Return: the account, net. Timing: sum of the year's timing returns, before costs; the first and last may be "
    )
    note += "parts of a year."
    return SmallTable(caption, note, ("Year", "Sessions", "Return", "Sharpe", "Timing"), [row(y) for y in years])


def episodes(inference: Inference, result: RunResult) -> SmallTable:
    """How few bets the timing rests on."""
    count, detail = figure(inference, lambda i: i.episodes), inference.episode_detail
    rows: list[tuple[Words, ...]] = []
    if not is_missing(count.value):
        rows.append(("Episodes, stretches of constant weights", ratio(count, 0)))
    caption: Words = "Stretches of constant weights are the most independent bets that the result can rest on"
    if detail is not None:
        share = figure(detail, lambda d: d.share_best)
        limit = short_percent(figure(result, lambda r: r.study["episode_share"]))
        rows += [
            ("of them away from its resting weights", ratio(figure(detail, lambda d: d.active), 0)),
            (text("Share of the timing profit: best one (at most {})", limit), percent(share, 0)),
            ("Share of the timing profit: best two", percent(figure(detail, lambda d: d.share_best_two), 0)),
            ("Timing IR without the best one", signed(figure(detail, lambda d: d.ir_without_best))),
            ("Timing IR, 95 % interval by episodes", signed_bounds(detail, lambda d: d.ci)),
        ]
        if is_missing(share.value):
            noun = "episode" if count.value == 1 else "episodes"
            caption = text("{} {}, and no timing profit to share", general(count), noun)
        else:
            shown = percent(share, 0)
            caption = text("The best of {} episodes carries {} of the timing profit", general(count), shown)
    note = "Over 100 % where the others lost. The interval resamples whole episodes: it assumes them independent of "
    return SmallTable(caption, note + "each other, and nothing within one.", ("Episodes", "Figure"), rows)


def random_entries(robustness: Robustness, inference: Inference) -> SmallTable:
    """The same holding times at random moments."""
    test = robustness.random_entries
    p = p_value(figure(test, lambda t: t.p))
    rows = [
        ("Its own timing IR", signed(figure(inference, lambda i: i.timing_ir))),
        ("Median of the random ones", signed(figure(test, lambda t: t.ir_median))),
        ("Reached by one random one in twenty", signed(figure(test, lambda t: t.ir_95))),
        ("p: share that did at least as well", p),
    ]
    caption = text("Random entries with its holding times do as well with p {}", p)
    note = "Its episodes in {} random orders, true returns; assumes that every order was equally likely."
    if is_missing(test.ir_median):
        caption = text("Its weights never varied: there are no entries to move")
    draws = general(figure(test, lambda t: t.draws))
    return SmallTable(caption, text(note, draws), ("Random entries", "Timing IR"), rows)
