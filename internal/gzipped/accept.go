package gzipped

import (
	"net/http"
	"strconv"
	"strings"
)

// Accepted reads the header Accept-Encoding (RFC 9110, 12.5.3): gzip by its name, by its old name x-gzip, or as one of all.
func Accepted(h http.Header) bool {
	var named, other, isNamed bool
	for item := range strings.SplitSeq(strings.Join(h.Values("Accept-Encoding"), ","), ",") {
		coding, parameter, _ := strings.Cut(item, ";")
		switch strings.ToLower(strings.TrimSpace(coding)) {
		case "gzip", "x-gzip":
			named, isNamed = named || wanted(parameter), true
		case "*":
			other = wanted(parameter)
		}
	}
	return named || other && !isNamed
}

// wanted reads the weight of a coding, such as "q=0.5". What has a weight of 0, or none that can be read, is not wanted.
func wanted(parameter string) bool {
	name, weight, _ := strings.Cut(strings.TrimSpace(parameter), "=")
	if name == "" {
		return true
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(weight), 64)
	return err == nil && q > 0 && strings.EqualFold(strings.TrimSpace(name), "q")
}
