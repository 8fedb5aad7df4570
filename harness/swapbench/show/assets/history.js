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
  const all = ways.map((way) => runs.map((run) => way(run).filter(Boolean).map(plain).join("<br>")));
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
    scrolled(table(["since", "date", "what", "level", "change"], rows, (column) => column > 2), "changes of level"),
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
    traces: [...own.map((one, number) => trace(one, number, places)), changeMarks(own, places)],
    layout: {
      x: runAxis(runs, width),
      y: figureAxis(own[0]),
      shapes: [...parts.map(rule("solid", "--soft")), ...moves.map(rule("dash", "--worse"))],
    },
    height: 360,
    key: [
      ...own.map((one, number) => keyOf(number, `fold ${one.fold}`)),
      ...(moves.length ? [["◯", "var(--worse)", "the level changes"]] : []),
      ...(parts.length ? [["│", "var(--soft)", "the conditions change"]] : []),
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
  return {
    tickvals: places,
    ticktext: places.map((place) => names[place]),
    range: [-0.6, runs.length - 0.4],
    showgrid: false,
    zeroline: false,
  };
}

function figureAxis(one) {
  if (one.unit === "s") return { title: metricOf(one), tickformat: "~s", ticksuffix: "s" };
  return { title: metricOf(one), ticksuffix: one.unit === "bytes" ? " MiB" : "" };
}

/** A line between the runs before and at a place. */
function rule(dash, name) {
  const ends = (place) => ({ x0: place - 0.5, x1: place - 0.5, yref: "paper", y0: 0, y1: 1 });
  return (place) => ({ type: "line", ...ends(place), line: { dash, width: 1, color: colour(name) } });
}

function trace(one, number, places) {
  const marks = one.points.flatMap((_, index) => {
    const mark = pointMark(one, index, places);
    return index in one.parted ? [{ ...mark, y: null }, mark] : [mark];
  });
  const spans = { array: marks.map((mark) => mark.high - mark.y), arrayminus: marks.map((mark) => mark.y - mark.low) };
  return {
    ...scattered(marks),
    mode: "lines+markers",
    error_y: { symmetric: false, ...spans, thickness: 1, width: 0, color: shade(number) },
    line: { width: 1.5, color: shade(number) },
    marker: look(number),
  };
}

function changeMarks(own, places) {
  const marks = own.flatMap((one) => one.changes.map((index) => pointMark(one, index, places)));
  return {
    ...scattered(marks),
    mode: "markers",
    marker: { symbol: "circle-open", size: 16, color: colour("--worse"), line: { width: 2 } },
  };
}

function scattered(marks) {
  return {
    type: "scatter",
    x: marks.map((mark) => mark.x),
    y: marks.map((mark) => mark.y),
    hovertext: marks.map((mark) => mark.text),
    hoverinfo: "text",
  };
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
  return told.filter(Boolean).map(plain).join("<br>");
}
