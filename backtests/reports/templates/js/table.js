// The variants' table: sorted by any column, with the reasons behind each row.
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
