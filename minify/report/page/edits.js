// What the accepted changes make of a file; offsets count UTF-16 units, as JavaScript's strings do.

/** Whether a change can be taken beside the accepted ones. */
const openTo = (change, accepted) =>
  !accepted.has(change.insteadOf) && !change.conflicts.some((key) => accepted.has(key));

/** The changes that are in the result: accepted, and not shut out by one that was accepted before. */
function taken(file, decided) {
  const found = new Set();
  for (const change of file.changes)
    if ((decided[change.key] ?? change.suggested) && openTo(change, found)) found.add(change.key);
  return found;
}

/** The text with the edits of the changes that are taken, in their order. */
function applied(file, accepted) {
  const edits = file.changes.filter((c) => accepted.has(c.key)).flatMap((c) => c.edits);
  edits.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  let text = "", position = 0;
  for (const [start, end, content] of edits) {
    text += file.text.slice(position, start) + content;
    position = end;
  }
  return text + file.text.slice(position);
}

/** UTF-8, where a lone surrogate stands for the byte that it was read from. */
function bytes(text) {
  const encoder = new TextEncoder(), parts = [];
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    const paired = at > 0 && text.charCodeAt(at - 1) >= 0xd800 && text.charCodeAt(at - 1) < 0xdc00;
    if (unit >= 0xdc80 && unit <= 0xdcff && !paired) {
      parts.push(encoder.encode(text.slice(from, at)), Uint8Array.of(unit - 0xdc00));
      from = at + 1;
    }
  }
  parts.push(encoder.encode(text.slice(from)));
  return parts;
}
