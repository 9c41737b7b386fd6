#include "render.h"

#include <ctype.h>
#include <string.h>

static void text(const char *line, FILE *out) {
	int strong = 0;
	for (const char *c = line; *c && *c != '\n'; c++) {
		switch (*c) {
		case '*':
			fputs(strong ? "</b>" : "<b>", out);
			strong = !strong;
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		default:
			fputc(*c, out);
		}
	}
}

void render(FILE *in, FILE *out) {
	char line[4096];
	while (fgets(line, sizeof line, in)) {
		size_t level = strspn(line, "#");
		if (level > 0 && level < 7 && isspace((unsigned char)line[level])) {
			fprintf(out, "<h%zu>", level);
			text(line + level + 1, out);
			fprintf(out, "</h%zu>\n", level);
		} else if (strspn(line, " \t\n") == strlen(line)) {
			fputc('\n', out);
		} else {
			fputs("<p>", out);
			text(line, out);
			fputs("</p>\n", out);
		}
	}
}
