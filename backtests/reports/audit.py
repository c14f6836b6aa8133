"""An audit on the terminal: a line for each signal and strategy, and below it what was found."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from unlockstep.backtests.audit.findings import BLIND, Cuts, Finding, Line, Outcome

HEADS = ("", "name", "cuts", "futures", "holes", "found")
SEEN = {"clean": ("✓", "green"), "finding": ("✗", "red"), "hindsight": ("–", "dim"), "cannot tell": ("?", "yellow")}

HOW_TO_READ = (
    "✓ 100 %: nothing found, with the future altered after every session of every market; less where there was no time "
    "for all of them, or no need once something was found. A leak that shows on rare sessions only is seen where a cut "
    "falls there. cuts: these sessions. futures: markets computed. "
    "holes: comparisons after a past with missing or flat last bars; 0 where the code refuses them. "
    "grid: other sets of parameters of the strategy's grid that were tried with a few cuts each, of all."
)


def show_audit(console: Console, rows: Sequence[Outcome]) -> None:
    """Print the audit of each signal or strategy, and what no audit can catch."""
    with_findings = [row for row in rows if row.status == "finding"]
    console.print(Text(_headline(rows, with_findings), style="bold"))
    console.print()
    console.print(_table(rows))
    for row in rows:
        _details(console, row)
    console.print()
    console.print(Text(HOW_TO_READ, style="dim"))
    for text in _made(rows):
        console.print(Text(text, style="dim"))
    console.print()
    console.print(Text("What no audit can catch", style="bold"))
    for sentence in BLIND:
        console.print(Padding(Text(f"· {sentence}"), (0, 0, 0, 2)))


def _headline(rows: Sequence[Outcome], with_findings: Sequence[Outcome]) -> str:
    untold = sum(row.status == "cannot tell" for row in rows)
    rest = f" Of {untold} nothing can be told." if untold else ""
    if not with_findings:
        return f"Nothing found in {_things(rows)}.{rest}"
    findings = sum(len(row.findings) for row in with_findings)
    return f"{findings} finding{'s' if findings > 1 else ''}, in {len(with_findings)} of {_things(rows)}.{rest}"


def _things(rows: Sequence[Outcome]) -> str:
    kinds = Counter(row.kind for row in rows)
    words = {"signal": "signals", "strategy": "strategies"}
    counted = [f"{n} {kind if n == 1 else words[kind]}" for kind, n in kinds.items()]
    return counted[0] if len(counted) == 1 else f"{len(rows)} ({' and '.join(counted)})"


def _made(rows: Sequence[Outcome]) -> list[str]:
    """Where the cuts lie, a sentence for each market; of several subjects, the one with the most there."""
    by_market: dict[str, list[str]] = {}
    best: dict[tuple[str, bool], Cuts] = {}
    for cuts in (cuts for row in rows for cuts in row.stretches):
        key = cuts.market, cuts.spread
        if key not in best or cuts.made > best[key].made:
            best[key] = cuts
    most = "up to " if len(rows) > 1 else ""
    for (market, spread), cuts in best.items():
        how = "spread over" if spread else "in"
        by_market.setdefault(market, []).append(
            f"{most}{cuts.made} of {cuts.planned} cuts {how} {cuts.first} to {cuts.last}"
        )
    return [f"{market}: {', '.join(parts)}." for market, parts in by_market.items()]


def _table(rows: Sequence[Outcome]) -> Table:
    table = Table(box=None, pad_edge=False)
    for head in HEADS:
        right = head in ("cuts", "futures", "holes")
        table.add_column(head, justify="right" if right else "left", no_wrap=head != "name", overflow="fold")
    for row in rows:
        mark, style = SEEN[row.status]
        counts = [str(row.cuts), str(row.futures), str(row.holes)]
        if row.status == "hindsight":
            counts = ["", "", ""]
        if row.status == "clean":
            mark = f"{mark} {_percent(row.share)}"
        table.add_row(Text(mark, style=style), _short(row, rows), *counts, Text(_verdict(row), style=style))
    return table


def _percent(share: float) -> str:
    """In whole percent, rounded down: 100 % is all."""
    return f"{int(100 * share)} %" if share >= 0.01 else "<1 %"


def _short(row: Outcome, rows: Sequence[Outcome]) -> str:
    """The name, with the parameters in which those of the same name differ."""
    common = set.intersection(*(set(_parameters(other)) for other in rows if other.name == row.name))
    distinct = [parameter for parameter in _parameters(row) if parameter not in common]
    return f"{row.name}({','.join(distinct)})" if distinct else row.name


def _parameters(row: Outcome) -> list[str]:
    inner = row.label[len(row.name) + 1 : -1]
    return inner.split(",") if inner else []


def _verdict(row: Outcome) -> str:
    if row.status == "hindsight":
        return "in hindsight"
    if row.status == "cannot tell":
        return "cannot tell"
    if row.status == "clean":
        grid = f"; grid {row.variants}/{row.grid}" if row.grid else ""
        return f"nothing{grid}" + (f", {len(row.notes)} noted" if row.notes else "")
    return ", ".join(dict.fromkeys(finding.what for finding in row.findings))


def _details(console: Console, row: Outcome) -> None:
    if not row.findings and not row.notes and not row.reason:
        return
    console.print()
    console.print(Text(row.label, style="bold"))
    if row.reason:
        console.print(Padding(Text(f"? {row.reason}"), (0, 0, 0, 2)))
    for finding in row.findings:
        head = Text.assemble((f"✗ {finding.what}", "bold red"), f" in {finding.where}: {finding.sentence}")
        console.print(Padding(head, (0, 0, 0, 2)))
        for text in _facts(finding):
            console.print(Padding(Text(text), (0, 0, 0, 4)))
    for note in row.notes:
        console.print(Padding(Text(f"· {note}", style="dim"), (0, 0, 0, 2)))


def _facts(finding: Finding) -> list[str]:
    facts = []
    if finding.session:
        facts.append(f"first seen affected: {finding.session}")
    if finding.to_end:
        facts.append("looks ahead to the end of the sample")
    elif finding.ahead is not None:
        through = f", seen through a hole of {finding.hole} bars only" if finding.hole > 1 else ""
        facts.append(f"looks ahead {finding.ahead} session{'s' if finding.ahead > 1 else ''}{through}")
    if finding.line:
        facts.append(_line(finding, finding.line))
    elif finding.no_line:
        facts.append(f"no line: {finding.no_line}")
    return facts


def _line(finding: Finding, line: Line) -> str:
    word = "likely line" if finding.what == "look-ahead" else "line"
    function = f", in {line.function}" if line.function else ""
    among = "" if line.sure else f" (lines {line.first} to {line.last})"
    return f"{word}: {_near(line.file)}:{line.number}{function}{among}: {line.text}"


def _near(file: str) -> str:
    """The path as seen from here, where that is shorter."""
    path = Path(file)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else file
