//go:build integration

package integration

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/voipbin/observability/internal/lab"
	"github.com/voipbin/observability/internal/lab/pkgtree"
	"github.com/voipbin/observability/internal/metric"
)

func TestNodeExporterHoldsToCatalogue(t *testing.T) {
	t.Parallel()
	s := newForeignSite(t, "/sys") // without it, its collector of CPUs panics
	port := s.port()
	address := s.exporter("prometheus-node-exporter", port, fmt.Sprintf("--web.listen-address=127.0.0.1:%d", port))
	holdToCatalogue(t, metric.NodeExporter, nil, exposition(t, "node_exporter", address+"/metrics"))
}

// TestMySQLExporterHoldsToCatalogue looks at replicas of both flavours: they name their columns differently, and the exporter its metrics
// after the columns.
func TestMySQLExporterHoldsToCatalogue(t *testing.T) {
	var texts []string
	for _, flavour := range flavours() {
		p := startPair(t, flavour, suiteOf(flavour))
		do(t, p.Source, "CREATE DATABASE heartbeat", "CREATE TABLE heartbeat.heartbeat (ts VARCHAR(26) NOT NULL, server_id INT UNSIGNED NOT NULL PRIMARY KEY)",
			"INSERT INTO heartbeat.heartbeat VALUES (DATE_FORMAT(NOW(6), '%Y-%m-%d %H:%i:%s.%f'), 1)")
		s := newForeignSite(t, filepath.Dir(p.Replica.Dir))
		port := s.port()
		my := s.write("my.cnf", fmt.Sprintf("[client]\nuser=root\nsocket=%s\n", p.Replica.Socket()))
		address := s.exporter("prometheus-mysqld-exporter", port, "--config.my-cnf="+my, fmt.Sprintf("--web.listen-address=127.0.0.1:%d", port), "--collect.heartbeat")
		shows(t, address+"/metrics", "mysql_up 1", "mysql_heartbeat_stored_timestamp_seconds")
		texts = append(texts, exposition(t, "mysqld_exporter-"+string(flavour), address+"/metrics"))
	}
	holdToCatalogue(t, metric.MySQLExporter, nil, texts...)
}

// TestRedisExporterHoldsToCatalogue looks at a source and its replica: what is about the link between them only the replica has.
func TestRedisExporterHoldsToCatalogue(t *testing.T) {
	t.Parallel()
	site, block := newRedisSite(t)
	first, release := sipPorts(t, block, 2)
	release()
	site.start(t, first, "--maxmemory", "16gb", "--maxmemory-policy", "allkeys-lru")
	site.start(t, first+1, "--replicaof", fmt.Sprintf("127.0.0.1 %d", first))
	s := newForeignSite(t)
	var texts []string
	for i, role := range []string{"master", "slave"} {
		port := s.port()
		passwords := s.write(fmt.Sprintf("passwords-%d.json", i), fmt.Sprintf("{%q: %q}", fmt.Sprintf("redis://127.0.0.1:%d", first+i), "lab-secret"))
		address := s.exporter("prometheus-redis-exporter", port, fmt.Sprintf("--web.listen-address=127.0.0.1:%d", port),
			fmt.Sprintf("--redis.addr=redis://127.0.0.1:%d", first+i), "--redis.password-file="+passwords)
		want := "redis_connected_slaves 1"
		if role == "slave" {
			want = "redis_master_link_up{"
		}
		shows(t, address+"/metrics", "redis_up 1", want)
		texts = append(texts, exposition(t, "redis_exporter-"+role, address+"/metrics"))
	}
	holdToCatalogue(t, metric.RedisExporter, nil, texts...)
}

func TestBlackboxExporterHoldsToCatalogue(t *testing.T) {
	t.Parallel()
	s := newForeignSite(t)
	port, tls := s.port(), tlsServer(t)
	config := s.write("blackbox.yml", "modules:\n  http: {prober: http, http: {preferred_ip_protocol: ip4, tls_config: {insecure_skip_verify: true}}}\n  tcp: {prober: tcp, tcp: {preferred_ip_protocol: ip4}}\n")
	address := s.exporter("prometheus-blackbox-exporter", port, "--config.file="+config, fmt.Sprintf("--web.listen-address=127.0.0.1:%d", port))
	holdToCatalogue(t, metric.BlackboxExporter, nil,
		exposition(t, "blackbox_exporter-http", address+"/probe?module=http&target=https://"+tls),
		exposition(t, "blackbox_exporter-tcp", address+"/probe?module=tcp&target="+tls))
}

// TestRabbitMQHoldsToCatalogue looks at the two brokers that Debian has: 3.10, which still mirrors queues, and 4, which counts more.
func TestRabbitMQHoldsToCatalogue(t *testing.T) {
	for name, request := range map[string]pkgtree.Request{"3.10": lab.RabbitMQ(), "4.0": lab.NewerRabbitMQ()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := newRabbitSiteOf(t, request)
			site.start()
			consume(t, site)
			address := fmt.Sprintf("http://127.0.0.1:%d", site.prometheus)
			detailed := address + "/metrics/detailed?family=" + strings.Join([]string{
				"queue_coarse_metrics", "queue_metrics", "queue_consumer_count", "queue_delivery_metrics", "channel_queue_metrics", "connection_churn_metrics", "node_metrics",
			}, "&family=")
			shows(t, detailed, `rabbitmq_detailed_queue_messages_ready{vhost="/",queue="bin-manager.call-manager.request"} 2`, "rabbitmq_detailed_channel_messages_acked_total{")
			elsewhere := map[*metric.Family]string{}
			for _, f := range metric.RabbitMQ() {
				if f.Since > name {
					elsewhere[f] = "since " + f.Since
				}
			}
			holdToCatalogue(t, metric.RabbitMQPlugin, elsewhere, exposition(t, "rabbitmq-"+name, address+"/metrics"), exposition(t, "rabbitmq-"+name+"-detailed", detailed))
		})
	}
}

// consume leaves a queue with two messages ready, one that its consumer has not acknowledged and one that it has.
func consume(t *testing.T, site *rabbitSite) {
	t.Helper()
	const queue = "bin-manager.call-manager.request"
	var conn *amqp.Connection
	becomes(t, "the broker takes connections", func() bool { // its management port is open before
		var err error
		conn, err = amqp.Dial(fmt.Sprintf("amqp://guest:guest@127.0.0.1:%d/", site.amqp))
		return err == nil
	})
	t.Cleanup(func() { _ = conn.Close() })
	ch, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ch.QueueDeclare(queue, true, false, false, false, nil); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		if err := ch.PublishWithContext(t.Context(), "", queue, false, false, amqp.Publishing{Body: []byte("request")}); err != nil {
			t.Fatal(err)
		}
	}
	if err := ch.Qos(1, 0, false); err != nil {
		t.Fatal(err)
	}
	deliveries, err := ch.Consume(queue, "", false, false, false, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	first := <-deliveries
	if err := first.Ack(false); err != nil {
		t.Fatal(err)
	}
	<-deliveries
}

// TestMonitoringHoldsToCatalogue looks at Prometheus and Alertmanager themselves.
func TestMonitoringHoldsToCatalogue(t *testing.T) {
	t.Parallel()
	s := newForeignSite(t)
	root, err := filepath.Abs(repo)
	if err != nil {
		t.Fatal(err)
	}
	rules := s.write("rules.yml", "groups:\n- name: example\n  rules:\n  - {alert: Example, expr: vector(1), labels: {severity: ticket}}\n")
	alertmanager := s.port()
	am := s.serve("alertmanager", exec.Command(filepath.Join(root, ".lab", "bin", "alertmanager"),
		"--config.file="+s.write("am.yml", "route: {receiver: none}\nreceivers: [{name: none}]\n"), "--storage.path="+s.dir+"/am", fmt.Sprintf("--cluster.listen-address=127.0.0.1:%d", s.port()),
		fmt.Sprintf("--web.listen-address=127.0.0.1:%d", alertmanager)), alertmanager)
	port := s.port()
	config := s.write("prometheus.yml", fmt.Sprintf("global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [%s]\nalerting: {alertmanagers: [{static_configs: [{targets: ['127.0.0.1:%d']}]}]}\n"+
		"scrape_configs: [{job_name: prometheus, static_configs: [{targets: ['127.0.0.1:%d']}]}]\n", rules, alertmanager, port))
	address := s.serve("prometheus", exec.Command(filepath.Join(root, ".lab", "bin", "prometheus"), "--config.file="+config, "--storage.tsdb.path="+s.dir+"/tsdb",
		"--storage.tsdb.retention.time=30d", "--storage.tsdb.retention.size=100GB", fmt.Sprintf("--web.listen-address=127.0.0.1:%d", port)), port)
	shows(t, address+"/metrics", `prometheus_target_interval_length_seconds{`, `prometheus_rule_evaluations_total{`, "prometheus_notifications_sent_total{")
	shows(t, am+"/metrics", `alertmanager_alerts_received_total{status="firing",version="v2"} `)
	holdToCatalogue(t, metric.PrometheusItself, nil, exposition(t, "prometheus", address+"/metrics"))
	holdToCatalogue(t, metric.AlertmanagerItself, nil, exposition(t, "alertmanager", am+"/metrics"))
}

// tlsServer is the address of an HTTPS server with a certificate of its own.
func tlsServer(t *testing.T) string {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}
