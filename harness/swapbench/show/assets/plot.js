// A plot: layers of marks, boxes, lines and names over two axes, drawn into an SVG of some width and height.

const TEXT = 12; // pixels
const LEAD = 15; // from line to line of a text
const ruler = document.createElement("canvas").getContext("2d");

function widthOf(text) {
  ruler.font = `${TEXT}px system-ui, sans-serif`;
  return ruler.measureText(text).width;
}

const widest = (ticks) =>
  most(
    ticks
      .flatMap(({ texts }) => texts)
      .map(widthOf)
      .concat(0),
  );

/** Return the drawing, and what the pointer needs to know of it: its scales, its room, and what can be pointed at. */
function plotted({ layers, x, y, height, margin = {} }, width) {
  const edges = { top: y.title ? 26 : 8, right: 16, bottom: x.title ? 48 : 34, ...margin };
  const tall = height - edges.top - edges.bottom;
  const up = ticksOf({ room: 46, ...y }, tall);
  const left = margin.left ?? Math.ceil(widest(up)) + 14;
  const wide = Math.max(40, width - left - edges.right);
  const across = ticksOf(x, wide);
  const place = { x: scale(x, 0, wide), y: y.rows ? scale(y, 0, tall) : scale(y, tall, 0), wide, tall };
  const inner = svg("svg", { x: left, y: edges.top, width: wide, height: tall, class: "inner" });
  inner.append(...grid(across, up, place, x), ...layers.flatMap((layer) => DRAWN[layer.kind](layer, place)));
  const frame = svg("g", { transform: `translate(${left} ${edges.top})` }, ...outer(across, up, place, x, y, left));
  const drawing = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, class: "drawing" }, frame, inner);
  return { drawing, inner, place, left, top: edges.top, targets: layers.flatMap((layer) => targetsOf(layer, place)) };
}

function grid(across, up, { x, y, wide, tall }, { bare }) {
  const upright = across.map(({ value }) => svg("line", { x1: x.to(value), x2: x.to(value), y1: 0, y2: tall }));
  const level = up.map(({ value }) => svg("line", { x1: 0, x2: wide, y1: y.to(value), y2: y.to(value) }));
  return [svg("g", { class: "grid" }, bare ? [] : upright, level)];
}

/** The texts round a plot. */
function outer(across, up, { x, y, wide, tall }, { title: below }, { title: above, rows }, left) {
  const under = across.filter(({ value }) => x.to(value) > -1 && x.to(value) < wide + 1);
  return [
    ...under.map(({ value, texts }) => lined(texts, x.to(value), tall + 18, "middle", "tick xtick")),
    ...up.map(({ value, texts }) => beside(texts, -10, y.to(value), rows)),
    ...(below ? [lined([below], wide / 2, tall + 40, "middle", "title")] : []),
    ...(above ? [lined([above], -left, -14, "start", "title")] : []),
  ];
}

/** Lines of text, the first with its foot at a place. */
function lined(texts, x, y, anchor, kind) {
  const lines = texts.map((text, number) => svg("tspan", { x, y: y + number * LEAD }, text));
  return svg("text", { "text-anchor": anchor, class: kind }, lines);
}

/** The names of a row, the first of which weighs more, or one figure. */
function beside(texts, x, y, rows) {
  return lined(texts, x, y + 4 - ((texts.length - 1) * LEAD) / 2, "end", rows ? "tick row-name" : "tick");
}

// What a layer is drawn as, by its kind; places are pixels in the room between the axes.

const DRAWN = {
  marks: ({ marks, ...own }, place) =>
    marks.length ? [svg("g", { class: "marks" }, path(marks.map(spot(place)), own))] : [],
  boxes: ({ boxes }, place) => boxes.map((box) => boxed(box, place)),
  spans: ({ spans, ...own }, place) => [spanned(spans, own, place)],
  line: ({ points, ...own }, place) => [joined(points, own, place)],
  rules: ({ at: places, tone, dashed }, { x, tall }) => {
    const line = (value) => svg("line", { x1: x.to(value), x2: x.to(value), y1: 0, y2: tall, stroke: toned(tone) });
    return [svg("g", { "stroke-dasharray": dashed && "6 5" }, places.map(line))];
  },
  names: ({ names }, place) =>
    names.map(({ text, at: [right, down], anchor, ...mark }) => {
      const [x, y] = spot(place)(mark);
      return svg("text", { x: x + right, y: y + down, "text-anchor": anchor, class: "name" }, text);
    }),
  asides: ({ asides }, { y, wide }) =>
    asides.map(({ text, end, ...mark }) => {
      const [x, anchor] = end === "low" ? [2, "start"] : [wide - 2, "end"];
      return svg("text", { x, y: y.to(mark.y) + 4, "text-anchor": anchor, class: "name" }, text);
    }),
};

const spot =
  ({ x, y }) =>
  (mark) => [x.to(mark.x), y.to(mark.y)];

function boxed({ low, first, middle, third, high, y, thick, tone }, place) {
  const [a, b, c, d, e] = [low, first, middle, third, high].map(place.x.to);
  const [level, half] = [place.y.to(y), thick / 2];
  const ends = `M${px(a)},${px(level)}H${px(b)}M${px(d)},${px(level)}H${px(e)}`;
  return svg(
    "g",
    { class: "box", stroke: toned(tone), fill: toned(tone) },
    svg("path", { d: ends, fill: "none" }),
    svg("rect", { x: b, y: level - half, width: Math.max(d - b, 1), height: thick, rx: Math.min(4, half) }),
    svg("path", { d: `M${px(c)},${px(level - half)}V${px(level + half)}`, class: "middle" }),
  );
}

/** From the least to the most of each mark, along one axis. */
function spanned(spans, { along, tone, width = 1, cap = 0, opacity }, { x, y }) {
  const line = (one) => {
    const [at, across] = along === "x" ? [y.to(one.y), x] : [x.to(one.x), y];
    const [from, to] = [px(across.to(one.low)), px(across.to(one.high))];
    const [level, low, high] = [px(at), px(at - cap), px(at + cap)];
    if (along === "x") return `M${from},${level}H${to}` + (cap ? `M${from},${low}V${high}M${to},${low}V${high}` : "");
    return `M${level},${from}V${to}` + (cap ? `M${low},${from}H${high}M${low},${to}H${high}` : "");
  };
  return svg("path", {
    d: spans.map(line).join(""),
    fill: "none",
    stroke: toned(tone),
    "stroke-width": width,
    opacity,
  });
}

/** A line through points, which breaks where there is none; with steps, level and then upright. */
function joined(points, { tone, width = 1.5, dashed, steps }, place) {
  let begun = false;
  const d = points.map((point) => {
    if (!point) begun = false;
    if (!point) return "";
    const [x, y] = spot(place)(point).map(px);
    const to = begun ? (steps ? `H${x}V${y}` : `L${x},${y}`) : `M${x},${y}`;
    begun = true;
    return to;
  });
  const dash = { "stroke-dasharray": dashed && "2 4", "stroke-linecap": dashed && "round" };
  return svg("path", {
    d: d.join(""),
    fill: "none",
    stroke: toned(tone),
    "stroke-width": width,
    "stroke-linejoin": "round",
    ...dash,
  });
}

/** What of a layer can be pointed at: marks at their places, as far as these are shown, boxes with their room. */
function targetsOf({ marks = [], boxes = [], size }, place) {
  const shown = ({ at: [x, y] }) => x > -2 && x < place.wide + 2 && y > -2 && y < place.tall + 2;
  return [
    ...marks.map((mark) => ({ text: mark.text, at: spot(place)(mark), size })).filter(shown),
    ...boxes.map((box) => ({ text: box.text, room: roomOf(box, place) })),
  ];
}

function roomOf({ low, high, y, thick }, place) {
  const [left, right, level] = [place.x.to(low), place.x.to(high), place.y.to(y)];
  return [left - 4, level - thick / 2 - 4, right + 4, level + thick / 2 + 4];
}
