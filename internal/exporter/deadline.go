package exporter

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// timeoutHeader carries Prometheus' scrape_timeout, in seconds, on every scrape.
const timeoutHeader = "X-Prometheus-Scrape-Timeout-Seconds"

// The defaults of Deadlines.
const (
	defaultScrapeTimeoutOffset = 250 * time.Millisecond
	defaultMaxScrapeTimeout    = 30 * time.Second
)

// LongestScrape is the most that a scrape may be allowed to take. Clients of daemons take it for their own bound, so that none but the
// scrape's deadline counts.
const LongestScrape = time.Hour

// Deadlines says how long a scrape may take.
type Deadlines struct {
	// Offset is taken off Prometheus' scrape timeout for the way there and back, but never more than half of it.
	Offset time.Duration
	// Max caps the result. A client that sends no timeout gets Max: it can wait, and hangs up if it cannot.
	Max time.Duration
}

// Timeout is how long the scrape that comes with these headers may take. The error is fit for the client.
func (d Deadlines) Timeout(h http.Header) (time.Duration, error) {
	v := h.Get(timeoutHeader)
	if v == "" {
		return d.Max, nil
	}
	seconds, err := strconv.ParseFloat(v, 64)
	if err != nil || !(seconds > 0) { // NaN too
		return 0, fmt.Errorf("header %s: %q is not a number of seconds above 0", timeoutHeader, v)
	}
	if seconds >= d.Max.Seconds()*2 { // far beyond: keeps what follows within a Duration
		return d.Max, nil
	}
	timeout := time.Duration(seconds * float64(time.Second))
	timeout -= min(d.Offset, timeout/2)
	return min(timeout, d.Max), nil
}
