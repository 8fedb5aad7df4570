(() => {
"use strict";
const view = document.getElementById("view"), drawing = view.querySelector("svg");
const width = drawing.viewBox.baseVal.width, height = drawing.viewBox.baseVal.height;
const LEAST = 0.1, MOST = 4, READABLE = 0.6;
let scale = 1;

const fitting = () => Math.min(1, view.clientWidth / width);

function show(next, x = view.clientWidth / 2, y = view.clientHeight / 2) {
  // What is at x and y of the view stays there.
  const across = (view.scrollLeft + x) / scale, down = (view.scrollTop + y) / scale;
  scale = Math.min(MOST, Math.max(LEAST, next));
  drawing.style.width = `${width * scale}px`;
  view.scrollLeft = across * scale - x;
  view.scrollTop = down * scale - y;
  document.getElementById("size").textContent = `${Math.round(scale * 100)}%`;
  view.classList.toggle("grab", view.scrollWidth > view.clientWidth || view.scrollHeight > view.clientHeight);
}

const whole = () => show(Math.min(fitting(), (0.85 * window.innerHeight) / height));
const actions = {
  smaller: () => show(scale / 1.25),
  larger: () => show(scale * 1.25),
  fit: whole,
  full: () => show(1),
};
for (const [name, action] of Object.entries(actions)) document.getElementById(name).addEventListener("click", action);
document.querySelector(".controls").hidden = false;

view.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const action = { "+": "larger", "=": "larger", "-": "smaller", 0: "fit", 1: "full" }[event.key];
  if (!action) return;
  event.preventDefault();
  actions[action]();
});
// With the control key, as browsers have it for pages, and as a trackpad tells two fingers that part.
view.addEventListener("wheel", (event) => {
  if (!event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  const frame = view.getBoundingClientRect();
  show(scale * Math.exp(-event.deltaY / 300), event.clientX - frame.left, event.clientY - frame.top);
}, { passive: false });

let from = null;
view.addEventListener("pointerdown", (event) => {
  // A finger moves it without us, and a press on a scroll bar is for that.
  const bar = event.offsetX > view.clientWidth || event.offsetY > view.clientHeight;
  if (event.pointerType === "touch" || event.button || (event.target === view && bar)) return;
  from = { x: event.clientX + view.scrollLeft, y: event.clientY + view.scrollTop };
});
window.addEventListener("pointermove", (event) => {
  if (!from) return;
  view.classList.add("moving");
  view.scrollLeft = from.x - event.clientX;
  view.scrollTop = from.y - event.clientY;
});
for (const end of ["pointerup", "pointercancel", "blur"]) window.addEventListener(end, () => {
  from = null;
  view.classList.remove("moving");
});
show(Math.max(fitting(), Math.min(1, READABLE)));
view.scrollLeft = view.scrollTop = 0;
})();
