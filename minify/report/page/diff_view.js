// The diff as a table, side by side or unified, with the reasons below the lines that they concern.

const KEEP_AROUND = 4;
const SHOWN_NOTES = 6;

/** Make an element: attributes, listeners under `on…`, and children; text is only ever text. */
function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value != null) element.setAttribute(key, value);
  }
  return fill(element, ...children);
}

/** Put children into an element, in the place of what it holds; null and false are none. */
function fill(element, ...children) {
  element.replaceChildren(...children.flat(3).filter((child) => child != null && child !== false));
  return element;
}

// Characters that are not seen, or that turn the text around them
const ODD = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Text with what hides in it made visible. */
function visible(text) {
  const out = [];
  let position = 0;
  for (const match of text.matchAll(ODD)) {
    const unit = match[0].charCodeAt(0);
    const name = unit >= 0xdc80 && unit <= 0xdcff ? `byte ${(unit - 0xdc00).toString(16)}` : `U+${unit.toString(16).toUpperCase().padStart(4, "0")}`;
    out.push(text.slice(position, match.index), h("span", { class: "odd" }, name));
    position = match.index + 1;
  }
  out.push(text.slice(position));
  return out.filter((piece) => piece !== "");
}

/** A line's pieces, cut where a mark of a word difference begins or ends. */
function painted(pieces, marks, tag) {
  const out = [];
  let position = 0, open = null;
  for (const [kind, text] of pieces) {
    let done = 0;
    while (done < text.length) {
      const mark = marks.find(([from, to]) => position < to && position + text.length - done > from);
      const inside = mark && mark[0] <= position;
      const stop = mark ? (inside ? mark[1] : mark[0]) : Infinity;
      const cut = text.slice(done, done + Math.min(text.length - done, stop - position));
      const piece = kind ? h("span", { class: kind }, visible(cut)) : visible(cut);
      if (inside) {
        if (!open) out.push((open = h(tag)));
        open.append(...[piece].flat());
      } else { open = null; out.push(piece); }
      position += cut.length;
      done += cut.length;
    }
  }
  return out;
}

/** Removed and added lines side by side: those that resemble each other stand in one row, in order. */
function paired(removed, added) {
  const rows = [];
  let next = 0;
  removed.forEach((left) => {
    const found = added.findIndex((right, at) => at >= next && wordDifference(left.text, right.text));
    if (found < 0) { rows.push([left, null]); return; }
    for (; next < found; next++) rows.push([null, added[next]]);
    rows.push([left, added[next++]]);
  });
  for (; next < added.length; next++) rows.push([null, added[next]]);
  return rows;
}

/** The rows of a diff: `{equal, left, right}`, each side `{number, text, pieces}` or null. */
function rowsOf(before, after) {
  const a = lines(before), b = lines(after);
  const side = (all) => {
    const colours = coloured(all);
    return all.map((text, at) => ({ number: at + 1, text: text.replace(/\r?\n$/, ""), pieces: colours[at] }));
  };
  const left = side(a), right = side(b);
  return blocks(a, b).flatMap((block) => {
    const [olds, news] = [left.slice(...block.a), right.slice(...block.b)];
    if (block.equal) return olds.map((line, at) => ({ equal: true, left: line, right: news[at] }));
    return paired(olds, news).map(([one, other]) => ({ equal: false, left: one, right: other }));
  });
}

/** Which rows stay: those that changed or have a note, and a few around each. */
function kept(rows, notes) {
  const keep = rows.map(() => false);
  rows.forEach((row, at) => {
    if (!row.equal || notes.has(at))
      for (let i = Math.max(0, at - KEEP_AROUND); i <= Math.min(rows.length - 1, at + KEEP_AROUND); i++) keep[i] = true;
  });
  return keep;
}

/** A note: what became of a thing, and why. */
const noteItem = ({ became, subject, reason }) =>
  h("li", {}, h("span", { class: `became b-${became}` }, became), h("span", {}, h("b", {}, visible(subject)), ": ", visible(reason)));

function noteRow(items, columns) {
  const list = (some) => h("ul", {}, some.map(noteItem));
  return h("tr", { class: "note" }, h("td", { class: "notes", colspan: columns },
    list(items.slice(0, SHOWN_NOTES)),
    items.length > SHOWN_NOTES && h("details", {}, h("summary", {}, `${items.length - SHOWN_NOTES} more`), list(items.slice(SHOWN_NOTES)))));
}

/** The table. `notes` maps the index of a row to its notes. */
function diffTable(caption, rows, notes, split, full) {
  const columns = 4;
  const keep = full ? rows.map(() => true) : kept(rows, notes);
  const table = h("table", { class: `diff ${split ? "split" : "unified"}` }, h("caption", { class: "hidden" }, caption),
    h("colgroup", {}, (split ? ["no", "", "no", ""] : ["no", "no", "sign", ""]).map((name) => h("col", { class: name }))),
    h("thead", { class: "hidden" }, h("tr", {}, (split ? ["old line", "before", "new line", "after"] : ["old line", "new line", "change", "text"]).map((name) => h("th", { scope: "col" }, name)))));
  const body = table.appendChild(h("tbody"));
  for (let at = 0; at < rows.length; at++) {
    if (keep[at]) {
      body.append(...(split ? splitRows : unifiedRows)(rows[at]));
      if (notes.has(at)) body.append(noteRow(notes.get(at), columns));
      continue;
    }
    let end = at;
    while (end < rows.length && !keep[end]) end++;
    const hidden = rows.slice(at, end);
    const fold = h("tr", { class: "fold" }, h("td", { colspan: columns }, h("button", { type: "button", onclick: () => {
      fold.replaceWith(...hidden.flatMap((row) => (split ? splitRows : unifiedRows)(row)));
    } }, `Show ${hidden.length} unchanged ${hidden.length === 1 ? "line" : "lines"}`)));
    body.append(fold);
    at = end - 1;
  }
  return table;
}

const said = (kind) => (kind ? h("span", { class: "hidden" }, kind === "add" ? "added: " : "removed: ") : null);

function codeCell(line, kind, marks) {
  if (!line) return h("td", { class: "code void" });
  return h("td", { class: `code ${kind}` }, said(kind), painted(line.pieces, marks, kind === "add" ? "ins" : "del"));
}

function splitRows({ equal, left, right }) {
  const marks = (!equal && left && right && wordDifference(left.text, right.text)) || [[], []];
  return [h("tr", {},
    h("td", { class: `no ${left && !equal ? "del" : left ? "" : "void"}` }, left ? String(left.number) : ""), codeCell(left, equal ? "" : "del", marks[0]),
    h("td", { class: `no right ${right && !equal ? "add" : right ? "" : "void"}` }, right ? String(right.number) : ""), codeCell(right, equal ? "" : "add", marks[1]))];
}

function unifiedRows({ equal, left, right }) {
  if (equal) return [h("tr", {}, h("td", { class: "no" }, String(left.number)), h("td", { class: "no" }, String(right.number)), h("td", { class: "sign" }), codeCell(left, "", []))];
  const marks = (left && right && wordDifference(left.text, right.text)) || [[], []];
  const row = (line, kind, sign, mark) => h("tr", {},
    h("td", { class: `no ${kind}` }, kind === "del" ? String(line.number) : ""), h("td", { class: `no ${kind}` }, kind === "add" ? String(line.number) : ""),
    h("td", { class: `sign ${kind}`, "aria-hidden": "true" }, sign), codeCell(line, kind, mark));
  return [left && row(left, "del", "−", marks[0]), right && row(right, "add", "+", marks[1])].filter(Boolean);
}
