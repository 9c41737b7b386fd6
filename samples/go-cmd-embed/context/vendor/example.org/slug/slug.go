// Package slug makes names for addresses: "Über uns" is "ueber-uns".
package slug

import (
	"strings"
	"unicode"
)

var german = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss")

// Make gives the name of a title.
func Make(title string) string {
	var out strings.Builder
	for _, r := range german.Replace(strings.ToLower(title)) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			out.WriteRune(r)
		case out.Len() > 0 && !strings.HasSuffix(out.String(), "-"):
			out.WriteRune('-')
		}
	}
	return strings.Trim(out.String(), "-")
}
