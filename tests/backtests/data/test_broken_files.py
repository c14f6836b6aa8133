"""Broken price files without end: one sentence each, or exactly the prices that the file says."""

import os
import re
import subprocess
import sys
import tempfile
import warnings
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.backtests.data.broken import CORPUS, HARMLESS, HEADER, ROWS, SOUND, Broken
from tests.backtests.data.test_files import eth, iwm, load
from tests.systems import needs_posix, needs_root
from unlockstep.backtests.data.frames import check_order
from unlockstep.backtests.data.price_file import LARGEST, MOST_ROWS, read_prices
from unlockstep.signals.errors import DataError

FAULTS = Path(__file__).parents[3] / "docs" / "faults.md"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two months of sound prices."""
    eth().to_csv(tmp_path / "ETH-USD.csv", index=False)
    (tmp_path / "IWM.csv").write_text(SOUND)
    return tmp_path


def said(folder: Path) -> str:
    with pytest.raises(DataError) as caught:
        load(folder)
    return str(caught.value)


@pytest.mark.parametrize("broken", CORPUS, ids=lambda broken: broken.fault)
def test_a_broken_file_is_refused_in_this_sentence(folder: Path, broken: Broken) -> None:
    (folder / "IWM.csv").write_bytes(broken.content)
    assert said(folder) == broken.sentence


@pytest.mark.parametrize("kind", HARMLESS)
def test_what_changes_no_price_changes_nothing(folder: Path, kind: str) -> None:
    expected = load(folder).sha256
    (folder / "IWM.csv").write_bytes(HARMLESS[kind])
    assert load(folder).sha256 == expected


def test_the_table_of_faults_tells_every_one_of_these_sentences() -> None:
    rows = FAULTS.read_text(encoding="utf-8").splitlines()
    content = {(cells[0], cells[1]) for row in rows if len(cells := re.split(r" \| ", row.strip("| "))) == 2}
    missing = [b.fault for b in CORPUS if (b.fault, f"`{b.sentence}`") not in content]
    assert missing == []


# ---------------------------------------------------------------------------------------------- things that are no file


def test_a_link_to_a_file_is_read(folder: Path) -> None:
    expected = load(folder).sha256
    (folder / "kept").mkdir()
    (folder / "IWM.csv").rename(folder / "kept" / "one.csv")
    (folder / "IWM.csv").symlink_to(Path("kept") / "one.csv")
    assert load(folder).sha256 == expected


@pytest.mark.parametrize("target", ["nowhere.csv", "IWM.csv"])
def test_a_link_that_leads_nowhere_or_to_itself_is_refused(folder: Path, target: str) -> None:
    (folder / "IWM.csv").unlink()
    (folder / "IWM.csv").symlink_to(target)
    assert said(folder) == "IWM.csv cannot be read: it is a link that leads nowhere."


@pytest.mark.parametrize("link", [False, True])
def test_a_folder_under_a_file_s_name_is_refused(folder: Path, link: bool) -> None:
    (folder / "IWM.csv").unlink()
    if link:
        (folder / "IWM.csv").symlink_to(folder)
    else:
        (folder / "IWM.csv").mkdir()
    assert said(folder) == "IWM.csv is a folder, not a file; put a file in its place."


@needs_posix
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_pipe_is_refused_and_not_waited_for(folder: Path, suffix: str) -> None:
    (folder / "IWM.csv").unlink()
    os.mkfifo(folder / f"IWM.{suffix}")
    assert said(folder) == f"IWM.{suffix} is a pipe or a device, not a file; put a file in its place."


@needs_posix
def test_a_device_is_refused(folder: Path) -> None:
    (folder / "IWM.csv").unlink()
    (folder / "IWM.csv").symlink_to("/dev/zero")
    assert said(folder) == "IWM.csv is a pipe or a device, not a file; put a file in its place."


@needs_posix
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_huge_file_is_refused_before_it_is_read(folder: Path, suffix: str) -> None:
    (folder / "IWM.csv").unlink()
    with (folder / f"IWM.{suffix}").open("wb") as file:
        file.truncate(5_000_000_000)  # takes no room on the disk
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert said(folder) == (
        f"IWM.{suffix} holds 5,000 MB, more than the 20 MB that any daily bars take; keep one row a day."
    )
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < before + 500_000


def test_the_largest_file_is_large_enough_for_a_century_of_bars() -> None:
    assert max(map(len, ROWS)) * 2 * 366 * 100 < LARGEST
    assert MOST_ROWS > 2 * 366 * 100


def test_parquet_of_too_many_rows_is_refused_before_it_is_unpacked(folder: Path) -> None:
    (folder / "IWM.csv").unlink()
    pd.DataFrame(dict.fromkeys(HEADER.split(","), [1.0] * 200_000)).to_parquet(folder / "IWM.parquet")
    assert said(folder) == (
        "IWM.parquet holds 200,000 rows, more than the 100,000 that any daily bars take; keep one row a day."
    )


@pytest.mark.parametrize("name", ["Adj", "adj_cls", "Adjustment"])
def test_adjusted_closes_under_another_name_are_refused_in_parquet_too(folder: Path, name: str) -> None:
    (folder / "IWM.csv").unlink()
    iwm().rename(columns={"adj_close": name}).to_parquet(folder / "IWM.parquet")
    assert said(folder).endswith("is not known; call it adj_close if it holds adjusted closes, or remove it.")


def test_bars_after_today_are_noted_wherever_they_lie(folder: Path) -> None:
    last = (folder / "ETH-USD.csv").read_text().splitlines()[-1]
    with (folder / "ETH-USD.csv").open("a") as file:
        file.write(last.replace(last[:10], "9999-12-31") + "\n")
    assert load(folder).notes == ("ETH-USD.csv holds a bar after today, up to 9999-12-31: no market has made them.",)


@pytest.mark.parametrize(
    ("left", "sentence"),
    [
        (["IWM.csv", "iwm.csv"], "'{}' holds both IWM.csv and iwm.csv; keep one of them."),
        (["IWM.csv", "iwm.parquet"], "'{}' holds both IWM.csv and iwm.parquet; keep one of them."),
        (
            ["IWM.json"],
            "'{}' holds neither IWM.csv nor IWM.parquet; it has ETH-USD (choose with --pair, --legs, --hedges or "
            "--context).",
        ),
    ],
)
def test_names_in_other_capitals_mean_the_same_everywhere(folder: Path, left: list[str], sentence: str) -> None:
    (folder / "IWM.csv").rename(folder / "kept")
    for name in left:
        (folder / name).write_text(SOUND)
    (folder / "kept").unlink()
    if len(list(folder.iterdir())) == len(left) + 1:  # a file system that tells capitals apart
        assert said(folder) == sentence.format(folder)


@pytest.mark.parametrize("name", ["iwm.csv", "IWM.CSV", "iwm_us_d.csv"])
def test_a_name_in_other_capitals_is_read(folder: Path, name: str) -> None:
    sound = load(folder)
    (folder / "IWM.csv").rename(folder / name)
    assert load(folder).equity.close.tobytes() == sound.equity.close.tobytes()


AS_NOBODY = """
import os, sys
from pathlib import Path
from unlockstep.backtests.data.load import load_market
from unlockstep.signals.errors import DataError
load_market("demo", ("ETH-USD", "IWM"), start=None, end=None, seed=0)  # what it imports, root may read alone
import encodings.utf_8_sig, pyarrow.parquet, pandas, unlockstep.backtests.data.files
pandas.read_parquet(sys.argv[2])
os.setgid(65534)
os.setuid(65534)
try:
    load_market(sys.argv[1], ("ETH-USD", "IWM"), start=None, end=None, seed=0)
except DataError as error:
    print(error)
"""


@needs_root
@pytest.mark.parametrize(
    ("suffix", "what"),
    [
        ("csv", "folder"),
        ("parquet", "file"),
        pytest.param("csv", "file", marks=pytest.mark.slow),
        pytest.param("parquet", "folder", marks=pytest.mark.slow),
    ],
)
def test_missing_permission_is_one_sentence(suffix: str, what: str) -> None:
    with tempfile.TemporaryDirectory() as place:  # others may look into it, unlike into pytest's own
        Path(place).chmod(0o755)
        _refused_to_nobody(Path(place), suffix, what)


def _refused_to_nobody(folder: Path, suffix: str, what: str) -> None:
    eth().to_csv(folder / "ETH-USD.csv", index=False)
    if suffix == "csv":
        (folder / "IWM.csv").write_text(SOUND)
    else:
        iwm().to_parquet(folder / "IWM.parquet")
    (folder / f"IWM.{suffix}" if what == "file" else folder).chmod(0o711 if what == "folder" else 0o600)
    iwm().to_parquet(folder / "sound.parquet")
    words = [sys.executable, "-c", AS_NOBODY, str(folder), str(folder / "sound.parquet")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    sentences = {
        ("csv", "file"): "IWM.csv cannot be read: Permission denied.\n",
        ("parquet", "file"): "IWM.parquet cannot be read as parquet: Permission denied.\n",
    }
    assert done.stderr == ""
    assert done.stdout == sentences.get((suffix, what), f"The folder '{folder}' cannot be read: Permission denied.\n")


# ---------------------------------------------------------------------------------------------- Parquet


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda frame: frame.assign(close=[[1.0, 2.0]] * len(frame)),
            "IWM.parquet cannot be read as parquet: its column 'close.list.element' holds lists, not plain values; "
            "give it plain dates and numbers.",
        ),
        (
            lambda frame: frame.assign(close=[{"usd": 1.0}] * len(frame)),
            "IWM.parquet, row 1 (2024-01-02): close is '{'usd': 1.0}', not a number.",
        ),
        (
            lambda frame: frame.assign(close=b"206"),
            "IWM.parquet, row 1 (2024-01-02): close is 'b'206'', not a number.",
        ),
        (
            lambda frame: frame.assign(close="1,206"),
            "IWM.parquet, row 1 (2024-01-02): close is '1,206', and no cell tells whether its comma separates decimals "
            "or thousands; write decimals with a point and no thousands apart.",
        ),
        (lambda frame: frame.assign(close=True), "IWM.parquet: the column close holds bool, not prices."),
        (
            lambda frame: frame.assign(close=pd.array([None] * len(frame), dtype="Int64")),
            "IWM.parquet: close is no number on 2024-01-02, 2024-01-03, 2024-01-04 and 38 more; correct the rows at "
            "their source, or choose a period without them.",
        ),
        (
            lambda frame: frame.assign(date=np.arange(len(frame)) + 1_704_153_600),
            "IWM.parquet, row 1: '1704153600' is no midnight, and lies in no session of IWM; daily bars have one plain "
            "date a row, such as 2025-12-31.",
        ),
        (
            lambda frame: frame.assign(date=pd.to_datetime(frame["date"]) + pd.Timedelta(hours=18)),
            "IWM.parquet, row 1: '2024-01-02 18:00:00' carries a time of day, and lies in no session of IWM; daily "
            "bars have one plain date a row, such as 2025-12-31.",
        ),
        (
            lambda frame: frame.assign(date=pd.to_datetime(frame["date"]).where(frame.index != 3)),
            "IWM.parquet, row 4: the date is missing; every row needs one, such as 2025-12-31.",
        ),
        (
            lambda frame: frame.assign(date=[[day] for day in frame["date"]]),
            "IWM.parquet cannot be read as parquet: its column 'date.list.element' holds lists, not plain values; "
            "give it plain dates and numbers.",
        ),
    ],
)
def test_odd_columns_of_parquet_are_refused(folder: Path, change: object, sentence: str) -> None:
    assert callable(change)
    (folder / "IWM.csv").unlink()
    change(iwm()).to_parquet(folder / "IWM.parquet")
    assert said(folder) == sentence


@pytest.mark.parametrize("kind", ["dates", "words", "decimals", "whole numbers"])
def test_other_types_of_parquet_that_say_the_same_are_read(folder: Path, kind: str) -> None:
    frame = iwm()
    for column in frame.columns.drop(["date", "adj_close"]):
        frame[column] = frame[column].round()
    frame["open"] = frame["close"]
    frame.to_csv(folder / "IWM.csv", index=False)
    expected = load(folder).sha256
    (folder / "IWM.csv").unlink()
    if kind == "dates":
        frame["date"] = [date.fromisoformat(day) for day in frame["date"]]
    elif kind == "words":
        frame = frame.astype({"date": "category", "close": str})
    elif kind == "decimals":
        frame["close"] = pd.Series([Decimal(str(close)) for close in frame["close"]], dtype=object)
    else:
        frame = frame.astype({"close": "uint16", "open": "Int64"})
    frame.to_parquet(folder / "IWM.parquet")
    assert load(folder).sha256 == expected


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_parquet_file_with_broken_bytes_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "mutated" / "IWM.parquet"
    path.parent.mkdir(exist_ok=True)
    iwm().to_parquet(path)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content[: data.draw(st.sampled_from([len(content), len(content) // 2, len(content) - 5]))])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        message = refusal(path) or "IWM.parquet"
    assert message.startswith("IWM.parquet")
    assert message.isprintable()


def refusal(path: Path) -> str | None:
    """Why a file is refused; None where it is read."""
    try:
        read_prices(path, "IWM", "XNYS")
    except DataError as error:
        return str(error)
    return None


# ---------------------------------------------------------------------------------------------- random damage


def plainly(content: bytes) -> pd.DataFrame:
    """What a file says, read by other means: every line split at its commas, dates and numbers as Python has them."""
    text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    lines = [line for line in text.split("\n") if line.replace(",", "").strip()]
    names = [re.sub("[^a-z0-9]+", "_", name.strip().lower()).strip("_") for name in lines[0].split(",")]
    rows = [dict(zip(names, line.replace('"', "").split(","), strict=True)) for line in lines[1:]]
    wanted = [name for name in ("open", "high", "low", "close", "adj_close") if name in names]
    days = [date.fromisoformat(row["date"].strip()[:10]) for row in rows]
    missing = {"", "nan", "null", "none", "na", "n/a", "#n/a", "<na>"}
    prices = {
        name: [np.nan if (cell := row[name].strip()).lower() in missing else float(cell) for row in rows]
        for name in wanted
    }
    frame = pd.DataFrame(prices, index=pd.DatetimeIndex(np.array(days, dtype="M8[us]"), name="date"), dtype="float64")
    return frame[::-1] if len(days) > 1 and days == sorted(set(days), reverse=True) else frame


SPITEFUL = [
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b'"',
    b"'",
    b",",
    b";",
    b"\t",
    b"\r",
    b"\n",
    b"#",
    b"-",
    b".",
    b"e",
    b"%",
    b" ",
]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A sound file after some accidents to its bytes and lines."""
    lines = [HEADER.encode(), *(row.encode() for row in ROWS)]
    for _ in range(draw(st.integers(0, 2))):
        one, other = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines) - 1))
        accident = draw(st.sampled_from(["swap", "repeat", "drop", "join"]))
        if accident == "swap":
            lines[one], lines[other] = lines[other], lines[one]
        elif accident == "repeat":
            lines.insert(other, lines[one])
        elif accident == "drop" and len(lines) > 2:
            del lines[one]
        else:
            lines[one] += lines[other]
    content = bytearray(b"\n".join(lines) + b"\n")
    for _ in range(draw(st.integers(0, 3))):
        if not content:
            break
        at = draw(st.integers(0, len(content) - 1))
        accident = draw(st.sampled_from(["flip", "delete", "insert", "spite", "cut"]))
        if accident == "flip":
            content[at] ^= 1 << draw(st.integers(0, 7))
        elif accident == "delete":
            del content[at]
        elif accident == "insert":
            content.insert(at, draw(st.integers(0, 255)))
        elif accident == "spite":
            content[at:at] = draw(st.sampled_from(SPITEFUL))
        else:
            del content[max(at, 1) :]
    return bytes(content)


@given(damaged())
@settings(max_examples=400, deadline=None)
def test_a_damaged_file_is_refused_in_one_sentence_or_read_as_it_stands(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    folder = tmp_path_factory.getbasetemp() / "damaged"
    folder.mkdir(exist_ok=True)
    eth().to_csv(folder / "ETH-USD.csv", index=False)
    path = folder / "IWM.csv"
    path.write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            frame = read_prices(path, "IWM", "XNYS").frame
            check_order(frame, "IWM.csv")
            pd.testing.assert_frame_equal(frame, plainly(content))
            market = load(folder)
        except DataError as error:
            text = str(error)
        else:
            text = "IWM.csv"
            adjusted = frame["adj_close" if "adj_close" in frame else "close"]
            np.testing.assert_array_equal(market.equity.close, adjusted.loc[market.sessions])
    assert "IWM.csv" in text or text.startswith("There is no session")
    assert text.isprintable()
