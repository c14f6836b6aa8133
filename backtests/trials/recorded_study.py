"""The studies that the ledger knows, and whether the study of a run folder is one of them.

A folder can be edited: parameters in study.toml and result.json alike. What the ledger kept when the study ran cannot
be edited with them. The hash of its study.toml tells a study again; where no study has the folder's, the net returns of
the folder's variants tell whose they are, and the texts of both say what was changed.
"""

import sqlite3
import tomllib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class RecordedStudy:
    """A study as the ledger kept it when it ran.

    sha256: hash of its study.toml.  at: day of its first evaluation.  toml: its text, None where only the hash was
    kept.  variants: full names of its trials.  primary: the one named beforehand, if any.  sketches: those of the
    trials' net returns.
    """

    sha256: str
    at: str
    toml: str | None
    variants: tuple[str, ...]
    primary: str | None
    sketches: frozenset[bytes]


def recorded_studies(connection: sqlite3.Connection) -> list[RecordedStudy]:
    """Every study that ran, the earliest first; unsealings and sweeps are none."""
    texts = dict(connection.execute("SELECT sha256, toml FROM study_text")) if _has_texts(connection) else {}
    rows = connection.execute(
        """SELECT study.sha256, evaluation.first_at, variant, sketch, named FROM evaluation
        JOIN trial ON trial.id = evaluation.trial JOIN study ON study.id = evaluation.study
        WHERE trial.variants = 1 AND study.id NOT IN (SELECT study FROM look)
        ORDER BY evaluation.first_at, evaluation.trial""",
    ).fetchall()
    by_study: dict[str, list[tuple[str, str, bytes, int]]] = {}
    for sha256, at, variant, sketch, named in rows:
        by_study.setdefault(sha256, []).append((at, variant, sketch, named))
    return [_study(sha256, texts.get(sha256), trials) for sha256, trials in by_study.items()]


def ran(connection: sqlite3.Connection, sha256: str) -> bool:
    """Whether code of this fingerprint made a recorded trial, or belongs to a recorded study."""
    if connection.execute("SELECT 1 FROM trial WHERE file = ? LIMIT 1", (sha256,)).fetchone():
        return True
    if not _has_texts(connection):
        return False
    rows = connection.execute("SELECT toml FROM study_text WHERE instr(toml, ?)", (sha256,))
    return any(sha256 in tomllib.loads(toml).get("files", {}).values() for (toml,) in rows)


def _has_texts(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'study_text'").fetchone())


def _study(sha256: str, toml: str | None, trials: Sequence[tuple[str, str, bytes, int]]) -> RecordedStudy:
    return RecordedStudy(
        sha256=sha256,
        at=trials[0][0][:10],
        toml=toml,
        variants=tuple(dict.fromkeys(variant for _, variant, _, _ in trials)),
        primary=next((variant for _, variant, _, named in trials if named), None),
        sketches=frozenset(sketch for _, _, sketch, _ in trials),
    )


def made_by(sketches: Collection[bytes], studies: Iterable[RecordedStudy]) -> RecordedStudy | None:
    """The first study whose trials have exactly these net returns; None where there is none."""
    return next((study for study in studies if study.sketches == frozenset(sketches)), None)


def differences(recorded: RecordedStudy, entry: dict[str, Any], variants: Sequence[str], primary: str | None) -> str:
    """What a study has otherwise than the one recorded, in words: "costs.fee_bps is 0 where the ledger has 10".

    entry: the study as JSON has it.  variants, primary: the full names of its candidates, and of its primary.
    """
    words = []
    ours, theirs = set(variants), set(recorded.variants)
    if ours != theirs:
        words.append(f"it holds {_listed(ours - theirs)} where the ledger has {_listed(theirs - ours)}")
    if primary != recorded.primary:
        words.append(f"its primary is {primary or 'none'} where the ledger has {recorded.primary or 'none'}")
    if recorded.toml is not None:
        terms = _flat(tomllib.loads(recorded.toml))
        changed = _flat(entry)
        words += [
            f"{key} is {changed.get(key, 'not set')} where the ledger has {terms.get(key, 'none')}"
            for key in sorted(changed.keys() | terms.keys())
            if key not in {"variants", "primary"} and str(changed.get(key)) != str(terms.get(key))
        ]
    return "; ".join(words) or "a threshold, the seal, the seed or the period differs, of which the ledger kept no text"


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"


def _flat(entry: dict[str, Any], before: str = "") -> dict[str, Any]:
    """Nested tables as one, their keys joined by dots."""
    flat: dict[str, Any] = {}
    for key, value in entry.items():
        flat |= _flat(value, f"{before}{key}.") if isinstance(value, dict) else {before + key: value}
    return flat
