// Charts: each is drawn when it comes near the window, and again when what it shows or its width changes.

const charts = new Map();

/** Set a chart up; `make` is given a width and returns layers, axes, height, key and caption, or a caption alone. */
function chart(id, title, make) {
  const one = {
    key: el("ul", { class: "key" }),
    reset: el("button", { type: "button", class: "reset", hidden: true }, "Show all"),
    plot: el("div", { class: "plot", role: "img", "aria-label": title }),
    tip: el("div", { class: "tip", role: "tooltip", hidden: true }),
    caption: el("figcaption"),
    ...{ make, near: false, made: null, drawn: null, part: null },
  };
  at(id).append(el("div", { class: "chart-head" }, el("h3", {}, title), one.reset), one.key, one.plot, one.caption);
  charts.set(at(id), one);
  watch(one);
  nearby.observe(at(id));
}

const nearby = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      const one = charts.get(entry.target);
      one.near = entry.isIntersecting;
      draw(one);
    }
  },
  { rootMargin: "200px" },
);

/** Make charts anew; their room is taken at once, so that nothing moves when they are drawn. */
function refresh(...ids) {
  for (const [node, one] of charts) {
    if (ids.length && !ids.includes(node.id)) continue;
    one.made = one.make(node.clientWidth);
    one.part = null;
    one.plot.hidden = !one.made.layers;
    one.plot.style.height = `${one.made.height}px`;
    one.key.replaceChildren(...(one.made.key ?? []).map(keyed));
    one.caption.textContent = one.made.caption;
    redraw(one);
  }
}

function keyed([shape, tone, name]) {
  return el("li", {}, swatch(shape, tone), ` ${name}`);
}

function redraw(one) {
  one.drawn = null;
  one.reset.hidden = !one.part;
  draw(one);
}

function draw(one) {
  if (!one.near || one.drawn || !one.made?.layers) return;
  const [x, y] = ["x", "y"].map((axis) => ({ ...one.made[axis], ...(one.part && { range: one.part[axis] }) }));
  try {
    one.drawn = plotted({ ...one.made, x, y }, one.plot.clientWidth);
  } catch (error) {
    one.plot.hidden = true;
    one.caption.textContent = `This chart could not be drawn (${error.message}); the tables have its numbers.`;
    return;
  }
  one.tip.hidden = true;
  one.plot.replaceChildren(one.drawn.drawing, one.tip);
  one.plot.shown = { layers: one.made.layers, x, y }; // for whoever looks into the page with its own tools
}

/** Draw anew for another width, once for each width. */
function fit() {
  let width = at("main").clientWidth;
  new ResizeObserver(() => {
    if (at("main").clientWidth === width) return;
    width = at("main").clientWidth;
    refresh();
  }).observe(at("main"));
}

/** Marks lying in rows, with a value, a height and a text each. */
const strip = (marks, own) => ({ kind: "marks", marks, ...own });
const keyOf = (number, name) => [SHAPES[number % SHAPES.length], shade(number), name];
