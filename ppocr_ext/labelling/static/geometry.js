// Quads: [[x, y] × 4], TL TR BR BL as the text reads, in pixels of the page.
const mean = (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
const unit = ([ax, ay], [bx, by]) => {
  const size = Math.hypot(bx - ax, by - ay) || 1;
  return [(bx - ax) / size, (by - ay) / size];
};

export const centre = (quad) => mean(mean(quad[0], quad[2]), mean(quad[1], quad[3]));
export const points = (quad) => quad.map((each) => each.join(",")).join(" ");
export const rounded = (quad) => quad.map((each) => each.map((value) => Math.round(value * 10) / 10));
export const shifted = (quad, x, y) => quad.map((each) => [each[0] + x, each[1] + y]);

export function bounds(quad) {
  const xs = quad.map(([x]) => x), ys = quad.map(([, y]) => y);
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}

/** An upright box of two of its corners. */
export function boxOf(...corners) {
  const { left, right, top, bottom } = bounds(corners);
  return [[left, top], [right, top], [right, bottom], [left, bottom]];
}

/** By an angle in radians, about its middle. */
export function turned(quad, angle) {
  const [x, y] = centre(quad), cos = Math.cos(angle), sin = Math.sin(angle);
  return quad.map(([a, b]) => [x + (a - x) * cos - (b - y) * sin, y + (a - x) * sin + (b - y) * cos]);
}

/** The angle between two places, as the middle sees them. */
export function angleBetween(quad, ...places) {
  const [x, y] = centre(quad), [from, to] = places.map((place) => Math.atan2(place[1] - y, place[0] - x));
  return to - from;
}

/** Wider by dx along the text's direction, higher by dy across it; never below 4 pixels. */
export function grown(quad, dx, dy) {
  const [ax, ay] = unit(quad[0], quad[1]), [bx, by] = unit(quad[0], quad[3]);
  const next = quad.map(([x, y], i) => {
    const wide = i === 1 || i === 2 ? dx : 0, high = i > 1 ? dy : 0;
    return [x + ax * wide + bx * high, y + ay * wide + by * high];
  });
  const size = (a, b) => Math.hypot(next[a][0] - next[b][0], next[a][1] - next[b][1]);
  return size(0, 1) < 4 || size(0, 3) < 4 ? quad : next;
}

/** The handles of a quad: [name, place, the corners that move with it]; the round one turns it. */
export function handles(quad, reach) {
  const top = mean(quad[0], quad[1]), up = unit(mean(quad[2], quad[3]), top);
  return [...quad.map((each, i) => ["corner", each, [i]]),
    ...quad.map((each, i) => ["edge", mean(each, quad[(i + 1) % 4]), [i, (i + 1) % 4]]),
    ["turn", [top[0] + up[0] * reach, top[1] + up[1] * reach], []]];
}
