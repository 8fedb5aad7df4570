// Shapes: what charts are drawn with, as SVG. Colours are those of the style sheet, and change with it by themselves.

const SHADES = 7;
const SHAPES = ["circle", "square", "diamond", "triangle", "cross", "star", "turned", "pentagon"];
const shade = (number) => `--shade-${number % SHADES}`;
const look = (number, more) => ({ tone: shade(number), shape: SHAPES[number % SHAPES.length], size: 7, ...more });
const toned = (tone) => `var(${tone})`;
const px = (pixels) => Math.round(pixels * 10) / 10;

function svg(tag, properties = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value !== undefined) node.setAttribute(name, typeof value === "number" ? px(value) : value);
  }
  node.append(...children.flat());
  return node;
}

/** Corners round a centre at equal angles, the first so much of a `turn` from the top, at shares of the radius. */
function corners(count, turn = 0, shares = [1]) {
  return Array.from({ length: count }, (_, number) => {
    const [angle, far] = [2 * Math.PI * (turn + number / count), shares[number % shares.length]];
    return [far * Math.sin(angle), -far * Math.cos(angle)];
  });
}

/** Return what draws a shape of some corners, in shares of the radius, round a place. */
function closed(points) {
  return (x, y, r) => `M${points.map(([across, down]) => `${px(x + across * r)},${px(y + down * r)}`).join("L")}Z`;
}

/** Return what draws lines, each from one place to another in shares of the radius, round a place. */
function strokes(...pairs) {
  const line =
    (x, y, r) =>
    ([a, b, c, d]) =>
      `M${px(x + a * r)},${px(y + b * r)}L${px(x + c * r)},${px(y + d * r)}`;
  return (x, y, r) => pairs.map(line(x, y, r)).join("");
}

const circle = (x, y, r) => `M${px(x - r)},${px(y)}a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0`;
const plus = [
  [-0.4, -1.1],
  [0.4, -1.1],
  [0.4, -0.4],
  [1.1, -0.4],
  [1.1, 0.4],
  [0.4, 0.4],
  [0.4, 1.1],
  [-0.4, 1.1],
];
const FILLED = {
  circle,
  square: closed(corners(4, 1 / 8, [1.25])),
  diamond: closed(corners(4, 0, [1.25])),
  triangle: closed(corners(3, 0, [1.25])),
  cross: closed([...plus, [-0.4, 0.4], [-1.1, 0.4], [-1.1, -0.4], [-0.4, -0.4]]),
  star: closed(corners(10, 0, [1.45, 0.65])),
  turned: closed(corners(3, 1 / 2, [1.25])),
  pentagon: closed(corners(5, 0, [1.15])),
};
const STROKED = {
  ring: circle,
  crossed: strokes([-1, -1, 1, 1], [-1, 1, 1, -1]),
  upright: strokes([0, -1, 0, 1]),
  mean: strokes([0, -0.8, 0, 0.8], [-1.6, 0, 1.6, 0]),
  dashes: strokes([-1.6, 0, -0.8, 0], [-0.4, 0, 0.4, 0], [0.8, 0, 1.6, 0]),
};

/** Marks of one look as a single path: thousands are as quick as one. */
function path(places, { shape, tone, size, opacity, width }) {
  const draw = FILLED[shape] ?? STROKED[shape];
  const d = places.map(([x, y]) => draw(x, y, size / 2)).join("");
  const ink = FILLED[shape]
    ? { fill: toned(tone) }
    : { fill: "none", stroke: toned(tone), "stroke-width": width ?? 1.5 };
  return svg("path", { d, opacity, ...ink });
}

/** A look as it stands in a key. */
function swatch(shape, tone) {
  return svg(
    "svg",
    { class: "swatch", viewBox: "-8 -8 16 16", "aria-hidden": "true" },
    path([[0, 0]], { shape, tone, size: 9 }),
  );
}
