// Comparison: one suite on one dataset, a phase and a score at a time.

const AXES = [
  ["log", "logarithmic"],
  ["linear", "linear"],
  ["relative", "relative to the median"],
];
const SIZES = {
  s: { scale: 1, title: "time of a round", name: UNITS.s },
  bytes: { scale: 2 ** -20, title: "peak memory of a round", name: UNITS.bytes },
};
const MANY = 20000; // marks beyond which a chart shows boxes alone
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
  const { suite, title, headings, texts, labels, reference, has_ratios, legend, standings, sentence } = comparison();
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
  const shown = table(
    headings,
    texts.map((row) => row.map(marked)),
    (column) => column >= labels,
  );
  shown.className = "starred";
  const ratios = has_ratios ? ` Ratios are to ${reference}.` : "";
  const told = `${title}.${ratios} ${legend}`;
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
  const cut = (text) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
  const texts = (row) => [cut(row.model), cut(rowName({ ...row, model: "" }))].filter(Boolean);
  return {
    rows: true,
    range: [-0.5, rows.length - 0.5],
    ticks: rows.map((row, value) => ({ value, texts: texts(row) })),
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
  const now = rows.map((row, place) => side(row, row.found, field, unit, place - (beside ? 0.14 : 0)));
  const old = beside
    ? rows.map((row, place) => side(row, row.found.filter(before), field, unit, place + 0.27, true))
    : [];
  const full = [...now, ...old].filter((one) => one.marks.length);
  const crowded = full.reduce((sum, one) => sum + one.marks.length, 0) > MANY;
  const boxes = full.filter((one) => one.marks.length > 4).map((one) => box(one, beside ? 12 : 18));
  return {
    layers: [
      { kind: "boxes", boxes },
      ...(crowded
        ? [
            strip(
              boxes.flatMap((one) => one.outliers),
              { shape: "circle", tone: "--soft", size: 3 },
            ),
          ]
        : strips(now, old, rows)),
    ],
    x: sizeAxis(axis, unit, full),
    y: rowAxis(rows, width),
    height: 60 + rows.length * (beside ? LINE + 10 : LINE),
    key: [...backendKey(rows), ...spreadKey(now, beside, crowded)],
    caption: spreadCaption(phase, axis, beside, crowded),
  };
}

/** The rounds of some cells of a row, or of their baselines, as marks. */
function side(row, own, field, unit, y, old = false) {
  const relative = chosen(scope, "axis") === "relative";
  const marks = own.flatMap((cell) => {
    const from = old ? cell.baseline : cell;
    const whole = relative ? median(cell.baseline?.[field] ?? cell[field]) || 1 : 1 / SIZES[unit].scale;
    const whose = `${cell.row}, fold ${cell.fold}, ${old ? "baseline, " : ""}round`;
    return (from[field] ?? []).map((value, round) => ({
      x: value / whole,
      contaminated: from.contaminated?.includes(round) ?? false,
      text: `${whose} ${round + 1}: ${quantity(value, unit)}`,
    }));
  });
  // Spread by the golden ratio: even, and the same each time.
  marks.forEach((mark, number) => (mark.y = y + (((number * 0.618034) % 1) - 0.5) * 0.24));
  const shown = (value) => (relative ? `${fixed(100 * value, 1)}%` : quantity(value / SIZES[unit].scale, unit));
  return {
    y,
    marks,
    shown,
    name: `${row.name}${old ? ", baseline" : ""}`,
    tone: old ? "--soft" : shade(backends.indexOf(row.backend)),
  };
}

function sizeAxis(axis, unit, sides) {
  const values = sides.flatMap((one) => one.marks.map((mark) => mark.x));
  if (axis === "relative") return { title: "relative to the median", name: UNITS.share, range: padded(values, 0.05) };
  const log = axis === "log" && least(values) > 0;
  return { ...SIZES[unit], log, range: padded(values, 0.05, { log, zero: true }) };
}

function spreadKey(now, beside, crowded) {
  const loaded = !crowded && now.some((one) => one.marks.some((mark) => mark.contaminated));
  const baseline = beside ? [["ring", "--soft", "baseline"]] : [];
  return [...baseline, ...(loaded ? [["crossed", "--worse", "other load took part"]] : [])];
}

function spreadCaption(phase, axis, beside, crowded) {
  const what = crowded ? "Boxes span" : "Each mark is a round of one fold; boxes span";
  const told = [`${capital(phase)}. ${what} the middle half, the line in them is the median.`];
  if (beside) told.push("Below each row, hollow: the baseline's.");
  if (axis === "relative") told.push(`100% is the median of the same fold${beside ? " in the baseline" : ""}.`);
  return told.join(" ");
}

/** The middle half of some marks and, within one and a half times its length from it, the least and the most. */
function box({ y, marks, tone, name, shown }, thick) {
  const ordered = marks.map((mark) => mark.x).sort((a, b) => a - b);
  const [first, middle, third] = [0.25, 0.5, 0.75].map((share) => quantile(ordered, share));
  const reach = 1.5 * (third - first);
  const [low, high] = [ordered.find((x) => x >= first - reach), ordered.findLast((x) => x <= third + reach)];
  const half = `the middle half from ${shown(first)} to ${shown(third)}`;
  const text = `${name}: median of ${counted(marks.length, "round")} ${shown(middle)},\n${half}`;
  const outliers = marks.filter(({ x }) => x < low || x > high).map((mark) => ({ ...mark, y }));
  return { low, first, middle, third, high, y, thick, tone, text, outliers };
}

function quantile(ordered, share) {
  const place = (ordered.length - 1) * share;
  const [below, above] = [ordered[Math.floor(place)], ordered[Math.ceil(place)]];
  return below + (above - below) * (place % 1);
}

function strips(now, old, rows) {
  const layers = distinct(rows.map((row) => row.backend)).map((backend) => {
    const own = now.filter((_, place) => rows[place].backend === backend).flatMap((one) => one.marks);
    return strip(own, look(backends.indexOf(backend), { size: 6, opacity: 0.75 }));
  });
  const loaded = now.flatMap((one) => one.marks.filter((mark) => mark.contaminated));
  const past = old.flatMap((one) => one.marks);
  layers.push(strip(past, { shape: "ring", tone: "--soft", size: 5, width: 1 }));
  layers.push(strip(loaded, { shape: "crossed", tone: "--worse", size: 8, width: 2 }));
  return layers;
}
