<?php

require __DIR__ . '/../src/Ledger.php';

$file = __DIR__ . '/../var/ledger.sqlite';
Ledger\Ledger::open($file)->add('seeds', 1250);
chown($file, 'www-data');
