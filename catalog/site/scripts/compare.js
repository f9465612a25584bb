// Puts chosen municipalities beside each other. The first one is held against the others: their level is what it could aim for.
const form = document.getElementById("compare");
const state = document.getElementById("compare-state");
const answer = document.getElementById("compare-answer");
const told = form.dataset;
const language = document.documentElement.lang;
const locale = { nb: ["nb-NO", "no"], nn: ["nn-NO", "nb-NO"], en: ["en-GB"] }[language];
const rows = [...answer.querySelectorAll("tr[data-indicator]")];

const number = (value, decimals, signed) => new Intl.NumberFormat(locale, {
  minimumFractionDigits: decimals, maximumFractionDigits: decimals, signDisplay: signed ? "exceptZero" : "auto",
}).format(value);

// 2024 as it is, 2024-03 as mars 2024.
const periodName = (period) => (period.includes("-") ? new Intl.DateTimeFormat(locale, { month: "long", year: "numeric", timeZone: "UTC" }).format(new Date(`${period}-01`)) : period);

const cell = (text, note, sort) => {
  const made = document.createElement("td");
  made.textContent = text;
  if (sort) made.className = sort;
  if (note) {
    const small = document.createElement("small");
    small.textContent = note;
    made.append(" ", small);
  }
  return made;
};

const head = (text) => {
  const made = document.createElement("th");
  made.scope = "col";
  made.textContent = text;
  return made;
};

const difference = (row, own, other) => {
  if (row.dataset.better === "context") return cell("");
  const decimals = Number(row.dataset.decimals);
  const step = Number(Number(other).toFixed(decimals)) - Number(Number(own).toFixed(decimals)); // of the numbers as they are shown
  if (Number(step.toFixed(decimals)) === 0) return cell(told.same);
  const way = (step < 0) === (row.dataset.better === "lower") ? told.better : told.worse;
  return cell(number(step, decimals, true), way);
};

const show = (places) => {
  const [own, ...others] = places;
  for (const table of answer.querySelectorAll("table")) {
    const heads = table.tHead.rows[0];
    while (heads.cells.length > 1) heads.lastChild.remove();
    heads.append(...places.map((place) => head(place.name)), ...others.map((place) => head(told.told.replace("{name}", place.name))));
  }
  for (const row of rows) {
    while (row.cells.length > 1) row.lastChild.remove();
    const found = places.map((place) => place.values[row.dataset.indicator]);
    row.hidden = found.every((one) => !one);
    for (const one of found) row.append(one ? cell(number(Number(one[1]), Number(row.dataset.decimals)), periodName(one[0])) : cell("–"));
    for (const one of found.slice(1)) row.append(one && found[0] ? difference(row, found[0][1], one[1]) : cell(""));
  }
  for (const section of answer.querySelectorAll("section")) section.hidden = [...section.querySelectorAll("tbody tr")].every((row) => row.hidden);
  answer.hidden = false;
  state.textContent = places.map((place) => place.name).join(" · ");
};

const ask = async () => {
  const chosen = [...new Set([...form.querySelectorAll("select")].map((select) => select.value).filter(Boolean))];
  if (chosen.length < 2) { answer.hidden = true; state.textContent = chosen.length ? told.nothing : ""; return; }
  try {
    show(await Promise.all(chosen.map(async (code) => {
      const got = await fetch(`${told.from}${code}.json`);
      if (!got.ok) throw new Error(String(got.status));
      return got.json();
    })));
  } catch {
    answer.hidden = true;
    state.textContent = told.failed;
  }
};

const wanted = new URLSearchParams(location.search);
for (const select of form.querySelectorAll("select")) select.value = wanted.get(select.name) ?? "";
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const address = new URL(location.href);
  for (const select of form.querySelectorAll("select")) address.searchParams.set(select.name, select.value);
  history.replaceState(null, "", address);
  ask();
});
ask();
