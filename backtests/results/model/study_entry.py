"""The study as the result.json of a folder repeats it: the terms that reports read are of the right kind."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Terms(BaseModel):
    """Terms that reports and comparisons read; others are left as they are."""

    model_config = ConfigDict(strict=True)


class _Costs(_Terms):
    fee_bps: dict[str, float]
    slippage_bps: dict[str, float]
    borrow_rate: float
    cash_rate: float | str


class _Study(_Terms):
    data: str
    pair: list[str]
    legs: list[str] | None = None
    hedges: list[str] | None = None
    start: str
    end: str
    fill: Literal["close", "open"]
    lag: int
    capital: float
    seed: int
    alpha: float
    primary_share: float
    money_alpha: float
    cost_multiple: float
    episode_share: float
    worthwhile_ir: float
    costs: _Costs
    stale: bool = False
    files: dict[str, str] = {}
    classes: dict[str, str] = {}


class StudyInResult(BaseModel):
    """What of a result.json is checked beyond its types: the terms of its study."""

    study: _Study
