"""Names and what they stand for: unlockstep's own, the user's files, other packages."""

import pytest

from unlockstep.backtests.plugins.lookup import strategy_named
from unlockstep.signals.errors import ParameterError
from unlockstep.strategies.derisk import Derisk


@pytest.mark.parametrize(
    ("wrong", "meant"), [("derisc", "derisk"), ("break-entry", "break_entry"), ("hodl_eth", "hold_eth")]
)
def test_a_misspelt_name_is_answered_with_the_one_meant(wrong: str, meant: str) -> None:
    with pytest.raises(ParameterError, match=rf"no strategy '{wrong}'; did you mean '{meant}'\?"):
        strategy_named(wrong, {})


def test_a_name_like_no_other_is_answered_with_the_list() -> None:
    with pytest.raises(ParameterError, match=r"no strategy 'xyzzy'; there are: barometer, break_entry, cash"):
        strategy_named("xyzzy", {})


def test_a_name_finds_its_class() -> None:
    assert strategy_named("derisk", {}) is Derisk
