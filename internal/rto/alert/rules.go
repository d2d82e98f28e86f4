package alert

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// maxRules bounds Prometheus' answer.
const maxRules = 8 << 20

// Activity asks Prometheus since when the expressions of alerts hold: before their `for` had passed, which Alertmanager never learns.
type Activity struct {
	url    string
	client *http.Client
}

// NewActivity asks the Prometheus at an address, such as http://prometheus:9090.
func NewActivity(address string) *Activity {
	return &Activity{url: strings.TrimSuffix(address, "/") + "/api/v1/alerts", client: &http.Client{Timeout: requestTimeout}}
}

// Active is since when each alert's expression holds, the earliest of its name.
func (a *Activity) Active(ctx context.Context) (map[string]rto.Instant, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, a.url, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("address of Prometheus: %w", err)
	}
	answer, err := a.client.Do(r)
	if err != nil {
		return nil, failed("ask Prometheus for alerts", err)
	}
	defer func() { _ = answer.Body.Close() }() // it was read
	var body struct {
		Status string `json:"status"`
		Data   struct {
			Alerts []struct {
				Labels   map[string]string `json:"labels"`
				ActiveAt time.Time         `json:"activeAt"`
			} `json:"alerts"`
		} `json:"data"`
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxRules)).Decode(&body); err != nil || body.Status != "success" {
		return nil, fmt.Errorf("ask Prometheus for alerts: it answered %s, and not with alerts", answer.Status)
	}
	out := map[string]rto.Instant{}
	for _, al := range body.Data.Alerts {
		name, at := al.Labels["alertname"], instant(al.ActiveAt)
		if have, ok := out[name]; at != 0 && (!ok || at < have) {
			out[name] = at
		}
	}
	return out, nil
}
