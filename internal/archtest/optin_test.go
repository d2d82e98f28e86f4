package archtest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/asterisk"
	"github.com/voipbin/observability/internal/exporter/kamailio"
	"github.com/voipbin/observability/internal/exporter/rtpengine"
	"github.com/voipbin/observability/internal/exporter/sip"
	"github.com/voipbin/observability/internal/metric"
)

// TestRunbooksNameCollectorsThatAreOff: an alert over metrics of a collector that is off by default never fires until somebody
// switches that on, and its runbook is where people look for that.
func TestRunbooksNameCollectorsThatAreOff(t *testing.T) {
	t.Parallel()
	off := map[string]string{} // flag by family
	collect := func(families []*metric.Family, collectors []exporter.CollectorInfo) {
		for _, f := range families {
			for _, c := range collectors {
				if c.Name == f.Collector && !c.Default {
					off[f.Name] = "--collector." + c.Name
				}
			}
		}
	}
	collect(metric.Kamailio(), kamailio.Collectors())
	collect(metric.RTPEngine(), rtpengine.Collectors())
	collect(metric.Asterisk(), asterisk.Collectors())
	collect(metric.SIP(), sip.Collectors())
	name := regexp.MustCompile(`[a-z_:][a-z0-9_:]*`)
	checked := 0
	for _, file := range glob(t, "docs/runbooks/*.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, queries, _ := strings.Cut(string(text), "```promql")
		for _, word := range slices.Compact(slices.Sorted(slices.Values(name.FindAllString(queries, -1)))) {
			if flag := off[word]; flag != "" {
				checked++
				if !strings.Contains(string(text), flag) {
					t.Errorf("%s: %s is there only with %s, and the runbook does not say so", filepath.Base(file), word, flag)
				}
			}
		}
	}
	if checked == 0 {
		t.Error("no runbook has a metric of a collector that is off: the reader is broken")
	}
}
