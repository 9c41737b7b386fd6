import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { marked } from "marked";

const layout = await readFile("src/layout.html", "utf8");
await mkdir("dist", { recursive: true });
await cp("src/assets", "dist/assets", { recursive: true });
for (const name of await readdir("src/pages")) {
  const text = await readFile(`src/pages/${name}`, "utf8");
  const title = /^# (.*)$/m.exec(text)[1];
  const page = layout.replace("{title}", title).replace("{body}", marked.parse(text));
  await writeFile(`dist/${name.replace(/\.md$/, ".html")}`, page);
}
