// Command site serves pages made from templates.
package main

import (
	"crypto/x509"
	"fmt"
	"html/template"
	"log"
	"net/http"
	"os"
	"os/user"
	"path/filepath"
	"time"

	"example.com/site/internal/page"
)

var pages = template.Must(template.ParseGlob("templates/*.html"))

func main() {
	http.Handle("/static/", http.StripPrefix("/static/", http.FileServer(http.Dir("static"))))
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		_ = pages.ExecuteTemplate(w, "index.html", page.Page{Title: "site"})
	})
	http.HandleFunc("/health", func(w http.ResponseWriter, r *http.Request) {
		pool, err := x509.SystemCertPool()
		paris, zone := time.LoadLocation("Europe/Paris")
		who, _ := user.Current()
		path := filepath.Join("uploads", "last.txt")
		written := os.WriteFile(path, []byte("x"), 0o644)
		fmt.Fprintln(w, err == nil && pool != nil && !pool.Equal(x509.NewCertPool()), zone == nil && paris != nil, who.Username, written)
	})
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}
