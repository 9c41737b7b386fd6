// A picture of the image before and after: to one scale, in megabytes that were measured, or estimates that say so.

const megabytes = (mb) => `${mb >= 100 ? Math.round(mb).toLocaleString("en") : mb.toFixed(1)} MB`;

const UNKNOWN_SHARE = 12;

function picture(file, accepted) {
  if (file.proof?.parts.length) return measured(file.proof.parts);
  const before = file.sizes[0];
  if (before == null) return null;
  const conversion = file.changes.find((change) => change.suggested && change.decisions.length);
  if (!conversion) return null;
  const takenNow = accepted.has(conversion.key);
  const after = takenNow ? file.sizes[1] : before;
  if (after == null) return null;
  const scale = 100 - 2 * UNKNOWN_SHARE - 14;
  const base = (name, mb) => block("s0", (mb / before) * scale, `${name} ${megabytes(mb)}`);
  const unknown = (name, gone) => block(`unknown${gone ? " gone" : ""}`, UNKNOWN_SHARE, name);
  const builds = file.installs.length > 0;
  const left = conversion.decisions.filter((d) => d[1] === "dropped").map((d) => d[0]);
  const row = (who, name, mb, tools, gone) => [
    h("div", { class: "who" }, who, h("small", {}, name)),
    h("div", { class: "bar" }, base(name, mb), tools && unknown("packages", gone), unknown("application"), h("em", {}, `${megabytes(mb)} + ?`))];
  return h("figure", {},
    h("div", { class: "bars", role: "img", "aria-label": `Base image before: ${file.base[0]}, about ${megabytes(before)}. After: ${takenNow ? file.base[1] : file.base[0]}, about ${megabytes(after)}.` },
      row("Before", file.base[0], before, builds, true), row("After", takenNow ? file.base[1] : file.base[0], after, builds && !takenNow, false)),
    takenNow && left.length > 0 && h("ul", { class: "left", "aria-label": "What left the image" }, left.map((name) => h("li", {}, visible(name)))),
    h("figcaption", {}, "Estimates: the sizes of the base images are the catalogue's. Hatched: not measured, and not to scale; the application and what it loads are in both. ",
      h("code", {}, "dockminify fix --verify"), " measures both images."));
}

function block(kind, share, text) {
  const element = h("span", { class: `${kind}${share < 9 ? " tight" : ""}`, title: text }, share < 9 ? "" : text);
  element.style.width = `${Math.max(share, 0.3)}%`;
  return element;
}

/** The colour of a part: the rest is grey, and nothing else is. */
const colour = (part, at) => (part[0] === "the rest" ? "s7" : `s${(at < 7 ? at : at + 1) % 15}`);

function measured(parts) {
  const total = (side) => parts.reduce((sum, part) => sum + part[side], 0);
  const [before, after] = [total(1), total(2)];
  const largest = Math.max(before, after) || 1;
  const bar = (side) => h("div", { class: "bar" },
    parts.filter((part) => part[side] > 0).map((part) => block(colour(part, parts.indexOf(part)), (part[side] / largest) * 86, `${part[0]} ${megabytes(part[side] / 1e6)}`)),
    h("em", {}, megabytes(total(side) / 1e6)));
  const label = `Measured: ${megabytes(before / 1e6)} before, ${megabytes(after / 1e6)} after.`;
  return h("figure", {},
    h("div", { class: "bars", role: "img", "aria-label": label }, h("div", { class: "who" }, "Before"), bar(1), h("div", { class: "who" }, "After"), bar(2)),
    h("figcaption", {}, "Measured: the files of both images, as they were built."),
    h("details", {}, h("summary", {}, "In numbers"), h("table", { class: "plain" },
      h("thead", {}, h("tr", {}, ["below", "before", "after"].map((name, at) => h("th", { scope: "col", class: at ? "number" : "" }, name)))),
      h("tbody", {}, parts.map((part, at) => h("tr", {}, h("th", { scope: "row" }, h("i", { class: colour(part, at) }), part[0]),
        h("td", { class: "number" }, megabytes(part[1] / 1e6)), h("td", { class: "number" }, part[2] ? megabytes(part[2] / 1e6) : "nothing")))))));
}
