// Package site holds the pages that were embedded, and those of a directory.
package site

import (
	"embed"
	"html/template"
	"io/fs"
	"os"
	"path"
	"sort"

	"example.org/frontmatter"
	"example.org/slug"
)

//go:embed pages/*.txt layout.html
var embedded embed.FS

// Page is one of the site's.
type Page struct{ Slug, Title, Body string }

// Layout is the template of every page.
func Layout() *template.Template {
	return template.Must(template.ParseFS(embedded, "layout.html"))
}

// Load reads the embedded pages, and those of extra if it is a directory.
func Load(extra string) ([]Page, error) {
	own, err := fs.Sub(embedded, "pages")
	if err != nil {
		return nil, err
	}
	sources := []fs.FS{own}
	if info, err := os.Stat(extra); err == nil && info.IsDir() {
		sources = append(sources, os.DirFS(extra))
	}
	var pages []Page
	for _, source := range sources {
		names, err := fs.Glob(source, "*.txt")
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			data, err := fs.ReadFile(source, name)
			if err != nil {
				return nil, err
			}
			head, body := frontmatter.Split(string(data))
			title := head["title"]
			if title == "" {
				title = path.Base(name)
			}
			pages = append(pages, Page{Slug: slug.Make(title), Title: title, Body: body})
		}
	}
	sort.Slice(pages, func(i, j int) bool { return pages[i].Slug < pages[j].Slug })
	return pages, nil
}
