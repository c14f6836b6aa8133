"""The evidence on one variant: the timing, how it holds up, and what could have been held instead."""

from typing import Any

from unlockstep.backtests.reports.study import robustness
from unlockstep.backtests.reports.study import walk_forward as walks
from unlockstep.backtests.reports.study.columns import dig
from unlockstep.backtests.reports.study.timing_checks import checks_view
from unlockstep.backtests.reports.text.format import MISSING, count, is_missing, p_value, percent, ratio, years
from unlockstep.backtests.reports.text.small_table import SmallTable, filled, signed, signed_interval
from unlockstep.backtests.reports.text.wording import LEG_BENCHMARKS, examined, shown_name

VariantEntry = dict[str, Any]


def evidence(result: dict[str, Any]) -> dict[str, Any] | None:
    """The evidence on the primary variant, or on that of the smallest p where none is; None without any variant.

    groups: (heading, tables).  folds: what the walk-forward chose, None where it could not walk.
    """
    variant = examined(result)
    if variant is None:
        return None
    pair, study, family = result["data"]["pair"], result["study"], result["family"]
    walk = dig(variant, ("robustness", "walk_forward"))
    chosen_from = f"variants of {variant['strategy']}"
    groups = [
        ("The timing and what it can show", filled(timing(variant), strength(variant, study))),
        ("Few bets, or many", filled(robustness.episodes(variant, study), robustness.random_entries(variant))),
        (
            "Other costs, later orders, another fill",
            filled(robustness.costs(variant), robustness.lags(variant, study), robustness.fills(variant, study)),
        ),
        ("Other years", filled(robustness.parts(variant), robustness.calendar_years(variant))),
        (
            "Chosen without hindsight",
            filled(
                walks.walk_table(walk, chosen_from, tried=True),
                walks.paths_table(walk),
                walks.overfitting_table(walk, chosen_from),
            )
            if walk
            else [],
        ),
        ("What could have been held instead", filled(against(variant, pair))),
        ("Sharpe ratios, for those who know them", filled(sharpe(variant, family))),
    ]
    return {
        "name": shown_name(variant, pair),
        "primary": variant["name"] == result.get("primary"),
        "title": _title(variant),
        "checks": checks_view(variant, study),
        "groups": [(heading, tables) for heading, tables in groups if tables],
        "folds": walks.folds_table(walk) if walk else None,
        "years_title": years_title(variant),
    }


def _title(variant: VariantEntry) -> str:
    lead = dig(variant, ("against", "constant_mix", "information_ratio"))
    grown = dig(variant, ("against", "constant_mix", "cagr_difference"))
    if is_missing(lead):
        return "Against what could have been held instead"
    return (
        f"Its mean net return a session was {'higher' if lead > 0 else 'lower'} than that of its constant mix, the "
        f"same average weights held always: information ratio {signed(lead)} a year; it grew by "
        f"{percent(grown, signed=True)} a year against it"
    )


def years_title(variant: VariantEntry) -> str:
    """The finding of the picture of calendar years: of the timing, or of the account where no timing is kept."""
    rows = robustness.rows_of(variant, "subperiods")
    key = "timing_return" if any("timing_return" in y for y in rows) else "return"
    above, n_years = robustness.above_zero(rows, key)
    if key == "return":
        return f"{above} of {n_years} calendar years ended with a gain, net of costs"
    best = max((y for y in rows if not is_missing(y.get(key))), key=lambda y: float(y[key]), default=None)
    most = f"; {best['year']} brought the most" if best is not None and above else ""
    return f"Its timing paid in {above} of {n_years} calendar years{most}"


def timing(variant: VariantEntry) -> SmallTable | None:
    """The timing test, and the same question asked in other ways."""
    inference = variant.get("inference") or {}
    if "timing_t" not in inference:
        return None
    p = inference.get("timing_p_family")
    rows = [
        ("Scores against all shifts", signed(inference.get("timing_t")), p_value(inference.get("timing_p")),
         p_value(p), "timing test"),
    ]  # fmt: skip
    if "timing_p_money" in inference:
        t, p_single = inference.get("timing_t_money"), inference.get("timing_p_money")
        rows.append(("Money against all shifts", signed(t), p_value(p_single), MISSING, "money"))
    if "timing_p_bootstrap" in inference:
        p_single, family = (inference.get(f"timing_p_{kind}") for kind in ("bootstrap", "family_bootstrap"))
        rows.append(("Scores against resampled returns", MISSING, p_value(p_single), p_value(family), "none"))
    note = (
        "Scores: returns over their volatility, bent so that no crash decides alone. p alone: this variant as the only "
        "one. p family: counting all, with the primary's share of the error (without it where returns are resampled). "
        "Shifts assume that every alignment of positions and returns was equally likely; resampled blocks that longer "
        "trends are chance, so they reject too often where returns persist."
    )
    caption = f"Counting all that was tried, p of its timing is {p_value(p)}"
    return SmallTable(caption, note, ("Test", "t", "p alone", "p family", "Gate"), rows, words=(4,))


def strength(variant: VariantEntry, study: dict[str, Any]) -> SmallTable | None:
    """How large the timing may be, and what this sample could have shown."""
    i = variant.get("inference") or {}
    if is_missing(i.get("timing_ir")):
        return None
    ir, needed = signed(i.get("timing_ir")), i.get("years_needed")
    lines = {
        "timing_ir": ("Timing IR, in money, before costs", ir),
        "timing_ci": ("95 % interval", signed_interval(i.get("timing_ci"))),
        "timing_upper": ("95 % upper bound", signed(i.get("timing_upper"))),
        "cost_drag_ir": ("Taken by its trading costs, beyond its mix's", ratio(i.get("cost_drag_ir"))),
        "timing_upper_net": ("95 % upper bound, less these costs", signed(i.get("timing_upper_net"))),
        "worthwhile_ir": ("Smallest worth trading", signed(study.get("worthwhile_ir"))),
        "min_detectable_ir": ("Smallest that it would show with 80 % power", signed(i.get("min_detectable_ir"))),
        "years": ("Years in this sample", years(i.get("years"), MISSING)),
        "years_needed": (f"Years to show {ir} with 80 % power", years(needed)),
    }
    rows = [row for key, row in lines.items() if key in i or key == "worthwhile_ir"]
    caption = f"This sample would show a timing IR of {ratio(i.get('min_detectable_ir'))} or more with 80 % power"
    note = "Upper bound: one-sided. Power: of the timing test, given all that was tried, for an effect proportional to "
    note += "the positions. Years needed: at this ratio, if it lasted."
    return SmallTable(caption, note, ("Strength", "Figure"), rows)


def against(variant: VariantEntry, pair: list[str]) -> SmallTable:
    """Against each leg and the constant mix, and against both legs at once."""
    rows = []
    compared = variant.get("against") or {}
    tested = any("sharpe_difference_ci" in figures for figures in compared.values())
    for key, figures in compared.items():
        if key in LEG_BENCHMARKS:
            name = f"{key} ({pair[LEG_BENCHMARKS[key]]})"
        else:
            mix = ", ".join(f"{percent(share, 0)} {ticker}" for ticker, share in (figures.get("weights") or {}).items())
            name = f"constant mix ({mix})" if mix else key
        bounds, p = figures.get("sharpe_difference_ci"), figures.get("sharpe_difference_p")
        rows.append(
            (
                name,
                signed(figures.get("sharpe_difference")),
                *([signed_interval(bounds), p_value(p)] if tested else []),
                percent(figures.get("cagr_difference"), signed=True),
                signed(figures.get("information_ratio")),
                percent(figures.get("alpha"), signed=True),
                signed(figures.get("alpha_t_hac")),
                ratio(figures.get("beta")),
            )
        )
    inference = variant.get("inference") or {}
    if not is_missing(inference.get("alpha")):
        betas = ", ".join(f"{ratio(b)} {ticker}" for ticker, b in (inference.get("betas") or {}).items())
        alpha, t = percent(inference.get("alpha"), signed=True), signed(inference.get("alpha_t_hac"))
        rows.append(("both legs at once", *[MISSING] * (5 if tested else 3), alpha, t, betas))
    apart = [b for f in compared.values() if (b := f.get("sharpe_difference_ci")) and not any(is_missing(x) for x in b)]
    excluded = sum(low > 0 or high < 0 for low, high in apart)
    caption = "Against what could have been held instead"
    if apart:
        how_many = "None" if not excluded else "All" if excluded == len(apart) else str(excluded)
        caption = (
            f"{how_many} of {len(apart)} intervals of the difference in Sharpe ratios {_leaves(excluded)} zero out"
        )
        if len(apart) == 1:
            caption = f"The interval of the difference in Sharpe ratios {'leaves' if excluded else 'holds'} zero"
            caption += " out" if excluded else ""
    note = "Alpha is shown and never decides: with a free beta it rewards any position that is on in calm markets."
    if tested:
        note = (
            "Interval and p of the difference: Ledoit and Wolf's studentised block bootstrap, two-sided, each "
            f"comparison on its own; assumes stationary returns. {note}"
        )
    heads = ("Against", "Δ Sharpe", *(["95 % interval", "p"] if tested else []), "Δ CAGR", "IR over it", "Alpha/yr",
             "t (HAC)", "Beta")  # fmt: skip
    return SmallTable(caption, note, heads, rows)


def _leaves(n: int) -> str:
    return "leaves" if n <= 1 else "leave"


def sharpe(variant: VariantEntry, family: dict[str, Any]) -> SmallTable:
    """The Sharpe ratio and its corrections."""
    i, ratio_net = variant.get("inference") or {}, dig(variant, ("metrics", "sharpe"))
    haircut = i.get("haircut_sharpe")
    rows = [
        ("Sharpe ratio, net, with its 95 % interval", f"{ratio(ratio_net)} ({signed_interval(i.get('sharpe_ci'))})")
    ]
    lines = {
        "haircut_sharpe": ("After Harvey and Liu's haircut for the trials", ratio(haircut)),
        "psr": ("Probability that the true one exceeds zero (PSR)", p_value(i.get("psr"))),
        "dsr": ("The same against the best of useless trials (DSR)", p_value(i.get("dsr"))),
        "min_track_record_years": (
            "Years until PSR is 95 %: minimum track record",
            years(i.get("min_track_record_years")),
        ),
        "years": ("Years in this sample", years(i.get("years"), MISSING)),
    }
    rows += [row for key, row in lines.items() if key in i]
    effective = family.get("n_effective")
    trials = f"{ratio(effective, 1)} independent" if not is_missing(effective) else count(family.get("n_trials"))
    caption = "The Sharpe ratio against zero"
    if not is_missing(haircut):
        caption = f"Counting the trials, the Sharpe ratio of {ratio(ratio_net)} is worth {ratio(haircut)}"
    note = (
        "These never decide: they count reward for exposure as skill, and assume returns independent over "
        f"time. Trials counted: {trials}."
    )
    return SmallTable(caption, note, ("Sharpe ratio", "Figure"), rows)
