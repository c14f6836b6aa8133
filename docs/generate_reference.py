"""Generate the reference of commands, signals, strategies, settings and results, and the glossary, from the code.

`python -m docs.generate_reference` (`make docs`) writes docs/reference.md, docs/glossary.md, the JSON Schemas of
study.toml, result.json and universe.json, by the first of which an editor completes and checks a study, and the listing
that `unlockstep list` reads.
"""

import json
from collections.abc import Iterator, Sequence
from inspect import cleandoc
from pathlib import Path
from typing import Any

from unlockstep.backtests.config.study import Study
from unlockstep.backtests.jobs.stored_listing import LISTING, listing_text
from unlockstep.backtests.reports.text.glossary import GLOSSARY
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.model.universe import UniverseResult
from unlockstep.signals.registry import HINDSIGHT, SIGNALS
from unlockstep.signals.signal import Parameters, Signal
from unlockstep.strategies.registry import all_strategies
from unlockstep.strategies.strategy import Strategy

ROOT = Path(__file__).parent.parent
SCHEMAS = ROOT / "backtests" / "schemas"
STUDY_SCHEMA, RESULT_SCHEMA = SCHEMAS / "study.schema.json", SCHEMAS / "result.schema.json"
UNIVERSE_SCHEMA = SCHEMAS / "universe.schema.json"

MEANINGS = {
    "data": "demo, demo:edge, yahoo, or a folder with one price file per ticker. A relative folder lies beside the "
    "study file that names it; that of --data, and of a study made in Python, in the working directory. Prices passed "
    "in Python are called frames.",
    "pair": "Two tickers: crypto leg and equity leg, in any usual spelling.",
    "legs": "2 to 20 tickers, the pair first, for strategies that hold more than a pair; without it the pair alone.",
    "hedges": "A hedge for each leg of the pair, such as BTC-USD and SPY; the hedged pair is then studied beside the "
    "plain one.",
    "bridges": "Up to 4 tickers between the legs, in the order of the chain that is taken apart; BTC-USD and SPY with "
    "ETH-USD and IWM, else none. A run does without where their prices are missing.",
    "fx": "Exchange rate in the same source that converts a leg to the currency of the other, such as EURUSD=X.",
    "start": "First date, warm-up included.",
    "end": "Last date; that of the prices by default.",
    "evaluate_from": "First session evaluated; none for the first that every variant's warm-up allows.",
    "sealed_after": "Last date before the sealed holdout.",
    "fill": "Fill price, one session after the decision: close or open.",
    "lag": "Sessions from decision to fill.",
    "rebalance": "When mixes are: monthly, daily, never, or a band such as 0.05; each strategy's own if left out.",
    "capital": "Initial value of each account.",
    "seed": "Random seed of the demo and of resampling.",
    "primary": "Pre-registered primary variant: a strategy, or a variant by its full name or as reports show it.",
    "alpha": "Family-wise error rate of “edge”.",
    "primary_share": "Share of alpha reserved for the primary variant.",
    "money_alpha": "Gate on raw returns: largest p.",
    "cost_multiple": "Gate “costs”: multiple of the costs.",
    "episode_share": "Gate “episodes”: largest share of the timing profit from one episode.",
    "worthwhile_ir": "Smallest timing information ratio worth trading; “no edge” below it.",
    "train_sessions": "Walk-forward: training sessions before the first choice.",
    "test_sessions": "Walk-forward: sessions between two choices.",
    "stale": "Accept old cached prices if Yahoo does not respond.",
    "accept_doubtful": "Use bars that look like an unadjusted split, instead of refusing them.",
    "scratch": "Only look: no variant can become an edge; the trials count all the same. Left out where it is not set.",
    "data_sha256": "Fingerprint of the prices; other prices are refused.",
    "hedged_sha256": "Fingerprint of the prices of the pair and its hedges; other prices are refused.",
    "files": "Files with user strategies: a list of paths, or a table of path = SHA-256, which refuses another "
    "content. A relative path lies beside the study file that names it; that of --strategy in the working directory.",
    "classes": "Strategies that were given as classes in Python and are in no file: name = SHA-256.",
    "tickers": 'Who a ticker is, where its name and its bars do not say it: a table [tickers."ETHUSD"] with class '
    "(crypto, listed, index, fx, future), clock (24/7, 24/5 or the code of a calendar such as XLON) and currency.",
    "context": "Series beside the pair, which rules read with the signal Context: name = a ticker of the same source, "
    "or a table with ticker or file, column, known_after (“14 days” after the end of a date; a file must say it) and "
    "stale_after (how long a value of a file is in force; 100 days). A relative file lies beside the study file.",
    "series_sha256": "Fingerprints of what strategies read besides opens and closes, by name, such as “equity.high” or "
    "“vix”; other series are refused.",
    "costs": "fee_bps and slippage_bps in basis points, by ticker or one number for all legs; borrow_rate per year; "
    "cash_rate: a rate per year, “fed-funds”, “^IRX” or a file of daily rates, and cash_rate_sha256, which refuses "
    "other ones.",
    "variants": "One table each: strategy, params, and costs where it pays otherwise; a list gives one variant "
    "per value. All strategies by default.",
}
"""What each key of study.toml means."""

BAR = "\\|"
"""A bar within a cell of a Markdown table."""


def study_schema() -> dict[str, Any]:
    """The JSON Schema of study.toml, its keys explained."""
    schema = Study.model_json_schema()
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "study.toml"}
    schema["description"] = "Everything that a run depends on, besides the prices."
    for key, entry in schema["properties"].items():
        entry["description"] = MEANINGS[key]
    schema["properties"]["files"] = {
        "description": MEANINGS["files"],
        "anyOf": [
            {"type": "object", "additionalProperties": {"type": "string"}},
            {"type": "array", "items": {"type": "string"}},
        ],
    }
    tables = schema["properties"]["context"]["additionalProperties"]
    schema["properties"]["context"]["additionalProperties"] = {"anyOf": [{"type": "string"}, tables]}
    return schema


def result_schema() -> dict[str, Any]:
    """The JSON Schema of result.json, from the types that it is made of."""
    schema = RunResult.model_json_schema(mode="serialization", by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "result.json of a run"}


def universe_schema() -> dict[str, Any]:
    """The JSON Schema of universe.json, from the types that it is made of."""
    schema = UniverseResult.model_json_schema(mode="serialization", by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "universe.json"}


def markdown() -> str:
    """The text of docs/reference.md."""
    parts = ["# Reference", "Generated from the code by `make docs`.", "## Commands"]
    parts += [part for name, command in _commands() for part in _command(name, command)]
    parts += [
        "## Signals",
        "Formula, source and missing values of each. A value uses prices up to its session only; signals named "
        "`…_hindsight` use the whole sample and are not available to strategies. Error rates of the detectors are in "
        "[the method](method.md#have-they-come-apart).",
    ]
    parts += [part for signal in {**SIGNALS, **HINDSIGHT}.values() for part in _signal(signal)]
    parts += ["## Strategies", "Weights are shares of the account; between decisions they drift with the prices."]
    parts += [part for strategy in all_strategies().values() for part in _strategy(strategy)]
    parts += [
        "## study.toml",
        "A study in a file; options of the command line override it. Every key has a default. The JSON Schema is "
        "`backtests/schemas/study.schema.json` in the package: an editor that knows TOML schemas completes and checks "
        "a study whose first line is `#:schema` and the path to it.",
        _table(("Key", "Default", "Meaning"), _keys()),
        "## result.json",
        "What a run leaves, as `backtests/schemas/result.schema.json` in the package has it (JSON Schema). Fractions, "
        "not percent; annual figures per 252 sessions; a missing number is null. What each figure means stands in the "
        "report, at the figure.",
        _table(("Key", "What it holds"), list(_entries(result_schema()))),
        "## universe.json",
        "What a universe of pairs leaves, as `backtests/schemas/universe.schema.json` in the package has it. The keys "
        "of a universe file are those of a study that are not of one pair, a `name`, and `[[pairs]]`, each with "
        "`pair`, `group`, `reason` and, where its prices are to be these and no others, `data_sha256`.",
        _table(("Key", "What it holds"), list(_entries(universe_schema()))),
    ]
    return "\n\n".join(parts) + "\n"


def glossary_page() -> str:
    """The text of docs/glossary.md."""
    parts = [
        "# Glossary",
        "Each term in one sentence; a press on a number in a report shows the same. The key is the end of the figure's "
        "place in `result.json` and the other files of a run. Generated from the code by `make docs`; signals are in "
        "[the reference](reference.md#signals).",
    ]
    for section, terms in GLOSSARY.items():
        columns = 4 if any(term.keys for term in terms) else 3
        rows = [(t.name, t.symbol, t.meaning, ", ".join(f"`{key}`" for key in t.keys))[:columns] for t in terms]
        parts += [f"## {section}", _table(("Term", "Symbol", "Meaning", "Key")[:columns], rows)]
    return "\n\n".join(parts) + "\n"


def _commands() -> Iterator[tuple[str, Any]]:
    """(words, command) of each command, those of groups after their group."""
    import typer

    from unlockstep.backtests.cli.app import app

    def inside(group: Any, words: str) -> Iterator[tuple[str, Any]]:
        for name, command in group.commands.items():
            called = f"{words} {name}"
            if not hasattr(command, "commands") or command.invoke_without_command:
                yield called, command
            if hasattr(command, "commands"):
                yield from inside(command, called)

    yield from inside(typer.main.get_command(app), "unlockstep")


def _command(name: str, command: Any) -> list[str]:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and p.name != "help"]
    usage = " ".join([name, *(p.metavar or p.name.upper() for p in arguments)])
    rows = [(f"`{', '.join(p.opts)}`", p.help or "", _default(p)) for p in options]
    text = " ".join((command.help or "").split())
    table = [_table(("Option", "Meaning", "Default"), rows)] if rows else []
    return [f"### {name}", text, f"```\n{usage} [OPTIONS]\n```", *table]


def _signal(cls: type[Signal]) -> list[str]:
    facts = f"*{cls.meaning}; unit: {cls.unit}; warm-up: {cls().warmup} sessions by default*"
    return [f"### {cls.name}", facts, cleandoc(cls.__doc__ or ""), *_parameters(cls)]


def _strategy(cls: type[Strategy]) -> list[str]:
    facts = f"*Hypothesis: {cls.hypothesis}; warm-up: {cls().warmup} sessions by default*"
    return [f"### {cls.name}", facts, cleandoc(cls.__doc__ or ""), *_parameters(cls)]


def _parameters(cls: type[Parameters]) -> list[str]:
    rows = [(f"`{key}`", field.description or "", f"`{field.default}`") for key, field in cls.model_fields.items()]
    return [_table(("Parameter", "Meaning", "Default"), rows)] if rows else []


def _default(option: Any) -> str:
    shown = option.show_default
    if isinstance(shown, str):
        return shown
    return "" if option.default in (None, False, ()) else str(option.default)


def _keys() -> list[tuple[str, str, str]]:
    def written(value: Any) -> str:
        return f"`{json.dumps(value, default=str)}`" if value is not None else ""

    made = Study.make()
    plain = {"costs", "variants", "files"}
    return [
        (f"`{key}`", "" if key in plain else written(getattr(made, key)), MEANINGS[key]) for key in Study.model_fields
    ]


def _entries(schema: dict[str, Any], above: str = "", types: dict[str, Any] | None = None) -> Iterator[tuple[str, str]]:
    """(path, description) of every key that has one, those of the types that it refers to with it."""
    types = types if types is not None else schema.get("$defs", {})
    for key, entry in schema.get("properties", {}).items():
        name = f"{above}.{key}" if above else key
        kinds = [_type_of(kind, types) for kind in entry.get("anyOf", [entry])]
        described = entry.get("description") or next((k["description"] for k in kinds if "description" in k), "")
        if described:
            yield f"`{name}`", described
        for kind in kinds:
            for inner, mark in ((kind, ""), (kind.get("items"), "[]"), (kind.get("additionalProperties"), ".*")):
                if isinstance(inner, dict):
                    yield from _entries(_type_of(inner, types), name + mark, types)


def _type_of(schema: dict[str, Any], types: dict[str, Any]) -> dict[str, Any]:
    """What a reference refers to; any other schema as it is."""
    found: dict[str, Any] = types[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    return found


def _table(heads: Sequence[str], rows: list[Any]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', BAR) for cell in line)} |" for line in lines)


def write() -> None:
    """Write the pages, the schemas and the listing."""
    (ROOT / "docs" / "reference.md").write_text(markdown(), encoding="utf-8")
    (ROOT / "docs" / "glossary.md").write_text(glossary_page(), encoding="utf-8")
    schemas = ((STUDY_SCHEMA, study_schema()), (RESULT_SCHEMA, result_schema()), (UNIVERSE_SCHEMA, universe_schema()))
    for place, schema in schemas:
        place.write_text(json.dumps(schema, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    LISTING.write_text(listing_text(), encoding="utf-8")


if __name__ == "__main__":
    write()
