"""A universe file: pairs with a group and a reason each, and the terms of one study that they all share."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from unlockstep.backtests.config.study import Study
from unlockstep.backtests.config.study_file import StudyFile, explained, line_of, read_study_file
from unlockstep.backtests.config.study_tables import EVERY_LEG
from unlockstep.backtests.plugins.trust import Trust
from unlockstep.signals.errors import StudyError

MOST_PAIRS = 200
"""Pairs of a universe at most."""

NOT_SHARED = ("pair", "legs", "fx", "data_sha256", "series_sha256", "context")
"""Keys of a study that belong to one pair, and so stand in no universe file."""

PINNED = ("data", "start", "end", "seed")
"""Keys whose override lets the fingerprints of the prices go, since it asks for others."""

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

    @property
    def name(self) -> str:
        """ETH-USD/IWM."""
        return "/".join(self.pair)


class _Pairs(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Text
    pairs: Annotated[tuple[UniversePair, ...], Field(min_length=1, max_length=MOST_PAIRS)]


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
        """The universe in a TOML file, with `overrides` in place of what the file says of its study.

        Raises StudyError, with the line, where the file is missing, no TOML, or wrong, or names a pair twice or in
        reverse; TrustError as `Study.read`.
        """
        for key in NOT_SHARED:
            if key in overrides:
                raise StudyError(
                    f"'{key}' belongs to one pair, and a universe has its own", name=key, remedy="leave it out"
                )
        file = read_study_file(path, overrides)
        listed = file.values.get("pairs")
        if listed is None:
            raise StudyError(
                f"{path.name} lists no pairs",
                name="pairs",
                remedy='a universe has [[pairs]], each with pair = ["GLD", "TLT"], a group and a reason',
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
            read = _Pairs.model_validate({"name": file.values.get("name", path.stem), "pairs": listed})
        except ValidationError as error:
            keys = {"": ["name", "pairs"], "pairs": [*UniversePair.model_fields]}
            raise explained(error, keys, file.where) from None
        _check_each_once(read.pairs, file)
        pairs = read.pairs
        if any(key in overrides and overrides[key] != file.values.get(key) for key in PINNED):
            pairs = tuple(pair.model_copy(update={"data_sha256": None}) for pair in pairs)
        terms = {key: value for key, value in file.values.items() if key not in _Pairs.model_fields}
        shared = StudyFile(file.path, file.text, {**terms, "pair": list(pairs[0].pair)}, file.overridden)
        return cls(read.name, Study.of_file(shared, trust=trust, **overrides), pairs)

    def study_of(self, pair: UniversePair) -> Study:
        """The study of one pair: the shared terms, and of what they say by ticker what is about its legs."""
        terms = self.terms
        tickers = {ticker: settings for ticker, settings in terms.tickers.items() if ticker in pair.pair}
        costs = terms.costs.model_dump(exclude_none=True)
        for key in ("fee_bps", "slippage_bps"):
            costs[key] = {
                name: bps for name, bps in costs.get(key, {}).items() if name in pair.pair or name == EVERY_LEG
            }
        return terms.changed(pair=pair.pair, tickers=tickers, costs=costs, data_sha256=pair.data_sha256)

    def resolved(self, studies: Sequence[Study]) -> "Universe":
        """The same universe of the pairs that were evaluated, with every default spelled out and all prices pinned.

        studies: those of its pairs, resolved, in their order.
        """
        ends = [study.end for study in studies if study.end is not None]
        spelled_out = {key: getattr(studies[0], key) for key in ("data", "start", "primary", "files", "variants")}
        terms = self.terms.model_copy(update={**spelled_out, "end": max(ends)})
        of_pair = {study.pair: study.data_sha256 for study in studies}
        pairs = tuple(
            pair.model_copy(update={"data_sha256": of_pair[pair.pair]}) for pair in self.pairs if pair.pair in of_pair
        )
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


def _check_each_once(pairs: Sequence[UniversePair], file: StudyFile) -> None:
    seen: dict[frozenset[str], UniversePair] = {}
    for number, each in enumerate(pairs):
        place = file.where(("pairs", number, "pair"))
        before = seen.setdefault(frozenset(each.pair), each)
        if before is not each:
            how = "twice" if before.pair == each.pair else f"as {before.name} and in reverse, as {each.name}"
            raise StudyError(
                f"{place}: {before.name} is listed {how}",
                name=each.name,
                line=line_of(place),
                remedy="list each pair once",
            )
