// The variants' table: sorted, searched and filtered; columns to choose; rows that pick what the charts highlight.
const table = document.querySelector("table.variants");
const rows = table ? [...table.querySelectorAll("tr[data-row]")] : [];
const detailOf = (row) => (row.nextElementSibling && row.nextElementSibling.classList.contains("detail") ? row.nextElementSibling : null);
// What a cell sorts and compares by: its own word, or the number in it in full.
const valueOf = (cell) => cell.dataset.value ?? cell.querySelector("data")?.value ?? "";
const tool = (name) => document.querySelector(`.tools ${name}`);

const sortBy = (heading) => {
  const index = [...heading.parentNode.children].indexOf(heading);
  const order = heading.getAttribute("aria-sort") === "descending" ? "ascending" : "descending";
  for (const other of table.querySelectorAll("thead th[aria-sort]")) other.setAttribute("aria-sort", other === heading ? order : "none");
  const sign = order === "ascending" ? 1 : -1;
  for (const body of table.tBodies) {
    const members = [...body.querySelectorAll("tr[data-row]")].map((row) => ({ row, detail: detailOf(row), value: valueOf(row.children[index]) }));
    members.sort((a, b) => {
      if (a.value === "" || b.value === "") return (a.value === "") - (b.value === "");
      const x = Number(a.value), y = Number(b.value);
      return sign * (Number.isNaN(x) || Number.isNaN(y) ? a.value.localeCompare(b.value) : x - y);
    });
    body.append(...members.flatMap(({ row, detail }) => (detail ? [row, detail] : [row])));
  }
};

// "hold=60 sharpe>0.5 break": every word must hold. A word with a sign compares a column or a parameter, others are looked for.
const COMPARE = { "=": (a, b) => a === b, ">": (a, b) => a > b, "<": (a, b) => a < b, ">=": (a, b) => a >= b, "<=": (a, b) => a <= b };
const figure = (row, name) => {
  const params = JSON.parse(row.dataset.params);
  const found = Object.keys(params).find((key) => key.toLowerCase() === name);
  if (found) return params[found];
  const heads = [...table.tHead.rows[0].cells];
  const index = heads.findIndex((head) => (head.dataset.column || "").toLowerCase().split(".").includes(name) || head.textContent.trim().toLowerCase() === name);
  return index < 0 ? undefined : valueOf(row.children[index]);
};
const holds = (row, word) => {
  const parts = word.match(/^([^<>=]+)(>=|<=|=|>|<)(.+)$/);
  if (!parts) return `${row.dataset.key} ${row.dataset.search}`.toLowerCase().includes(word);
  const [, name, sign, wanted] = parts;
  const value = figure(row, name);
  if (value === undefined || value === "") return false;
  const a = Number(value), b = Number(wanted);
  return Number.isNaN(a) || Number.isNaN(b) ? sign === "=" && String(value).toLowerCase() === wanted : COMPARE[sign](a, b);
};

const filterRows = () => {
  const words = tool(".find").value.toLowerCase().split(/\s+/).filter(Boolean);
  const chosen = [...document.querySelectorAll(".tools .filter")].filter((select) => select.value);
  let shown = 0;
  for (const row of rows) {
    const fits = words.every((word) => holds(row, word)) && chosen.every((select) => row.dataset[select.dataset.of] === select.value);
    row.classList.toggle("out", !fits);
    shown += fits;
  }
  tool(".found").textContent = shown < rows.length ? `${shown} of ${rows.length} rows` : `${rows.length} rows`;
};

const columnStyle = element("style");
const showColumns = () => {
  const heads = [...table.tHead.rows[0].cells];
  const off = new Set([...document.querySelectorAll(".choose input:not(:checked)")].map((box) => box.value));
  const hidden = heads.map((head, i) => (off.has(head.dataset.column) ? i + 1 : 0)).filter(Boolean);
  const { sheet } = columnStyle; // by its rules: a text of its own would need a hash in the page's policy
  while (sheet.cssRules.length) sheet.deleteRule(0);
  for (const i of hidden) sheet.insertRule(`table.variants tr > :nth-child(${i}) { display: none; }`);
  for (const cell of table.querySelectorAll("tbody [colspan]")) cell.colSpan = heads.length - hidden.length;
};

// What is picked in the table is highlighted wherever it is drawn; the last one picked is the chosen one.
const picked = new Set();
const PICK_COLORS = ["green", "pink", "orange", "sky", "crypto", "equity"];
const pickColor = (key) => PICK_COLORS[[...picked].indexOf(key) % PICK_COLORS.length];
const pick = (key, on) => {
  if (on) picked.add(key); else picked.delete(key);
  for (const row of rows) {
    const is = picked.has(row.dataset.key);
    row.classList.toggle("picked", is);
    row.style.setProperty("--pick", is ? `var(--${pickColor(row.dataset.key)})` : "");
    row.querySelector(".pick").setAttribute("aria-pressed", String(is));
  }
  for (const row of document.querySelectorAll(".forest .row[data-key]")) {
    row.classList.toggle("picked", picked.has(row.dataset.key));
    row.classList.toggle("faint", picked.size > 0 && !picked.has(row.dataset.key));
  }
  tool(".clear").hidden = !picked.size;
  document.dispatchEvent(new CustomEvent("picked", { detail: { last: [...picked].pop() || "" } }));
};

if (table) {
  document.head.append(columnStyle);
  for (const heading of table.querySelectorAll("thead th[aria-sort]")) heading.querySelector(".sort").addEventListener("click", () => sortBy(heading));
  for (const more of table.querySelectorAll(".more")) {
    more.addEventListener("click", () => {
      const open = detailOf(more.closest("tr")).classList.toggle("open");
      more.setAttribute("aria-expanded", String(open));
    });
  }
  for (const select of document.querySelectorAll(".tools .filter")) {
    const values = [...new Set(rows.map((row) => row.dataset[select.dataset.of]))].filter(Boolean).sort();
    select.append(...values.map((value) => new Option(value, value)));
    select.addEventListener("change", filterRows);
  }
  tool(".find").addEventListener("input", filterRows);
  tool(".choose").addEventListener("change", showColumns);
  for (const row of rows) {
    row.addEventListener("click", (event) => {
      const button = event.target.closest("button, a, summary");
      if (String(getSelection()) || event.target.closest("[data-at]") || (button && !button.matches(".pick"))) return;
      pick(row.dataset.key, !picked.has(row.dataset.key));
    });
  }
  tool(".clear").addEventListener("click", () => { const all = [...picked]; picked.clear(); all.forEach((key) => pick(key, false)); });
  showColumns();
  filterRows();
}
