const fs = require('fs');
const express = require('express');

const app = express();
app.get('/', (req, res) => res.json(JSON.parse(fs.readFileSync('/tmp/tasks.json', 'utf8'))));
app.get('/health', (req, res) => res.send('ok'));
const server = app.listen(process.env.PORT || 3000);
process.on('SIGTERM', () => server.close());
