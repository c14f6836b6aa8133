"""What options mean for a study: costs, when mixes are rebalanced, and what is refused."""

from pathlib import Path
from typing import Any

import pytest

from tests.backtests.cli.test_app import refusal_of
from tests.refusals import assert_fields, refused
from unlockstep.backtests.cli.arguments import context_of, costs_of, number_or_name, study_from_options
from unlockstep.backtests.config.costs import Costs
from unlockstep.signals.errors import StudyError


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, Costs((10.0, 1.0), (5.0, 2.0), 0.03)),
        ({"fee_bps": ["5"]}, Costs((5.0, 5.0), (5.0, 2.0), 0.03)),
        ({"fee_bps": ["IWM=0.5"], "slippage_bps": ["0"]}, Costs((10.0, 0.5), (0.0, 0.0), 0.03)),
        ({"fee_bps": ["IWM=0.5", "ETH-USD=7"], "borrow_rate": 0.0}, Costs((7.0, 0.5), (5.0, 2.0), 0.0)),
    ],
)
def test_costs_are_those_of_the_options_and_the_studys_where_none_is_given(
    options: dict[str, Any], expected: Costs
) -> None:
    assert study_from_options(None, costs=costs_of(**options)).engine_costs() == expected


def test_options_change_what_a_file_says_and_leave_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text('rebalance = "daily"\nlag = 2\n[costs]\nfee_bps = { ETH-USD = 20, IWM = 4 }\ncash_rate = 0.01\n')
    costs = costs_of(fee_bps=["IWM=1"], cash_rate="fed-funds")
    study = study_from_options(path, costs=costs, rebalance=number_or_name("0.05"))
    assert study.engine_costs().fee_bps == (20.0, 1.0)
    assert (study.costs.cash_rate, study.rebalance, study.lag) == ("fed-funds", 0.05, 2)
    assert study_from_options(path, rebalance=number_or_name("never")).rebalance == "never"
    assert study_from_options(path).rebalance == "daily"


@pytest.mark.parametrize("option", ["fee_bps", "slippage_bps"])
@pytest.mark.parametrize(
    "texts", [["much"], ["IWM="], [""], ["=5"], ["true"], ["IWM=1", "IWM=2"], ["1", "2"], ["1", "IWM=2"]]
)
def test_basis_points_that_are_none_or_are_given_twice_are_refused(option: str, texts: list[str]) -> None:
    flag = f"--{option.replace('_', '-')}"
    with refused(StudyError, name=flag, remedy=f"{flag} ETH-USD=10 {flag} IWM=1"):
        costs_of(**{option: texts})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        (("--fee-bps", "-1"), {"name": "costs.fee_bps"}),
        (("--fee-bps", "nan"), {"name": "costs.fee_bps"}),
        (("--slippage-bps", "inf"), {"name": "costs.slippage_bps"}),
        (("--slippage-bps", "IWM=2001"), {"name": "costs.slippage_bps.IWM"}),
        (("--fee-bps", "SPY=1"), {"name": "SPY", "choices": ["ETH-USD", "IWM"]}),
        (("--borrow-rate", "-0.1"), {"name": "costs.borrow_rate", "limit": 0}),
        (("--borrow-rate", "nan"), {"name": "costs.borrow_rate"}),
        (("--cash-rate", "-0.1"), {"name": "costs.cash_rate"}),
        (("--cash-rate", "nan"), {"name": "costs.cash_rate"}),
        (("--lag", "0"), {"name": "lag", "limit": 1}),
        (("--rebalance", "weekly"), {"name": "rebalance"}),
        (("--rebalance", "nan"), {"name": "rebalance"}),
        (("--rebalance", "1"), {"name": "rebalance"}),
    ],
)
@pytest.mark.parametrize("command", [("run",), ("sweep", "derisk")])
def test_a_wrong_value_is_one_sentence_before_anything_is_computed(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
    words: tuple[str, str],
    fields: dict[str, Any],
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    error = refusal_of(capsys, monkeypatch, *command, *words)
    assert type(error) is StudyError
    assert_fields(error, **fields)
    assert list(tmp_path.iterdir()) == []


def test_series_beside_the_pair_are_named_once_each() -> None:
    assert context_of(["vix=^VIX", "spy = SPY"]) == {"vix": "^VIX", "spy": "SPY"}
    assert context_of(None) is None
    study = study_from_options(None, context=context_of(["vix=^VIX"]))
    assert study.context["vix"].ticker == "^VIX"
    for texts, name in ((["vix"], "vix"), (["=^VIX"], "=^VIX"), (["vix=^VIX", "vix=SPY"], "vix")):
        with refused(StudyError, name=name):
            context_of(texts)
    for name in ("Vix", "a-b", "crypto.high"):
        with refused(StudyError):
            study_from_options(None, context=context_of([f"{name}=^VIX"]))
