// Draws every chart as a PNG and leaves them, as data URLs, in the page's text. Only in the copy that --png opens.
const wrapped = (text, most) => {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    if ((lines.at(-1) + " " + word).length > most) lines.push(word);
    else lines[lines.length - 1] = `${lines.at(-1)} ${word}`.trim();
  }
  return lines.map((line) => line.replace(/&/g, "&amp;").replace(/</g, "&lt;"));
};

const drawPictures = async () => {
  setTheme("light");
  const told = {};
  for (const [name, plot] of plots) {
    const lines = wrapped(document.getElementById(`title-${name}`).textContent, 118);
    const { layout } = plot.place;
    const data = plot.place.data.map((trace) => ({ ...trace, showlegend: Boolean(trace.name) && trace.yaxis !== "y2" }));
    const keys = data.filter((trace) => trace.showlegend).length;
    const { l, r } = layout.margin;
    const margin = { l: Math.max(l, 16), r: Math.max(r, 16), b: 16, t: 26 + 22 * lines.length };
    const title = { text: `<b>${lines.join("<br>")}</b>`, x: 0.015, xanchor: "left", y: 1, yanchor: "top", pad: { t: 16 }, font: { size: 17 } };
    const drawn = { ...layout, margin, title, paper_bgcolor: "#ffffff", plot_bgcolor: "#ffffff", showlegend: keys > 1, legend: { orientation: "h", y: -0.08 } };
    const height = Math.round(plot.place.offsetHeight * 1.15) + 22 * lines.length;
    told[name] = await Plotly.toImage({ data, layout: drawn }, { format: "png", width: 1200, height, scale: 2 });
  }
  const holder = element("script", { id: "pictures", type: "application/json" }, JSON.stringify(told));
  document.body.replaceChildren(holder);
};

const whenReady = () => ("ready" in root.dataset ? drawPictures() : setTimeout(whenReady, 50));
whenReady();
