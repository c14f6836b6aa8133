"""The strategies that a study is told to run: by name, by file, by class or by instance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from unlockstep.backtests.config.study_tables import Variant
from unlockstep.backtests.plugins.class_loader import check_class, class_sha256, is_registered
from unlockstep.backtests.plugins.entry_points import installed
from unlockstep.backtests.plugins.error_attribution import shown
from unlockstep.backtests.plugins.file_loader import absolute, is_file, load
from unlockstep.backtests.plugins.lookup import strategy_named
from unlockstep.signals.errors import CodeError, StudyError
from unlockstep.strategies.strategy import Strategy

Choice: TypeAlias = str | Path | type[Strategy] | Strategy
"""A strategy's name, a Python file, a class with the variants that it is studied by, or one variant."""


@dataclass(frozen=True)
class Chosen:
    """Variants, where to find their strategies, and what pins those.

    files: path → sha256.  classes: name → class, of those that no file and no registry has; pins: name → sha256.
    """

    variants: tuple[Variant, ...]
    files: Mapping[str, str] = field(default_factory=dict)
    classes: Mapping[str, type[Strategy]] = field(default_factory=dict)
    pins: Mapping[str, str] = field(default_factory=dict)


def choose(choices: Choice | Sequence[Choice], files: Mapping[str, str]) -> Chosen:
    """What these choices stand for; files: those that the study has already, path → sha256.

    Raises ParameterError for an unknown name, StudyError for what is no strategy, CodeError for a class that cannot be
    used or two of one name, and what `file_loader.load` raises.
    """
    listed = list(choices) if isinstance(choices, Sequence) and not isinstance(choices, str) else [choices]
    files = {**files, **_files_of(listed)}
    classes: dict[str, type[Strategy]] = {}
    variants: list[Variant] = []
    for choice in listed:
        if isinstance(choice, str | Path):
            variants += _named(choice, files)
            continue
        cls = _class_of(choice)
        if not is_registered(cls):
            check_class(cls)
            if classes.setdefault(cls.name, cls) is not cls:
                raise CodeError(
                    f"'{cls.name}' is the name of two classes",
                    name=cls.name,
                    remedy="rename one, or make both of one class",
                )
        variants += [_variant(choice)] if isinstance(choice, Strategy) else _studied(cls)
    _refuse_taken(classes, files)
    return Chosen(tuple(variants), files, classes, {name: class_sha256(cls) for name, cls in classes.items()})


def _files_of(choices: Sequence[Choice]) -> dict[str, str]:
    """Path → sha256 of the files among the choices."""
    user_files = (load(Path(choice)) for choice in choices if isinstance(choice, str | Path) and is_file(str(choice)))
    return {str(user_file.path): user_file.sha256 for user_file in user_files}


def _named(choice: str | Path, files: Mapping[str, str]) -> list[Variant]:
    """The variants of a file or of a strategy's name."""
    if not is_file(str(choice)):
        return _studied(strategy_named(str(choice), files))
    user_file = load(Path(choice), files[str(absolute(choice))])
    if not user_file.strategies:
        raise StudyError(
            f"There is no strategy in {choice}, only the signals {', '.join(user_file.signals)}",
            name=str(choice),
            choices=user_file.signals,
        )
    return [variant for cls in user_file.strategies.values() for variant in _studied(cls)]


def _refuse_taken(classes: Mapping[str, type[Strategy]], files: Mapping[str, str]) -> None:
    brought = installed("Strategy") if classes else {}
    for name in classes:
        if name in brought:
            raise CodeError(
                f"'{name}' is a class and a strategy of {brought[name].package}", name=name, remedy="rename the class"
            )
        for path, sha256 in files.items():
            if name in load(Path(path), sha256).strategies:
                raise CodeError(
                    f"'{name}' is a class and a strategy of {shown(Path(path))}", name=name, remedy="rename one"
                )


def _class_of(choice: object) -> type[Strategy]:
    if isinstance(choice, Strategy):
        return type(choice)
    if isinstance(choice, type) and issubclass(choice, Strategy):
        return choice
    name = choice.__name__ if isinstance(choice, type) else type(choice).__name__
    raise StudyError(
        f"{name} is no strategy: strategies takes names, Python files, classes that inherit from "
        "Strategy, and instances of them",
        name=name,
    )


def _studied(cls: type[Strategy]) -> list[Variant]:
    return [Variant(strategy=cls.name, params=dict(params)) for params in cls.studied]


def _variant(strategy: Strategy) -> Variant:
    return Variant(strategy=strategy.name, params=strategy.params)
