"""Results into docs/findings.md: every figure keeps the place that it came from, and is listed with it."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from findings.studies import PAIR, PLACEBOS, SECOND, StudyResults, name_of
from unlockstep.backtests.reports.study.detectors import detectors_title
from unlockstep.backtests.reports.study.family import family_title
from unlockstep.backtests.reports.study.gates import rule_view
from unlockstep.backtests.reports.study.page import statement_views, verdict_view
from unlockstep.backtests.reports.study.pair_state import lockstep_view
from unlockstep.backtests.reports.text import format as written
from unlockstep.backtests.reports.text.figure import Text
from unlockstep.backtests.reports.text.origin import annotate_path, figures_of, marked_text, unmarked
from unlockstep.backtests.reports.text.small_table import signed, signed_interval
from unlockstep.backtests.reports.text.wording import candidates, primary_of, shown_name
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.storage import StoredRun
from unlockstep.backtests.storage.run_folder import RESULT, SWEEP

TEMPLATE = Path(__file__).parent / "findings.md.j2"

Figure = dict[str, Any]


def document(result: StudyResults) -> tuple[str, list[Figure]]:
    """(the text of docs/findings.md, its figures as {"text", "place", "value"}, each once, in their order)."""
    annotated_runs = {
        name: replace(run, result=annotate_path(run.result, f"{name}/{RESULT}")) for name, run in result.runs.items()
    }
    template = _environment().get_template(TEMPLATE.name)
    page = template.render(
        main=_pair(annotated_runs, name_of(PAIR)),
        second=_pair(annotated_runs, name_of(SECOND)),
        placebos=[_pair(annotated_runs, name_of(pair)) for pair in PLACEBOS],
        sweep=annotate_path(result.sweep, f"sweep/{SWEEP}"),
        commands=result.commands,
    )
    return unmarked(page), figures_of(page)


def template_text() -> str:
    """The template, whose own numbers are constants of the method and no findings."""
    return TEMPLATE.read_text(encoding="utf-8")


def _pair(runs: Mapping[str, StoredRun], name: str) -> dict[str, Any]:
    run = runs[name]
    result, typed = run.result, RunResult.of(run.result, f"{name}/{RESULT}")
    pair = result["data"]["pair"]
    primary = primary_of(result)
    ranked = sorted(candidates(result), key=lambda v: v["inference"]["timing_p_family"])
    return {
        "pair": "/".join(pair),
        "result": result,
        "verdict": verdict_view(result),
        "statements": statement_views(result),
        "lockstep": lockstep_view(result),
        "detectors": detectors_title(result),
        "family": family_title(typed),
        "gates": rule_view(typed),
        "variants": [(shown_name(v, pair), v) for v in ranked],
        "benchmarks": [(shown_name(v, pair), v) for v in result["variants"] if v["benchmark"]],
        "primary": (shown_name(primary, pair), primary) if primary else None,
        "edges": [shown_name(v, pair) for v in candidates(result) if v["verdict"] == "edge"],
    }


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATE.parent),
        autoescape=False,  # noqa: S701 - Markdown of our own figures
        undefined=StrictUndefined,
        finalize=lambda item: marked_text(item) if isinstance(item, Text) else item,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "percent": written.percent, "ratio": written.ratio, "signed": signed, "p": written.p_value,
        "count": written.count, "years": written.years, "interval": signed_interval, "told": written.typographic,
        "plain": lambda text: re.sub(r"([|*])", r"\\\1", text),
    }  # fmt: skip
    return environment
