// Axes: from values to pixels and back, where ticks are, and what these are called.

const TICK = 74; // pixels that a tick takes along an axis

function scale({ log, range }, start, end) {
  const [across, back] = log ? [Math.log10, (at) => 10 ** at] : [Number, Number];
  const [low, high] = range.map(across);
  const share = (end - start) / (high - low);
  return { to: (value) => start + (across(value) - low) * share, from: (pixel) => back(low + (pixel - start) / share) };
}

/** The range of some values with room at both ends, a share of it; equal values have room too. */
function padded(values, room, { log = false, zero = false } = {}) {
  const [across, back] = log ? [Math.log10, (at) => 10 ** at] : [Number, Number];
  const [low, high] = [least(values), most(values)].map(across);
  const apart = high - low > 1e-9 * Math.max(Math.abs(low), Math.abs(high)); // and not by the last digit of a sum
  const wide = (apart ? high - low : log ? 0.1 : Math.abs(high) || 1) * room;
  return [zero && !log && low >= 0 ? 0 : back(low - wide), back(high + wide)];
}

// Spread out, thousands of values would be too many arguments.
const least = (values) => values.reduce((a, b) => Math.min(a, b), Infinity);
const most = (values) => values.reduce((a, b) => Math.max(a, b), -Infinity);

/** Ticks as values with their texts: those that are given, or round numbers, at most one for each TICK pixels. */
function ticksOf(axis, pixels) {
  if (axis.ticks) return axis.ticks;
  const count = Math.max(2, Math.floor(pixels / (axis.room ?? TICK)));
  const [low, high] = axis.range;
  const found = axis.log && high / low >= 10 ? decades(low, high, count) : even(low, high, count);
  const largest = most(found.map(({ value }) => Math.abs(value)));
  return found.map(({ value, step, whole = largest }) => ({ value, texts: [axis.name(value, step, whole)] }));
}

function even(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9));
  const [first, last] = [Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9)];
  return Array.from({ length: last - first + 1 }, (_, number) => ({ value: (first + number) * step, step }));
}

/** Powers of ten, and twice and five times these where there is room. */
function decades(low, high, count) {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const factors = (last - first) * 3 <= count ? [1, 2, 5] : [1];
  const every = Math.ceil((last - first) / count);
  const powers = Array.from({ length: last - first + 1 }, (_, number) => first + number);
  const kept = powers.filter((power) => power % every === 0);
  return kept
    .flatMap((power) => factors.map((factor) => ({ value: factor * 10 ** power, step: 10 ** power })))
    .filter(({ value }) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9))
    .map((tick) => ({ ...tick, whole: tick.value }));
}

/** A number with as many places as tell ticks apart that are a step from each other. */
function rounded(value, step) {
  const places = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return places > 6 ? value.toExponential(1) : fixed(value, places);
}

// What ticks are called, by what is on the axis: all of one axis in one unit, unless each tick is a `whole` of its own.
const UNITS = {
  s: (value, step, whole) => {
    const [factor, unit] = whole >= 1 ? [1, "s"] : whole >= 1e-3 ? [1e3, "ms"] : [1e6, "us"];
    return value ? `${rounded(value * factor, step * factor)} ${unit}` : "0";
  },
  bytes: (value, step) => `${rounded(value, step)} MiB`,
  share: (value, step) => `${rounded(100 * value, 100 * step)}%`,
  plain: (value, step) => rounded(value, step),
};
