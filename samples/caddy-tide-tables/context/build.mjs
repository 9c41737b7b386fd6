// node build.mjs /srv/tides: a page for each port, a list of all, and the tables as JSON
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const out = process.argv[2];
const layout = readFileSync("pages/layout.html", "utf8");
const page = (title, body) => layout.replaceAll("%title%", title).replace("%body%", body);

mkdirSync(join(out, "ports"), { recursive: true });
const tables = readdirSync("ports").sort().map((file) => JSON.parse(readFileSync(join("ports", file), "utf8")));

for (const { name, slug, tides } of tables) {
  const rows = tides.map(([time, metres]) => `<tr><td>${time}</td><td>${metres.toFixed(1)} m</td></tr>`).join("\n");
  writeFileSync(join(out, "ports", `${slug}.html`), page(name, `<table>\n${rows}\n</table>`));
}
const links = tables.map(({ name, slug }) => `<li><a href="/ports/${slug}.html">${name}</a></li>`).join("\n");
writeFileSync(join(out, "index.html"), page("Tides", `<ul>\n${links}\n</ul>\n<p>{{.Req.Host}}</p>`));
writeFileSync(join(out, "error.html"), page("Low water", "<p>There is nothing here at this tide.</p>"));
writeFileSync(join(out, "tables.json"), JSON.stringify(tables, null, 2));
