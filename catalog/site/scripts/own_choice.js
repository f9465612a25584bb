// Puts one or two municipalities of the reader's choice into the chart of an indicator, into its key and into its table. Their numbers are
// those of the indicator's own JSON-stat file, fetched when somebody is chosen. The choice stands in the address, so that it can be shared.
const SVG = "http://www.w3.org/2000/svg";
const SLOTS = { with: "s6", and: "s7" };
const figure = document.querySelector("figure[data-series]");
const chart = figure.querySelector("svg.chart");
const table = figure.closest("section").querySelector("table");
const keys = figure.querySelector(".keys");
const told = figure.dataset;
const signs = JSON.parse(told.signs);
const decimals = Number(told.decimals);
const locale = { nb: ["nb-NO", "no"], nn: ["nn-NO", "nb-NO"], en: ["en-GB"] }[document.documentElement.lang];
const drawn = chart.innerHTML, size = chart.getAttribute("viewBox"); // as it was built; every choice begins with it
const plot = Object.fromEntries(["first", "last", "left", "right", "bottom", "top", "low", "high"].map((name) => [name, Number(chart.dataset[name])]));
const isBars = !("first" in chart.dataset); // one period: bars instead of lines
const BAR = 52; // height of a bar with its name
const BESIDE = 6; // from the end of a bar to its number
const rows = [...table.tBodies[0].rows];
const periods = rows.map((_, place) => after(chart.dataset.from, place));
let answer = null; // the JSON-stat file, once it is asked for

function after(period, steps) {
  if (!period.includes("-")) return String(Number(period) + steps);
  const months = Number(period.slice(0, 4)) * 12 + Number(period.slice(5)) - 1 + steps;
  return `${Math.floor(months / 12)}-${String((months % 12) + 1).padStart(2, "0")}`;
}

const shape = (name, values) => {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(values)) made.setAttribute(key, value);
  return made;
};
const format = (value) => new Intl.NumberFormat(locale, { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(value);
const short = (value) => new Intl.NumberFormat(locale, Math.abs(value) < 1e6 ? { maximumFractionDigits: 9 } : { notation: "compact", maximumFractionDigits: 1 }).format(value);

// One municipality's observations by period, as { value, status }; those of the breakdown that the chart shows.
function observations(cube, code) {
  const place_of = (name, wanted) => cube.dimension[name]?.category.index.indexOf(wanted);
  const found = new Map();
  const at = { ref_area: place_of("ref_area", code), breakdown: place_of("breakdown", told.part) };
  if (at.ref_area < 0) return found;
  cube.dimension.time_period.category.index.forEach((period, place) => {
    const index = cube.id.reduce((sum, name, number) => sum * cube.size[number] + (name === "time_period" ? place : at[name]), 0);
    const value = cube.value[index], status = cube.status?.[index];
    if (value !== null || status) found.set(period, { value, status });
  });
  return found;
}

// Round numbers that span low to high, as charts.py chooses them.
function niceSteps(low, high) {
  const rough = 10 ** Math.floor(Math.log10((high - low) / 5));
  const step = rough * [1, 2, 2.5, 5, 10].find((factor) => (high - low) / (rough * factor) <= 5);
  const first = Math.floor(low / step), last = Math.ceil(high / step);
  return Array.from({ length: last - first + 1 }, (_, place) => Number(((first + place) * step).toPrecision(12)));
}

const across = (low, high) => (value) => plot.left + ((value - low) / (high - low)) * (plot.right - plot.left);
const scale = (low, high) => (value) => plot.bottom + ((value - low) / (high - low)) * (plot.top - plot.bottom);

// Makes room on the axis of values: everything that is drawn moves to where its value now lies.
function stretch(steps) {
  const to = scale(steps[0], steps.at(-1));
  const moved = (y) => to(plot.low + ((y - plot.bottom) / (plot.top - plot.bottom)) * (plot.high - plot.low));
  for (const line of chart.querySelectorAll(".line")) line.setAttribute("d", line.getAttribute("d").replace(/([\d.]+) ([\d.]+)/g, (_, x, y) => `${x} ${moved(Number(y)).toFixed(1)}`));
  for (const one of chart.querySelectorAll(".mark, .break, .limit")) {
    const box = one.getBBox(), y = box.y + box.height / 2;
    one.setAttribute("transform", `translate(0 ${(moved(y) - y).toFixed(1)})`);
  }
  const limits = [...chart.querySelectorAll(".limit")].map((limit) => moved(Number(limit.getAttribute("y1"))));
  [...chart.querySelectorAll(".level")].reduce((below, label, place) => {
    const y = Math.min(limits[place], below - 26);
    label.setAttribute("y", (y + 5).toFixed(1));
    return y;
  }, Infinity);
  for (const old of chart.querySelectorAll(".grid, .tick.y")) old.remove();
  for (const step of [...steps].reverse()) {
    const y = to(step).toFixed(1);
    const label = shape("text", { class: "tick y", x: plot.left - 8, y: Number(y) + 5, "text-anchor": "end" });
    label.textContent = short(step);
    chart.querySelector("desc").after(shape("line", { class: "grid", x1: plot.left, x2: plot.right, y1: y, y2: y }), label);
  }
  return to;
}

// The same for bars: the axis of values lies across.
function widen(steps) {
  const to = across(steps[0], steps.at(-1)), from = across(plot.low, plot.high);
  const moved = (x) => to(plot.low + ((x - plot.left) / (plot.right - plot.left)) * (plot.high - plot.low));
  for (const bar of chart.querySelectorAll(".bar")) {
    const x = Number(bar.getAttribute("x")), end = x + Number(bar.getAttribute("width"));
    bar.setAttribute("x", moved(x).toFixed(1));
    bar.setAttribute("width", Math.max(moved(end) - moved(x), 1).toFixed(1));
  }
  chart.querySelectorAll(".value").forEach((label) => label.setAttribute("x", moved(Number(label.getAttribute("x")) - BESIDE) + BESIDE));
  for (const limit of chart.querySelectorAll(".limit")) for (const end of ["x1", "x2"]) limit.setAttribute(end, moved(Number(limit.getAttribute(end))).toFixed(1));
  for (const name of chart.querySelectorAll(".name")) name.setAttribute("x", (Number(name.getAttribute("x")) + to(0) - from(0)).toFixed(1));
  for (const old of chart.querySelectorAll(".grid, .tick")) old.remove();
  for (const step of [...steps].reverse()) {
    const x = to(step).toFixed(1);
    const label = shape("text", { class: "tick", x, y: plot.bottom + 28, "text-anchor": "middle" });
    label.textContent = short(step);
    chart.querySelector("desc").after(shape("line", { class: "grid", x1: x, x2: x, y1: plot.top, y2: plot.bottom }), label);
  }
  return to;
}

// More bars below the others, with everything that stands below them moved down.
function drawBars(found, to) {
  const known = found.filter((one) => one.values.get(periods[0])?.value != null), more = known.length * BAR;
  const [, , width, height] = chart.getAttribute("viewBox").split(" ").map(Number);
  known.forEach((one, place) => {
    const top = plot.bottom + place * BAR, value = one.values.get(periods[0]).value;
    const name = shape("text", { class: "name", x: to(0) + 2, y: top + 16, "text-anchor": "start" });
    name.textContent = one.name;
    const ends = [to(0), to(value)].sort((a, b) => a - b);
    const digits = shape("text", { class: "value", x: ends[1] + BESIDE, y: top + 40, "text-anchor": "start" });
    digits.textContent = format(value);
    chart.append(name, shape("rect", { class: `bar ${one.sort}`, x: ends[0], y: top + 26, width: Math.max(ends[1] - ends[0], 1), height: 14 }), digits);
  });
  for (const line of chart.querySelectorAll(".grid, .limit")) line.setAttribute("y2", plot.bottom + more);
  for (const tick of chart.querySelectorAll(".tick")) tick.setAttribute("y", Number(tick.getAttribute("y")) + more);
  chart.setAttribute("viewBox", `0 0 ${width} ${height + more}`);
}

function draw(sort, found, to) {
  const along = (place) => plot.first + (periods.length > 1 ? place / (periods.length - 1) : 0) * (plot.last - plot.first);
  const parts = [];
  let before = null;
  periods.forEach((period, place) => {
    const one = found.get(period);
    if (!one || one.value === null) { before = null; return; }
    const spot = [along(place), to(one.value)];
    if (before && one.status === "B") {
      const [x, y] = [(before[0] + spot[0]) / 2, (before[1] + spot[1]) / 2];
      chart.append(shape("path", { class: `break ${sort}`, d: `M${x - 7} ${y + 8}l6 -16m2 16l6 -16` }));
    }
    if (!before || one.status === "B") parts.push([]);
    parts.at(-1).push(spot);
    before = spot;
  });
  for (const part of parts) {
    if (part.length > 1) chart.append(shape("path", { class: `line ${sort}`, d: `M${part.map((spot) => spot.map((step) => step.toFixed(1)).join(" ")).join("L")}` }));
    if (periods.length <= 40 || part.length === 1) for (const spot of part) chart.append(mark(sort, ...spot));
  }
}

const mark = (sort, x, y) => sort === "s6" ? shape("circle", { class: `mark ${sort}`, cx: x, cy: y, r: 4.5 }) : shape("rect", { class: `mark ${sort}`, x: x - 4, y: y - 4, width: 8, height: 8 });

function tell(sort, name, found) {
  const sample = shape("svg", { class: "key", viewBox: "0 0 36 12", "aria-hidden": "true", focusable: "false" });
  sample.append(shape("path", { class: `line ${sort}`, d: "M0 6L36 6" }), mark(sort, 18, 6));
  const key = document.createElement("li");
  key.append(sample, ` ${name}`);
  const head = document.createElement("th");
  head.scope = "col";
  head.textContent = name;
  const cells = periods.map((period) => {
    const one = found.get(period), cell = document.createElement("td");
    cell.textContent = !one ? "" : one.value === null ? (signs[one.status] ?? one.status) : format(one.value);
    return cell;
  });
  for (const made of [key, head, ...cells]) made.classList.add("added");
  if (!isBars) keys.append(key);
  table.tHead.rows[0].append(head);
  rows.forEach((row, place) => row.append(cells[place]));
}

// Draws who is chosen; answers with the names of those that have no number for any period of the chart.
function show(cube, chosen) {
  chart.innerHTML = drawn;
  chart.setAttribute("viewBox", size);
  for (const added of document.querySelectorAll(".added")) added.remove();
  const found = chosen.map((one) => ({ ...one, values: observations(cube, one.code) }));
  const values = found.flatMap((one) => periods.map((period) => one.values.get(period)?.value).filter((value) => value != null));
  const low = Math.min(plot.low, ...values), high = Math.max(plot.high, ...values);
  const grown = low < plot.low || high > plot.high;
  for (const one of found) tell(one.sort, one.name, one.values);
  if (isBars) {
    drawBars(found, grown ? widen(niceSteps(low, high)) : across(plot.low, plot.high));
  } else {
    const to = grown ? stretch(niceSteps(low, high)) : scale(plot.low, plot.high);
    for (const one of found) draw(one.sort, one.values, to);
  }
  return found.filter((one) => !periods.some((period) => one.values.get(period)?.value != null)).map((one) => one.name);
}

function choosers() {
  const there = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
  const areas = [...document.querySelectorAll("table.areas tbody th a")]
    .map((link) => ({ code: link.getAttribute("href").match(/(\d{4})\.html$/)?.[1], name: link.textContent }))
    .filter((area) => area.code && !there.includes(area.name));
  if (!areas.length) return [];
  const own = (told.own || "").split(" ");
  const box = document.createElement("div");
  box.className = "chooser";
  const made = Object.keys(SLOTS).map((slot) => {
    const field = document.createElement("p"), label = document.createElement("label"), select = document.createElement("select");
    label.textContent = told[slot];
    label.htmlFor = select.id = `choose-${slot}`;
    select.name = slot;
    select.className = "ds-input";
    select.append(new Option(told.choose, ""));
    for (const [title, group] of [[told.ours, areas.filter((area) => own.includes(area.code))], [told.all, areas.filter((area) => !own.includes(area.code))]]) {
      if (!group.length) continue;
      const options = document.createElement("optgroup");
      options.label = title;
      options.append(...group.map((area) => new Option(area.name, area.code)));
      select.append(options);
    }
    field.append(label, select);
    box.append(field);
    return select;
  });
  const said = document.createElement("p");
  said.id = "own-choice-state";
  said.setAttribute("role", "status");
  figure.after(box, said);
  return made;
}

const selects = choosers();

async function choose() {
  const said = document.getElementById("own-choice-state");
  const chosen = selects.filter((select) => select.value).map((select) => ({ sort: SLOTS[select.name], code: select.value, name: select.selectedOptions[0].textContent }));
  try {
    answer ??= fetch(told.series).then((got) => (got.ok ? got.json() : Promise.reject(new Error(String(got.status)))));
    const without = show(await answer, chosen), shown = chosen.map((one) => one.name).filter((name) => !without.includes(name));
    const say = (text, names) => (names.length ? [text.replace("{names}", names.join(", "))] : []);
    said.textContent = [...say(told.told, shown), ...say(told.nothing, without)].join(" ");
  } catch {
    answer = null;
    said.textContent = told.failed;
  }
}

for (const select of selects) {
  select.value = new URLSearchParams(location.search).get(select.name) ?? "";
  select.addEventListener("change", () => {
    const address = new URL(location.href);
    for (const one of selects) if (one.value) address.searchParams.set(one.name, one.value); else address.searchParams.delete(one.name);
    history.replaceState(null, "", address);
    choose();
  });
}
if (selects.some((select) => select.value)) choose();
