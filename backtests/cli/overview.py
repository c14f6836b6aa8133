"""The first page of help, which lists the commands.

typer draws help with rich, whose Markdown parser it loads as well: `unlockstep --help` would take 1.7 × the import of
typer and rich.console, against a goal of 1.5. This page alone is drawn here, in the style of typer's, and takes 0.9 ×.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from shutil import get_terminal_size
from textwrap import wrap
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

Rows = list[tuple[str, str]]

NARROW = 60
"""Columns of a terminal under which help has no second column: its names would be cut."""

LEFT, EDGE, RIGHT, SIDE, LOW_LEFT, LOW_RIGHT = "╭─╮│╰╯"
"""Corners and edges of a panel."""


class Overview(TyperGroup):
    """A group of commands that draws its own help; its commands have theirs from typer."""

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        """typer's, whose errors quote the words that were given."""
        with _escaped_errors():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: Any) -> Any:
        """The same of a command's words."""
        with _escaped_errors():
            return super().invoke(ctx)

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002  (typer's own prints as well)
        """Print the whole page: usage, what the program is for, options, and each command's first sentence."""
        width = get_terminal_size().columns
        usage = " ".join([ctx.command_path, *self.collect_usage_pieces(ctx)])
        options = [record for option in self.get_params(ctx) if (record := option.get_help_record(ctx))]
        commands = [(name, _first_paragraph(command.help)) for name, command in self.commands.items()]
        lines = [
            "",
            f" {typer.style('Usage:', fg='yellow', bold=True)} "
            + typer.style("\n ".join(wrap(usage, width - 2, initial_indent=" " * 7))[7:], bold=True),
            "",
            *(f" {line}" for line in wrap(self.help or "", width - 2)),
            "",
            *_panel("Options", options, width),
            *_panel("Commands", commands, width),
        ]
        typer.echo("\n".join(lines), color=_colors())


class FoldingCommand(TyperCommand):
    """A command whose help has no second column on narrow terminals: typer would cut the names of its options."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Typer's page, or one list."""
        if get_terminal_size().columns < NARROW:
            _print_narrow(self, ctx, [])
        else:
            super().format_help(ctx, formatter)


class FoldingGroup(TyperGroup):
    """A group of commands, the same."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Typer's page, or one list."""
        if get_terminal_size().columns < NARROW:
            _print_narrow(self, ctx, [(name, _first_paragraph(each.help)) for name, each in self.commands.items()])
        else:
            super().format_help(ctx, formatter)


def _print_narrow(command: TyperCommand | TyperGroup, ctx: Any, commands: Rows) -> None:
    """The help of a command in one column."""
    width = get_terminal_size().columns
    usage = " ".join([ctx.command_path, *command.collect_usage_pieces(ctx)])
    records = [(each.param_type_name, each.get_help_record(ctx)) for each in command.get_params(ctx)]
    arguments, options = (
        [record for kind, record in records if record and kind == wanted] for wanted in ("argument", "option")
    )
    paragraphs = [" ".join(text.split()) for text in (command.help or "").split("\n\n")]
    about = [line for paragraph in paragraphs for line in [*_wrapped(paragraph, width), ""]]
    lists = [("Arguments", arguments), ("Options", options), ("Commands", commands)]
    lines = [*_wrapped(f"Usage: {usage}", width), "", *about]
    lines += [line for title, rows in lists if rows for line in _list(title, rows, width)]
    typer.echo("\n".join(lines), color=_colors())


def _list(title: str, rows: Rows, width: int) -> list[str]:
    """Names, each with its text under it."""
    lines = [_dim(title)]
    for name, text in rows:
        lines.append(typer.style(name, fg="cyan", bold=True))
        lines += [f"  {line}" for line in _wrapped(text, width - 2)]
    return [*lines, ""]


def _wrapped(text: str, width: int) -> list[str]:
    """Lines of whole words; a ticker's hyphen is no place to break."""
    return wrap(text, width, break_on_hyphens=False)


def _colors() -> bool | None:
    """False where no colours are wanted; None for what the terminal takes."""
    return False if "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb" else None


@contextmanager
def _escaped_errors() -> Iterator[None]:
    """An error of typer's, which is printed as it is, holds nothing that acts on a terminal."""
    try:
        yield
    except Exception as error:
        if isinstance(message := getattr(error, "message", None), str):
            from unlockstep.backtests.text import escaped

            vars(error)["message"] = escaped(message)
        raise


def _first_paragraph(text: str | None) -> str:
    return " ".join((text or "").partition("\n\n")[0].split())


def _panel(title: str, rows: Rows, width: int) -> list[str]:
    """Names and their texts in a frame of this width, a line each or more; without a frame, each text under its name,
    where there is no room for two columns.
    """
    if width < NARROW:
        return _list(title, rows, width)
    names = max(len(name) for name, _ in rows)
    lines = [_dim(f"{LEFT}{EDGE} {title} {EDGE * (width - len(title) - 5)}{RIGHT}")]
    for name, text in rows:
        for i, line in enumerate(wrap(text, width - names - 6)):
            shown = typer.style(f"{'' if i else name:<{names}}", fg="cyan", bold=True)
            lines.append(f"{_dim(SIDE)} {shown}  {line:<{width - names - 6}} {_dim(SIDE)}")
    return [*lines, _dim(f"{LOW_LEFT}{EDGE * (width - 2)}{LOW_RIGHT}")]


def _dim(text: str) -> str:
    return typer.style(text, dim=True)
