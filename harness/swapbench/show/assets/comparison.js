// Comparison: one suite on one dataset, a phase and a score at a time.

const AXES = [["log", "logarithmic"], ["linear", "linear"], ["relative", "relative to the median"]];
const SIZES = {
  s: { scale: 1, title: "time of a round", ticksuffix: "s", exponentformat: "SI", minexponent: 0 },
  bytes: { scale: 2 ** -20, title: "peak memory of a round", ticksuffix: " MiB" },
};
const MANY = 6000; // marks beyond which a chart shows boxes alone
const LINE = 42; // pixels that a row of a chart takes

const scope = at("scope");
const backends = distinct(cells.map((cell) => cell.backend));
const comparison = () => comparisons[Number(chosen(scope, "comparison"))];
const compared = () => cells.filter((cell) => inScope(cell) && cell.status === "ok");
const inScope = (cell) => cell.suite === comparison().suite && cell.dataset === comparison().dataset;
const scoresOf = (name) => suites.find((suite) => suite.name === name).scores;
const scoreNamed = (name) => scoresOf(comparison().suite).find((score) => score.name === name);
const before = (cell) => cell.baseline;

function compare() {
  if (!comparisons.length) return;
  const name = (one) => [one.suite, one.dataset].filter(Boolean).join(" on ");
  const titles = comparisons.map((one, index) => [String(index), name(one)]);
  scope.append(select("Comparison", "comparison", titles));
  scope.addEventListener("submit", (event) => event.preventDefault());
  scope.addEventListener("change", (event) => {
    if (event.target.name === "comparison") offer();
    refresh("times", "front", "memory", "folds");
  });
  chart("times", "Times", (width) => spread("times", "s", width));
  chart("front", "Score against time", front);
  chart("memory", "Peak memory", (width) => spread("peaks", "bytes", width));
  chart("folds", "Score of each fold", folds);
  offer();
}

/** Offer the phases and scores that the comparison has, and show its table. */
function offer() {
  const { suite, title, headings, texts, labels, reference, legend, standings, sentence } = comparison();
  const axis = chosen(scope, "axis") || (cells.some(before) ? "relative" : "log");
  const scores = scoresOf(suite).map((score) => score.name);
  const cut = el("input", { type: "checkbox", name: "cut", checked: true });
  scope.replaceChildren(
    scope.firstElementChild,
    select("Phase", "phase", same(compared().map((cell) => cell.phase))),
    ...(scores.length ? [select("Score", "score", same(scores))] : []),
    select("Times and memory", "axis", AXES, axis),
    el("label", { class: "tick", hidden: true }, cut, "Cut off scores far away"),
  );
  const marked = (text, column) => (column < labels ? text : starred(text));
  const shown = table(headings, texts.map((row) => row.map(marked)), (column) => column >= labels);
  shown.className = "starred";
  const told = `${title}. Ratios are to ${reference}. ${legend}`;
  at("table").replaceChildren(
    el("p", { class: "soft" }, told),
    scrolled(shown, title),
    ...(sentence ? [winners(sentence, standings)] : []),
  );
}

/** Who is ahead, and folded under it how the rows stand in each quantity and how that was tested. */
function winners(sentence, standings) {
  const lines = standings.map((one) => el("li", {}, one.sentence));
  return el("details", {}, el("summary", {}, sentence), el("ul", {}, lines));
}

/** A figure, its marks outside of its digits. */
function starred(text) {
  const [, figure, marks] = /^(.*?)(?: ([*≈!]+))?$/.exec(text);
  return marks ? [figure, mark(marks)] : figure;
}

const mark = (text) => el("span", { class: "star" }, text);

/** The rows of the comparison with what `values` finds for each, without those it finds nothing for. */
function rowsWith(values) {
  const own = Map.groupBy(compared(), (cell) => cell.row);
  const rows = comparison().rows.map((row) => ({ ...row, name: rowName(row) }));
  const full = rows.map((row) => ({ ...row, found: values(own.get(row.name) ?? [], row) }));
  return full.filter((row) => row.found.length);
}

function rowAxis(rows, width) {
  const most = width < 420 ? 16 : 28;
  const cut = (text) => plain(text.length > most ? `${text.slice(0, most - 1)}…` : text);
  return {
    tickvals: rows.map((_, place) => place),
    ticktext: rows.map((row) => `${cut(row.model)}<br>${cut(rowName({ ...row, model: "" }))}`),
    range: [rows.length - 0.5, -0.5],
    fixedrange: true,
    showgrid: false,
    zeroline: false,
  };
}

function backendKey(rows) {
  const numbers = distinct(rows.map((row) => backends.indexOf(row.backend)));
  return numbers.map((number) => keyOf(number, backends[number] || "no backend"));
}

// Times and memory: every round, row by row, with a box round the middle half; the baseline's below them.

function spread(field, unit, width) {
  const [phase, axis] = [chosen(scope, "phase"), chosen(scope, "axis")];
  const rows = rowsWith((own) => own.filter((cell) => cell.phase === phase && cell[field]));
  if (!rows.length) return { caption: "Nothing was measured." };
  const beside = rows.some((row) => row.found.some((cell) => cell.baseline?.[field]));
  const now = rows.map((row, place) => side(row.found, field, unit, place - (beside ? 0.12 : 0)));
  const old = beside ? rows.map((row, place) => side(row.found.filter(before), field, unit, place + 0.26, true)) : [];
  const full = [...now, ...old].filter((one) => one.marks.length);
  const crowded = full.reduce((sum, one) => sum + one.marks.length, 0) > MANY;
  return {
    traces: [
      ...full.filter((one) => one.marks.length > 4).map((one) => box(one, beside, crowded)),
      ...(crowded ? [] : strips(now, old, rows)),
    ],
    layout: { x: sizeAxis(axis, unit, full), y: rowAxis(rows, width) },
    height: 50 + rows.length * (beside ? LINE + 8 : LINE),
    key: [...backendKey(rows), ...spreadKey(now, beside, crowded)],
    caption: spreadCaption(phase, axis, beside, crowded),
  };
}

/** The rounds of some cells, or of their baselines, as marks. */
function side(own, field, unit, height, old = false) {
  const relative = chosen(scope, "axis") === "relative";
  const marks = own.flatMap((cell) => {
    const from = old ? cell.baseline : cell;
    const whole = relative ? median(cell.baseline?.[field] ?? cell[field]) : 1 / SIZES[unit].scale;
    const whose = `${cell.row}, fold ${cell.fold}, ${old ? "baseline, " : ""}round`;
    return (from[field] ?? []).map((value, round) => ({
      value: value / whole,
      contaminated: from.contaminated?.includes(round) ?? false,
      text: plain(`${whose} ${round + 1}: ${quantity(value, unit)}`),
    }));
  });
  // Spread by the golden ratio: even, and the same each time.
  marks.forEach((mark, number) => (mark.height = height + (((number * 0.618034) % 1) - 0.5) * 0.24));
  return { height, marks };
}

function sizeAxis(axis, unit, sides) {
  const { scale, ...x } = SIZES[unit];
  if (axis === "relative") return { title: "relative to the median", tickformat: ".2~%" };
  const positive = sides.every((one) => one.marks.every((mark) => mark.value > 0));
  return { ...x, type: axis === "log" && positive ? "log" : "linear", rangemode: "tozero" };
}

function spreadKey(now, beside, crowded) {
  const loaded = !crowded && now.some((one) => one.marks.some((mark) => mark.contaminated));
  const baseline = beside ? [["○", "var(--soft)", "baseline"]] : [];
  return [...baseline, ...(loaded ? [["✕", "var(--worse)", "other load took part"]] : [])];
}

function spreadCaption(phase, axis, beside, crowded) {
  const what = crowded ? "Boxes span" : "Each mark is a round of one fold; boxes span";
  const told = [`${capital(phase)}. ${what} the middle half, the line in them is the median.`];
  if (beside) told.push("Below each row, hollow: the baseline's.");
  if (axis === "relative") told.push(`100% is the median of the same fold${beside ? " in the baseline" : ""}.`);
  return told.join(" ");
}

function box({ height, marks }, beside, alone) {
  return {
    type: "box",
    orientation: "h",
    x: marks.map((mark) => mark.value),
    y: marks.map(() => height),
    width: beside ? 0.32 : 0.44,
    boxpoints: alone ? "outliers" : false,
    marker: { size: 3 },
    line: { color: colour("--soft"), width: 1 },
    fillcolor: "rgba(128,128,128,0.15)",
    hoverinfo: alone ? "x" : "skip",
  };
}

function strips(now, old, rows) {
  const traces = distinct(rows.map((row) => row.backend)).map((backend) => {
    const own = now.filter((_, place) => rows[place].backend === backend).flatMap((one) => one.marks);
    return strip(own, look(backends.indexOf(backend), { size: 6, opacity: 0.75 }));
  });
  const worse = colour("--worse");
  const loaded = now.flatMap((one) => one.marks.filter((mark) => mark.contaminated));
  const past = old.flatMap((one) => one.marks);
  traces.push(strip(past, { color: colour("--soft"), symbol: "circle-open", size: 5 }));
  traces.push(strip(loaded, { color: worse, symbol: "x-thin", size: 10, line: { width: 2, color: worse } }));
  return traces;
}
