package main

import "testing"

func TestRoot(t *testing.T) {
	if root(9) != 3 {
		t.Fatal(root(9))
	}
}
