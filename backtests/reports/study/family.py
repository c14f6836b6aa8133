"""All variants of a study together, and the same rules on other pairs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from unlockstep.backtests.reports.study import walk_forward as walks
from unlockstep.backtests.reports.text.figure import Figure, Text, Words, figure, joined, text
from unlockstep.backtests.reports.text.format import (
    MISSING,
    Number,
    count,
    interval_text,
    is_missing,
    p_value,
    percent,
    ratio,
    short_percent,
    years,
)
from unlockstep.backtests.reports.text.small_table import SmallTable, filled, signed
from unlockstep.backtests.reports.text.variants import best_of, examined, primary_of, short_names
from unlockstep.backtests.reports.text.wording import counted, listed
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.model.variant import Inference, VariantResult

YARDSTICKS = {
    "constant_mix": "each one's constant mix",
    "hold_eth": "holding {crypto}",
    "hold_iwm": "holding {equity}",
    "equal_weight": "all legs in equal shares",
}
"""Key of `family.spa` → what the variants are held against."""


@dataclass(frozen=True)
class FamilyView:
    """The section on the family: its finding, its tables, and the folds of its walk-forward, None without one."""

    title: Text
    tables: list[SmallTable]
    folds: SmallTable | None


def family_view(result: RunResult) -> FamilyView | None:
    """The section on the family; None without variants under test."""
    if examined(result) is None:
        return None
    tables, folds, walk = [counting(result), ability(result)], None, result.family.walk_forward
    if walk is not None:
        chosen_from = "variants of this study"
        overfitting = filled(walks.overfitting_table(walk, chosen_from))
        tables += [walks.walk_table(walk, chosen_from), *overfitting, walks.paths_table(walk)]
        folds = walks.folds_table(walk, short_names(result))
    return FamilyView(family_title(result), filled(*tables), folds)


def family_title(result: RunResult) -> Text:
    """Trials, SPA and PBO in a sentence."""
    family = result.family
    were = "variant was" if family.n_variants == 1 else "variants were"
    tried = text("{} {} tried", count(figure(family, lambda f: f.n_variants)), were)
    if not is_missing(family.own_effective):
        effective = ratio(figure(family, lambda f: f.own_effective), 1)
        tried += text(" (effective number of independent trials: {})", effective)
    clauses = [tried]
    if family.earlier:
        clauses.append(
            text(
                "with those of other studies {} trials on these prices (effective number: {})",
                count(figure(family, lambda f: f.n_trials)),
                ratio(figure(family, lambda f: f.n_effective), 1),
            )
        )
    if not is_missing(family.spa_p):
        clauses.append(text("SPA p {} against each one's constant mix", p_value(figure(family, lambda f: f.spa_p))))
    if not is_missing(family.pbo):
        clauses.append(text("PBO {}", percent(figure(family, lambda f: f.pbo), 0)))
    return joined("; ", clauses)


def counting(result: RunResult) -> SmallTable:
    """How many were tried, and how the error is split."""
    family, share = result.family, figure(result.family, lambda f: f.primary_share)
    n = count(figure(family, lambda f: f.n_variants))
    split: Words = "all" if primary_of(result) is not None else "none is named"
    if share.value:
        split = short_percent(share)
    rows: list[tuple[Words, ...]] = [("Variants tried in this study", n)]
    if family.earlier is not None:
        rows.append(("Trials of other studies on these prices", count(figure(family, lambda f: f.earlier))))
    rows += [
        ("Trials counted", count(figure(family, lambda f: f.n_trials))),
        ("Effective number of independent trials", ratio(figure(family, lambda f: f.n_effective), 1)),
        (
            "Error rate of “edge”, for all of them together",
            short_percent(figure(result, lambda r: r.study["alpha"])),
        ),
        ("Share of it for the primary, the rest for the others", split),
        (
            "Sufficient t of the others" if share.value else "Critical t",
            ratio(figure(family, lambda f: f.critical_t)),
        ),
    ]
    if share.value:
        rows.append(("Sufficient t of the primary", ratio(figure(family, lambda f: f.critical_t_primary))))
    rows.append(
        ("Years until the best of useless ones looks worse", years(figure(family, lambda f: f.min_backtest_years)))
    )
    note = (
        "Independent trials: as many would have the same expected maximum, by simulation with the variants' "
        "correlations. Sufficient t: a timing t, over its spread, that is enough by the histories; together primary "
        "and others may need less. The last row: minimum backtest length (Bailey et al. 2014) at the best Sharpe ratio "
        "found."
    )
    caption: Words = "The one variant is counted" if family.n_variants == 1 else text("All {} variants are counted", n)
    return SmallTable(caption, note, ("The trials", "Figure"), rows)


def ability(result: RunResult) -> SmallTable:
    """Hansen's, White's and Romano and Wolf's tests against each yardstick."""
    pair, names = result.data.pair, short_names(result)
    rows: list[tuple[Words, ...]] = []
    superior = []
    for key, test in result.family.spa.items():
        better = listed([names.get(name, name) for name in test.superior])
        yardstick = YARDSTICKS[key].replace("{crypto}", pair[0]).replace("{equity}", pair[1])
        if better:
            superior.append(f"{better} to {yardstick}")
        bounds = [figure(test, lambda t: t.p_lower), figure(test, lambda t: t.p_upper)]
        rows.append(
            (
                yardstick,
                p_value(figure(test, lambda t: t.p)),
                interval_text(bounds, p_value),
                p_value(figure(test, lambda t: t.p_reality_check)),
                better or "none",
            )
        )
    caption = (
        f"Superior in mean net return: {'; '.join(superior)}" if superior else "No variant is superior to any yardstick"
    )
    note = (
        "p that the best mean net return is chance, all variants counted: Hansen's SPA with its lower and upper bound, "
        "and White's Reality Check. Superior: Romano and Wolf's StepM at 5 %. Stationary bootstrap: assumes that the "
        "differences are stationary. Beating a leg is no timing: a mix can do it. They never decide."
    )
    heads = ("Against", "SPA p", "its bounds", "Reality Check p", "Superior")
    return SmallTable(caption, note, heads, rows, words=(4,))


@dataclass(frozen=True)
class _PairEntry:
    """A pair's row: its name, its first and last session, the primary's timing there, and the best variant."""

    name: str
    first: str | None
    last: str | None
    timing_ir: Figure
    timing_p: Figure
    best: str | None
    best_p: Figure


def placebo_table(result: RunResult) -> SmallTable | None:
    """The same rules on pairs that the statements are not about, the study's own pair first; None without any."""
    if not result.placebo:
        return None
    names, has_primary = short_names(result), primary_of(result) is not None
    here, placebos = _this_study(result), _placebo_entries(result)
    rows: list[tuple[Words, ...]] = [
        (
            entry.name + (" (this study)" if entry is here else ""),
            entry.first or MISSING,
            entry.last or MISSING,
            *([signed(entry.timing_ir), p_value(entry.timing_p)] if has_primary else []),
            names.get(entry.best or "", entry.best or MISSING),
            p_value(entry.best_p),
        )
        for entry in (here, *placebos)
    ]
    note = (
        "The same variants on other pairs, one leg replaced at a time. By chance alone about one p in twenty is below "
        "5 %; the pairs share legs and years, so they are not independent. It never decides. "
        f"{'A timing IR of – says that its weights never varied there. ' if has_primary else ''}"
    )
    note += " ".join(f"Left out: {' / '.join(e.pair)}: {e.skipped}" for e in result.placebo if e.skipped is not None)
    middle = ("Primary's timing IR", "p") if has_primary else ()
    heads = ("Pair", "From", "To", *middle, "Best variant", "its family-wise p")
    words = (1, 2, len(heads) - 2)
    return SmallTable(_placebo_title(here, placebos, has_primary), note.strip(), heads, rows, words)


def _this_study(result: RunResult) -> _PairEntry:
    def read(variant: VariantResult | None, of: Callable[[Inference], Number]) -> Figure:
        return Figure(None, "") if variant is None else figure(variant.inference, of)

    primary, best = primary_of(result), best_of(result)
    return _PairEntry(
        " / ".join(result.data.pair),
        result.data.evaluated.first,
        result.data.evaluated.last,
        read(primary, lambda i: i.timing_ir),
        read(primary, lambda i: i.timing_p),
        best.name if best is not None else None,
        read(best, lambda i: i.timing_p_family),
    )


def _placebo_entries(result: RunResult) -> list[_PairEntry]:
    return [
        _PairEntry(
            " / ".join(e.pair),
            e.first,
            e.last,
            figure(e, lambda e: e.primary_timing_ir),
            figure(e, lambda e: e.primary_timing_p),
            e.best,
            figure(e, lambda e: e.best_p_family),
        )
        for e in result.placebo
        if e.skipped is None
    ]


def _placebo_title(here: _PairEntry, placebos: Sequence[_PairEntry], has_primary: bool) -> Words:
    """On how many placebo pairs the timing passes for skill."""
    shown = here.timing_p if has_primary else here.best_p
    of_pairs = [
        e.timing_p if has_primary else e.best_p for e in placebos if not (has_primary and e.timing_ir.value is None)
    ]
    judged = [p.value for p in of_pairs if p.value is not None]
    if not judged:
        return "No placebo pair could be judged"
    low = counted(sum(p < 0.05 for p in judged), len(judged), "placebo pair")
    what = "the primary's timing p" if has_primary else "the smallest family-wise p"
    return text("On {} {} is below 5 %; on {} it is {}", low, what, here.name, p_value(shown))
