// Makes the figures of a page answer to pointer and keys, and its long tables to a word. All of it stands on the page without this.
const make = (name, values = {}) => Object.assign(document.createElement(name), values);

// A map: the arrow keys go from area to area, and what is under the pointer is told beneath.
for (const map of document.querySelectorAll("svg.map")) {
  const areas = [...map.querySelectorAll(".area")];
  const said = make("p", { className: "said" });
  said.setAttribute("role", "status");
  map.after(said);
  map.setAttribute("tabindex", "0");
  let here = null;
  const tell = (area) => {
    here?.classList.remove("here");
    here = area;
    area.classList.add("here");
    said.textContent = area.querySelector("title").textContent;
  };
  map.addEventListener("pointerover", (event) => { const area = event.target.closest(".area"); if (area) tell(area); });
  map.addEventListener("click", (event) => { const area = event.target.closest(".area"); if (area) tell(area); });
  map.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!way) return;
    event.preventDefault();
    if (!here) { tell(areas.find((area) => !area.classList.contains("c0")) ?? areas[0]); return; }
    const from = [Number(here.dataset.x), Number(here.dataset.y)];
    let best = null, least = Infinity;
    for (const area of areas) {
      const step = [Number(area.dataset.x) - from[0], Number(area.dataset.y) - from[1]];
      const along = step[0] * way[0] + step[1] * way[1], aside = Math.abs(step[0] * way[1] + step[1] * way[0]);
      if (along > 0 && along + 2 * aside < least) { best = area; least = along + 2 * aside; }
    }
    if (best) tell(best);
  });
}

// A line chart: every period can be asked for; the numbers are those of the table beneath it.
for (const chart of document.querySelectorAll("svg.chart[data-first]")) {
  const table = chart.closest("section").querySelector("table");
  if (!table) continue;
  const rows = [...table.tBodies[0].rows];
  const first = Number(chart.dataset.first), last = Number(chart.dataset.last);
  const ruler = document.createElementNS(chart.namespaceURI, "line");
  ruler.setAttribute("class", "ruler");
  ruler.setAttribute("y1", "0");
  ruler.setAttribute("y2", String(chart.viewBox.baseVal.height));
  const said = make("p", { className: "said" });
  said.setAttribute("role", "status");
  chart.after(said);
  chart.setAttribute("tabindex", "0");
  let here = rows.length;
  const tell = (place) => {
    here = Math.max(0, Math.min(rows.length - 1, place));
    const x = rows.length > 1 ? first + (here / (rows.length - 1)) * (last - first) : (first + last) / 2;
    ruler.setAttribute("x1", x.toFixed(1));
    ruler.setAttribute("x2", x.toFixed(1));
    if (!ruler.isConnected) chart.append(ruler);
    const names = [...table.tHead.rows[0].cells].slice(1).map((cell) => cell.textContent);
    const cells = [...rows[here].cells].map((cell) => cell.textContent.trim());
    said.textContent = `${cells[0]}: ${names.map((name, number) => (cells[number + 1] ? `${name} ${cells[number + 1]}` : "")).filter(Boolean).join("; ") || "–"}`;
  };
  chart.addEventListener("pointermove", (event) => {
    const box = chart.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * chart.viewBox.baseVal.width;
    tell(Math.round(((x - first) / (last - first || 1)) * (rows.length - 1)));
  });
  chart.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    tell(here + step);
  });
}

// A table of areas: the heading of a column puts the rows in its order, and once more the other way round. Rows without a value come last.
const lang = document.documentElement.lang;
const value = (cell) => {
  const digits = cell.textContent.trim().replace("\u2212", "-").replace(lang === "en" ? /,/g : /[\s\u00a0]/g, "");
  return /\d/.test(digits) ? Number.parseFloat(lang === "en" ? digits : digits.replace(",", ".")) : NaN;
};
for (const table of document.querySelectorAll("table.areas")) {
  const body = table.tBodies[0], rows = [...body.rows];
  if (rows.length < 3) continue;
  for (const head of table.tHead.rows[0].cells) {
    const place = head.cellIndex;
    if (place && rows.every((row) => Number.isNaN(value(row.cells[place])))) continue;
    const button = make("button", { type: "button", textContent: head.textContent });
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = place ? head.ariaSort !== "descending" : head.ariaSort === "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.ariaSort = down ? "descending" : "ascending";
      const known = place ? rows.filter((row) => !Number.isNaN(value(row.cells[place]))) : [...rows];
      if (place) known.sort((a, b) => value(a.cells[place]) - value(b.cells[place]));
      if (down) known.reverse();
      body.append(...known, ...rows.filter((row) => !known.includes(row)));
    });
  }
}

// A long table: a word leaves the rows that hold it.
for (const table of document.querySelectorAll("table[data-filter]")) {
  const rows = [...table.tBodies[0].rows];
  const label = make("label", { className: "filter", textContent: table.dataset.filter });
  const input = make("input", { className: "ds-input", type: "search" });
  label.append(" ", input);
  table.parentElement.before(label);
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLocaleLowerCase();
    for (const row of rows) row.hidden = !row.cells[0].textContent.toLocaleLowerCase().includes(wanted);
  });
}
