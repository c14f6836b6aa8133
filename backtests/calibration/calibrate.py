"""Thousands of worlds, side by side, resumed where they were cut; rates and their errors.

Every world is drawn from its seed, kind, number and length alone, so that the same worlds come whatever the number of
workers. A world that has been judged is a line of `worlds.jsonl`; a calibration that was cut reads them and goes on.
"""

import hashlib
import json
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import beta

import signals
import strategies
from backtests import calibration, engine, experiment, judgement, out_of_sample, results
from backtests.calibration.families import FAMILIES, SESSIONS
from backtests.calibration.trial import Task, judge_world
from backtests.calibration.worlds import KINDS, history_of
from backtests.provenance import environment
from backtests.results.verdict import Rule
from backtests.store.folder import as_json
from signals.errors import ParameterError, RunError, unknown_name
from signals.market import Market

WORLDS, SUMMARY = "worlds.jsonl", "calibration.json"
EFFECTS = (0.5, 0.8, 1.0, 1.5)
"""Planted timing information ratios, annual."""

Advance = Callable[[int, int], None]


def unseen(done: int, of: int) -> None:
    """An advance that shows nothing."""


@dataclass(frozen=True)
class Calibration:
    """What to calibrate: kinds and families by name, worlds of each, effects planted in every second one, the seed."""

    kinds: tuple[str, ...] = tuple(KINDS)
    families: tuple[str, ...] = tuple(FAMILIES)
    worlds: int = 500
    effects: tuple[float, ...] = EFFECTS
    seed: int = 7

    def __post_init__(self) -> None:
        for name in ("kinds", "families", "effects"):  # a world counts once, however often it is asked for
            object.__setattr__(self, name, tuple(dict.fromkeys(getattr(self, name))))
        for what, names, known in (("kind of world", self.kinds, KINDS), ("family", self.families, FAMILIES)):
            for name in names:
                if name not in known:
                    raise unknown_name(what, name, known)
        if self.worlds < 1:
            raise ParameterError(f"At least 1 world of each kind is needed; got {self.worlds}.")
        for effect in self.effects:
            if not 0 < effect <= 10:
                raise ParameterError(f"A planted ratio must lie between 0 and 10 a year; got {effect:g}.")

    def tasks(self) -> list[Task]:
        """Every world of every kind, for every family; kinds and families alternate, so that a cut leaves all begun."""
        return [
            Task(kind, family, world, self.seed)
            for world in range(self.worlds)
            for kind in self.kinds
            for family in self.families
        ]


def calibrate(asked: Calibration, market: Market, out: Path, *, jobs: int, advance: Advance = unseen) -> dict[str, Any]:
    """Judge all worlds that are not judged yet, on `jobs` processes, and write and return the summary.

    market: the prices that the kinds `flipped` and `resampled` are made from. out: new, or a calibration of the same
    prices, effects and seed, whose worlds count.
    Raises RunError where `out` holds anything else, ParameterError for no processes.
    """
    if jobs == 0:
        raise ParameterError("At least one process is needed; give --jobs 1 or more, or -1 for one a core.")
    from joblib import Parallel, delayed

    about = {
        "prices": {"pair": market.tickers, "source": market.source, "sha256": market.sha256},
        "effects": asked.effects,
        "seed": asked.seed,
        "sessions": SESSIONS,
        "design": _design(),
        "rule": asdict(Rule()),
        "unlockstep": environment()["unlockstep"],
    }
    judged = _resume(out, about)
    tasks = asked.tasks()
    left = [task for task in tasks if _key(task) not in judged]
    history, done = history_of(market), len(tasks) - len(left)
    work = (delayed(judge_world)(task, FAMILIES[task.family], history, asked.effects) for task in left)
    advance(done, len(tasks))
    with _written(out / WORLDS) as write, warnings.catch_warnings():
        # joblib replaces a worker whose memory has grown and says so; its tasks are not lost
        warnings.filterwarnings("ignore", message="A worker stopped while some jobs")
        for records in Parallel(n_jobs=jobs, return_as="generator_unordered")(work):
            key = _key(Task(**{name: records[0][name] for name in ("kind", "family", "world")}, seed=asked.seed))
            judged[key] = records
            write(records)
            done += 1
            advance(done, len(tasks))
    records = [record for task in tasks for record in judged[_key(task)]]
    summary = {**about, "worlds": asked.worlds, "rates": rates(records), "gates": gate_rates(records)}
    (out / SUMMARY).write_text(as_json(summary), encoding="utf-8")
    return summary


def _design() -> str:
    """Fingerprint of the code that makes worlds, decides in them and judges them."""
    packages = (signals, strategies, results, calibration)
    places = [Path(package.__path__[0]) for package in packages]
    files = [file for place in places for file in sorted(place.glob("*.py"))]
    files += [Path(module.__file__ or "") for module in (engine, experiment, judgement, out_of_sample)]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def _key(task: Task) -> tuple[str, str, int]:
    return task.kind, task.family, task.world


def _resume(out: Path, about: dict[str, Any]) -> dict[tuple[str, str, int], list[dict[str, Any]]]:
    """The worlds judged already; writes what they are about into a new folder."""
    place, said = out / "about.json", as_json(about)
    if not out.exists():
        out.mkdir(parents=True)
        place.write_text(said, encoding="utf-8")
        return {}
    if not place.is_file():
        raise RunError(f"'{out}' exists and holds no calibration; choose another folder with --out.")
    if place.read_text(encoding="utf-8") != said:
        raise RunError(
            f"'{out}' holds a calibration of other prices, effects, seed, worlds or version; "
            "choose another folder with --out."
        )
    judged = {}
    for line in (out / WORLDS).read_text(encoding="utf-8").splitlines() if (out / WORLDS).exists() else ():
        try:
            records = json.loads(line)
        except ValueError:
            continue  # the line that was being written when the calibration was cut
        judged[records[0]["kind"], records[0]["family"], records[0]["world"]] = records
    return judged


@contextmanager
def _written(path: Path) -> Iterator[Callable[[list[dict[str, Any]]], None]]:
    """A function that appends one world's records to the file, at once."""
    with path.open("a", encoding="utf-8") as file:
        if file.tell():
            file.write("\n")  # ends a line that was cut

        def write(records: list[dict[str, Any]]) -> None:
            file.write(json.dumps(records) + "\n")
            file.flush()

        yield write


@dataclass(frozen=True)
class Rate:
    """A share of worlds with its exact 95 % binomial interval (Clopper and Pearson 1934)."""

    share: float
    low: float
    high: float

    @classmethod
    def of(cls, hits: int, worlds: int) -> "Rate":
        """The share `hits` of `worlds`."""
        low = float(beta.ppf(0.025, hits, worlds - hits + 1)) if hits else 0.0
        high = float(beta.ppf(0.975, hits + 1, worlds - hits)) if hits < worlds else 1.0
        return cls(hits / worlds, low, high)


MEASURED: dict[str, Callable[[dict[str, Any]], bool]] = {
    "edge": lambda r: r["decision"] == "edge",
    "no_edge": lambda r: r["decision"] == "no edge",
    "cannot_tell": lambda r: r["decision"] == "cannot tell",
    "refused": lambda r: r["decision"] == "refused",
    "timing_test": lambda r: r["nominal"],
    "chosen_edge": lambda r: r["chosen"] == "edge",
    "chosen_no_edge": lambda r: r["chosen"] == "no edge",
    "chosen_timing_test": lambda r: r["chosen_nominal"],
    "bound_missed": lambda r: r["bound_missed"],
    "naive_sharpe": lambda r: r["sharpe"],
    "naive_psr": lambda r: r["psr"],
    "naive_dsr": lambda r: r["dsr"],
}
"""Rate → whether a world counts. `chosen` is the variant in which an edge is planted, if one is."""


def _groups(records: Sequence[dict[str, Any]]) -> dict[tuple[str, str, float], list[dict[str, Any]]]:
    groups: dict[tuple[str, str, float], list[dict[str, Any]]] = {}
    for record in records:
        groups.setdefault((record["kind"], record["family"], record["planted"]), []).append(record)
    return groups


def rates(records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One entry for each kind, family and effect: every rate with its interval, and the median detectable ratio."""
    found = []
    for (kind, family, planted), group in _groups(records).items():
        reach = [r["detectable"] for r in group if r["detectable"] is not None]
        found.append(
            {
                "kind": kind,
                "family": family,
                "planted": planted,
                "worlds": len(group),
                **{name: asdict(Rate.of(sum(map(counts, group)), len(group))) for name, counts in MEASURED.items()},
                "detectable": float(np.median(reach)) if reach else None,
            }
        )
    return found


def gate_rates(records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One entry for each kind, family and effect: edge by the timing test alone, with each gate, and with all.

    "nominal" is the timing test at 5 %, "at_alpha" at the study's adjusted p.
    """
    names = list(dict.fromkeys(name for record in records for name in record["with_gate"]))
    return [
        {
            "kind": kind,
            "family": family,
            "planted": planted,
            "worlds": len(group),
            "nominal": float(np.mean([r["nominal"] for r in group])),
            "at_alpha": float(np.mean([r["timed"] for r in group])),
            **{name: float(np.mean([r["with_gate"].get(name, False) for r in group])) for name in names},
            "all": float(np.mean([r["decision"] == "edge" for r in group])),
        }
        for (kind, family, planted), group in _groups(records).items()
    ]
