"""What may run in a page: its own pieces, each by its hash. And no page says where things lie on a machine."""

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from markupsafe import escape
from plotly.offline import get_plotlyjs

from tests.backtests.reports.build import candidate, edited, stored_run
from tests.backtests.reports.compared import note_of, page_of
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.jobs.events import state_signal, study_events
from unlockstep.backtests.reports.content_policy import PLACE, with_policy, with_script
from unlockstep.backtests.reports.html import events_page, study_page
from unlockstep.backtests.reports.study.markdown import study_markdown
from unlockstep.backtests.results.stored_run import StoredRun
from unlockstep.signals import Market, SignalCache

ELEMENT = re.compile(r"<(script|style)\b([^>]*)>(.*?)</\1>", re.DOTALL)


def source(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def policy_of(page: str) -> dict[str, list[str]]:
    (text,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', page)
    return {directive: sources for directive, *sources in (each.split() for each in text.split("; "))}


@pytest.fixture(scope="module")
def pages(demo: Market) -> dict[str, str]:
    run = stored_run()
    events = study_events(SignalCache(demo), state_signal(), Study.make())
    return {"study": study_page(run), "compare": page_of([run, run], []), "events": events_page(events)}


@pytest.mark.parametrize("which", ["study", "compare", "events"])
def test_a_page_allows_its_own_pieces_and_nothing_else(pages: dict[str, str], which: str) -> None:
    page = pages[which]
    policy = policy_of(page)
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == ["'none'"]
    assert not [each for sources in policy.values() for each in sources if "unsafe" in each or "http" in each]
    pieces = {"script": {source(str(get_plotlyjs()))}, "style": {source("")}}
    for kind, attributes, text in ELEMENT.findall(page):
        if "application/" not in attributes:
            pieces[kind].add(source(text))
    assert {kind: set(policy[f"{kind}-src"]) for kind in pieces} == pieces
    outside = ELEMENT.sub("", page)
    assert not re.search(r"<[^>]* (style|on[a-z]+)=", outside)
    assert ("data-style=" in outside) == (which != "events")


def test_a_style_attribute_becomes_a_rule_and_what_only_speaks_of_one_stays() -> None:
    page = (
        f'<meta content="{PLACE}"><style>a{{}}</style><p style="left:1%">1<i class="x" style="left:2%;top:0"></i>'
        '<b style="left:1%"></b><script>const a = \'<p style="left:9%">\';</script>style="no"'
    )
    shown = with_policy(page)
    assert '<p data-style="0">1<i class="x" data-style="1"></i><b data-style="0"></b>' in shown
    assert 'a{}[data-style="0"]:not(#_){left:1%}[data-style="1"]:not(#_){left:2%;top:0}</style>' in shown
    assert 'const a = \'<p style="left:9%">\';</script>style="no"' in shown


def test_a_script_more_is_allowed_and_stands_last() -> None:
    page = with_script(with_policy(f'<meta content="{PLACE}"><style></style><body>it</body>'), "let a = 1;")
    assert page.endswith("<body>it<script>let a = 1;</script></body>")
    assert f"script-src {source('let a = 1;')}" in page


def test_no_report_says_where_things_lie_on_the_machine() -> None:
    folder = Path("/home/somebody/private/runs")
    tested = [candidate("derisk(window=60)")]
    tested[0]["source"] = {"file": f"{folder}/my_rule.py", "sha256": "a" * 64}
    run = edited(
        replace(stored_run(candidates=tested), path=folder / "one"),
        lambda content: content["study"].update(data=f"{folder}/prices", files={f"{folder}/my_rule.py": "a" * 64}),
    )
    other = edited(run, lambda content: content["study"]["files"].update({f"{folder}/my_rule.py": "b" * 64}))
    both: list[StoredRun] = [run, replace(other, path=folder / "two")]
    for text in (study_page(run), study_markdown(run), page_of(both, []), note_of(both, [])):
        assert "somebody" not in text
    assert "unlockstep run one/study.toml" in study_page(run)
    assert "my_rule.py" in page_of(both, [])


@pytest.mark.parametrize("text", [' style="', " style=", "a style='b", "<b style=&#34;c&#34;", ">", "x\u00a0style="])
def test_a_value_that_speaks_of_a_style_attribute_stays_the_value(text: str) -> None:
    tag = f'<tr data-search="{escape(text)}" style="color:red" data-next=" style=">'
    page = with_policy(f"<html><head><style></style></head><body>{tag}</tr></body></html>")
    moved = tag.replace(' style="color:red"', ' data-style="0"')
    assert moved in page
    assert page.count("data-style") == 2  # the attribute, and its rule
