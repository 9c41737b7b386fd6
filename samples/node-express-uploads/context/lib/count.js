const fs = require('fs');

process.send(fs.readdirSync(process.argv[2]).length);
process.disconnect();
