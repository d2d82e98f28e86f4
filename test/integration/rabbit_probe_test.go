//go:build integration

package integration

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/lab"
	"github.com/voipbin/observability/internal/lab/pkgtree"
	"github.com/voipbin/observability/internal/lab/ports"
	"github.com/voipbin/observability/internal/lab/supervise"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/probe"
	"github.com/voipbin/observability/internal/rto/probe/rabbit"
)

// rabbitSite is one RabbitMQ with a port mapper of its own. All listen on loopback only.
type rabbitSite struct {
	t                      *testing.T
	super                  *supervise.Supervisor
	room                   *pkgtree.Room
	dir, node              string
	amqp, http, dist, epmd int
	prometheus             int // where the plugin of that name serves
	mirror                 int // the first of two ports of another node
}

func newRabbitSite(t *testing.T) *rabbitSite { t.Helper(); return newRabbitSiteOf(t, lab.RabbitMQ()) }

// newRabbitSiteOf is the same with the broker of certain packages.
func newRabbitSiteOf(t *testing.T, request pkgtree.Request) *rabbitSite {
	t.Helper()
	helper, err := lab.Self()
	if err != nil {
		t.Fatal(err)
	}
	s := &rabbitSite{t: t, dir: t.TempDir(), node: "rabbit@localhost"}
	if s.super, err = supervise.New(s.dir, helper); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.super.Close() })
	block, err := ports.Claim()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = block.Close() })
	s.room = sipRoom(t, helper, s.dir, request)
	first, release := sipPorts(t, block, 7)
	release()
	s.amqp, s.http, s.dist, s.epmd, s.prometheus, s.mirror = first, first+1, first+2, first+3, first+4, first+5
	s.write("enabled_plugins", "[rabbitmq_management,rabbitmq_prometheus].\n")
	s.write(".erlang.cookie", "LABORATORYCOOKIE")
	s.write("rabbitmq.conf", fmt.Sprintf("listeners.tcp.1 = 127.0.0.1:%d\nmanagement.tcp.ip = 127.0.0.1\nmanagement.tcp.port = %d\nprometheus.tcp.ip = 127.0.0.1\nprometheus.tcp.port = %d\ncollect_statistics_interval = 1000\n", s.amqp, s.http, s.prometheus))
	s.run("epmd", s.epmd, s.room.Path(s.erts()+"/epmd"), "-port", strconv.Itoa(s.epmd), "-address", "127.0.0.1")
	return s
}

func (s *rabbitSite) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o400); err != nil {
		s.t.Fatal(err)
	}
}

// find is the one match of a pattern, as a path in the tree.
func (s *rabbitSite) find(pattern string) string {
	s.t.Helper()
	path, err := s.room.Glob(pattern)
	if err != nil {
		s.t.Fatal(err)
	}
	return path
}

func (s *rabbitSite) erts() string { s.t.Helper(); return s.find("/usr/lib/erlang/erts-*/bin") }

// run starts a program of the tree, without a shell, and waits until its port is open.
func (s *rabbitSite) run(name string, port int, program string, args ...string) *supervise.Process {
	s.t.Helper()
	if s.room.Mode() == pkgtree.Loader {
		s.t.Skip("Erlang starts programs of its own by their paths, which needs the tree as the root directory")
	}
	cmd, err := s.room.Command(context.WithoutCancel(s.t.Context()), program, args...)
	if err != nil {
		s.t.Fatal(err)
	}
	s.furnish(cmd)
	p, err := s.super.Start(s.t.Context(), supervise.Spec{Name: name, Cmd: cmd, ReadyWithin: 4 * time.Minute, Ready: func(ctx context.Context) error {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			return err
		}
		return conn.Close()
	}})
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

func (s *rabbitSite) furnish(cmd *exec.Cmd) {
	home := filepath.Dir(filepath.Dir(s.find("/usr/lib/rabbitmq/lib/rabbitmq_server-*/plugins/rabbit-*")))
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(),
		"ROOTDIR=/usr/lib/erlang", "BINDIR="+s.erts(), "EMU=beam", "PROGNAME=erl", "HOME="+s.dir, "LC_ALL=C.UTF-8",
		"ERL_EPMD_PORT="+strconv.Itoa(s.epmd), "ERL_EPMD_ADDRESS=127.0.0.1", "RABBITMQ_NODENAME="+s.node, "RABBITMQ_HOME="+home,
		"RABBITMQ_MNESIA_BASE="+s.dir+"/mnesia", "RABBITMQ_MNESIA_DIR="+s.dir+"/mnesia/node", "RABBITMQ_LOG_BASE="+s.dir+"/log", "RABBITMQ_LOGS=-", "RABBITMQ_CONFIG_FILE="+s.dir+"/rabbitmq.conf",
		"RABBITMQ_ENABLED_PLUGINS_FILE="+s.dir+"/enabled_plugins", "RABBITMQ_PLUGINS_DIR="+home+"/plugins", "RABBITMQ_CONF_ENV_FILE=/dev/null",
		"RABBITMQ_GENERATED_CONFIG_DIR="+s.dir+"/config", "RABBITMQ_DIST_PORT="+strconv.Itoa(s.dist), "ERL_LIBS="+home+"/plugins", "ERL_MAX_PORTS=1024",
	)
}

// start starts the broker, also again.
func (s *rabbitSite) start() *supervise.Process {
	s.t.Helper()
	return s.boot("rabbitmq", s.http)
}

// join starts a second node, which makes a cluster with the first as soon as it is up and has no management interface of its own.
func (s *rabbitSite) join() *supervise.Process {
	s.t.Helper()
	other := *s
	other.dir, other.node, other.amqp, other.dist = filepath.Join(s.dir, "mirror"), "mirror@localhost", s.mirror, s.mirror+1
	if err := os.Mkdir(other.dir, 0o755); err != nil {
		s.t.Fatal(err)
	}
	other.write("enabled_plugins", "[rabbitmq_management_agent].\n")
	other.write(".erlang.cookie", "LABORATORYCOOKIE")
	other.write("rabbitmq.conf", fmt.Sprintf("listeners.tcp.1 = 127.0.0.1:%d\ncollect_statistics_interval = 1000\n"+
		"cluster_formation.peer_discovery_backend = classic_config\ncluster_formation.classic_config.nodes.1 = %s\ncluster_formation.classic_config.nodes.2 = %s\n", other.amqp, s.node, other.node))
	return other.boot("mirror", other.amqp)
}

func (s *rabbitSite) boot(name string, port int) *supervise.Process {
	s.t.Helper()
	return s.run(name, port, s.erts()+"/erlexec", "-noinput", "-boot", "start_sasl", "-start_epmd", "false", "-kernel", "inet_dist_use_interface", "{127,0,0,1}",
		"-kernel", "prevent_overlapping_partitions", "false", "-s", "rabbit", "boot", "+S", "2:2", "+sbwt", "none")
}

func guest(context.Context) (string, string, error) { return "guest", "guest", nil }

// TestRabbitMQ takes a real broker through what can become of it.
func TestRabbitMQ(t *testing.T) {
	t.Parallel()
	site := newRabbitSite(t)
	broker := site.start()
	p, err := rabbit.New(rabbit.Config{Target: probe.Target{Path: "rabbitmq", Want: rto.Served, Now: trackerNow}, Broker: rabbit.Broker{Address: fmt.Sprintf("127.0.0.1:%d", site.amqp), Credentials: guest}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	stock, err := rabbit.NewStock(rabbit.StockConfig{Store: "queues", URL: fmt.Sprintf("http://127.0.0.1:%d", site.http), Credentials: guest, Now: trackerNow})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stock.Close() }()
	ask := func() rto.ProbeResult {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		return p.Probe(ctx)
	}
	look := func() rto.StockSample {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		return stock.Look(ctx)
	}
	served := func(what string) {
		t.Helper()
		within(t, 60*time.Second, what+": a message comes back", func() bool { return ask().Good })
		if r := ask(); r.Grade != rto.Served || !strings.HasPrefix(r.Region, "rabbit@") {
			t.Errorf("%s: %+v", what, r)
		}
		within(t, 20*time.Second, what+": the probe's own queue is counted", func() bool {
			s := look()
			return s.Outcome == rto.OK && s.Facts["queues"] == 1 && s.AtRisk["messages_ready"] == 0
		})
	}
	served("started")
	if err := broker.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if r := ask(); r.Outcome != rto.TimedOut || r.Good {
		t.Errorf("stopped: %+v", r)
	}
	if s := look(); s.Outcome != rto.TimedOut || s.AtRisk != nil {
		t.Errorf("stopped: want a time-out and no number, got %+v", s)
	}
	if err := broker.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	served("goes on")
	if err := broker.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-broker.Done()
	if r := ask(); r.Good {
		t.Errorf("killed: %+v", r)
	}
	if r := ask(); r.Outcome != rto.Refused || r.Grade != rto.NoAnswer {
		t.Errorf("nobody listens: %+v", r)
	}
	if s := look(); s.Outcome != rto.Refused || s.AtRisk != nil {
		t.Errorf("nobody listens: want no number, got %+v", s)
	}
	site.start()
	served("started again")
}
