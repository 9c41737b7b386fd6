import { DatabaseSync } from "node:sqlite";

export interface Book {
  title: string;
  by: string;
  lent: number;
}

const database = new DatabaseSync(":memory:");
database.exec("CREATE TABLE book (title TEXT, by TEXT, lent INTEGER)");
const insert = database.prepare("INSERT INTO book VALUES (?, ?, ?)");
for (const book of JSON.parse(await Deno.readTextFile("data/books.json"))) {
  insert.run(book.title, book.by, Number(book.lent));
}

/** The books of an author, or all of them. */
export function shelf(by: string | null): Book[] {
  const all = "SELECT title, by, lent FROM book";
  const rows = by === null ? database.prepare(all).all() : database.prepare(`${all} WHERE by = ?`).all(by);
  return rows as unknown as Book[];
}

export const sqlite = database.prepare("SELECT sqlite_version() AS version").get()?.version;
