const fs = require('fs');
const path = require('path');

fs.writeFileSync(path.join(process.env.CONFIG_DIR, 'index.html'), `<h1>Front</h1><p>${process.argv[2]}</p>\n`);
console.log('warmed');
