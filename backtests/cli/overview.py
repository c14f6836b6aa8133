"""The first page of help, which lists the commands.

typer draws help with rich, whose Markdown parser it loads as well: `unlockstep --help` would take 1.7 × the import of
typer and rich.console, against a goal of 1.5. This page alone is drawn here, in the style of typer's, and takes 0.9 ×.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from shutil import get_terminal_size
from textwrap import wrap
from typing import Any

import typer
from typer.core import TyperGroup

Rows = list[tuple[str, str]]

ROUND, ASCII = tuple("╭─╮│╰╯"), tuple("+-+|++")
"""Corners and edges of a panel, and those for a terminal that knows no other letters."""


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
        width = max(get_terminal_size().columns, 48)  # narrower than that a column of text cannot be read
        usage = " ".join([ctx.command_path, *self.collect_usage_pieces(ctx)])
        options = [record for option in self.get_params(ctx) if (record := option.get_help_record(ctx))]
        commands = [(name, _first_paragraph(command.help)) for name, command in self.commands.items()]
        lines = [
            "",
            f" {typer.style('Usage:', fg='yellow', bold=True)} {typer.style(usage, bold=True)}",
            "",
            *(f" {line}" for line in wrap(self.help or "", width - 2)),
            "",
            *_panel("Options", options, width),
            *_panel("Commands", commands, width),
        ]
        plain = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
        typer.echo("\n".join(lines), color=False if plain else None)


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
    """Names and their texts in a frame of this width, a line each or more."""
    knows = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().startswith("utf")
    left, edge, right, side, low_left, low_right = ROUND if knows else ASCII
    names = max(len(name) for name, _ in rows)
    lines = [_dim(f"{left}{edge} {title} {edge * (width - len(title) - 5)}{right}")]
    for name, text in rows:
        for i, line in enumerate(wrap(text, width - names - 6)):
            shown = typer.style(f"{'' if i else name:<{names}}", fg="cyan", bold=True)
            lines.append(f"{_dim(side)} {shown}  {line:<{width - names - 6}} {_dim(side)}")
    return [*lines, _dim(f"{low_left}{edge * (width - 2)}{low_right}")]


def _dim(text: str) -> str:
    return typer.style(text, dim=True)
