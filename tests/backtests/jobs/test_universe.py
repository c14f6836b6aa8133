"""What holds of every universe: of one pair it is that pair's study; copies and order change nothing."""

import shutil
from pathlib import Path

import pytest

import unlockstep as ul
from tests.backtests.cli.test_universe import NOTED, PAIRS, TERMS, file_of, write_prices
from tests.refusals import refused
from unlockstep.backtests.data.demo_universe import universe_frames
from unlockstep.backtests.jobs.universe import UniverseRun
from unlockstep.signals.errors import DataError

SYNTHETIC = (NOTED, ("SYN-A2", "IWM"), ("SYN-B1", "SYN-B"), ("SYN-B2", "SYN-B"), ("SYN-C1", "SYN-C"))
"""Pairs of the demo's universe, in three groups."""


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random prices, and those of two tickers once more under other names."""
    folder = write_prices(tmp_path_factory.mktemp("prices"))
    for ticker, copied in (("GLD", "SLV"), ("TLT", "IEF")):
        shutil.copy(folder / f"{ticker}.csv", folder / f"{copied}.csv")
    return folder


def test_a_universe_of_one_pair_has_the_p_values_of_its_run(prices: Path, tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(TERMS)
    run = ul.run(tmp_path / "study.toml", data=prices, pair=NOTED, ledger=tmp_path / "run.sqlite")
    file = file_of(tmp_path, (NOTED,))
    universe = ul.universe(file, data=prices, workers=1, ledger=tmp_path / "universe.sqlite")
    alone = {
        v.name: (v.inference.timing_p, v.inference.timing_p_family, v.inference.timing_ir)
        for v in run.variants
        if not v.benchmark
    }
    assert len(alone) == 2
    assert {s.name: (s.timing_p, s.timing_p_family, s.timing_ir) for s in universe.strategies} == alone
    assert universe.result.pooled is False


def assert_same_decisions(universe: UniverseRun, copied: UniverseRun) -> None:
    assert len(copied.pairs) == len(universe.pairs) + 1
    assert copied.verdict.decision == universe.verdict.decision
    for one, other in zip(universe.strategies, copied.strategies, strict=True):
        assert other.decision == one.decision
        assert other.effective_pairs == pytest.approx(one.effective_pairs, rel=0.05)
        assert (other.timing_p, other.timing_p_family) == (one.timing_p, one.timing_p_family)


def test_a_pair_copied_under_other_tickers_changes_no_verdict_and_adds_no_pair(prices: Path, tmp_path: Path) -> None:
    plain, copied = (
        ul.universe(file_of(tmp_path, pairs), data=prices, workers=1, ledger=tmp_path / "ledger.sqlite")
        for pairs in (PAIRS, (*PAIRS, ("SLV", "IEF")))
    )
    assert_same_decisions(plain, copied)


@pytest.mark.slow
def test_an_edge_that_is_copied_stays_one(tmp_path: Path) -> None:
    frames = universe_frames(edge=True, seed=1)
    frames = {**frames, "COPY-1": frames["SYN-B1"], "COPY-2": frames["SYN-B"]}
    runs = []
    for pairs in (SYNTHETIC, (*SYNTHETIC, ("COPY-1", "COPY-2"))):
        file = file_of(tmp_path, pairs)
        file.write_text(file.read_text().replace("derisk", "break_entry"))
        runs.append(ul.universe(file, data=frames, workers=1, ledger=tmp_path / "ledger.sqlite"))
    plain, copied = runs
    assert plain.verdict.decision == "edge"
    assert_same_decisions(plain, copied)


def test_order_of_the_pairs_and_number_of_workers_change_no_byte(prices: Path, tmp_path: Path) -> None:
    left: list[dict[str, bytes]] = []
    for number, (pairs, workers) in enumerate(((PAIRS, 1), (PAIRS[::-1], 2), ((*PAIRS[2:], *PAIRS[:2]), 1))):
        out = tmp_path / str(number)
        file = file_of(tmp_path, pairs)
        run = ul.universe(file, data=prices, workers=workers, out=out, ledger=tmp_path / f"{number}.sqlite")
        created = str(run.result.created_at).encode()
        left.append({path.name: path.read_bytes().replace(created, b"then") for path in out.iterdir()})
    assert set(left[0]) == {"universe.json", "universe.toml", "report.html", "report.md"}
    assert left[1] == left[0]
    assert left[2] == left[0]


def test_pairs_may_begin_long_before_2010(tmp_path: Path) -> None:
    prices = write_prices(tmp_path, "1993-01-29", "1996-12-31")
    file = file_of(tmp_path, PAIRS[1:])
    file.write_text(file.read_text().replace("start = 2018-01-01", "start = 1993-01-01"))
    universe = ul.universe(file, data=prices, workers=1, ledger=tmp_path / "ledger.sqlite")
    assert universe.result.first.startswith("1993-")
    assert universe.result.last == "1996-12-27"  # a Friday; it fills on Monday and earns on Tuesday, the last session


DEMO = """start = 2018-01-01
primary = "weekend_lead"
[[variants]]
strategy = "weekend_lead"
[[variants]]
strategy = "derisk"
"""


def test_a_rule_that_trades_within_sessions_has_two_signs_a_session_and_needs_pairs_that_it_can_read(
    tmp_path: Path,
) -> None:
    file = file_of(tmp_path, (NOTED, ("SYN-A2", "IWM")))
    file.write_text(file.read_text().replace(TERMS, DEMO))
    (tmp_path / "study.toml").write_text(DEMO)
    with refused(DataError, name="SYN-A2/IWM", limit=1, remedy="--skip-missing"):  # no price while exchanges are closed
        ul.universe(file, data="demo", workers=1, ledger=tmp_path / "ledger.sqlite")
    universe = ul.universe(file, data="demo", workers=1, skip_missing=True, ledger=tmp_path / "ledger.sqlite")
    run = ul.run(tmp_path / "study.toml", data="demo", ledger=tmp_path / "run.sqlite")
    alone = {v.name: (v.inference.timing_p, v.inference.timing_p_family) for v in run.variants if not v.benchmark}
    assert {s.name: (s.timing_p, s.timing_p_family) for s in universe.strategies} == alone


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_the_planted_demo_universe_has_an_edge_and_the_other_has_none(seed: int, tmp_path: Path) -> None:
    for data, expected in (("demo:edge", "edge"), ("demo", "cannot tell")):
        run = ul.universe("demo", data=data, seed=seed, workers=1, ledger=tmp_path / f"{expected}.sqlite")
        assert run.verdict.decision == expected
        planted = next(one for one in run.strategies if one.name == run.result.primary)
        assert planted.name.startswith("break_entry")
        assert (planted.decision == "edge") is (data == "demo:edge")
