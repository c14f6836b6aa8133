"""What a universe file must say, and the sentence for what it must not."""

from pathlib import Path

import pytest

from tests.refusals import refused
from unlockstep.backtests.config.universe import Universe
from unlockstep.signals.errors import ParameterError, StudyError


def listed(*pairs: tuple[str, ...]) -> str:
    return "".join(f'[[pairs]]\npair = {list(pair)}\ngroup = "g"\nreason = "r"\n' for pair in pairs)


def read(folder: Path, text: str, data: str = "demo") -> Universe:
    place = folder / "some.toml"
    place.write_text(text, encoding="utf-8")
    return Universe.read(place, data=data)


THREE = listed(("SYN-B1", "SYN-B"), ("SYN-C1", "SYN-C"), ("SYN-D1", "SYN-D"))


@pytest.mark.parametrize(
    ("again", "sentence"),
    [
        (("SYN-C1", "SYN-C"), "SYN-C1/SYN-C is listed twice"),
        (("syn-c1", "SYN-C.US"), "SYN-C1/SYN-C is listed again, as syn-c1/SYN-C.US"),
        (("syn-c", "SYN-C1"), "SYN-C1/SYN-C is listed again, as syn-c/SYN-C1, in reverse"),
    ],
)
def test_a_pair_is_listed_once_however_it_is_spelled(again: tuple[str, str], sentence: str, tmp_path: Path) -> None:
    with refused(StudyError, name="/".join(again), line=14, remedy="once") as error:
        read(tmp_path, THREE + listed(again))
    assert sentence in str(error.value)


def test_coins_in_two_spellings_are_one(tmp_path: Path) -> None:
    with refused(StudyError, name="iwm/XETHZUSD", line=6):
        read(tmp_path, listed(("ETH-USD", "IWM"), ("iwm", "XETHZUSD")))


@pytest.mark.parametrize("pair", [("SYN-B", "SYN-B"), ("SYN-B", "syn-b.us")])
def test_a_pair_of_one_ticker_is_refused_with_its_line_wherever_it_stands(
    pair: tuple[str, str], tmp_path: Path
) -> None:
    with refused(StudyError, name="pairs no. 4, pair", line=14):
        read(tmp_path, THREE + listed(pair))


@pytest.mark.parametrize(
    ("text", "name", "line"),
    [
        (f'primry = "derisk"\n{THREE}', "primry", 1),
        (f'{THREE}why = "x"\n', "why", 13),
        ('[[pairs]]\npair = ["A", "B"]\nreason = "r"\n', "pairs no. 1, group", 1),
        (listed(("GLD",)), "pairs no. 1, pair no. 2", 2),
        ("pairs = 3\n", "pairs", 1),
        ('start = 2018-01-01\n', "pairs", None),
        ("pairs = []\n", "pairs", None),
        (f'pair = ["ETH-USD", "IWM"]\n{THREE}', "pair", 1),
        (f'primary = "derisc"\n{THREE}', "derisc", 1),
    ],
)  # fmt: skip
def test_what_a_universe_file_lacks_or_should_not_say_is_named_with_its_line(
    text: str, name: str, line: int | None, tmp_path: Path
) -> None:
    with refused(StudyError, name=name, line=line):
        read(tmp_path, text)


def test_variants_of_the_file_are_those_of_every_pair(tmp_path: Path) -> None:
    variants = '[[variants]]\nstrategy = "derisk"\nparams = { window = [60, 120] }\n'
    universe = read(tmp_path, f'primary = "derisk window=60"\n{variants}{THREE}')
    labels = {tuple(s.label for s in universe.study_of(pair).strategies()) for pair in universe.pairs}
    assert len(labels) == 1
    windows = [s.params["window"] for s in universe.terms.strategies() if not s.benchmark]
    assert windows == [60, 120]
    with refused(ParameterError, name="derisc", line=2):
        read(tmp_path, f'[[variants]]\nstrategy = "derisc"\n{THREE}')


def test_own_universes_go_by_their_names_where_no_file_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    universe = Universe.read(Path("cross_asset"))
    assert (universe.name, len(universe.pairs)) == ("cross_asset", 37)
    Path("demo").write_text(THREE)
    assert len(Universe.read(Path("demo")).pairs) == 3
    with refused(ParameterError, name="cros_asset", choices=["cross_asset"]):
        Universe.read(Path("cros_asset"))
    with refused(StudyError, name="cross.toml"):
        Universe.read(Path("cross.toml"))
