// Narrows a list down: by words, and by ticking what its entries have in common. Choices stand in the address, so that a list can be shared.
const box = document.getElementById("facets");
const make = (name, values = {}, ...inside) => {
  const made = Object.assign(document.createElement(name), values);
  made.append(...inside);
  return made;
};
const cards = [...document.querySelectorAll("li[data-facets]")].map((item) => ({
  item, facets: JSON.parse(item.dataset.facets), text: item.textContent.toLocaleLowerCase(),
}));
const counts = new Map(); // facet → value → number of entries
for (const { facets } of cards) {
  for (const [facet, values] of Object.entries(facets)) {
    const found = counts.get(facet) ?? counts.set(facet, new Map()).get(facet);
    for (const value of values) found.set(value, (found.get(value) ?? 0) + 1);
  }
}
const wanted = new URLSearchParams(location.search);
const word = make("input", { type: "search", className: "ds-input", value: wanted.get("q") ?? "" });
const state = make("p", {});
state.setAttribute("role", "status");
const ticks = [];
const groups = [...counts].filter(([, values]) => values.size > 1).map(([facet, values]) => {
  const order = [...values].sort(([one], [other]) => one.localeCompare(other, document.documentElement.lang));
  const chosen = wanted.getAll(facet);
  const options = order.map(([value, count]) => {
    const tick = make("input", { type: "checkbox", checked: chosen.includes(value) });
    ticks.push({ facet, value, tick });
    return make("label", {}, tick, ` ${value} (${count})`);
  });
  const fold = make("details", { open: chosen.length > 0 }, make("summary", { textContent: facet }), make("fieldset", {}, make("legend", { textContent: facet }), ...options));
  return fold;
});
const clear = make("button", { type: "button", className: "ds-button", textContent: box.dataset.clear });

const show = () => {
  const typed = word.value.trim().toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const chosen = new Map();
  for (const { facet, value, tick } of ticks) if (tick.checked) chosen.set(facet, [...(chosen.get(facet) ?? []), value]);
  let shown = 0;
  for (const { item, facets, text } of cards) {
    const fits = typed.every((one) => text.includes(one)) && [...chosen].every(([facet, values]) => values.some((value) => facets[facet]?.includes(value)));
    item.hidden = !fits;
    if (fits) shown += 1;
  }
  for (const group of document.querySelectorAll(".group")) group.hidden = !group.querySelector("li:not([hidden])");
  state.textContent = box.dataset.shown.replace("{count}", String(shown));
  clear.hidden = !typed.length && !chosen.size;
  const address = new URL(location.href);
  address.search = "";
  if (word.value) address.searchParams.set("q", word.value);
  for (const [facet, values] of chosen) for (const value of values) address.searchParams.append(facet, value);
  history.replaceState(null, "", address);
};
clear.addEventListener("click", () => { word.value = ""; for (const { tick } of ticks) tick.checked = false; show(); word.focus(); });
box.append(make("label", { className: "filter" }, box.dataset.word, " ", word), make("div", { className: "facet-groups" }, ...groups), state, clear);
box.addEventListener("input", show);
show();
