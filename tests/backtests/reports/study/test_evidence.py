"""The tables of evidence: the figures of result.json in them, and findings that say what they show."""

from typing import Any

from tests.backtests.reports.build import candidate, stored_run, walk
from unlockstep.backtests.reports.study import walk_forward as walks
from unlockstep.backtests.reports.study.evidence import EvidenceView, evidence, years_title
from unlockstep.backtests.reports.study.family import family_title, family_view, placebo_table
from unlockstep.backtests.reports.text.small_table import SmallTable
from unlockstep.backtests.reports.text.variants import examined
from unlockstep.backtests.reports.text.wording import counted, listed
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.model.variant import WalkForwardResult


def plain(table: SmallTable) -> SmallTable:
    """The table without the places of its figures."""
    return SmallTable(
        str(table.caption), str(table.note), table.heads, [tuple(map(str, row)) for row in table.rows], table.words
    )


def tables(view: EvidenceView | None) -> dict[str, SmallTable]:
    """The tables of the evidence by their first head."""
    assert view is not None
    return {table.heads[0]: plain(table) for _, group in view.groups for table in group}


def typed(**more: Any) -> RunResult:
    """The result of the run made by hand."""
    return stored_run(**more).result


def test_each_table_of_the_evidence_shows_the_figures_of_the_result() -> None:
    view = evidence(typed())
    by_head = tables(view)
    assert by_head["Test"].rows == [
        ("Scores against histories of redrawn signs", "+0.98", "0.164", "0.473", "timing test"),
        ("Scores against clear shifts", "–", "0.171", "0.482", "none"),
        ("Returns over their volatility, unbent, against the histories", "+0.91", "–", "0.512", "rare losses"),
        (
            "Skewness of these returns: below 0 where losses are rarer and larger than gains",
            "+0.21",
            "–",
            "–",
            "rare losses",
        ),
        ("Money against clear shifts", "+1.12", "0.187", "–", "raw returns"),
        ("Scores against resampled returns", "–", "0.244", "0.851", "none"),
    ]
    assert [row[1] for row in by_head["Strength"].rows] == [
        "+0.32", "−0.42 to +1.06", "+0.94", "0.06", "+0.88", "+0.50", "+1.43", "1.2", "23.7",
    ]  # fmt: skip
    assert [row[1] for row in by_head["Episodes"].rows] == [
        "7", "3", "42\u00a0%", "71\u00a0%", "+0.19", "−0.52 to +1.16",
    ]  # fmt: skip
    assert [row[1] for row in by_head["Random entries"].rows] == ["+0.32", "+0.25", "+0.58", "0.428"]
    assert by_head["Costs"].rows[:2] == [("0×", "0.58", "+0.30"), ("1×, as studied", "0.57", "+0.28")]
    assert by_head["Costs"].caption == "Costs times 15.1 would eat its lead over the constant mix"
    assert by_head["Lag"].rows[0] == ("1, as studied", "0.55", "+0.32", "0.164")
    assert by_head["Lag"].rows[4] == ("5", "0.47", "+0.20", "0.284")
    assert by_head["Fill"].rows == [
        ("close, as studied", "0.57", "+0.32", "0.164"),
        ("open", "0.53", "+0.28", "0.222"),
    ]
    assert by_head["Year"].rows[0] == ("2024", "252", "+20.6\u00a0%", "1.07", "+13.1\u00a0%")
    assert by_head["From"].rows[1] == ("2024-05-20", "2024-10-04", "+0.55", "0.182")
    assert by_head["Chosen among"].rows == [
        ("as tried, one variant", "2024-07-01", "−0.15", "−0.96 to +0.68", "0.666", "0.51", "1 in 2"),
        ("all 12, expanding", "2024-07-01", "−0.14", "−0.95 to +0.69", "0.665", "0.52", "1 in 2"),
        ("all 12, rolling", "2024-07-01", "+0.22", "−0.59 to +1.05", "0.629", "0.88", "2 in 2"),
    ]
    assert [row[1] for row in by_head["Path"].rows] == ["+0.38", "−0.27", "+0.09", "+0.12", "–"]
    assert [row[1] for row in by_head["Overfitting"].rows] == ["57\u00a0%", "31\u00a0%", "12,870"]
    assert by_head["Against"].rows[0][:4] == ("hold ETH-USD", "−0.18", "−0.95 to +0.58", "0.651")
    assert [row[1] for row in by_head["Sharpe ratio"].rows] == [
        "0.57 (+0.07 to +1.02)", "0.27", "0.955", "0.633", "7.9", "1.2",
    ]  # fmt: skip
    assert all(table.note for table in by_head.values())


def test_captions_are_findings() -> None:
    captions = [table.caption for table in tables(evidence(typed())).values()]
    assert captions == [
        "Counting all that was tried, p of its timing is 0.473",
        "This sample would show a timing IR of 1.43 or more with 80 % power",
        "The best of 7 episodes carries 42\u00a0% of the timing profit",
        "Random entries with its holding times do as well with p 0.428",
        "Costs times 15.1 would eat its lead over the constant mix",
        "Timing IR above zero at all 5 lags",
        "Sharpe 0.57 at the close and 0.53 at the open",
        "Timing IR above zero in 1 of 3 parts of the sample; in 1 its weights never varied",
        "1 of 2 calendar years ended with a gain, net of costs",
        "On data not used to choose, timing IR −0.15 (as tried), −0.14 (expanding) and +0.22 (rolling)",
        "Timing IR above zero on 3 of 5 combinatorial paths",
        "In 57\u00a0% of halvings the best of one half was no better than the middle in the other",
        "1 of 3 intervals of the difference in Sharpe ratios leaves zero out",
        "Counting the trials, the Sharpe ratio of 0.57 is worth 0.27",
    ]


def test_the_picture_of_checks_counts_what_it_draws() -> None:
    result = evidence(typed())
    assert result is not None
    view = result.checks
    assert view is not None
    assert (
        str(view.title) == "Under other conditions its timing IR is above zero in 10 of 14 checks, at 0.50 or more in 1"
    )
    assert sum(len(row.dots) for row in view.rows) == 15
    assert [str(row.name) for row in view.rows] == [
        "The whole sample, as studied",
        "Without its best episode",
        "Orders at lag 2, 3, 4, 5",
        "Parts of equal length (1 of 3 without any)",
        "Out of sample, as tried",
        "Out of sample, grid, expanding",
        "Out of sample, grid, rolling",
        "Combinatorial paths (1 of 5 without any)",
    ]
    assert all(0 <= at <= 100 for row in view.rows for at, _ in row.dots)


def test_infinite_years_are_never_and_missing_figures_have_a_sentence() -> None:
    variant = candidate("rule(x=1)")
    variant["inference"] |= {"years_needed": None, "min_track_record_years": None}
    variant["inference"]["episode_detail"] |= {"share_best": None, "share_best_two": None}
    variant["robustness"] |= {"break_even_multiple": None, "walk_forward": None}
    by_head = tables(evidence(typed(candidates=[variant])))
    assert by_head["Strength"].rows[-1] == ("Years to show +0.32 with 80 % power", "never")
    assert ("Years until PSR is 95 %: minimum track record", "never") in by_head["Sharpe ratio"].rows
    assert by_head["Episodes"].caption == "7 episodes, and no timing profit to share"
    assert by_head["Costs"].caption == "No multiple of the costs eats its lead over the constant mix"
    variant["robustness"]["costs"][0]["ir_over_mix"] = -0.02
    by_head = tables(evidence(typed(candidates=[variant])))
    assert by_head["Costs"].caption == "Without any costs it has no lead to lose over the constant mix"
    assert "Chosen among" not in by_head


def typed_walk(first: str, second: str) -> WalkForwardResult:
    return WalkForwardResult.model_validate(walk(first, second))


def test_folds_are_named_by_the_parameters_that_differ() -> None:
    table = walks.folds_table(typed_walk("rule(window=60,hold=20)", "rule(window=90,hold=20)"))
    assert table.rows == [
        ("2024-07-01", "2024-09-30", "window=60", "window=60"),
        ("2024-10-01", "2025-02-20", "window=60", "window=90"),
    ]
    assert table.caption == "The choice changed never in 2 stretches (expanding) and once in 2 (rolling)"
    assert str(table.note).endswith("In all of them: hold=20.")
    same = walks.folds_table(typed_walk("rule(window=60)", "rule(window=60)"))
    assert same.rows[0][2:] == ("the same throughout", "the same throughout")


def test_the_calendar_years_tell_of_the_timing() -> None:
    variant = examined(typed())
    assert variant is not None
    assert variant.robustness is not None
    years = variant.robustness.subperiods
    assert years_title(years) == "Its timing paid in 1 of 2 calendar years; 2024 brought the most"
    assert years_title(years[1:]) == "Its timing paid in 0 of 1 calendar years"


def test_the_family_shows_the_figures_of_the_result() -> None:
    result = typed(candidates=[candidate("a(x=1)"), candidate("b(x=1)")])
    view = family_view(result)
    assert view is not None
    by_head = {table.heads[0]: plain(table) for table in view.tables}
    assert [row[1] for row in by_head["The trials"].rows] == [
        "2",
        "0",
        "2",
        "1.8",
        "5\u00a0%",
        "50\u00a0%",
        "2.86",
        "2.14",
        "2.4",
    ]
    assert by_head["Against"].rows == [
        ("each one's constant mix", "0.461", "0.404 to 0.471", "0.596", "none"),
        ("holding ETH-USD", "0.971", "0.961 to 0.981", "0.991", "none"),
        ("holding IWM", "0.031", "0.028 to 0.034", "0.087", "a"),
    ]
    assert by_head["Against"].caption == "Superior in mean net return: a to holding IWM"
    assert by_head["Overfitting"].rows[0][1] == "65\u00a0%"
    assert view.folds is not None
    assert view.folds.rows[1] == ("2024-10-01", "2025-02-20", "a", "b")
    assert str(view.title) == (
        "2 variants were tried (effective number of independent trials: 1.8); SPA p "
        "0.461 against each one's constant mix; PBO 65\u00a0%"
    )


def test_one_variant_is_told_of_in_the_singular() -> None:
    result = typed()
    result = result.model_copy(update={"family": result.family.model_copy(update={"own_effective": 1.0})})
    assert str(family_title(result)).startswith("1 variant was tried (effective number of independent trials: 1.0);")
    view = family_view(result)
    assert view is not None
    assert view.tables[0].caption == "The one variant is counted"


def test_placebo_pairs_are_counted_where_there_is_something_to_time() -> None:
    result = typed()
    table = placebo_table(result)
    assert table is not None
    table = plain(table)
    assert table.caption == "On 1 of 2 placebo pairs the primary's timing p is below 5 %; on ETH-USD / IWM it is 0.164"
    assert table.rows[0][:5] == ("ETH-USD / IWM (this study)", "2024-01-01", "2025-02-21", "+0.32", "0.164")
    assert table.rows[1] == ("ETH-USD / GLD", "2024-01-02", "2025-02-20", "+1.22", "0.021", "break_entry", "0.031")
    assert "Left out: ETH-USD / XYZ: XYZ.csv holds too few sessions." in str(table.note)
    one = placebo_table(result.model_copy(update={"placebo": result.placebo[:1]}))
    assert one is not None
    assert str(one.caption).startswith("On 1 of 1 placebo pair the primary's")
    assert placebo_table(result.model_copy(update={"placebo": ()})) is None


def test_without_a_primary_placebo_pairs_tell_of_the_best() -> None:
    table = placebo_table(typed().model_copy(update={"primary": None}))
    assert table is not None
    assert table.heads == ("Pair", "From", "To", "Best variant", "its family-wise p")
    assert (
        str(table.caption)
        == "On 1 of 3 placebo pairs the smallest family-wise p is below 5 %; on ETH-USD / IWM it is 0.473"
    )


def test_names_and_counts_read_as_one_says_them() -> None:
    assert [listed(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
    assert [counted(*n, "lag") for n in ((0, 5), (2, 5), (5, 5), (0, 1), (1, 1))] == [
        "none of 5 lags", "2 of 5 lags", "all 5 lags", "0 of 1 lag", "1 of 1 lag",
    ]  # fmt: skip
