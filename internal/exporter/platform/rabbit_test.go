package platform

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/exporter"
)

// broker is a management interface that answers with fixed texts, by path. Pages of queues are by number.
type broker struct {
	version, nodes, policies, exchanges string
	pages                               []string
	password                            string // asked for where it is set
}

// cluster is a cluster of three nodes, one of them down, with what can be wrong about mirrors and policies.
func cluster() *broker {
	return &broker{
		version: "3.13.7",
		nodes:   `[{"name":"rabbit@a","running":true,"partitions":["rabbit@b"]},{"name":"rabbit@b","running":true,"partitions":[]},{"name":"rabbit@c","running":false}]`,
		policies: `[{"vhost":"/","name":"mirrored","pattern":"bin-manager.*","apply-to":"all","definition":{"ha-mode":"all","ha-sync-mode":"automatic"}},
			{"vhost":"/","name":"two","pattern":"^voip","definition":{"ha-mode":"exactly","ha-params":2}},
			{"vhost":"/","name":"named","pattern":"^x","definition":{"ha-mode":"nodes","ha-params":["rabbit@a","rabbit@b"]}},
			{"vhost":"/","name":"limit","pattern":"^y","definition":{"max-length":10}}]`,
		exchanges: `[{"name":"","vhost":"/","type":"direct"},{"name":"bin-manager.delay","vhost":"/","type":"x-delayed-message","messages_delayed":42}]`,
		pages: []string{
			`{"name":"bin-manager.call-manager.request","vhost":"/","type":"classic","policy":"mirrored","messages_ready":5,"messages_unacknowledged":2,"arguments":{},"slave_nodes":["rabbit@b"],"synchronised_slave_nodes":[]},
			 {"name":"voip.kamailio.request","vhost":"/","type":"classic","policy":"two","messages_ready":0,"messages_unacknowledged":0,"slave_nodes":[],"synchronised_slave_nodes":[]},
			 {"name":"asterisk.call.request","vhost":"/","type":"classic","policy":null,"messages_ready":1,"messages_unacknowledged":0}`,
			`{"name":"rtpengine.10.0.2.9.request","vhost":"/","type":"classic","policy":null,"messages_ready":0,"messages_unacknowledged":0},
			 {"name":"asterisk.00:11.request","vhost":"/","type":"classic","arguments":{"x-expires":1800000},"messages_ready":0,"messages_unacknowledged":0},
			 {"name":"orders","vhost":"other","type":"quorum","messages_ready":7,"messages_unacknowledged":0,"members":["rabbit@a","rabbit@b","rabbit@c"],"online":["rabbit@a","rabbit@b"]}`,
		},
	}
}

func (b *broker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, password, _ := r.BasicAuth(); password != b.password {
		http.Error(w, `{"error":"not_authorized","reason":"`+password+`"}`, http.StatusUnauthorized)
		return
	}
	switch r.URL.Path {
	case "/api/overview":
		fmt.Fprintf(w, `{"rabbitmq_version":%q}`, b.version)
	case "/api/nodes":
		fmt.Fprint(w, b.nodes)
	case "/api/policies":
		fmt.Fprint(w, b.policies)
	case "/api/exchanges":
		fmt.Fprint(w, b.exchanges)
	case "/api/queues":
		n, err := strconv.Atoi(r.URL.Query().Get("page"))
		if err != nil || n > len(b.pages) {
			http.Error(w, `{"error":"page_out_of_range"}`, http.StatusBadRequest)
			return
		}
		fmt.Fprintf(w, `{"page_count":%d,"filtered_count":6,"items":[%s]}`, len(b.pages), b.pages[n-1])
	default:
		http.NotFound(w, r)
	}
}

// serve serves a handler and returns the address of a target for it.
func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return strings.Replace(server.URL, "http://", "rabbitmq://", 1)
}

func TestRabbitGolden(t *testing.T) {
	t.Parallel()
	path, password := secret(t)
	b := cluster()
	b.password = password
	target := at(t, serve(t, b), func(o *Options) {
		o.Credentials = exporter.Credentials{Username: "monitor", PasswordFile: path}
		o.Module.Volatile = []*regexp.Regexp{regexp.MustCompile(`^rtpengine\.\d`)}
	})
	suite().Golden(t, target, "testdata/golden/rabbitmq.prom")
}

func TestPoliciesOfVersion4HaveNoEffect(t *testing.T) {
	t.Parallel()
	b := cluster()
	b.version = "4.0.5"
	holds(t, suite().Scrape(t, at(t, serve(t, b))),
		`platform_rabbitmq_policy_effective{policy="mirrored",vhost="/"} 0`, `platform_rabbitmq_policy_effective{policy="two",vhost="/"} 0`)
}

// A single node has nothing to mirror to, and a policy without queues breaks no promise.
func TestPoliciesOfASingleNode(t *testing.T) {
	t.Parallel()
	b := cluster()
	b.nodes = `[{"name":"rabbit@a","running":true,"partitions":[]}]`
	holds(t, suite().Scrape(t, at(t, serve(t, b))), `platform_rabbitmq_policy_effective{policy="mirrored",vhost="/"} 1`)
}

// What a queue does not tell makes its virtual host's sum unknown, and no other's.
func TestSumsOfWhatIsNotTold(t *testing.T) {
	t.Parallel()
	b := cluster()
	b.pages[0] = `{"name":"down","vhost":"/","type":"classic"}`
	got := suite().Scrape(t, at(t, serve(t, b)))
	holds(t, got, `platform_rabbitmq_messages{state="ready",vhost="other"} 7`)
	if strings.Contains(got.Text, `platform_rabbitmq_messages{state="ready",vhost="/"}`) {
		t.Errorf("a sum without a queue is shown:\n%s", got.Text)
	}
}

// The last page may be gone when it is asked for.
func TestQueuesThatGoMeanwhile(t *testing.T) {
	t.Parallel()
	b := cluster()
	target := at(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("page") == "2" {
			http.Error(w, "page_out_of_range", http.StatusBadRequest)
			return
		}
		b.ServeHTTP(w, r)
	})))
	holds(t, suite().Scrape(t, target), `platform_rabbitmq_queues{type="classic",vhost="/"} 3`, `platform_exporter_collector_outcome{collector="policies",outcome="ok"} 1`)
}

// what answers a path with a text, and all else like the cluster.
func what(t *testing.T, path, text string, status int) *exporter.Target {
	t.Helper()
	b := cluster()
	return at(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != path {
			b.ServeHTTP(w, r)
			return
		}
		w.WriteHeader(status)
		fmt.Fprint(w, text)
	})))
}

func TestWhatIsWrongWithABroker(t *testing.T) {
	t.Parallel()
	f := func(target *exporter.Target, up bool, lines ...string) {
		t.Helper()
		got := suite().Scrape(t, target)
		holds(t, got, lines...)
		if got.Up != up {
			t.Errorf("up is %v", got.Up)
		}
	}
	outcome := func(collector, outcome string) string {
		return fmt.Sprintf(`platform_exporter_collector_outcome{collector=%q,outcome=%q} 1`, collector, outcome)
	}
	f(what(t, "/api/overview", "<html>", 200), false)
	f(what(t, "/api/overview", "{}", 200), false)
	f(what(t, "/api/overview", "no", 401), false)
	f(what(t, "/api/overview", "busy", 503), false)
	f(what(t, "/api/queues", "{", 200), true, outcome("rabbitmq", "decode"), outcome("mirrors", "decode"), outcome("policies", "decode"), outcome("delayed", "ok"))
	f(what(t, "/api/queues", `{"page_count":1,"filtered_count":20001}`, 200), true, outcome("mirrors", "fault"))
	f(what(t, "/api/queues", strings.Repeat(" ", answerBytes+1), 200), true, outcome("mirrors", "decode"))
	f(what(t, "/api/policies", "denied", 403), true, outcome("policies", "fault"), outcome("rabbitmq", "ok"))
	f(what(t, "/api/exchanges", "[]", 200), true, outcome("delayed", "empty"))
	f(what(t, "/api/nodes", "[]", 302), true, outcome("rabbitmq", "fault"))
	f(at(t, "rabbitmq://127.0.0.1:1"), false)
}

// A password is in no metric and no error.
func TestRabbitPasswordIsNotTold(t *testing.T) {
	t.Parallel()
	path, password := secret(t)
	b := cluster()
	b.password = "another"
	target := at(t, serve(t, b), func(o *Options) { o.Credentials = exporter.Credentials{Username: "monitor", PasswordFile: path} })
	err := target.Check(t.Context())
	if err == nil || strings.Contains(err.Error(), password) || exporter.OutcomeOf(err) != exporter.OutcomeFault {
		t.Errorf("got %v", err)
	}
}
