"""The pages as a browser would read them."""

import gzip
import json
import re
import subprocess
import sys
from base64 import b64decode
from html.parser import HTMLParser

import pytest

from tests.backtests.reports.build import candidate, edited, stored_run
from tests.backtests.reports.compared import page_of
from unlockstep.backtests.reports.html import study_page
from unlockstep.backtests.reports.study.columns import columns
from unlockstep.backtests.reports.study.evidence import evidence
from unlockstep.backtests.reports.study.family import family_view, placebo_table
from unlockstep.backtests.reports.text.small_table import filled
from unlockstep.backtests.results.stored_run import StoredRun

EVIL = '</script><script>alert("x")</script><img src=x onerror=alert(1)>'
LIMIT = 6_000_000


class Page(HTMLParser):
    """Elements with their attributes, the text of the variants' table, and the content of the script elements."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.words: list[str] = []
        self._inside: list[str] = []
        self._ids: list[str] = []
        self.feed(re.sub(r"</?data\b[^>]*>", "", text))
        self.packed = dict(zip(self._ids, self.scripts, strict=True))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self._inside.append(tag)
            self.scripts.append("")
            self._ids.append(dict(attrs).get("id") or "")

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.scripts[-1] += data
        elif data.strip():
            self.words.append(data.strip())

    @property
    def text(self) -> str:
        return " ".join(self.words)

    @property
    def figures(self) -> dict[str, object]:
        content: dict[str, object] = json.loads(gzip.decompress(b64decode(self.packed["figures"])))
        return content


@pytest.fixture(scope="module")
def run() -> StoredRun:
    return stored_run()


@pytest.fixture(scope="module")
def page(run: StoredRun) -> Page:
    return Page(study_page(run))


def test_importing_the_reports_does_not_import_plotly() -> None:
    check = (
        "import unlockstep.backtests.reports, unlockstep.backtests.reports.html, sys; sys.exit('plotly' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


@pytest.mark.parametrize("compared", [False, True])
def test_a_page_asks_no_host_for_anything(run: StoredRun, compared: bool) -> None:
    page = Page(page_of([run, run], ["they differ"]) if compared else study_page(run))
    asking = {"src", "href", "action", "data", "poster", "srcset", "formaction"}
    requested = [value for _, attrs in page.elements for key, value in attrs.items() if key in asking]
    assert all(value is not None and value.startswith("#") for value in requested)
    assert not {tag for tag, _ in page.elements} & {"link", "iframe", "object", "embed", "base", "form"}
    style = page.scripts[0]
    assert "url(" not in style
    assert "@import" not in style
    policies = [attrs for tag, attrs in page.elements if tag == "meta" and "http-equiv" in attrs]
    assert "default-src 'none'" in str(policies[0]["content"])


@pytest.mark.parametrize("variants", [10, 100, pytest.param(1000, marks=pytest.mark.deep)])
def test_a_page_stays_under_six_megabytes_with_many_variants(variants: int) -> None:
    many = stored_run(candidates=[candidate(f"rule(window={n})", p_family=n / 2000) for n in range(variants)])
    assert len(study_page(many).encode()) < LIMIT
    assert len(page_of([many, many, many], []).encode()) < LIMIT


def test_a_hostile_name_is_text_and_nothing_else() -> None:
    evil = candidate(EVIL, strategy=EVIL)
    evil["reasons"], evil["label"] = [EVIL], EVIL
    run = edited(stored_run(candidates=[evil], name="run<b>"), lambda content: content["data"].update(source=EVIL))
    for text in (study_page(run), page_of([run, run], [EVIL])):
        page = Page(text)
        assert not any(tag == "img" for tag, _ in page.elements)
        assert not any(script.startswith("alert") for script in page.scripts)
        assert "onerror" in page.text
        assert "&lt;img" in json.dumps(page.figures)


def test_every_figure_of_the_table_is_the_formatted_one_of_the_result(run: StoredRun, page: Page) -> None:
    for variant in run.result.variants:
        for column in columns(("ETH-USD", "IWM")):
            assert str(column.text(variant)) in page.words
            assert str(column.interval(variant)) in (*page.words, "")
    for by_hand in (
        "10.4\u00a0%",
        "0.57",
        "0.07 to 1.02",
        "−0.22",
        "−26.2\u00a0%",
        "+0.32",
        "−0.42 to +1.06",
        "0.164",
        "0.473",
    ):
        assert by_hand in page.words


def test_a_missing_figure_is_a_dash() -> None:
    bare = candidate("bare")
    bare["metrics"] = dict.fromkeys(bare["metrics"]) | {"exposure": {}, "trades": 0}
    bare["inference"] = {"timing_ir": None, "timing_ci": [None, None], "sharpe_ci": [None, None]}
    bare["against"], bare["robustness"] = {}, {}
    missing: dict[str, object] = {
        "return_correlation": None,
        "level_correlation": None,
        "yoy": {"ETH-USD": None, "IWM": None},
        "correlation_by_year": [],
    }
    run = edited(stored_run(candidates=[bare]), lambda content: content["lockstep"].update(missing))
    page = Page(study_page(run))
    assert page.words.count("–") > 15
    assert not {"None", "nan", "null", "NaN"} & set(page.text.split())


def test_every_cell_of_every_small_table_stands_on_the_page(run: StoredRun, page: Page) -> None:
    result = run.result
    view, whole, placebo = evidence(result), family_view(result), placebo_table(result)
    assert view is not None
    assert whole is not None
    assert placebo is not None
    groups = [table for _, tables in view.groups for table in tables]
    for table in filled(*groups, view.folds, *whole.tables, whole.folds, placebo):
        assert str(table.caption) in page.text
        assert str(table.note) in page.text
        for row in table.rows:
            assert len(row) == len(table.heads)
            assert set(map(str, row)) <= set(page.words)


def test_gates_are_told_in_words_too(page: Page) -> None:
    assert "break_entry passes 2 of the 5 gates of an edge" in page.text.replace("_ ", "_")
    assert page.words.count("✗ no") == 4
    assert page.words.count("✓ yes") == 2
    assert "2 of 5" in page.words
    assert "✗ timing test not passed, 0.473, at most 0.05; ✗ raw returns not passed, 0.187, at most 0.05;" in page.text
    assert "timing IR out of sample, grid −0.14" in page.text


def test_a_short_sample_without_signals_has_a_report() -> None:
    page = Page(study_page(stored_run(signals=False)))
    assert "correlations" not in page.figures
    assert "performance" in page.figures


def test_a_study_of_benchmarks_alone_has_a_report() -> None:
    page = Page(study_page(stored_run(candidates=[])))
    assert "No variant has a timing information ratio in this sample" in page.text
    assert "Evidence on" not in page.text


def test_synthetic_prices_are_named_at_every_chart_and_real_ones_never() -> None:
    drawn, real = Page(study_page(stored_run(synthetic=True))), Page(study_page(stored_run()))
    charts = [name for name in drawn.figures if name not in ("dates", "holdings")]
    assert drawn.words.count("SYNTHETIC prices.") > len(charts)
    assert json.dumps(drawn.figures).count("SYNTHETIC prices") == len(charts)
    assert "SYNTHETIC" not in real.text
    assert "SYNTHETIC" not in json.dumps(real.figures)


def test_the_benchmarks_say_which_leg_of_the_pair_they_hold() -> None:
    page = Page(study_page(stored_run(pair=("BTC-USD", "^RUT"))))
    assert "hold BTC-USD" in page.text
    assert "BTC-USD trades around the clock" in page.text


def test_tables_have_captions_and_scopes(page: Page) -> None:
    tags = [tag for tag, _ in page.elements]
    assert tags.count("caption") == tags.count("table")
    assert all("scope" in attrs for tag, attrs in page.elements if tag == "th")
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_a_comparison_with_warnings_shows_them_first_and_does_not_sort() -> None:
    runs = [stored_run(), stored_run(synthetic=True, name="run2")]
    warned, fair = Page(page_of(runs, ["The prices differ."])), Page(page_of(runs, []))
    assert warned.text.index("The prices differ.") < warned.text.index("Cannot tell")
    assert "Not ranked" in warned.text
    assert not any("aria-sort" in attrs for _, attrs in warned.elements)
    assert any("aria-sort" in attrs for _, attrs in fair.elements)
    assert "Not ranked" not in fair.text
    assert "SYNTHETIC prices in run2." in warned.text


def test_intervals_are_drawn_where_they_lie(page: Page) -> None:
    rules = dict(re.findall(r'\[data-style="(\d+)"\]:not\(#_\)\{([^}]*)\}', page.scripts[0]))
    widths = [rules[str(attrs["data-style"])] for tag, attrs in page.elements if tag == "b" and "data-style" in attrs]
    assert widths
    assert all(re.fullmatch(r"left:[\d.]+%;width:[\d.]+%", style) for style in widths)
