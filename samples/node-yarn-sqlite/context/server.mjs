import { readFileSync } from 'node:fs';
import http from 'node:http';
import { promisify } from 'node:util';
import sqlite3 from 'sqlite3';

const db = new sqlite3.Database(new URL('./data/notes.db', import.meta.url).pathname);
const run = promisify(db.run.bind(db));
const all = promisify(db.all.bind(db));
await run('CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)');
const page = readFileSync(new URL('./page.html', import.meta.url), 'utf8');

const server = http.createServer(async (request, response) => {
  const url = new URL(request.url, 'http://localhost');
  if (url.pathname === '/') {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(page);
  } else if (url.pathname === '/notes' && request.method === 'POST') {
    await run('INSERT INTO note (text) VALUES (?)', url.searchParams.get('text') ?? '');
    response.writeHead(201).end();
  } else if (url.pathname === '/notes') {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(await all('SELECT text FROM note ORDER BY id')));
  } else if (url.pathname === '/health') {
    response.end((await all("SELECT upper('ok') AS ok"))[0].ok);
  } else {
    response.writeHead(404).end();
  }
});
server.listen(Number(process.env.PORT));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.close(() => db.close()));
