// The difference of two texts: of lines for the diff and the patch, of words within a pair of lines.

/** Lines as diff tools see them: only a line feed ends one. */
const lines = (text) => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

const MOST_STEPS = 1500;

/** What `a` and `b` have in common on the shortest way between them (Myers 1986): pairs of indices, in order. */
function common(a, b) {
  let start = 0, endA = a.length, endB = b.length;
  while (start < endA && start < endB && a[start] === b[start]) start++;
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) { endA--; endB--; }
  const pairs = [];
  for (let i = 0; i < start; i++) pairs.push([i, i]);
  const n = endA - start, m = endB - start;
  const trace = traced(a, b, start, n, m), middle = [];
  let x = n, y = m;
  for (let d = trace.length - 1; d >= 0; d--) {
    let fromX = 0, fromY = 0, begin = 0;
    if (d > 0) {
      const before = trace[d - 1], k = x - y, isDown = down(before, d, k);
      fromX = before.get(isDown ? k + 1 : k - 1);
      fromY = fromX - (isDown ? k + 1 : k - 1);
      begin = isDown ? fromX : fromX + 1;
    }
    while (x > begin) middle.push([start + --x, start + --y]);
    x = fromX; y = fromY;
  }
  pairs.push(...middle.reverse());
  for (let i = 0; endA + i < a.length; i++) pairs.push([endA + i, endB + i]);
  return pairs;
}

/** How far each diagonal is reached in 0, 1, 2 … steps; empty when MOST_STEPS do not lead to the end. */
function traced(a, b, start, n, m) {
  const trace = [];
  for (let d = 0; d <= Math.min(n + m, MOST_STEPS); d++) {
    const reach = new Map();
    for (let k = -d; k <= d; k += 2) {
      const before = trace[d - 1];
      let x = d === 0 ? 0 : down(before, d, k) ? before.get(k + 1) : before.get(k - 1) + 1;
      while (x < n && x - k < m && a[start + x] === b[start + x - k]) x++;
      reach.set(k, x);
    }
    trace.push(reach);
    if (reach.get(n - m) >= n) return trace;
  }
  return [];
}

/** Whether diagonal `k` is best entered by a step down: an element of `b` that `a` lacks. */
const down = (before, d, k) => k === -d || (k !== d && before.get(k - 1) < before.get(k + 1));

/** `{equal, a: [from, to], b: [from, to]}`, which tile both. */
function blocks(a, b) {
  const found = [];
  let i = 0, j = 0;
  const add = (equal, toA, toB) => {
    const last = found.at(-1);
    if (last?.equal === equal) { last.a[1] = toA; last.b[1] = toB; }
    else found.push({ equal, a: [i, toA], b: [j, toB] });
    i = toA; j = toB;
  };
  for (const [x, y] of common(a, b)) {
    if (x > i || y > j) add(false, x, y);
    add(true, x + 1, y + 1);
  }
  if (i < a.length || j < b.length) add(false, a.length, b.length);
  return found;
}

/** The patch of a file as `git apply` and `patch` take it; empty when nothing changes. */
function unified(path, before, after) {
  const a = lines(before), b = lines(after), around = 3;
  const changed = blocks(a, b).filter((block) => !block.equal);
  if (!changed.length) return "";
  const hunks = [];
  for (const block of changed) {
    const last = hunks.at(-1);
    if (last && block.a[0] - last.at(-1).a[1] <= 2 * around) last.push(block);
    else hunks.push([block]);
  }
  const range = (from, count) => (count === 1 ? `${from + 1}` : `${count ? from + 1 : from},${count}`);
  const line = (sign, text) => sign + (text.endsWith("\n") ? text : text + "\n\\ No newline at end of file\n");
  let out = `--- a/${path}\n+++ b/${path}\n`;
  for (const hunk of hunks) {
    const from = Math.max(hunk[0].a[0] - around, 0), to = Math.min(hunk.at(-1).a[1] + around, a.length);
    const fromB = hunk[0].b[0] - (hunk[0].a[0] - from), toB = hunk.at(-1).b[1] + (to - hunk.at(-1).a[1]);
    out += `@@ -${range(from, to - from)} +${range(fromB, toB - fromB)} @@\n`;
    let at = from;
    for (const block of hunk) {
      out += a.slice(at, block.a[0]).map((text) => line(" ", text)).join("");
      out += a.slice(...block.a).map((text) => line("-", text)).join("");
      out += b.slice(...block.b).map((text) => line("+", text)).join("");
      at = block.a[1];
    }
    out += a.slice(at, to).map((text) => line(" ", text)).join("");
  }
  return out;
}

/** The words of two lines that differ, as `[from, to]` in each; null when the lines have too little in common. */
function wordDifference(before, after) {
  const split = (text) => text.match(/\s+|[\w.]+|./gsu) ?? [];
  const a = split(before), b = split(after);
  const shared = common(a, b).filter(([i]) => /\w/.test(a[i])).reduce((sum, [i]) => sum + a[i].length, 0);
  const size = (words) => words.filter((word) => /\w/.test(word)).join("").length;
  // Half of the longer line, or nearly all of a shorter one that says something
  const [less, more] = [size(a), size(b)].sort((one, other) => one - other);
  if (shared * 2 < more && (shared < 8 || shared < less * 0.8)) return null;
  const marks = [[], []];
  for (const block of blocks(a, b))
    if (!block.equal)
      [[a, block.a], [b, block.b]].forEach(([words, [from, to]], side) => {
        const start = words.slice(0, from).join("").length;
        if (to > from) marks[side].push([start, start + words.slice(from, to).join("").length]);
      });
  return marks;
}
