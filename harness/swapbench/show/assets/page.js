// The outcome.

function outcome() {
  const { grave, heading, tally, baseline, notes } = data.outcome;
  const [glyph, tone] = { fine: ["✓", "better"], worse: ["✕", "worse"], unknown: ["?", "doubt"] }[grave];
  const commit = data.sources.length === 1 ? commitOf(data.sources[0]) : "";
  const about = [`Run ${data.run.name}`, moment(data.run.started), commit && `commit ${commit}`];
  at("about").textContent = about.filter(Boolean).join(" · ");
  at("heading").append(el("span", { class: `kind ${tone}`, "aria-hidden": "true" }, `${glyph} `), capital(heading));
  at("told").append(el("p", {}, baseline ? `Against ${baseline}: ${tally}.` : `${tally}.`));
  const rest = baseline ? [`${data.run.tally}.`, ...notes] : notes;
  at("told").append(...rest.map((note) => el("p", { class: "soft" }, note)));
  const problems = [...failing()];
  if (problems.length) at("told").append(...list(problems, 8, (line) => el("li", {}, line()), { class: "problems" }));
  document.title = `swapbench: ${heading}`;
}

function* failing() {
  const grave = verdicts.filter((verdict) => verdict.fails);
  const told = new Set(grave.flatMap((verdict) => verdict.cells));
  const bad = cells.filter((cell) => !["ok", "skipped"].includes(cell.status) && !told.has(cell.index));
  for (const verdict of grave) yield () => verdictLine(verdict);
  for (const cell of bad) yield () => [sign(cell.status), " ", cellLink(cell), cell.reason ? `: ${cell.reason}` : ""];
  for (const agreement of data.agreements.filter((one) => one.fails)) yield () => agreementLine(agreement);
}

function cellLink(cell, text = cell.name) {
  return el("a", { href: `#cell-${cell.index}`, onclick: () => reveal(cell) }, text);
}

function verdictLine(verdict, subject = cellLink(cells[verdict.cells[0]], verdict.subject)) {
  const metric = verdict.metric ? [el("strong", {}, verdict.metric), subject && " of "] : [];
  return [sign(verdict.kind, verdict.fails), " ", ...metric, subject, `: ${verdict.reason}.`];
}

const agreementLine = (one) => [sign(one.kind, one.fails), " ", one.sentence];

// Verdicts, the gravest first.

function verdictList() {
  for (const [kind, own] of Map.groupBy(verdicts, (verdict) => verdict.kind)) {
    const grave = own.some((verdict) => verdict.fails);
    const head = el("summary", {}, sign(kind, grave), ` ${counted(own.length, "verdict")}`);
    const group = el("details", { open: grave }, head);
    const fill = () => group.append(...list(own, 20, (verdict) => el("li", {}, verdictLine(verdict))));
    if (grave) fill();
    else group.addEventListener("toggle", fill, { once: true });
    at("kinds").append(group);
  }
}

// Agreements, notes, environment.

function sayings() {
  const { agreements, notes } = data;
  const told = (title, lines, line) => [el("h3", {}, title), ...list(lines, 20, (one) => el("li", {}, line(one)))];
  const alike = "Agreement between backends and variants";
  if (agreements.length) at("said").append(...told(alike, agreements, agreementLine));
  if (notes.length) at("said").append(...told("Notes", notes, (note) => note));
}

function surroundings() {
  const groups = Object.entries(conditions()).filter(([, found]) => found.size);
  const boxes = [["Run", provenance()], ...groups.map(([title, found]) => [title, [...found].sort().map(shared)])];
  at("surroundings").append(
    el("div", { class: "beside" }, boxes.map(([title, pairs]) => el("div", {}, el("h3", {}, title), terms(pairs)))),
    ...tolerances(),
  );
}

/** Each condition of the run with its values, and how many cells had each. */
function conditions() {
  const groups = { conditions: new Map(), machine: new Map(), versions: new Map() };
  for (const [place, own] of Map.groupBy(cells, (cell) => cell.environment)) {
    for (const [path, value] of flat(data.environments[place] ?? {})) {
      const [first, ...rest] = path.split(" ");
      const [group, name] = Object.hasOwn(groups, first) ? [first, rest.join(" ")] : ["conditions", path];
      const values = groups[group].get(name) ?? new Map();
      groups[group].set(name, values.set(value, (values.get(value) ?? 0) + own.length));
    }
  }
  return Object.fromEntries(Object.entries(groups).map(([name, found]) => [capital(name), found]));
}

/** A condition with its one value, or with how many cells had each. */
function shared([name, values]) {
  const told = [...values].map(([value, count]) => (values.size > 1 ? `${value} (${counted(count, "cell")})` : value));
  const left = told.length - 6;
  return [name, [...told.slice(0, 6), ...(left > 0 ? [`and ${left} more`] : [])].map((text) => el("div", {}, text))];
}

function provenance() {
  const sources = [...Map.groupBy(cells, (cell) => cell.source)].filter(([place]) => place !== undefined);
  const told = sources.flatMap(([place, own]) => {
    const { commit, title, date, dirty } = data.sources[place];
    const count = sources.length > 1 ? `, ${counted(own.length, "cell")}` : "";
    return [
      ["commit", `${commit ?? "unknown"} ${title ?? ""}${count}`],
      ["committed", moment(date)],
      ["changed since", dirty ? "yes" : "no"],
    ];
  });
  const about = [["name", data.run.name], ["started", moment(data.run.started)], ["cells", data.run.tally]];
  return [...about, ...told].filter(([, value]) => value);
}

function tolerances() {
  const declared = suites.flatMap((suite) => suite.rules.map((rule) => [suite.name, ...rule]));
  const others = data.defaults.map(([metric, allowed]) => ["all others", metric, ...data.row.map(() => ""), allowed]);
  const rows = [...declared, ...others].map((rule) => rule.map((part) => part || "any"));
  if (!rows.length) return [];
  const shown = table(["suite", "metric", ...data.row, "allowed"], rows);
  return [el("h3", { class: "apart" }, "Tolerances in force"), scrolled(shown, "tolerances")];
}

// The page.

function sections() {
  const empty = {
    comparison: !comparisons.length,
    verdicts: !verdicts.length,
    history: !history.lines.length,
    notes: !data.notes.length && !data.agreements.length,
  };
  for (const section of document.querySelectorAll("main > section")) {
    section.hidden = empty[section.id] ?? false;
    const name = section.querySelector("h2")?.textContent ?? "Outcome";
    if (!section.hidden) at("nav").append(el("a", { href: `#${section.id}` }, name));
  }
}

function paint(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  at("theme").textContent = themed() === "dark" ? "Light colours" : "Dark colours";
}

function themed() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  return document.documentElement.dataset.theme ?? (dark ? "dark" : "light");
}

function printing() {
  const { theme } = document.documentElement.dataset;
  more(listed.length);
  paint("light");
  for (const one of charts.values()) draw(Object.assign(one, { near: true }));
  addEventListener("afterprint", () => paint(theme), { once: true });
}

sections();
outcome();
compare();
cellsTable();
verdictList();
historyLines();
sayings();
surroundings();
paint();
refresh();
fit();
at("theme").addEventListener("click", () => paint(themed() === "dark" ? "light" : "dark"));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
  paint(document.documentElement.dataset.theme),
);
addEventListener("beforeprint", printing);
const asked = cells[/^#cell-(\d+)$/.exec(location.hash)?.[1]];
if (asked) reveal(asked);
