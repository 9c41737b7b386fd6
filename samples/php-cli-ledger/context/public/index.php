<?php

declare(strict_types=1);

require __DIR__ . '/../src/Ledger.php';

use Ledger\Ledger;

$ledger = Ledger::open(__DIR__ . '/../var/ledger.sqlite');
if (isset($_GET['add'])) {
    $ledger->add((string) $_GET['add'], (int) ($_GET['price'] ?? 0));
}
header('Content-Type: text/plain; charset=utf-8');
foreach ($ledger->lines() as $line) {
    printf("%-10s %6d\n", mb_strtoupper($line['what']), $line['price']);
}
echo 'total ', $ledger->total(), "\n";
