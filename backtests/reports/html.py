"""HTML reports: each page is one file that opens offline, with its style, script, data and plotly inside it.

Plotly and the charts' data are packed, which makes a page a third of the size and lets a browser show text and tables
before it has read them.
"""

import gzip
import json
import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unlockstep.backtests.reports.content_policy import hash_source, with_policy
from unlockstep.backtests.reports.text.figure import Text
from unlockstep.backtests.results.stored_run import StoredRun

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup
    from pandas import DataFrame
    from rich.console import Console

    from unlockstep.backtests.results.model.comparison import ComparisonResult
    from unlockstep.backtests.results.model.events import EventStudy
    from unlockstep.backtests.results.model.replication import FigureReplication, Replication
    from unlockstep.backtests.results.model.sweep import SweepResult
    from unlockstep.backtests.results.model.universe import UniverseResult
    from unlockstep.backtests.results.model.unseal import UnsealResult

TEMPLATES = Path(__file__).parent / "templates"
STUDY_TEMPLATE = "study.html.j2"


def study_page(run: StoredRun) -> str:
    """The report of one run as a self-contained HTML file."""
    from unlockstep.backtests.reports.study.page import study_view

    return _render(STUDY_TEMPLATE, vars(study_view(run)))


def prepare_study_page() -> None:
    """Do what the report of any run needs: import its views, compile its template, pack the script of its charts."""
    import unlockstep.backtests.reports.study.markdown
    import unlockstep.backtests.reports.study.page  # noqa: F401

    _environment().get_template(STUDY_TEMPLATE)
    _plotly()


def compare_page(runs: Sequence[StoredRun], compared: "ComparisonResult") -> str:
    """Several runs side by side as a self-contained HTML file.

    Where the comparison holds warnings, they come first, and nothing is ranked unless it says so.
    """
    from unlockstep.backtests.reports.compare.page import compare_view

    return _render("compare.html.j2", vars(compare_view(runs, compared)))


def events_page(events: "EventStudy") -> str:
    """A study of events as a self-contained HTML file."""
    from unlockstep.backtests.reports.events.page import events_view

    return _render("events.html.j2", vars(events_view(events)))


def sweep_page(result: "SweepResult", returns: "DataFrame") -> str:
    """A sweep as a self-contained HTML file; returns: of the best and benchmarks."""
    from unlockstep.backtests.reports.sweep.page import sweep_view

    return _render("sweep.html.j2", vars(sweep_view(result, returns)))


def unseal_page(result: "UnsealResult") -> str:
    """An unsealed run as a self-contained HTML file."""
    from unlockstep.backtests.reports.unseal import unseal_view

    return _render("unseal.html.j2", vars(unseal_view(result)))


def universe_page(result: "UniverseResult") -> str:
    """A universe as a self-contained HTML file."""
    from unlockstep.backtests.reports.universe.page import universe_view

    return _render("universe.html.j2", vars(universe_view(result)))


def replication_page(result: "Replication | FigureReplication") -> str:
    """Published figures beside recomputed ones as a self-contained HTML file."""
    from unlockstep.backtests.reports.replicate.output import view_of
    from unlockstep.backtests.results.model.base import annotate_path
    from unlockstep.backtests.storage.run_folder import FIGURES

    return _render("replicate.html.j2", vars(view_of(annotate_path(result, FIGURES))))


def fragment(template: str, **context: Any) -> str:
    """A piece of HTML without a page round it."""
    return _environment().get_template(template).render(**context)


def terminal_fragment(show: "Callable[[Console], None]") -> str:
    """What a command prints on the terminal, as a piece of HTML without script, style sheet or request."""
    from html import escape
    from io import StringIO

    from unlockstep.backtests.reports.text.terminal import Terminal

    console = Terminal(file=StringIO(), width=100, record=True, force_jupyter=False, markup=False, emoji=False)
    show(console)
    return f'<pre style="font-size:12px;line-height:1.4;">{escape(console.export_text())}</pre>'


def packed(text: str) -> "Markup":
    """Text as base64 of gzip, the same bytes at any time: nothing in it can end the script element that holds it."""
    from markupsafe import Markup

    return Markup(b64encode(gzip.compress(text.encode(), 6, mtime=0)).decode())  # noqa: S704 - base64


def soft(text: str | Text) -> "Markup":
    """A long name that may break after a bracket, a comma, an underscore or an equals sign."""
    from markupsafe import Markup, escape

    def write(part: str) -> str:
        return re.sub(r"((?<=\S)\(|[,_=])(?=\S)", r"\1<wbr>", str(escape(part)))

    return Markup(text.html(write) if isinstance(text, Text) else write(text))  # noqa: S704 - escaped


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["soft"] = soft
    environment.globals["asset"] = asset
    return environment


@cache
def _glossary() -> "Markup":
    from markupsafe import Markup

    from unlockstep.backtests.reports.text.glossary import glossary

    return Markup(json.dumps(glossary(), ensure_ascii=False).replace("<", "\\u003c"))  # noqa: S704 - our own texts


@cache
def _plotly() -> "Markup":
    from plotly.offline import get_plotlyjs

    return packed(str(get_plotlyjs()))


@cache
def _plotly_hash() -> str:
    from plotly.offline import get_plotlyjs

    return hash_source(str(get_plotlyjs()))


@cache
def asset(name: str) -> "Markup":
    """A style sheet or script of ours, as it is."""
    from markupsafe import Markup

    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))  # noqa: S704 - our own


def _render(template: str, context: Mapping[str, Any]) -> str:
    figures = {name: figure for name, figure in context["figures"].items() if figure is not None}
    drawn = packed(json.dumps(figures, ensure_ascii=False, allow_nan=False, separators=(",", ":")))
    page = _environment().get_template(template)
    text = page.render(**context, glossary=_glossary(), plotly=_plotly(), figures_packed=drawn)
    return with_policy(text, [_plotly_hash()])
