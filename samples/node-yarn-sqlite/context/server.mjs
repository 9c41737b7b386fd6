import { readFileSync } from 'node:fs';
import http from 'node:http';
import Database from 'better-sqlite3';

const db = new Database(new URL('./data/notes.db', import.meta.url).pathname);
db.exec('CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)');
const page = readFileSync(new URL('./page.html', import.meta.url), 'utf8');

const server = http.createServer((request, response) => {
  const url = new URL(request.url, 'http://localhost');
  if (url.pathname === '/') {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(page);
  } else if (url.pathname === '/notes' && request.method === 'POST') {
    db.prepare('INSERT INTO note (text) VALUES (?)').run(url.searchParams.get('text') ?? '');
    response.writeHead(201).end();
  } else if (url.pathname === '/notes') {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(db.prepare('SELECT text FROM note ORDER BY id').all()));
  } else if (url.pathname === '/health') {
    response.end(db.prepare("SELECT upper('ok') AS ok").get().ok);
  } else {
    response.writeHead(404).end();
  }
});
server.listen(Number(process.env.PORT));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.close(() => db.close()));
