"""An unsealed run on the terminal, in Markdown and for the HTML page."""

from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from unlockstep.backtests.reports.study.gates import figure_words, threshold_words
from unlockstep.backtests.reports.study.holdout import look_sentence
from unlockstep.backtests.reports.study.markdown import pipe_table
from unlockstep.backtests.reports.text.format import count, interval, p_value, ratio, short_hash, typographic
from unlockstep.backtests.reports.text.small_table import SmallTable, filled, signed
from unlockstep.backtests.reports.text.wording import DECISIONS, SYNTHETIC, decision_kind

Result = dict[str, Any]

STYLE = {"edge": "bold green", "no edge": "bold red", "cannot tell": "bold yellow"}
HEADS = ("Variant", "Timing IR", "95 % interval", "p", "p family", "Sharpe", "Verdict")


def unseal_context(result: Result) -> dict[str, Any]:
    """Everything that the template of the page names."""
    decision = result["verdict"]["decision"]
    return {
        "pair": result["data"]["pair"],
        "synthetic": bool(result["data"]["synthetic"]),
        "period": period(result),
        "verdict": {"decision": decision, "kind": decision_kind(decision), "meaning": DECISIONS[decision]},
        "reasons": [typographic(reason) for reason in result["verdict"]["reasons"]],
        "look": look_sentence(result),
        "again": (result["look"]["number"] or 0) > 1,
        "tables": filled(variants_table(result), gates_table(result)),
        "details": [(v["label"], v["verdict"], [typographic(r) for r in v["reasons"]]) for v in result["variants"]],
        "facts": facts(result),
        "versions": list(result["environment"].items()),
        "figures": {},
    }


def period(result: Result) -> str:
    """The sealed sessions in words."""
    sealed = result["sealed"]
    if not sealed["sessions"]:
        return f"no session after {sealed['after']}"
    return f"{sealed['first']} to {sealed['last']}, {count(sealed['sessions'])} sessions"


def facts(result: Result) -> list[tuple[str, str]]:
    """(name, text) of the run, its study and the prices."""
    run, data, family = result["run"], result["data"], result["family"]
    rows = [
        ("Run", f"{run['name']}, verdict: {run['verdict']}"),
        ("Its period", f"{run['evaluated']['first']} to {run['evaluated']['last']}"),
        ("Its study", f"sha256 {short_hash(run['study'])}…"),
        ("Prices", f"{data['source']}, sha256 {short_hash(data['sha256'])}…; {data['note']}"),
    ]
    if family:
        counted = f"{count(family['n_trials'])}, worth {ratio(family['n_effective'], 1)} independent"
        rows.append(("Trials on these sessions", f"{counted}; {count(family['earlier'])} of other studies"))
    return rows


def variants_table(result: Result) -> SmallTable:
    """The frozen variants on the sealed sessions; the primary first."""
    ordered = sorted(
        result["variants"], key=lambda v: (v["name"] != result["primary"], v["inference"]["timing_p_family"])
    )
    rows = [
        (
            v["label"] + (" *" if v["name"] == result["primary"] else ""),
            signed(v["inference"]["timing_ir"]),
            interval(v["inference"]["timing_ci"], signed),
            p_value(v["inference"]["timing_p"]),
            p_value(v["inference"]["timing_p_family"]),
            ratio(v["metrics"]["sharpe"]),
            v["verdict"],
        )
        for v in ordered
    ]
    note = "* the primary variant, named beforehand. p family counts every variant of the run; Sharpe ratios are net."
    return SmallTable("The frozen variants on the sealed sessions", note, HEADS, rows, words=(6,))


def gates_table(result: Result) -> SmallTable:
    """The gates of the primary, or of the variant with the smallest family-wise p."""
    variants = result["variants"]
    examined = next((v for v in variants if v["name"] == result["primary"]), None)
    if examined is None and variants:
        examined = min(variants, key=lambda v: v["inference"]["timing_p_family"])
    if examined is None:
        return SmallTable("", "", (), ())
    rows = [
        (
            gate["gate"],
            "✓ yes" if gate["passed"] else "✗ no",
            figure_words(gate["gate"], gate["figure"], gate["limit"]) or "–",
            threshold_words(gate["gate"], gate["limit"]),
        )
        for gate in examined["gates"]
    ]
    note = "Later data: the timing ratio of all sealed sessions, which are later than the run's own."
    return SmallTable(
        f"Gates of {examined['label']}", note, ("Gate", "Passed", "Figure", "Threshold"), rows, words=(1, 3)
    )


def show_unsealed(console: Console, result: Result) -> None:
    """Print the answer, which look it was, and the tables."""
    decision = result["verdict"]["decision"]
    if result["data"]["synthetic"]:
        console.print(Text("SYNTHETIC prices: nothing below says anything about a real market.", style="bold magenta"))
    body = Text.assemble(
        ("The sealed period says: ", "bold"), (decision, STYLE[decision]), "\n\n",
        typographic("\n".join(result["verdict"]["reasons"])), "\n", look_sentence(result),
    )  # fmt: skip
    title = f"{'/'.join(result['data']['pair'])}, {period(result)}"
    console.print(Panel(body, title=title, title_align="left", padding=(1, 2)))
    for small in filled(variants_table(result), gates_table(result)):
        table = Table(box=None, pad_edge=False, collapse_padding=True, title=small.caption, title_justify="left")
        for i, head in enumerate(small.heads):
            table.add_column(head, justify="left" if i in (0, *small.words) else "right", no_wrap=i > 0)
        for row in small.rows:
            table.add_row(*row)
        table.caption, table.caption_justify = small.note, "left"
        console.print(table)
    for name, text in facts(result):
        console.print(Text(f"{name}: {text}", style="dim"))


def unseal_note(result: Result) -> str:
    """The answer in Markdown."""
    data, verdict = result["data"], result["verdict"]
    synthetic = f" ({SYNTHETIC})" if data["synthetic"] else ""
    lines = [
        f"# {' / '.join(data['pair'])}, unsealed: {verdict['decision']}{synthetic}",
        f"**{period(result)}.** {DECISIONS[verdict['decision']]}",
        f"**{look_sentence(result)}**",
        "\n".join(f"- {typographic(reason)}" for reason in verdict["reasons"]),
    ]
    for small in filled(variants_table(result), gates_table(result)):
        right = [i for i in range(1, len(small.heads)) if i not in small.words]
        lines += [f"## {small.caption}", pipe_table(small.heads, small.rows, right=right), small.note]
    for variant in result["variants"]:
        reasons = "\n".join(f"- {typographic(reason)}" for reason in variant["reasons"])
        lines += [f"### {variant['label']}: {variant['verdict']}", reasons]
    lines += ["## Provenance", "\n".join(f"- {name}: {text}" for name, text in facts(result))]
    return "\n\n".join(lines) + "\n"
