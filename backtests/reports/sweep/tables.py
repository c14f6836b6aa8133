"""The tables of a sweep, drawn alike on its page and in Markdown."""

from typing import Any

from unlockstep.backtests.reports.text.format import count, p_value, percent, ratio, value
from unlockstep.backtests.reports.text.small_table import SmallTable, signed, signed_interval


def left_out(result: dict[str, Any]) -> str:
    """What of the spaces was not evaluated, in a sentence; "" where nothing is left out."""
    sentences = []
    for space in result["spaces"]:
        parts = []
        if space["drawn"] is not None:
            parts.append(f"{count(space['drawn'])} of {count(space['combinations'])} combinations were drawn at random")
        if space["contradictory"]:
            parts.append(f"{count(space['contradictory'])} whose parameters contradict each other are left out")
        if space["ruined"]:
            parts.append(f"{count(space['ruined'])} lost their whole account")
        if parts:
            sentences.append(f"{space['strategy']}: {'; '.join(parts)}.")
    return " ".join(sentences)


def heads_table(result: dict[str, Any]) -> SmallTable:
    """Of how many of the best luck is the explanation."""
    rows = [
        (
            count(head["best"]),
            signed(head["t"]),
            ratio(head["expected"], 1),
            percent(head["explained"], 0),
        )
        for head in result["luck"]["heads"]
    ]
    return SmallTable(
        "How many of the best the number of variants explains",
        "By luck: how many variants have such a t, or a larger one, with their positions shifted against the returns, "
        "on average over all shifts. Neighbours rise and fall together: most alignments have fewer, some many more. "
        "Whether the best is luck, its share of alignments above says.",
        ("The best", "t of the last", "By luck", "Explained"),
        rows,
    )


def best_table(result: dict[str, Any]) -> SmallTable:
    """The best variants, by their timing."""
    rows = []
    for variant in result["best"]:
        inference, metrics = variant["inference"], variant["metrics"]
        rows.append(
            (
                short(variant, result),
                signed(inference["timing_t"]),
                p_value(inference["timing_p"]),
                p_value(inference["timing_p_family"]),
                p_value(inference["timing_p_ever"]),
                signed(inference["timing_ir"]),
                signed_interval(inference["timing_ci"]),
                signed(metrics["sharpe"]),
                ratio(inference["dsr"]),
                percent(metrics["cagr"], 1, True),
                percent(metrics["max_drawdown"]),
                ratio(metrics["turnover"], 1),
            )
        )
    return SmallTable(
        f"The best {len(rows)} by t, as vectorbt keeps their accounts" if rows else "No variant changes its position",
        "t: the timing statistic of the verdict. p: the variant alone; family: counting every variant of the sweep; "
        "ever: and all that was tried before. DSR counts them by their returns. Figures of the best are flattered by "
        "the search: the family's p says how much.",
        (
            "Variant",
            "t",
            "p",
            "p family",
            "p ever",
            "Timing IR",
            "95 %",
            "Sharpe",
            "DSR",
            "CAGR",
            "Drawdown",
            "Turnover",
        ),
        rows,
    )


def later_table(result: dict[str, Any]) -> SmallTable:
    """What choosing among all variants was worth on sessions that it had not seen; no rows where time was too short."""
    later, rows = result["later"], []
    for name, words in (("expanding", "all sessions before"), ("rolling", "the sessions just before")):
        walk = (later or {}).get(name)
        if walk is not None:
            rows.append(
                (
                    f"chosen again and again on {words}",
                    walk["first"],
                    count(len(walk["folds"])),
                    signed(walk["timing_ir"]),
                    signed_interval(walk["timing_ci"]),
                    p_value(walk["timing_p"]),
                    signed(walk["sharpe"]),
                )
            )
    return SmallTable(
        "What choosing among all of them was worth on later sessions",
        "Chosen by the t of the timing return on the training sessions, held on the next, traded by vectorbt, net. "
        + _paths(later),
        ("", "From", "Choices", "Timing IR", "95 %", "p", "Sharpe"),
        rows,
    )


def _paths(later: dict[str, Any] | None) -> str:
    if later is None:
        return ""
    paths = later["combinatorial"]
    ratios = [ir for ir in paths["timing_ir"] if ir is not None]
    if not ratios:
        return ""
    return (
        "Chosen on every four of six parts of the sample and held on the other two, the "
        f"{count(paths['paths'])} paths have timing ratios of {signed(min(ratios))} to {signed(max(ratios))}."
    )


def short(variant: dict[str, Any], result: dict[str, Any]) -> str:
    """Strategy and the parameters that the sweep varies."""
    axes = result["spaces"][variant["space"]]["axes"]
    varied = [name for name, values in axes.items() if len(values) > 1]
    return " ".join([variant["strategy"], *(f"{name}={value(variant['params'][name])}" for name in varied)])


def benchmark_table(result: dict[str, Any]) -> SmallTable:
    """The benchmarks on the same sessions."""
    rows = [
        (
            each["name"],
            signed(each["metrics"]["sharpe"]),
            percent(each["metrics"]["cagr"], 1, True),
            percent(each["metrics"]["max_drawdown"]),
        )
        for each in result["benchmarks"]
    ]
    return SmallTable("What anyone could hold", "On the same sessions.", ("", "Sharpe", "CAGR", "Drawdown"), rows)


def axes_table(result: dict[str, Any]) -> SmallTable:
    """What was swept."""
    rows = [
        (space["strategy"], name, _span(values), count(len(values)))
        for space in result["spaces"]
        for name, values in space["axes"].items()
    ]
    return SmallTable("What was swept", left_out(result), ("Strategy", "Parameter", "Values", "How many"), rows, (1, 2))


def _span(values: list[Any]) -> str:
    texts = [value(each) for each in values]
    return ", ".join(texts) if len(texts) <= 6 else f"{texts[0]}, {texts[1]}, {texts[2]} … {texts[-1]}"


def value_tables(result: dict[str, Any]) -> list[SmallTable]:
    """A table each of the parameters that were varied: what each value brought."""
    tables = []
    for space in result["spaces"]:
        for name, rows in space["by_value"].items():
            shown = rows if len(rows) <= 12 else [rows[i * (len(rows) - 1) // 11] for i in range(12)]
            cut = "" if shown is rows else f", 12 of {len(rows)} values"
            tables.append(
                SmallTable(
                    f"{space['strategy']}: {name}{cut}",
                    "",
                    (name, "Variants", "Mean t", "Best t"),
                    [
                        (value(r["value"]), count(r["variants"]), signed(r["mean_t"]), signed(r["best_t"]))
                        for r in shown
                    ],
                )
            )
    return tables
