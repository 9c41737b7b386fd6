#include <stdio.h>

void render(FILE *in, FILE *out);
