const data = JSON.parse(document.getElementById("data").textContent);
const { cells, verdicts, suites, comparisons, history } = data;
const BATCH = 80; // rows of the matrix, and lines of a list, that are made at once

// Building the document. What comes from the data is text, never markup.

const at = (id) => document.getElementById(id);

function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== false && value !== undefined) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

function scrolled(table, label) {
  return el("div", { class: "scroll", role: "region", tabindex: 0, "aria-label": label }, table);
}

function table(headings, rows, numbers = () => false) {
  const kind = (column) => (numbers(column) ? { class: "number" } : {});
  const head = headings.map((heading, column) => el("th", { scope: "col", ...kind(column) }, heading));
  const lines = rows.map((row) => el("tr", {}, row.map((cell, column) => el("td", kind(column), cell))));
  return el("table", {}, el("thead", {}, el("tr", {}, head)), el("tbody", {}, lines));
}

function terms(pairs) {
  return el("dl", {}, pairs.map(([term, told]) => [el("dt", {}, term), el("dd", {}, told)]).flat());
}

/** A list that shows its first items, and more of them with each press of a button. */
function list(items, first, line, more = {}) {
  const node = el("ul", more);
  const button = el("button", { type: "button", onclick: () => grow(BATCH) });
  function grow(count) {
    node.append(...items.slice(node.children.length, node.children.length + count).map(line));
    const left = items.length - node.children.length;
    button.textContent = left > BATCH ? `Show ${BATCH} of ${fixed(left, 0)} more` : `Show ${left} more`;
    button.hidden = left === 0;
  }
  grow(first);
  return [node, button];
}

function select(label, name, options, chosen) {
  const choices = options.map(([value, text]) => el("option", { value, selected: value === chosen }, text));
  return el("label", {}, label, el("select", { name }, choices));
}

/** Return what a form's field says; nothing where it has no such field. */
const chosen = (form, name) => form.elements[name]?.value ?? "";
const distinct = (values) => [...new Set(values)];
const same = (values) => distinct(values).map((value) => [value, value]);
const capital = (text) => text[0].toUpperCase() + text.slice(1);

// Numbers as people read them: the same as in harness/swapbench/base/units.py.

const formats = [0, 1, 2, 3, 4, 5, 6].map((places) => {
  const digits = { minimumFractionDigits: places, maximumFractionDigits: places };
  return new Intl.NumberFormat("en", { ...digits, roundingMode: "halfEven" });
});
const fixed = (value, places) => formats[places].format(value);
const counted = (number, noun) => `${fixed(number, 0)} ${noun}${number === 1 ? "" : "s"}`;

function three(value) {
  const places = value > 0 ? 2 - Math.floor(Math.log10(value)) : 2;
  return fixed(value, Math.min(Math.max(places, 0), 6));
}

function seconds(value) {
  if (value >= 1) return `${three(value)} s`;
  return value * 1e3 >= 1 ? `${three(value * 1e3)} ms` : `${three(value * 1e6)} us`;
}

const mebibytes = (value) => `${fixed(value / 2 ** 20, 1)} MiB`;

function quantity(value, unit) {
  if (unit === "s") return seconds(value);
  if (unit === "bytes") return mebibytes(value);
  if (Number.isInteger(value) && Math.abs(value) >= 1) return fixed(value, 0);
  return `${fixed(value, 4)} ${unit}`.trim();
}

function median(values) {
  const ordered = [...values].sort((a, b) => a - b);
  const half = ordered.length >> 1;
  return ordered.length % 2 ? ordered[half] : (ordered[half - 1] + ordered[half]) / 2;
}

function moment(iso) {
  const date = new Date(iso ?? "");
  if (Number.isNaN(date.valueOf())) return iso ?? "";
  const text = date.toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 16)} UTC`;
}

const short = (commit) => commit.slice(0, 7);

/** Name what is compared; what was read from a file of pytest-benchmark has no backend. */
const rowName = (one) => data.row.map((name) => one[name]).filter(Boolean).join("-");

function commitOf({ commit, title, dirty } = {}) {
  return commit && `${short(commit)}${title ? ` “${title}”` : ""}${dirty ? ", with uncommitted changes" : ""}`;
}

// Verdicts and statuses, the gravest first: a sign and a word each; colour only repeats them.

const SIGNS = {
  missing: ["∅", "worse"],
  regressed: ["✕", "worse"],
  different: ["≠", "doubt"],
  incomparable: ["⊘", "doubt"],
  inconclusive: ["?", "doubt"],
  improved: ["▲", "better"],
  new: ["+", "new"],
  equivalent: ["=", "plain"],
  ok: ["✓", "plain"],
  skipped: ["–", "plain"],
  "not run": ["∅", "doubt"],
};
const GRAVITY = Object.keys(SIGNS);

function sign(word, fails = false) {
  const [glyph, tone] = SIGNS[word] ?? ["✕", "worse"];
  const shown = el("span", { "aria-hidden": "true" }, `${glyph} `);
  return el("span", { class: `kind ${fails ? "worse" : tone}` }, shown, word);
}

// Cells and their verdicts know each other; the lines of the history know their cells.

history.lines.forEach(complete);
cells.forEach((cell, index) => Object.assign(cell, { index, row: rowName(cell), verdicts: [] }));
verdicts.forEach((verdict) => verdict.cells.forEach((index) => cells[index].verdicts.push(verdict)));
for (const cell of cells) {
  cell.scores = Object.assign(Object.create(null), cell.scores); // of a score that it lacks, whatever that is called
  cell.verdict = cell.verdicts[0]?.kind ?? "";
  const told = [cell.name, cell.profile, cell.status, cell.reason, ...cell.verdicts.map((verdict) => verdict.kind)];
  cell.text = told.join(" ").toLowerCase();
}

/** Give a line of the history what it shares with others, and its points as a run, a value, the least and the most. */
function complete(line) {
  const [metric, unit, better] = history.metrics[line.metric];
  const points = line.values.map((value, place) => {
    const [low, high] = [line.low, line.high].map((column) => column?.[place] ?? undefined);
    return [line.runs?.[place] ?? place, value, low, high];
  });
  Object.assign(line, history.cells[line.cell], { parted: {}, changes: [], ...line, metric, unit, better, points });
}
