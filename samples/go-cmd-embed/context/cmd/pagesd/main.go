// Pagesd serves the pages until it is told to end.
package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"log"
	"net/http"
	"os"
	"os/signal"
	"os/user"
	"syscall"
	"time"

	"example.com/pages/internal/site"
	"example.com/pages/internal/version"
)

func main() {
	log.SetFlags(0)
	addr := flag.String("addr", ":"+os.Getenv("PAGES_PORT"), "where to listen")
	extra := flag.String("extra", "/srv/pages/extra", "a directory with more pages")
	flag.Parse()

	pages, err := site.Load(*extra)
	if err != nil {
		log.Fatal(err)
	}
	layout := site.Layout()
	mux := http.NewServeMux()
	for _, page := range pages {
		mux.HandleFunc("GET /"+page.Slug, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_ = layout.Execute(w, page)
		})
	}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		zone, err := time.LoadLocation("Europe/Berlin")
		roots, _ := x509.SystemCertPool()
		name := "?"
		if who, err := user.Current(); err == nil {
			name = who.Username
		}
		_ = json.NewEncoder(w).Encode(map[string]any{
			"version": version.Version,
			"commit":  version.Commit,
			"pages":   len(pages),
			"zone":    err == nil && zone.String() != "UTC",
			"roots":   !roots.Equal(x509.NewCertPool()),
			"user":    name,
		})
	})

	server := &http.Server{Addr: *addr, Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	ended, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	go func() {
		if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
			log.Fatal(err)
		}
	}()
	log.Printf("pagesd %s: %d pages", version.Version, len(pages))
	<-ended.Done()
	left, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	if err := server.Shutdown(left); err != nil {
		log.Fatal(err)
	}
	log.Print("ended")
}
