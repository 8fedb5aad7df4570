// History: how figures moved from run to run, a line for each fold.

const pick = at("line");
const rowOf = (one) => `${one.suite}: ${rowName(one)} on ${one.dataset}, ${one.profile}`;
const metricOf = (one) => (one.metric.endsWith("_time") ? one.metric : `${one.metric} of ${one.phase}`);
const runOf = (one, index) => history.runs[one.points[index][0]];
const runName = (run) => (run.commit ? short(run.commit) : run.started.slice(0, 10) || run.name);

/** Name runs so that no two are called the same: by commit or day, then with the time of day, at last to the second. */
function runNames(runs) {
  const timed = (to) => (run) => [run.commit && short(run.commit), run.started.slice(5, to).replace("T", " ")];
  const ways = [(run) => [runName(run)], timed(16), timed(19), (run) => [run.name]];
  const all = ways.map((way) => runs.map((run) => way(run).filter(Boolean).join("\n")));
  return all.find((names) => distinct(names).length === runs.length) ?? all.at(-1);
}

function historyLines() {
  if (!history.lines.length) return;
  const found = history.lines.flatMap((one) => one.changes.map((index) => ({ one, index })));
  found.sort((a, b) => b.one.points[b.index][0] - a.one.points[a.index][0]);
  const first = found[0]?.one ?? history.lines[0];
  at("changes").append(...changeTable(found));
  pick.append(
    select("Row", "row", same(history.lines.map(rowOf)), rowOf(first)),
    select("Metric", "metric", same(history.lines.map(metricOf)), metricOf(first)),
  );
  pick.addEventListener("change", () => refresh("lines"));
  pick.addEventListener("submit", (event) => event.preventDefault());
  chart("lines", "From run to run", lines);
}

function changeTable(found) {
  const runs = counted(history.runs.length, "run");
  if (!found.length) return [el("p", {}, `No change of level was found over ${runs}.`)];
  const left = found.length - BATCH;
  const told =
    `${counted(found.length, "change")} of level over ${runs}, the latest first; where a machine's pace persists from ` +
    "run to run, or its noise grows, more are found than there are";
  const rows = found.slice(0, BATCH).map(changeRow);
  return [
    el("p", {}, left > 0 ? `${told}; ${fixed(left, 0)} earlier ones are not listed.` : `${told}.`),
    scrolled(
      table(["since", "date", "what", "level", "change"], rows, (column) => column > 2),
      "changes of level",
    ),
  ];
}

function changeRow({ one, index }) {
  const run = runOf(one, index);
  const [old, now] = levels(one, index);
  const where = `${rowName(one)} on ${one.dataset}, fold ${one.fold}`;
  return [
    [`${runName(run)} `, el("span", { class: "title", title: run.title }, run.title)],
    run.started.slice(0, 10),
    el("a", { href: "#line", onclick: () => showLine(one) }, `${metricOf(one)}, ${where}`),
    `${quantity(old, one.unit)} → ${quantity(now, one.unit)}`,
    direction(one, old, now),
  ];
}

function direction(one, old, now) {
  const word = (one.better === "higher" ? now > old : now < old) ? "better" : "worse";
  const size = old ? `${three(now / old)}x ` : "";
  return el("span", { class: `kind ${word}` }, `${size}${now > old ? "▲" : "▼"} ${word}`);
}

function showLine(one) {
  pick.elements.row.value = rowOf(one);
  pick.elements.metric.value = metricOf(one);
  refresh("lines");
}

/** The medians of the levels on both sides of a change. */
function levels(one, index) {
  const cuts = [0, ...one.changes, ...Object.keys(one.parted).map(Number), one.points.length].sort((a, b) => a - b);
  const values = one.points.map((p) => p[1]);
  const [start, end] = [cuts.findLast((cut) => cut < index), cuts.find((cut) => cut > index)];
  return [median(values.slice(start, index)), median(values.slice(index, end))];
}

function lines(width) {
  const [name, metric] = [chosen(pick, "row"), chosen(pick, "metric")];
  const own = history.lines.filter((one) => rowOf(one) === name && metricOf(one) === metric);
  if (!own.length) return { caption: "This row does not have this metric." };
  const runs = distinct(own.flatMap((one) => one.points.map((p) => p[0]))).sort((a, b) => a - b);
  const places = new Map(runs.map((run, place) => [run, place]));
  const placed = (one, indexes) => indexes.map((index) => places.get(one.points[index][0]));
  const parts = distinct(own.flatMap((one) => placed(one, Object.keys(one.parted))));
  const moves = distinct(own.flatMap((one) => placed(one, one.changes)));
  return {
    layers: [
      { kind: "rules", at: parts.map((place) => place - 0.5), tone: "--soft" },
      { kind: "rules", at: moves.map((place) => place - 0.5), tone: "--worse", dashed: true },
      ...own.flatMap((one, number) => traced(one, number, places)),
      changeMarks(own, places),
    ],
    x: runAxis(runs, width),
    y: figureAxis(own, places),
    height: 360,
    key: [
      ...own.map((one, number) => keyOf(number, `fold ${one.fold}`)),
      ...(moves.length ? [["ring", "--worse", "the level changes"]] : []),
      ...(parts.length ? [["upright", "--soft", "the conditions change"]] : []),
    ],
    caption:
      "One line a fold, with thin bars that span the rounds. Lines break where the conditions change: figures on " +
      "both sides must not be compared, and the mark after the break says why.",
  };
}

function runAxis(runs, width) {
  const every = Math.ceil((runs.length * 90) / Math.max(width, 300));
  const places = runs.map((_, place) => place).filter((place) => place % every === 0);
  const names = runNames(runs.map((run) => history.runs[run]));
  const ticks = places.map((value) => ({ value, texts: names[value].split("\n") }));
  return { bare: true, ticks, range: [-0.6, runs.length - 0.4] };
}

function figureAxis(own, places) {
  const [{ unit }] = own;
  const values = own.flatMap((one) => one.points.flatMap((_, index) => ends(pointMark(one, index, places))));
  return { title: metricOf(own[0]), name: UNITS[unit] ?? UNITS.plain, range: padded(values, 0.06) };
}

function traced(one, number, places) {
  const marks = one.points.map((_, index) => pointMark(one, index, places));
  const tone = shade(number);
  return [
    { kind: "spans", spans: marks, along: "y", tone, opacity: 0.55 },
    { kind: "line", points: marks.flatMap((mark, index) => (index in one.parted ? [null, mark] : [mark])), tone },
    strip(marks, look(number)),
  ];
}

function changeMarks(own, places) {
  const marks = own.flatMap((one) => one.changes.map((index) => pointMark(one, index, places)));
  return strip(marks, { shape: "ring", tone: "--worse", size: 17, width: 2 });
}

function pointMark(one, index, places) {
  const [run, y, low = y, high = y] = one.points[index];
  const scale = one.unit === "bytes" ? 2 ** -20 : 1;
  const text = pointText(one, index);
  return { x: places.get(run), y: y * scale, low: low * scale, high: high * scale, text };
}

function pointText(one, index) {
  const [, value, low, high] = one.points[index];
  const run = runOf(one, index);
  const span = low === undefined ? "" : ` (${quantity(low, one.unit)} to ${quantity(high, one.unit)})`;
  const told = [
    `${quantity(value, one.unit)}${span}, fold ${one.fold}`,
    run.commit ? `${short(run.commit)} ${run.title}` : run.name,
    moment(run.started),
    one.changes.includes(index) ? "The level changes here." : "",
    one.parted[index] ? `Not comparable with the run before: ${one.parted[index]}.` : "",
  ];
  return told.filter(Boolean).join("\n");
}
