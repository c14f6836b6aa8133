"""The surface on the page of a sweep: what is drawn is what sweep.json holds, and sentences say what it shows."""

import gzip
import json
import re
from base64 import b64decode
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.backtests.reports import figures
from tests.backtests.sweep.build import Done, made, spaces
from unlockstep.backtests.jobs.sweep import SweepRequest
from unlockstep.backtests.reports.sweep.surface import plateau_figure, plateau_sentence, surface_figure
from unlockstep.backtests.results.model.sweep import BestRing, ChancePeaks, PlateauResult, SurfaceResult, SweepResult
from unlockstep.backtests.storage.run_folder import NOTE, PAGE, SWEEP


def drawn(sweep: Done) -> dict[str, Any]:
    page = (sweep.place / PAGE).read_text(encoding="utf-8")
    packed = re.search(r'id="figures">([^<]*)<', page)
    assert packed
    content: dict[str, Any] = json.loads(gzip.decompress(b64decode(packed[1])))
    return content


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Done:
    return made(tmp_path_factory.mktemp("surface") / "sweep")


def test_every_cell_that_is_drawn_is_the_one_of_the_file(sweep: Done) -> None:
    shown = drawn(sweep)["surface"]["spaces"]
    assert [space["space"] for space in shown] == [0]
    pairs = sweep.result.surface[0].pairs
    assert [(pair.x, pair.y) for pair in pairs] == [
        ("window", "decouple_below"), ("window", "hold"), ("decouple_below", "hold"),
    ]  # fmt: skip
    for mine, pair in zip(shown[0]["pairs"], pairs, strict=True):
        content = pair.model_dump(mode="json")
        assert {key: mine[key] for key in content} == content
    for mine, cube in zip(shown[0]["cubes"], sweep.result.surface[0].cubes, strict=True):
        assert mine["t"] == cube.model_dump(mode="json")["t"]
    assert shown[0]["axes"] == {"window": ["40", "60", "90"], "decouple_below": ["0.05", "0.15", "0.25"],
                                "hold": ["5", "20", "60"]}  # fmt: skip


def test_titles_count_the_cells_of_their_grid(sweep: Done) -> None:
    pair = sweep.result.surface[0].pairs[1]
    t = np.array(pair.median.t, dtype=float)
    t, p = t[~np.isnan(t)], [p for row in pair.median.p for p in row if p is not None]
    half = (t >= (sweep.result.luck.best_t or 0.0) / 2).mean()
    raw, left = drawn(sweep)["surface"]["spaces"][0]["pairs"][1]["titles"]["median"]
    assert raw.replace("\u00a0", " ") == (
        f"By window and hold, the median of each cell has a t of up to {t.max():+.2f}; "
        f"{100 * half:.0f} % of {len(t)} cells reach half of the best's"
    )
    assert left.startswith("Counting all 27 variants, no cell passes ")
    assert left.endswith(f"; the lowest p is {min(p):.3f}")


def test_the_page_opens_with_titles_whose_figures_are_found_in_the_file(sweep: Done) -> None:
    page = (sweep.place / PAGE).read_text(encoding="utf-8")
    places = {place for place, _, _ in figures.Shown(page).pieces if ".surface[0].pairs" in place}
    prefix = "sweep.json .surface[0].pairs[0].best."
    assert places >= {prefix + name for name in ("highest", "half", "cells", "lowest_p")}
    assert figures.unknown_figures(page, figures.read(sweep.place, SWEEP)) == []


def test_the_note_tells_plateau_against_peak(sweep: Done) -> None:
    note = (sweep.place / NOTE).read_text(encoding="utf-8")
    assert "One step from the best variant the median of " in note
    assert "## Plateau against peak" in note


def test_a_random_sweep_of_two_strategies_opens_with_the_one_that_holds_the_best(tmp_path: Path) -> None:
    grids = {
        "break_entry": {"window": [str(w) for w in range(40, 61)], "hold": ["5", "10", "20"]},
        "eth_leads": {"trend": ["10", "20"]},
    }
    requested = tuple(spaces(name, grid)[0] for name, grid in grids.items())
    two = made(tmp_path / "two", SweepRequest((requested[0].drawn(20, 1), requested[1]), workers=1))
    shown = drawn(two)["surface"]
    assert [space["strategy"] for space in shown["spaces"]] == ["break_entry", "eth_leads"]
    assert shown["first"] == two.result.best[0].space
    first, second = two.result.surface
    assert len(first.axes["window"]) <= 8  # twenty that were drawn are spread over few cells
    assert sum(n for row in first.pairs[0].variants for n in row) <= 20
    assert [pair.y for pair in second.pairs] == [None]
    assert shown["spaces"][1]["pairs"][0]["titles"]["best"][0].startswith("eth_leads by trend, t is up to ")
    page = (two.place / PAGE).read_text(encoding="utf-8")
    assert figures.unknown_figures(page, figures.read(two.place, SWEEP)) == []


def test_a_sweep_that_varies_nothing_has_no_surface(tmp_path: Path) -> None:
    one = made(tmp_path / "one", SweepRequest(spaces("eth_leads", {"trend": ["20"]}), workers=1))
    page = (one.place / PAGE).read_text(encoding="utf-8")
    assert {"surface", "surface_raw", "surface_left", "plateau"} & set(drawn(one)) == set()
    assert one.result.plateau is None
    assert "there is no surface" in page


def ring(
    steps: int, variants: int, share: float | None, null: float | None = None, flat: float | None = None
) -> BestRing:
    beside = ChancePeaks(peaks=200, kept=null, low=0.1, high=0.9, half=0.5, as_flat=flat)
    return BestRing(
        steps=steps, variants=variants, median_t=None, lowest_t=None, kept=share, lowest_kept=share, half=None,
        luck=beside,
    )  # fmt: skip


def with_plateau(sweep: Done, *rings: BestRing, best_t: float | None = 2.0) -> SweepResult:
    plateau = PlateauResult(strategy="x", peak_t=2.0, rings=rings) if rings else None
    chance = sweep.result.luck.model_copy(update={"best_t": best_t})
    return sweep.result.model_copy(update={"plateau": plateau, "luck": chance})


@pytest.mark.parametrize(
    ("rings", "sentence"),
    [
        ((ring(1, 7, 0.83, 0.72, 0.15),),
         "One step from the best variant the median of 7 neighbours keeps 83 % of its t; where chance made the peak, "
         "72 %, and as much or more round 15 % of 200 such peaks. Chance makes plateaus as flat: this one is no "
         "evidence."),
        ((ring(1, 0, None), ring(2, 1, 0.2, 0.6, 0.9)),
         "2 steps from the best variant the only neighbour keeps 20 % of its t; where chance made the peak, 60 %, and "
         "as much or more round 90 % of 200 such peaks. Most peaks that chance makes are flatter."),
        ((ring(1, 7, 0.95, 0.6, 0.01),),
         "One step from the best variant the median of 7 neighbours keeps 95 % of its t; where chance made the peak, "
         "60 %, and as much or more round 1 % of 200 such peaks. Chance seldom makes one as flat; that is no test, and "
         "the p of the whole sweep decides."),
        ((ring(1, 7, 0.95),), "One step from the best variant the median of 7 neighbours keeps 95 % of its t."),
        ((), "No variant near the best was tried, so that plateau and peak cannot be told apart."),
    ],
)  # fmt: skip
def test_the_plateau_in_a_sentence(sweep: Done, rings: tuple[BestRing, ...], sentence: str) -> None:
    assert str(plateau_sentence(with_plateau(sweep, *rings))).replace("\u00a0", " ") == sentence


@pytest.mark.parametrize("best_t", [None, -0.5])
def test_without_a_best_above_zero_there_is_no_plateau(sweep: Done, best_t: float | None) -> None:
    assert not plateau_sentence(with_plateau(sweep, best_t=best_t))


def test_the_chart_of_the_plateau_leaves_out_distances_without_a_variant(sweep: Done) -> None:
    rings = ring(1, 7, 0.8, 0.7, 0.2), ring(2, 0, None, 0.5), ring(3, 2, 0.4)
    figure = plateau_figure(with_plateau(sweep, *rings))
    assert figure is not None
    lines = {trace["name"]: (trace["x"], trace["y"]) for trace in figure["data"] if trace["name"]}
    assert lines["median neighbour of the best"] == ([0, 1, 3], [100.0, 80.0, 40.0])
    assert lines["median of chance's peaks"] == ([0, 1], [100.0, 70.0])


def test_a_sweep_without_grids_draws_none(sweep: Done) -> None:
    nothing = SurfaceResult(strategy="x", axes={}, best=None, pairs=(), cubes=())
    assert surface_figure(sweep.result.model_copy(update={"surface": (nothing,)})) is None
