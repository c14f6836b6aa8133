"""The colours of the pages stay apart for readers with any kind of colour blindness, in both themes.

The matrices of full deficiency, on linear RGB, are those of Machado, Oliveira and Fernandes (2009); differences are
CIE76 in Lab.
"""

import re
from itertools import combinations

import numpy as np
import pytest

from unlockstep.backtests.reports.charts.style import CYCLE, DASHES
from unlockstep.backtests.reports.html import asset

BLIND = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    "none": np.eye(3).tolist(),
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = XYZ.sum(axis=1)


def linear(color: str) -> np.ndarray:
    channels = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(color: str, blind: str) -> np.ndarray:
    seen = np.clip(np.array(BLIND[blind]) @ linear(color), 0, 1)
    ratio = XYZ @ seen / WHITE
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def palette(theme: str) -> dict[str, str]:
    css = str(asset("css/page.css"))
    (block,) = re.findall(
        r":root \{(.*?)\}" if theme == "light" else r'\[data-theme="dark"\] \{(.*?)\}', css, re.DOTALL
    )
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))


def test_the_measure_knows_colours_that_look_alike() -> None:
    red, green = "#d62728", "#2ca02c"  # a customary pair of charts
    assert np.linalg.norm(lab(red, "none") - lab(green, "none")) > 100
    assert np.linalg.norm(lab(red, "deutan") - lab(green, "deutan")) < 40
    assert lab("#ffffff", "none") == pytest.approx([100, 0, 0], abs=0.1)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("blind", BLIND)
def test_the_two_legs_and_what_stands_for_them_are_far_apart(theme: str, blind: str) -> None:
    colors = palette(theme)
    for one, other in (("crypto", "equity"), ("crypto", "ink"), ("equity", "ink")):
        assert np.linalg.norm(lab(colors[one], blind) - lab(colors[other], blind)) > 20, (one, other)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("blind", BLIND)
def test_lines_of_one_chart_differ_in_colour_and_later_ones_in_their_dashes(theme: str, blind: str) -> None:
    colors = [palette(theme)[name.removeprefix("@")] for name in CYCLE]
    apart = {pair: np.linalg.norm(lab(pair[0], blind) - lab(pair[1], blind)) for pair in combinations(colors, 2)}
    assert min(apart.values()) > 9, min(apart, key=apart.__getitem__)
    assert len(set(DASHES)) == len(DASHES) >= 4
