// Where a number comes from: a press on it tells its meaning, its value in full, and its place in the files beside the page.
const glossary = JSON.parse(document.getElementById("glossary").textContent);
const numbers = () => [...document.querySelectorAll("[data-at]")].filter((number) => number.offsetParent !== null);
const origin = element("div", { id: "origin", role: "status", hidden: "" });
document.body.append(origin);
let asked = null;

// The longest end of the place that the glossary knows; keys that name a leg or a year may follow it.
const meaning = (file, place) => {
  if (file.endsWith(".parquet")) return glossary["signal " + place.split("(")[0]] || "";
  const keys = place.replace(/\[[^\]]*\]/g, "").split(".").filter(Boolean);
  for (let end = keys.length; end > 0; end--)
    for (let start = 0; start < end; start++) {
      const found = glossary[keys.slice(start, end).join(".")];
      if (found) return found;
    }
  return "";
};

// A word as a shell takes it: names of folders hold blanks, quotes, and what would be a command.
const forShell = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : "'" + word.replaceAll("'", "'\\''") + "'");

const hideOrigin = () => {
  origin.hidden = true;
  if (asked) asked.classList.remove("asked");
  asked = null;
};

const showOrigin = (number) => {
  hideOrigin();
  asked = number;
  number.classList.add("asked");
  const cut = number.dataset.at.indexOf(" ");
  const [file, place] = [number.dataset.at.slice(0, cut), number.dataset.at.slice(cut + 1)];
  const told = meaning(file, place);
  const command = `jq ${forShell(place)} ${forShell(file.startsWith("-") ? "./" + file : file)}`;
  const stored = file.endsWith(".json");
  origin.replaceChildren(
    ...(told ? [element("p", {}, told)] : []),
    ...(number.value ? [element("p", {}, "In full: ", element("code", {}, number.value))] : []),
    element("p", {}, stored ? element("code", {}, command) : `${file}: `, stored ? "" : element("code", {}, place)),
  );
  if (stored && navigator.clipboard) {
    const copy = element("button", { type: "button", class: "button" }, "Copy");
    copy.addEventListener("click", () => navigator.clipboard.writeText(command).then(() => { copy.textContent = "Copied"; }));
    origin.append(copy);
  }
  origin.hidden = false;
  const box = number.getBoundingClientRect(), own = origin.getBoundingClientRect();
  const left = Math.max(8, Math.min(box.left, root.clientWidth - own.width - 8));
  const below = box.bottom + own.height + 8 < innerHeight;
  origin.style.left = `${left + scrollX}px`;
  origin.style.top = `${(below ? box.bottom + 6 : box.top - own.height - 6) + scrollY}px`;
};

document.addEventListener("click", (event) => {
  if (origin.contains(event.target)) return;
  const number = event.target.closest("[data-at]");
  if (!number || number === asked || event.target.closest("button, a, summary") || String(getSelection())) return hideOrigin();
  showOrigin(number);
});

// n and p walk through the numbers; Escape closes.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") return hideOrigin();
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  if (event.key !== "n" && event.key !== "p") return;
  const all = numbers();
  const step = event.key === "n" ? 1 : -1;
  const here = asked ? all.indexOf(asked) : all.findIndex((number) => number.getBoundingClientRect().top >= 0) - step;
  const next = all[here + step];
  if (!next) return;
  next.scrollIntoView({ block: "nearest", inline: "nearest" });
  showOrigin(next);
});
