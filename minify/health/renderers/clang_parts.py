"""The parts that a probe in C is put together from."""

from __future__ import annotations

from typing import Final

HEAD: Final = """\
/* Asks what HEALTHCHECK asked: exit code 0 is healthy. gcc -O2 -static -o /health health.c */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
"""

FAIL: Final = """
static void fail(const char *why)
{
	fprintf(stderr, "%s\\n", why);
	exit(1);
}

/* The texts up to NULL in a row. */
static void put(char *buffer, size_t size, ...)
{
	va_list texts;
	size_t used = 0;
	const char *text;

	va_start(texts, size);
	while ((text = va_arg(texts, const char *)) != NULL) {
		if (strlen(text) >= size - used)
			fail("too long");
		strcpy(buffer + used, text);
		used += strlen(text);
	}
	va_end(texts);
	buffer[used] = 0;
}
"""

VARIABLE: Final = """
/* $name, or its fallback. */
static const char *variable(const char *name, const char *fallback, int when_empty)
{
	const char *value = getenv(name);

	return value == NULL || (when_empty && *value == 0) ? fallback : value;
}
"""

IDLE: Final = """\
static double idle; /* seconds that each wait may take */
"""

WAIT: Final = """\
	struct timeval wait = {(time_t)idle, (suseconds_t)((idle - (double)(time_t)idle) * 1e6)};
	setsockopt(opened, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	setsockopt(opened, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
"""

WITHIN: Final = """
/* The program ends, unhealthy, unless it is called again within these seconds. */
static void within(double seconds)
{
	struct itimerval timer = {{0, 0}, {(time_t)seconds, (suseconds_t)((seconds - (double)(time_t)seconds) * 1e6)}};

	setitimer(ITIMER_REAL, &timer, NULL);
}
"""

CONNECT: Final = """
static char authority[512]; /* localhost:8080 */
/* idle */
static int opened_at(const struct sockaddr *address, socklen_t size)
{
	int opened = socket(address->sa_family, SOCK_STREAM, 0);

	if (opened < 0)
		return -1;
	/* wait */
	if (connect(opened, address, size) == 0)
		return opened;
	close(opened);
	return -1;
}

/* A connection to the authority; localhost is both of its addresses. */
static int connection(void)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	char host[512];
	char *colon, *end;
	unsigned long port = 80;
	int local, opened = -1;

	put(host, sizeof host, authority + (*authority == '['), (char *)NULL);
	end = *authority == '[' ? strchr(host, ']') : host;
	colon = end == NULL ? NULL : strchr(end, ':');
	if (colon != NULL && colon[1] != 0) {
		port = strtoul(colon + 1, &end, 10);
		if (*end != 0 || !isdigit((unsigned char)colon[1]) || port > 65535)
			fail(authority);
	}
	host[strcspn(host, *authority == '[' ? "]" : ":")] = 0;
	local = strcasecmp(host, "localhost") == 0;
	v4.sin_port = v6.sin6_port = htons((unsigned short)port);
	if (inet_pton(AF_INET, local ? "127.0.0.1" : host, &v4.sin_addr) == 1)
		opened = opened_at((struct sockaddr *)&v4, sizeof v4);
	if (opened < 0 && inet_pton(AF_INET6, local ? "::1" : host, &v6.sin6_addr) == 1)
		opened = opened_at((struct sockaddr *)&v6, sizeof v6);
	if (opened < 0)
		fail(authority);
	return opened;
}
"""

ASK: Final = """
static char path[4096], headers[4096];
static char *answer; /* all of it, the headers first */
static size_t start, length; /* where its body begins, and where it ends */
static int status;

/* The value of a header of the answer, which ends with its line; NULL when it has none. */
static char *header(const char *name)
{
	char *line = answer;
	char *end = answer + start;

	while ((line = memchr(line, '\\n', (size_t)(end - line))) != NULL && ++line < end)
		if (strncasecmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':') {
			line += strlen(name) + 1;
			return line + strspn(line, " \\t");
		}
	return NULL;
}

/* Reads until the answer is whole; one that is cut short is a failure. */
static void receive(int from, int without_body, int reads_body)
{
	size_t room = 0, wanted = 0;
	int sized = 0, chunked = 0;
	char *found;

	for (start = length = 0;;) {
		if (start == 0 && length != 0 && (found = memmem(answer, length, "\\r\\n\\r\\n", 4)) != NULL) {
			start = (size_t)(found - answer) + 4;
			if (sscanf(answer, "HTTP/%*d.%*d %d", &status) != 1)
				fail("this is no HTTP");
			if (without_body || !reads_body || status == 204 || status == 304)
				return;
			found = header("Content-Length");
			if (found != NULL) {
				sized = 1;
				wanted = start + strtoul(found, NULL, 10);
			}
			chunked = header("Transfer-Encoding") != NULL;
		}
		/* No server may send chunks to HTTP/1.0, but some do */
		if (chunked && length - start >= 5 && memcmp(answer + length - 5, "0\\r\\n\\r\\n", 5) == 0)
			return;
		if (sized && length >= wanted) {
			length = wanted;
			return;
		}
		if (length + 65536 > room) {
			room = room * 2 + 131072;
			answer = room > 67108864 ? NULL : realloc(answer, room);
			if (answer == NULL)
				fail("the answer is too long");
		}
		ssize_t got = recv(from, answer + length, 65535, 0);
		if (got < 0)
			fail("the answer does not come");
		if (got == 0)
			break;
		length += (size_t)got;
		answer[length] = 0;
	}
	if (start == 0 || sized || chunked)
		fail("the answer is cut short");
}

/* One request, and its answer. */
static void ask(const char *method, const char *data, int reads_body)
{
	int named = strncasecmp(headers, "Host:", 5) == 0 || strcasestr(headers, "\\nHost:") != NULL;
	int to = connection();
	char request[16384], size[64] = "";

	if (*data != 0 || strcmp(method, "POST") == 0)
		snprintf(size, sizeof size, "Content-Length: %zu\\r\\n", strlen(data));
	put(request, sizeof request, method, " ", path, " HTTP/1.0\\r\\nConnection: close\\r\\n", size, headers,
		named ? "" : "Host: ", named ? "" : authority, named ? "" : "\\r\\n", "\\r\\n", data, (char *)NULL);
	for (size_t sent = 0; sent < strlen(request);) {
		ssize_t more = send(to, request + sent, strlen(request + sent), MSG_NOSIGNAL);

		if (more < 0)
			fail("the request does not go out");
		sent += (size_t)more;
	}
	receive(to, strcmp(method, "HEAD") == 0, reads_body);
	close(to);
}
"""

FOLLOW: Final = """
/* Where a redirect leads: another host, another path, or a name beside the path. */
static void go_to(char *location)
{
	char there[4096];

	location[strcspn(location, "\\r\\n#")] = 0;
	if (strncasecmp(location, "http://", 7) == 0 || strncmp(location, "//", 2) == 0) {
		location = strstr(location, "//") + 2;
		put(authority, sizeof authority, location, (char *)NULL);
		authority[strcspn(authority, "/?")] = 0;
		location += strcspn(location, "/?");
		put(path, sizeof path, *location == '/' ? "" : "/", location, (char *)NULL);
	} else if (strstr(location, "://") != NULL) {
		fail(location);
	} else if (*location == '/') {
		put(path, sizeof path, location, (char *)NULL);
	} else {
		path[strcspn(path, "?")] = 0;
		if (*location != '?')
			strrchr(path, '/')[1] = 0;
		put(there, sizeof there, path, location, (char *)NULL);
		put(path, sizeof path, there, (char *)NULL);
	}
	/* /a/../b is /b */
	while ((location = strstr(path, "/../")) != NULL) {
		char *above = location;

		while (above > path && *--above != '/')
			;
		memmove(above, location + 3, strlen(location + 3) + 1);
	}
}

/* A request that follows so many redirects. */
static void follow(const char *method, const char *data, int reads_body, int redirects)
{
	char *location;

	for (;; redirects--) {
		ask(method, data, reads_body);
		location = header("Location");
		if (location == NULL || status < 301 || status > 308 || (status > 303 && status < 307))
			return;
		if (redirects == 0)
			fail("too many redirects");
		go_to(location);
	}
}
"""
