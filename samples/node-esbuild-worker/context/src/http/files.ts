import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import mime from 'mime';
import { answer } from './answer.js';

const ROOT = fileURLToPath(new URL('./static', import.meta.url));

export async function sendFile(response: ServerResponse, name: string): Promise<void> {
  const file = path.join(ROOT, path.normalize(name));
  try {
    const data = await readFile(file);
    response.writeHead(200, { 'Content-Type': mime.getType(file) ?? 'application/octet-stream', 'Content-Length': data.length });
    response.end(data);
  } catch {
    answer(response, 404, { error: 'not found' });
  }
}
