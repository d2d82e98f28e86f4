package kubestate

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	module  = "k8s.io/kube-state-metrics/v2"
	capture = "../../internal/metric/testdata/kube-state-metrics-2.18.0.prom"
)

// TestTheExporterSaysWhatWasRecorded runs the exporter over the stand-in and compares with the recording that the catalogue is held to.
// UPDATE=1 records it anew.
func TestTheExporterSaysWhatWasRecorded(t *testing.T) {
	t.Parallel()
	program := build(t)
	c := newCluster(t)
	address := start(t, program, c)
	await(t, c.watchedAll)
	text := header() + scrape(t, address, "kube_node_info{")
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(capture, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	compare(t, text)

	refused := newCluster(t)
	refused.refusing = true
	address = start(t, program, refused)
	await(t, refused.refusedAll)
	said, err := get(t.Context(), "http://"+address+"/metrics")
	if err != nil || strings.Contains(said, "{") {
		t.Errorf("the exporter tells of objects that it could not read: %v\n%s", err, said)
	}
}

func header() string {
	return "# Recorded from kube-state-metrics 2.18.0 over a stand-in for the API server of a cluster (test/kubestate), whose objects are made up: names, types\n" +
		"# and labels are the exporter's, the values are nobody's.\n"
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

// build builds the exporter at the version that go.mod pins.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "kube-state-metrics")
	command := exec.CommandContext(t.Context(), "go", "build", "-o", program, module)
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// start runs the exporter for the resources of the stand-in until the test ends.
func start(t *testing.T, program string, c *cluster) string {
	t.Helper()
	api := httptest.NewServer(c)
	ctx, cancel := context.WithCancel(context.Background())
	var names []string
	for _, p := range resources() {
		names = append(names, path.Base(p))
	}
	slices.Sort(names)
	host, port := free(t)
	_, telemetry := free(t)
	command := exec.CommandContext(ctx, program, "--apiserver="+api.URL, "--host="+host, "--port="+port,
		"--telemetry-host="+host, "--telemetry-port="+telemetry, "--resources="+strings.Join(names, ","))
	command.Env = []string{"HOME=" + t.TempDir()}
	var said strings.Builder
	command.Stderr, command.Stdout = &said, &said
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = command.Wait()
		api.CloseClientConnections()
		api.Close()
		if t.Failed() {
			t.Logf("the exporter said:\n%s", said.String())
		}
	})
	return net.JoinHostPort(host, port)
}

func free(t *testing.T) (host, port string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	host, port, err = net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return host, port
}

// await asks again and again whether something holds, for half a minute at most.
func await(t *testing.T, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatal("half a minute was not enough")
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// scrape asks until the exporter says something that holds the text wanted, and returns that without descriptions, the samples of a family
// sorted: their order differs from run to run. A family without a sample is left out, but for a cluster that has none.
func scrape(t *testing.T, address, wanted string) string {
	t.Helper()
	var text string
	await(t, func() bool {
		said, err := get(t.Context(), "http://"+address+"/metrics")
		text = said
		return err == nil && strings.Contains(said, wanted)
	})
	return ordered(text)
}

func ordered(text string) string {
	var out strings.Builder
	for _, family := range strings.Split(text, "# HELP ") {
		lines := strings.SplitAfter(strings.TrimSuffix(family, "\n"), "\n")
		if len(lines) < 3 {
			continue
		}
		lines[len(lines)-1] += "\n"
		slices.Sort(lines[2:])
		out.WriteString(strings.Join(lines[1:], ""))
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
	text, err := io.ReadAll(io.LimitReader(response.Body, 4<<20))
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
	pinned := regexp.MustCompile(regexp.QuoteMeta(module) + ` v(\S+)`).FindSubmatch(mod)
	if pinned == nil || !strings.HasSuffix(capture, "-"+string(pinned[1])+".prom") || !strings.Contains(header(), string(pinned[1])) {
		t.Errorf("go.mod pins %s, the recording is %s", pinned, capture)
	}
}
