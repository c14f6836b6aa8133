"""A universe file: pairs with a group and a reason each, and the terms of one study that they all share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from unlockstep.backtests.config.study import Study
from unlockstep.backtests.config.study_file import Keys, StudyFile, Where, explained, line_of, read_study_file
from unlockstep.backtests.config.study_tables import EVERY_LEG, CostSettings, TickerSettings
from unlockstep.backtests.data.ticker_name import same_ticker
from unlockstep.backtests.plugins.trust import Trust
from unlockstep.signals.errors import StudyError, unknown_name

MOST_PAIRS = 200
"""Pairs of a universe at most."""

NOT_SHARED = ("pair", "legs", "bridges", "hedges", "fx", "data_sha256", "hedged_sha256", "series_sha256", "context")
"""Keys of a study that belong to one pair, and so stand in no universe file."""

PINNED = ("data", "start", "end", "seed")
"""Keys whose override lets the fingerprints of the prices go, since it asks for others."""

T = TypeVar("T")

Text = Annotated[str, Field(min_length=1, max_length=300)]


class UniversePair(BaseModel):
    """A pair, the group that it belongs to, and the economic link for which it was chosen.

    data_sha256: fingerprint of its prices; other prices are refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pair: tuple[str, str]
    group: Text
    reason: Text
    data_sha256: str | None = None

    @field_validator("pair")
    @classmethod
    def _of_two(cls, pair: tuple[str, str]) -> tuple[str, str]:
        if same_ticker(*pair):
            raise ValueError(f"the pair names one ticker twice, {' and '.join(pair)}")
        return pair

    @property
    def name(self) -> str:
        """ETH-USD/IWM."""
        return "/".join(self.pair)


class _Listed(BaseModel):
    """What a universe file says besides the terms of a study: its name, its pairs, and what holds for their tickers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Text
    pairs: Annotated[tuple[UniversePair, ...], Field(max_length=MOST_PAIRS)]
    costs: CostSettings = CostSettings()
    tickers: Mapping[str, TickerSettings] = {}

    def check_tickers(self, where: Where) -> None:
        """Raise StudyError where something is said of a ticker that no pair has."""
        tickers = {ticker for pair in self.pairs for ticker in pair.pair} | {EVERY_LEG}
        named: list[Keys] = [("costs", key, ticker) for key in BY_TICKER for ticker in getattr(self.costs, key)]
        for keys in [*named, *(("tickers", ticker) for ticker in self.tickers)]:
            if keys[-1] not in tickers:
                place = where(keys)
                raise StudyError(
                    f"{place}: something is said of {keys[-1]}, which is in no pair of the universe",
                    name=str(keys[-1]),
                    line=line_of(place),
                    remedy="leave it out, or list a pair that has it",
                )


BY_TICKER = ("fee_bps", "slippage_bps")
"""Costs that a table may give by ticker."""


def _file_of(path: Path) -> Path:
    """The file itself, or where there is none of a plain name, that of unlockstep's own universe of this name."""
    if path.suffix or len(path.parts) > 1 or path.exists():
        return path
    names = {file.stem: file for file in Path(str(files("unlockstep") / "universes")).glob("*.toml")}
    if path.name not in names:
        raise unknown_name("universe", path.name, names)
    return names[path.name]


def _about(table: Mapping[str, T], pair: tuple[str, str]) -> dict[str, T]:
    """What a table by ticker says of the legs of a pair."""
    return {ticker: entry for ticker, entry in table.items() if ticker in (*pair, EVERY_LEG)}


@dataclass(frozen=True)
class Universe:
    """What a universe file says.

    name: what the file calls it, else the file's own, without its ending.  terms: the study that all pairs share; its
    own pair is the first one.  pairs: in the order of the file.
    """

    name: str
    terms: Study
    pairs: tuple[UniversePair, ...]

    @classmethod
    def read(cls, path: Path, *, trust: Trust = False, **overrides: Any) -> "Universe":
        """The universe in a TOML file, or one of unlockstep's own by its name, such as cross_asset; with `overrides` in
        place of what the file says of its study.

        Raises StudyError, with the line, where the file is missing, no TOML, or wrong, or names a pair twice or in
        reverse; TrustError as `Study.read`.
        """
        for key in NOT_SHARED:
            if key in overrides:
                raise StudyError(
                    f"'{key}' belongs to one pair, and a universe has its own", name=key, remedy="leave it out"
                )
        path = _file_of(path)
        file = read_study_file(path, overrides)
        listed = file.values.get("pairs")
        if listed is None or listed == []:
            raise StudyError(
                f"{path.name} lists no pairs",
                name="pairs",
                remedy='a universe has [[pairs]], each with pair = ["GLD", "TLT"], a group and a reason; a '
                "study of one pair is run with `unlockstep run`",
            )
        for key in NOT_SHARED:
            if key in file.values:
                place = file.where((key,))
                raise StudyError(
                    f"{place}: '{key}' belongs to one pair; a universe's pairs share no such key",
                    name=key,
                    line=line_of(place),
                    remedy="leave it out",
                )
        try:
            said = {key: file.values[key] for key in _Listed.model_fields if key in file.values}
            read = _Listed.model_validate({"name": path.stem, **said})
        except ValidationError as error:
            tables: dict[str, type[BaseModel]] = {
                "pairs": UniversePair,
                "costs": CostSettings,
                "tickers": TickerSettings,
            }
            keys = {"": [*_Listed.model_fields], **{name: [*table.model_fields] for name, table in tables.items()}}
            raise explained(error, keys, file.where) from None
        _check_each_once(read.pairs, file)
        read.check_tickers(file.where)
        pairs = read.pairs
        if any(key in overrides and overrides[key] != file.values.get(key) for key in PINNED):
            pairs = tuple(pair.model_copy(update={"data_sha256": None}) for pair in pairs)
        first = pairs[0].pair
        values = {key: value for key, value in file.values.items() if key not in ("name", "pairs")}
        costs = values.get("costs", {})
        by_ticker = {key: _about(costs[key], first) for key in BY_TICKER if isinstance(costs.get(key), Mapping)}
        values |= {
            "pair": list(first),
            "costs": {**costs, **by_ticker},
            "tickers": _about(values.get("tickers", {}), first),
        }
        study = Study.of_file(StudyFile(file.path, file.text, values, file.overridden), trust=trust, **overrides)
        _check_no_variant_pays_by_ticker(study, file)
        every = {key: getattr(read.costs, key) for key in BY_TICKER}
        costs = study.costs.model_copy(update=every)
        return cls(read.name, study.model_copy(update={"costs": costs, "tickers": dict(read.tickers)}), pairs)

    def study_of(self, pair: UniversePair) -> Study:
        """The study of one pair: the shared terms, and of what they say by ticker what is about its legs."""
        terms = self.terms
        costs = terms.costs.model_dump(exclude_none=True)
        costs |= {key: _about(costs[key], pair.pair) for key in BY_TICKER}
        tickers = _about(terms.tickers, pair.pair)
        return terms.changed(pair=pair.pair, tickers=tickers, costs=costs, data_sha256=pair.data_sha256)

    def resolved(self, evaluated: Sequence[tuple[UniversePair, Study]]) -> "Universe":
        """The same universe of the pairs that were evaluated, with every default spelled out and all prices pinned.

        evaluated: each with its study, resolved.
        """
        studies = [study for _, study in evaluated]
        starts = [study.start for study in studies if study.start is not None]
        ends = [study.end for study in studies if study.end is not None]
        spelled_out = {key: getattr(studies[0], key) for key in ("data", "primary", "files", "variants")}
        terms = self.terms.model_copy(update={**spelled_out, "start": min(starts), "end": max(ends)})
        pairs = tuple(pair.model_copy(update={"data_sha256": study.data_sha256}) for pair, study in evaluated)
        return replace(self, terms=terms, pairs=pairs)

    def shared_terms(self, mode: Literal["python", "json"] = "python") -> dict[str, Any]:
        """The terms that all pairs share, as a file has them; what is empty is left out."""
        terms = self.terms.model_dump(mode=mode, exclude_none=True, exclude=set(NOT_SHARED))
        return {key: value for key, value in terms.items() if value not in ({}, [], ())}

    def as_toml(self) -> str:
        """The universe as a TOML file."""
        import tomli_w

        pairs = [pair.model_dump(exclude_none=True) for pair in self.pairs]
        return tomli_w.dumps({"name": self.name, **self.shared_terms(), "pairs": pairs})


def _check_no_variant_pays_by_ticker(study: Study, file: StudyFile) -> None:
    for number, variant in enumerate(study.variants):
        for key in BY_TICKER if variant.costs is not None else ():
            named = [ticker for ticker in getattr(variant.costs, key) if ticker != EVERY_LEG]
            if named:
                place = file.where(("variants", number, "costs", key, named[0]))
                raise StudyError(
                    f"{place}: {variant.strategy} pays otherwise for {named[0]}, which few pairs of a universe have",
                    name=named[0],
                    line=line_of(place),
                    remedy="give one number for all legs, or costs by ticker under [costs]",
                )


def _check_each_once(pairs: Sequence[UniversePair], file: StudyFile) -> None:
    for number, each in enumerate(pairs):
        for before in pairs[:number]:
            straight = all(map(same_ticker, before.pair, each.pair))
            if not straight and not all(map(same_ticker, before.pair, reversed(each.pair))):
                continue
            place = file.where(("pairs", number, "pair"))
            again = "twice" if before.pair == each.pair else f"again, as {each.name}"
            raise StudyError(
                f"{place}: {before.name} is listed {again}{'' if straight else ', in reverse'}",
                name=each.name,
                line=line_of(place),
                remedy="list each pair once",
            )
