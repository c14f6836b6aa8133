"""Wrong studies: one sentence each, with the line that is to blame."""

import re
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.refusals import assert_fields, refused
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.config.study_file import LARGEST, read_study_file
from unlockstep.backtests.config.variants import studied, with_settings
from unlockstep.signals.errors import ParameterError, StudyError, UsageError

FAULTS = Path(__file__).parents[3] / "docs" / "faults.md"

WRONG = {
    # ------------------------------------------------------------------------------------ TOML
    "no TOML": ("seed = 3\nfill = close\n", "line 2, column 8: no valid TOML: invalid value"),
    "an equals sign too many": ("seed == 3\n", "line 1, column 7: no valid TOML: invalid value"),
    "a key twice": ("seed = 3\nlag = 1\nseed = 4\n", "line 3, column 9: no valid TOML: cannot overwrite a value"),
    "a table twice": (
        "[costs]\nborrow_rate = 0.1\n[costs]\ncash_rate = 0.0\n",
        "line 3, column 7: no valid TOML: cannot declare 'costs' twice",
    ),
    "a quotation mark that is not closed": ('data = "demo\nseed = 3\n', "line 1, column 13: no valid TOML: illegal "),
    "a list that is not closed": ("seed = 3\npair = [\n", "line 2: no valid TOML: invalid value at the end"),
    "a list for the whole file": (
        "[1, 2]\n",
        "line 1, column 3: no valid TOML: expected ']' at the end of a table dec",
    ),
    "a number without end": (
        f"seed = {'9' * 5000}\n",
        "study.toml is no valid TOML: a number without end",
    ),
    "a nesting without end": (
        f"seed = {'[' * 5000}\n",
        "line 1: lists or tables are nested more than 10 deep; no study needs that.",
    ),
    "a number of more than 64 bits": (
        f"lag = 1\nseed = 0x{'f' * 20_000}\n",
        "line 2: seed: a number of more than 64 bits.",
    ),
    "the same among the parameters": (
        f'[[variants]]\nstrategy = "derisk"\nparams = {{ window = [\n1,\n0x{"f" * 20_000}] }}\n',
        "line 5: variants no. 1, params.window no. 2: a number of more than 64 bits.",
    ),
    # ------------------------------------------------------------------------------------ keys
    "an unknown key": ("lag = 1\nseeed = 3\n", "line 2: There is no key 'seeed'; did you mean 'seed'?"),
    "a key in another table": (
        "[costs]\nseed = 3\n",
        "line 2: There is no key 'seed' in [costs]; it stands above the tables.",
    ),
    "a key of a table above it": (
        "lag = 1\ncash_rate = 0\n",
        "line 2: There is no key 'cash_rate' outside a table; it belongs in [costs].",
    ),
    "a strategy outside of the variants": (
        'strategy = "derisk"\n',
        "line 1: There is no key 'strategy' outside a table; it belongs in [[variants]].",
    ),
    "an unknown key in a table": (
        "# costs\n[costs]\n\nborow_rate = 0.1\n",
        "line 4: There is no key 'borow_rate'; did you mean 'borrow_rate'?",
    ),
    "an unknown key in an inline table": (
        "seed = 3\ncosts = { cash_rate = 0.0, borow_rate = 0.1 }\n",
        "line 2: There is no key 'borow_rate'; did you mean 'borrow_rate'?",
    ),
    "an unknown dotted key": (
        "costs.cash_rate = 0.0\ncosts.borow_rate = 0.1\n",
        "line 2: There is no key 'borow_rate'; did you mean 'borrow_rate'?",
    ),
    "an unknown key in the second variant": (
        '[[variants]]\nstrategy = "derisk"\n[[variants]]\nstrategy = "barometer"\nparms = {}\n',
        "line 5: There is no key 'parms'; did you mean 'params'?",
    ),
    "a variant without a strategy": (
        '[[variants]]\nstrategy = "derisk"\n\n[[variants]]\nparams = {}\n',
        "line 4: variants no. 2, strategy is missing.",
    ),
    # ------------------------------------------------------------------------------------ types
    "a word for a number": ('seed = "three"\n', "line 1: seed = 'three': a number is needed, without quotation marks."),
    "a number in quotation marks": ('\nlag = "2"\n', "line 2: lag = '2': a number is needed, without quotation marks."),
    "a truth value for a number": ("lag = true\n", "line 1: lag = True: a number is needed, without quotation marks."),
    "a number for a truth value": ("stale = 1\n", "line 1: stale = 1: true or false is needed."),
    "a fraction for a whole number": (
        "seed = 3.5\n",
        "line 1: seed = 3.5: a whole number is needed.",
    ),
    "a number for a date": ("start = 20180101\n", "line 1: start = 20180101: a date is needed, such as 2016-01-04."),
    "a word for a date": (
        'end = "yesterday"\n',
        "line 1: end = 'yesterday': a date as YYYY-MM-DD is needed.",
    ),
    "a day-first date": (
        'end = "31.12.2025"\n',
        "line 1: end = '31.12.2025': a date as YYYY-MM-DD is needed.",
    ),
    "a time of day for a date": (
        "end = 2025-12-31T16:00:00\n",
        "line 1: end = 2025-12-31 16:00:00: a date as YYYY-MM-DD, without a time of day, is needed.",
    ),
    "a word for a pair": ('pair = "ETH-USD,IWM"\n', "line 1: pair = 'ETH-USD,IWM': a list is needed."),
    "one ticker for a pair": ('pair = ["ETH-USD"]\n', "line 1: pair no. 2 is missing."),
    "three tickers": (
        'pair = [\n  "ETH-USD",\n  "IWM",\n  "SPY",\n]\n',
        "line 1: pair = ['ETH-USD', 'IWM', 'SPY']: a list of at most 2 is needed.",
    ),
    "a number for a file": (
        'files = [\n  "my_rule.py",\n  3,\n]\n',
        "line 3: files no. 2 = 3: the path of a file is needed.",
    ),
    "true for a file": ("files = [true]\n", "line 1: files no. 1 = True: the path of a file is needed."),
    "no name for the data": ('seed = 3\ndata = ""\n', "line 2: data = '': no name of a source or a folder."),
    "a number for a ticker": (
        'pair = [\n  "ETH-USD",\n  7,\n]\n',
        "line 3: pair no. 2 = 7: text is needed.",
    ),
    "a table for a number": ("[seed]\nx = 1\n", "line 1: seed = {'x': 1}: a whole number is needed."),
    "a number for a table": (
        "costs = 3\n",
        "line 1: costs = 3: a table is needed.",
    ),
    "a table for the list of variants": (
        '[variants]\nstrategy = "derisk"\n',
        "line 1: variants = {'strategy': 'derisk'}: a list is needed.",
    ),
    # ------------------------------------------------------------------------------------ values
    "a number out of range": ("alpha = 2.0\n", "line 1: alpha = 2.0: less than 0.5 is needed."),
    "no number": ("capital = nan\n", "line 1: capital = nan: a finite number is needed."),
    "an infinite number": ("capital = inf\n", "line 1: capital = inf: a finite number is needed."),
    "an unknown word": ('fill = "noon"\n', "line 1: fill = 'noon': 'close' or 'open' is needed."),
    "a ticker twice": ('pair = ["IWM", "IWM"]\n', "line 1: pair = ['IWM', 'IWM']: the pair names IWM twice."),
    "a ticker that leaves the folder": (
        'pair = ["../../x", "IWM"]\n',
        "line 1: pair = ['../../x', 'IWM']: '../../x' is no ticker.",
    ),
    "a folder with a line break in its name": (
        'data = "pri\\nces"\n',
        "line 1: data = ",
    ),
    "a negative fee": (
        "[costs.fee_bps]\n'ETH-USD' = 1\nIWM = -3\n",
        "line 3: costs.fee_bps.IWM = -3: -3 basis points do not lie between 0 and 2000.",
    ),
    "a fee in quotation marks": (
        "[costs]\nfee_bps = { IWM = '3' }\n",
        "line 2: costs.fee_bps.IWM = '3': a number is needed, without quotation marks.",
    ),
    "a list as a fee": (
        "[costs]\nfee_bps = { IWM = [3] }\n",
        "line 2: costs.fee_bps.IWM = [3]: a number is needed.",
    ),
    "a date as slippage": (
        "[costs]\nslippage_bps = { IWM = 2020-01-01 }\n",
        "line 2: costs.slippage_bps.IWM = 2020-01-01: a number is needed.",
    ),
    # ------------------------------------------------------------------------------------ combinations
    "a period that ends before it starts": (
        "start = 2020-01-01\nend = 2019-01-01\n",
        "line 2: The period is empty: it starts 2020-01-01 and ends 2019-01-01.",
    ),
    "a period that ends before the default start": (
        "end = 2015-12-31\n",
        "line 1: The period is empty: it starts 2016-01-01 and ends 2015-12-31.",
    ),
    "costs of a stranger": (
        "[costs.fee_bps]\n'ETH-USD' = 1\nSPY = 3\n",
        "line 3: Costs are given for SPY, but the pair is ETH-USD and IWM.",
    ),
    "a primary that is not in the study": (
        'primary = "derisk"\n[[variants]]\nstrategy = "barometer"\n',
        "line 1: The primary variant 'derisk' is not in the study; name one of them with --primary: barometer",
    ),
    "a primary that fits several": (
        'seed = 3\nprimary = "derisk"\n[[variants]]\nstrategy = "derisk"\nparams = { window = [60, 90] }\n',
        "line 2: The primary variant 'derisk' fits 2 variants; name one of them with --primary: "
        "derisk window=60, derisk window=90.",
    ),
    "nothing at all": ("", "study.toml says nothing; a study sets one key at least"),
    "comments alone": ("# data = 'demo'\n\n", "study.toml says nothing; a study sets one key at least"),
    "an unknown strategy": (
        '[[variants]]\nstrategy = "derisc"\n',
        "line 2: There is no strategy 'derisc'; did you mean 'derisk'?",
    ),
    "an unknown parameter of the second variant": (
        '[[variants]]\nstrategy = "derisk"\n[[variants]]\nstrategy = "derisk"\n[variants.params]\n# wide\nwindw = 60\n',
        "line 7: There is no parameter of derisk called 'windw'; did you mean 'window'?",
    ),
    "a parameter out of range": (
        '[[variants]]\nstrategy = "derisk"\nparams = { window = 3 }\n',
        "line 3: derisk.window = 3: at least 10 is needed.",
    ),
    "one of several values out of range": (
        '[[variants]]\nstrategy = "derisk"\n[variants.params]\nmin_stay = 5\nwindow = [\n  60,\n  3,\n]\n',
        "line 5: derisk.window = 3: at least 10 is needed.",
    ),
    "parameters that contradict each other": (
        '[[variants]]\nstrategy = "derisk"\nparams = { decouple_below = 0.9 }\n',
        "line 3: ",
    ),
    "an empty list of values": (
        'variants = [\n  { strategy = "derisk" },\n  { strategy = "derisk", params = { window = [] } },\n]\n',
        "line 3: The parameter 'window' has an empty list of values; give one at least.",
    ),
    "two things wrong": (
        "lag = 0\nalpha = 2.0\nseed = -1\n",
        "line 1: lag = 0: at least 1 is needed.",
    ),
    "two things wrong, in another order": (
        "seed = -1\nlag = 0\n",
        "line 1: seed = -1: at least 0 is needed.",
    ),
}


def written(folder: Path, text: str) -> Path:
    path = folder / "study.toml"
    path.write_bytes(text.encode())
    return path


def refusal(path: Path, **options: Any) -> UsageError:
    with pytest.raises(UsageError) as caught:
        Study.read(path, **options)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
    return caught.value


def said(path: Path) -> str:
    return str(refusal(path))


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_study_is_refused_with_the_line(tmp_path: Path, kind: str) -> None:
    text, sentence = WRONG[kind]
    expected = sentence if sentence.startswith("study.toml") else f"study.toml, {sentence}"
    error = refusal(written(tmp_path, text))
    assert str(error).startswith(expected)  # docs/faults.md shows these sentences
    line = re.match(r"line (\d+)", sentence)
    assert error.line == (int(line[1]) if line else None)


@pytest.mark.parametrize("kind", WRONG)
def test_a_byte_order_mark_and_line_ends_of_windows_change_no_line(tmp_path: Path, kind: str) -> None:
    text, _ = WRONG[kind]
    plain = said(written(tmp_path, text))
    assert said(written(tmp_path, "\ufeff" + text.replace("\n", "\r\n"))) == plain


def test_the_table_of_faults_tells_every_one_of_them() -> None:
    text = FAULTS.read_text(encoding="utf-8")
    rows = {cells[0]: cells[1] for row in text.splitlines() if len(cells := re.split(r" \| ", row.strip("| "))) == 2}
    for kind, (_, sentence) in WRONG.items():
        expected = sentence if sentence.startswith("study.toml") else f"study.toml, {sentence}"
        assert rows.get(kind, "").startswith(f"`{expected}"), kind


def test_a_study_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    assert Study.read(written(tmp_path, "\ufeffseed = 3\r\nlag = 2\r\n")).seed == 3


def test_dates_as_words_are_dates(tmp_path: Path) -> None:
    study = Study.read(written(tmp_path, 'start = "2018-01-01"\nend = 2019-12-31\n'))
    assert (study.start, study.end) == (date(2018, 1, 1), date(2019, 12, 31))


@pytest.mark.parametrize(
    ("content", "line", "limit"),
    [
        (b"seed = 3\n# f\xfcr sp\xe4ter\n", 2, None),
        ("seed = 3\n".encode("utf-16"), 1, None),
        (b"# " + b"x" * LARGEST, None, LARGEST),
    ],
)
def test_bytes_that_are_no_text_are_refused(
    tmp_path: Path, content: bytes, line: int | None, limit: int | None
) -> None:
    (tmp_path / "study.toml").write_bytes(content)
    assert_fields(refusal(tmp_path / "study.toml"), name="study.toml", line=line, limit=limit)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.toml", tmp_path / "a\0b"):
        assert refusal(path).name == str(path)


def test_what_an_option_says_is_not_blamed_on_a_line(tmp_path: Path) -> None:
    path = written(tmp_path, "seed = 3\nstart = 2020-01-01\nend = 2021-01-01\n")
    below, late = refusal(path, seed=-1), refusal(path, end=date(2019, 1, 1))
    assert (below.name, below.limit, below.line) == ("seed", 0, None)
    assert_fields(late, name="end", dates=["2020-01-01", "2019-01-01"])
    assert late.line is None


def test_an_option_is_named_with_its_limit_and_no_line() -> None:
    with refused(ParameterError, name="derisk.window", limit=10) as caught:
        Study.make(variants=with_settings(studied(["derisk"]), ["derisk.window=3"])).strategies()
    with refused(StudyError, name="seed", limit=0) as other:
        Study.make(seed=-1)
    assert (caught.value.line, other.value.line) == (None, None)


@pytest.mark.parametrize(
    "ticker", ["", ".", "..", "../x", "/etc/x", "a/b", "a\\b", "a\0b", "a\nb", "x" * 41, " IWM", "\x1b[31m"]
)
def test_a_ticker_names_nothing_outside_of_its_folder(ticker: str) -> None:
    with refused(StudyError, name="pair"):
        Study.make(pair=(ticker, "IWM"))


@pytest.mark.parametrize("ticker", ["^RUT", "BRK-B", "BTC-USD", "IWM.", "GC=F", "S&P 500", "株"])
def test_a_ticker_may_have_what_tickers_have(ticker: str) -> None:
    assert Study.make(pair=(ticker, "IWM")).pair[0] == ticker


# ---------------------------------------------------------------------------------------------- lines, at random


SOUND = {
    "seed": 3,
    "lag": 2,
    "fill": "open",
    "pair": ["ETH-USD", "IWM"],
    "end": date(2024, 12, 31),
    "costs": {"borrow_rate": 0.1, "fee_bps": {"ETH-USD": 5.0, "IWM": 1.5}},
    "variants": [
        {"strategy": "derisk", "params": {"window": [60, 90, 120], "min_stay": 3}},
        {"strategy": "barometer"},
        {"strategy": "derisk", "params": {"window": 150}},
    ],
}


@st.composite
def laid_out(draw: st.DrawFn) -> tuple[str, int, tuple[str | int, ...]]:
    """A study in a layout of its own: (text, number of the line that holds WRONG, where that is)."""
    filler = st.lists(st.sampled_from(["", "# a remark", "  ", "# seed = 4", '# """']), max_size=3)
    wrong: list[tuple[str | int, ...]] = [
        ("seed",), ("pair", 1), ("costs", "borrow_rate"), ("costs", "fee_bps", "IWM"),
        ("variants", 0, "params", "window", 2), ("variants", 1, "strategy"), ("variants", 2, "params", "window"),
    ]  # fmt: skip
    keys = draw(st.sampled_from(wrong))

    def value(at: tuple[str | int, ...], sound: Any) -> str:
        return '"WRONG"' if at == keys else tomli_w.dumps({"x": sound})[4:].strip()

    def listed(at: tuple[str | int, ...], items: list[Any]) -> str:
        inside = [value((*at, i), item) for i, item in enumerate(items)]
        if at == keys:
            return '"WRONG"'
        if draw(st.booleans()):
            return "[" + ", ".join(inside) + "]"
        return "[\n" + "".join(f"  {item},{draw(st.sampled_from(['', ' # x']))}\n" for item in inside) + "]"

    costs: Any = SOUND["costs"]
    top = [
        f"seed = {value(('seed',), 3)}", f"lag = {value(('lag',), 2)}", 'fill = "open"', "end = 2024-12-31",
        f"pair = {listed(('pair',), ['ETH-USD', 'IWM'])}",
    ]  # fmt: skip
    fees = [f'"{t}" = {value(("costs", "fee_bps", t), bps)}' for t, bps in costs["fee_bps"].items()]
    rate = f"borrow_rate = {value(('costs', 'borrow_rate'), 0.1)}"
    style = draw(st.sampled_from(["tables", "inline", "dotted"]))
    tables: list[str] = []
    if style == "tables":
        tables += ["[costs]", rate, "[costs.fee_bps]", *fees]
    elif style == "inline":
        top.append(f"costs = {{ {rate}, fee_bps = {{ {', '.join(fees)} }} }}")
    else:
        top += [f"costs.{rate}", *(f"costs.fee_bps.{fee}" for fee in fees)]
    top = draw(st.permutations(top))
    variants: Any = SOUND["variants"]
    for i, variant in enumerate(variants):
        params = []
        for name, sound in variant.get("params", {}).items():
            at = ("variants", i, "params", name)
            params.append(f"{name} = {listed(at, sound) if isinstance(sound, list) else value(at, sound)}")
        tables += ["[[variants]]", f"strategy = {value(('variants', i, 'strategy'), variant['strategy'])}"]
        if params:
            single = all("\n" not in one for one in params) and draw(st.booleans())
            tables += [f"params = {{ {', '.join(params)} }}"] if single else ["[variants.params]", *params]
    text = "".join("".join(f"{line}\n" for line in [*draw(filler), part]) for part in [*top, *tables])
    (line,) = [i for i, content in enumerate(text.split("\n"), 1) if '"WRONG"' in content]
    return text, line, keys


@given(laid_out())
@settings(max_examples=150, deadline=None)
def test_the_line_is_found_in_any_layout(
    tmp_path_factory: pytest.TempPathFactory, made: tuple[str, int, tuple[str | int, ...]]
) -> None:
    text, line, keys = made
    path = tmp_path_factory.getbasetemp() / "study.toml"
    path.write_text(text)
    assert read_study_file(path, {}).where(keys) == f"study.toml, line {line}"


@given(laid_out())
@settings(max_examples=40, deadline=None)
def test_what_is_wrong_is_said_with_its_line_in_any_layout(
    tmp_path_factory: pytest.TempPathFactory, made: tuple[str, int, tuple[str | int, ...]]
) -> None:
    text, line, keys = made
    path = tmp_path_factory.getbasetemp() / "study.toml"
    path.write_text(text)
    if keys == ("pair", 1):  # "WRONG" is a ticker as good as any; the costs of IWM are those of a stranger then
        assert refusal(path).name == "IWM"
        return
    if keys[-1] == 2:  # what is wrong in a list of a parameter's values is said of the list
        line = text[: text.index("window = [")].count("\n") + 1
    assert refusal(path).line == line


def test_a_value_behind_texts_and_lists_of_several_lines_is_found_in_its_own(tmp_path: Path) -> None:
    lines = (
        'seed = 3  # [ " {',
        "files = [",
        '  """]}',
        '  \\""" ] """, # ] \'\'\'',
        "  '''\\",
        "  ]]''',",
        "]",
        'costs = { fee_bps = { "[" = [',
        "  1 ] }, cash_rate = 0.0 }",
    )
    text = "\n".join(lines)
    file = read_study_file(written(tmp_path, text), {})
    assert file.where(("files", 0)) == "study.toml, line 3"
    assert file.where(("files", 1)) == "study.toml, line 5"
    assert file.where(("costs", "fee_bps", "[", 0)) == "study.toml, line 9"
    assert file.where(("costs", "cash_rate")) == "study.toml, line 9"


def test_a_key_after_a_list_of_many_lines_is_found_quickly(tmp_path: Path) -> None:
    listed = "".join(f'  "rule_{i}.py",\n' for i in range(2_000))
    begun = time.monotonic()
    assert_fields(refusal(written(tmp_path, f"files = [\n{listed}]\nlagg = 2\n")), name="lagg", line=2003)
    wrong = "".join("  7,\n" for _ in range(2_000))
    assert_fields(refusal(written(tmp_path, f"variants = [\n{wrong}]\n")), name="variants no. 1", line=2)
    assert time.monotonic() - begun < 10.0


def test_a_long_study_is_searched_quickly(tmp_path: Path) -> None:
    many = "".join(f'[[variants]]\nstrategy = "derisk"\nparams = {{ window = {60 + i % 100} }}\n' for i in range(300))
    path = written(tmp_path, f'{many}[[variants]]\nstrategy = "derisc"\n')
    assert_fields(refusal(path), name="derisc", choices=["derisk"], line=902)
