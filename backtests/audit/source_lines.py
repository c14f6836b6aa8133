"""Lines of source code: their text, the statements that they belong to, the names in these, and how a leak looks."""

import ast
import linecache

from unlockstep.backtests.audit.findings import Line


def line_at(file: str, number: int) -> Line:
    """That line as it stands."""
    return Line(file, number, linecache.getline(file, number).strip(), first=number, last=number)


def head_of(statement: ast.stmt) -> list[ast.AST]:
    """The parts of a statement that run on its own lines, without the statements inside it."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return list(statement.decorator_list)
    inside = {
        id(child) for name in ("body", "orelse", "finalbody", "handlers") for child in getattr(statement, name, ())
    }
    return [child for child in ast.iter_child_nodes(statement) if id(child) not in inside]


class Source:
    """The statements of one file by their lines."""

    def __init__(self, file: str) -> None:
        linecache.checkcache(file)
        try:
            self.tree = ast.parse("".join(linecache.getlines(file)))
        except SyntaxError:
            self.tree = ast.Module(body=[], type_ignores=[])
        self._statements: dict[int, ast.stmt] = {}
        self._functions: dict[int, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda] = {}
        self._outer: dict[int, ast.AST] = {}
        for node in ast.walk(self.tree):  # outer ones first
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
                self._functions |= dict.fromkeys(lines, node)
                self._outer = dict.fromkeys(lines, node) | self._outer
            if isinstance(node, ast.stmt):
                last = node.end_lineno or node.lineno
                if getattr(node, "body", None):
                    last = max([node.lineno, *(getattr(part, "end_lineno", 0) or 0 for part in head_of(node))])
                self._statements |= dict.fromkeys(range(node.lineno, last + 1), node)

    def statement(self, line: int) -> ast.stmt | None:
        """The innermost statement of the line."""
        return self._statements.get(line)

    def names(self, line: int) -> frozenset[str]:
        """All names in it."""
        return frozenset(node.id for node in self._nodes(line) if isinstance(node, ast.Name))

    def reads(self, line: int) -> frozenset[str]:
        """The names whose values it reads; those of which it changes a part too."""
        statement = self.statement(line)
        target = statement.target if isinstance(statement, ast.AugAssign) else None
        return frozenset(
            node.id
            for node in self._nodes(line)
            if isinstance(node, ast.Name) and (isinstance(node.ctx, ast.Load) or node is target)
        )

    def assigns(self, line: int) -> frozenset[str]:
        """The names to which, or to a part of which, it assigns."""
        targets = [node for node in self._nodes(line) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
        parts = [
            next((inner for inner in ast.walk(node.value) if isinstance(inner, ast.Name)), None)
            for node in self._nodes(line)
            if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store)
        ]
        return frozenset(name.id for name in (*targets, *parts) if name is not None)

    def uninitialised(self, line: int) -> frozenset[str]:
        """The names to which it assigns an array whose values are whatever was in memory."""
        call = getattr(self.statement(line), "value", None)
        word = ast.unparse(call.func).split(".")[-1] if isinstance(call, ast.Call) else ""
        return self.assigns(line) if word in ("empty", "empty_like") else frozenset()

    def parameters(self, line: int) -> frozenset[str]:
        """The parameters of the innermost function around the line."""
        function = self._functions.get(line)
        if function is None:
            return frozenset()
        return frozenset(node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg))

    def function(self, line: int) -> str:
        """The name of the innermost function around the line, "" outside of any."""
        node = self._functions.get(line)
        return node.name if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else ""

    def together(self, one: int, other: int) -> bool:
        """Whether two lines are in the same function, or in functions that are made in the same."""
        return self._outer.get(one) is self._outer.get(other)

    def is_loop(self, line: int) -> bool:
        """Whether the line is the head of a loop."""
        return isinstance(self.statement(line), ast.For | ast.While)

    def _nodes(self, line: int) -> list[ast.AST]:
        statement = self.statement(line)
        return [] if statement is None else [node for part in head_of(statement) for node in ast.walk(part)]


BACKWARDS = frozenset({"shift", "diff", "roll", "pct_change"})
FORWARD = frozenset(
    {"bfill", "backfill", "interpolate", "merge_asof", "interp", "filtfilt", "savgol_filter", "smoother"}
)
FULL = frozenset(
    {"mean", "std", "var", "median", "quantile", "min", "max", "rank", "corr", "cov", "fit", "svd", "eigh"}
)
BY_DATE = frozenset({"resample", "transform"})
WINDOWS = frozenset({"rolling", "expanding", "ewm"})


def suspicious(file: str) -> list[int]:
    """Numbers of the lines that look like a look-ahead, the likeliest kinds first; a guess from the text alone."""
    sure, guess = [], []
    for node in ast.walk(Source(file).tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            line, name, inside = node.func.end_lineno or node.lineno, node.func.attr, ast.unparse(node)
            backwards = name in BACKWARDS and "(-" in inside
            if backwards or name in FORWARD or any(word.arg in ("center", "direction") for word in node.keywords):
                sure.append(line)
            elif name in BY_DATE or (name in FULL and not any(word in inside for word in WINDOWS)):
                guess.append(line)
        elif isinstance(node, ast.Subscript):
            inside = ast.unparse(node.slice).replace(" ", "")
            if inside in ("::-1", "-1"):
                sure.append(node.lineno)
            elif "+1" in inside:
                guess.append(node.lineno)
    return [*dict.fromkeys([*sorted(sure), *sorted(guess)])]


def likeliest(file: str, number: int) -> int:
    """The line as a person would point to it: of a statement over several lines, the one that looks like a leak."""
    statement = Source(file).statement(number)
    if statement is None or getattr(statement, "body", None):
        return number
    inside = [row for row in suspicious(file) if statement.lineno <= row <= (statement.end_lineno or 0)]
    return inside[0] if inside else number


def guessed_line(file: str) -> Line | None:
    """The first line that looks like a look-ahead, from the text alone."""
    lines = suspicious(file)
    return line_at(file, likeliest(file, lines[0])) if lines else None
