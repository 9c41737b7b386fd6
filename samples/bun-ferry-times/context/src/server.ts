import { Database } from "bun:sqlite";
import { type Departure, departures } from "timetable";

const database = new Database(":memory:");
database.run("CREATE TABLE departure (harbour TEXT, destination TEXT, at TEXT)");
const insert = database.prepare("INSERT INTO departure VALUES (?, ?, ?)");
for (const { from, to, at } of departures) insert.run(from, to, at);

const all = database.query<Departure, []>('SELECT harbour AS "from", destination AS "to", at FROM departure ORDER BY at');
const some = database.query<Departure, [string]>(
  'SELECT harbour AS "from", destination AS "to", at FROM departure WHERE harbour = ? ORDER BY at',
);

const server = Bun.serve({
  port: 3000,
  hostname: "0.0.0.0",
  routes: {
    "/": () => new Response(`<h1>Ferries</h1><p>${all.all().length} departures</p>`, { headers: { "Content-Type": "text/html" } }),
    "/departures": (request) => {
      const harbour = new URL(request.url).searchParams.get("from");
      return Response.json(harbour === null ? all.all() : some.all(harbour));
    },
    "/versions": () => Response.json({ bun: Bun.version, mode: process.env.NODE_ENV }),
  },
  fetch: () => new Response("no such page\n", { status: 404 }),
});

process.on("SIGTERM", () => server.stop(true).then(() => process.exit(0)));
console.log(`listens on ${server.port}`);
