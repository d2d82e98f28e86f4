package promapi

import (
	"context"
	"fmt"
	"time"
)

// Names returns the names of all series that the server had between two times.
func (c *Client) Names(ctx context.Context, start, end time.Time) ([]string, error) {
	values, _, _, err := c.api.LabelValues(ctx, "__name__", nil, start, end)
	if err != nil {
		return nil, fmt.Errorf("prometheus names: %w", err)
	}
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = string(v)
	}
	return names, nil
}

// Types returns the types of the families that the server scrapes now, as their TYPE lines say: counter, gauge, histogram. What is recorded by
// rules has none. A server that keeps no metadata, as some that are compatible with Prometheus, has none at all.
func (c *Client) Types(ctx context.Context) (map[string]string, error) {
	families, err := c.api.Metadata(ctx, "", "")
	if err != nil {
		return nil, fmt.Errorf("prometheus metadata: %w", err)
	}
	types := make(map[string]string, len(families))
	for name, said := range families {
		for _, m := range said {
			types[name] = string(m.Type)
		}
	}
	return types, nil
}

// LabelsOf returns the labels of the series of one name between two times, with the values that each has there.
func (c *Client) LabelsOf(ctx context.Context, name string, start, end time.Time) (map[string][]string, error) {
	match := []string{fmt.Sprintf("{__name__=%q}", name)}
	names, _, _, err := c.api.LabelNames(ctx, match, start, end)
	if err != nil {
		return nil, fmt.Errorf("prometheus labels of %s: %w", name, err)
	}
	labels := make(map[string][]string, len(names))
	for _, label := range names {
		if label == "__name__" {
			continue
		}
		values, _, _, err := c.api.LabelValues(ctx, string(label), match, start, end)
		if err != nil {
			return nil, fmt.Errorf("prometheus values of %s of %s: %w", label, name, err)
		}
		labels[string(label)] = make([]string, len(values))
		for i, v := range values {
			labels[string(label)][i] = string(v)
		}
	}
	return labels, nil
}
