// Two texts letter by letter (code points), with the fewest edits.

/** [[kind, a, b]…]: runs of "same", or of "change", in which a or b may be empty. */
export function diff(left, right) {
  const a = [...left], b = [...right], width = b.length + 1;
  const cost = new Uint16Array((a.length + 1) * width);
  const changed = (i, j) => (a[i - 1] === b[j - 1] ? 0 : 1);
  for (let at = 0; at < cost.length; at++) {
    const i = Math.floor(at / width), j = at % width;
    if (i && j) cost[at] = Math.min(cost[at - 1] + 1, cost[at - width] + 1, cost[at - width - 1] + changed(i, j));
    else cost[at] = i + j;
  }
  const runs = [];
  const add = (kind, x, y) => {
    if (runs[0]?.[0] !== kind) runs.unshift([kind, "", ""]);
    runs[0] = [kind, x + runs[0][1], y + runs[0][2]];
  };
  for (let i = a.length, j = b.length; i || j;) {
    const at = i * width + j;
    if (i && j && cost[at] === cost[at - width - 1] + changed(i, j)) add(changed(i, j) ? "change" : "same", a[--i], b[--j]);
    else if (i && cost[at] === cost[at - width] + 1) add("change", a[--i], "");
    else add("change", "", b[--j]);
  }
  return runs;
}

/** For each letter of text its place in draft where they are the same, else -1. */
export function placesIn(draft, text) {
  let at = 0;
  return diff(draft, text).flatMap(([kind, a, b]) => {
    const start = at;
    at += [...a].length;
    return [...b].map((_, index) => (kind === "same" ? start + index : -1));
  });
}
