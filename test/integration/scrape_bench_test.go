//go:build integration

package integration

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/lab"
	"github.com/voipbin/observability/internal/lab/kamailio"
	"github.com/voipbin/observability/internal/lab/pkgtree"
	"github.com/voipbin/observability/internal/lab/ports"
	"github.com/voipbin/observability/internal/lab/steps"
	"github.com/voipbin/observability/internal/lab/supervise"
	"github.com/voipbin/observability/internal/protocol/binrpc"
)

// scrapeCalls are the questions of one scrape with the collectors that are on by default.
func scrapeCalls() [][]any {
	return [][]any{
		{"core.version"}, {"core.uptime"}, {"core.info"}, {"stats.get_statistics", "all"}, {"core.tcp_info"}, {"tls.info"},
		{"dlg.stats_active"}, {"rtpengine.show", "all"}, {"rtpproxy.list"}, {"dmq.list_nodes"}, {"mqueue.get_sizes"},
		{"htable.stats"}, {"core.sockets_list"}, {"core.psa"}, {"pkg.stats"}, {"dispatcher.list"},
	}
}

// BenchmarkScrapeAgainstRawCalls takes turns on one real Kamailio under calls, as [duel] says.
func BenchmarkScrapeAgainstRawCalls(b *testing.B) {
	newDuel(b, startForBenchmark(b), "/metrics", scrapeCalls()).run(b, "everything")
}

// BenchmarkSocketsAgainstRawCalls takes the same turns on a machine with 2,000 UDP sockets of others, as a relay has with 500 calls.
func BenchmarkSocketsAgainstRawCalls(b *testing.B) {
	for range 2000 {
		socket, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = socket.Close() })
	}
	newDuel(b, startForBenchmark(b), "/metrics", scrapeCalls()).run(b, "everything, beside 2,000 sockets")
}

// BenchmarkTargetsAgainstRawCalls takes turns on one real Kamailio with 1,600 dispatcher targets, as [duel] says: four lists of 400,
// for one of 1,600 has no room in an answer.
func BenchmarkTargetsAgainstRawCalls(b *testing.B) {
	calls := [][]any{{"core.version"}, {"dispatcher.list"}}
	newDuel(b, startManyTargets(b), "/metrics?collect[]=dispatcher", calls).run(b, "1,600 targets")
}

// startForBenchmark starts a Kamailio, what it calls, and callers. It returns the address of its control socket.
func startForBenchmark(b *testing.B) string {
	b.Helper()
	o, err := options()
	if err != nil {
		b.Fatal(err)
	}
	o.Steps, o.DeadTargets = steps.New(io.Discard, false, time.Now), lab.DeadTargets
	tools := new(lab.Tools)
	if err := tools.Daemons(b.Context(), o); err != nil {
		b.Fatal(err)
	}
	run, err := lab.NewRun(b.Context(), o, tools)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = run.Close() })
	proxy, err := run.StartTelephony(b.Context(), lab.Gateways(), nil)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := proxy.StartCalls(b.Context(), lab.UsualMix()); err != nil {
		b.Fatal(err)
	}
	return proxy.Config.Unix()
}

// startManyTargets starts a Kamailio that has targets and takes no calls. It returns the address of its control socket.
func startManyTargets(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	helper, err := lab.Self()
	if err != nil {
		b.Fatal(err)
	}
	supervisor, err := supervise.New(dir, helper)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = supervisor.Close() })
	block, err := ports.Claim()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = block.Close() })
	port, release := sipPorts(b, block, 1)
	var list strings.Builder
	for i := range 1600 {
		fmt.Fprintf(&list, "%d sip:10.0.%d.%d:5060 0 0 duid=gw%d\n", 1+i/400, i/250, i%250, i)
	}
	config, targets := filepath.Join(dir, "kamailio.cfg"), filepath.Join(dir, "dispatcher.list")
	if err := os.WriteFile(targets, []byte(list.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	proxy := kamailio.Config{Dir: dir, SIPPort: port, CtlSocket: filepath.Join(dir, "ctl")}
	sipFile(b, "targets_kamailio.cfg.tmpl", config, map[string]any{"SIP": port, "Ctl": proxy.CtlSocket, "List": targets})
	room := sipRoom(b, helper, dir, pkgtree.Request{Name: "kamailio", Packages: []string{"kamailio"}})
	cmd, err := room.Command(context.WithoutCancel(b.Context()), "kamailio", proxy.Args()...)
	if err != nil {
		b.Fatal(err)
	}
	release()
	if _, err := supervisor.Start(b.Context(), supervise.Spec{Name: "kamailio", Cmd: cmd, Ready: proxy.Ready}); err != nil {
		b.Fatal(err)
	}
	return proxy.Unix()
}

// startFloor serves what a scrape says, without making it: see [duel].
func (d *duel) startFloor(b *testing.B) string {
	b.Helper()
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, d.now.url+d.path, http.NoBody)
	if err != nil {
		b.Fatal(err)
	}
	request.Header.Set("Accept-Encoding", "gzip") // said by hand, so that it stays compressed
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	packed, err := io.ReadAll(response.Body)
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		d.askAll()
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed)
	}))
	b.Cleanup(server.Close)
	return server.URL
}

func timed(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

// askKamailio asks everything and looks at nothing; a command that this Kamailio lacks is answered all the same. An answer that is cut off
// is no error of ours, and shows among the times: Kamailio's ctl gives up to send one after 10 ms in which nobody reads, as on a
// machine that has no time for this process.
func askKamailio(b *testing.B, client *binrpc.Client, calls [][]any) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 5*time.Second)
	defer cancel()
	for _, call := range calls {
		_, err := client.Call(ctx, call[0].(string), call[1:]...)
		if err != nil && ctx.Err() != nil {
			b.Log(err)
			return
		}
	}
}

// scrape returns the number of series.
func scrape(b *testing.B, url string) int {
	b.Helper()
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		b.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		b.Fatalf("status %d: %v", response.StatusCode, err)
	}
	return bytes.Count(body, []byte("\n")) - 2*bytes.Count(body, []byte("# TYPE "))
}

func median(d []time.Duration) time.Duration {
	s := slices.SortedFunc(slices.Values(d), cmp.Compare[time.Duration])
	return s[len(s)/2]
}

// resident is the resident memory of a process in bytes (proc(5), VmRSS in kB).
func resident(b *testing.B, pid int) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	var kb float64
	if _, err := fmt.Sscan(rest, &kb); err != nil {
		b.Fatal(err)
	}
	return kb * 1024
}
