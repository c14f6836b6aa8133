"""The options of a study by keyword, as Python code gives them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal, TypedDict

from unlockstep.backtests.config.study_tables import CostSettings, TickerSettings, Variant


class StudyOptions(TypedDict, total=False):
    """What `Study` says of each; an option that is left out has the study's value, or the default."""

    pair: tuple[str, str]
    legs: Sequence[str] | None
    bridges: Sequence[str] | None
    hedges: tuple[str, str] | None
    fx: str | None
    start: date | str | None
    end: date | str | None
    evaluate_from: date | str | None
    sealed_after: date | str
    fill: Literal["close", "open"]
    lag: int
    rebalance: Literal["monthly", "daily", "never"] | float | None
    capital: float
    seed: int
    primary: str | None
    alpha: float
    primary_share: float
    money_alpha: float
    cost_multiple: float
    episode_share: float
    worthwhile_ir: float
    train_sessions: int
    test_sessions: int
    stale: bool
    accept_doubtful: bool
    scratch: bool | None
    data_sha256: str | None
    hedged_sha256: str | None
    files: Mapping[str, str] | Sequence[str]
    classes: Mapping[str, str]
    tickers: Mapping[str, TickerSettings | Mapping[str, str]]
    context: Mapping[str, Any]
    series_sha256: Mapping[str, str]
    costs: CostSettings | Mapping[str, Any]
    variants: Sequence[Variant | Mapping[str, Any]]
