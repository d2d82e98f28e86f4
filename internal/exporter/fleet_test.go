package exporter_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// writeConfig replaces a file as an operator's tools do: at once.
func writeConfig(tb testing.TB, path, content string) {
	tb.Helper()
	if err := os.WriteFile(path+".new", []byte(content), 0o600); err != nil {
		tb.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		tb.Fatal(err)
	}
}

// startFleet runs an exporter with this configuration and returns the file's path too.
func startFleet(tb testing.TB, content string, args ...string) (*running, string) {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "fleet.yaml")
	writeConfig(tb, path, content)
	return start(tb, fakeProgram(dialling), append(args, "--config.file="+path)...), path
}

func TestProbe(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, well)
	r, _ := startFleet(t, fmt.Sprintf(`
modules:
  all: {collectors: [a, b, c], limit: 3}
  hasty: {timeout: 10ms}
targets:
  - {name: k1, address: "tcp:%[1]s"}
  - {name: k2, address: "tcp:%[1]s", module: all}
`, d.address()))

	a := r.get(t, "/probe?target=k1")
	in(t, a.body, "\nkamailio_up 1\n")
	in(t, a.body, "\nkamailio_b 1\n")
	for _, stranger := range []string{"go_", "process_", "kamailio_c{", "config_last_reload", "build_info"} {
		notIn(t, a.body, "\n"+stranger)
	}
	for _, path := range []string{"/probe?target=k2", "/probe?target=k1&module=all"} {
		in(t, r.get(t, path).body, `kamailio_exporter_series_dropped{collector="c",reason="limit"} 2`)
	}
	notIn(t, r.get(t, "/probe?target=k2&module=default").body, "kamailio_c{")
	notIn(t, r.get(t, "/probe?target=k1&exclude[]=a").body, "\nkamailio_a ")

	r.get(t, "/probe").refused(t, http.StatusBadRequest, "parameter target is missing: give the name of a configured target")
	r.get(t, "/probe?target=k9").refused(t, http.StatusNotFound, `target "k9" is not configured`)
	r.get(t, "/probe?target="+d.address()).refused(t, http.StatusNotFound, fmt.Sprintf("target %q is not configured", d.address()))
	r.get(t, "/probe?target=k1&module=x").refused(t, http.StatusNotFound, `module "x" is not configured`)
	r.get(t, "/probe?target=k1&collect[]=c").refused(t, http.StatusBadRequest, `collector "c" is switched off here: choose from a, b`)

	own := r.get(t, "/metrics").body
	in(t, own, "\nkamailio_exporter_config_last_reload_successful 1\n")
	in(t, own, "\nkamailio_exporter_build_info{")
	notIn(t, own, "\nkamailio_up ")
}

// The timeout of a module counts, however long Prometheus would wait.
func TestModuleTimeout(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, nil)
	r, _ := startFleet(t, fmt.Sprintf("modules: {hasty: {timeout: 50ms}}\ntargets: [{name: k, address: \"tcp:%s\", module: hasty}]\n", d.address()))
	begin := time.Now()
	in(t, r.get(t, "/probe?target=k", timeoutHeader, "60").body, "\nkamailio_up 0\n")
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("took: want about 50ms, got %s", took)
	}
}

func TestDiscovery(t *testing.T) {
	t.Parallel()
	r, _ := startFleet(t, `
modules: {light: {collectors: [a]}}
targets:
  - {name: k1, address: "tcp:127.0.0.1:1", labels: {region: us-central1, instance: proxy-1}}
  - {name: k2, address: "tcp:127.0.0.1:2", module: light}
`)
	a := r.get(t, "/sd")
	if got := a.header.Get("Content-Type"); got != "application/json" {
		t.Errorf("content type: want application/json, got %q", got)
	}
	type group struct {
		Targets []string
		Labels  map[string]string
	}
	var got []group
	if err := json.Unmarshal([]byte(a.body), &got); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	self := []string{strings.TrimPrefix(r.url, "http://")}
	want := []group{
		{self, map[string]string{
			"__metrics_path__": "/probe", "__param_target": "k1", "__param_module": "default", "instance": "proxy-1", "region": "us-central1",
		}},
		{self, map[string]string{"__metrics_path__": "/probe", "__param_target": "k2", "__param_module": "light", "instance": "k2"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReload(t *testing.T) {
	t.Parallel()
	keep, drop := newDaemon(t, well), newDaemon(t, well)
	target := func(name string, d *daemon) string {
		return fmt.Sprintf("  - {name: %s, address: \"tcp:%s\"}\n", name, d.address())
	}
	r, path := startFleet(t, "targets:\n"+target("keep", keep)+target("drop", drop))
	r.get(t, "/probe?target=keep")
	r.get(t, "/probe?target=drop")

	writeConfig(t, path, "targets:\n"+target("keep", keep)+"  - {name: new, address: nonsense}\n")
	r.request(t, http.MethodPost, "/-/reload").refused(t, http.StatusInternalServerError,
		"configuration not loaded: "+path+`:3:26: targets[1].address: address "nonsense": want tcp:host:port`)
	in(t, r.get(t, "/metrics").body, "\nkamailio_exporter_config_last_reload_successful 0\n")
	in(t, r.get(t, "/probe?target=drop").body, "\nkamailio_up 1\n")
	if strings.Count(r.stderr.String(), "configuration not loaded") != 1 {
		t.Errorf("want one line about it, got:\n%s", r.stderr)
	}

	writeConfig(t, path, "targets:\n"+target("keep", keep)+target("new", drop))
	r.request(t, http.MethodPut, "/-/reload").refused(t, http.StatusOK, "configuration loaded")
	in(t, r.get(t, "/metrics").body, "\nkamailio_exporter_config_last_reload_successful 1\n")
	r.get(t, "/probe?target=drop").refused(t, http.StatusNotFound, `target "drop" is not configured`)
	if n := keep.open(); n != 1 {
		t.Errorf("a target that has not changed: want its connection kept, got %d", n)
	}
	eventually(t, "the connection of a target that is gone is closed", func() bool { return drop.open() == 0 })
	in(t, r.get(t, "/probe?target=new").body, "\nkamailio_up 1\n")

	writeConfig(t, path, "targets: []\n")
	r.hangup <- syscall.SIGHUP
	eventually(t, "SIGHUP reloads", func() bool { return r.get(t, "/probe?target=keep").status == http.StatusNotFound })
}

// A scrape under way when the configuration changes is answered, and its connection closed afterwards.
func TestReloadDuringAScrape(t *testing.T) {
	t.Parallel()
	asked, release := make(chan struct{}, 8), make(chan struct{})
	d := newDaemon(t, func(c net.Conn, question string) {
		asked <- struct{}{}
		<-release
		well(c, question)
	})
	r, path := startFleet(t, fmt.Sprintf("targets: [{name: k, address: \"tcp:%s\"}]\n", d.address()))
	var wg sync.WaitGroup
	wg.Go(func() { in(t, r.get(t, "/probe?target=k").body, "\nkamailio_up 1\n") })
	<-asked
	writeConfig(t, path, "targets: []\n")
	r.request(t, http.MethodPost, "/-/reload").refused(t, http.StatusOK, "configuration loaded")
	close(release)
	wg.Wait()
	eventually(t, "the connection is closed", func() bool { return d.open() == 0 })
}
