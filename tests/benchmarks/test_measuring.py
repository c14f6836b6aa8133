"""How things are measured: turns, spreads, exponents, memory, goals and pages. No time is asserted anywhere."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from benchmarks import chart, check, field_runs, fresh, markets, ours, pages, sweep_runs
from benchmarks.check import Difference
from benchmarks.competitors import plain_loop
from benchmarks.competitors.field import FIELD, LOOP
from benchmarks.field_runs import Speed
from benchmarks.fresh import Fresh
from benchmarks.goals import GOALS, Goal
from benchmarks.growth import Curve
from benchmarks.plan import Plan
from benchmarks.runner import Report, races
from benchmarks.timing import Spread, in_turns, ratio
from benchmarks.variants import OPENING, prepare, spaces, strategies
from benchmarks.work import Work
from unlockstep.signals.market import Market

TINY = Plan(
    rounds=1,
    variants=4,
    sweep_by_variants=(2, 4),
    sweep_by_sessions=(300, 400),
    grown=(300, 2),
    peaks=(2, 4),
    shifts=(2, 300),
    swept=4,
    weighed=4,
)


def test_all_take_their_turn_in_every_round() -> None:
    heard: list[str] = []
    in_turns({name: lambda name=name: heard.append(name) for name in "abc"}, 2)  # type: ignore[misc]
    assert "".join(heard) == "abcabc"


def test_ratios_are_taken_within_a_round() -> None:
    assert ratio([2.0, 30.0, 8.0], [1.0, 10.0, 2.0]) == Spread(median=3.0, least=2.0, most=4.0)


def test_the_exponent_of_a_power_law_is_found() -> None:
    sizes = (100, 1_000, 10_000)
    seconds = tuple(Spread.of([3e-5 * size**0.9]) for size in sizes)
    assert Curve("", "variants", sizes, seconds).exponent == pytest.approx(0.9)


def test_a_process_is_not_charged_with_its_parents_memory() -> None:
    ballast = np.ones(40_000_000)  # 320 MB
    child = fresh.run("-c", "from benchmarks.fresh import peak_memory; print(peak_memory())")
    assert 0 < child.peak < ballast.nbytes / 2


def test_a_goal_is_reached_by_the_median() -> None:
    faster, smaller = Goal("a", "a", 2.0, at_least=True), Goal("b", "b", 2.0, at_least=False, unit=" s")
    assert (faster.aim, smaller.aim) == ("≥ 2×", "≤ 2 s")
    assert faster.reached(Spread(2.0, 1.0, 3.0))
    assert smaller.reached(Spread(2.0, 1.0, 3.0))
    assert not faster.reached(Spread(1.9, 1.0, 3.0))
    assert not smaller.reached(Spread(2.1, 1.0, 3.0))


def test_a_sweep_is_held_against_the_fastest_of_its_rivals() -> None:
    def speed(*seconds: float) -> Speed:
        return Speed("", 1, list(seconds), Difference(0.0, 0.0), equal=True)

    result = races({"bt": speed(9.0, 9.0), "bt_sized": speed(6.0, 8.0), "sweep": speed(1.0, 2.0), LOOP: speed(1.0)})
    assert result == {"bt": Spread(5.0, 4.0, 6.0)}


def test_our_sweep_and_our_kernel_answer_as_the_engine_does() -> None:
    market = markets.long_market(OPENING + 600)
    work = prepare(market, 30)
    expected = check.reference(market, work)
    for workers in (1, 2):
        swept = ours.sweep_throughput(market, 30, workers)
        assert check.difference(swept.outcome, expected).within(check.EQUAL)
        assert swept.seconds > 0
        assert check.difference(ours.kernel_only(work, workers).outcome, expected).within(check.EQUAL)


def test_the_spaces_hold_the_same_variants_as_the_strategies() -> None:
    first, second = spaces(41)
    result = [(first, second)[i % 2].variant(i // 2).label for i in range(41)]
    assert result == [strategy.label for strategy in strategies(41)]


def test_a_sweep_of_ours_is_measured_beside_the_field(monkeypatch: pytest.MonkeyPatch) -> None:
    def sweep(market: Market, n_variants: int, workers: int, evidence: bool = False) -> ours.Swept:
        assert workers in (1, 2)
        assert evidence in (True, False)
        return ours.Swept(1.0, plain_loop.simulate(prepare(market, n_variants)))

    def kernel(work: Work, workers: int) -> ours.Swept:
        wrong = plain_loop.simulate(work)
        return ours.Swept(float(workers), type(wrong)(wrong.sharpe, wrong.final + 1.0))

    monkeypatch.setattr(ours, "sweep_throughput", sweep)
    monkeypatch.setattr(ours, "kernel_only", kernel)
    monkeypatch.setattr(ours, "all_shifts", lambda variants, sessions: float(variants * sessions))
    monkeypatch.setattr(ours, "peak_memory", lambda variants: 1e9 * variants)
    monkeypatch.setattr(field_runs, "FIELD", [c for c in FIELD if c.key == LOOP])
    market = markets.long_market(OPENING + 600)
    speeds = field_runs.speeds(market, prepare(market, 4), 2, TINY)
    assert list(speeds) == [LOOP, "sweep", "kernel"]
    assert speeds["sweep"].equal
    assert speeds["sweep"].seconds == [1.0 / 4]
    assert not speeds["kernel"].equal  # an account that is a unit of money off is found out
    alone = sweep_runs.alone(market, 2, TINY)
    assert {key: spread.median for key, spread in alone.items()} == {
        "shifts": 600.0,
        "peak": 4.0,
        "peak_growth": 2.0,
        "second_worker": 1.0,
        "second_figures": 1.0,
    }
    curves = sweep_runs.growth(2, TINY)
    assert [(c.axis, c.sizes) for c in curves] == [("variants", (2, 4)), ("sessions", (300, 400))] * 2
    assert sweep_runs.exponents(curves)["exponent_variants"].median == pytest.approx(0.0)


@pytest.fixture
def report() -> Report:
    """A report made by hand."""
    times = [2e-3, 1e-3, 4e-3]
    return Report(
        plan=Plan(rounds=3),
        when=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        cores=2,
        load=0.26,
        versions={"Python": "3.11.9", "vectorbt": "1.2.0"},
        sessions=2_514,
        speeds={LOOP: Speed("plain loop", 1_000, times, Difference(1e-15, 2e-14), equal=True)},
        curves=[
            Curve("plain loop", axis, (10, 100), (Spread.of([0.1]), Spread.of([1.0])))
            for axis in ("variants", "sessions")
        ],
        cold={"plain loop": [Fresh(1.5, 2e8)]},
        commands={"unlockstep --help": [0.1, 0.2, 0.3]},
        figures={"broadcast": Spread(31.2, 30.0, 33.0), "help": Spread(2.0, 1.9, 2.1)},
    )


def test_every_goal_stands_beside_its_figure(report: Report) -> None:
    goals = {row[0]: row[1:] for row in pages.tables(report)[0].rows}
    assert list(goals) == [goal.what for goal in GOALS]
    assert goals[GOALS[0].what] == ("≥ 25×", "31.2× (30.0 … 33.0)", "✓")
    assert goals[GOALS[1].what] == ("≥ 600×", "not measured", "")
    assert goals[GOALS[-2].what] == ("≤ 1.5×", "2.00× (1.90 … 2.10)", "✗")


def test_the_page_says_when_with_what_and_on_how_many_cores(report: Report) -> None:
    page = pages.markdown(report)
    assert "2026-01-02 03:04 UTC, 2 cores, 0.3 processes" in page
    assert "Python 3.11.9, vectorbt 1.2.0." in page
    assert "| plain loop | 1,000 | 2,000 (1,000 … 4,000) |" in page


def test_the_same_report_gives_the_same_picture(report: Report, tmp_path: Path) -> None:
    for name in ("one.svg", "two.svg"):
        chart.draw(report, tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
