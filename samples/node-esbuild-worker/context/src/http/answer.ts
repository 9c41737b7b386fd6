import type { ServerResponse } from 'node:http';

export function answer(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body) + '\n';
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}
