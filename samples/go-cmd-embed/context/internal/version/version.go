// Package version is set by the linker.
package version

var (
	Version = "dev"
	Commit  = "none"
)
