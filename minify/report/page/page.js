// The page: the list of files with its filters, one file with its changes and its diff, and the patch of what is accepted.

const index = JSON.parse(document.getElementById("index").textContent);
const pieces_of_data = document.getElementsByClassName("file");
const files = index.files;
const loaded = new Map();
const fileAt = (at) => {
  if (!loaded.has(at)) loaded.set(at, JSON.parse(pieces_of_data[at].textContent));
  return loaded.get(at);
};

// A page from disk may have no storage: then decisions last as long as the page is open
const storage = { key: `dockminify:${index.id}`,
  load() { try { return JSON.parse(localStorage.getItem(this.key)) ?? {}; } catch { return {}; } },
  save(value) { try { localStorage.setItem(this.key, JSON.stringify(value)); } catch { /* nothing is kept */ } } };
const kept_state = storage.load();
const state = { at: 0, split: kept_state.split ?? true, reasons: true, full: false, theme: kept_state.theme ?? "", decided: kept_state.decided ?? {}, filter: { text: "", state: "", rung: "", ecosystem: "", sort: "path" } };
const remember = () => storage.save({ split: state.split, theme: state.theme, decided: state.decided });

// Two columns of code need room
const narrow = matchMedia("(max-width: 50rem)");
narrow.addEventListener("change", () => renderFile());

const decidedFor = (at) => state.decided[at] ?? {};
const result = (at) => {
  const file = fileAt(at), accepted = taken(file, decidedFor(at));
  return { file, accepted, text: applied(file, accepted) };
};
const patchOf = (at) => {
  if (files[at].state === "refused") return "";
  const { file, text } = result(at);
  // Of several repositories each has a folder of its own
  return unified(file.root ? `${file.root}/${file.name}` : file.name, file.text, text);
};

const live = h("div", { class: "hidden", role: "status", "aria-live": "polite" });
const tell = (text) => { live.textContent = ""; setTimeout(() => { live.textContent = text; }, 50); };

function download(name, parts) {
  const link = h("a", { href: URL.createObjectURL(new Blob(parts, { type: "application/octet-stream" })), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

async function copy(text) {
  try { await navigator.clipboard.writeText(text); }
  catch {
    // From disk the clipboard may be closed to scripts: the old way
    const area = document.body.appendChild(h("textarea", { class: "hidden" }));
    area.value = text;
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  tell("Copied");
}

// The list of files

const list = h("ul", { class: "list" }), count = h("p", { class: "count wide", role: "status" });

function matching() {
  const { text, state: wanted, rung, ecosystem, sort } = state.filter;
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = files.map((file, at) => ({ file, at })).filter(({ file }) => {
    const all = `${file.path} ${file.base ?? ""} ${(file.codes ?? []).join(" ")} ${file.blocker ?? ""} ${file.error ?? ""}`.toLowerCase();
    return words.every((word) => all.includes(word)) && (!wanted || file.state === wanted) && (!rung || file.rung === rung) && (!ecosystem || file.ecosystem === ecosystem);
  });
  if (sort === "saved") found.sort((a, b) => (b.file.saved?.[0] ?? -1) - (a.file.saved?.[0] ?? -1));
  return found;
}

const about = (file) => file.state === "refused" ? `refused: ${file.error}`
  : `${file.state === "unchanged" ? "nothing to do" : file.rung}${file.saved ? ` · ${file.saved[1] ? "" : "about "}${megabytes(Math.abs(file.saved[0]))} ${file.saved[0] < 0 ? "more" : "less"}` : ""}${file.proof ? ` · ${file.proof}` : ""}`;

function renderList() {
  const found = matching();
  list.replaceChildren(...found.map(({ file, at }) => h("li", {}, h("button", { type: "button", "data-at": at, "aria-current": at === state.at ? "true" : "false", onclick: () => open(at, true) },
    h("div", { class: "path" }, visible(file.path)), h("div", { class: "meta" }, visible(about(file)))))));
  count.textContent = found.length === files.length ? `${files.length} files` : `${found.length} of ${files.length} files`;
}

function choices(label, key, names) {
  const select = h("select", { "aria-label": label, onchange: (event) => { state.filter[key] = event.target.value; renderList(); } },
    names.map(([value, text]) => h("option", { value }, text)));
  return select;
}

function navigation() {
  const values = (key) => [...new Set(files.map((file) => file[key]).filter(Boolean))].sort();
  let waiting;
  const search = h("input", { type: "search", id: "search", placeholder: "Search paths, images, reasons", "aria-label": "Search files", oninput: (event) => {
    state.filter.text = event.target.value;
    clearTimeout(waiting);
    waiting = setTimeout(renderList, 60);
  } });
  return h("nav", { class: "files", "aria-label": "Files" }, h("div", { class: "filters" }, search,
    choices("State", "state", [["", "Any state"], ["suggested", "Suggested"], ["shown", "Shown only"], ["unchanged", "Nothing to do"], ["refused", "Refused"]]),
    choices("Rung", "rung", [["", "Any rung"], ...values("rung").map((v) => [v, v])]),
    choices("Language", "ecosystem", [["", "Any language"], ...values("ecosystem").map((v) => [v, v])]),
    choices("Order", "sort", [["path", "As found"], ["saved", "Most saved"]]), count), list);
}

// One file

function reasonsOf(file, change) {
  const groups = [["What leaves the image", ["dropped"]], ["What changes", ["replaced", "added"]], ["What moves", ["moved"]], ["What the final image takes", ["kept"]]];
  return groups.map(([title, kinds]) => {
    const some = change.decisions.filter((d) => kinds.includes(d[1]));
    return some.length > 0 && h("details", {}, h("summary", {}, `${title} (${some.length})`),
      h("ul", {}, some.map(([subject, , reason, line]) => h("li", {}, h("b", {}, visible(subject)), ": ", visible(reason), line ? h("span", { class: "muted" }, ` (line ${line})`) : null))));
  });
}

function choice(at, change, accepted, open) {
  const isIn = accepted.has(change.key);
  const button = (name, value, pressed) => h("button", { type: "button", class: value ? "yes" : "no", "aria-pressed": String(pressed), disabled: !open, "data-choice": `${change.key}:${value}`, "aria-label": `${name} ${change.code}`, onclick: () => decide(at, change, value) }, name);
  return h("div", { class: "group choice", role: "group", "aria-label": `Decide on ${change.code}` }, button("Accept", true, isIn), button("Reject", false, !isIn && (change.suggested || decidedFor(at)[change.key] === false)));
}

function decide(at, change, value) {
  state.decided[at] = { ...decidedFor(at), [change.key]: value };
  remember();
  const { file, text } = result(at);
  const changed = blocks(lines(file.text), lines(text)).filter((b) => !b.equal);
  const plus = changed.reduce((n, b) => n + b.b[1] - b.b[0], 0), minus = changed.reduce((n, b) => n + b.a[1] - b.a[0], 0);
  renderFile(`[data-choice="${CSS.escape(`${change.key}:${value}`)}"]`);
  tell(`${change.code} ${value ? "accepted" : "rejected"}: the patch adds ${plus} and removes ${minus} lines`);
}

function changeCard(at, file, change, accepted) {
  const open = openTo(change, accepted);
  const instead = file.changes.find((other) => other.key === change.insteadOf);
  const conflicts = file.changes.filter((other) => change.conflicts.includes(other.key) && accepted.has(other.key));
  return h("article", { class: `change${accepted.has(change.key) ? "" : " rejected"}`, id: `change-${change.key}` },
    h("div", { class: "row" }, h("div", {}, h("h4", { class: "mono" }, change.code), h("span", { class: `tag ${change.safety === "safe" ? "good" : change.safety === "display" ? "bad" : "warn"}` }, { safe: "safe", inferred: "inferred", display: "may break" }[change.safety]),
      instead && h("span", { class: "tag" }, `only without ${instead.code}`)), choice(at, change, accepted, open)),
    h("p", { class: "why" }, visible(change.reason)),
    instead && !open && h("p", { class: "muted" }, `Reject ${instead.code} to take this in its place.`),
    conflicts.length > 0 && h("p", { class: "muted" }, `Touches the same text as ${conflicts.map((c) => c.code).join(", ")}.`),
    reasonsOf(file, change));
}

/** Where the note on a removed line stands: after what was added in its place, where that is short. */
function below(rows, place) {
  let end = place;
  while (end + 1 < rows.length && !rows[end + 1].equal && !rows[end + 1].left) end++;
  return end - place <= 3 && !rows[place].equal ? end : place;
}

/** Notes for the rows of the diff: where a line of the original says so, else at the new line that names the thing. */
function notesFor(at, file, accepted, rows) {
  const notes = new Map(), byLine = new Map();
  rows.forEach((row, place) => { if (row.left) byLine.set(row.left.number, below(rows, place)); });
  const add = (place, note) => notes.set(place, [...(notes.get(place) ?? []), note]);
  const named = (subject) => {
    const name = subject.replace(/^(ENV|ARG|LABEL) /, "");
    if (!/^[\w./:@+-]+$/.test(name)) return -1;
    const word = new RegExp(`(^|[^\\w/.-])${name.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&")}($|[^\\w.-])`);
    const says = (begin) => rows.findIndex((row) => !row.equal && row.right && begin.test(row.right.text) && word.test(row.right.text));
    const instruction = says(/^\s*(COPY|ENV|FROM|USER|WORKDIR|CMD|ENTRYPOINT)\s/i);
    return instruction >= 0 ? instruction : says(/^\s*[^\s#]/);
  };
  for (const change of file.changes) {
    const isIn = accepted.has(change.key);
    if (change.insteadOf && !isIn) continue;
    const firstLine = change.edits[0]?.[3];
    const place = byLine.get(firstLine);
    if (place !== undefined)
      add(place, { became: isIn ? "change" : change.suggested || decidedFor(at)[change.key] === false ? "rejected" : "shown", subject: change.code, reason: change.reason });
    if (!isIn) continue;
    for (const [subject, became, reason, line] of change.decisions) {
      const where = line ? byLine.get(line) : named(subject);
      if (where !== undefined && where >= 0) add(where, { became, subject, reason });
    }
  }
  for (const [subject, became, reason, line] of file.decisions) if (line && byLine.has(line)) add(byLine.get(line), { became, subject, reason });
  for (const { rung, reason, line } of file.refusals) if (line && byLine.has(line)) add(byLine.get(line), { became: "stops", subject: rung, reason });
  return notes;
}

const main = h("main", { id: "main", tabindex: "-1" });

function renderFile(focus) {
  const at = state.at, entry = files[at];
  if (!entry) { main.replaceChildren(h("p", { class: "empty" }, "There are no files.")); return; }
  const name = h("h2", { id: "file-name" }, visible(entry.path));
  if (entry.state === "refused") {
    main.replaceChildren(h("div", { class: "head" }, h("div", {}, name, h("div", { class: "tags" }, h("span", { class: "tag bad" }, "refused")))),
      h("p", {}, visible(entry.error)));
    return;
  }
  const { file, accepted, text } = result(at);
  const patch = unified(file.name, file.text, text);
  const rows = rowsOf(file.text, text);
  const notes = state.reasons ? notesFor(at, file, accepted, rows) : new Map();
  const offered = file.changes.filter((change) => change.suggested), rest = file.changes.filter((change) => !change.suggested);
  const checks = file.changes.flatMap((change) => change.decisions).concat(file.decisions).filter((d) => d[1] === "check");
  const stopped = file.refusals;
  const figure = picture(file, accepted);
  const base = file.base[1] && file.base[1] !== file.base[0] ? `${file.base[0]} → ${file.base[1]}` : file.base[0];
  const short = file.path.split("/").at(-1);
  fill(main,
    h("div", { class: "head" }, h("div", {}, name, h("div", { class: "tags" },
      h("span", { class: `tag ${file.changes.length ? "good" : ""}` }, file.changes.length ? file.rung : "nothing to do"), h("span", { class: "mono" }, visible(base ?? "")),
      file.detection && h("span", { class: "muted" }, visible(`${file.detection.ecosystem}${file.detection.version ? ` ${file.detection.version}` : ""}: ${file.detection.evidence.join("; ")}`)),
      file.proof && h("span", { class: `tag ${file.proof.passed ? "good" : "bad"}` }, `built and run: ${file.proof.verdict}`))),
      h("div", { class: "actions" },
        h("button", { type: "button", id: "patch", disabled: !patch, onclick: () => download(`${short}.diff`, bytes(patch)) }, "Save patch"),
        h("button", { type: "button", disabled: !patch, onclick: () => copy(patch) }, "Copy patch"),
        h("button", { type: "button", disabled: !patch, onclick: () => download(short, bytes(text)) }, "Save Dockerfile"))),
    figure && h("section", { "aria-labelledby": "t-image" }, h("h3", { id: "t-image" }, "The image"), figure),
    file.proof && h("section", { "aria-labelledby": "t-proof" }, h("h3", { id: "t-proof" }, `Built and run before and after by ${file.proof.engine}`), h("table", { class: "plain" },
      h("thead", { class: "hidden" }, h("tr", {}, ["section", "verdict", "what was found"].map((t) => h("th", { scope: "col" }, t)))),
      h("tbody", {}, file.proof.sections.map(([section, verdict, summary]) => h("tr", {}, h("th", { scope: "row" }, section), h("td", {}, verdict), h("td", {}, visible(summary))))))),
    offered.length > 0 && h("section", { "aria-labelledby": "t-changes" }, h("h3", { id: "t-changes" }, offered.length === 1 ? "The change" : `${offered.length} changes`), offered.map((change) => changeCard(at, file, change, accepted))),
    rest.length > 0 && h("section", { "aria-labelledby": "t-rest" }, h("details", { open: rest.some((c) => accepted.has(c.key) || (c.insteadOf && openTo(c, accepted))) },
      h("summary", {}, h("span", { id: "t-rest" }, `${rest.length} more that ${rest.length === 1 ? "is" : "are"} not in the suggestion`)), rest.map((change) => changeCard(at, file, change, accepted)))),
    checks.length > 0 && h("section", { "aria-labelledby": "t-checks" }, h("h3", { id: "t-checks" }, "Check by hand"), h("ul", { class: "reasons" }, checks.map(([subject, , reason, line]) => h("li", {}, h("b", {}, visible(subject)), ": ", visible(reason), line ? ` (line ${line})` : "")))),
    stopped.length > 0 && h("section", { "aria-labelledby": "t-stops" }, h("h3", { id: "t-stops" }, "What stops the next better rung"), h("ul", { class: "reasons" }, stopped.map(({ rung, reason, line }) => h("li", {}, h("b", {}, rung), ": ", visible(reason), line ? h("span", { class: "muted" }, ` (line ${line})`) : "")))),
    file.around.length > 0 && h("section", { "aria-labelledby": "t-around" }, h("h3", { id: "t-around" }, "What uses the image elsewhere"), h("ul", { class: "reasons" }, file.around.map((found) => h("li", {}, h("b", {}, visible(found.subject)), ": ", visible(found.reason), h("span", { class: "muted" }, visible(` (${found.file}:${found.line})`)), found.instead && [h("br"), "instead: ", h("code", {}, visible(found.instead))])))),
    h("section", { "aria-labelledby": "t-diff" }, h("div", { class: "diffhead" }, h("h3", { id: "t-diff" }, patch ? "The difference" : "The file: nothing is changed"), h("div", { class: "actions" },
      toggle("Reasons", "reasons"), toggle("Whole file", "full"))),
      h("div", { class: "box" }, diffTable(`${file.path}, before and after`, rows, notes, state.split && patch !== "" && !narrow.matches, state.full || rows.length < 12))));
  if (focus) main.querySelector(focus)?.focus();
}

function toggle(name, key) {
  return h("button", { type: "button", "aria-pressed": String(state[key]), "data-toggle": key, onclick: () => {
    state[key] = !state[key];
    remember();
    renderFile(`[data-toggle="${key}"]`);
  } }, name);
}

function open(at, focus) {
  state.at = at;
  state.full = false;
  renderFile();
  for (const button of list.querySelectorAll("button")) button.setAttribute("aria-current", String(Number(button.dataset.at) === at));
  window.scrollTo(0, 0);
  if (focus) main.focus({ preventScroll: true });
  document.title = `${files[at]?.path ?? "no files"} – dockminify`;
}

// The bar above

function view() {
  const buttons = [["Side by side", true], ["Unified", false]].map(([name, split]) => h("button", { type: "button", "aria-pressed": String(state.split === split), onclick: () => {
    state.split = split;
    remember();
    buttons.forEach((button, place) => button.setAttribute("aria-pressed", String((place === 0) === split)));
    renderFile();
  } }, name));
  return h("div", { class: "group", role: "group", "aria-label": "View" }, buttons);
}

function theme() {
  const set = () => { if (state.theme) document.documentElement.dataset.theme = state.theme; else delete document.documentElement.dataset.theme; };
  set();
  const select = h("select", { "aria-label": "Colours", onchange: (event) => { state.theme = event.target.value; remember(); set(); } },
    [["", "Auto"], ["light", "Light"], ["dark", "Dark"]].map(([value, text]) => h("option", { value, selected: state.theme === value }, text)));
  return select;
}

const help = h("dialog", { "aria-labelledby": "t-help" }, h("h2", { id: "t-help" }, "Keys"), h("table", { class: "plain" }, h("tbody", {},
  [["j", "k", "next and previous file"], ["n", "p", "next and previous change"], ["a", "r", "accept and reject the change"], ["u", "", "side by side or unified"], ["w", "", "the reasons"], ["/", "", "search the files"], ["s", "", "save the patch"], ["?", "", "these keys"]]
    .map(([one, two, what]) => h("tr", {}, h("td", {}, h("kbd", {}, one), two && [" ", h("kbd", {}, two)]), h("td", {}, what))))),
  h("form", { method: "dialog" }, h("button", {}, "Close")));

function totals() {
  const changed = files.filter((file) => file.state === "suggested").length;
  const saved = files.reduce((sum, file) => sum + (file.saved?.[0] ?? 0), 0);
  return files.length === 1 ? "" : `${files.length} files, ${changed} with changes${saved > 0 ? `, about ${megabytes(saved)} less` : ""}`;
}

const split = view();
const top_bar = h("header", { class: "top" }, h("h1", {}, index.title), h("span", { class: "muted" }, totals()), h("span", { class: "grow" }),
  files.length > 1 && h("button", { type: "button", id: "all", onclick: () => {
    const all = files.map((_, at) => patchOf(at)).join("");
    download("dockminify.diff", bytes(all));
  } }, "Save patch of all"),
  split, theme(), h("button", { type: "button", "aria-label": "Keys", onclick: () => help.showModal() }, "?"));

function nextFile(by) {
  const shown = [...list.querySelectorAll("button")];
  const place = shown.findIndex((button) => Number(button.dataset.at) === state.at);
  const next = shown[Math.min(Math.max(place + by, 0), shown.length - 1)];
  if (next) { open(Number(next.dataset.at), false); next.scrollIntoView({ block: "nearest" }); }
}

function nextChange(by) {
  const cards = [...main.querySelectorAll(".change")].filter((card) => card.offsetParent);
  const place = cards.indexOf(document.activeElement?.closest(".change"));
  const card = cards[place < 0 ? (by > 0 ? 0 : cards.length - 1) : Math.min(Math.max(place + by, 0), cards.length - 1)];
  card?.querySelector(".choice button[aria-pressed=true], .choice button")?.focus();
}

function pressChoice(value) {
  const card = document.activeElement?.closest(".change") ?? main.querySelector(".change");
  card?.querySelector(`.choice button.${value ? "yes" : "no"}:not(:disabled)`)?.click();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
  if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) { if (event.key === "Escape") event.target.blur(); return; }
  const does = { j: () => nextFile(1), k: () => nextFile(-1), n: () => nextChange(1), p: () => nextChange(-1), a: () => pressChoice(true), r: () => pressChoice(false),
    u: () => split.querySelector("button[aria-pressed=false]").click(), w: () => main.querySelector("[data-toggle=reasons]")?.click(),
    "/": () => document.getElementById("search")?.focus(), s: () => document.getElementById("patch")?.click(), "?": () => help.showModal() }[event.key];
  if (does) { event.preventDefault(); does(); }
});

fill(document.getElementById("page"), h("a", { class: "skip", href: "#main" }, "Skip to the changes"), top_bar,
  h("div", { class: `columns${files.length > 1 ? " many" : ""}` }, files.length > 1 && navigation(), main), help, live);
if (files.length > 1) renderList();
open(0, false);
