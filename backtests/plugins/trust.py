"""Whether the code that a study names may run.

A study is data, but it names files of Python, and to know their strategies they are executed. A study that somebody
else sent, or a run's folder that was copied, must not run code by being read: its files are read and fingerprinted, and
executed only where their fingerprint is trusted.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from unlockstep.backtests.plugins.error_attribution import shown
from unlockstep.backtests.plugins.file_loader import absolute, fingerprint
from unlockstep.backtests.plugins.local_imports import read
from unlockstep.signals.errors import TrustError

Trust = bool | Callable[[str], bool]
"""Whether all may run or nothing, or, for the fingerprint of a file and of those beside it that it imports (see
`UserFile.sha256`), whether that file may."""


def trusted_files(files: Mapping[str, str], trust: Trust, *, study: Path) -> dict[str, str]:
    """The files of a study, path → sha256, pinned as they are now; nothing is executed.

    One whose content is another than its pin keeps the pin: `file_loader.load` refuses it.
    study: where the files are named. Raises TrustError, which lists all that would run, where a file is not trusted,
    and StudyError where one cannot be read.
    """
    if trust is True or not files:
        return dict(files)
    texts = {path: read(absolute(path)) for path in files}
    current = {path: fingerprint(each) for path, each in texts.items()}
    unknown = [
        path for path, pin in files.items() if pin in ("", current[path]) and not (trust and trust(current[path]))
    ]
    if not unknown:
        return {path: pin or current[path] for path, pin in files.items()}
    named = {absolute(path): current[path] for path in unknown}
    would_run = list(dict.fromkeys(file for path in unknown for file in texts[path]))
    listed = ", ".join(f"'{shown(file)}' (SHA-256 {sha256[:12]})" for file, sha256 in named.items())
    beside = [f"'{shown(file)}'" for file in would_run if file not in named]
    imported = f", and what it imports: {', '.join(beside)}" if beside else ""
    raise TrustError(
        f"{study.name} would run code that no run in the ledger has used: {listed}{imported}. Nothing of it was run",
        name=str(next(iter(named))),
        choices=map(str, would_run),
        remedy="Read the code, and run it with --trust (trust=True in Python)",
    )
