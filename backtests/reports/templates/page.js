"use strict";
(() => {
  const root = document.documentElement;
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const names = ["paper", "ink", "muted", "grid", "zero", "crypto", "equity", "green", "orange", "sky", "pink", "band", "fan", "stamp"];
  const coarse = matchMedia("(pointer: coarse)").matches;
  const quiet = matchMedia("(max-width: 720px)");
  const plots = new Map();

  const palette = () => {
    const style = getComputedStyle(root);
    return Object.fromEntries(names.map((name) => ["@" + name, style.getPropertyValue("--" + name).trim()]));
  };

  const COLORS = new Set(["color", "gridcolor", "zerolinecolor", "linecolor", "tickcolor", "fillcolor", "bgcolor", "bordercolor"]);
  const themed = (node, colors, key = "") => {
    if (Array.isArray(node)) return key === "x" || key === "y" ? node : node.map((item) => themed(item, colors, key));
    if (node && typeof node === "object") return Object.fromEntries(Object.entries(node).map(([k, v]) => [k, themed(v, colors, k)]));
    if (typeof node !== "string") return node;
    if (COLORS.has(key) && node in colors) return colors[node];
    if (key === "x" && node[0] === "#") return figures.dates[node.slice(1)];
    return node;
  };

  const draw = (plot) => {
    const colors = palette();
    const layout = themed(plot.figure.layout, colors);
    layout.dragmode = coarse ? false : "zoom";
    layout.autosize = true;
    layout.modebar = { bgcolor: "rgba(0,0,0,0)", color: colors["@zero"], activecolor: colors["@ink"] };
    if (quiet.matches) for (const axis of ["yaxis", "yaxis2"]) if (layout[axis]) layout[axis].nticks = 5;
    const data = themed(plot.figure.data, colors);
    if (quiet.matches) for (const note of layout.annotations) note.font.size = Math.min(note.font.size, 18);
    if (quiet.matches) for (const trace of data) if (trace.textfont) trace.textfont.size = 9;
    return Plotly.react(plot.place, data, layout,
      { displaylogo: false, responsive: true, displayModeBar: coarse ? false : "hover",
        modeBarButtons: [["toImage", "zoomIn2d", "zoomOut2d", "resetScale2d"]] });
  };

  const scales = {
    log: { type: "log", dtick: "D2", text: "Growth of 1, net (log scale)" },
    linear: { type: "linear", dtick: null, text: "Growth of 1, net" },
  };

  const sample = (series) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("width", "26"); svg.setAttribute("height", "10"); svg.setAttribute("aria-hidden", "true");
    const name = "var(--" + series.color.slice(1) + ")";
    const mark = document.createElementNS("http://www.w3.org/2000/svg", series.mark ? "path" : "line");
    const attributes = series.mark
      ? { d: series.mark === "◆" ? "M13 0 L18 5 L13 10 L8 5 Z" : "M7 1 L19 1 L13 9 Z", fill: name }
      : { x1: 0, x2: 26, y1: 5, y2: 5, stroke: name, "stroke-width": series.width,
          "stroke-dasharray": { solid: "", dash: "7 4", dot: "2 3", dashdot: "7 3 2 3" }[series.dash] };
    for (const [key, value] of Object.entries(attributes)) mark.setAttribute(key, value);
    svg.append(mark);
    return svg;
  };

  const makeKeys = (plot) => {
    const keys = plot.place.parentNode.querySelector(".keys");
    if (!keys) return;
    let group = "";
    for (const series of plot.figure.series) {
      if (series.group !== group) {
        group = series.group;
        const heading = document.createElement("span");
        heading.className = "group"; heading.textContent = group;
        keys.append(heading);
      }
      const key = document.createElement("button");
      key.type = "button"; key.className = "key"; key.setAttribute("aria-pressed", String(series.shown));
      key.append(sample(series), series.name);
      key.addEventListener("click", () => {
        series.shown = !series.shown;
        key.setAttribute("aria-pressed", String(series.shown));
        for (const trace of series.traces) plot.figure.data[trace].visible = series.shown;
        Plotly.restyle(plot.place, { visible: series.shown }, series.traces);
      });
      keys.append(key);
    }
  };

  const makePlots = () => {
    for (const place of document.querySelectorAll(".plot[data-figure]")) {
      const figure = figures[place.dataset.figure];
      const plot = { place, figure };
      plots.set(place.dataset.figure, plot);
      makeKeys(plot);
      draw(plot);
      for (const button of place.parentNode.querySelectorAll("[data-scale]")) {
        button.addEventListener("click", () => {
          for (const other of place.parentNode.querySelectorAll("[data-scale]")) other.setAttribute("aria-pressed", String(other === button));
          const { type, dtick, text } = scales[button.dataset.scale];
          const axis = plot.figure.layout.yaxis;
          plot.figure.layout.yaxis = { ...axis, type, dtick, title: { ...axis.title, text } };
          Plotly.relayout(place, { "yaxis.type": type, "yaxis.dtick": dtick, "yaxis.title.text": text, "yaxis.autorange": true });
        });
      }
    }
  };

  const redraw = () => plots.forEach(draw);
  const system = matchMedia("(prefers-color-scheme: dark)");
  const button = document.querySelector(".theme");
  const setTheme = (theme) => {
    root.dataset.theme = theme;
    button.textContent = theme === "dark" ? "Light theme" : "Dark theme";
    redraw();
  };
  let chosen = false;
  button.addEventListener("click", () => { chosen = true; setTheme(root.dataset.theme === "dark" ? "light" : "dark"); });
  system.addEventListener("change", () => { if (!chosen) setTheme(system.matches ? "dark" : "light"); });

  const detailOf = (row) => (row.nextElementSibling && row.nextElementSibling.classList.contains("detail") ? row.nextElementSibling : null);
  const sortBy = (heading) => {
    const table = heading.closest("table");
    const index = [...heading.parentNode.children].indexOf(heading);
    const order = heading.getAttribute("aria-sort") === "descending" ? "ascending" : "descending";
    for (const other of table.querySelectorAll("thead th[aria-sort]")) other.setAttribute("aria-sort", other === heading ? order : "none");
    const sign = order === "ascending" ? 1 : -1;
    for (const body of table.tBodies) {
      const rows = [...body.querySelectorAll("tr[data-row]")].map((row) => ({ row, detail: detailOf(row), value: row.children[index].dataset.value }));
      rows.sort((a, b) => {
        if (a.value === "" || b.value === "") return (a.value === "") - (b.value === "");
        const x = Number(a.value), y = Number(b.value);
        return sign * (Number.isNaN(x) || Number.isNaN(y) ? a.value.localeCompare(b.value) : x - y);
      });
      for (const { row, detail } of rows) body.append(row, ...(detail ? [detail] : []));
    }
  };
  for (const heading of document.querySelectorAll("thead th[aria-sort]")) heading.querySelector(".sort").addEventListener("click", () => sortBy(heading));
  for (const more of document.querySelectorAll(".more")) {
    more.addEventListener("click", () => {
      const open = detailOf(more.closest("tr")).classList.toggle("open");
      more.setAttribute("aria-expanded", String(open));
    });
  }

  let before = "";
  addEventListener("beforeprint", () => {
    before = root.dataset.theme;
    setTheme("light");
    for (const details of document.querySelectorAll("details")) details.open = true;
    plots.forEach((plot) => Plotly.relayout(plot.place, { width: 690 }));
  });
  addEventListener("afterprint", () => {
    plots.forEach((plot) => Plotly.relayout(plot.place, { width: null, autosize: true }));
    setTheme(before);
  });

  makePlots();
  setTheme(root.dataset.theme);
})();
