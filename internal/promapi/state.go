package promapi

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/common/model"
)

// Target is one scrape target.
type Target struct {
	// Job and Instance are its labels, URL where it is scraped.
	Job, Instance, URL string
	// Up is whether the last scrape worked; false as well while there was none.
	Up bool
	// Scraped is when it was last scraped; the zero time if never.
	Scraped time.Time
	// Took is how long that took.
	Took time.Duration
	// Problem is why the last scrape failed.
	Problem string
}

// Targets lists the active scrape targets.
func (c *Client) Targets(ctx context.Context) ([]Target, error) {
	result, err := c.api.Targets(ctx)
	if err != nil {
		return nil, fmt.Errorf("prometheus targets: %w", err)
	}
	targets := make([]Target, len(result.Active))
	for i, t := range result.Active {
		targets[i] = Target{
			Job: string(t.Labels[model.JobLabel]), Instance: string(t.Labels[model.InstanceLabel]), URL: t.ScrapeURL,
			Up: t.Health == "up", Scraped: t.LastScrape, Problem: t.LastError,
			Took: time.Duration(t.LastScrapeDuration * float64(time.Second)),
		}
	}
	return targets, nil
}

// Alert is one alert that is pending or firing.
type Alert struct {
	// Name is its alertname, State "pending" or "firing".
	Name, State string
	Labels      Labels
	Annotations map[string]string
	// Since is when its expression began to hold.
	Since time.Time
}

// Alerts lists the alerts that are pending or firing.
func (c *Client) Alerts(ctx context.Context) ([]Alert, error) {
	result, err := c.api.Alerts(ctx)
	if err != nil {
		return nil, fmt.Errorf("prometheus alerts: %w", err)
	}
	alerts := make([]Alert, len(result.Alerts))
	for i, a := range result.Alerts {
		alerts[i] = Alert{
			Name: string(a.Labels[model.AlertNameLabel]), State: string(a.State), Labels: labels(model.Metric(a.Labels)),
			Annotations: labels(model.Metric(a.Annotations)), Since: a.ActiveAt,
		}
	}
	return alerts, nil
}
