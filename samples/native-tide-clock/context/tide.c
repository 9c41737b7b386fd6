/* Prints the height of the tide at an hour, as the user who may read nothing else. */
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
    FILE *file = fopen("/usr/local/share/tide/heights.txt", "r");
    struct passwd *user = getpwnam("www-data");
    int wanted = argc > 1 ? atoi(argv[1]) : 0, hour, height;
    if (!file || !user) {
        fputs("tide: the table or its reader is not here\n", stderr);
        return 2;
    }
    if (setgroups(0, NULL) || setgid(user->pw_gid) || setuid(user->pw_uid)) {
        perror("tide");
        return 3;
    }
    while (fscanf(file, "%d %d", &hour, &height) == 2)
        if (hour == wanted)
            printf("%02d:00 %d cm, read as %s (%d)\n", hour, height, user->pw_name, (int)getuid());
    return 0;
}
