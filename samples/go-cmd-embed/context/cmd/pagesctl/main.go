// Pagesctl asks a running pagesd: `pagesctl health`, `pagesctl version`.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"example.com/pages/internal/version"
)

func main() {
	switch {
	case len(os.Args) == 2 && os.Args[1] == "version":
		fmt.Println(version.Version, version.Commit)
	case len(os.Args) == 2 && os.Args[1] == "health":
		client := http.Client{Timeout: 2 * time.Second}
		answer, err := client.Get("http://127.0.0.1:" + os.Getenv("PAGES_PORT") + "/healthz")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		defer answer.Body.Close()
		_, _ = io.Copy(os.Stdout, answer.Body)
		if answer.StatusCode != http.StatusOK {
			os.Exit(1)
		}
	default:
		fmt.Fprintln(os.Stderr, "usage: pagesctl health|version")
		os.Exit(64)
	}
}
