"""An unsealed run on the terminal, in Markdown and for the HTML page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text as Styled

from unlockstep.backtests.reports.charts.style import Chart
from unlockstep.backtests.reports.study.gates import figure_words, threshold_words
from unlockstep.backtests.reports.study.holdout import look_sentence
from unlockstep.backtests.reports.study.markdown import pipe_table, plain
from unlockstep.backtests.reports.study.provenance import price_warnings
from unlockstep.backtests.reports.text.figure import Text, Words, figure, joined, sentences, text
from unlockstep.backtests.reports.text.format import (
    MISSING,
    count,
    p_value,
    ratio,
    sentence_text,
    short_hash,
    typographic,
)
from unlockstep.backtests.reports.text.small_table import SmallTable, filled, signed, signed_bounds
from unlockstep.backtests.reports.text.variants import family_p
from unlockstep.backtests.reports.text.wording import DECISIONS, SYNTHETIC, decision_kind
from unlockstep.backtests.results.model.unseal import UnsealedVariant, UnsealResult

STYLE = {"edge": "bold green", "no edge": "bold red", "cannot tell": "bold yellow"}
HEADS = ("Variant", "Timing IR", "95 % interval", "p", "family-wise p", "Sharpe", "Verdict")

Reasons: TypeAlias = tuple[Text, ...]


@dataclass(frozen=True)
class UnsealView:
    """Everything that the template of the page names.

    warnings: on prices that are old or doubtful.  kind: the decision as a class name.  again: whether it was no first
    look.  details: label, verdict and reasons of each variant.
    """

    pair: tuple[str, str]
    synthetic: bool
    warnings: Sequence[str]
    period: Text
    decision: str
    kind: str
    meaning: str
    reasons: Reasons
    look: str
    again: bool
    tables: Sequence[SmallTable]
    details: tuple[tuple[str, str, Reasons], ...]
    facts: tuple[tuple[str, Words], ...]
    versions: tuple[tuple[str, str], ...]
    figures: dict[str, Chart]


def unseal_view(result: UnsealResult) -> UnsealView:
    """The page of an unsealed run."""
    decision = result.verdict.decision
    return UnsealView(
        pair=result.data.pair,
        synthetic=result.data.synthetic,
        warnings=price_warnings(result.data.notes),
        period=period(result),
        decision=decision,
        kind=decision_kind(decision),
        meaning=DECISIONS[decision],
        reasons=_reasons(result),
        look=look_sentence(result),
        again=(result.look.number or 0) > 1,
        tables=filled(variants_table(result), gates_table(result)),
        details=tuple((v.label, v.verdict, _variant_reasons(v)) for v in result.variants),
        facts=facts(result),
        versions=tuple(result.environment.items()),
        figures={},
    )


def _reasons(result: UnsealResult) -> Reasons:
    return tuple(sentence_text(reason) for reason in sentences(result.verdict, lambda v: v.reasons))


def _variant_reasons(variant: UnsealedVariant) -> Reasons:
    return tuple(sentence_text(reason) for reason in sentences(variant, lambda v: v.reasons))


def period(result: UnsealResult) -> Text:
    """The sealed sessions in words."""
    sealed = result.sealed
    if not sealed.sessions:
        return text("no session after {}", sealed.after)
    return text("{} to {}, {} sessions", sealed.first, sealed.last, count(figure(sealed, lambda s: s.sessions)))


def facts(result: UnsealResult) -> tuple[tuple[str, Words], ...]:
    """(name, text) of the run, its study and the prices."""
    run, data, family = result.run, result.data, result.family
    rows: list[tuple[str, Words]] = [
        ("Run", f"{run.name}, verdict: {run.verdict}"),
        ("Its period", f"{run.evaluated.first} to {run.evaluated.last}"),
        ("Its study", f"sha256 {short_hash(run.study)}…"),
        ("Prices", f"{data.source}, sha256 {short_hash(data.sha256)}…; {data.note}"),
    ]
    if family is not None:
        trials = text(
            "{} (effective number of independent trials: {}); {} of other studies",
            count(figure(family, lambda f: f.n_trials)),
            ratio(figure(family, lambda f: f.n_effective), 1),
            count(figure(family, lambda f: f.earlier)),
        )
        rows.append(("Trials on these sessions", trials))
    return tuple(rows)


def variants_table(result: UnsealResult) -> SmallTable:
    """The frozen variants on the sealed sessions; the primary first."""
    ordered = sorted(result.variants, key=lambda v: (v.name != result.primary, family_p(v)))
    rows = [
        (
            v.label + (" *" if v.name == result.primary else ""),
            signed(figure(v, lambda v: v.inference.timing_ir)),
            signed_bounds(v, lambda v: v.inference.timing_ci),
            p_value(figure(v, lambda v: v.inference.timing_p)),
            p_value(figure(v, lambda v: v.inference.timing_p_family)),
            ratio(figure(v, lambda v: v.metrics.sharpe)),
            v.verdict,
        )
        for v in ordered
    ]
    note = "* Pre-registered primary variant. The family-wise p counts every variant of the run; Sharpe ratios are net."
    return SmallTable("The frozen variants on the sealed sessions", note, HEADS, rows, words=(6,))


def gates_table(result: UnsealResult) -> SmallTable | None:
    """The gates of the primary, or of the variant with the smallest family-wise p; None without variants."""
    if not result.variants:
        return None
    best = min(result.variants, key=family_p)
    examined = next((v for v in result.variants if v.name == result.primary), best)
    rows = [
        (gate.gate, "✓ yes" if gate.passed else "✗ no", figure_words(gate) or MISSING, threshold_words(gate))
        for gate in examined.gates
    ]
    note = "Out of sample: the timing ratio of all sealed sessions, which are later than the run's own."
    heads = ("Gate", "Passed", "Figure", "Threshold")
    return SmallTable(f"Gates of {examined.label}", note, heads, rows, words=(1, 3))


def show_unsealed(console: Console, result: UnsealResult) -> None:
    """Print the answer, which look it was, and the tables."""
    decision = result.verdict.decision
    if result.data.synthetic:
        loud = "SYNTHETIC prices: nothing below says anything about a real market."
        console.print(Styled(loud, style="bold magenta"))
    body = Styled.assemble(
        ("The sealed period says: ", "bold"), (decision, STYLE[decision]), "\n\n",
        str(joined("\n", _reasons(result))), "\n", look_sentence(result),
    )  # fmt: skip
    title = f"{'/'.join(result.data.pair)}, {period(result)}"
    console.print(Panel(body, title=title, title_align="left", padding=(1, 2)))
    for price_note in () if result.data.synthetic else result.data.notes:
        console.print(Styled(typographic(price_note), style="yellow"))
    for small in filled(variants_table(result), gates_table(result)):
        table = Table(box=None, pad_edge=False, collapse_padding=True, title=str(small.caption), title_justify="left")
        for i, head in enumerate(small.heads):
            table.add_column(head, justify="left" if i in (0, *small.words) else "right", no_wrap=i > 0)
        for row in small.rows:
            table.add_row(*map(str, row))
        table.caption, table.caption_justify = str(small.note), "left"
        console.print(table)
    for name, fact in facts(result):
        console.print(Styled(f"{name}: {fact}", style="dim"))


def unseal_note(result: UnsealResult) -> str:
    """The answer in Markdown."""
    data, decision = result.data, result.verdict.decision
    synthetic = f" ({SYNTHETIC})" if data.synthetic else ""
    lines = [
        f"# {' / '.join(data.pair)}, unsealed: {decision}{synthetic}",
        *(f"> **{plain(warning)}**" for warning in price_warnings(data.notes)),
        f"**{period(result)}.** {DECISIONS[decision]}",
        f"**{look_sentence(result)}**",
        "\n".join(f"- {reason}" for reason in _reasons(result)),
    ]
    for small in filled(variants_table(result), gates_table(result)):
        right = [i for i in range(1, len(small.heads)) if i not in small.words]
        lines += [f"## {small.caption}", pipe_table(small.heads, small.rows, right=right), str(small.note)]
    for variant in result.variants:
        reasons = "\n".join(f"- {reason}" for reason in _variant_reasons(variant))
        lines += [f"### {variant.label}: {variant.verdict}", reasons]
    lines += ["## Provenance", "\n".join(f"- {name}: {fact}" for name, fact in facts(result))]
    return "\n\n".join(lines) + "\n"
