// The SQL console: asks the release's database with DuckDB in the browser. Nothing is loaded before the reader asks for it, everything comes
// from the release itself, and the database is read piece by piece. Texts and addresses stand in the page; see console.html.
const box = document.getElementById("console");
const told = JSON.parse(document.getElementById("console-texts").textContent);
const form = box.querySelector("form");
const query = form.elements.namedItem("sql");
const state = document.getElementById("console-state");
const answer = document.getElementById("console-answer");
const buttons = { run: form.elements.namedItem("run"), stop: form.elements.namedItem("stop"), csv: form.elements.namedItem("csv"), link: form.elements.namedItem("link") };
const ROWS = Number(box.dataset.rows);
const SECONDS = Number(box.dataset.seconds);
const SVG = "http://www.w3.org/2000/svg";
let engine = null; // { worker, connection } once it is loaded
let result = null; // { names, types, rows, more } of the last query

const say = (text, values = {}) => { state.textContent = text.replace(/\{(\w+)\}/g, (_, key) => values[key]); };
const at = (address) => new URL(address, document.baseURI).href;

async function load() {
  const { AsyncDuckDB, VoidLogger } = await import(at(box.dataset.engine));
  // A worker made here keeps this page's policy, however its file is served: what it may ask for is this site alone.
  const begin = URL.createObjectURL(new Blob([`importScripts(${JSON.stringify(at(box.dataset.worker))});`], { type: "text/javascript" }));
  const worker = new Worker(begin);
  URL.revokeObjectURL(begin);
  const database = new AsyncDuckDB(new VoidLogger(), worker);
  await database.instantiate(at(box.dataset.wasm));
  await database.open({ filesystem: { reliableHeadRequests: true, allowFullHTTPReads: false, forceFullHTTPReads: false } });
  const connection = await database.connect();
  await connection.query("set autoinstall_known_extensions = false");
  await connection.query("set autoload_known_extensions = false");
  await connection.query(`attach '${at(box.dataset.database).replaceAll("'", "''")}' as bymaal (read_only)`);
  await connection.query("use bymaal");
  return { worker, connection };
}

function unload() {
  engine?.worker.terminate();
  engine = null;
}

// One statement that gives rows. Every value comes back as the text DuckDB writes, so that no decimal is rounded on its way.
async function ask(sql) {
  const rows_of = `(\n${sql.trim().replace(/;\s*$/, "")}\n)`;
  const described = (await engine.connection.query(`describe select * from ${rows_of}`)).toArray();
  const table = await engine.connection.query(`select columns(*)::varchar from ${rows_of} limit ${ROWS + 1}`);
  const names = described.map((column) => column.column_name);
  const columns = names.map((_, place) => table.getChildAt(place));
  const rows = Array.from({ length: table.numRows }, (_, row) => columns.map((column) => column.get(row)));
  return { names, types: described.map((column) => column.column_type), rows: rows.slice(0, ROWS), more: rows.length > ROWS };
}

function busy(yes) {
  buttons.run.disabled = yes;
  buttons.stop.hidden = !yes;
  box.setAttribute("aria-busy", String(yes));
}

async function run() {
  const sql = query.value;
  if (!sql.trim()) return;
  busy(true);
  const started = performance.now();
  let late = null;
  try {
    if (!engine) {
      say(told.loading);
      engine = await load();
    }
    say(told.running);
    const limit = new Promise((_, stop) => { late = setTimeout(() => stop(new Error(told.too_long.replace("{seconds}", SECONDS))), SECONDS * 1000); });
    result = await Promise.race([ask(sql), limit]);
    show(result);
    const seconds = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 }).format((performance.now() - started) / 1000);
    say(result.more ? told.first_rows : result.rows.length === 1 ? told.one_row : told.rows, { rows: result.rows.length, seconds });
    history.replaceState(null, "", link());
  } catch (error) {
    result = null;
    answer.replaceChildren();
    if (late !== null && engine && String(error.message).includes(String(SECONDS))) unload();
    say(told.failed, { reason: error.message });
  } finally {
    clearTimeout(late);
    busy(false);
    buttons.csv.disabled = result === null;
  }
}

const isNumber = (type) => /^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|U\w*INT\w*|FLOAT|DOUBLE|DECIMAL)/.test(type);

function element(tag, content, attributes = {}) {
  const made = document.createElement(tag);
  made.append(...[content].flat());
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function show({ names, types, rows }) {
  const head = element("tr", names.map((name, place) => element("th", name, { scope: "col", class: isNumber(types[place]) ? "number" : "" })));
  const body = rows.map((row) => element("tr", row.map((value, place) =>
    value === null ? element("td", element("em", told.missing)) : element("td", value, isNumber(types[place]) ? { class: "number" } : {}))));
  const table = element("table", [element("caption", told.caption), element("thead", head), element("tbody", body)], { class: "ds-table" });
  const chart = draw({ names, types, rows });
  answer.replaceChildren(...(chart ? [chart] : []), element("div", table, { class: "scroll", tabindex: "0", role: "region", "aria-label": told.caption }));
}

// Bars for the first column of numbers, where there are 2 to 40 rows. The column of words that tells every row apart names the bars,
// or all of them together where none does.
function draw({ names, types, rows }) {
  const value = types.findIndex(isNumber);
  const words = types.flatMap((type, place) => (isNumber(type) ? [] : [place]));
  const shown = rows.filter((row) => row[value] !== null);
  if (value < 0 || words.length === 0 || shown.length < 2 || rows.length > 40) return null;
  const telling = words.find((place) => new Set(shown.map((row) => row[place])).size === shown.length);
  const naming = telling === undefined ? words : [telling];
  const label = (row) => naming.map((place) => row[place] ?? "").join(" · ");
  const numbers = shown.map((row) => Number(row[value]));
  const [low, high] = [Math.min(0, ...numbers), Math.max(0, ...numbers)];
  if (!Number.isFinite(high - low) || high === low) return null;
  const [line, left, width] = [22, 220, 680];
  const x = (number) => left + ((number - low) / (high - low)) * (width - left - 90);
  const svg = document.createElementNS(SVG, "svg");
  const add = (tag, attributes, text = "") => {
    const made = document.createElementNS(SVG, tag);
    for (const [key, given] of Object.entries(attributes)) made.setAttribute(key, given);
    made.textContent = text;
    svg.append(made);
  };
  svg.setAttribute("viewBox", `0 0 ${width} ${shown.length * line + 8}`);
  svg.setAttribute("class", "chart");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", told.chart.replace("{what}", names[value]).replace("{by}", naming.map((place) => names[place]).join(", ")));
  shown.forEach((row, place) => {
    const [from, to] = [x(Math.min(0, numbers[place])), x(Math.max(0, numbers[place]))];
    add("text", { x: left - 8, y: place * line + 19, "text-anchor": "end" }, label(row).length > 26 ? `${label(row).slice(0, 25)}…` : label(row));
    add("rect", { x: from, y: place * line + 6, width: Math.max(1, to - from), height: line - 6, class: "bar" });
    add("text", { x: to + 6, y: place * line + 19 }, row[value]);
  });
  return element("figure", svg);
}

function csv({ names, rows }) {
  const cell = (value) => (value === null ? "" : /[",\n\r]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  return [names, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

const link = () => `#sql=${encodeURIComponent(query.value)}`;

function take(hash) {
  if (!hash.startsWith("#sql=")) return false;
  try {
    query.value = decodeURIComponent(hash.slice(5));
  } catch {
    return false;
  }
  return true;
}

form.addEventListener("submit", (event) => { event.preventDefault(); run(); });
query.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); run(); } });
buttons.stop.addEventListener("click", () => { unload(); busy(false); say(told.stopped); });
buttons.csv.addEventListener("click", () => {
  const file = URL.createObjectURL(new Blob([csv(result)], { type: "text/csv" }));
  const anchor = element("a", "", { href: file, download: "bymaal.csv" });
  anchor.click();
  URL.revokeObjectURL(file);
});
buttons.link.addEventListener("click", async () => {
  const address = new URL(link(), location.href).href;
  history.replaceState(null, "", link());
  try {
    await navigator.clipboard.writeText(address);
    say(told.copied);
  } catch {
    say(told.in_address_bar);
  }
});
document.querySelectorAll("button.try").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => {
    query.value = button.closest("details").querySelector("code").textContent;
    query.focus();
    if (engine) run();
  });
});
const wanted = new URLSearchParams(location.search).get("query");
const example = wanted && document.getElementById(`query-${wanted}`);
if (example) {
  example.open = true;
  query.value = example.querySelector("code").textContent;
}
take(location.hash);
buttons.csv.disabled = true;
if (typeof WebAssembly === "undefined") {
  box.hidden = true;
  document.getElementById("console-without").classList.remove("without-scripts");
}
