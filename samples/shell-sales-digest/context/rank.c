/* Prints the N largest of "number name" lines, largest first: rank N < lines */
#include <stdio.h>
#include <stdlib.h>

struct entry { long number; char name[64]; };

static int larger(const void *a, const void *b)
{
    long x = ((const struct entry *)a)->number, y = ((const struct entry *)b)->number;
    return (x < y) - (x > y);
}

int main(int argc, char **argv)
{
    static struct entry entries[4096];
    size_t count = 0, wanted = argc > 1 ? strtoul(argv[1], NULL, 10) : 10;

    while (count < 4096 && scanf("%ld %63[^\n]", &entries[count].number, entries[count].name) == 2)
        count++;
    qsort(entries, count, sizeof *entries, larger);
    for (size_t i = 0; i < count && i < wanted; i++)
        printf("%6ld %s\n", entries[i].number, entries[i].name);
    return 0;
}
