"""`unlockstep new`."""

from pathlib import Path
from typing import Annotated

import typer

from unlockstep.backtests.cli.output import say


def new(
    what: Annotated[str, typer.Argument(metavar="strategy", help="Kind of file to create.", show_default=False)] = "",
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Name of the strategy, such as my_rule.", show_default=False)
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Output folder.", show_default="the current folder")
    ] = Path(),
) -> None:
    """Create a template strategy, NAME.py, and its test, test_NAME.py."""
    from unlockstep.backtests.plugins.scaffold import starter
    from unlockstep.signals.errors import UsageError

    if what != "strategy" or name is None:
        got = " ".join(filter(None, ("new", what, name)))
        raise UsageError(
            f"'{got}': say `unlockstep new strategy NAME`", name=got, remedy="strategies are all that it writes"
        )
    files = {out / file: text for file, text in starter(name).items()}
    _write(files)
    rule, test = files
    say(
        f"Wrote {rule} and {test}. Next:\n\n"
        f"  unlockstep run --strategy {_shown(rule)}\n"
        f"  unlockstep audit {_shown(rule)}\n"
        f"  python -m pytest {_shown(test)}"
    )


def _shown(file: Path) -> str:
    from shlex import quote

    return quote(str(file))


def _write(files: dict[Path, str]) -> None:
    """All of them, or none; a file that is there already is never touched."""
    from unlockstep.signals.errors import RunError

    for file in files:
        if file.exists() or file.is_symlink():
            raise RunError(
                f"'{file}' is there already", name=str(file), remedy="choose another name, or another folder with --out"
            )
    written: list[Path] = []
    try:
        for file, text in files.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("x", encoding="utf-8") as open_:
                written.append(file)
                open_.write(text)
    except OSError as error:
        for file in written:
            file.unlink()
        raise RunError(
            f"'{error.filename or written[-1]}' cannot be written: {error.strerror}",
            name=str(error.filename or written[-1]),
        ) from None
