"""What followed each break, in the report of a study: two fans, and a word on how much they can say."""

from dataclasses import dataclass

from unlockstep.backtests.reports.charts.fan import fan_figure
from unlockstep.backtests.reports.charts.style import Chart
from unlockstep.backtests.reports.events.page import charts_of, effects_table
from unlockstep.backtests.reports.text.figure import Text, Words, sentence
from unlockstep.backtests.reports.text.format import sentence_text
from unlockstep.backtests.reports.text.small_table import SmallTable
from unlockstep.backtests.results.model.events import Series
from unlockstep.backtests.results.model.run import RunResult

LEGS: tuple[Series, ...] = ("crypto", "equity")


@dataclass(frozen=True)
class BreaksView:
    """What followed the breaks; charts: name, title and note of each."""

    finding: Text
    charts: list[tuple[str, Words, str]]
    table: SmallTable


def broke_view(result: RunResult) -> BreaksView | None:
    """Finding, charts and table of the breaks; None where no state is ever known together with a beta."""
    events, pair = result.events, result.data.pair
    if events is None:
        return None
    finding = sentence_text(sentence(events, lambda e: e.finding))
    return BreaksView(finding, charts_of(events, pair, "break", LEGS), effects_table(events, pair, "break"))


def broke_figures(result: RunResult) -> dict[str, Chart]:
    """The fans by name; none where there are no events."""
    events = result.events
    if events is None:
        return {}
    return {f"break_{leg}": fan_figure(events, "break", leg, synthetic=result.data.synthetic) for leg in LEGS}
