package exporter

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Selection picks collectors for one scrape. A nil Selection picks all.
type Selection struct {
	only    []string // nil is all
	exclude []string
}

// ParseSelection reads the parameters collect[] and exclude[] of a scrape's URL. known are the collectors that the exporter
// has, enabled the names of those that the target has switched on. The error is fit for the client.
func ParseSelection(query url.Values, known []CollectorInfo, enabled []string) (*Selection, error) {
	s := &Selection{only: query["collect[]"], exclude: query["exclude[]"]}
	if s.only == nil && s.exclude == nil {
		return nil, nil
	}
	if s.only != nil && s.exclude != nil {
		return nil, fmt.Errorf("collect[] and exclude[] exclude each other: use one of them")
	}
	for _, name := range slices.Concat(s.only, s.exclude) {
		if !slices.ContainsFunc(known, func(c CollectorInfo) bool { return c.Name == name }) {
			return nil, fmt.Errorf("collector %q does not exist: choose from %s", name, strings.Join(enabled, ", "))
		}
		if !slices.Contains(enabled, name) {
			return nil, fmt.Errorf("collector %q is switched off here: choose from %s", name, strings.Join(enabled, ", "))
		}
	}
	return s, nil
}

// of returns the scrapers that the selection lets through, in their order.
func (s *Selection) of(scrapers []Scraper) []Scraper {
	if s == nil {
		return scrapers
	}
	return slices.DeleteFunc(slices.Clone(scrapers), func(x Scraper) bool {
		return slices.Contains(s.exclude, x.Name()) || (s.only != nil && !slices.Contains(s.only, x.Name()))
	})
}
