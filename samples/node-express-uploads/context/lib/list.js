// docker run IMAGE node lib/list.js
const fs = require('fs');

console.log(JSON.stringify({ files: fs.readdirSync(process.env.UPLOAD_DIR), argv: process.argv.slice(2) }));
