// Package frontmatter splits a page into its "key: value" head and its text.
package frontmatter

import "strings"

// Split reads `title: X` lines up to the first empty one.
func Split(page string) (map[string]string, string) {
	head, body, _ := strings.Cut(page, "\n\n")
	values := map[string]string{}
	for _, line := range strings.Split(head, "\n") {
		if key, value, found := strings.Cut(line, ":"); found {
			values[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	return values, body
}
