"""Study: what is asked. The same study on the same prices gives the same bytes.

A study is a TOML file, command-line options, or both (options win). `resolve` spells out every default, so that the
study.toml of a run repeats it whatever later versions choose as defaults.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack

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
from unlockstep.backtests.config.series_pins import series_pins
from unlockstep.backtests.config.study_file import (
    Keys,
    StudyFile,
    Where,
    blaming,
    explained,
    line_of,
    named_in,
    read_study_file,
)
from unlockstep.backtests.config.study_options import StudyOptions
from unlockstep.backtests.config.study_tables import (
    EVERY_LEG,
    ContextSettings,
    CostSettings,
    Frozen,
    TickerSettings,
    Variant,
    VariantCosts,
    is_series_name,
    is_ticker,
    without_tickers,
)
from unlockstep.backtests.config.thresholds import Rule
from unlockstep.backtests.config.variants import benchmarks_of, check_count, expanded, short_label, studied
from unlockstep.backtests.data.cash_rate import BILL, NAMED_RATES
from unlockstep.backtests.data.context import ContextSources
from unlockstep.backtests.data.demo_series import FURTHER, MADE_UP, VIX
from unlockstep.backtests.data.identity import NOTHING, Stated, identity_by_name
from unlockstep.backtests.data.in_memory import PriceFrames
from unlockstep.backtests.data.load import DEMOS, NAMED
from unlockstep.backtests.data.price_folder import tickers_in
from unlockstep.backtests.data.ticker_name import as_yahoo, parse_ticker, spelled_as_in
from unlockstep.backtests.plugins.file_loader import absolute, load
from unlockstep.backtests.plugins.lookup import source_of, strategy_named
from unlockstep.backtests.plugins.trust import Trust, trusted_files
from unlockstep.signals.chain import BRIDGE, MOST_BRIDGES
from unlockstep.signals.errors import DataError, StudyError
from unlockstep.signals.market import Market, check_tickers
from unlockstep.strategies.rebalancing import RebalanceSetting
from unlockstep.strategies.strategy import Strategy

T = TypeVar("T")

PAIR = ("ETH-USD", "IWM")

BRIDGES = ("BTC-USD", "SPY")
"""Between ETH-USD and IWM: ETH hangs on BTC, BTC on large caps, and small caps on these."""

PRIMARY = "break_entry"
"""The strategy whose default variant is the default study's primary claim: S4, the one statement of the note that is a
trade ("the break is the opportunity"), in its most literal form. Fixed before any result was seen."""

SEALED_AFTER = date(2026, 1, 15)
"""The day on which the note appeared: what it says was chosen with everything before it known."""

DEFAULT_COSTS = {"crypto": (10.0, 5.0), "listed": (1.0, 2.0)}
"""Class → (fee, slippage) in basis points: a retail crypto exchange, and a liquid ETF, which stands for the others."""

DEFAULT_RULE = Rule()
"""The thresholds for which error rates are published."""


class Study(Frozen):
    """Everything that a run depends on, besides the prices.

    data: demo, demo:edge, yahoo, a folder of price files, or frames that are carried in this process.
    legs: the tickers of 2 to 20 legs, the pair first, for strategies that hold more than a pair; None for the pair
    alone. Where they are given without a pair, the first two are it.
    bridges: the tickers between the legs of the pair, in the order of the chain that is taken apart, 4 at most, from
    the same source; None for BTC-USD and SPY with ETH-USD and IWM, and none with other pairs. A run does without where
    their prices are missing.
    hedges: a hedge for each leg of the pair, such as BTC-USD and SPY, from the same source: a run then also studies the
    hedged pair, see `engine.hedge`, beside the plain one.
    fx: an exchange rate in the same source, such as EURUSD=X, which converts legs to the currency of the others.
    start, end: first and last date used; signals warm up inside this period.  evaluate_from: the first session that is
    evaluated; None for the first that every variant's warm-up allows.  sealed_after: the last date that is open to
    study, see `holdout`.
    tickers: who a ticker is, where its name and its bars do not say it, see `TickerSettings`.
    variants: empty for every strategy as it is studied by default; benchmarks are always added. One may have costs of
    its own.
    primary: a strategy, or a variant by its full name or as reports show it.  fill, lag: at which price, how many
    sessions after the decision.
    rebalance: when mixes, which drift with prices, are brought back to their weights: monthly, daily, never, or a band
    such as 0.05, by which a leg's share of the account may be off; None for each strategy's own, which is monthly
    unless it says otherwise. The constant mixes that variants are compared with are always rebalanced monthly.
    alpha, primary_share, money_alpha, cost_multiple, episode_share, worthwhile_ir: the thresholds of the verdict, see
    `results.verdict.Rule`.  train_sessions, test_sessions: a strategy is refitted every `test_sessions` on at least
    `train_sessions` before.
    stale: prices from the cache, however old, are welcome where Yahoo does not answer.
    accept_doubtful: bars that look like a split that was not adjusted for are taken as they are, and not refused.
    scratch: the study only looks, so that nothing of it can become an edge; its trials count like all others.
    context: series beside the pair, name → where it comes from, see `ContextSettings`; rules read them with the signal
    `Context`.
    data_sha256, hedged_sha256: where set, the run refuses other prices, of the legs and of the four legs of the hedged
    pair.  series_sha256: the same of what the strategies read besides opens and closes, by name as `Signal.reads` has
    it, such as "equity.high" or "vix".
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
    legs: tuple[str, ...] | None = None
    bridges: tuple[str, ...] | None = None
    hedges: tuple[str, str] | None = None
    fx: str | None = None
    start: date | None = date(2016, 1, 1)
    end: date | None = None
    evaluate_from: date | None = None
    sealed_after: date = SEALED_AFTER
    fill: Fill = "close"
    lag: int = Field(default=1, ge=1, le=20)
    rebalance: RebalanceSetting = None
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
    accept_doubtful: bool = False
    scratch: bool | None = None
    data_sha256: str | None = None
    hedged_sha256: str | None = None
    files: dict[str, str] = Field(default_factory=dict)
    classes: dict[str, str] = Field(default_factory=dict)
    tickers: dict[str, TickerSettings] = Field(default_factory=dict)
    context: dict[str, ContextSettings] = Field(default_factory=dict)
    series_sha256: dict[str, str] = Field(default_factory=dict)
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
        if isinstance(values, dict):
            values = _with_pair(values)
        try:
            study = handler(values)
        except ValidationError as error:
            keys = {
                "": [*cls.model_fields],
                "costs": [*CostSettings.model_fields],
                "tickers": ["class", "clock", "currency"],
                "context": [*ContextSettings.model_fields],
                "variants": [*Variant.model_fields],
                "variants.costs": [*VariantCosts.model_fields],
            }
            raise explained(error, keys, where) from None
        study._carried = carried or Carried()
        return study._spelled_as_in_data()

    def _spelled_as_in_data(self) -> Self:
        """The same study, its tickers spelled as its prices spell them where it is clear which are meant."""
        if self.data == "yahoo":
            names = {ticker: as_yahoo(ticker) for ticker in self._tickers_named}
        else:
            available = self._tickers_available()
            names = {ticker: spelled_as_in(available, ticker) for ticker in self._tickers_named}
        pair, fx = (names[self.pair[0]], names[self.pair[1]]), names.get(self.fx or "")
        legs = None if self.legs is None else tuple(names[ticker] for ticker in self.legs)
        bridges = None if self.bridges is None else tuple(names[ticker] for ticker in self.bridges)
        hedges = None if self.hedges is None else (names[self.hedges[0]], names[self.hedges[1]])
        for place, ticker in enumerate(self.traded):
            before = next(each for each in self.traded if names[each] == names[ticker])
            if self.traded.index(before) < place:
                raise StudyError(
                    f"{before} and {ticker} are the same ticker, {names[ticker]}",
                    name=names[ticker],
                    remedy="a pair needs two" if self.legs is None else "each leg needs another",
                )
        if fault := _no_chain(bridges or (), pair):
            raise StudyError(f"bridges = {self.bridges}: {fault}", name="bridges")
        if fault := _no_hedges(hedges or (), pair):
            raise StudyError(f"hedges = {self.hedges}: {fault}", name="hedges")
        if all(name == ticker for ticker, name in names.items()):
            return self
        costs = self.costs.model_copy(
            update={key: _renamed(getattr(self.costs, key), names) for key in ("fee_bps", "slippage_bps")}
        )
        variants = tuple(_with_renamed_costs(variant, names) for variant in self.variants)
        tickers = _renamed(self.tickers, names)
        context = {
            name: each.model_copy(update={"ticker": names.get(each.ticker or "")})
            for name, each in self.context.items()
        }
        study = self.model_copy(
            update={
                "pair": pair, "legs": legs, "bridges": bridges, "hedges": hedges, "fx": fx, "costs": costs,
                "tickers": tickers, "variants": variants, "context": context,
            }
        )  # fmt: skip
        study._carried = self._carried
        return study

    @property
    def traded(self) -> tuple[str, ...]:
        """The tickers of all legs, the pair first."""
        return self.pair if self.legs is None else self.legs

    @property
    def chain_bridges(self) -> tuple[str, ...]:
        """The tickers between the legs, whether there are prices of them or not."""
        if self.bridges is not None:
            return self.bridges
        ours, usual = ([parse_ticker(ticker).key for ticker in pair] for pair in (self.pair, PAIR))
        return BRIDGES if ours == usual else ()

    @property
    def hedged_legs(self) -> tuple[str, ...]:
        """The tickers that the hedged pair is traded in: the pair, then the hedge of each; none without hedges."""
        return () if self.hedges is None else (*self.pair, *self.hedges)

    @property
    def _tickers_named(self) -> tuple[str, ...]:
        """The tickers that the study names, whether their prices must be there or not."""
        return tuple(dict.fromkeys((*self.tickers_read, *(self.bridges or ()), *(self.hedges or ()))))

    @property
    def tickers_of_legs(self) -> tuple[str, ...]:
        """The tickers of all legs, and the exchange rate where there is one."""
        return self.traded if self.fx is None else (*self.traded, self.fx)

    @property
    def tickers_read(self) -> tuple[str, ...]:
        """The tickers whose prices are read: the legs, the exchange rate where there is one, those of the context."""
        return tuple(
            dict.fromkeys((*self.tickers_of_legs, *(each.ticker for each in self.context.values() if each.ticker)))
        )

    def _tickers_available(self) -> Collection[str]:
        """The tickers that the prices hold; none where there is no such folder, which whoever reads it says."""
        if self.frames is not None:
            return self.frames.frames
        if self.data in NAMED:
            return (*PAIR, VIX, *FURTHER, *MADE_UP) if self.data in DEMOS else PAIR
        return tickers_in(self.data) if Path(self.data).is_dir() else ()

    @field_validator("files", mode="before")
    @classmethod
    def _unpinned(cls, files: object) -> object:
        return dict.fromkeys(files, "") if isinstance(files, list | tuple) else files

    @field_validator("files")
    @classmethod
    def _absolute(cls, files: dict[str, str]) -> dict[str, str]:
        return {str(absolute(path)): sha256 for path, sha256 in files.items()}

    @field_validator("scratch")
    @classmethod
    def _only_where_set(cls, scratch: bool | None) -> bool | None:
        return scratch or None

    @field_validator("context")
    @classmethod
    def _named_series(cls, context: dict[str, ContextSettings]) -> dict[str, ContextSettings]:
        for name in context:
            if name.startswith(BRIDGE):
                raise ValueError(f"'{name}' is what a bridge is called; name the bridges in bridges = [...]")
            if not is_series_name(name):
                raise ValueError(f"'{name}' is no name of a series: small letters, digits and _ make one, such as vix")
        return context

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

    @field_validator("legs")
    @classmethod
    def _several_tickers(cls, legs: tuple[str, ...] | None, info: ValidationInfo) -> tuple[str, ...] | None:
        for ticker in legs or ():
            if not is_ticker(ticker):
                raise ValueError(f"'{ticker}' is no ticker")
        if legs is not None:
            try:
                check_tickers(legs)
            except DataError as error:
                raise ValueError(str(error).rstrip(".")) from None
        pair = info.data.get("pair")
        if legs is not None and pair is not None and legs[:2] != pair:
            raise ValueError(
                f"the legs begin with {' and '.join(legs[:2])}, but the pair is {' and '.join(pair)}; the first "
                "two legs are the pair"
            )
        return legs if legs is not None and len(legs) > 2 else None

    @field_validator("bridges")
    @classmethod
    def _between_the_legs(cls, bridges: tuple[str, ...] | None, info: ValidationInfo) -> tuple[str, ...] | None:
        legs = info.data.get("legs") or info.data.get("pair") or ()
        for ticker in bridges or ():
            if not is_ticker(ticker):
                raise ValueError(f"'{ticker}' is no ticker")
        if fault := _no_chain(bridges or (), legs[:2]):
            raise ValueError(fault)
        if bridges is not None and len(bridges) > MOST_BRIDGES:
            raise ValueError(f"there are {len(bridges)} bridges, and a chain has {MOST_BRIDGES} at most")
        return bridges

    @field_validator("hedges")
    @classmethod
    def _a_hedge_each(cls, hedges: tuple[str, str] | None, info: ValidationInfo) -> tuple[str, str] | None:
        for ticker in hedges or ():
            if not is_ticker(ticker):
                raise ValueError(f"'{ticker}' is no ticker")
        if hedges is not None and info.data.get("legs") is not None:
            raise ValueError("hedges are of a pair, and the study has more legs: leave legs or hedges out")
        if fault := _no_hedges(hedges or (), info.data.get("pair") or ()):
            raise ValueError(fault)
        return hedges

    @field_validator("fx")
    @classmethod
    def _exchange_rate(cls, fx: str | None) -> str | None:
        if fx is not None and not (is_ticker(fx) and parse_ticker(fx).quote):
            raise ValueError("an exchange rate is needed, such as EURUSD=X")
        return fx

    @classmethod
    def make(cls, **values: Any) -> Self:
        """A study of these values; StudyError in one sentence where they are wrong."""
        return cls.model_validate(values)

    @classmethod
    def read(
        cls,
        path: Path,
        *,
        trust: Trust = False,
        choose_variants: Callable[[Self], Self] | None = None,
        **overrides: Any,
    ) -> Self:
        """The study in a TOML file, with `overrides` in place of what the file says.

        A relative `data` folder, file of rates and `files` are looked for beside the file. Where the overrides choose
        other prices, the file's pins are let go, and with another pair what it says by ticker.

        trust: which of the files that it names may run, see `plugins.trust`; those are pinned as they are.
        choose_variants: what options make of the study's variants, before its primary is looked for among them.
        Raises StudyError where the file is missing, no TOML, or wrong; TrustError before any code that it names has
        run, where one of its files may not.
        """
        return cls.of_file(read_study_file(path, overrides), trust=trust, choose_variants=choose_variants, **overrides)

    @classmethod
    def of_file(
        cls,
        file: StudyFile,
        *,
        trust: Trust = False,
        choose_variants: Callable[[Self], Self] | None = None,
        **overrides: Any,
    ) -> Self:
        """`read` of a file that is read already."""
        if "pairs" in file.values:
            place = file.where(("pairs",))
            raise StudyError(
                f"{place}: [[pairs]] are those of a universe, and a study has one pair",
                name="pairs",
                line=line_of(place),
                remedy=f"run it with `unlockstep universe {file.path}`",
            )
        values, files = {**file.values}, file.values.get("files", {})
        pair = _with_pair(values).get("pair")
        pair = (pair[0], pair[1]) if isinstance(pair, list | tuple) and len(pair) == 2 else PAIR
        if files and "strategies" not in overrides:  # what the study says is checked before a file of its is opened
            plain, carried = taken_apart(overrides, pair=pair, files={}, carried=Carried())
            cls._parse(cls._overridden(values, plain), file.where, carried)
        if isinstance(files, dict):  # anything else is refused below
            values["files"] = files = trusted_files(files, trust, study=file.path)
        overrides, carried = taken_apart(overrides, pair=pair, files=files, carried=Carried())
        study = cls._parse(cls._overridden(values, overrides), file.where, carried)
        study._check(file.where)
        if choose_variants is not None:
            study = choose_variants(study)
        with blaming(lambda _: file.where(("primary",))):
            study.primary_of(study.strategies())
        return study

    @classmethod
    def read_terms(cls, path: Path) -> Self:
        """The study in a TOML file, none of the code that it names read: whether its variants exist is not checked.

        Raises StudyError where the file is missing, no TOML, or holds what no study holds.
        """
        file = read_study_file(path, {})
        return cls._parse(file.values, file.where, Carried())

    def changed(self, **overrides: Any) -> Self:
        """This study with other values; the pin of its prices and what it says by ticker are let go as in `read`.

        Raises StudyError in one sentence where the values are wrong.
        """
        overrides, carried = taken_apart(overrides, pair=self.pair, files=self.files, carried=self._carried)
        return self._parse(self._overridden(self.model_dump(), overrides), _nowhere, carried)

    def with_costs(self, costs: Mapping[str, Any]) -> Self:
        """This study with other costs, as its table [costs] has them; what is left out stays as it is.

        One number for all legs takes the place of a table; a table changes the legs that it names.
        Raises StudyError in one sentence where the values are wrong.
        """
        merged = self.costs.model_dump(exclude={"cash_rate_sha256"} if "cash_rate" in costs else None)
        for key, value in costs.items():
            merged[key] = {**merged[key], **value} if isinstance(value, Mapping) else value
        study = self.changed(costs=merged)
        study.engine_costs()
        return study

    @classmethod
    def _overridden(cls, values: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
        """The values with the overrides in their place, without what the overrides make obsolete."""
        merged = {**values, **overrides}
        defaults = {key: field.default for key, field in cls.model_fields.items()}
        before = {**defaults, **values, "pair": tuple(values.get("pair", defaults["pair"]))}
        changed = {key for key, override in overrides.items() if override != before.get(key)}
        synthetic = merged.get("data", defaults["data"]) in DEMOS
        legs = overrides.get("legs")
        if legs and "pair" not in overrides:
            merged = _with_pair({**merged, "pair": None})
            if tuple(legs[:2]) != before["pair"]:
                changed = {*changed, "pair"}
        if "pair" in changed and "legs" not in overrides:
            merged.pop("legs", None)
        other_prices = changed & {"data", "pair", "legs", "fx", "start", "end"} or (synthetic and "seed" in changed)
        if other_prices or "hedges" in changed:
            merged["hedged_sha256"] = overrides.get("hedged_sha256")
        if other_prices:
            merged["data_sha256"] = overrides.get("data_sha256")
            merged["series_sha256"] = overrides.get("series_sha256", {})
            if "costs" not in overrides and isinstance(merged.get("costs"), dict):
                merged["costs"] = _without_pin(merged["costs"], bill="data" not in changed)
        if "pair" in changed and "costs" not in overrides and isinstance(merged.get("costs"), dict):
            merged["costs"] = without_tickers(merged["costs"])
        if "pair" in changed and "variants" not in overrides:
            merged["variants"] = [_of_any_pair(variant) for variant in merged.get("variants", ())]
        if "context" in changed:
            merged["series_sha256"] = overrides.get("series_sha256", {})
        for key in ("tickers", "bridges", "hedges"):
            if "pair" in changed and key not in overrides:
                merged.pop(key, None)
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
        strangers = self._strangers()
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

    def _strangers(self) -> list[Keys]:
        """Where something stands that is given by ticker, and by one that the study does not read; it is last."""
        places: list[tuple[Keys, CostSettings | VariantCosts]] = [(("costs",), self.costs)]
        places += [(("variants", i, "costs"), v.costs) for i, v in enumerate(self.variants) if v.costs is not None]
        costs = [
            (*place, name, ticker)
            for place, settings in places
            for name in ("fee_bps", "slippage_bps")
            for ticker in getattr(settings, name)
            if ticker not in (*self.traded, *self.hedged_legs, EVERY_LEG)
        ]
        read = (*self.tickers_read, *self.chain_bridges, *self.hedged_legs)
        return [*costs, *(("tickers", ticker) for ticker in self.tickers if ticker not in read)]

    @property
    def stated(self) -> Stated:
        """What the study says of tickers, as those who load prices take it."""
        return {ticker: settings.stated for ticker, settings in self.tickers.items()}

    @property
    def context_sources(self) -> ContextSources:
        """Where the series beside the pair come from, as those who load prices take it."""
        dated = self._carried.dated
        return {name: replace(settings.source, dated=dated.get(name)) for name, settings in self.context.items()}

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

        A variant with costs of its own bears them in its label.

        Raises ParameterError for an unknown strategy or parameter, or a value out of range, and what `file_loader.load`
        raises.
        """
        return [strategy for strategy, _ in self._expanded()]

    def variant_costs(self, market: Market | None = None) -> dict[str, Costs]:
        """Variant → its costs, of those that pay otherwise than the study; market: as in `engine_costs`."""
        base, legs = self.engine_costs(market), self.traded if market is None else market.tickers
        return {
            strategy.label: Costs(
                fee_bps=_over(base.fee_bps, special.fee_bps, legs),
                slippage_bps=_over(base.slippage_bps, special.slippage_bps, legs),
                borrow_rate=base.borrow_rate if special.borrow_rate is None else special.borrow_rate,
            )
            for strategy, special in self._expanded()
            if special is not None
        }

    def _expanded(self) -> list[tuple[Strategy, VariantCosts | None]]:
        """The variants in the order of `strategies`, each with the costs of its own."""
        variants = self.variants or studied(files=self.files)
        check_count(variants)
        strategies: dict[str, tuple[Strategy, VariantCosts | None]] = {}
        for variant in (*variants, *benchmarks_of(self.traded)):
            special = variant.costs if variant.costs is not None and variant.costs.label else None
            for params in expanded(variant.params):
                strategy = self.strategy_class(variant.strategy)(**params)
                strategy = strategy if special is None else strategy.on_terms(special.label)
                strategy.check_legs(self.traded)
                strategies.setdefault(strategy.label, (strategy, special))
        return sorted(strategies.values(), key=lambda one: one[0].benchmark)

    def primary_of(self, strategies: list[Strategy]) -> str | None:
        """Label of the primary variant: the one named, in full or as reports show it, or `break_entry` where the study
        has one variant of it, or the only variant there is; None where nothing was named beforehand.

        Raises StudyError where the name given fits no variant, or several.
        """
        candidates = [s for s in strategies if not s.benchmark]
        if self.primary is None:
            usual = [s.label for s in candidates if s.name == PRIMARY] or [s.label for s in candidates]
            return usual[0] if len(usual) == 1 else None
        shown = {s.label: short_label(s, strategies, self.pair) for s in candidates}
        wanted = " ".join(self.primary.split())
        exact = [s.label for s in candidates if wanted in (s.label, shown[s.label])]
        matches = exact or [s.label for s in candidates if wanted == s.name]
        if len(matches) != 1:
            problem = f"fits {len(matches)} variants" if matches else "is not in the study"
            choices = [shown[label] for label in matches or shown]
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

    def engine_costs(self, market: Market | None = None) -> Costs:
        """The costs by leg, defaults filled in; StudyError for costs of a ticker that is no leg.

        market: that of the legs, whose bars may say of what class a ticker is; the costs are of all its legs, hedges
        too.
        """
        for table, *_, ticker in self._strangers():
            what = "A table [tickers] is about" if table == "tickers" else "Costs are given for"
            raise StudyError(
                f"{what} {ticker}, but {self._legs_in_words}", name=str(ticker), choices=self.hedged_legs or self.traded
            )
        stated, legs = self.stated, self.traded if market is None else market.tickers
        identities = [identity_by_name(t, stated.get(t, NOTHING)) for t in legs]
        if market is not None:
            pairs = zip(identities, market.legs, strict=True)
            identities = [leg.identity or identity for identity, leg in pairs]
        defaults = [DEFAULT_COSTS.get(each.asset_class, DEFAULT_COSTS["listed"]) for each in identities]
        fees, slippages = (
            tuple(
                table.get(ticker, table.get(EVERY_LEG, default[i]))
                for ticker, default in zip(legs, defaults, strict=True)
            )
            for i, table in enumerate((self.costs.fee_bps, self.costs.slippage_bps))
        )
        return Costs(fee_bps=fees, slippage_bps=slippages, borrow_rate=self.costs.borrow_rate)

    @property
    def _legs_in_words(self) -> str:
        if self.hedges is not None:
            return f"the pair is {' and '.join(self.pair)}, hedged with {' and '.join(self.hedges)}"
        if self.legs is None:
            return f"the pair is {' and '.join(self.pair)}"
        return f"the legs are {', '.join(self.legs)}"

    @property
    def absolute_data(self) -> str:
        """Where the prices come from; a folder from wherever it is read."""
        return self.data if self.data in NAMED else str(Path(self.data).resolve())

    def resolve(
        self, *, data_sha256: str, first: date, last: date, market: Market | None = None, hedged: Market | None = None
    ) -> "Study":
        """The same study with every default spelled out and the prices pinned.

        market: that of the legs, and what cash earns on it.  hedged: that of the four legs of a hedged pair.
        """
        paid_for = self.traded if hedged is None else hedged.tickers
        variants, costs = self._expanded(), self.engine_costs(market if hedged is None else hedged)
        strategies = [strategy for strategy, _ in variants]
        risk_free = None if market is None else market.risk_free
        candidates = [each for each in variants if not each[0].benchmark]
        rate = self.costs.cash_rate if risk_free is None else risk_free.rate
        if isinstance(rate, str) and rate not in NAMED_RATES:
            rate = str(Path(rate).resolve())
        return self.model_copy(
            update={
                "data": self.absolute_data,
                "start": self.start or first,
                "end": self.end or last,
                "primary": self.primary_of(strategies),
                "files": self.pinned().files,
                "data_sha256": data_sha256,
                "hedged_sha256": None if hedged is None else hedged.sha256,
                "context": {name: settings.spelled_out() for name, settings in self.context.items()},
                "series_sha256": {} if market is None else series_pins(market, strategies),
                "tickers": {**self.tickers, **_settings(hedged), **_settings(market)},
                "costs": CostSettings(
                    fee_bps=dict(zip(paid_for, costs.fee_bps, strict=True)),
                    slippage_bps=dict(zip(paid_for, costs.slippage_bps, strict=True)),
                    borrow_rate=costs.borrow_rate,
                    cash_rate=rate,
                    cash_rate_sha256=risk_free.sha256 if risk_free is not None and isinstance(rate, str) else None,
                ),
                "variants": tuple(
                    Variant(strategy=s.name, params=s.params, costs=special) for s, special in candidates or variants
                ),
            }
        )

    def as_toml(self) -> str:
        """The study as a TOML file."""
        import tomli_w

        optional = ("files", "classes", "tickers", "context", "series_sha256")
        empty = {key for key in optional if not getattr(self, key)}
        return tomli_w.dumps(self.model_dump(exclude_none=True, exclude=empty))


def _over(base: Sequence[float], table: Mapping[str, float], legs: Sequence[str]) -> tuple[float, ...]:
    """The basis points of each leg, where a table changes them."""
    return tuple(table.get(t, table.get(EVERY_LEG, bps)) for t, bps in zip(legs, base, strict=True))


def _with_pair(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a study, the pair being the first two of its legs where it is not given."""
    legs = values.get("legs")
    if values.get("pair") is None and isinstance(legs, list | tuple) and len(legs) >= 2:
        return {**values, "pair": tuple(legs[:2])}
    return dict(values)


def _no_chain(bridges: Sequence[str], pair: Sequence[str]) -> str:
    """Why these bridges make no chain between the legs; "" where they do."""
    for number, ticker in enumerate(bridges):
        if ticker in pair:
            return f"the leg {ticker} is among them, and a bridge lies between the legs"
        if ticker in bridges[:number]:
            return f"the bridge {ticker} is named twice"
    return ""


def _no_hedges(hedges: Sequence[str], pair: Sequence[str]) -> str:
    """Why these cannot hedge the legs; "" where they can."""
    named = (*pair, *hedges)
    return next((f"the pair and its hedges name {ticker} twice" for ticker in hedges if named.count(ticker) > 1), "")


def _with_renamed_costs(variant: Variant, names: Mapping[str, str]) -> Variant:
    """The variant, tickers in its costs under the names that they now have."""
    if variant.costs is None:
        return variant
    tables = {key: _renamed(getattr(variant.costs, key), names) for key in ("fee_bps", "slippage_bps")}
    return variant.model_copy(update={"costs": variant.costs.model_copy(update=tables)})


def _of_any_pair(variant: Any) -> Any:
    """A variant, as a study gives it, without what its costs say of single legs."""
    values = variant.model_dump() if isinstance(variant, Variant) else variant
    if not isinstance(values, Mapping) or not isinstance(values.get("costs"), Mapping):
        return variant
    return {**values, "costs": without_tickers(values["costs"])}


def _without_pin(costs: Mapping[str, Any], *, bill: bool) -> dict[str, Any]:
    """The table of costs without the fingerprint of a rate; unless `bill` also without ^IRX, which is its source's."""
    obsolete = {"cash_rate_sha256", *([] if bill or costs.get("cash_rate") != BILL else ["cash_rate"])}
    return {key: value for key, value in costs.items() if key not in obsolete}


def _renamed(table: Mapping[str, T], names: Mapping[str, str]) -> dict[str, T]:
    """A table by ticker, under the names that its tickers now have; names: before → now."""
    return {names.get(ticker, spelled_as_in(names.values(), ticker)): value for ticker, value in table.items()}


def _settings(market: Market | None) -> dict[str, TickerSettings]:
    """Who the tickers of a market are, spelled out."""
    identities = [leg.identity for leg in market.legs if leg.identity is not None] if market is not None else []
    return {
        each.ticker: TickerSettings(**{"class": each.asset_class, "clock": each.clock, "currency": each.currency})
        for each in identities
    }


def _nowhere(_: Keys) -> str:
    """How a message begins about a value that stands in no file."""
    return "The study"
