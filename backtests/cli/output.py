"""How a command that leaves a folder ends: the report on the terminal, or one of the folder's files on stdout."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from unlockstep.backtests.cli.ascii_output import json_for_stdout

if TYPE_CHECKING:
    from unlockstep.backtests.trials.announcement import Announce, Announcement, UniverseAnnouncement

Format = Literal["json", "csv", "md", "html"]

FormatOption = Annotated[
    Format | None,
    typer.Option("--format", help="Output format; csv has one row per variant or event."),
]
PngOption = Annotated[
    bool, typer.Option("--png", help="Draw the charts of the report as PNG files; requires Chromium.")
]


def say(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print text to stdout, or stderr; what in it would act on a terminal is shown and not done, see `text.escaped`."""
    from unlockstep.backtests.text import escaped

    typer.echo(escaped(text), err=err, nl=nl)


def say_json(content: Any) -> None:
    """Print what JSON can hold to stdout as JSON, as result.json has it."""
    from unlockstep.backtests.storage.run_folder import as_json

    say(json_for_stdout(as_json(content)), nl=False)


def announcer(*, quiet: bool) -> "Announce":
    """Says on stderr what a run or sweep adds to the ledger; nothing when quiet."""

    def announce(announcement: "Announcement | UniverseAnnouncement") -> None:
        if not quiet:
            say(announcement.sentence, err=True)

    return announce


def format_of(chosen: Format | None, json: bool, png: bool = False) -> Format | None:
    """What is to be printed: --json is --format json.

    Raises StudyError where both are given and differ, PictureError where pictures are asked for that nothing can draw.
    """
    from unlockstep.signals.errors import StudyError

    if png:
        from unlockstep.backtests.reports.charts.png import browser

        browser()
    if json and chosen not in (None, "json"):
        raise StudyError(
            f"--json and --format {chosen} ask for two results on stdout", name=chosen, remedy="give one of them"
        )
    return "json" if json else chosen


def tell(
    place: Path,
    result: dict[str, Any],
    *,
    form: Format | None,
    quiet: bool,
    show: Callable[[], None],
    rows: Callable[[], str],
    png: bool = False,
    closing: str = "The report is",
) -> None:
    """Print what a folder holds.

    show: prints the report on the terminal.  rows: the result as CSV.  png: draw the charts of the report as well.
    closing: the last line, before the report's path; on stderr where stdout is a file's content.
    """
    from unlockstep.backtests.storage.run_folder import NOTE, PAGE

    if form == "json":
        say_json(result)
    elif form == "csv":
        say(rows(), nl=False)
    elif form == "md":
        say((place / NOTE).read_text(encoding="utf-8"), nl=False)
    elif form == "html":
        typer.echo((place / PAGE).read_bytes(), nl=False)  # the page says that it is UTF-8, whatever a terminal is
    elif not quiet:
        show()
    if png:
        from unlockstep.backtests.reports.charts.png import pictures
        from unlockstep.backtests.storage.run_folder import add_pictures

        add_pictures(place, pictures((place / PAGE).read_text(encoding="utf-8")))
    if not quiet:
        say(f"\n{closing} {place / PAGE}", err=form is not None)
