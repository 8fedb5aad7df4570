// Charts: each is drawn when it comes near the window, and again when what it shows or its colours change.

const LIGHT = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"];
const DARK = ["#56b4e9", "#e69f00", "#1fbf90", "#cc79a7", "#f0e442", "#ff7a33", "#ffffff"];
const SHAPES = ["circle", "square", "diamond", "triangle-up", "cross", "star", "triangle-down", "pentagon"];
const GLYPHS = ["●", "■", "◆", "▲", "✚", "★", "▼", "⬟"];
const charts = new Map();
let loading = null;

function themed() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  return document.documentElement.dataset.theme ?? (dark ? "dark" : "light");
}

const shade = (number) => (themed() === "dark" ? DARK : LIGHT)[number % LIGHT.length];
const look = (number, more) => ({ color: shade(number), symbol: SHAPES[number % SHAPES.length], size: 7, ...more });
const keyOf = (number, name) => [GLYPHS[number % GLYPHS.length], shade(number), name];

/** Return a colour of the style sheet as it is now, light or dark. */
function colour(name) {
  const probe = el("i", { style: `color: var(${name})` });
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/** Plotly reads some markup in texts. */
const plain = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

async function unpacked(id) {
  const bytes = Uint8Array.from(atob(at(id).textContent), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

function plotly() {
  loading ??= unpacked("library").then((text) => {
    const script = el("script");
    script.textContent = text;
    document.head.append(script);
    return window.Plotly;
  });
  return loading;
}

/** Set a chart up; `make` is given a width and returns traces, layout, height, key and caption, or a caption alone. */
function chart(id, title, make) {
  const [key, plot] = [el("ul", { class: "key" }), el("div", { class: "plot", role: "img", "aria-label": title })];
  const caption = el("figcaption");
  at(id).append(el("h3", {}, title), key, plot, caption);
  charts.set(at(id), { key, plot, caption, make, near: false, made: null, drawn: false });
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
    one.drawn = false;
    one.plot.hidden = !one.made.traces;
    one.plot.style.height = `${one.made.height}px`;
    one.key.replaceChildren(...(one.made.key ?? []).map(keyed));
    one.caption.textContent = one.made.caption;
    draw(one);
  }
}

function keyed([glyph, tone, name]) {
  return el("li", {}, el("span", { style: `color: ${tone}`, "aria-hidden": "true" }, glyph), ` ${name}`);
}

async function draw(one) {
  if (!one.near || one.drawn || !one.made?.traces) return;
  one.drawn = true;
  try {
    const library = await plotly();
    const options = { responsive: true, displayModeBar: false };
    await library.react(one.plot, one.made.traces, laidOut(one.made, one.plot.clientWidth), options);
  } catch (error) {
    one.plot.hidden = true;
    one.caption.textContent = `This chart could not be drawn (${error.message}); the tables have its numbers.`;
  }
}

function laidOut({ layout, height }, width) {
  const [ink, line, paper] = ["--ink", "--line", "--paper"].map(colour);
  const axis = { gridcolor: line, linecolor: line, zerolinecolor: line, tickcolor: line, automargin: true };
  const ticks = { tickangle: 0, nticks: Math.max(4, Math.floor(width / 100)) };
  const title = (text) => ({ text: plain(text ?? ""), standoff: 8 });
  const { x = {}, y = {}, ...rest } = layout;
  return {
    height,
    margin: { l: 8, r: 16, t: 8, b: 40 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: "system-ui, sans-serif", size: 12, color: ink },
    hoverlabel: { bgcolor: paper, bordercolor: line, font: { color: ink }, align: "left", namelength: -1 },
    hovermode: "closest",
    showlegend: false,
    // A finger that moves over a chart scrolls the page.
    dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom",
    ...rest,
    xaxis: { ...axis, ...ticks, ...x, title: title(x.title) },
    yaxis: { ...axis, ...y, title: title(y.title) },
  };
}

/** Marks with a value, a height and a text each, lying in rows. */
function strip(marks, marker) {
  return {
    type: "scatter",
    mode: "markers",
    x: marks.map((mark) => mark.value),
    y: marks.map((mark) => mark.height),
    hovertext: marks.map((mark) => mark.text),
    hoverinfo: "text",
    marker,
  };
}

function padded(values, share) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = (high - low || Math.abs(high) || 1) * share;
  return [low - room, high + room];
}
