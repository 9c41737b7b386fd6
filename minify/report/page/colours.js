// The colours of a Dockerfile's lines: pieces `[class, text]` of each. They are for the eye alone; nothing is decided by them.

const PIECES = /(?<s>"(?:\\.|[^"\\])*"?|'[^']*'?)|(?<v>\$(?:\{[^}]*\}?|\w+))|(?<o>(?<=^|\s)--?[A-Za-z][\w-]*=?)|(?<p>&&|\|\||[|;[\]{}()<>]|\\$|`$)/gm;

/** The pieces of every line, which together are the lines without their line ends. */
function coloured(all) {
  const escape = /^\s*#\s*escape\s*=\s*`/im.test(all.slice(0, 5).join("")) ? "`" : "\\";
  const found = [], waiting = [];
  let going = false;
  for (const whole of all) {
    const text = whole.replace(/\r?\n$/, "");
    if (waiting.length) {
      const ends = text.replace(/^\t+/, "") === waiting[0];
      if (ends) waiting.shift();
      found.push(ends ? [["k", text]] : pieces(text));
      continue;
    }
    if (/^\s*#/.test(text)) { found.push([["c", text]]); continue; }
    if (!text.trim()) { found.push([["", text]]); continue; }
    const word = going ? null : /^(\s*)([A-Za-z]+)(?=\s|$)/.exec(text);
    const rest = word ? text.slice(word[0].length) : text;
    const named = word && /^from$/i.test(word[2]) && /^(.*\s)(as)(\s.*)$/i.exec(rest);
    const after = named ? [...pieces(named[1]), ["k", named[2]], ...pieces(named[3])] : pieces(rest);
    found.push([...(word ? [["", word[1]], ["k", word[2]]] : []), ...after]);
    if (word && /^(run|copy|add)$/i.test(word[2]))
      for (const here of text.matchAll(/<<-?\s*(["']?)([\w.-]+)\1/g)) waiting.push(here[2]);
    going = text.trimEnd().endsWith(escape);
  }
  return found;
}

function pieces(text) {
  const found = [];
  let position = 0;
  for (const match of text.matchAll(PIECES)) {
    if (match.index > position) found.push(["", text.slice(position, match.index)]);
    found.push([Object.keys(match.groups).find((name) => match.groups[name] !== undefined), match[0]]);
    position = match.index + match[0].length;
  }
  if (position < text.length) found.push(["", text.slice(position)]);
  return found;
}
