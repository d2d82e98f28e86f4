package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/voipbin/observability/internal/exporter/platform"
	"github.com/voipbin/observability/internal/exporter/programtest"
	"github.com/voipbin/observability/internal/metric"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"platform_exporter": main})
}

// TestScripts runs the stories in testdata/script. In them $BROKER is a management interface of RabbitMQ that wants the password hush-hush
// of the user monitor, and $DEPLOY the example configuration.
func TestScripts(t *testing.T) {
	t.Parallel()
	answers := map[string]string{
		"/api/overview":  `{"rabbitmq_version":"3.13.7"}`,
		"/api/nodes":     `[{"name":"rabbit@a","running":true,"partitions":[]}]`,
		"/api/queues":    `{"page_count":1,"filtered_count":0,"items":[]}`,
		"/api/policies":  `[]`,
		"/api/exchanges": `[]`,
	}
	broker := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "monitor" || password != "hush-hush" {
			http.Error(w, "leaked: "+password, http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, answers[r.URL.Path])
	}))
	t.Cleanup(broker.Close)
	deploy, err := filepath.Abs("../../../deploy/platform/targets.yaml")
	if err != nil {
		t.Fatal(err)
	}
	programtest.Stories(t, map[string]string{"BROKER": strings.TrimPrefix(broker.URL, "http://"), "DEPLOY": deploy})
}

// The flags, the catalogue and the collectors speak of the same names.
func TestCollectorsAreThoseOfTheCatalogue(t *testing.T) {
	t.Parallel()
	programtest.Collectors(t, metric.Platform(), platform.Collectors())
}
