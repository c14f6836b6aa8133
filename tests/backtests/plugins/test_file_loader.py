"""A user's own file: what is found in it, what is refused, and with which line."""

import hashlib
import sys
from datetime import date
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest

from tests.backtests.plugins.user_files import RULE, changed, line_of, written
from tests.refusals import assert_fields, refused
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.config.variants import studied
from unlockstep.backtests.plugins.file_loader import execute, is_file, load
from unlockstep.backtests.plugins.local_imports import read
from unlockstep.backtests.plugins.lookup import strategy_named
from unlockstep.signals import Market, Trend
from unlockstep.signals.errors import CodeError, ParameterError, StudyError, UnlockstepError
from unlockstep.strategies.eth_leads import EthLeads

SIGNAL = """

class Mine(Signal):
    name = "mine"
    meaning = "always one"
    unit = "state"

    @property
    def warmup(self):
        return 3

    def values(self, market):
        return np.where(np.arange(len(market.sessions)) < 3, np.nan, 1.0)
"""
WITH_SIGNAL = (
    changed("from unlockstep.signals import Trend", "import numpy as np\nfrom unlockstep.signals import Signal, Trend")
    + SIGNAL
)

FORTY_TWO = {"strategy": "my_rule", "params": {"window": 42}}


def refusal(path: Path) -> UnlockstepError:
    """The error with which a file is refused, printed in one line."""
    with pytest.raises(UnlockstepError) as caught:
        load(path)
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_file_s_strategy_decides_as_the_built_in_of_the_same_rule(tmp_path: Path, demo: Market) -> None:
    user_file = load(written(tmp_path))
    assert list(user_file.strategies) == ["my_rule"]
    assert user_file.signals == {}
    (mine,) = (s for s in Study.make(files=[str(user_file.path)], variants=[FORTY_TWO]).strategies() if not s.benchmark)
    pd.testing.assert_frame_equal(mine.decide(demo).frame, EthLeads(trend=42).decide(demo).frame)


def test_the_fingerprint_is_that_of_the_bytes(tmp_path: Path) -> None:
    path = written(tmp_path)
    assert load(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_file_may_hold_signals_and_several_strategies(tmp_path: Path) -> None:
    second = RULE[RULE.index("class MyRule") :].replace("MyRule", "Second").replace("my_rule", "second")
    user_file = load(written(tmp_path, WITH_SIGNAL + "\n\n" + second))
    assert list(user_file.strategies) == ["my_rule", "second"]
    assert list(user_file.signals) == ["mine"]


def test_what_a_file_imports_is_not_its_own(tmp_path: Path) -> None:
    user_file = load(written(tmp_path, "from unlockstep.strategies.derisk import Derisk\n" + RULE))
    assert list(user_file.strategies) == ["my_rule"]


def test_a_file_is_executed_once_for_each_content(tmp_path: Path) -> None:
    path = written(tmp_path)
    first = load(path)
    assert load(path) is first
    written(tmp_path, RULE + "\n# edited\n")
    assert load(path) is not first
    assert load(path, first.sha256) is first  # a study that has pinned it keeps what it has pinned


def test_executing_gives_new_classes_each_time(tmp_path: Path) -> None:
    path = written(tmp_path)
    texts = read(path)
    assert execute(path, texts).strategies["my_rule"] is not execute(path, texts).strategies["my_rule"]


def test_a_pin_refuses_another_content(tmp_path: Path) -> None:
    with refused(CodeError, name=str(tmp_path / "my_rule.py"), remedy="[files]"):
        load(written(tmp_path), "0" * 64)


def test_neighbours_are_imported_from_the_file_s_own_folder(tmp_path: Path) -> None:
    """Two files of two folders import `neighbour_of_mine`; each gets its own."""
    grids = []
    for folder, grid in (("one", (20, 30)), ("two", (50, 60))):
        (tmp_path / folder).mkdir()
        written(tmp_path / folder, f"GRID = {{'window': {grid}}}\n", "neighbour_of_mine.py")
        text = "from neighbour_of_mine import GRID\n" + changed('grid = {"window": (20, 40)}', "grid = GRID")
        grids.append(load(written(tmp_path / folder, text)).strategies["my_rule"].grid)
    assert grids == [{"window": (20, 30)}, {"window": (50, 60)}]
    assert "neighbour_of_mine" not in sys.modules
    assert str(tmp_path / "one") not in sys.path


def test_the_fingerprint_covers_the_neighbours(tmp_path: Path) -> None:
    written(tmp_path, "import neighbour_b_of_mine\nLOW = 10\n", "neighbour_a_of_mine.py")
    written(tmp_path, "HIGH = 1000\n", "neighbour_b_of_mine.py")
    path = written(tmp_path, "import neighbour_a_of_mine\n" + RULE)
    pin = load(path).sha256
    assert pin != hashlib.sha256(path.read_bytes()).hexdigest()
    written(tmp_path, "HIGH = 2000\n", "neighbour_b_of_mine.py")
    assert load(path).sha256 != pin
    written(tmp_path, "LONELY = 1\n", "lonely_of_mine.py")
    written(tmp_path, "HIGH = 1000\n", "neighbour_b_of_mine.py")
    assert load(path).sha256 == pin  # a file that is not imported changes nothing


def test_what_was_read_is_what_is_executed(tmp_path: Path) -> None:
    """Both files are edited between being read, for the fingerprint, and being executed."""
    written(tmp_path, "GRID = {'window': (20, 30)}\n", "neighbour_of_mine.py")
    text = "from neighbour_of_mine import GRID\n" + changed('grid = {"window": (20, 40)}', "grid = GRID")
    path = written(tmp_path, text)
    texts = read(path)
    written(tmp_path, "GRID = {'window': (50, 60)}\n", "neighbour_of_mine.py")
    written(tmp_path, text.replace("my_rule", "other"))
    user_file = execute(path, texts)
    assert {name: cls.grid for name, cls in user_file.strategies.items()} == {"my_rule": {"window": (20, 30)}}
    assert [path.name for path in tmp_path.rglob("*.pyc")] == []


def test_a_package_beside_the_file_is_a_neighbour_with_or_without_its_init(tmp_path: Path) -> None:
    (tmp_path / "parts_of_mine").mkdir()
    written(tmp_path / "parts_of_mine", "GRID = {'window': (20, 30)}\n", "grids.py")
    text = "from parts_of_mine.grids import GRID\n" + changed('grid = {"window": (20, 40)}', "grid = GRID")
    pins = [load(written(tmp_path, text)).sha256]
    written(tmp_path / "parts_of_mine", "from .grids import GRID\n", "__init__.py")
    pins.append(load(written(tmp_path, text)).sha256)
    written(tmp_path / "parts_of_mine", "GRID = {'window': (50, 60)}\n", "grids.py")
    user_file = load(written(tmp_path, text))
    assert len({*pins, user_file.sha256}) == 3
    assert user_file.strategies["my_rule"].grid == {"window": (50, 60)}
    assert not [name for name in sys.modules if name.startswith("parts_of_mine")]


@pytest.mark.parametrize("name", ["calendar", "pydantic", "unlockstep", "this"])
def test_a_file_beside_it_never_stands_in_for_a_module_of_python_or_a_package(tmp_path: Path, name: str) -> None:
    """`this` is a module of Python's that nobody has imported: what has been imported before changes nothing."""
    sys.modules.pop("this", None)
    path = written(tmp_path, f"import {name}\n" + RULE)
    pin = load(path).sha256
    written(tmp_path, "raise ValueError\n", f"{name}.py")
    assert load(path).sha256 == pin
    assert execute(path, read(path)).sha256 == pin
    assert Path(str(sys.modules[name].__file__)).parent != tmp_path


@pytest.mark.parametrize("name", ["signals", "strategies", "backtests"])
def test_a_neighbour_may_be_called_as_a_folder_of_unlockstep_is(tmp_path: Path, name: str) -> None:
    pins = []
    for window in (30, 50):
        written(tmp_path, f"GRID = {{'window': (20, {window})}}\n", f"{name}.py")
        text = f"from {name} import GRID\n" + changed('grid = {"window": (20, 40)}', "grid = GRID")
        loaded = load(written(tmp_path, text))
        assert loaded.strategies["my_rule"].grid == {"window": (20, window)}
        pins.append(loaded.sha256)
    assert pins[0] != pins[1]
    assert sys.modules["unlockstep.signals"].Trend is Trend


def test_a_file_beside_it_goes_before_another_that_this_process_has_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    written(tmp_path / "elsewhere", "GRID = {}\n", "neighbour_of_mine.py")
    written(tmp_path, "GRID = {'window': (20, 30)}\n", "neighbour_of_mine.py")
    text = "from neighbour_of_mine import GRID\n" + changed('grid = {"window": (20, 40)}', "grid = GRID")
    before = read(written(tmp_path, text))
    monkeypatch.syspath_prepend(tmp_path / "elsewhere")
    theirs = import_module("neighbour_of_mine")
    monkeypatch.setitem(sys.modules, "neighbour_of_mine", theirs)  # forgotten after this test
    assert read(written(tmp_path, text)) == before
    assert load(written(tmp_path, text)).strategies["my_rule"].grid == {"window": (20, 30)}
    assert sys.modules["neighbour_of_mine"] is theirs


@pytest.mark.parametrize(
    ("word", "file"),
    [("derisk", False), ("my_rule.py", True), ("rules/mine", True), ("./derisk", True), ("..\\mine", True)],
)
def test_a_word_with_a_separator_or_ending_is_a_file(word: str, file: bool) -> None:
    assert is_file(word) is file


class TestStudy:
    def test_variants_of_a_file_are_found_through_the_study_alone(self, tmp_path: Path) -> None:
        path = written(tmp_path)
        study = Study.make(files=[str(path)], variants=[{"strategy": "my_rule", "params": {"window": [20, 40]}}])
        labels = [s.label for s in study.strategies() if not s.benchmark]
        assert labels == ["my_rule(window=20)", "my_rule(window=40)"]
        with refused(ParameterError, name="my_rule"):
            Study.make(variants=[{"strategy": "my_rule"}]).strategies()

    def test_a_study_without_variants_runs_those_of_its_files_too(self, tmp_path: Path) -> None:
        files = {str(written(tmp_path)): ""}
        assert [v.strategy for v in studied(files=files)] == [*(v.strategy for v in studied()), "my_rule"]

    def test_a_misspelt_name_is_compared_with_the_file_s_too(self, tmp_path: Path) -> None:
        with refused(ParameterError, name="my_rul", choices=["my_rule"]):
            strategy_named("my_rul", {str(written(tmp_path)): ""})

    def test_files_of_a_toml_study_are_looked_for_beside_it(self, tmp_path: Path) -> None:
        path = written(tmp_path)
        (tmp_path / "study.toml").write_text('files = ["my_rule.py"]\n[[variants]]\nstrategy = "my_rule"\n')
        study = Study.read(tmp_path / "study.toml", trust=True)
        assert study.files == {str(path): ""}
        assert study.pinned().files == {str(path): hashlib.sha256(path.read_bytes()).hexdigest()}

    def test_a_resolved_study_pins_its_files_and_survives_its_own_toml(self, tmp_path: Path) -> None:
        path = written(tmp_path)
        study = Study.make(files=[str(path)], variants=[{"strategy": "my_rule"}])
        resolved = study.resolve(data_sha256="abc", first=date(2016, 1, 4), last=date(2025, 12, 31))
        assert resolved.files == {str(path): hashlib.sha256(path.read_bytes()).hexdigest()}
        (tmp_path / "again.toml").write_text(resolved.as_toml())
        assert Study.read(tmp_path / "again.toml", trust=True) == resolved

    def test_a_study_without_files_says_nothing_of_them(self) -> None:
        assert "files" not in Study.make().as_toml()

    def test_two_files_may_not_name_a_strategy_alike(self, tmp_path: Path) -> None:
        files = {str(written(tmp_path)): "", str(written(tmp_path, name="other.py")): ""}
        with refused(CodeError, name="my_rule", remedy="rename"):
            strategy_named("my_rule", files)


UNUSABLE = [
    ("def rule(self, s)", "def rul(self, s)", "does not say rule, which every Strategy must"),
    ('name = "my_rule"', "", "has no name; add a line such as name ="),
    ('name = "my_rule"', "name = 3", "has no name"),
    ('name = "my_rule"', 'name = "derisk"', "the name 'derisk' is taken by one of unlockstep's own"),
    ('name = "my_rule"', 'name = "my.rule"', "is no name: one line, none of . , ( ) = in it"),
    ('name = "my_rule"', 'name = "my,rule"', "is no name: one line, none of . , ( ) = in it"),
    ('name = "my_rule"', 'name = "my(rule"', "is no name: one line, none of . , ( ) = in it"),
    ('name = "my_rule"', 'name = "x" * 41', "is longer than 40 characters"),
    ('name = "my_rule"', 'name = "my\\nrule"', "is no name: one line"),
    ('name = "my_rule"', 'name: str = "my_rule"', "name has a type, which makes it a parameter"),
    ('statement = "S3c"', 'statement = "S9"', "statement = 'S9' is none of S1, S2, S3a, S3b, S3c, S4"),
    ('hypothesis = "IWM follows where ETH has gone"', "", "has no hypothesis"),
    ("window: int = Field(default=20, ", "window: int = Field(", "the parameter window has no default"),
    ('grid = {"window": (20, 40)}', "grid = [20, 40]", "grid must map each parameter"),
    ('grid = {"window": (20, 40)}', 'grid = {"window": 20}', "grid must map each parameter"),
    ('grid = {"window": (20, 40)}', 'grid = {"windw": (20, 40)}', "did you mean 'window'"),
    ('grid = {"window": (20, 40)}', 'grid = {"window": (20, "a")}', "grid: my_rule.window = 'a': a whole number is"),
    ('grid = {"window": (20, 40)}', 'grid = {"window": (20, 3)}', "grid: my_rule.window = 3: at least 10 is"),
    ('statement = "S3c"', 'statement = "S3c"\n    studied = {"window": 20}', "studied must be a tuple"),
    ('statement = "S3c"', 'statement = "S3c"\n    studied = ({"windw": 20},)', "did you mean 'window'"),
    ('statement = "S3c"', 'statement = "S3c"\n    benchmark = True', "judged like any other"),
]
"""(passage of the rule, what stands in its place, what is said of the class)"""


class TestRefusals:
    def test_what_is_no_file_that_can_be_read_is_misuse(self, tmp_path: Path) -> None:
        (tmp_path / "loop.py").symlink_to("loop.py")
        for path in (tmp_path / "none.py", tmp_path, tmp_path / "loop.py", tmp_path / f"{'x' * 999}.py"):
            with refused(StudyError, name=str(path)):
                load(path)

    @pytest.mark.parametrize(
        ("data", "line", "remedy"),
        [
            (RULE.encode() + b"# caf\xe9\n", 24, "re-save the file as UTF-8"),
            (RULE.encode("utf-16"), 1, "re-save the file as UTF-8"),
            (b"# coding: nope\n", 1, "re-save the file as UTF-8"),
            (RULE.encode() + b"x = '\0'\n", 24, "save it as UTF-8"),
        ],
    )
    def test_a_file_that_is_no_text_names_its_line(self, tmp_path: Path, data: bytes, line: int, remedy: str) -> None:
        path = tmp_path / "my_rule.py"
        path.write_bytes(data)
        assert_fields(refusal(path), name=str(path), line=line, remedy=remedy)
        path = path.rename(tmp_path / "neighbour_of_mine.py")
        error = refusal(written(tmp_path, "import neighbour_of_mine\n" + RULE))
        assert_fields(error, name=str(path), line=line, remedy=remedy)
        assert "my_rule.py" not in str(error)

    @pytest.mark.parametrize(
        ("old", "new", "says"),
        [
            ("def rule(self, s):", "def rule(self, s)", "SyntaxError: expected ':'"),
            (
                "from unlockstep.signals import Trend",
                "import no_such_module_of_mine",
                "ModuleNotFoundError: No module named",
            ),
            (
                "from unlockstep.signals import Trend",
                "from unlockstep.signals import Trnd",
                "ImportError: cannot import name 'Trnd'",
            ),
            ('grid = {"window": (20, 40)}', "grid = {}[1]", "in MyRule: KeyError: 1."),
            ("from pydantic import Field", "from pydantic import Field; 1 / 0", "ZeroDivisionError: division by zero."),
            ("from pydantic import Field", "import sys; sys.exit(0)", "SystemExit: 0."),
            ("from pydantic import Field", "raise BaseException('x' * 999)", "…."),
        ],
    )
    def test_what_fails_while_the_file_is_executed_names_its_line(
        self, tmp_path: Path, old: str, new: str, says: str
    ) -> None:
        text = changed(old, new)
        error = refusal(written(tmp_path, text))
        assert_fields(error, name=str(tmp_path / "my_rule.py"), line=line_of(text, new))
        assert says in str(error)  # Python's words

    def test_what_fails_in_a_neighbour_names_the_neighbour_s_line(self, tmp_path: Path) -> None:
        written(tmp_path, "A = 1\nB = A.c\n", "neighbour_of_mine.py")
        error = refusal(written(tmp_path, "import neighbour_of_mine\n" + RULE))
        assert_fields(error, name=str(tmp_path / "neighbour_of_mine.py"), line=2)

    def test_an_interrupt_stays_one(self, tmp_path: Path) -> None:
        with pytest.raises(KeyboardInterrupt):
            load(written(tmp_path, "raise KeyboardInterrupt"))

    def test_a_file_without_a_strategy_says_how_to_get_one(self, tmp_path: Path) -> None:
        for text in ("x = 1\n", ""):
            path = written(tmp_path, text)
            assert_fields(refusal(path), name=str(path), remedy="unlockstep new strategy")

    @pytest.mark.parametrize(("old", "new", "says"), UNUSABLE)
    def test_a_class_that_cannot_be_used_names_its_line(self, tmp_path: Path, old: str, new: str, says: str) -> None:
        text = changed(old, new)
        error = refusal(written(tmp_path, text))
        assert_fields(error, name="MyRule", line=line_of(text, "class MyRule"))
        assert says in str(error)  # the page on strategies shows these sentences

    def test_a_grid_may_contradict_itself_in_a_corner_but_not_in_every_one(self, tmp_path: Path) -> None:
        """The default of `fast` is 5; a fast one of 40 fits none but the longer window."""
        text = (
            changed('grid = {"window": (20, 40)}', 'grid = {"window": (20, 60), "fast": (5, 40)}')
            + """
    fast: int = 5

    @model_validator(mode="after")
    def _shorter(self):
        if self.fast >= self.window:
            raise ValueError(f"fast = {self.fast} must be shorter than window = {self.window}")
        return self
"""
        )
        text = changed("import Field", "import Field, model_validator", text)
        assert "fast" in load(written(tmp_path, text)).strategies["my_rule"].grid
        error = refusal(written(tmp_path, changed("(5, 40)", "(5, 80)", text)))
        assert_fields(error, name="MyRule")
        assert "fast = 80 must be shorter than window = 20" in str(error)  # the validator's words

    def test_two_classes_of_one_file_may_not_share_a_name(self, tmp_path: Path) -> None:
        second = RULE[RULE.index("class MyRule") :].replace("MyRule", "Second")
        assert_fields(refusal(written(tmp_path, RULE + "\n\n" + second)), name="Second")

    def test_a_nameless_base_of_others_is_no_strategy(self, tmp_path: Path) -> None:
        base = changed('name = "my_rule"', "pass").replace("MyRule", "Base")
        user_file = load(written(tmp_path, base + '\n\nclass Named(Base):\n    name = "named"\n'))
        assert list(user_file.strategies) == ["named"]

    def test_a_signal_whose_warm_up_is_no_number_is_refused(self, tmp_path: Path) -> None:
        assert_fields(refusal(written(tmp_path, changed("return 3", "return 2.5", WITH_SIGNAL))), name="Mine")

    @pytest.mark.parametrize(
        ("code", "place"),
        [
            ("@property\n    def warmup(self):\n        raise ValueError('odd')", "in warmup"),
            ("@property\n    def warmup(self):\n        assert False, 'odd'", "in warmup"),
            ("def model_post_init(self, context):\n        raise ValueError('odd')", "in model_post_init"),
            ("@model_validator(mode='after')\n    def even(self):\n        raise ValueError('odd')", "in even"),
            ("@field_validator('window')\n    def even(value):\n        raise ValueError('odd')", "in even"),
        ],
    )
    def test_what_pydantic_takes_for_a_wrong_parameter_keeps_its_line_and_type(
        self, tmp_path: Path, code: str, place: str
    ) -> None:
        """The default is validated too; pydantic takes ValueError and AssertionError for a refusal."""
        text = changed("import Field", "import Field, field_validator, model_validator") + f"\n    {code}\n"
        text = changed("Field(default=20, ", "Field(validate_default=True, default=20, ", text)
        error = refusal(written(tmp_path, text))
        kind = "AssertionError" if "assert" in code else "ValueError"
        assert_fields(error, name=str(tmp_path / "my_rule.py"), line=line_of(text, "'odd'"))
        assert str(error).endswith(f", {place}: {kind}: odd."), str(error)

    def test_every_sentence_here_stands_in_the_table_of_faults(self) -> None:
        table = (Path(__file__).parents[3] / "docs" / "faults.md").read_text(encoding="utf-8")
        missing = {says for _, _, says in UNUSABLE if says not in table}
        assert missing == {"has no hypothesis"}  # told with the name

    def test_signals_that_are_none_name_the_method(self, tmp_path: Path) -> None:
        for answer, says in (("[Trend()]", "signals must answer a dict"), ('{"trend": Trend}', "write Trend()")):
            text = changed('{"trend": Trend(leg="crypto", window=self.window)}', answer)
            error = refusal(written(tmp_path, text))
            assert_fields(error, name=str(tmp_path / "my_rule.py"), line=line_of(text, "def signals"))
            assert says in str(error)
