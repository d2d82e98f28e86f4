package promapi

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/common/model"
)

// About is what a server says of itself.
type About struct {
	Version string // as 3.16.0
	// Retention is how long it keeps samples; 0 where only a size bounds them, or nothing is said.
	Retention time.Duration
	// Alertmanagers are the host:port of those that it sends alerts to.
	Alertmanagers []string
}

// About asks a server what it is. A server that has no answer to one of the questions, as Mimir and Thanos, leaves that open; the error is
// for one that answers none.
func (c *Client) About(ctx context.Context) (About, error) {
	var a About
	build, unanswered := c.api.Buildinfo(ctx)
	if unanswered == nil {
		a.Version = build.Version
	}
	if runtime, err := c.api.Runtimeinfo(ctx); err == nil {
		unanswered = nil
		a.Retention = retention(runtime.StorageRetention)
	}
	if managers, err := c.api.AlertManagers(ctx); err == nil {
		unanswered = nil
		for _, m := range managers.Active {
			if u, err := url.Parse(m.URL); err == nil && u.Host != "" {
				a.Alertmanagers = append(a.Alertmanagers, u.Host)
			}
		}
	}
	if unanswered != nil {
		return About{}, fmt.Errorf("prometheus: %w", unanswered)
	}
	return a, nil
}

// retention reads what Prometheus says of its retention: "30d", "100GiB", or "30d or 100GiB".
func retention(text string) time.Duration {
	first, _, _ := strings.Cut(text, " ")
	d, err := model.ParseDuration(first)
	if err != nil {
		return 0
	}
	return time.Duration(d)
}
