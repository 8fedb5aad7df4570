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
  const { suite, title, headings, texts, reference } = comparison();
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
  const shown = table(headings, texts.map((row) => row.map(starred)), (column) => column > 1);
  shown.className = "starred";
  const told = `${title}. Ratios are to ${reference}; * marks a row shown to be better than every other, ≈ rows that lead, of which nothing shows which is best.`;
  at("table").replaceChildren(el("p", { class: "soft" }, told), scrolled(shown, title));
}

function starred(text) {
  if (!text.endsWith(" *")) return text;
  return el("span", {}, text.slice(0, -2), el("span", { class: "star" }, "*"));
}

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
    ticktext: rows.map((row) => `${cut(row.model)}<br>${cut(row.backend)}`),
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
  if (axis === "relative") return { title: "relative to the median", tickformat: ".0%" };
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

// Score against time, with the rows that no other beats in both joined by steps.

function front(width) {
  const [phase, name] = [chosen(scope, "phase"), chosen(scope, "score")];
  const rows = rowsWith((_, row) => (row.values[phase] && row.values[name] ? [row] : []));
  if (!rows.length) return { caption: "There are no rows with both a time and a score." };
  const score = scoreNamed(name);
  const points = rows.map((row) => point(row, row.values[name], row.values[phase].value));
  const [best, far] = [unbeaten(points, score.better), farOff(points, score.better)];
  const shown = points.filter((p) => !far.includes(p));
  const log = chosen(scope, "axis") !== "linear";
  const across = (p) => (log ? Math.log10(p.x) : p.x);
  const [x, y] = [padded(shown.map(across), 0.1), padded(shown.flatMap(ends), 0.12)];
  const size = { width: width - 86, height: 320 };
  const share = (value, [low, high]) => (value - low) / (high - low);
  const spot = (p) => [share(across(p), x) * size.width, (1 - share(p.y, y)) * size.height];
  label(distinct([...best, ...points]).filter((p) => shown.includes(p)), size, spot, treads(best, size, spot));
  return {
    traces: [steps(best, log ? 10 ** x[1] : x[1]), ...clouds(points)],
    layout: {
      margin: { l: 70, r: 16, t: 8, b: 50 },
      x: { ...SIZES.s, title: `median time of ${phase}`, type: log ? "log" : "linear", range: x, automargin: false },
      y: { title: name + (score.unit && `, ${score.unit}`), range: y, automargin: false },
    },
    height: size.height + 58,
    key: [...backendKey(rows), ["┅", "var(--soft)", "no row beats these in both"]],
    caption:
      `Mean ${name} over folds, with its 95 % interval, against the median time of ${phase}. Better is to the left ` +
      `and ${score.better === "higher" ? "up" : "down"}.${beyond(far)}`,
  };
}

const point = (row, { value, half_width: half }, x = 0) => ({ ...row, x, y: value, half: half ?? 0 });
const ends = (p) => [p.y - p.half, p.y + p.half];
const scored = (p) => `${fixed(p.y, 4)}${p.half ? ` ± ${fixed(p.half, 4)}` : ""}`;

/** The worst points, where leaving out these few gives all others at least three times the room on the axis. */
function farOff(points, better) {
  const tick = scope.elements.cut;
  const gain = better === "higher" ? 1 : -1;
  const ordered = [...points].sort((a, b) => gain * (a.y - b.y));
  const span = (some) => Math.max(...some.flatMap(ends)) - Math.min(...some.flatMap(ends));
  const few = ordered.slice(0, ordered.length >> 2).map((_, place) => place + 1);
  const count = few.find((number) => 3 * span(ordered.slice(number)) < span(ordered)) ?? 0;
  tick.parentElement.hidden = !count;
  return tick.checked ? ordered.slice(0, count) : [];
}

function beyond(far) {
  return far.length ? ` Beyond the axis: ${far.map((p) => `${p.name} (${fixed(p.y, 4)})`).join(", ")}.` : "";
}

function unbeaten(points, better) {
  const gain = (a, b) => (better === "higher" ? a.y - b.y : b.y - a.y);
  const ordered = [...points].sort((a, b) => a.x - b.x || gain(b, a));
  return ordered.reduce((best, p) => (best.length && gain(p, best.at(-1)) <= 0 ? best : [...best, p]), []);
}

function steps(best, end) {
  return {
    type: "scatter",
    mode: "lines",
    x: [...best.map((p) => p.x), end],
    y: [...best.map((p) => p.y), best.at(-1).y],
    line: { shape: "hv", dash: "dot", width: 2, color: colour("--soft") },
    hoverinfo: "skip",
  };
}

function clouds(points) {
  return distinct(points.map((p) => p.backend)).map((backend) => {
    const own = points.filter((p) => p.backend === backend);
    const number = backends.indexOf(backend);
    return {
      type: "scatter",
      mode: "markers+text",
      x: own.map((p) => p.x),
      y: own.map((p) => p.y),
      error_y: { array: own.map((p) => p.half), color: shade(number), thickness: 1, width: 4 },
      text: own.map((p) => (p.position ? plain(p.model) : "")),
      textposition: own.map((p) => p.position ?? "top center"),
      hovertext: own.map((p) => plain(`${p.name}: ${seconds(p.x)}, ${scored(p)}`)),
      hoverinfo: "text",
      marker: look(number, { size: 10 }),
    };
  });
}

// Where a point's name begins: so far right and down from it, and by this share of its own length.
const POSITIONS = {
  "middle right": [9, -7, 0],
  "middle left": [-9, -7, -1],
  "top center": [0, -21, -0.5],
  "bottom center": [0, 8, -0.5],
  "top right": [4, -19, 0],
  "top left": [-4, -19, -1],
  "bottom right": [4, 6, 0],
  "bottom left": [-4, 6, -1],
};

/** Give points, the most important first, a place for their names that covers no mark and the fewest lines, or none. */
function label(points, size, spot, lines) {
  const marks = points.map(spot).map(([x, y]) => [x - 6, y - 6, x + 6, y + 6]);
  const bars = points.map((p) => bar(spot(p), spot({ ...p, y: p.y + p.half }), spot({ ...p, y: p.y - p.half })));
  const free = ({ room }) => inside(room, size) && !marks.some((mark) => overlap(room, mark));
  const crossed = ({ room }) => [...bars, ...lines].filter((line) => overlap(room, line)).length;
  for (const p of points) {
    const rooms = roomsAt(spot(p), p.model.length * 6.8 + 4).filter(free);
    const [found] = rooms.sort((a, b) => crossed(a) - crossed(b));
    if (found) marks.push(found.room);
    p.position = found?.position;
  }
}

function roomsAt([x, y], width) {
  return Object.entries(POSITIONS).map(([position, [right, down, share]]) => {
    const left = x + right + share * width;
    return { position, room: [left, y + down, left + width, y + down + 14] };
  });
}

/** The room that the level parts of the steps take. */
function treads(best, size, spot) {
  const spots = best.map(spot);
  return spots.map(([x, y], number) => [x, y - 2, spots[number + 1]?.[0] ?? size.width, y + 2]);
}

const bar = ([x], [, top], [, bottom]) => [x - 2, top, x + 2, bottom];
const inside = (room, size) => room[0] > 0 && room[2] < size.width && room[1] > 0 && room[3] < size.height;
const overlap = (a, b) => a[2] > b[0] && a[0] < b[2] && a[3] > b[1] && a[1] < b[3];

// Each fold's score, row by row, with the mean and its interval.

function folds(width) {
  const name = chosen(scope, "score");
  const rows = rowsWith((own, row) => (row.values[name] ? lastScored(own, name) : []));
  if (!rows.length) return { caption: "There are no scores." };
  const points = rows.map((row) => point(row, row.values[name]));
  const far = farOff(points, scoreNamed(name).better);
  const near = points.filter((p) => !far.includes(p));
  const range = padded(near.flatMap((p) => [...ends(p), ...p.found.map((cell) => cell.scores[name])]), 0.06);
  const traces = distinct(rows.map((row) => row.backend)).map((backend) => {
    const marks = rows.flatMap((row, place) => (row.backend === backend ? foldMarks(row, place, name) : []));
    return strip(marks, look(backends.indexOf(backend), { size: 8, opacity: 0.8 }));
  });
  return {
    traces: [...traces, means(points)],
    layout: { x: { title: name, range }, y: rowAxis(rows, width), annotations: aside(points, far, range) },
    height: 50 + rows.length * LINE,
    key: [...backendKey(rows), ["┼", "var(--soft)", "mean with its 95 % interval"]],
    caption: `Each mark is a fold; below them their mean.${beyond(far)}`,
  };
}

/** A fold may have scores after several phases; the last counts. */
function lastScored(own, name) {
  const last = new Map(own.filter((cell) => name in cell.scores).map((cell) => [cell.fold, cell]));
  return [...last.values()];
}

function foldMarks(row, place, name) {
  return row.found.map((cell) => ({
    value: cell.scores[name],
    height: place - 0.08,
    text: plain(`${row.name}, fold ${cell.fold}: ${fixed(cell.scores[name], 4)}`),
  }));
}

function means(points) {
  const soft = colour("--soft");
  const marks = points.map((p, place) => ({ value: p.y, height: place + 0.2, text: plain(`${p.name}: ${scored(p)}`) }));
  return {
    ...strip(marks, { color: soft, symbol: "line-ns", size: 10, line: { width: 2, color: soft } }),
    error_x: { array: points.map((p) => p.half), thickness: 1.5, width: 4, color: soft },
  };
}

/** What is beyond the axis, told at the end of the axis that it is beyond. */
function aside(points, far, [low]) {
  return far.map((p) => ({
    x: p.y < low ? 0 : 1,
    xref: "paper",
    xanchor: p.y < low ? "left" : "right",
    y: points.indexOf(p),
    text: p.y < low ? `◂ ${fixed(p.y, 4)}` : `${fixed(p.y, 4)} ▸`,
    showarrow: false,
  }));
}
