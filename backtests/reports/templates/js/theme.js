// Light and dark, and the page on paper.
const system = matchMedia("(prefers-color-scheme: dark)");
const themeButton = document.querySelector(".theme");
let themeChosen = false;

const setTheme = (theme) => {
  root.dataset.theme = theme;
  themeButton.textContent = theme === "dark" ? "Light theme" : "Dark theme";
  redraw();
};
themeButton.addEventListener("click", () => { themeChosen = true; setTheme(root.dataset.theme === "dark" ? "light" : "dark"); });
system.addEventListener("change", () => { if (!themeChosen) setTheme(system.matches ? "dark" : "light"); });

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
