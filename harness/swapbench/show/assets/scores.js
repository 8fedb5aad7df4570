// Score against time, with the rows that no other beats in both joined by steps.

function front(width) {
  const [phase, name] = [chosen(scope, "phase"), chosen(scope, "score")];
  const rows = rowsWith((own, row) => (row.values[phase] && row.values[name] ? own : []));
  if (!rows.length) return { caption: "There are no rows with both a time and a score." };
  const score = scoreNamed(name);
  const points = rows.map((row) => point(row, name, row.values[phase].value, past(row.found, phase, name)));
  const [best, far] = [unbeaten(points, score.better), farOff(points, score.better)];
  const shown = points.filter((p) => !far.includes(p));
  const log = chosen(scope, "axis") !== "linear";
  const across = (p) => (log ? Math.log10(p.x) : p.x);
  const old = shown.map((p) => p.old).filter(Boolean);
  const [x, y] = [padded([...shown, ...old].map(across), 0.1), padded([...shown.flatMap(ends), ...old.map((p) => p.y)], 0.12)];
  const size = { width: width - 86, height: 320 };
  const share = (value, [low, high]) => (value - low) / (high - low);
  const spot = (p) => [share(across(p), x) * size.width, (1 - share(p.y, y)) * size.height];
  label(distinct([...best, ...points]).filter((p) => shown.includes(p)), size, spot, treads(best, size, spot));
  return {
    traces: [steps(best, log ? 10 ** x[1] : x[1]), ...pasts(points), ...clouds(points)],
    layout: {
      margin: { l: 70, r: 16, t: 8, b: 50 },
      x: { ...SIZES.s, title: `median time of ${phase}`, type: log ? "log" : "linear", range: x, automargin: false },
      y: { title: name + (score.unit && `, ${score.unit}`), range: y, automargin: false },
    },
    height: size.height + 58,
    key: [...backendKey(rows), ["┅", "var(--soft)", "no row beats these in both"], ...baselineKey(old.length)],
    caption:
      `Mean ${name} over folds, with ${barName(points)}, against the median time of ${phase}. Better is to the left ` +
      `and ${score.better === "higher" ? "up" : "down"}.${beyond(far)}`,
  };
}

/** A row's place in a chart: its score from `low` to `high`, the interval or, of too few folds for one, their range. */
function point(row, name, x = 0, old = null) {
  const { value: y, low, high, least, most } = row.values[name];
  return { ...row, x, y, old, low: low ?? least ?? y, high: high ?? most ?? y, ranged: low === null && least !== null };
}

/** Where a row stood in the baseline; nothing where that does not have it. */
function past(own, phase, name) {
  const folds = own.filter((cell) => cell.phase === phase).map((cell) => cell.baseline?.times ?? []);
  const times = folds.filter((own) => own.length).map((own) => Math.log(median(own)));
  const scores = lastScored(own, name).map((cell) => cell.baseline?.scores?.[name]).filter((value) => value !== undefined);
  return times.length && scores.length ? { x: Math.exp(mean(times)), y: mean(scores) } : null;
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const ends = (p) => [p.low, p.high];
const scored = (p) => fixed(p.y, 4) + (p.low < p.high ? ` (${fixed(p.low, 4)} to ${fixed(p.high, 4)})` : "");
const bars = (points) => ({ array: points.map((p) => p.high - p.y), arrayminus: points.map((p) => p.y - p.low) });
const barName = (points) => (points.some((p) => p.ranged) ? "the range of the folds" : "its 95 % interval");
const baselineKey = (beside) => (beside ? [["○", "var(--soft)", "baseline"]] : []);

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

/** The rows of the baseline, hollow, each joined to where it is now. */
function pasts(points) {
  const moved = points.filter((p) => p.old);
  const soft = { hoverinfo: "skip", type: "scatter", line: { width: 1, color: colour("--soft") } };
  const hollow = { color: colour("--soft"), symbol: "circle-open", size: 9 };
  const text = (p) => plain(`${p.name}, baseline: ${seconds(p.old.x)}, ${fixed(p.old.y, 4)}`);
  const [x, y] = ["x", "y"].map((axis) => moved.flatMap((p) => [p.old[axis], p[axis], null]));
  const marks = moved.map((p) => ({ value: p.old.x, height: p.old.y, text: text(p) }));
  return moved.length ? [{ ...soft, mode: "lines", x, y }, strip(marks, hollow)] : [];
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
      error_y: { symmetric: false, ...bars(own), color: shade(number), thickness: 1, width: 4 },
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
  const old = points.map((p) => p.old).filter(Boolean);
  const marks = [...points, ...old].map(spot).map(([x, y]) => [x - 6, y - 6, x + 6, y + 6]);
  const spans = points.map((p) => bar(spot(p), spot({ ...p, y: p.high }), spot({ ...p, y: p.low })));
  const free = ({ room }) => inside(room, size) && !marks.some((mark) => overlap(room, mark));
  const crossed = ({ room }) => [...spans, ...lines].filter((line) => overlap(room, line)).length;
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
  const points = rows.map((row) => point(row, name));
  const far = farOff(points, scoreNamed(name).better);
  const near = points.filter((p) => !far.includes(p));
  const old = near.flatMap((p) => pastMarks(p, points.indexOf(p), name));
  const values = near.flatMap((p) => [...ends(p), ...p.found.map((cell) => cell.scores[name])]);
  const range = padded([...values, ...old.map((one) => one.value)], 0.06);
  const hollow = { color: colour("--soft"), symbol: "circle-open", size: 6 };
  const traces = distinct(rows.map((row) => row.backend)).map((backend) => {
    const marks = rows.flatMap((row, place) => (row.backend === backend ? foldMarks(row, place, name) : []));
    return strip(marks, look(backends.indexOf(backend), { size: 8, opacity: 0.8 }));
  });
  return {
    traces: [...traces, ...(old.length ? [strip(old, hollow)] : []), means(points)],
    layout: { x: { title: name, range }, y: rowAxis(rows, width), annotations: aside(points, far, range) },
    height: 50 + rows.length * LINE,
    key: [...backendKey(rows), ["┼", "var(--soft)", `mean with ${barName(points)}`], ...baselineKey(old.length)],
    caption: `Each mark is a fold; below them their mean${old.length ? ", and hollow, the baseline's" : ""}.${beyond(far)}`,
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

function pastMarks(row, place, name) {
  const known = row.found.filter((cell) => cell.baseline?.scores?.[name] !== undefined);
  return known.map(({ fold, baseline }) => ({
    value: baseline.scores[name],
    height: place + 0.36,
    text: plain(`${row.name}, fold ${fold}, baseline: ${fixed(baseline.scores[name], 4)}`),
  }));
}

function means(points) {
  const soft = colour("--soft");
  const marks = points.map((p, place) => ({ value: p.y, height: place + 0.2, text: plain(`${p.name}: ${scored(p)}`) }));
  return {
    ...strip(marks, { color: soft, symbol: "line-ns", size: 10, line: { width: 2, color: soft } }),
    error_x: { symmetric: false, ...bars(points), thickness: 1.5, width: 4, color: soft },
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
