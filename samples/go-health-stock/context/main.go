// Stock tells how many of each item are left.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
)

type item struct {
	Number int    `json:"number"`
	Name   string `json:"name"`
	Left   int    `json:"left"`
}

var names = []string{"kettle", "lamp", "rug", "shelf", "stool", "tray", "vase", "clock"}

func find(number int) (item, bool) {
	if number < 0 || number >= len(names) {
		return item{}, false
	}
	return item{number, names[number], (number*37 + 11) % 23}, true
}

func main() {
	http.HandleFunc("/healthz", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "stock is up")
	})
	http.HandleFunc("/items/", func(w http.ResponseWriter, r *http.Request) {
		number, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/items/"))
		found, ok := find(number)
		if err != nil || !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(found)
	})
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%d items\n", len(names))
	})
	address := ":" + os.Getenv("STOCK_PORT")
	log.Printf("listening on %s", address)
	log.Fatal(http.ListenAndServe(address, nil))
}
