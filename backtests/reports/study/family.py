"""All variants of a study together, and the same rules on other pairs."""

from typing import Any

from unlockstep.backtests.reports.study import walk_forward as walks
from unlockstep.backtests.reports.text.format import (
    MISSING,
    count,
    interval,
    is_missing,
    p_value,
    percent,
    ratio,
    short_percent,
    years,
)
from unlockstep.backtests.reports.text.small_table import SmallTable, filled, signed
from unlockstep.backtests.reports.text.wording import best_of, counted, examined, listed, primary_of, short_names

Result = dict[str, Any]

YARDSTICKS = {"constant_mix": "each one's constant mix", "hold_eth": "holding {crypto}", "hold_iwm": "holding {equity}"}
"""Key of `family.spa` → what the variants are held against."""


def family_view(result: Result) -> dict[str, Any] | None:
    """The section on the family: its finding, tables and folds; None without variants under test."""
    family = result["family"]
    if examined(result) is None:
        return None
    walk = family.get("walk_forward")
    return {
        "title": family_title(result),
        "tables": filled(
            counting(result),
            ability(result),
            walks.walk_table(walk, "variants of this study") if walk else None,
            walks.overfitting_table(walk, "variants of this study") if walk else None,
            walks.paths_table(walk) if walk else None,
        ),
        "folds": walks.folds_table(walk, short_names(result)) if walk else None,
    }


def family_title(result: Result) -> str:
    """Trials, SPA and PBO in a sentence."""
    family = result["family"]
    n, effective = family.get("n_variants"), family.get("own_effective")
    clauses = [f"{count(n)} {'variant was' if n == 1 else 'variants were'} tried"]
    if not is_missing(effective):
        clauses[0] += (
            f", worth {ratio(effective, 1)} independent {'trial' if ratio(effective, 1) == '1.0' else 'trials'}"
        )
    if family.get("earlier"):
        clauses.append(
            f"with those of other studies {count(family.get('n_trials'))} trials on these prices, worth "
            f"{ratio(family.get('n_effective'), 1)}"
        )
    if not is_missing(family.get("spa_p")):
        clauses.append(f"SPA p {p_value(family['spa_p'])} against each one's constant mix")
    if not is_missing(family.get("pbo")):
        clauses.append(f"PBO {percent(family['pbo'], 0)}")
    return "; ".join(clauses)


def counting(result: Result) -> SmallTable:
    """How many were tried, and how the error is split."""
    family, alpha = result["family"], result["study"].get("alpha")
    n, share = family.get("n_variants"), family.get("primary_share")
    rows = [("Variants tried in this study", count(n))]
    if family.get("earlier") is not None:
        rows.append(("Trials of other studies on these prices", count(family["earlier"])))
    rows.append(("Trials counted", count(family.get("n_trials"))))
    if "n_effective" in family:
        rows.append(("Independent trials that they amount to", ratio(family.get("n_effective"), 1)))
    if "n_effective_timing" in family:
        rows.append(("The same by their timing, for p-values", ratio(family["n_effective_timing"], 1)))
    rows.append(("Error rate of “edge”, for all of them together", short_percent(alpha)))
    if "primary_share" in family:
        named = primary_of(result) is not None
        split = short_percent(share) if share else "all" if named else "none is named"
        rows.append(("Share of it for the primary, the rest for the others", split))
    if "critical_t" in family:
        rows.append(("Sufficient t of the others" if share else "Critical t", ratio(family.get("critical_t"))))
        if share:
            rows.append(("Sufficient t of the primary", ratio(family.get("critical_t_primary"))))
    if "min_backtest_years" in family:
        rows.append(("Years until the best of useless ones looks worse", years(family.get("min_backtest_years"))))
    note = (
        "Independent trials: as many would have the same expected maximum, by simulation with the variants' "
        "correlations. Sufficient t: a timing t that is enough by the shifts; together primary and others may need "
        "less. The last row: minimum backtest length (Bailey et al. 2014) at the best Sharpe ratio found."
    )
    caption = f"All {count(n)} variants are counted" if n != 1 else "The one variant is counted"
    return SmallTable(caption, note, ("The trials", "Figure"), rows)


def ability(result: Result) -> SmallTable:
    """Hansen's, White's and Romano and Wolf's tests against each yardstick."""
    pair, names = result["data"]["pair"], short_names(result)
    tests = result["family"].get("spa") or {}
    rows, superior = [], []
    for key, test in tests.items():
        better = [names.get(name, name) for name in test.get("superior") or ()]
        yardstick = YARDSTICKS.get(key, key).replace("{crypto}", pair[0]).replace("{equity}", pair[1])
        if better:
            superior.append(f"{listed(better)} to {yardstick}")
        rows.append(
            (yardstick, p_value(test.get("p")), interval((test.get("p_lower"), test.get("p_upper")), p_value),
             p_value(test.get("p_reality_check")), listed(better) or "none")
        )  # fmt: skip
    caption = (
        f"Superior in mean net return: {'; '.join(superior)}" if superior else "No variant is superior to any yardstick"
    )
    note = (
        "p that the best mean net return is luck, all variants counted: Hansen's SPA with its lower and upper bound, "
        "and White's Reality Check. Superior: Romano and Wolf's StepM at 5 %. Stationary bootstrap: assumes that the "
        "differences are stationary. Beating a leg is no timing: a mix can do it. They never decide."
    )
    heads = ("Against", "SPA p", "its bounds", "Reality Check p", "Superior")
    return SmallTable(caption, note, heads, rows, words=(4,))


def placebo_table(result: Result) -> SmallTable | None:
    """The same rules on pairs that the statements are not about, the study's own pair first."""
    entries = result.get("placebo") or []
    if not entries:
        return None
    names, primary, best = short_names(result), primary_of(result), best_of(result)
    window = result["data"]["evaluated"]
    ran, skipped = [e for e in entries if "skipped" not in e], [e for e in entries if "skipped" in e]
    study_entry = {
        "pair": result["data"]["pair"],
        "first": window["first"],
        "last": window["last"],
        "best": best["name"] if best else None,
        "best_p_family": best["inference"].get("timing_p_family") if best else None,
        "primary_timing_ir": primary["inference"].get("timing_ir") if primary else None,
        "primary_timing_p": primary["inference"].get("timing_p") if primary else None,
    }
    rows = [
        (
            " / ".join(e["pair"]) + (" (this study)" if e is study_entry else ""),
            e.get("first") or MISSING,
            e.get("last") or MISSING,
            *([signed(e.get("primary_timing_ir")), p_value(e.get("primary_timing_p"))] if primary else []),
            names.get(e.get("best") or "", e.get("best") or MISSING),
            p_value(e.get("best_p_family")),
        )
        for e in (study_entry, *ran)
    ]
    note = (
        "The same variants on other pairs, one leg replaced at a time. By luck alone about one p in twenty is below "
        "5 %; the pairs share legs and years, so they are not independent. It never decides. "
        f"{'A timing IR of – says that its weights never varied there. ' if primary else ''}"
    )
    note += " ".join(f"Left out: {' / '.join(e['pair'])}: {e['skipped']}" for e in skipped)
    middle = ("Primary's timing IR", "p") if primary else ()
    heads = ("Pair", "From", "To", *middle, "Best variant", "its p family")
    words = (1, 2, len(heads) - 2)
    return SmallTable(_placebo_title(study_entry, ran, primary is not None), note.strip(), heads, rows, words)


def _placebo_title(study_entry: dict[str, Any], ran: list[dict[str, Any]], primary: bool) -> str:
    """On how many placebo pairs the timing passes for skill."""
    key, what = (
        ("primary_timing_p", "the primary's timing p") if primary else ("best_p_family", "the smallest p family")
    )
    judged = [e for e in ran if not is_missing(e.get(key)) and not (primary and is_missing(e.get("primary_timing_ir")))]
    if not judged:
        return "No placebo pair could be judged"
    low = sum(float(e[key]) < 0.05 for e in judged)
    here = f"; on {' / '.join(study_entry['pair'])} it is {p_value(study_entry[key])}"
    title = f"on {counted(low, len(judged), 'placebo pair')} {what} is below 5 %{here}"
    return title[:1].upper() + title[1:]
