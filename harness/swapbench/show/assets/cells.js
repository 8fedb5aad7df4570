// The matrix: all cells, a batch at a time as one scrolls.

const CHOICES = [...data.fields.filter((name) => name !== "fold"), "status", "verdict"];
const filters = at("filters");
const matrix = at("matrix");
const body = el("tbody");
const collator = new Intl.Collator("en", { numeric: true });
const sorting = { column: null, falling: false };
let listed = cells;
let made = 0;

const fails = (cell) => cell.verdicts.some((verdict) => verdict.fails);
const gravity = (cell) => (cell.verdict ? GRAVITY.indexOf(cell.verdict) : undefined);
const named = (name) => ({ name, key: (cell) => cell[name], show: (cell) => String(cell[name]) });
const signed = (name, key, show) => ({ name, key, show });
const loaded = (cell) => 2 * (cell.contaminated?.length ?? 0) > cell.times.length;
const figure = (name, key, text) => ({ name, key, show: (cell) => text(key(cell)), number: true });
const columns = [
  ...data.fields.map(named),
  signed("status", (cell) => cell.status, (cell) => sign(cell.status)),
  ...(verdicts.length ? [signed("verdict", gravity, (cell) => sign(cell.verdict, fails(cell)))] : []),
  { ...figure("time", (cell) => cell.time), show: (cell) => [seconds(cell.time), loaded(cell) ? mark("!") : null] },
  figure("peak memory", (cell) => cell.memory, mebibytes),
  ...distinct(suites.flatMap((suite) => suite.scores.map((score) => score.name))).map((name) =>
    figure(name, (cell) => cell.scores[name], (value) => fixed(value, 4)),
  ),
  figure("rounds", (cell) => cell.times?.length, String),
];

function cellsTable() {
  filters.append(...choices());
  filters.addEventListener("input", relist);
  filters.addEventListener("submit", (event) => event.preventDefault());
  matrix.append(el("table", { "aria-rowcount": cells.length + 1 }, el("thead", {}, headings()), body));
  matrix.addEventListener("scroll", () => {
    if (matrix.scrollTop + matrix.clientHeight > matrix.scrollHeight - 800) more();
  });
  body.addEventListener("click", opened);
  relist();
}

function choices() {
  const kinds = CHOICES.map((name) => [name, distinct(cells.map((cell) => cell[name])).filter(Boolean)]);
  return [
    el("label", {}, "Find", el("input", { type: "search", name: "text", placeholder: "words of a cell" })),
    ...kinds
      .filter(([, values]) => values.length > 1)
      .map(([name, values]) => select(capital(name), name, [["", "all"], ...same(values.sort(collator.compare))])),
    el("button", { type: "button", onclick: listAll }, "Clear"),
  ];
}

function headings() {
  const heads = columns.map((column) => {
    const button = el("button", { type: "button", onclick: () => sortBy(column) }, column.name);
    return el("th", { scope: "col", class: column.number && "number" }, button);
  });
  return el("tr", {}, el("th", { scope: "col", "aria-label": "details" }), heads);
}

function relist() {
  const words = chosen(filters, "text").toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = CHOICES.map((name) => [name, chosen(filters, name)]).filter(([, value]) => value);
  const fits = (cell) => wanted.every(([name, value]) => cell[name] === value);
  listed = cells.filter((cell) => fits(cell) && words.every((word) => cell.text.includes(word)));
  if (sorting.column) listed.sort(byColumn);
  const all = counted(cells.length, "cell");
  at("count").textContent = listed.length === cells.length ? all : `${fixed(listed.length, 0)} of ${all}`;
  body.replaceChildren();
  made = 0;
  matrix.scrollTop = 0;
  more();
}

function listAll() {
  filters.reset();
  relist();
}

function sortBy(column) {
  sorting.falling = sorting.column === column && !sorting.falling;
  sorting.column = column;
  matrix.querySelectorAll("thead th").forEach((head, place) => {
    head.removeAttribute("aria-sort");
    if (columns[place - 1] === column) head.setAttribute("aria-sort", sorting.falling ? "descending" : "ascending");
  });
  relist();
}

/** What a cell does not have comes last, whichever way the others are sorted. */
function byColumn(a, b) {
  const [left, right] = [a, b].map(sorting.column.key);
  if (left === undefined || right === undefined) return (left === undefined) - (right === undefined);
  const order = typeof left === "number" ? left - right : collator.compare(left, right);
  return sorting.falling ? -order : order;
}

function more(count = BATCH) {
  body.append(...listed.slice(made, made + count).map(row));
  made = Math.min(made + count, listed.length);
}

function row(cell) {
  const told = { "aria-expanded": "false", "aria-label": `Details of ${cell.name}` };
  const opener = el("button", { type: "button", class: "open", ...told }, "▸");
  const values = columns.map((column) =>
    el("td", { class: column.number && "number" }, column.key(cell) === undefined ? "-" : column.show(cell)),
  );
  return el("tr", { class: "row", "data-cell": cell.index }, el("td", {}, opener), values);
}

function opened(event) {
  const own = event.target.closest(".row");
  if (own && !String(getSelection())) toggle(own);
}

function toggle(own) {
  const opener = own.querySelector(".open");
  const open = opener.getAttribute("aria-expanded") === "true";
  opener.setAttribute("aria-expanded", String(!open));
  if (open) own.nextElementSibling.remove();
  else own.after(detail(cells[own.dataset.cell]));
}

/** Show a cell in the matrix with its details open. */
function reveal(cell) {
  if (!listed.includes(cell)) listAll();
  more(listed.indexOf(cell) + 1 - made);
  const own = body.querySelector(`[data-cell="${cell.index}"]`);
  const opener = own.querySelector(".open");
  if (opener.getAttribute("aria-expanded") === "false") toggle(own);
  at("cells").scrollIntoView();
  matrix.scrollTop = own.offsetTop - matrix.querySelector("thead").offsetHeight;
  opener.focus({ preventScroll: true });
}

function detail(cell) {
  const part = (title, node, shape = "") => el("div", { class: shape }, el("h3", {}, title), node);
  const parts = [part("Cell", terms(facts(cell)))];
  if (cell.times) parts.push(part("Rounds", rounds(cell)));
  if (cell.environment !== undefined) parts.push(part("Environment", terms(flat(data.environments[cell.environment]))));
  if (cell.verdicts.length) {
    const told = cell.verdicts.map((verdict) => el("li", {}, verdictLine(verdict, "")));
    parts.unshift(part("Verdicts", el("ul", {}, told), "wide"));
  }
  if (cell.output) parts.push(part("What it printed", el("pre", {}, cell.output), "wide"));
  return el("tr", { class: "detail" }, el("td", { colspan: columns.length + 1 }, el("div", {}, parts)));
}

function facts(cell) {
  const whole = (value) => (value === undefined ? undefined : fixed(value, 0));
  const pairs = [
    ["name", cell.name],
    ["profile", cell.profile],
    ["status", cell.reason ? `${cell.status}: ${cell.reason}` : cell.status],
    ["parameters", whole(cell.parameters)],
    ["FLOPs an example", whole(cell.flops)],
    ["examples", cell.train && `${whole(cell.train)} to train, ${whole(cell.test ?? 0)} to test`],
    ["deterministic", { true: "yes", false: "no" }[cell.deterministic]],
    ["measured again", cell.discarded ? counted(cell.discarded, "round") : undefined],
    ["started", moment(cell.started)],
    ["commit", commitOf(data.sources[cell.source])],
    ["key", cell.key],
  ];
  return pairs.filter(([, value]) => value);
}

function rounds(cell) {
  const told = (round) => (cell.contaminated.includes(round) ? "other load took part" : "");
  const shown = [["round", (round) => String(round + 1)], ["time", (round) => seconds(cell.times[round])]];
  if (cell.best) shown.push(["shortest call", (round) => seconds(cell.best[round])]);
  if (cell.peaks?.length === cell.times.length) shown.push(["peak memory", (round) => mebibytes(cell.peaks[round])]);
  if (cell.contaminated) shown.push(["", told]);
  const rows = cell.times.map((_, round) => shown.map(([, text]) => text(round)));
  const own = table(shown.map(([heading]) => heading), rows, (column) => shown[column][1] !== told);
  return el("div", { class: "rounds", tabindex: 0, role: "region", "aria-label": "rounds" }, own);
}

/** Nested values as pairs of a path and a text. */
function flat(values, path = "") {
  return Object.entries(values).flatMap(([key, value]) => {
    const name = `${path} ${key.replaceAll("_", " ")}`.trim();
    if (value === null || value === "") return [];
    if (Array.isArray(value)) return [[name, value.join(", ")]];
    if (typeof value === "object") return flat(value, name);
    return key.endsWith("_bytes") ? [[name.replace(/ bytes$/, ""), mebibytes(value)]] : [[name, String(value)]];
  });
}
