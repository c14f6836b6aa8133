"""How many planted leaks are caught on fifty price paths each, and how many honest runs are accused."""

from functools import partial

import pytest

from backtests.audit.apart import apart
from backtests.audit.auditor import LATER, SPAN, Audit, Effort
from backtests.audit.probes import Search, extremes, others
from backtests.audit.subject import Subject
from tests.backtests.audit.clean import CLEAN_SIGNALS, CLEAN_STRATEGIES, Clean
from tests.backtests.audit.leaks import SIGNAL_LEAKS, STRATEGY_LEAKS, Leak
from tests.build import random_market

PATHS = 50
LEAKS = [*(Subject(Leak(kind=kind)) for kind in SIGNAL_LEAKS), *(Subject(cls()) for cls in STRATEGY_LEAKS)]
HONEST = [*(Subject(Clean(kind=kind)) for kind in CLEAN_SIGNALS), *(Subject(cls()) for cls in CLEAN_STRATEGIES)]


def examiner(subject: Subject, path: int) -> Audit:
    market = random_market(1000 + path, subject.warmup + SPAN + LATER)
    return Audit(subject, (market,), Effort(float("inf"), first_calls=3, beginnings=0), path)


def differs(audit: Audit, cuts: int) -> bool:
    """Whether one of the first cuts shows a difference; the rest is not looked at then."""
    whole = tuple(audit.subject.observe(market) for market in audit.markets)
    search = Search(audit.subject.observe, audit.markets, whole, audit.seed)
    for groups in (extremes, others):
        for turn, (market, cut) in enumerate(audit.turns()[:cuts]):
            search.compare(groups(market, cut) if groups is extremes else others(market, cut, turn))
            if search.differences:
                return True
    return False


def unseen(subject: Subject, cuts: int) -> list[int]:
    """The paths on which nothing differs."""
    return [path for path in range(PATHS) if not differs(examiner(subject, path), cuts)]


@pytest.mark.slow
@pytest.mark.parametrize("subject", LEAKS, ids=lambda subject: subject.label)
def test_a_leak_is_caught_on_every_one_of_fifty_paths(subject: Subject) -> None:
    hidden = apart(partial(unseen, subject, 10_000))
    assert [path for path in hidden if not examiner(subject, path).first_calls()[0]] == []


@pytest.mark.slow
@pytest.mark.parametrize("subject", HONEST, ids=lambda subject: subject.label)
def test_honest_code_raises_no_alarm_on_fifty_paths(subject: Subject) -> None:
    cuts = 10 if "principal" in subject.label else 25
    assert apart(partial(unseen, subject, cuts)) == list(range(PATHS))


def test_there_are_enough_kinds() -> None:
    assert len(LEAKS) >= 40
    assert len(HONEST) * PATHS >= 200
    assert len({subject.label for subject in (*LEAKS, *HONEST)}) == len(LEAKS) + len(HONEST)
