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
  const [x, y] = [
    padded([...shown, ...old].map(across), 0.1),
    padded([...shown.flatMap(ends), ...old.map((p) => p.y)], 0.12),
  ];
  const size = { width: width - 78, height: 330 };
  const share = (value, [low, high]) => (value - low) / (high - low);
  const spot = (p) => [share(across(p), x) * size.width, (1 - share(p.y, y)) * size.height];
  label(
    distinct([...best, ...points]).filter((p) => shown.includes(p)),
    size,
    spot,
    treads(best, size, spot),
  );
  return {
    layers: [steps(best, log ? 10 ** x[1] : x[1]), ...pasts(shown), ...clouds(points), nameLayer(shown)],
    margin: { left: 62 },
    x: { title: `median time of ${phase}`, name: UNITS.s, log, range: log ? x.map((at) => 10 ** at) : x },
    y: { title: name + (score.unit && `, ${score.unit}`), name: UNITS.plain, range: y },
    height: size.height + 74,
    key: [...backendKey(rows), ["dashes", "--soft", "no row beats these in both"], ...baselineKey(old.length)],
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
  const scores = lastScored(own, name)
    .map((cell) => cell.baseline?.scores?.[name])
    .filter((value) => value !== undefined);
  return times.length && scores.length ? { x: Math.exp(mean(times)), y: mean(scores) } : null;
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const ends = (p) => [p.low, p.high];
const scored = (p) => fixed(p.y, 4) + (p.low < p.high ? ` (${fixed(p.low, 4)} to ${fixed(p.high, 4)})` : "");
const barName = (points) => (points.some((p) => p.ranged) ? "the range of the folds" : "its 95 % interval");
const baselineKey = (beside) => (beside ? [["ring", "--soft", "baseline"]] : []);

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
  const points = [...best, { x: end, y: best.at(-1).y }].map(({ x, y }) => ({ x, y }));
  return { kind: "line", points, steps: true, dashed: true, width: 2, tone: "--soft" };
}

/** The rows of the baseline, hollow, each joined to where it is now. */
function pasts(points) {
  const moved = points.filter((p) => p.old);
  const text = (p) => `${p.name}, baseline: ${seconds(p.old.x)}, ${fixed(p.old.y, 4)}`;
  const line = moved.flatMap((p) => [p.old, { x: p.x, y: p.y }, null]);
  const marks = moved.map((p) => ({ ...p.old, text: text(p) }));
  const hollow = { shape: "ring", tone: "--soft", size: 9 };
  return moved.length ? [{ kind: "line", points: line, width: 1, tone: "--soft" }, strip(marks, hollow)] : [];
}

function clouds(points) {
  return distinct(points.map((p) => p.backend)).flatMap((backend) => {
    const own = points.filter((p) => p.backend === backend);
    const number = backends.indexOf(backend);
    const marks = own.map((p) => ({ x: p.x, y: p.y, text: `${p.name}: ${seconds(p.x)}, ${scored(p)}` }));
    const spans = own.map(({ x, low, high }) => ({ x, low, high }));
    return [
      { kind: "spans", spans, along: "y", tone: shade(number), cap: 4 },
      strip(marks, look(number, { size: 10 })),
    ];
  });
}

/** The names of points beside them, where there is room. */
function nameLayer(points) {
  const placed = points.filter((p) => p.position);
  return {
    kind: "names",
    names: placed.map(({ x, y, model, position }) => ({ x, y, text: model, ...PLACED(POSITIONS[position]) })),
  };
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

const ANCHORS = new Map([
  [0, "start"],
  [-0.5, "middle"],
  [-1, "end"],
]);
const PLACED = ([right, down, share]) => ({ at: [right, down + 11], anchor: ANCHORS.get(share) });

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
  const range = padded([...values, ...old.map((one) => one.x)], 0.06);
  const layers = distinct(rows.map((row) => row.backend)).map((backend) => {
    const marks = rows.flatMap((row, place) => (row.backend === backend ? foldMarks(row, place, name) : []));
    return strip(marks, look(backends.indexOf(backend), { size: 8, opacity: 0.8 }));
  });
  const hollow = strip(old, { shape: "ring", tone: "--soft", size: 6 });
  return {
    layers: [...layers, ...(old.length ? [hollow] : []), ...means(points), aside(points, far, range)],
    x: { title: name, name: UNITS.plain, range },
    y: rowAxis(rows, width),
    height: 60 + rows.length * LINE,
    key: [...backendKey(rows), ["mean", "--soft", `mean with ${barName(points)}`], ...baselineKey(old.length)],
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
    x: cell.scores[name],
    y: place - 0.08,
    text: `${row.name}, fold ${cell.fold}: ${fixed(cell.scores[name], 4)}`,
  }));
}

function pastMarks(row, place, name) {
  const known = row.found.filter((cell) => cell.baseline?.scores?.[name] !== undefined);
  return known.map(({ fold, baseline }) => ({
    x: baseline.scores[name],
    y: place + 0.36,
    text: `${row.name}, fold ${fold}, baseline: ${fixed(baseline.scores[name], 4)}`,
  }));
}

function means(points) {
  const level = (place) => place + 0.2;
  const marks = points.map((p, place) => ({ x: p.y, y: level(place), text: `${p.name}: ${scored(p)}` }));
  const spans = points.map(({ low, high }, place) => ({ y: level(place), low, high }));
  const soft = { tone: "--soft", width: 1.5 };
  return [
    { kind: "spans", spans, along: "x", cap: 4, ...soft },
    strip(marks, { shape: "upright", size: 10, ...soft, width: 2 }),
  ];
}

/** What is beyond the axis, told at the end of the axis that it is beyond. */
function aside(points, far, [low]) {
  const told = (p) => (p.y < low ? `◂ ${fixed(p.y, 4)}` : `${fixed(p.y, 4)} ▸`);
  const asides = far.map((p) => ({ y: points.indexOf(p), end: p.y < low ? "low" : "high", text: told(p) }));
  return { kind: "asides", asides };
}
