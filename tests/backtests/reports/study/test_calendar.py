"""What is said of crises: losses where something was held, and that nothing was held where that is so."""

from collections.abc import Sequence

import pytest

from tests.backtests.reports.build import stored_run
from unlockstep.backtests.reports.study.calendar import crises_table
from unlockstep.backtests.results.model.run import CrisisResult, RunResult
from unlockstep.backtests.results.model.variant import CalendarYear, CrisisReturn


def with_crises(*crises: tuple[float, float | None]) -> RunResult:
    """A run whose variants all had these returns and exposures, a pair a crisis."""
    result = stored_run().result
    returns = tuple(CrisisReturn(simple_return=r, fall=min(r, 0.0), exposure=exposure) for r, exposure in crises)
    calendar = (CalendarYear(year=2020, months=(0.0,) * 12, total=0.0),)
    variants = tuple(v.model_copy(update={"calendar": calendar, "crises": returns}) for v in result.variants)
    crisis = CrisisResult(
        name="pandemic", first="2020-02-20", last="2020-03-23", told="a fall", sessions=23, correlation=0.5
    )
    return result.model_copy(update={"crises": (crisis,) * len(crises), "variants": variants})


@pytest.mark.parametrize(
    ("crises", "title"),
    [
        ([(0.0, 0.0), (0.0, 0.0)], "held nothing in any of 2 crises"),
        ([(0.001, 0.0)], "held nothing in the one crisis"),  # in cash, which earns
        (
            [(-0.1, 0.4), (0.0, 0.0), (0.2, 1.0)],
            "lost in 1 of 2 crises in which it held anything, held nothing in 1",
        ),
        ([(-0.1, 0.4), (-0.2, 1.0)], "lost in all 2 crises"),
        ([(0.0, None), (-0.2, None)], "lost in 1 of 2 crises"),  # of a run of a version that did not say
    ],
)
def test_a_variant_that_held_nothing_in_a_crisis_did_not_come_through_it(
    crises: Sequence[tuple[float, float | None]], title: str
) -> None:
    table = crises_table(with_crises(*crises))
    assert table is not None
    assert str(table.caption).endswith(title)
    cells = [str(row[4]) for row in table.rows]
    assert [cell == "nothing held" for cell in cells] == [exposure == 0.0 for _, exposure in crises]
