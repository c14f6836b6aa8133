"""Study: what is asked. The same study on the same prices gives the same bytes.

A study is a TOML file, command-line options, or both (options win). `resolve` spells out every default, so that the
study.toml of a run repeats it whatever later versions choose as defaults.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, Unpack

from pydantic import (
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from unlockstep.backtests.config.chosen_strategies import Choice
from unlockstep.backtests.config.costs import Costs, Fill
from unlockstep.backtests.config.python_values import Carried, Prices, taken_apart
from unlockstep.backtests.config.study_file import Keys, Where, blaming, explained, line_of, named_in, read_study_file
from unlockstep.backtests.config.study_options import StudyOptions
from unlockstep.backtests.config.study_tables import CostSettings, Frozen, Variant, is_ticker
from unlockstep.backtests.config.thresholds import Rule
from unlockstep.backtests.config.variants import check_count, expanded, studied
from unlockstep.backtests.data.calendar import clock_of
from unlockstep.backtests.data.in_memory import PriceFrames
from unlockstep.backtests.data.load import DEMOS, NAMED
from unlockstep.backtests.plugins.file_loader import absolute, load
from unlockstep.backtests.plugins.lookup import source_of, strategy_named
from unlockstep.backtests.plugins.trust import Trust, trusted_files
from unlockstep.signals.errors import StudyError
from unlockstep.strategies.registry import all_strategies
from unlockstep.strategies.strategy import Strategy

PAIR = ("ETH-USD", "IWM")

PRIMARY = "break_entry"
"""The strategy whose default variant is the default study's primary claim: S4, the one statement of the note that is a
trade ("the break is the opportunity"), in its most literal form. Fixed before any result was seen."""

SEALED_AFTER = date(2026, 1, 15)
"""The day on which the note appeared: what it says was chosen with everything before it known."""

DEFAULT_COSTS = {"24/7": (10.0, 5.0), "XNYS": (1.0, 2.0)}
"""Clock → (fee, slippage) in basis points: a retail crypto exchange, and a liquid ETF."""

DEFAULT_RULE = Rule()
"""The thresholds for which error rates are published."""


class Study(Frozen):
    """Everything that a run depends on, besides the prices.

    data: demo, demo:edge, yahoo, a folder of price files, or frames that are carried in this process.
    start, end: first and last date used; signals warm up inside this period.  sealed_after: the last date that is open
    to study, see `holdout`.
    variants: empty for every strategy as it is studied by default; benchmarks are always added.
    primary: a strategy or a variant's full name.  fill, lag: at which price, how many sessions after the decision.
    alpha, primary_share, money_alpha, cost_multiple, episode_share, worthwhile_ir: the thresholds of the verdict, see
    `results.verdict.Rule`.  train_sessions, test_sessions: a strategy is refitted every `test_sessions` on at least
    `train_sessions` before.
    stale: prices from the cache, however old, are welcome where Yahoo does not answer.
    data_sha256: where set, the run refuses other prices.
    files: strategies of one's own, path → sha256 of the file (see `file_loader.UserFile`); "" for the file as it is,
    anything else refuses another content. A list of paths will do.
    classes: strategies that were given as classes and are in no file, name → sha256, see `class_loader.class_sha256`.
    They are carried in this process only: who reads such a study anew gives them anew.

    Python code may give frames as `data`, {ticker: DataFrame} of pandas, polars or Arrow, see `in_memory.price_frame`,
    and `strategies` in place of variants: names, files, classes or instances, see `choose`.
    Raises StudyError, in one sentence, for values that are wrong.
    """

    data: str = "demo"
    pair: tuple[str, str] = PAIR
    start: date | None = date(2016, 1, 1)
    end: date | None = None
    sealed_after: date = SEALED_AFTER
    fill: Fill = "close"
    lag: int = Field(default=1, ge=1, le=20)
    # vectorbt takes less than 1e-12 of anything for nothing, so an account must be large against that
    capital: float = Field(default=100_000.0, ge=1_000, le=1e12)
    seed: int = Field(default=7, ge=0, le=2**32 - 1)
    primary: str | None = None
    alpha: float = Field(default=DEFAULT_RULE.alpha, gt=0, lt=0.5)
    primary_share: float = Field(default=DEFAULT_RULE.primary_share, gt=0, lt=1)
    money_alpha: float = Field(default=DEFAULT_RULE.money_alpha, gt=0, le=1)
    cost_multiple: float = Field(default=DEFAULT_RULE.cost_multiple, ge=1, le=4)
    episode_share: float = Field(default=DEFAULT_RULE.episode_share, gt=0, le=1)
    worthwhile_ir: float = Field(default=DEFAULT_RULE.worthwhile_ir, gt=0, le=5)
    train_sessions: int = Field(default=504, ge=60, le=2520)
    test_sessions: int = Field(default=252, ge=20, le=2520)
    stale: bool = False
    data_sha256: str | None = None
    files: dict[str, str] = Field(default_factory=dict)
    classes: dict[str, str] = Field(default_factory=dict)
    costs: CostSettings = CostSettings()
    variants: tuple[Variant, ...] = ()
    _carried: Carried = PrivateAttr(default=Carried())

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            data: Prices = ...,
            strategies: Choice | Sequence[Choice] = ...,
            **options: Unpack[StudyOptions],
        ) -> None: ...

    @model_validator(mode="wrap")
    @classmethod
    def _whole(cls, values: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        """The study, with what it carries; StudyError with the place of what is wrong.

        The context is where a message begins, and what is carried; without one the values come from Python code.
        """
        where, carried = info.context or (_nowhere, None)
        if carried is None and isinstance(values, dict):
            values, carried = taken_apart(values, pair=PAIR, files={}, carried=Carried())
        try:
            study = handler(values)
        except ValidationError as error:
            keys = {
                "": [*cls.model_fields],
                "costs": [*CostSettings.model_fields],
                "variants": [*Variant.model_fields],
            }
            raise explained(error, keys, where) from None
        study._carried = carried or Carried()
        return study

    @field_validator("files", mode="before")
    @classmethod
    def _unpinned(cls, files: object) -> object:
        return dict.fromkeys(files, "") if isinstance(files, list | tuple) else files

    @field_validator("files")
    @classmethod
    def _absolute(cls, files: dict[str, str]) -> dict[str, str]:
        return {str(absolute(path)): sha256 for path, sha256 in files.items()}

    @field_validator("data")
    @classmethod
    def _can_be_shown(cls, data: str) -> str:
        if not data.isprintable() or not data:
            raise ValueError("no name of a source or a folder")
        return data

    @field_validator("pair")
    @classmethod
    def _two_tickers(cls, pair: tuple[str, str]) -> tuple[str, str]:
        for ticker in pair:
            if not is_ticker(ticker):
                raise ValueError(f"'{ticker}' is no ticker")
        if pair[0] == pair[1]:
            raise ValueError(f"the pair names {pair[0]} twice")
        return pair

    @classmethod
    def make(cls, **values: Any) -> Self:
        """A study of these values; StudyError in one sentence where they are wrong."""
        return cls.model_validate(values)

    @classmethod
    def read(cls, path: Path, *, trust: Trust = False, **overrides: Any) -> Self:
        """The study in a TOML file, with `overrides` in place of what the file says.

        A relative `data` folder and relative `files` are looked for beside the file. Where the overrides choose other
        prices, the file's pin is let go, and with another pair its fees by ticker.
        trust: which of the files that it names may run, see `plugins.trust`; those are pinned as they are.

        Raises StudyError where the file is missing, no TOML, or wrong; TrustError before any code that it names has
        run, where one of its files may not.
        """
        file = read_study_file(path, overrides)
        values, files, pair = {**file.values}, file.values.get("files", {}), file.values.get("pair")
        pair = (pair[0], pair[1]) if isinstance(pair, list) and len(pair) == 2 else PAIR
        if files and "strategies" not in overrides:  # what the study says is checked before a file of its is opened
            plain, carried = taken_apart(overrides, pair=pair, files={}, carried=Carried())
            cls._parse(cls._overridden(values, plain), file.where, carried)
        if isinstance(files, dict):  # anything else is refused below
            values["files"] = files = trusted_files(files, trust, study=path)
        overrides, carried = taken_apart(overrides, pair=pair, files=files, carried=Carried())
        study = cls._parse(cls._overridden(values, overrides), file.where, carried)
        study._check(file.where)
        return study

    @classmethod
    def read_terms(cls, path: Path) -> Self:
        """The study in a TOML file, none of the code that it names read: whether its variants exist is not checked.

        Raises StudyError where the file is missing, no TOML, or holds what no study holds.
        """
        file = read_study_file(path, {})
        return cls._parse(file.values, file.where, Carried())

    def changed(self, **overrides: Any) -> Self:
        """This study with other values; the pin of its prices and its fees are let go as in `read`.

        Raises StudyError in one sentence where the values are wrong.
        """
        overrides, carried = taken_apart(overrides, pair=self.pair, files=self.files, carried=self._carried)
        return self._parse(self._overridden(self.model_dump(), overrides), _nowhere, carried)

    @classmethod
    def _overridden(cls, values: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
        """The values with the overrides in their place, without what the overrides make obsolete."""
        merged = {**values, **overrides}
        defaults = {key: field.default for key, field in cls.model_fields.items()}
        before = {**defaults, **values, "pair": tuple(values.get("pair", defaults["pair"]))}
        changed = {key for key, override in overrides.items() if override != before.get(key)}
        synthetic = merged.get("data", defaults["data"]) in DEMOS
        if changed & {"data", "pair", "start", "end"} or (synthetic and "seed" in changed):
            merged["data_sha256"] = overrides.get("data_sha256")
        if "pair" in changed and "costs" not in overrides and isinstance(merged.get("costs"), dict):
            merged["costs"] = {k: v for k, v in merged["costs"].items() if k not in ("fee_bps", "slippage_bps")}
        return merged

    @classmethod
    def _parse(cls, values: dict[str, Any], where: Where, carried: Carried) -> Self:
        return cls.model_validate(values, context=(where, carried))

    def _check(self, where: Where) -> None:
        """Raise what is wrong with the study as a whole, with the line that is to blame."""
        if self.start is not None and self.end is not None and self.start > self.end:
            place = where(("end",))
            raise StudyError(
                f"{place}: The period is empty: it starts {self.start} and ends {self.end}",
                name="end",
                dates=[self.start, self.end],
                line=line_of(place),
            )
        strangers = [keys for keys in self._costed() if keys[-1] not in self.pair]
        with blaming(lambda _: where(strangers[0])):
            self.engine_costs()
        with blaming(lambda _: where(("variants",))):
            check_count(self.variants)
        for i, variant in enumerate(self.variants):
            with blaming(lambda _, at=i: where(("variants", at, "strategy"))):  # type: ignore[misc]
                cls = self.strategy_class(variant.strategy)
            with blaming(lambda error, at=i, v=variant: where(("variants", at, "params", *named_in(error, v.params)))):  # type: ignore[misc]
                for params in expanded(variant.params):
                    cls(**params)
        with blaming(lambda _: where(("primary",))):
            self.primary_of(self.strategies())

    def _costed(self) -> list[tuple[str, str, str]]:
        """Where the costs stand that are given by ticker; the ticker is last."""
        tables = {"fee_bps": self.costs.fee_bps, "slippage_bps": self.costs.slippage_bps}
        return [("costs", name, ticker) for name, table in tables.items() for ticker in table]

    @property
    def frames(self) -> PriceFrames | None:
        """The prices, where they were handed over as frames."""
        return self._carried.frames

    def strategy_class(self, name: str) -> type[Strategy]:
        """The strategy of that name: carried, of the study's files, or registered.

        Raises StudyError for a class that this process was not given, and what `lookup.strategy_named` raises.
        """
        if name in self._carried.classes:
            return self._carried.classes[name]
        if name in self.classes:
            raise StudyError(
                f"'{name}' was given as a class and is in no file, so that this study cannot be run from its "
                "file alone",
                name=name,
                remedy="give the class again: unlockstep.run(study, strategies=[…])",
            )
        return strategy_named(name, self.files)

    def source_of(self, strategy: type[Strategy]) -> dict[str, str]:
        """Where a strategy comes from: {"class", "sha256"} where it is carried, else what `lookup.source_of` says."""
        if strategy in self._carried.classes.values():
            return {"class": strategy.__qualname__, "sha256": self.classes[strategy.name]}
        return source_of(strategy, self.files)

    def pinned(self) -> "Study":
        """The same study, its files as they are now: one that is edited from now on changes nothing of it."""
        return self.model_copy(
            update={"files": {path: load(Path(path), pin).sha256 for path, pin in self.files.items()}}
        )

    def strategies(self) -> list[Strategy]:
        """Every variant, benchmarks last; lists of parameters expanded, duplicates left out.

        Raises ParameterError for an unknown strategy or parameter, or a value out of range, and what `file_loader.load`
        raises.
        """
        variants = self.variants or studied(files=self.files)
        check_count(variants)
        benchmarks = tuple(Variant(strategy=name) for name, cls in all_strategies().items() if cls.benchmark)
        strategies: dict[str, Strategy] = {}
        for variant in (*variants, *benchmarks):
            for params in expanded(variant.params):
                strategy = self.strategy_class(variant.strategy)(**params)
                strategies.setdefault(strategy.label, strategy)
        return sorted(strategies.values(), key=lambda s: s.benchmark)

    def primary_of(self, strategies: list[Strategy]) -> str | None:
        """Label of the primary variant: the one named, or `break_entry` where the study has one variant of it, or the
        only variant there is; None where nothing was named beforehand.

        Raises StudyError where the name given fits no variant, or several.
        """
        candidates = [s for s in strategies if not s.benchmark]
        if self.primary is None:
            usual = [s.label for s in candidates if s.name == PRIMARY] or [s.label for s in candidates]
            return usual[0] if len(usual) == 1 else None
        matches = [s.label for s in candidates if self.primary in (s.label, s.name)]
        if len(matches) != 1:
            problem = f"fits {len(matches)} variants" if matches else "is not in the study"
            choices = matches or [s.label for s in candidates]
            raise StudyError(
                f"The primary variant '{self.primary}' {problem}",
                name=self.primary,
                choices=choices,
                remedy=f"name one of them with --primary: {', '.join(choices) or 'there is none'}",
            )
        return matches[0]

    @property
    def rule(self) -> Rule:
        """The thresholds of the verdict."""
        return Rule(**{threshold.name: getattr(self, threshold.name) for threshold in fields(Rule)})

    def engine_costs(self) -> Costs:
        """The costs by leg, defaults filled in; StudyError for costs of a ticker that is not in the pair."""
        for *_, ticker in self._costed():
            if ticker not in self.pair:
                raise StudyError(
                    f"Costs are given for {ticker}, but the pair is {' and '.join(self.pair)}",
                    name=ticker,
                    choices=self.pair,
                )
        defaults = [DEFAULT_COSTS[clock_of(ticker)] for ticker in self.pair]
        fees, slippages = (
            tuple(table.get(ticker, default[i]) for ticker, default in zip(self.pair, defaults, strict=True))
            for i, table in enumerate((self.costs.fee_bps, self.costs.slippage_bps))
        )
        return Costs(
            fee_bps=(fees[0], fees[1]),
            slippage_bps=(slippages[0], slippages[1]),
            borrow_rate=self.costs.borrow_rate,
            cash_rate=self.costs.cash_rate,
        )

    def resolve(self, *, data_sha256: str, first: date, last: date) -> "Study":
        """The same study with every default spelled out and the prices pinned."""
        strategies, costs = self.strategies(), self.engine_costs()
        candidates = [s for s in strategies if not s.benchmark]
        data = self.data if self.data in NAMED else str(Path(self.data).resolve())
        return self.model_copy(
            update={
                "data": data,
                "start": self.start or first,
                "end": self.end or last,
                "primary": self.primary_of(strategies),
                "files": self.pinned().files,
                "data_sha256": data_sha256,
                "costs": CostSettings(
                    fee_bps=dict(zip(self.pair, costs.fee_bps, strict=True)),
                    slippage_bps=dict(zip(self.pair, costs.slippage_bps, strict=True)),
                    borrow_rate=costs.borrow_rate,
                    cash_rate=costs.cash_rate,
                ),
                "variants": tuple(Variant(strategy=s.name, params=s.params) for s in candidates or strategies),
            }
        )

    def as_toml(self) -> str:
        """The study as a TOML file."""
        import tomli_w

        empty = {key for key in ("files", "classes") if not getattr(self, key)}
        return tomli_w.dumps(self.model_dump(exclude_none=True, exclude=empty))


def _nowhere(_: Keys) -> str:
    """How a message begins about a value that stands in no file."""
    return "The study"
