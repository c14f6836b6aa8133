"""The evidence on one variant: the timing, how it holds up, and what could have been held instead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unlockstep.backtests.reports.study import robustness
from unlockstep.backtests.reports.study import walk_forward as walks
from unlockstep.backtests.reports.study.timing_checks import ChecksView, checks_view
from unlockstep.backtests.reports.text.figure import Words, figure, joined, named_figures, text
from unlockstep.backtests.reports.text.format import MISSING, count, is_missing, p_value, percent, ratio, years
from unlockstep.backtests.reports.text.small_table import SmallTable, filled, signed, signed_bounds
from unlockstep.backtests.reports.text.variants import examined, short_names, shown_name
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.model.variant import Against, Comparison, Inference, VariantResult, YearRow


@dataclass(frozen=True)
class EvidenceView:
    """The evidence on a variant. groups: (heading, tables). folds: what the walk-forward chose, None without one."""

    name: str
    primary: bool
    title: Words
    checks: ChecksView | None
    groups: tuple[tuple[str, list[SmallTable]], ...]
    folds: SmallTable | None
    years_title: str


def evidence(result: RunResult) -> EvidenceView | None:
    """The evidence on the primary variant, or on that of the smallest p where none is; None without any variant."""
    variant = examined(result)
    if variant is None:
        return None
    inference, robust = variant.inference, variant.robustness
    walk = robust.walk_forward if robust is not None else None
    groups = [
        ("The timing and what it can show", filled(timing(inference), strength(inference, result))),
        ("Few bets, or many", [robustness.episodes(inference, result)]),
    ]
    if robust is not None:
        groups[-1][1].append(robustness.random_entries(robust, inference))
        orders = [robustness.costs(robust), robustness.lags(robust, result), robustness.fills(robust, result)]
        groups += [
            ("Other costs, later orders, another fill", orders),
            ("Other years", [robustness.parts(robust), robustness.calendar_years(robust)]),
        ]
    if walk is not None:
        chosen_from = f"variants of {variant.strategy}"
        overfitting = filled(walks.overfitting_table(walk, chosen_from))
        tables = [walks.walk_table(walk, chosen_from, tried=True), walks.paths_table(walk), *overfitting]
        groups.append(("Chosen without hindsight", tables))
    groups += [
        ("What could have been held instead", [against(variant, result.data.pair, short_names(result))]),
        ("Sharpe ratios, for those who know them", [sharpe(variant, result)]),
    ]
    return EvidenceView(
        name=shown_name(variant, result.data.pair),
        primary=variant.name == result.primary,
        title=_title(variant.against),
        checks=checks_view(variant, result),
        groups=tuple((heading, shown) for heading, tables in groups if (shown := filled(*tables))),
        folds=walks.folds_table(walk) if walk is not None else None,
        years_title=years_title(robust.subperiods if robust is not None else ()),
    )


def _title(compared: Against | None) -> Words:
    mix = compared.constant_mix if compared is not None else None
    lead = mix.information_ratio if mix is not None else None
    if mix is None or lead is None:
        return "Against what could have been held instead"
    return text(
        "Its mean net return a session was {} than that of its constant mix, the same average weights held always: "
        "information ratio {} a year; it grew by {} a year against it",
        "higher" if lead > 0 else "lower",
        signed(figure(mix, lambda m: m.information_ratio)),
        percent(figure(mix, lambda m: m.cagr_difference), signed=True),
    )


def years_title(rows: Sequence[YearRow]) -> str:
    """The finding of the picture of calendar years."""
    above, n_years = robustness.above_zero([row.timing_return for row in rows])
    timed = [(row.timing_return, row.year) for row in rows if row.timing_return is not None]
    most = f"; {max(timed)[1]} brought the most" if above else ""
    return f"Its timing paid in {above} of {n_years} calendar years{most}"


def timing(inference: Inference) -> SmallTable:
    """The timing test, and the same question asked in other ways."""
    p_family = p_value(figure(inference, lambda i: i.timing_p_family))
    rows: list[tuple[Words, ...]] = [
        (
            "Scores against histories of redrawn signs",
            signed(figure(inference, lambda i: i.timing_t)),
            p_value(figure(inference, lambda i: i.timing_p)),
            p_family,
            "timing test",
        ),
        (
            "Scores against clear shifts",
            MISSING,
            p_value(figure(inference, lambda i: i.timing_p_shifts)),
            p_value(figure(inference, lambda i: i.timing_p_family_shifts)),
            "none",
        ),
        (
            "Returns over their volatility, unbent, against the histories",
            signed(figure(inference, lambda i: i.timing_t_standardised)),
            MISSING,
            p_value(figure(inference, lambda i: i.timing_p_standardised)),
            "rare losses",
        ),
        (
            "Skewness of these returns: below 0 where losses are rarer and larger than gains",
            signed(figure(inference, lambda i: i.timing_skewness)),
            MISSING,
            MISSING,
            "rare losses",
        ),
        (
            "Money against clear shifts",
            signed(figure(inference, lambda i: i.timing_t_money)),
            p_value(figure(inference, lambda i: i.timing_p_money)),
            MISSING,
            "raw returns",
        ),
        (
            "Scores against resampled returns",
            MISSING,
            p_value(figure(inference, lambda i: i.timing_p_bootstrap)),
            p_value(figure(inference, lambda i: i.timing_p_family_bootstrap)),
            "none",
        ),
    ]
    note = (
        "Scores: returns over their volatility, bent so that no crash decides alone. p alone: this variant as the only "
        "one. p family: counting all, with the primary's share of the error (without it where returns are resampled). "
        "In a history the signs of the returns are redrawn and the rule decides again; t is divided by its spread over "
        "clear shifts where that is above 1. Clear shifts: alignments away from what positions look back on. Resampled "
        "blocks take longer trends for chance, so they reject too often where returns persist."
    )
    caption = text("Counting all that was tried, p of its timing is {}", p_family)
    return SmallTable(caption, note, ("Test", "t", "p alone", "family-wise p", "Gate"), rows, words=(4,))


def strength(inference: Inference, result: RunResult) -> SmallTable | None:
    """How large the timing may be, and what this sample could have shown; None where there is no timing."""
    if is_missing(inference.timing_ir):
        return None
    ir = signed(figure(inference, lambda i: i.timing_ir))
    detectable = figure(inference, lambda i: i.min_detectable_ir)
    rows: list[tuple[Words, ...]] = [
        ("Timing IR, raw returns, before costs", ir),
        ("95 % interval", signed_bounds(inference, lambda i: i.timing_ci)),
        ("95 % upper bound", signed(figure(inference, lambda i: i.timing_upper))),
        ("Taken by its trading costs, beyond its mix's", ratio(figure(inference, lambda i: i.cost_drag_ir))),
        ("95 % upper bound, less these costs", signed(figure(inference, lambda i: i.timing_upper_net))),
        ("Smallest worth trading", signed(figure(result, lambda r: r.study["worthwhile_ir"]))),
        ("Smallest that it would show with 80 % power", signed(detectable)),
        ("Years in this sample", years(figure(inference, lambda i: i.years), MISSING)),
        (text("Years to show {} with 80 % power", ir), years(figure(inference, lambda i: i.years_needed))),
    ]
    caption = text("This sample would show a timing IR of {} or more with 80 % power", ratio(detectable))
    note = "Upper bound: one-sided. Power: of the timing test, given all that was tried, for an effect proportional to "
    note += "the positions. Years needed: at this ratio, if it lasted."
    return SmallTable(caption, note, ("Strength", "Figure"), rows)


def against(variant: VariantResult, pair: Sequence[str], names: Mapping[str, str]) -> SmallTable:
    """Against each leg and the constant mix, and against all legs at once; names: of benchmarks, as they are shown."""
    compared: list[tuple[Words, Comparison]] = []
    if variant.against is not None:
        mix = variant.against.constant_mix
        weights = named_figures(mix, lambda m: m.weights)
        shares = joined(", ", [text("{} {}", percent(share, 0), ticker) for ticker, share in weights.items()])
        compared = [
            (f"hold {pair[0]}", variant.against.hold_eth),
            (f"hold {pair[1]}", variant.against.hold_iwm),
            *((names[name], comparison) for name, comparison in variant.against.further.items()),
            (text("constant mix ({})", shares), mix),
        ]
    rows = [_against_row(name, comparison) for name, comparison in compared]
    inference = variant.inference
    if not is_missing(inference.alpha):
        betas = named_figures(inference, lambda i: i.betas)
        rows.append(
            (
                "both legs at once" if len(betas) == 2 else "all legs at once",
                *[MISSING] * 5,
                percent(figure(inference, lambda i: i.alpha), signed=True),
                signed(figure(inference, lambda i: i.alpha_t_hac)),
                joined(", ", [text("{} {}", ratio(beta), ticker) for ticker, beta in betas.items()]),
            )
        )
    note = (
        "Interval and p of the difference: Ledoit and Wolf's studentised block bootstrap, two-sided, each comparison "
        "on its own; assumes stationary returns. Alpha is shown and never decides: with a free beta it rewards any "
        "position that is on in calm markets."
    )
    heads = ("Against", "Δ Sharpe", "95 % interval", "p", "Δ CAGR", "IR over it", "Alpha/yr", "t (HAC)", "Beta")
    return SmallTable(_excluded([comparison for _, comparison in compared]), note, heads, rows)


def _against_row(name: Words, comparison: Comparison) -> tuple[Words, ...]:
    return (
        name,
        signed(figure(comparison, lambda c: c.sharpe_difference)),
        signed_bounds(comparison, lambda c: c.sharpe_difference_ci),
        p_value(figure(comparison, lambda c: c.sharpe_difference_p)),
        percent(figure(comparison, lambda c: c.cagr_difference), signed=True),
        signed(figure(comparison, lambda c: c.information_ratio)),
        percent(figure(comparison, lambda c: c.alpha), signed=True),
        signed(figure(comparison, lambda c: c.alpha_t_hac)),
        ratio(figure(comparison, lambda c: c.beta)),
    )


def _excluded(compared: Sequence[Comparison]) -> str:
    """How many intervals of the difference in Sharpe ratios leave zero out, in a sentence."""
    bounds = [(low, high) for c in compared for low, high in [c.sharpe_difference_ci]]
    apart = [low > 0 or high < 0 for low, high in bounds if low is not None and high is not None]
    n = sum(apart)
    if not apart:
        return "Against what could have been held instead"
    if len(apart) == 1:
        return f"The interval of the difference in Sharpe ratios {'leaves zero out' if n else 'holds zero'}"
    how_many = "None" if not n else "All" if n == len(apart) else str(n)
    leaves = "leaves" if n <= 1 else "leave"
    return f"{how_many} of {len(apart)} intervals of the difference in Sharpe ratios {leaves} zero out"


def sharpe(variant: VariantResult, result: RunResult) -> SmallTable:
    """The Sharpe ratio and its corrections."""
    inference, family = variant.inference, result.family
    net = ratio(figure(variant, lambda v: v.metrics.sharpe))
    haircut = ratio(figure(inference, lambda i: i.haircut_sharpe))
    interval = signed_bounds(inference, lambda i: i.sharpe_ci)
    rows = [
        ("Sharpe ratio, net, with its 95 % interval", text("{} ({})", net, interval)),
        ("After Harvey and Liu's haircut for the trials", haircut),
        ("Probability that the true one exceeds zero (PSR)", p_value(figure(inference, lambda i: i.psr))),
        ("The same against the best of useless trials (DSR)", p_value(figure(inference, lambda i: i.dsr))),
        (
            "Years until PSR is 95 %: minimum track record",
            years(figure(inference, lambda i: i.min_track_record_years)),
        ),
        ("Years in this sample", years(figure(inference, lambda i: i.years), MISSING)),
    ]
    effective = figure(family, lambda f: f.n_effective)
    trials: Words = count(figure(family, lambda f: f.n_trials))
    if not is_missing(effective.value):
        trials = text("{} independent", ratio(effective, 1))
    caption: Words = "The Sharpe ratio, in excess of cash"
    if not is_missing(inference.haircut_sharpe):
        caption = text("Counting the trials, the Sharpe ratio of {} is worth {}", net, haircut)
    note = "These never decide: they count reward for exposure as skill, and assume returns independent over time. "
    return SmallTable(caption, text("{}Trials counted: {}.", note, trials), ("Sharpe ratio", "Figure"), rows)
