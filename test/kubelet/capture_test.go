//go:build recordings

package kubelet

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/metrics"
	"k8s.io/kubernetes/pkg/kubelet/metrics/collectors"
	"k8s.io/kubernetes/pkg/kubelet/pleg"
	"k8s.io/kubernetes/pkg/kubelet/server"
	"k8s.io/utils/clock"
)

const (
	module  = "k8s.io/kubernetes"
	capture = "../../internal/metric/testdata/kubelet-1.37.2.prom"
)

// TestTheKubeletSaysWhatWasRecorded runs the kubelet's server over the stand-in and compares with the recording that the catalogue is held to.
// UPDATE=1 records it anew. It runs alone: the kubelet's metrics are those of the whole process.
func TestTheKubeletSaysWhatWasRecorded(t *testing.T) {
	metrics.Register()
	metrics.RegisterCollectors(collectors.NewVolumeStatsCollector(node{}))
	kubelet := server.NewServer(t.Context(), node{}, nil, nil, nil, nil, nil)
	s := httptest.NewServer(&kubelet)
	t.Cleanup(s.Close)
	counted(t)
	asked := probed(t)
	deadline := time.Now().Add(time.Minute)
	for asked.Load() < 4 { // the second time each is asked, the first has been counted
		if time.Now().After(deadline) {
			t.Fatal("the prober did not ask")
		}
		time.Sleep(20 * time.Millisecond)
	}
	text := header() +
		said(t, s.URL+"/metrics/cadvisor", `^container_`, `^container_(last_seen|scrape_error)`) +
		said(t, s.URL+"/metrics/probes", `^prober_probe_total`, `^$`) +
		said(t, s.URL+"/metrics", `^kubelet_(volume_stats_|running_)`, `^$`)
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(capture, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	compare(t, text)
}

// counted has the kubelet count pods and containers once.
func counted(t *testing.T) {
	t.Helper()
	loop, ok := pleg.NewGenericPLEG(runs(), make(chan *pleg.PodLifecycleEvent, 16), &pleg.RelistDuration{RelistPeriod: time.Second, RelistThreshold: time.Minute}, container.NewCache(), clock.RealClock{}).(*pleg.GenericPLEG)
	if !ok {
		t.Fatal("the kubelet counts pods in another way")
	}
	loop.Relist(t.Context())
}

func header() string {
	return "# Recorded from the kubelet 1.37.2, of its server, prober and cAdvisor, at /metrics/cadvisor, /metrics/probes and /metrics, over a stand-in for the node\n" +
		"# (test/kubelet), whose control groups are made up: names, types and labels are the kubelet's, the values are nobody's. Times of samples are left out.\n"
}

func compare(t *testing.T, got string) {
	t.Helper()
	want, err := os.ReadFile(capture)
	if err != nil {
		t.Fatal(err)
	}
	wanted, gotten := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for i := range min(len(wanted), len(gotten)) {
		if wanted[i] != gotten[i] {
			t.Fatalf("line %d is\n%s\nwant\n%s", i+1, gotten[i], wanted[i])
		}
	}
	if len(gotten) != len(wanted) {
		t.Fatalf("%d lines, want %d", len(gotten), len(wanted))
	}
}

// A time is the number of milliseconds after the value.
var timed = regexp.MustCompile(` \d{12,}\n$`)

// said is what a path says of the families that one expression matches and the other does not, without times and descriptions.
func said(t *testing.T, path, wanted, unwanted string) string {
	t.Helper()
	text, err := get(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	keep, leave := regexp.MustCompile(wanted), regexp.MustCompile(unwanted)
	var out strings.Builder
	for line := range strings.Lines(text) {
		name := strings.TrimPrefix(line, "# TYPE ")
		if keep.MatchString(name) && !leave.MatchString(name) {
			out.WriteString(timed.ReplaceAllString(line, "\n"))
		}
	}
	if out.Len() == 0 {
		t.Errorf("%s says nothing of %s", path, wanted)
	}
	return out.String()
}

func get(ctx context.Context, url string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, 8<<20))
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", url, response.Status)
	}
	return string(text), err
}

// TestTheRecordingIsOfTheVersionPinned wants the name of the recording to carry the version that is built.
func TestTheRecordingIsOfTheVersionPinned(t *testing.T) {
	t.Parallel()
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	pinned := regexp.MustCompile(`\t` + regexp.QuoteMeta(module) + ` v(\S+)`).FindSubmatch(mod)
	if pinned == nil || !strings.HasSuffix(capture, "-"+string(pinned[1])+".prom") || !strings.Contains(header(), string(pinned[1])) {
		t.Errorf("go.mod pins %s, the recording is %s", pinned, capture)
	}
}
