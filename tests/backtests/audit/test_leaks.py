"""Every planted leak is caught, with its line, its reach and the one who did it; no honest code is accused."""

import inspect
from collections.abc import Iterable
from functools import partial
from typing import Any

import pytest

from tests.backtests.audit import leaks
from tests.backtests.audit.clean import CLEAN_SIGNALS, CLEAN_STRATEGIES, Clean
from tests.backtests.audit.leaks import AHEAD, SIGNAL_LEAKS, STRATEGY_LEAKS, Leak
from tests.build import random_market
from unlockstep.backtests.audit.auditor import audit
from unlockstep.backtests.audit.findings import Finding, Outcome
from unlockstep.backtests.audit.plan import Effort
from unlockstep.backtests.audit.subprocess_pool import run_in_subprocess
from unlockstep.backtests.audit.target import Subject
from unlockstep.signals import Market
from unlockstep.strategies import Strategy

RARE = {
    "a back-fill over 2 % scattered holes",
    "a back-fill of flat bars",
    "a back-fill of bars that are missing",
    "the last session of the month",
    "a week labelled at its start",
}
"""Leaks that show on a few sessions only, or only after holes: a dozen cuts may miss them, or their whole reach."""

FIRST = {
    "the next return",
    "a centred window",
    "a z-score over the full sample",
    "a z-score beside one huge number",
    "a rank beside a sentinel",
    "a back-fill",
    "a YoY that reads the next row",
    "a smoothed instead of a filtered state",
    "a global kept between calls",
    "a seed that depends on the length",
    "a back-fill of bars that are missing",
    "an as-of join forwards",
    "the largest price still to come",
    "whether the length is odd",
    "the size of the next move",
    "two steps through a helper",
    "an expanding z-score",
    "a rolling deviation",
    "the fall from the highest so far",
    "a model fitted each half year",
    "the year to date",
    "seeded noise",
    "next_trend",
    "kept_threshold",
    "leaking_signal",
    "monthly",
    "latched",
}
"""One of each way to look ahead, or to seem to; `make slow` has the others too."""


def each(kinds: Iterable[str]) -> list[Any]:
    """The kinds as parameters of a test, those that are not among the first marked slow."""
    return [pytest.param(kind, marks=[] if kind in FIRST else [pytest.mark.slow]) for kind in kinds]


def each_class(classes: Iterable[type[Strategy]]) -> list[Any]:
    return [pytest.param(cls, marks=[] if cls.name in FIRST else [pytest.mark.slow], id=cls.name) for cls in classes]


@pytest.fixture(scope="module")
def market() -> Market:
    return random_market(5, 240)


@pytest.fixture(scope="module")
def years() -> Market:
    return random_market(5, 400)


def audited(subject: Subject, market: Market, seconds: float) -> Outcome:
    """In a process of its own, as the command does it: nothing was computed in it before."""
    return run_in_subprocess(
        partial(audit, subject, (market,), Effort(seconds, least=0, first_calls=3, beginnings=6), 7)
    )


def look_ahead(outcome: Outcome) -> Finding:
    result = [finding for finding in outcome.findings if finding.what == "look-ahead"]
    assert len(result) == 1, outcome
    return result[0]


def marked(owner: Any) -> set[str]:
    """The lines that carry the mark, in the source of a function or class."""
    return {line.strip() for line in inspect.getsource(owner).splitlines() if "# <-" in line}


def marked_lines(kind: str) -> set[str]:
    helper = {"two steps through a helper": leaks._two_later}
    return marked(helper.get(kind, SIGNAL_LEAKS[kind]))


@pytest.mark.parametrize("kind", each(SIGNAL_LEAKS))
def test_a_leak_planted_in_a_signal_is_caught_with_its_line_and_its_reach(
    kind: str, market: Market, years: Market
) -> None:
    seconds = 60.0 if kind in RARE else 0.2
    finding = look_ahead(audited(Subject(Leak(kind=kind)), years if "YoY" in kind else market, seconds))
    assert finding.where == f"leak(kind={kind})"
    assert finding.line is not None
    assert finding.line.text in marked_lines(kind)
    assert finding.line.file == leaks.__file__
    assert finding.session is not None
    if kind in AHEAD and AHEAD[kind] is None:
        assert finding.to_end
    elif kind in AHEAD:
        assert (finding.ahead, finding.to_end) == (AHEAD[kind], False)


@pytest.mark.parametrize("cls", each_class(STRATEGY_LEAKS))
def test_a_leak_planted_in_a_strategy_is_caught_and_its_rule_or_signal_named(
    cls: type[Strategy], market: Market
) -> None:
    finding = look_ahead(audited(Subject(cls()), market, 60.0 if cls.name == "sparse_fill" else 0.5))
    assert finding.line is not None
    if cls.name == "leaking_signal":
        assert finding.where == "news: leak(kind=a rank within the full sample)"
        assert finding.line.text in marked_lines("a rank within the full sample")
    else:
        assert finding.where == "the rule"
        assert finding.line.text in marked(cls)


@pytest.mark.parametrize("kind", each(CLEAN_SIGNALS))
def test_an_honest_signal_raises_no_alarm(kind: str) -> None:
    outcome = audited(Subject(Clean(kind=kind)), random_market(8, 700), 0.3)
    assert outcome.findings == ()
    assert outcome.cuts >= 4


@pytest.mark.parametrize("cls", each_class(CLEAN_STRATEGIES))
def test_an_honest_strategy_raises_no_alarm(cls: type[Strategy]) -> None:
    outcome = audited(Subject(cls()), random_market(9, 500), 0.5)
    assert outcome.findings == ()
    assert outcome.cuts >= 4
