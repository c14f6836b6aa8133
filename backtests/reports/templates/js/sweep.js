// The surface: grids of any two parameters, raw and deflated; every pair in small; one pair by the values of a third.
const STEPS_OF_P = [0.5, 0.2]; // above the first nothing is left; the error rate is the last step
const FEW_CELLS = 130;
const chosenGrid = { space: 0, x: "", y: "", view: "best", z: "" };
const byId = (id) => document.getElementById(id);
const shownNumber = (x, digits, sign = "") => (x < 0 ? "\u2212" : sign) + Math.abs(x).toFixed(digits);
const plainText = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
const transposed = (grid) => grid[0].map((_, i) => grid.map((row) => row[i]));

const spaceShown = () => figures.surface.spaces[chosenGrid.space];
const pairOf = (space, x, y) => space.pairs.findIndex((pair) => !pair.y || (pair.x === x && pair.y === y) || (pair.x === y && pair.y === x));

// The grid of a pair, a row a value of y, and where each of its cells stands in sweep.json.
const gridOf = (space, x, y, view) => {
  const i = pairOf(space, x, y), pair = space.pairs[i];
  const turned = pair.x !== x, turn = turned ? transposed : (grid) => grid;
  const place = `sweep.json .surface[${space.space}].pairs[${i}].${view}`;
  return {
    pair, t: turn(pair[view].t), p: turn(pair[view].p), variants: turn(pair.variants), at: turned ? [...pair.best_at].reverse() : pair.best_at,
    place: (row, column) => place + (turned ? `.t[${column}][${row}]` : `.t[${row}][${column}]`),
    across: space.axes[x], upwards: y ? space.axes[y] : [""],
  };
};

const stepOf = (p) => (p === null ? null : [...STEPS_OF_P, figures.surface.alpha].filter((limit) => p <= limit).length);

const drawGrid = (name, grid, x, y, z, look, written) => {
  const plot = plots.get(name), { across, upwards } = grid;
  const told = grid.t.map((row, j) => row.map((t, i) => (t === null ? "" :
    `${x} ${plainText(across[i])}${y ? `, ${y} ${plainText(upwards[j])}` : ""}<br>t ${shownNumber(t, 3, "+")}, all variants counted p ${shownNumber(grid.p[j][i], 3)}` +
    `<br>${grid.variants[j][i]} variant${grid.variants[j][i] === 1 ? "" : "s"} of the cell<br>${grid.place(j, i)}`)));
  const few = across.length * upwards.length <= FEW_CELLS && across.length <= (narrow.matches ? 5 : 12);
  const ring = (width, color) => ({
    type: "scatter", mode: "markers", x: [plainText(across[grid.at[0]])], y: [plainText(upwards[grid.at[1]])], hoverinfo: "skip",
    marker: { symbol: few ? "square-open" : "circle-open", size: few ? 34 : 15, color, line: { width, color } },
  });
  plot.figure.data = [
    { type: "heatmap", x: across.map(plainText), y: upwards.map(plainText), z, ...look, showscale: false, xgap: 1, ygap: 1, hovertext: told,
      hovertemplate: "%{hovertext}<extra></extra>", hoverongaps: false,
      ...(few ? { text: written, texttemplate: "%{text}", textfont: { size: 12 } } : {}) },
    ring(5, "@paper"), ring(2, "@ink"),
  ];
  for (const [axis, title, labels] of [["xaxis", x, across], ["yaxis", y, upwards]]) {
    const old = plot.figure.layout[axis];
    plot.figure.layout[axis] = { ...old, title: { ...old.title, text: title }, range: [-0.5, labels.length - 0.5], visible: Boolean(title) };
  }
  plot.place.classList.toggle("strip", !y);
  return draw(plot);
};

// Colours of a small grid: the theme's, mixed as plotly mixes them.
const channels = (color) => [1, 3, 5].map((i) => parseInt(color.slice(i, i + 2), 16));
const paint = (canvas, t, at, limit) => {
  const colors = palette(), of = (name) => channels(colors[name]);
  const [low, middle, high, ink] = ["@equity", "@grid", "@crypto", "@ink"].map(of);
  canvas.width = t[0].length; canvas.height = t.length;
  const image = new ImageData(canvas.width, canvas.height);
  t.forEach((row, j) => row.forEach((value, i) => {
    if (value === null) return;
    const end = value < 0 ? low : high, share = Math.min(1, Math.abs(value) / limit);
    const best = at && at[0] === i && at[1] === j;
    const color = best ? ink : middle.map((from, k) => from + share * (end[k] - from));
    image.data.set([...color, 255], 4 * ((t.length - 1 - j) * canvas.width + i));
  }));
  canvas.getContext("2d").putImageData(image, 0, 0);
};

const showPairs = (space) => {
  byId("every-pair").hidden = space.pairs.length < 2;
  byId("pairs-view").textContent = figures.surface.views[chosenGrid.view];
  byId("pairs").replaceChildren(...space.pairs.map((pair) => {
    const canvas = element("canvas", { "aria-hidden": "true" });
    const on = [chosenGrid.x, chosenGrid.y].includes(pair.x) && [chosenGrid.x, chosenGrid.y].includes(pair.y);
    const button = element("button", { type: "button", "aria-pressed": String(on) }, canvas, `${pair.x} across, ${pair.y} upwards`);
    paint(canvas, pair[chosenGrid.view].t, pair.best_at, space.limit);
    button.addEventListener("click", () => {
      const place = space.pairs.indexOf(pair);
      Object.assign(chosenGrid, { x: pair.x, y: pair.y });
      showGrids();
      byId("pairs").children[place].focus({ preventScroll: true });
    });
    return button;
  }));
};

// The best over all other parameters: the cube of the three, cut at each value of the third.
const showThirds = (space) => {
  const others = Object.keys(space.axes).filter((name) => name !== chosenGrid.x && name !== chosenGrid.y);
  byId("by-third").hidden = !space.cubes.length || !others.length;
  if (byId("by-third").hidden) return;
  if (!others.includes(chosenGrid.z)) chosenGrid.z = others[0];
  const { x, y, z } = chosenGrid, box = byId("grid-z");
  box.replaceChildren(...others.map((name) => new Option(name, name)));
  box.value = z;
  const cube = space.cubes.find((one) => [x, y, z].every((name) => one.of.includes(name)));
  const labels = (name) => cube.axes[cube.of.indexOf(name)];
  const at = (i, j, k) => cube.of.reduce((inner, name) => inner[name === x ? i : name === y ? j : k], cube.t);
  byId("thirds").replaceChildren(...labels(z).map((label, k) => {
    const t = labels(y).map((_, j) => labels(x).map((__, i) => at(i, j, k)));
    const known = t.flat().filter((value) => value !== null);
    const canvas = element("canvas", { "aria-hidden": "true" });
    const best = cube.best_at[cube.of.indexOf(z)] === k ? [x, y].map((name) => cube.best_at[cube.of.indexOf(name)]) : null;
    paint(canvas, t, best, space.limit);
    return element("figure", {}, canvas, `${z} ${label}: ${known.length ? `t up to ${shownNumber(Math.max(...known), 2, "+")}` : "no variant"}`);
  }));
};

const showGrids = () => {
  const space = spaceShown(), { x, y, view } = chosenGrid;
  const grid = gridOf(space, x, y, view);
  grid.pair.titles[view].forEach((title, i) => {
    const heading = byId(i ? "title-surface_left" : "title-surface_raw");
    if (heading.textContent !== title) heading.textContent = title; // the first one keeps its numbers' places
  });
  byId("grid-x").value = x; byId("grid-y").value = y; byId("grid-view").value = view;
  byId("scale-low").textContent = shownNumber(-space.limit, 2); byId("scale-high").textContent = shownNumber(space.limit, 2, "+");
  drawGrid("surface_raw", grid, x, y, grid.t, { zmin: -space.limit, zmax: space.limit, colorscale: [[0, "@equity"], [0.5, "@grid"], [1, "@crypto"]] },
    grid.t.map((row) => row.map((t) => (t === null ? "" : shownNumber(t, 2, "+")))));
  drawGrid("surface_left", grid, x, y, grid.p.map((row) => row.map(stepOf)), { zmin: 0, zmax: 3, colorscale: [[0, "@grid"], [1, "@green"]] },
    grid.p.map((row) => row.map((p) => (p === null ? "" : shownNumber(p, 2)))));
  showPairs(space);
  showThirds(space);
};

const openSpace = (number) => {
  const space = figures.surface.spaces[number], names = Object.keys(space.axes), first = space.pairs[space.first];
  Object.assign(chosenGrid, { space: number, x: first.x, y: first.y || "", view: space.views[0] });
  for (const id of ["grid-x", "grid-y"]) byId(id).replaceChildren(...names.map((name) => new Option(name, name)));
  byId("grid-y").closest("label").hidden = names.length < 2;
  byId("grid-view").replaceChildren(...space.views.map((view) => new Option(figures.surface.views[view], view)));
  byId("grid-view").closest("label").hidden = space.views.length < 2;
  showGrids();
};

const makeSurface = () => {
  if (!figures.surface) return;
  const spaces = figures.surface.spaces;
  byId("grid-space").replaceChildren(...spaces.map((space, i) => new Option(space.strategy, i)));
  byId("grid-space").closest("label").hidden = spaces.length < 2;
  byId("grid-space").addEventListener("change", (event) => openSpace(Number(event.target.value)));
  for (const [one, other] of [["x", "y"], ["y", "x"]]) {
    byId(`grid-${one}`).addEventListener("change", (event) => {
      if (chosenGrid[other] === event.target.value) chosenGrid[other] = chosenGrid[one]; // the two change places
      chosenGrid[one] = event.target.value;
      showGrids();
    });
  }
  for (const what of ["view", "z"]) byId(`grid-${what}`).addEventListener("change", (event) => { chosenGrid[what] = event.target.value; showGrids(); });
  new MutationObserver(() => { showPairs(spaceShown()); showThirds(spaceShown()); }).observe(root, { attributeFilter: ["data-theme"] });
  byId("grid-space").value = figures.surface.first;
  openSpace(figures.surface.first);
};
whenDrawn.push(makeSurface);
