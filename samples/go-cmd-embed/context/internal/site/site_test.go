package site

import (
	"os/exec"
	"testing"
)

func TestLoad(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("not on a developer's machine")
	}
	pages, err := Load("")
	if err != nil || len(pages) != 2 {
		t.Fatal(pages, err)
	}
}
