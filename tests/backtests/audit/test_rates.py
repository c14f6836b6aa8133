"""How many planted leaks are caught on ten price paths each, and how many honest runs are accused."""

from functools import partial
from itertools import islice

import pytest

from tests.backtests.audit.clean import CLEAN_SIGNALS, CLEAN_STRATEGIES, Clean
from tests.backtests.audit.leaks import SIGNAL_LEAKS, STRATEGY_LEAKS, Leak
from tests.build import random_market
from unlockstep.backtests.audit.auditor import Audit, audit
from unlockstep.backtests.audit.plan import LATER, SPAN, Clock, Effort
from unlockstep.backtests.audit.probes import Search
from unlockstep.backtests.audit.subprocess_pool import run_in_subprocess
from unlockstep.backtests.audit.target import Subject
from unlockstep.backtests.audit.tries import Tries
from unlockstep.backtests.jobs.audit import DECENT, MOST

PATHS = 10
LEAKS = [*(Subject(Leak(kind=kind)) for kind in SIGNAL_LEAKS), *(Subject(cls()) for cls in STRATEGY_LEAKS)]
HONEST = [*(Subject(Clean(kind=kind)) for kind in CLEAN_SIGNALS), *(Subject(cls()) for cls in CLEAN_STRATEGIES)]


COMMAND = Effort(MOST, DECENT, first_calls=6, beginnings=16)
"""What `unlockstep audit FILE.py` spends on one class; here on a year of one market, there on more."""

BRIEF = Effort(1.0, 8, first_calls=1, beginnings=6)


def examiner(subject: Subject, path: int) -> Audit:
    market = random_market(1000 + path, subject.warmup + SPAN + LATER)
    return Audit(subject, (market,), COMMAND, path)


def differs(audit: Audit, most: int | None = None) -> bool:
    """Whether what the command tries, or the beginning of it, shows a difference; the rest is not looked at then."""
    subject, markets = audit.subject, tuple(stretch.market for stretch in audit.stretches)
    search = Search(subject.observe, markets, tuple(map(subject.observe, markets)), subject.warmup, audit.seed)
    tries = Tries(search, audit.stretches, Clock(audit.effort), audit.effort.least)
    return any(search.differences for _ in islice(tries.steps(), most))


def undetected(subject: Subject) -> list[int]:
    """The paths on which neither first calls nor later ones differ; what shows soonest is looked at first.

    This process computes nothing, so that first calls are first ones.
    """

    def seen(audit: Audit) -> bool:
        return (
            run_in_subprocess(partial(differs, audit, 30))
            or bool(audit.first_calls(0.01)[0])
            or run_in_subprocess(partial(differs, audit))
        )

    audits = (examiner(subject, path) for path in range(PATHS))
    return [audit.seed for audit in audits if not seen(audit)]


@pytest.mark.deep
@pytest.mark.parametrize("subject", LEAKS, ids=lambda subject: subject.label)
def test_a_leak_is_caught_on_every_one_of_ten_paths(subject: Subject) -> None:
    assert undetected(subject) == []


@pytest.mark.deep
@pytest.mark.parametrize("subject", HONEST, ids=lambda subject: subject.label)
def test_honest_code_raises_no_alarm_on_ten_paths(subject: Subject) -> None:
    outcomes = [
        run_in_subprocess(partial(audit, subject, (random_market(1000 + path, 700),), BRIEF, path))
        for path in range(PATHS)
    ]
    assert [outcome.findings for outcome in outcomes if outcome.findings] == []
    assert all(outcome.cuts >= 8 for outcome in outcomes)


def test_there_are_enough_kinds() -> None:
    assert len(LEAKS) >= 40
    assert len(HONEST) * PATHS >= 200
    assert len({subject.label for subject in (*LEAKS, *HONEST)}) == len(LEAKS) + len(HONEST)
