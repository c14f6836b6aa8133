// Charts: figures in the colours of the theme, their keys, their scale.
let figures = null;
const plots = new Map();
const whenDrawn = []; // what a page's own scripts do once figures and plots are there

const NAMES = ["paper", "ink", "muted", "grid", "zero", "crypto", "equity", "green", "orange", "sky", "pink", "band", "fan", "stamp"];
const COLORS = new Set(["color", "gridcolor", "zerolinecolor", "linecolor", "tickcolor", "fillcolor", "bgcolor", "bordercolor", "colorscale"]);

const palette = () => {
  const style = getComputedStyle(root);
  return Object.fromEntries(NAMES.map((name) => ["@" + name, style.getPropertyValue("--" + name).trim()]));
};

const themed = (node, colors, key = "") => {
  if (Array.isArray(node)) return key === "x" || key === "y" ? node : node.map((item) => themed(item, colors, key));
  if (node && typeof node === "object") return Object.fromEntries(Object.entries(node).map(([k, v]) => [k, themed(v, colors, k)]));
  if (typeof node !== "string") return node;
  if (COLORS.has(key) && node in colors) return colors[node];
  if (key === "x" && node[0] === "#") return figures.dates[node.slice(1)];
  return node;
};

// What is not shown is not given to plotly at all: two hundred accounts cost nothing until one is asked for.
const drawn = (plot) => {
  const series = plot.figure.series || [];
  const standsOut = series.filter((one) => one.variant && picked.has(one.variant));
  const hidden = new Set(series.filter((one) => !one.shown && !standsOut.includes(one)).flatMap((one) => one.traces));
  const faint = new Set(standsOut.length ? series.filter((one) => one.variant && !standsOut.includes(one)).flatMap((one) => one.traces) : []);
  const order = (i) => Number(standsOut.some((one) => one.traces.includes(i)));
  return plot.figure.data
    .map((trace, i) => ({ trace, i }))
    .filter(({ i }) => !hidden.has(i))
    .sort((a, b) => order(a.i) - order(b.i))
    .map(({ trace, i }) => {
      if (faint.has(i)) return { ...trace, opacity: 0.25 };
      const of = standsOut.find((one) => one.traces.includes(i));
      return of ? { ...trace, line: { color: "@" + pickColor(of.variant), dash: "solid", width: 3 } } : trace;
    });
};

const draw = (plot) => {
  const colors = palette();
  const layout = themed(plot.figure.layout, colors);
  layout.dragmode = coarse ? false : "zoom";
  layout.autosize = true;
  layout.modebar = { bgcolor: "rgba(0,0,0,0)", color: colors["@zero"], activecolor: colors["@ink"] };
  if (narrow.matches) for (const axis of ["yaxis", "yaxis2"]) if (layout[axis]) layout[axis].nticks = 5;
  const data = themed(drawn(plot), colors);
  if (narrow.matches) for (const note of layout.annotations) note.font.size = Math.min(note.font.size, 18);
  if (narrow.matches) for (const trace of data) if (trace.textfont) trace.textfont.size = 9;
  return Plotly.react(plot.place, data, layout,
    { displaylogo: false, responsive: true, displayModeBar: coarse ? false : "hover",
      modeBarButtons: [["toImage", "zoomIn2d", "zoomOut2d", "resetScale2d"]] });
};

const redraw = () => plots.forEach(draw);

const DASHES = { solid: "", dash: "7 4", dot: "2 3", dashdot: "7 3 2 3" };
const sample = (series) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("width", "26"); svg.setAttribute("height", "10"); svg.setAttribute("aria-hidden", "true");
  const name = "var(--" + series.color.slice(1) + ")";
  const mark = document.createElementNS("http://www.w3.org/2000/svg", series.mark ? "path" : "line");
  const attributes = series.mark
    ? { d: series.mark === "◆" ? "M13 0 L18 5 L13 10 L8 5 Z" : "M7 1 L19 1 L13 9 Z", fill: name }
    : { x1: 0, x2: 26, y1: 5, y2: 5, stroke: name, "stroke-width": series.width, "stroke-dasharray": DASHES[series.dash] };
  for (const [key, value] of Object.entries(attributes)) mark.setAttribute(key, value);
  svg.append(mark);
  return svg;
};

const show = (plot, series, shown) => {
  series.shown = shown;
  series.key.setAttribute("aria-pressed", String(shown));
  return draw(plot);
};

// The picked rows' lines appear, and their keys with them.
document.addEventListener("picked", () => {
  for (const plot of plots.values()) {
    const known = (plot.figure.series || []).filter((one) => one.variant);
    if (!known.length) continue;
    for (const one of known) {
      const on = picked.has(one.variant);
      one.key.hidden = !one.listed && !on && !one.shown;
      one.key.classList.toggle("picked", on);
      one.key.firstChild.replaceWith(sample(on ? { ...one, color: "@" + pickColor(one.variant), dash: "solid", width: 3 } : one));
    }
    draw(plot);
  }
});

const makeKeys = (plot) => {
  const keys = plot.place.parentNode.querySelector(".keys");
  if (!keys) return;
  let group = "";
  for (const series of plot.figure.series) {
    if (series.group !== group) {
      group = series.group;
      keys.append(element("span", { class: "group" }, group));
    }
    series.key = element("button", { type: "button", class: "key", "aria-pressed": String(series.shown) }, sample(series), series.name);
    series.key.hidden = series.listed === false && !series.shown;
    series.key.addEventListener("click", () => show(plot, series, !series.shown));
    keys.append(series.key);
  }
};

const SCALES = {
  log: { type: "log", dtick: "D2", text: "Growth of 1, net (log scale)" },
  linear: { type: "linear", dtick: null, text: "Growth of 1, net" },
};
const makeScale = (plot) => {
  const buttons = plot.place.parentNode.querySelectorAll("[data-scale]");
  for (const button of buttons) {
    button.addEventListener("click", () => {
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
      const { type, dtick, text } = SCALES[button.dataset.scale];
      const axis = plot.figure.layout.yaxis;
      plot.figure.layout.yaxis = { ...axis, type, dtick, title: { ...axis.title, text } };
      Plotly.relayout(plot.place, { "yaxis.type": type, "yaxis.dtick": dtick, "yaxis.title.text": text, "yaxis.autorange": true });
    });
  }
};

// Growth of 1 from steps of its logarithm, see `lines.log_steps`.
const grown = (steps) => {
  let level = 0;
  return steps.map((step) => (step === null ? null : Math.exp((level += step) / 1e4)));
};

// The fall from the highest value so far, the start included, in percent.
const fall = (growth) => {
  let peak = 1;
  return growth.map((x) => (x === null ? null : 100 * (x / (peak = Math.max(peak, x)) - 1)));
};

// plotly adds a style sheet for maps, unless an element has its name already; these pages hold no map, and their policy no such sheet.
const styledAlready = (code) => [...code.matchAll(/getElementById\("([0-9a-f]{64})"\)/g)].map(([, id]) => element("meta", { id }));

const makePlots = async () => {
  const [code, data] = await Promise.all([unpacked("plotly"), unpacked("figures")]);
  document.head.append(...styledAlready(code), element("script", {}, code));
  figures = JSON.parse(data);
  for (const place of document.querySelectorAll(".plot[data-figure]")) {
    const plot = { place, figure: figures[place.dataset.figure] };
    for (const trace of plot.figure.data) {
      if ("logSteps" in trace) trace.y = grown(trace.logSteps);
      if ("fallOf" in trace) trace.y = fall(plot.figure.data[trace.fallOf].y);
    }
    plots.set(place.dataset.figure, plot);
    makeKeys(plot);
    makeScale(plot);
    await draw(plot);
  }
  for (const then of whenDrawn) then();
};
