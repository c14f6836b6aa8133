"""The strategies in `examples/`: short, listed, audited and run; `oracle/test_examples.py` checks what they earn."""

from pathlib import Path

import pytest

import unlockstep as ul

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def test_every_example_is_short_and_listed() -> None:
    page = (ROOT / "docs" / "examples.md").read_text(encoding="utf-8")
    assert [path.name for path in EXAMPLES if f"| `{path.name}` |" not in page] == []
    assert [path.name for path in EXAMPLES if len(path.read_text(encoding="utf-8").splitlines()) >= 30] == []


@pytest.mark.slow
def test_all_examples_run_on_the_demo_and_trade() -> None:
    run = ul.run(data="demo:edge", legs=("ETH-USD", "IWM", "SPY"), start="2018-01-02", strategies=EXAMPLES)
    traded = run.trades.groupby("variant", observed=True).size()
    candidates = [variant for variant in run.variants if not variant.benchmark]
    assert [variant.name.split("(")[0] for variant in candidates] == [path.stem for path in EXAMPLES]
    assert traded[[variant.name for variant in candidates]].min() > 1
    assert [audit.strategy for audit in run.result.audits if not audit.audited] == []
    assert {"decision", "rebalancing", "exit"} == set(run.trades["cause"])


@pytest.mark.slow
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_audited_clean_and_declares_its_warm_up(path: Path) -> None:
    (outcome,) = ul.audit(path).outcomes
    assert (outcome.status, outcome.findings) == ("clean", ())
    assert [note for note in outcome.notes if "first value comes" in note] == []
