import { shelf, sqlite } from "desk/shelf.ts";

type Page = (url: URL, match: URLPatternResult) => Response | Promise<Response>;

const pages: [string, Page][] = [
  ["/", () => {
    const rows = shelf(null).map((book) => `<li>${book.title}${book.lent ? " (lent)" : ""}</li>`);
    const head = '<!doctype html><link rel="stylesheet" href="/static/style.css"><h1>Lending desk</h1>';
    return new Response(`${head}<ul>${rows.join("")}</ul>`, { headers: { "Content-Type": "text/html" } });
  }],
  ["/books", (url) => Response.json(shelf(url.searchParams.get("by")))],
  ["/versions", () => Response.json({ ...Deno.version, sqlite })],
  ["/static/:name.css", async (_, match) => {
    const text = await Deno.readTextFile(`static/${match.pathname.groups.name}.css`);
    return new Response(text, { headers: { "Content-Type": "text/css" } });
  }],
];

async function answer(request: Request): Promise<Response> {
  const url = new URL(request.url);
  for (const [pathname, page] of pages) {
    const match = new URLPattern({ pathname }).exec(url);
    if (match !== null) return await page(url, match);
  }
  return new Response("no such page\n", { status: 404 });
}

Deno.addSignalListener("SIGTERM", () => Deno.exit(0));
Deno.serve({ port: 8000, hostname: "0.0.0.0" }, answer);
