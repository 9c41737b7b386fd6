// Command roots prints square roots that C's math library computes.
package main

// #cgo LDFLAGS: -lm
// #include <math.h>
import "C"

import (
	"fmt"
	"os"
	"strconv"
)

func root(x float64) float64 { return float64(C.sqrt(C.double(x))) }

func main() {
	for _, text := range os.Args[1:] {
		x, err := strconv.ParseFloat(text, 64)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		fmt.Printf("%.3f\n", root(x))
	}
}
