"""Negative numbers as arguments: click takes -0.75 for an option."""

import re
from typing import Any

from unlockstep.backtests.cli.overview import FoldingCommand

_NEGATIVE = re.compile(r"-(\d+\.?\d*|\.\d+)%?")


class NegativeNumbers(FoldingCommand):
    """A command whose argument may be a negative number."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Click's own, with a negative number that is no option's value put behind "--", where arguments stand."""
        flags = {name for option in self.params if getattr(option, "is_flag", False) for name in option.opts}

        def is_argument(at: int) -> bool:
            before = args[at - 1] if at else ""
            takes_value = before.startswith("-") and "=" not in before and before not in flags
            return bool(_NEGATIVE.fullmatch(args[at])) and not (takes_value and not _NEGATIVE.fullmatch(before))

        if "--" in args:
            return super().parse_args(ctx, args)
        numbers = [text for at, text in enumerate(args) if is_argument(at)]
        others = [text for at, text in enumerate(args) if not is_argument(at)]
        return super().parse_args(ctx, [*others, *(["--", *numbers] if numbers else [])])
