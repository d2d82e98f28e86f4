package stackdriver

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// series is one series of Cloud Monitoring with what its descriptor says, as testdata/cloud.json writes it.
type series struct {
	Type        string            `json:"type"`
	MetricKind  string            `json:"metricKind"`
	ValueType   string            `json:"valueType"`
	Unit        string            `json:"unit"`
	Description string            `json:"description"`
	Resource    resource          `json:"resource"`
	Labels      map[string]string `json:"labels"`
	Value       any               `json:"value"`
}

// resource is what a series is about. Cloud Monitoring writes it as it is read.
type resource struct {
	Type   string            `json:"type"`
	Labels map[string]string `json:"labels"`
}

// cloud stands in for Cloud Monitoring v3 and for the place where tokens are had. Its clock is in minutes, which the test moves.
type cloud struct {
	t       *testing.T
	series  []series
	minutes atomic.Int64
	asked   atomic.Int64
	// refusing is whether the account has no right to read.
	refusing atomic.Bool
}

func newCloud(t *testing.T) *cloud {
	t.Helper()
	text, err := os.ReadFile("testdata/cloud.json")
	if err != nil {
		t.Fatal(err)
	}
	c := &cloud{t: t}
	if err := json.Unmarshal(text, &c.series); err != nil {
		t.Fatal(err)
	}
	return c
}

var (
	wantedPrefix = regexp.MustCompile(`metric\.type = starts_with\("([^"]+)"\)`)
	wantedType   = regexp.MustCompile(`metric\.type="([^"]+)"`)
)

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/token") {
		c.write(w, map[string]any{"access_token": "of the stand-in", "token_type": "Bearer", "expires_in": 3600})
		return
	}
	if r.Header.Get("Authorization") == "" {
		c.t.Errorf("%s was asked without a token", r.URL.Path)
	}
	if c.refusing.Load() {
		http.Error(w, `{"error":{"code":403,"status":"PERMISSION_DENIED","message":"refused"}}`, http.StatusForbidden)
		return
	}
	filter := r.URL.Query().Get("filter")
	switch r.URL.Path {
	case "/v3/projects/" + project + "/metricDescriptors":
		prefix := wantedPrefix.FindStringSubmatch(filter)
		if prefix == nil {
			c.refuse(w, "descriptors", filter)
			return
		}
		c.write(w, map[string]any{"metricDescriptors": c.descriptors(prefix[1])})
	case "/v3/projects/" + project + "/timeSeries":
		name := wantedType.FindStringSubmatch(filter)
		if name == nil {
			c.refuse(w, "series", filter)
			return
		}
		c.asked.Add(1)
		c.write(w, map[string]any{"timeSeries": c.of(name[1])})
	default:
		c.t.Errorf("the exporter asked for %s, which the stand-in does not have", r.URL.Path)
		http.NotFound(w, r)
	}
}

func (c *cloud) refuse(w http.ResponseWriter, what, filter string) {
	c.t.Errorf("the exporter asked for %s by the filter %q, which the stand-in cannot read", what, filter)
	http.Error(w, "filter", http.StatusBadRequest)
}

func (c *cloud) write(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(body); err != nil {
		c.t.Error(err)
	}
}

func (c *cloud) descriptors(prefix string) []map[string]any {
	var all []map[string]any
	told := map[string]bool{}
	for _, s := range c.series {
		if told[s.Type] || !strings.HasPrefix(s.Type, prefix) {
			continue
		}
		told[s.Type] = true
		all = append(all, map[string]any{
			"name": "projects/" + project + "/metricDescriptors/" + s.Type, "type": s.Type, "metricKind": s.MetricKind, "valueType": s.ValueType,
			"unit": s.Unit, "description": s.Description, "metadata": map[string]string{"samplePeriod": "60s", "ingestDelay": "210s"},
		})
	}
	return all
}

// of returns the series of a type, each with the point of the last minute; a delta has one that begins where the one before ended.
func (c *cloud) of(name string) []map[string]any {
	end := time.Unix(0, 0).Add(time.Duration(c.minutes.Load()) * time.Minute).UTC()
	var all []map[string]any
	for _, s := range c.series {
		if s.Type != name {
			continue
		}
		begin := end
		if s.MetricKind == "DELTA" {
			begin = end.Add(-time.Minute)
		}
		all = append(all, map[string]any{
			"metric": map[string]any{"type": s.Type, "labels": s.Labels}, "resource": s.Resource,
			"metricKind": s.MetricKind, "valueType": s.ValueType,
			"points": []any{map[string]any{
				"interval": map[string]string{"startTime": begin.Format(time.RFC3339), "endTime": end.Format(time.RFC3339)},
				"value":    s.typed(),
			}},
		})
	}
	return all
}

// typed writes a value as the JSON of protocol buffers does: integers of 64 bits are strings, a distribution is its counts by bucket.
func (s series) typed() map[string]any {
	switch s.ValueType {
	case "BOOL":
		return map[string]any{"boolValue": s.Value}
	case "INT64":
		return map[string]any{"int64Value": strconv.FormatFloat(s.Value.(float64), 'f', -1, 64)}
	case "DISTRIBUTION":
		return map[string]any{"distributionValue": distribution(s.Value.([]any))}
	default:
		return map[string]any{"doubleValue": s.Value}
	}
}

// Google's load balancers count latencies in buckets whose bounds grow by the factor 1.4 from 1 ms on.
const (
	growth        = 1.4
	finiteBuckets = 66
)

func distribution(values []any) map[string]any {
	counts := make([]int, finiteBuckets+2)
	var sum float64
	for _, v := range values {
		ms := v.(float64)
		sum += ms
		i, bound := 0, 1.0
		for ; i <= finiteBuckets && ms >= bound; i++ {
			bound *= growth
		}
		counts[i]++
	}
	texts := make([]string, len(counts))
	for i, n := range counts {
		texts[i] = strconv.Itoa(n)
	}
	return map[string]any{
		"count": fmt.Sprint(len(values)), "mean": sum / float64(len(values)), "bucketCounts": texts,
		"bucketOptions": map[string]any{"exponentialBuckets": map[string]any{"numFiniteBuckets": finiteBuckets, "growthFactor": growth, "scale": 1}},
	}
}
