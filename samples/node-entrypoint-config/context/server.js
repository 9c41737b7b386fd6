const fs = require('fs');
const http = require('http');
const path = require('path');
const mime = require('mime');

const port = Number(process.argv[2].split('=')[1]);
const server = http.createServer((request, response) => {
  const name = path.basename(request.url) || 'index.html';
  const file = path.join(process.env.CONFIG_DIR, name);
  if (!fs.existsSync(file)) return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': mime.getType(file) });
  return fs.createReadStream(file).pipe(response);
});
server.listen(port, () => console.log(`process ${process.pid} listens`));
process.on('SIGTERM', () => server.close());
