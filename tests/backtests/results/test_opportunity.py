"""S4 decides as its row of the event study reads, and says of how many breaks and episodes."""

from importlib import import_module

import pytest

from unlockstep.backtests.results.events import Effect
from unlockstep.signals import Market, SignalCache

NAN = float("nan")
module = import_module(
    "unlockstep.backtests.results.statements.s4_break_events"
)  # its name in the package is the function's


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        ((6, 5, 0.2, (0.1, 0.3), 0.04), "Supported: in the 60 sessions"),
        ((6, 5, -0.2, (-0.3, -0.1), 0.01), "Contradicted: in the 60 sessions"),
        ((6, 5, 0.2, (0.1, 0.3), 0.06), "Cannot tell: in the 60 sessions"),  # shifted dates bring as much
        ((6, 4, 0.2, (0.1, 0.3), 0.01), "from 6 breaks in 4 episodes (fewer than 5 decide nothing)."),
        ((3, 1, 0.2, (NAN, NAN), NAN), "Cannot tell: 3 breaks in 1 episode to learn from."),
        ((1, 1, 0.2, (NAN, NAN), NAN), "Cannot tell: 1 break in 1 episode to learn from."),
        ((0, 0, NAN, (NAN, NAN), NAN), "Cannot tell: no break to learn from."),
    ],
)
def test_the_finding_is_that_of_its_row_in_the_event_study(
    demo: Market,
    monkeypatch: pytest.MonkeyPatch,
    effect: tuple[int, int, float, tuple[float, float], float],
    words: str,
) -> None:
    events, episodes, estimate, ci, p = effect
    row = Effect(60, events, 0, episodes, estimate + 0.1, 0.1, estimate, ci, p)
    monkeypatch.setattr(module, "effect_after", lambda *_, **__: row)
    statement = module.judge_break_events(SignalCache(demo))
    assert words in statement.finding
    word = {"higher": "Supported", "lower": "Contradicted", "": "Cannot tell"}[row.side]
    assert statement.finding.startswith(word)
    assert statement.detail.episodes == episodes
