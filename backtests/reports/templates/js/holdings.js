// Weights and fills of the chosen variant.
const FEW = 25;
const LEG_COLORS = ["@crypto", "@equity", "@orange", "@sky", "@pink", "@green"], LEG_DASHES = ["solid", "dash", "dot", "dashdot"];
const legLook = (i) => ({ color: LEG_COLORS[i % 6], dash: LEG_DASHES[(i + Math.floor(i / 6)) % 4] });
const chosenBox = document.getElementById("chosen");

const written = (x, digits) => (x === null ? "–" : x.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits }));
const fillRow = (fills, i, tickers) => element("tr", {},
  element("th", { scope: "row" }, fills.session[i]),
  ...[tickers[fills.leg[i]], fills.side[i]].map((word) => element("td", { class: "l" }, word)),
  ...[written(fills.size[i], 4), written(fills.price[i], 2), written(fills.fee[i], 2), written(fills.slippage[i], 2)].map((number) => element("td", {}, number)),
  ...(fills.cause ? [element("td", { class: "l" }, fills.cause[i])] : []));

const showFills = (one, tickers, most) => {
  const fills = one.fills, n = fills ? fills.session.length : 0, shown = Math.min(n, most);
  const rows = Array.from({ length: shown }, (_, i) => fillRow(fills, n - 1 - i, tickers));
  document.getElementById("fills").replaceChildren(...rows);
  document.getElementById("fills-caption").textContent = !fills
    ? `The fills of ${one.name} are left out for the size of this page; they stand in trades.parquet`
    : n ? `${shown < n ? `The last ${shown} of ${n}` : n} fills of ${one.name}` : `${one.name} never traded`;
  const all = document.getElementById("all-fills");
  all.hidden = shown >= n;
  all.textContent = `Show all ${n}`;
  all.onclick = () => showFills(one, tickers, n);
};

const showHoldings = (key) => {
  const { tickers, dates, variants } = figures.holdings;
  const one = variants.find((variant) => variant.key === key);
  if (!one) return;
  chosenBox.value = key;
  document.getElementById("title-weights").textContent = one.title;
  const plot = plots.get("weights"), last = figures.dates.returns[figures.dates.returns.length - 1];
  const sessions = one.weights.at.map((i) => dates[i]);
  plot.figure.data = one.weights.legs.map((leg, i) => ({
    type: "scatter", mode: "lines", name: tickers[i], x: [...sessions, last], y: [...leg, leg[leg.length - 1]],
    line: { ...legLook(i), shape: "hv", width: 1.8 }, hovertemplate: "%{y:.1f}\u00a0%",
  }));
  draw(plot);
  showFills(one, tickers, FEW);
};

const makeHoldings = () => {
  const { tickers, variants } = figures.holdings;
  const plot = plots.get("weights");
  plot.figure.series = tickers.map((name, i) => ({ name, group: "", traces: [i], shown: true, width: 1.8, ...legLook(i) }));
  makeKeys(plot);
  chosenBox.append(...variants.map((variant) => new Option(variant.name, variant.key)));
  chosenBox.addEventListener("change", () => showHoldings(chosenBox.value));
  document.addEventListener("picked", (event) => showHoldings(event.detail.last || variants[0].key));
  if (variants.length) showHoldings(variants[0].key);
};
whenDrawn.push(makeHoldings);
