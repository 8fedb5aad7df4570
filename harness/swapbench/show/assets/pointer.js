// The pointer over a plot: what it points at is told, and a part that it draws out is shown in its stead.

const NEAR = 18; // pixels from a mark at which it still is pointed at
const DRAG = 6; // pixels from which on a press is a drag

/** Return the target nearest to a place, a mark before a box; nothing where none is near. */
function pointed(targets, [x, y]) {
  let [found, nearest] = [null, NEAR ** 2];
  for (const target of targets) {
    if (!target.at) continue;
    const far = (target.at[0] - x) ** 2 + (target.at[1] - y) ** 2;
    if (far < nearest) [found, nearest] = [target, far];
  }
  const holds = ({ room }) => room && x > room[0] && x < room[2] && y > room[1] && y < room[3];
  return found ?? targets.find(holds) ?? null;
}

/** Tell of what is pointed at beside it, within the width of the plot. */
function tell(one, target) {
  one.ring?.remove();
  one.tip.hidden = !target;
  if (!target) return;
  const { left, top, inner, place } = one.drawn;
  const [x, y] = target.at ?? [(target.room[0] + target.room[2]) / 2, target.room[1]];
  if (target.at)
    inner.append((one.ring = path([target.at], { shape: "ring", tone: "--ink", size: target.size + 6, width: 1.5 })));
  one.tip.replaceChildren(...target.text.split("\n").map((line) => el("div", {}, line)));
  const [wide, tall] = [one.tip.offsetWidth, one.tip.offsetHeight];
  const right = left + x + 14;
  const fits = right + wide <= left + place.wide + 16;
  one.tip.style.left = `${Math.max(0, fits ? right : left + x - 14 - wide)}px`;
  one.tip.style.top = `${top + Math.max(-top, Math.min(y - tall / 2, place.tall - tall))}px`;
}

/** Where the pointer is in the room between the axes. */
function within(one, event) {
  const { left, top } = one.plot.getBoundingClientRect();
  return [event.clientX - left - one.drawn.left, event.clientY - top - one.drawn.top];
}

function watch(one) {
  let from = null;
  let frame = null;
  const stop = () => {
    frame?.remove();
    [from, frame] = [null, null];
  };
  const drawOut = (to) => {
    frame ??= one.drawn.inner.appendChild(svg("rect", { class: "frame" }));
    const [x, y, wide, tall] = framed(one, from, to);
    for (const [name, value] of Object.entries({ x, y, width: wide, height: tall }))
      frame.setAttribute(name, px(value));
  };
  one.plot.addEventListener("pointermove", (event) => {
    if (!one.drawn) return;
    const at = within(one, event);
    if (from && far(from, at) > DRAG) drawOut(at);
    tell(one, frame ? null : pointed(one.drawn.targets, at));
  });
  one.plot.addEventListener("pointerdown", (event) => {
    // A finger that moves over a chart scrolls the page.
    if (!one.drawn || event.button || event.pointerType !== "mouse") return;
    from = within(one, event);
    one.plot.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  one.plot.addEventListener("pointerup", (event) => {
    const shown = frame && framed(one, from, within(one, event));
    stop();
    if (shown) zoom(one, shown);
  });
  one.plot.addEventListener("pointercancel", stop);
  one.plot.addEventListener("pointerleave", () => one.drawn && tell(one, null));
  one.plot.addEventListener("dblclick", () => whole(one));
  one.reset.addEventListener("click", () => whole(one));
}

const far = ([a, b], [c, d]) => Math.hypot(a - c, b - d);

/** The part that lies between two places: of rows the whole height. */
function framed({ made, drawn: { place } }, from, to) {
  const kept = (at, end) => Math.min(Math.max(at, 0), end);
  const [left, right] = [from[0], to[0]].map((at) => kept(at, place.wide)).sort((a, b) => a - b);
  const [top, foot] = made.y.rows
    ? [0, place.tall]
    : [from[1], to[1]].map((at) => kept(at, place.tall)).sort((a, b) => a - b);
  return [left, top, right - left, foot - top];
}

function zoom(one, [left, top, wide, tall]) {
  const { x, y } = one.drawn.place;
  if (wide < DRAG || tall < DRAG) return;
  one.part = {
    x: [x.from(left), x.from(left + wide)],
    y: one.made.y.rows ? one.made.y.range : [y.from(top + tall), y.from(top)],
  };
  redraw(one);
}

function whole(one) {
  one.part = null;
  redraw(one);
}
