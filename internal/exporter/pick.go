package exporter

import (
	"fmt"
	"slices"
)

// Pick keeps the scrapers of the named collectors, in their own order, whatever that of the names. The error names a collector that the
// system does not have.
func Pick(system string, all []Scraper, names []string) ([]Scraper, error) {
	var picked []Scraper
	known := make([]string, len(all))
	for i, s := range all {
		known[i] = s.Name()
		if slices.Contains(names, s.Name()) {
			picked = append(picked, s)
		}
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("%s has no collector %q", system, name)
		}
	}
	return picked, nil
}
