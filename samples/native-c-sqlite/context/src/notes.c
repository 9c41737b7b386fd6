#include <iconv.h>
#include <pwd.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Keeps a note in a database and prints how many there are, with a text that it reads from a file. */
int main(int argc, char **argv) {
    sqlite3 *db;
    sqlite3_stmt *rows;
    char line[128] = "";
    FILE *text = fopen(argc > 1 ? argv[1] : "data/greeting.txt", "r");
    if (!text || !fgets(line, sizeof line, text)) {
        perror("greeting");
        return 2;
    }
    if (sqlite3_open(getenv("NOTES_DB"), &db) ||
        sqlite3_exec(db, "create table if not exists notes(x); insert into notes values(1)", 0, 0, 0)) {
        fprintf(stderr, "database: %s\n", sqlite3_errmsg(db));
        return 1;
    }
    sqlite3_prepare_v2(db, "select count(*) from notes", -1, &rows, 0);
    sqlite3_step(rows);
    struct passwd *me = getpwuid(getuid());
    iconv_t latin = iconv_open("UTF-8", "ISO-8859-2");
    printf("%d notes of %s, latin %s: %s", sqlite3_column_int(rows, 0), me ? me->pw_name : "nobody",
           latin == (iconv_t)-1 ? "no" : "yes", line);
    return 0;
}
