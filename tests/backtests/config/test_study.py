"""Studies: TOML in and out, options, variants, errors."""

import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.build import random_market
from tests.refusals import refused
from unlockstep.backtests.config.costs import Costs
from unlockstep.backtests.config.study import PRIMARY, Study
from unlockstep.backtests.config.variants import short_label, studied, with_settings
from unlockstep.backtests.data.identity import StatedIdentity
from unlockstep.signals.errors import ParameterError, StudyError
from unlockstep.signals.risk_free import RiskFree


def written(folder: Path, text: str) -> Path:
    path = folder / "study.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_default_study_runs_every_strategy_and_every_benchmark() -> None:
    names = [s.name for s in Study.make().strategies()]
    assert names == [
        "barometer", "break_entry", "derisk", "eth_leads", "muted_response", "muted_response", "reconvergence",
        "reconvergence", "regime_switch", "cash", "fixed_mix", "hold_eth", "hold_iwm",
    ]  # fmt: skip


def test_the_primary_of_the_default_study_is_fixed_in_the_code() -> None:
    study = Study.make()
    assert PRIMARY == "break_entry"
    primary = study.primary_of(study.strategies())
    assert primary == "break_entry(window=90,decouple_below=0.15,couple_above=0.3,min_stay=5,hold=60)"


def test_a_study_is_read_and_lists_become_variants(tmp_path: Path) -> None:
    study = Study.read(
        written(tmp_path, 'start = 2018-01-01\n[[variants]]\nstrategy = "derisk"\nparams = { window = [60, 90] }\n')
    )
    assert study.start == date(2018, 1, 1)
    candidates = [s for s in study.strategies() if not s.benchmark]
    assert [s.params["window"] for s in candidates] == [60, 90]


def test_options_win_over_the_file(tmp_path: Path) -> None:
    assert Study.read(written(tmp_path, "seed = 3"), seed=4).seed == 4


def test_prices_are_unpinned_by_an_option_that_chooses_others(tmp_path: Path) -> None:
    path = written(tmp_path, 'data_sha256 = "abc"')
    assert Study.read(path, fill="open").data_sha256 == "abc"
    assert Study.read(path, start=date(2018, 1, 1)).data_sha256 is None
    assert Study.read(path, start=date(2016, 1, 1)).data_sha256 == "abc"  # what it says already
    assert Study.read(path, seed=8).data_sha256 is None  # another demo
    path.write_text('data = "prices"\ndata_sha256 = "abc"')
    assert Study.read(path, seed=8).data_sha256 == "abc"  # the seed chooses no prices of a folder


def test_a_folder_whose_name_begins_like_the_demo_s_is_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("study.toml").write_text('data = "demography"\ndata_sha256 = "abc"')
    assert Study.read(Path("study.toml"), seed=8).data_sha256 == "abc"


def test_another_pair_lets_go_of_the_fees_by_ticker_and_keeps_the_rates(tmp_path: Path) -> None:
    path = written(tmp_path, '[costs]\nborrow_rate = 0.1\n[costs.fee_bps]\n"ETH-USD" = 20.0\n')
    costs = Study.read(path, pair=("BTC-USD", "SPY")).engine_costs()
    assert (costs.fee_bps, costs.borrow_rate) == ((10.0, 1.0), 0.1)
    assert Study.read(path, seed=1).engine_costs().fee_bps == (20.0, 1.0)


def test_nothing_is_primary_that_was_not_named_or_alone() -> None:
    several = Study.make(variants=[{"strategy": "derisk", "params": {"window": [60, 90]}}])
    assert several.primary_of(several.strategies()) is None
    alone = Study.make(variants=[{"strategy": "derisk"}])
    assert alone.primary_of(alone.strategies()) == alone.strategies()[0].label
    vague = several.model_copy(update={"primary": "derisk"})
    with refused(
        StudyError,
        name="derisk",
        choices=["derisk window=60", "derisk window=90"],
        remedy="--primary",
    ):
        vague.primary_of(vague.strategies())


def test_an_empty_list_of_values_is_refused() -> None:
    with refused(StudyError, name="window"):
        Study.make(variants=[{"strategy": "derisk", "params": {"window": []}}]).strategies()


def test_a_truth_value_is_no_number() -> None:
    with refused(ParameterError, name="derisk.min_stay"):
        Study.make(variants=[{"strategy": "derisk", "params": {"min_stay": True}}]).strategies()


def test_a_resolved_study_survives_its_own_toml(tmp_path: Path) -> None:
    study = Study.make(costs={"fee_bps": {"IWM": 3.0}}).resolve(
        data_sha256="abc", first=date(2016, 1, 4), last=date(2025, 12, 31)
    )
    again = Study.read(written(tmp_path, study.as_toml()))
    assert again == study
    assert again.costs.fee_bps == {"ETH-USD": 10.0, "IWM": 3.0}
    assert [s.label for s in again.strategies()] == [s.label for s in Study.make().strategies()]


def test_settings_reach_every_variant_of_their_strategy() -> None:
    variants = with_settings(studied(), ["reconvergence.horizon=20"])
    modes = [v.params for v in variants if v.strategy == "reconvergence"]
    assert modes == [{"mode": "rotation", "horizon": ["20"]}, {"mode": "hedged", "horizon": ["20"]}]


def test_a_setting_that_makes_two_variants_equal_leaves_one() -> None:
    study = Study.make(variants=with_settings(studied(["reconvergence"]), ["reconvergence.mode=hedged"]))
    assert len([s for s in study.strategies() if not s.benchmark]) == 1


def test_a_benchmark_may_be_set() -> None:
    study = Study.make(variants=with_settings(studied(["derisk"]), ["fixed_mix.crypto=0.2"]))
    mixes = [s.params["crypto"] for s in study.strategies() if s.name == "fixed_mix"]
    assert mixes == [0.2, 0.5]


@pytest.mark.parametrize(
    ("settings", "name", "choices"),
    [
        (["derisk.windw=60"], "windw", ["window"]),
        (["derisc.window=60"], "derisc", ["derisk"]),
        (["derisk.window"], "derisk.window", []),
        (["window=60"], "window=60", []),
    ],
)
def test_a_setting_that_fits_nothing_says_what_was_meant(settings: list[str], name: str, choices: list[str]) -> None:
    with refused(ParameterError, name=name, choices=choices):
        with_settings(studied(), settings)


def test_a_setting_of_a_strategy_that_is_not_run_is_refused() -> None:
    with refused(ParameterError, name="derisk", remedy="--strategy derisk"):
        with_settings(studied(["barometer"]), ["derisk.window=60"])


@pytest.mark.parametrize(
    ("text", "name", "line"),
    [
        ("seeed = 3", "seeed", 1),
        ("seed = -1", "seed", 1),
        ("lag = 0", "lag", 1),
        ("alpha = 2.0", "alpha", 1),
        ('fill = "noon"', "fill", 1),
        ('pair = ["IWM", "IWM"]', "pair", 1),
        ('pair = ["../etc", "IWM"]', "pair", 1),
        ('legs = ["IWM"]', "legs", 1),
        ('legs = ["ETH-USD", "IWM", "ETH-USD"]', "legs", 1),
        (f"legs = {[f'T{i}' for i in range(21)]}", "legs", 1),
        ('legs = ["ETH-USD", "IWM", "../etc"]', "legs", 1),
        ("seed = ", "study.toml", 1),
        ("costs = { borrow_rate = -1 }", "costs.borrow_rate", 1),
        ("costs = { fee_bps = { IWM = -3 } }", "costs.fee_bps.IWM", 1),
        ("[[variants]]\nparams = {}", "variants no. 1, strategy", 1),
    ],
)
def test_a_study_that_is_wrong_says_where(tmp_path: Path, text: str, name: str, line: int) -> None:
    with refused(StudyError, name=name, line=line):
        Study.read(written(tmp_path, text))


def test_costs_of_a_stranger_are_refused() -> None:
    with refused(StudyError, name="SPY", choices=["ETH-USD", "IWM"]):
        Study.make(costs={"fee_bps": {"SPY": 1.0}}).engine_costs()


def test_a_primary_that_is_not_in_the_study_is_refused() -> None:
    study = Study.make(primary="derisk", variants=[{"strategy": "barometer"}])
    with refused(StudyError, name="derisk", choices=["barometer"]):
        study.primary_of(study.strategies())


@pytest.mark.parametrize("ticker", ["ETHUSD", "eth-usd", "ETH/USD", "XETHZUSD", "BINANCE:ETHUSDT", "ETH-EUR", "ETH"])
def test_costs_are_those_of_crypto_in_every_spelling_of_it(ticker: str) -> None:
    costs = Study.make(data="nowhere", pair=(ticker, "IWM")).engine_costs()
    assert (costs.fee_bps, costs.slippage_bps) == ((10.0, 1.0), (5.0, 2.0))


def test_the_study_says_who_a_ticker_is_and_its_costs_follow(tmp_path: Path) -> None:
    tables = '[tickers.FOO]\nclass = "crypto"\n[tickers.VOD]\nclock = "XLON"\ncurrency = "GBp"\n'  # pence
    text = f'data = "x"\npair = ["FOO", "VOD"]\n{tables}'
    study = Study.read(written(tmp_path, text))
    assert study.engine_costs().fee_bps == (10.0, 1.0)
    assert study.stated == {
        "FOO": StatedIdentity(asset_class="crypto"),
        "VOD": StatedIdentity(clock="XLON", currency="GBP"),
    }
    assert Study.read(written(tmp_path, study.as_toml())).stated == study.stated
    assert study.changed(seed=3).stated == study.stated
    assert study.changed(pair=("ETH-USD", "IWM")).stated == {}  # as fees by ticker


@pytest.mark.parametrize(
    ("table", "name", "line"),
    [
        ('clock = "XNYZ"', "tickers.IWM.clock", 2),
        ('class = "coin"', "tickers.IWM.class", 2),
        ('currency = "dollars"', "tickers.IWM.currency", 2),
        ('clok = "XNYS"', "clok", 2),
        ("clock = 7", "tickers.IWM.clock", 2),
    ],
)
def test_a_wrong_word_on_a_ticker_is_refused_with_its_line(tmp_path: Path, table: str, name: str, line: int) -> None:
    with refused(StudyError, name=name, line=line):
        Study.read(written(tmp_path, f"[tickers.IWM]\n{table}\n"))


def test_a_table_of_a_ticker_that_is_not_read_is_refused(tmp_path: Path) -> None:
    with refused(StudyError, name="GLD", choices=["ETH-USD", "IWM"], line=2):
        Study.read(written(tmp_path, 'seed = 3\n[tickers.GLD]\nclock = "XNYS"\n'))


def test_the_pair_is_spelled_as_its_prices_are(tmp_path: Path) -> None:
    for name in ("ETHUSD.csv", "iwm_us_d.csv", "EURUSD.csv"):
        (tmp_path / name).write_text("")
    study = Study.make(
        data=str(tmp_path),
        pair=("eth-usd", "iwm"),
        fx="EUR/USD",
        tickers={"eth-usd": {"clock": "24/7"}},
        costs={"fee_bps": {"ETH-USD": 20.0, "iwm": 3.0}},
    )
    assert (study.pair, study.fx) == (("ETHUSD", "IWM"), "EURUSD")
    assert (study.costs.fee_bps, list(study.tickers)) == ({"ETHUSD": 20.0, "IWM": 3.0}, ["ETHUSD"])
    assert study.engine_costs().fee_bps == (20.0, 3.0)
    assert Study.make(pair=("eth", "iwm")).pair == ("ETH-USD", "IWM")  # the demo's
    assert Study.make(data="yahoo", pair=("ethusd", "LSE:VOD")).pair == ("ETH-USD", "VOD.L")
    assert Study.make(data=str(tmp_path / "none"), pair=("eth", "iwm")).pair == ("eth", "iwm")


def test_one_ticker_in_two_spellings_is_no_pair(tmp_path: Path) -> None:
    (tmp_path / "ETHUSD.csv").write_text("")
    with refused(StudyError, name="ETHUSD", remedy="two"):
        Study.make(data=str(tmp_path), pair=("ETH-USD", "ETHUSD"))


def test_costs_follow_the_class_of_each_ticker() -> None:
    costs = Study.make(pair=("GLD", "TLT")).engine_costs()
    assert (costs.fee_bps, costs.slippage_bps) == ((1.0, 1.0), (2.0, 2.0))
    costs = Study.make().engine_costs()
    assert (costs.fee_bps, costs.slippage_bps) == ((10.0, 1.0), (5.0, 2.0))
    assert costs.borrow_rate == 0.03


def test_a_file_of_rates_is_looked_for_beside_the_study_and_other_words_are_names(tmp_path: Path) -> None:
    for said, meant in (
        ("rates/dff.csv", str(tmp_path / "rates/dff.csv")),
        ("fed-funds", "fed-funds"),
        ("^IRX", "^IRX"),
    ):
        path = written(tmp_path, f'costs = {{ cash_rate = "{said}" }}')
        assert Study.read(path).costs.cash_rate == meant
    assert Study.read(written(tmp_path, "costs = { cash_rate = 0 }")).costs.cash_rate == 0.0
    assert Study.make().costs.cash_rate is None


@pytest.mark.parametrize("said", [True, -0.01, 1.5, "", " ", [0.03]])
def test_a_cash_rate_that_is_none_is_refused(said: object) -> None:
    with refused(StudyError, name="costs.cash_rate"):
        Study.make(costs={"cash_rate": said})


def test_a_resolved_study_pins_what_a_series_earned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    days: Any = {"first": date(2016, 1, 4), "last": date(2025, 12, 31)}
    series = RiskFree(np.array([0.0, 0.0001]), "dff.csv", "the rates in dff.csv")
    market = replace(random_market(1, 2), risk_free=series)
    resolved = Study.make().resolve(data_sha256="abc", **days, market=market)
    assert (resolved.costs.cash_rate, resolved.costs.cash_rate_sha256) == (str(tmp_path / "dff.csv"), series.sha256)
    market = replace(market, risk_free=RiskFree.constant(0.03, 2))
    resolved = Study.make().resolve(data_sha256="abc", **days, market=market)
    assert (resolved.costs.cash_rate, resolved.costs.cash_rate_sha256) == (0.03, None)


def test_other_prices_let_go_of_the_pin_of_the_rate_and_of_bills_that_were_theirs(tmp_path: Path) -> None:
    path = written(tmp_path, 'costs = { cash_rate = "^IRX", cash_rate_sha256 = "ab", borrow_rate = 0.1 }')
    assert Study.read(path).costs.cash_rate_sha256 == "ab"
    changed: list[dict[str, Any]] = [{"start": date(2018, 1, 1)}, {"pair": ("BTC-USD", "SPY")}]
    for options in changed:
        costs = Study.read(path, **options).costs
        assert (costs.cash_rate, costs.cash_rate_sha256, costs.borrow_rate) == ("^IRX", None, 0.1)
    assert Study.read(path, data="demo:edge").costs.cash_rate is None
    path = written(tmp_path, 'costs = { cash_rate = "fed-funds" }')
    assert Study.read(path, data="demo:edge").costs.cash_rate == "fed-funds"


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with refused(StudyError, name=str(tmp_path / "none.toml")):
        Study.read(tmp_path / "none.toml")


def test_a_study_of_benchmarks_alone_stays_one_when_it_is_resolved() -> None:
    study = Study.make(variants=[{"strategy": "hold_iwm"}])
    resolved = study.resolve(data_sha256="a" * 64, first=date(2017, 6, 27), last=date(2025, 12, 31))
    again = Study.model_validate(tomllib.loads(resolved.as_toml()))
    assert [s.label for s in again.strategies()] == [s.label for s in study.strategies()]
    assert all(s.benchmark for s in again.strategies())


VARIANT_COSTS = """
[costs]
fee_bps = 8
[[variants]]
strategy = "derisk"
[[variants]]
strategy = "derisk"
costs = { fee_bps = { IWM = 0 }, slippage_bps = 3, borrow_rate = 0.1 }
"""


def test_one_number_is_that_of_both_legs_and_a_variant_may_differ(tmp_path: Path) -> None:
    study = Study.read(written(tmp_path, VARIANT_COSTS))
    assert study.engine_costs() == Costs((8.0, 8.0), (5.0, 2.0), 0.03)
    (special,) = study.variant_costs().items()
    assert special == (study.strategies()[1].label, Costs((8.0, 0.0), (3.0, 3.0), 0.1))
    assert special[0].endswith(") fee_bps.IWM=0,slippage_bps=3,borrow_rate=0.1")
    shown = [short_label(s, study.strategies(), study.pair) for s in study.strategies()[:2]]
    assert shown == ["derisk", "derisk fee_bps.IWM=0,slippage_bps=3,borrow_rate=0.1"]


def test_costs_of_a_variant_come_back_from_the_resolved_study(tmp_path: Path) -> None:
    study = Study.read(written(tmp_path, VARIANT_COSTS))
    resolved = study.resolve(data_sha256="ab" * 32, first=date(2016, 1, 4), last=date(2025, 12, 31))
    again = Study.read(written(tmp_path, resolved.as_toml()))
    assert [s.label for s in again.strategies()] == [s.label for s in study.strategies()]
    assert again.variant_costs() == study.variant_costs()


def test_another_pair_keeps_what_holds_for_every_leg(tmp_path: Path) -> None:
    study = Study.read(written(tmp_path, VARIANT_COSTS), pair=("BTC-USD", "SPY"))
    assert study.engine_costs().fee_bps == (8.0, 8.0)
    assert [*study.variant_costs().values()] == [Costs((8.0, 8.0), (3.0, 3.0), 0.1)]


@pytest.mark.parametrize(
    ("text", "name", "line"),
    [
        ("{ fee_bps = { SPY = 1 } }", "SPY", 3),
        ("{ fee_bps = 5000 }", "variants no. 1, costs.fee_bps", 3),
        ("{ fee_bps = true }", "variants no. 1, costs.fee_bps", 3),
        ("{ cash_rate = 0.1 }", "cash_rate", 3),
        ('{ borrow_rate = "0.1" }', "variants no. 1, costs.borrow_rate", 3),
    ],
)
def test_wrong_costs_of_a_variant_are_refused_where_they_stand(text: str, name: str, line: int, tmp_path: Path) -> None:
    with refused(StudyError, name=name, line=line):
        Study.read(written(tmp_path, f'[[variants]]\nstrategy = "derisk"\ncosts = {text}\n'))


def test_options_change_the_legs_that_they_name(tmp_path: Path) -> None:
    study = Study.read(written(tmp_path, "[costs]\nfee_bps = { ETH-USD = 20, IWM = 4 }\n"))
    assert study.with_costs({"fee_bps": {"IWM": 0.5}}).engine_costs().fee_bps == (20.0, 0.5)
    assert study.with_costs({"fee_bps": 7}).engine_costs().fee_bps == (7.0, 7.0)
    assert study.with_costs({"borrow_rate": 0.2}).engine_costs() == Costs((20.0, 4.0), (5.0, 2.0), 0.2)
    with refused(StudyError, name="SPY", choices=["ETH-USD", "IWM"]):
        study.with_costs({"fee_bps": {"SPY": 1}})


def test_the_primary_is_the_variant_that_is_shown_by_that_name(tmp_path: Path) -> None:
    study = Study.read(written(tmp_path, 'primary = "derisk"' + VARIANT_COSTS))
    assert study.primary_of(study.strategies()) == study.strategies()[0].label


class TestLegs:
    """The tickers of 2 to 20 legs, the pair first."""

    def test_the_first_two_legs_are_the_pair(self) -> None:
        study = Study.make(legs=("SPY", "TLT", "GLD"), data="nowhere")
        assert (study.pair, study.traded, study.tickers_read) == (("SPY", "TLT"), study.legs, study.legs)
        assert Study.make(legs=("SPY", "TLT"), data="nowhere") == Study.make(pair=("SPY", "TLT"), data="nowhere")
        with refused(StudyError, name="legs"):
            Study.make(pair=("TLT", "SPY"), legs=("SPY", "TLT", "GLD"), data="nowhere")

    def test_they_stand_in_the_file_and_options_take_their_place(self, tmp_path: Path) -> None:
        path = written(tmp_path, 'data = "nowhere"\nlegs = ["SPY", "TLT", "GLD"]\n[costs]\nfee_bps = { GLD = 4 }\n')
        study = Study.read(path)
        assert study.engine_costs().fee_bps == (1.0, 1.0, 4.0)
        again = Study.read(written(tmp_path, study.as_toml()))
        assert again == study
        assert Study.read(path, pair=("QQQ", "IWM")).traded == ("QQQ", "IWM")  # another pair, and its legs alone
        other = Study.read(path, legs=("SPY", "TLT", "QQQ", "IWM"), costs={})
        assert (other.pair, other.legs) == (("SPY", "TLT"), ("SPY", "TLT", "QQQ", "IWM"))
        assert study.changed(legs=None, costs={}).traded == ("SPY", "TLT")

    def test_other_legs_let_go_of_the_pin_of_the_prices(self) -> None:
        study = Study.make(legs=("SPY", "TLT", "GLD"), data="nowhere", data_sha256="0" * 64)
        assert study.changed(legs=("SPY", "TLT", "QQQ")).data_sha256 is None
        assert study.changed(seed=8).data_sha256 == "0" * 64

    def test_two_spellings_of_one_ticker_are_one_leg_too_many(self, tmp_path: Path) -> None:
        for ticker in ("ETH-USD", "IWM", "SPY"):
            (tmp_path / f"{ticker}.csv").write_text("")
        with refused(StudyError, name="SPY", remedy="each leg needs another"):
            Study.make(data=str(tmp_path), legs=("ETH-USD", "IWM", "SPY", "spy"))
        assert Study.make(data=str(tmp_path), legs=("eth", "iwm", "spy")).traded == ("ETH-USD", "IWM", "SPY")

    def test_costs_of_what_is_no_leg_are_refused(self) -> None:
        study = Study.make(legs=("SPY", "TLT", "GLD"), data="nowhere", costs={"fee_bps": {"QQQ": 1.0}})
        with refused(StudyError, name="QQQ", choices=("SPY", "TLT", "GLD")):
            study.engine_costs()
