<?php

declare(strict_types=1);

namespace Ledger;

final class Ledger
{
    public function __construct(private \PDO $database)
    {
    }

    public static function open(string $file): self
    {
        $database = new \PDO('sqlite:' . $file);
        $database->exec('CREATE TABLE IF NOT EXISTS line (what TEXT, price INTEGER)');

        return new self($database);
    }

    public function add(string $what, int $price): void
    {
        $this->database->prepare('INSERT INTO line VALUES (?, ?)')->execute([$what, $price]);
    }

    /** @return list<array{what: string, price: int}> */
    public function lines(): array
    {
        return $this->database->query('SELECT what, price FROM line ORDER BY rowid')->fetchAll(\PDO::FETCH_ASSOC);
    }

    public function total(): string
    {
        $sum = '0';
        foreach ($this->lines() as $line) {
            $sum = bcadd($sum, (string) $line['price']);
        }

        return bcdiv($sum, '100', 2);
    }
}
