"""Lists and market facts on the terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from unlockstep.backtests.reports.text.format import count, percent, ratio
from unlockstep.backtests.reports.text.identities import identity_words
from unlockstep.backtests.results.listing import (
    DataSetTrials,
    MarketFacts,
    RunEntry,
    SignalEntry,
    StrategyEntry,
    TrialEntry,
    UnreadableRun,
    UnusableEntry,
)
from unlockstep.backtests.trials.registration import MOST, MOST_LATER


def show_list(console: Console, entries: Sequence[SignalEntry | StrategyEntry | UnusableEntry]) -> None:
    """Print the signals or strategies of `unlockstep list`."""
    for entry in entries:
        if isinstance(entry, UnusableEntry):
            console.print(Text.assemble((entry.name, "bold"), "  ", (entry.problem, "red")))
            continue
        facts = [f"from {entry.source}", f"warm-up {entry.warmup} sessions"]
        if isinstance(entry, StrategyEntry):
            head, about = f"{entry.statement:<4}" if entry.statement else "", entry.hypothesis
        else:
            head, about = "", entry.meaning
            facts.append(f"unit: {entry.unit}")
            if entry.hindsight:
                facts.append("reads the whole sample: for pictures, no strategy may use it")
        console.print(Text.assemble((entry.name, "bold"), "  ", (head, "cyan"), about))
        console.print(Text("    " + "; ".join(facts), style="dim"))
        for parameter in entry.params:
            console.print(Text(f"    {parameter.name} = {parameter.default}  {parameter.description}"))


def show_runs(console: Console, runs: Sequence[RunEntry | UnreadableRun]) -> None:
    """Print the runs of `unlockstep list`."""
    if not runs:
        console.print("There are no runs yet; `unlockstep run` makes one.")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("run", "pair", "from", "to", "variants", "verdict"):
        table.add_column(heading, justify="right" if heading == "variants" else "left", overflow="fold")
    for run in runs:
        if isinstance(run, UnreadableRun):
            table.add_row(run.run, Text(run.problem, style="red"))
            continue
        pair = "/".join(run.pair) + (" SYNTHETIC" if run.synthetic else "")
        table.add_row(run.run, pair, run.first, run.last, str(run.variants), run.verdict)
    console.print(table)


def show_trials(console: Console, ledger: str, data_sets: Sequence[DataSetTrials]) -> None:
    """Print the trials of a ledger, a table for each data set."""
    if not data_sets:
        console.print(Text(f"There are no trials in {ledger}; `unlockstep run` records them."))
        return
    for data in data_sets:
        synthetic = "SYNTHETIC prices" if data.synthetic else "prices"
        n = sum(trial.variants for trial in data.trials)
        effective = ratio(data.independent, 1)
        trials = f"{count(n)} {'trial' if n == 1 else 'trials'}"
        counted = f"{trials}; effective number of independent trials: {effective}"
        also = "".join(f", also as {'/'.join(pair)}" for pair in data.other_names)
        period = f", {synthetic} from {data.first} to {data.last}"
        console.print(Text.assemble(("/".join(data.pair), "bold"), also, period))
        console.print(Text(f"{data.source}\n{counted}", style="dim"))
        table = Table(box=None, pad_edge=False)
        for heading in ("variant", "evaluated", "last tried", "study"):
            table.add_column(heading, overflow="fold")
        for trial in data.trials:
            file_hash = f" of {trial.file[:8]}" if trial.file else ""
            how = ("" if trial.fill == "close" else f" at the {trial.fill}") + (
                "" if trial.lag == 1 else f" at lag {trial.lag}"
            )
            table.add_row(
                Text(trial.variant + file_hash + how),
                f"{trial.first} to\n{trial.last}",
                trial.last_at.removesuffix("Z").replace("T", "\n"),
                "\n".join((trial.study[:8], *_marks(trial))),
            )
        console.print(table)
        for made in data.registrations:
            share = f"{percent(made.share)} of the error" + (" each" if len(made.variants) > 1 else "")
            facts = f"{made.name} of {made.file[:8]}, registered {str(made.at)[:10]}, {share}"
            console.print(Text(f"{facts}: {made.why}"))
        console.print(
            Text(
                f"Shares of the error left: for {data.shares_left} of {MOST} registrations, for what is new in "
                f"{data.later_left} of {MOST_LATER} later studies.",
                style="dim",
            )
        )
        console.print()
    if any(trial.pending for data in data_sets for trial in data.trials):
        console.print(Text("What was not shown can be withdrawn: `unlockstep withdraw STUDY`.", style="dim"))
    console.print(Text(f"The ledger is {ledger}; times are UTC.", style="dim"), soft_wrap=True)


def _marks(trial: TrialEntry) -> list[str]:
    """What is to be known of a trial beside its study."""
    marks = {"not shown": trial.pending, "exploratory": trial.exploratory, "registered": trial.registered}
    return [mark for mark, is_so in marks.items() if is_so]


DIVIDENDS = {
    True: "adjusted closes",
    None: "no adjusted closes: it is unknown whether dividends are included",
    False: "adjusted closes as the closes: no dividends seen",
}
"""`Leg.adjusted` in words."""


def show_market(console: Console, facts: MarketFacts) -> None:
    """Print the facts of `unlockstep data show`."""
    if facts.synthetic:
        console.print(Text("SYNTHETIC prices, drawn by a random generator.", style="bold magenta"))
    coverage = f": {facts.sessions} sessions of the exchange, {facts.first} to {facts.last}"
    console.print(Text.assemble(("/".join(leg.ticker for leg in facts.legs), "bold"), coverage))
    console.print(f"source: {facts.source}\nfingerprint: {facts.sha256[:16]}\n")
    for note in facts.notes:
        console.print(Text(f"{note}\n", style="yellow"))
    for leg in facts.legs:
        adjusted = DIVIDENDS[leg.adjusted]
        who = identity_words(leg.asset_class, leg.currency, leg.clock)
        console.print(Text.assemble((leg.ticker, "bold"), f"  {who}; {adjusted}; volatility {percent(leg.volatility)}"))
    table = Table(
        box=None,
        pad_edge=False,
        title=f"\nThe {'two' if len(facts.legs) == 2 else len(facts.legs)} clocks, last sessions (UTC)",
        title_justify="left",
        title_style="bold",
    )
    for heading in ("session", "ticker", "bar opens", "bar known", "close"):
        table.add_column(heading, justify="right" if heading == "close" else "left", no_wrap=True)
    decided = {row.session: row.decided_at for row in facts.decided_at}
    for i, session in enumerate(decided):
        for leg in facts.legs:
            bar = leg.last_sessions[i]
            times = (at.removesuffix(" UTC")[5:] for at in (bar.tradable_from, bar.known_at))
            table.add_row(session, leg.ticker, *times, f"{bar.close:,.2f}")
        table.add_row("", Text(f"→ decided at {decided[session][5:]}", style="dim"))
    console.print(table)
