module example.com/pages

go 1.24

require (
	example.org/frontmatter v1.2.0
	example.org/slug v0.3.1
)
