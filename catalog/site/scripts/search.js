// Search in the list that the page shows anyway. Forgiving: without marks over letters, by beginnings and endings of words, with one slip.
const form = document.getElementById("search");
const input = form.elements.namedItem("q");
const state = document.getElementById("search-state");
const results = document.getElementById("search-results");
const list = document.getElementById("search-list");
const PLAIN = { æ: "a", ä: "a", ø: "o", ö: "o", å: "a", đ: "d", ŋ: "n", ŧ: "t", ß: "ss" };
const MOST = 30;

const fold = (text) => {
  const small = [...text.normalize("NFC").toLowerCase()].map((sign) => PLAIN[sign] ?? sign).join("");
  const plain = small.normalize("NFKD").replace(/\p{M}/gu, "").replaceAll("aa", "a").replaceAll("ae", "a").replaceAll("oe", "o");
  return plain.match(/[a-z0-9]+/g) ?? [];
};

const entries = [...list.querySelectorAll("li[data-kind]")].map((item, order) => {
  const title = fold(item.querySelector("a").textContent);
  return { item, order, title, whole: title.join(" "), words: [...title, ...(item.dataset.words ?? "").split(" ")] };
});

// Whether one letter too many, too few, wrong or swapped makes the two words the same.
const slips = (one, other) => {
  if (Math.abs(one.length - other.length) > 1) return false;
  let start = 0;
  while (start < one.length && one[start] === other[start]) start += 1;
  const left = one.slice(start), right = other.slice(start);
  return left.slice(1) === right || left === right.slice(1) || left.slice(1) === right.slice(1)
    || (left[0] === right[1] && left[1] === right[0] && left.slice(2) === right.slice(2));
};

// How well a word that was typed fits a word of an entry; 0 where it does not.
const fits = (typed, word, inTitle) => {
  const worth = inTitle ? 1 : 0.6;
  if (word === typed) return 50 * worth;
  if (word.startsWith(typed)) return 40 * worth;
  if (typed.length >= 4 && word.length >= 3 && typed.startsWith(word) && typed.length - word.length <= 3) return 25 * worth;
  if (typed.length >= 4 && word.includes(typed)) return 15 * worth;
  if (typed.length >= 4 && (slips(typed, word) || slips(typed, word.slice(0, typed.length)))) return 10 * worth;
  return 0;
};

const score = (entry, typed) => {
  let sum = 0;
  for (const one of typed) {
    const best = Math.max(0, ...entry.words.map((word, place) => fits(one, word, place < entry.title.length)));
    if (!best) return 0;
    sum += best;
  }
  const asked = typed.join(" ");
  return sum + (entry.whole === asked ? 100 : entry.whole.startsWith(asked) ? 30 : 0);
};

const show = () => {
  const typed = fold(input.value);
  list.hidden = typed.length > 0;
  results.hidden = typed.length === 0;
  if (!typed.length) { state.textContent = ""; results.replaceChildren(); return; }
  const found = entries.map((entry) => ({ entry, worth: score(entry, typed) })).filter(({ worth }) => worth > 0);
  found.sort((one, other) => other.worth - one.worth || one.entry.title.length - other.entry.title.length || one.entry.order - other.entry.order);
  const good = found.filter(({ worth }) => worth >= found[0].worth / 3); // a slip of the pen counts only where nothing fits better
  results.replaceChildren(...good.slice(0, MOST).map(({ entry }) => entry.item.cloneNode(true)));
  const said = good.length === 0 ? "none" : good.length === 1 ? "one" : "many";
  state.textContent = state.dataset[said].replace("{count}", String(good.length));
};

const move = (event) => {
  const links = [...results.querySelectorAll("a")];
  const here = links.indexOf(document.activeElement);
  if (event.key === "ArrowDown" && links.length) (links[here + 1] ?? links[here]).focus();
  else if (event.key === "ArrowUp" && here >= 0) (links[here - 1] ?? input).focus();
  else if (event.key === "Escape" && here >= 0) input.focus();
  else return;
  event.preventDefault();
};

input.value = new URLSearchParams(location.search).get("q") ?? "";
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const address = new URL(location.href);
  address.searchParams.set("q", input.value);
  history.replaceState(null, "", address);
  show();
  results.querySelector("a")?.focus();
});
input.addEventListener("input", show);
form.addEventListener("keydown", move);
results.addEventListener("keydown", move);
show();
