//go:build integration

package integration

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/exportertest"
	"github.com/voipbin/observability/internal/exporter/platform"
	"github.com/voipbin/observability/internal/lab"
	"github.com/voipbin/observability/internal/lab/pkgtree"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/resp"
)

// platformTarget is a target of platform_exporter with a password.
func platformTarget(t *testing.T, address, user, password string, change func(*platform.Module)) *exporter.Target {
	t.Helper()
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var collectors []string
	for _, c := range platform.Collectors() {
		collectors = append(collectors, c.Name)
	}
	m := platform.DefaultModule()
	if change != nil {
		change(&m)
	}
	target, err := platform.NewTarget(platform.Options{
		Name: "it", Address: address, Credentials: exporter.Credentials{Username: user, PasswordFile: file}, Collectors: collectors, Module: m, Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if target.Close != nil {
			_ = target.Close()
		}
	})
	return target
}

func platformSuite() exportertest.Suite {
	return exportertest.Suite{Families: metric.Platform(), Kit: metric.PlatformKit}
}

// platformShows scrapes until all the lines are there.
func platformShows(t *testing.T, target *exporter.Target, lines ...string) {
	t.Helper()
	var last exportertest.Scrape
	defer func() {
		if t.Failed() {
			t.Logf("last scrape:\n%s", last.Text)
		}
	}()
	becomes(t, strings.Join(lines, ", "), func() bool {
		last = platformSuite().Scrape(t, target)
		for _, want := range lines {
			if !strings.Contains(last.Text, "\n"+want+"\n") {
				return false
			}
		}
		return true
	})
	platformSuite().Check(t, last)
}

// put sends a definition to the management interface, which has to answer with the status.
func put(t *testing.T, site *rabbitSite, status int, path, body string) {
	t.Helper()
	manage(t, site, http.MethodPut, status, path, body)
}

// manage asks the management interface, which has to answer with the status, and returns what it says.
func manage(t *testing.T, site *rabbitSite, method string, status int, path, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, fmt.Sprintf("http://127.0.0.1:%d%s", site.http, path), bytes.NewBufferString(body))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("guest", "guest")
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status {
		t.Fatalf("%s: %s: %s, %v", path, resp.Status, text, err)
	}
	return string(text)
}

// TestPlatformRabbitMQ reads the policy of the published architecture from a version that mirrors queues, and finds it missing in one that
// does not and refuses it.
func TestPlatformRabbitMQ(t *testing.T) {
	mirrored := []string{
		`platform_rabbitmq_policy_info{ha_mode="all",ha_sync_mode="automatic",pattern="bin-manager.*",policy="mirrored",vhost="/"} 1`,
		`platform_rabbitmq_policy_queues{policy="mirrored",vhost="/"} 1`, `platform_rabbitmq_policy_effective{policy="mirrored",vhost="/"} 1`,
		`platform_rabbitmq_queues_outside_policies{vhost="/"} 1`,
	}
	refused := []string{
		`platform_rabbitmq_queues_outside_policies{vhost="/"} 2`,
		`platform_rabbitmq_queue_outside_policies_info{queue="bin-manager.call-manager.request",vhost="/"} 1`,
	}
	for name, c := range map[string]struct {
		request pkgtree.Request
		status  int
		shows   []string
	}{"3.10": {lab.RabbitMQ(), http.StatusCreated, mirrored}, "4.0": {lab.NewerRabbitMQ(), http.StatusBadRequest, refused}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := newRabbitSiteOf(t, c.request)
			site.start()
			consume(t, site) // bin-manager.call-manager.request
			put(t, site, c.status, "/api/policies/%2F/mirrored", `{"pattern":"bin-manager.*","apply-to":"all","definition":{"ha-mode":"all","ha-sync-mode":"automatic"}}`)
			put(t, site, http.StatusCreated, "/api/queues/%2F/asterisk.call.request", `{"durable":true}`)
			put(t, site, http.StatusCreated, "/api/queues/%2F/asterisk.00:11:22:33:44:55.request", `{"durable":true}`)
			put(t, site, http.StatusCreated, "/api/queues/%2F/voip.kamailio.mac.request", `{"durable":true,"arguments":{"x-expires":1800000}}`)
			put(t, site, http.StatusCreated, "/api/queues/%2F/ledger", `{"durable":true,"arguments":{"x-queue-type":"quorum"}}`)
			address := fmt.Sprintf("rabbitmq://127.0.0.1:%d", site.http)
			target := platformTarget(t, address, "guest", "guest", func(m *platform.Module) {
				m.Volatile = []*regexp.Regexp{regexp.MustCompile(`^asterisk\.[0-9a-f:]{17}\.request$`)}
			})
			platformShows(t, target, append(c.shows,
				`platform_rabbitmq_nodes{state="running"} 1`, `platform_rabbitmq_nodes{state="down"} 0`,
				`platform_rabbitmq_node_partitions{node="rabbit@localhost"} 0`,
				`platform_rabbitmq_messages{state="ready",vhost="/"} 2`, `platform_rabbitmq_messages{state="unacked",vhost="/"} 1`,
				`platform_rabbitmq_queues{type="classic",vhost="/"} 4`, `platform_rabbitmq_queues{type="quorum",vhost="/"} 1`,
				`platform_rabbitmq_queue_offline_members{queue="ledger",vhost="/"} 0`,
				`platform_rabbitmq_queue_outside_policies_info{queue="asterisk.call.request",vhost="/"} 1`,
				`platform_exporter_collector_outcome{collector="delayed",outcome="empty"} 1`,
			)...)
			if got := platformSuite().Scrape(t, platformTarget(t, address, "guest", "wrong", nil)); got.Up || strings.Contains(got.Text, "platform_rabbitmq_nodes") {
				t.Errorf("with a wrong password:\n%s", got.Text)
			}
		})
	}
}

// TestPlatformRedis fills a Redis with classes of keys and holds the sampler's estimates to what was put there.
func TestPlatformRedis(t *testing.T) {
	t.Parallel()
	site, block := newRedisSite(t)
	port, release := sipPorts(t, block, 1)
	release()
	site.start(t, port)
	conn := redisConn(t, port)
	fill := func(prefix string, n, size int, expiry ...string) {
		t.Helper()
		for from := 0; from < n; from += 500 {
			var commands [][]string
			for i := from; i < min(from+500, n); i++ {
				commands = append(commands, append([]string{"SET", fmt.Sprintf("%s%06d", prefix, i), strings.Repeat("x", size)}, expiry...))
			}
			redisDo(t, conn, commands...)
		}
	}
	fill("session:", 5000, 1000, "EX", "3600")
	fill("config:", 300, 200)
	fill("stray", 40, 10, "EX", "60")
	target := platformTarget(t, fmt.Sprintf("redis://127.0.0.1:%d", port), "", "lab-secret", func(m *platform.Module) {
		m.Classes = []platform.Class{{Name: "sessions", Pattern: "session:*"}, {Name: "config", Pattern: "config:*"}, {Name: "flows", Pattern: "flow:*"}}
		m.CommandsPerSecond, m.PassEvery = 2000, time.Second
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); target.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	platformShows(t, target,
		`platform_redis_class_keys{class="sessions"} 5000`, `platform_redis_class_keys{class="config"} 300`, `platform_redis_class_keys{class="flows"} 0`, `platform_redis_class_keys{class="other"} 40`,
		`platform_redis_class_keys_without_expiry{class="config"} 300`, `platform_redis_class_keys_without_expiry{class="sessions"} 0`, `platform_redis_class_sampled_keys{class="sessions"} 70`,
	)
	text := platformSuite().Scrape(t, target).Text
	each := redisDo(t, conn, []string{"MEMORY", "USAGE", "session:000001"})[0].Number
	if got, want := valueOf(t, text, `platform_redis_class_bytes{class="sessions"}`), float64(each)*5000; got < 0.98*want || got > 1.02*want {
		t.Errorf("sessions take %g bytes by the sampler, %g by a key times 5000", got, want)
	}
	if ttl := valueOf(t, text, `platform_redis_class_longest_ttl_seconds{class="sessions"}`); ttl < 3000 || ttl > 3600 {
		t.Errorf("the longest time to live is %g s", ttl)
	}
	if slow := redisDo(t, conn, []string{"SLOWLOG", "LEN"})[0].Number; slow != 0 {
		t.Errorf("%d commands took longer than 10 ms", slow)
	}
}

func redisConn(t *testing.T, port int) *resp.Conn {
	t.Helper()
	nc, err := new(net.Dialer).DialContext(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	conn := resp.NewConn(nc)
	t.Cleanup(func() { _ = conn.Close() })
	redisDo(t, conn, []string{"AUTH", "lab-secret"})
	return conn
}

// redisDo sends commands and wants no error from any.
func redisDo(t *testing.T, conn *resp.Conn, commands ...[]string) []resp.Reply {
	t.Helper()
	replies, err := conn.Do(time.Now().Add(30*time.Second), commands...)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range replies {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	return replies
}

// valueOf is the value of a series in an exposition.
func valueOf(t *testing.T, text, series string) float64 {
	t.Helper()
	_, rest, found := strings.Cut(text, "\n"+series+" ")
	if !found {
		t.Fatalf("no %s in\n%s", series, text)
	}
	var v float64
	if _, err := fmt.Sscan(rest, &v); err != nil {
		t.Fatal(err)
	}
	return v
}
