"""Names and what they stand for: unlockstep's own, the user's files, other packages."""

import pytest

from tests.refusals import refused
from unlockstep.backtests.plugins.lookup import strategy_named
from unlockstep.signals.errors import ParameterError
from unlockstep.strategies.derisk import Derisk
from unlockstep.strategies.registry import all_strategies


@pytest.mark.parametrize(
    ("wrong", "meant"), [("derisc", "derisk"), ("break-entry", "break_entry"), ("hodl_eth", "hold_eth")]
)
def test_a_misspelt_name_is_answered_with_the_one_meant(wrong: str, meant: str) -> None:
    with refused(ParameterError, name=wrong, choices=[meant]):
        strategy_named(wrong, {})


def test_a_name_like_no_other_is_answered_with_the_list() -> None:
    with refused(ParameterError, name="xyzzy", choices=sorted(all_strategies())):
        strategy_named("xyzzy", {})


def test_a_name_finds_its_class() -> None:
    assert strategy_named("derisk", {}) is Derisk
