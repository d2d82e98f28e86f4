//go:build integration

package engines

import (
	"fmt"
	"net"
	"strings"
	"testing"
)

// victoriaMetrics is a single node. It returns where the tracker reads, and what of Prometheus' configuration writes to it.
func victoriaMetrics(t *testing.T) (base, remote string) {
	t.Helper()
	at := free(t)
	run(t, "http://"+at+"/health", program(t, "victoriametrics"), "-httpListenAddr="+at, "-storageDataPath="+t.TempDir(), "-retentionPeriod=1y")
	return "http://" + at, fmt.Sprintf("  - {url: %q}\n", "http://"+at+"/api/v1/write")
}

// tenant is whose data Mimir keeps.
const tenant = "voip"

// mimir is all of Mimir in one process, with tenants. It returns where the tracker reads, the configuration of its HTTP client, and what writes to it.
func mimir(t *testing.T) (base, httpConfig, remote string) {
	t.Helper()
	at, grpc, dir := free(t), free(t), t.TempDir()
	_, port, _ := net.SplitHostPort(at)
	_, grpcPort, _ := net.SplitHostPort(grpc)
	ring := "{instance_addr: 127.0.0.1, kvstore: {store: inmemory}}"
	config := file(t, "mimir.yaml", strings.NewReplacer("DIR", dir, "GRPC", grpcPort, "HTTP", port, "RING", ring).Replace(`
multitenancy_enabled: true
target: all
blocks_storage: {backend: filesystem, filesystem: {dir: DIR/blocks}, tsdb: {dir: DIR/tsdb}, bucket_store: {sync_dir: DIR/sync}}
compactor: {data_dir: DIR/compactor, sharding_ring: RING}
distributor: {ring: RING}
ingester: {ring: {instance_addr: 127.0.0.1, kvstore: {store: inmemory}, replication_factor: 1, min_ready_duration: 0s}}
store_gateway: {sharding_ring: {instance_addr: 127.0.0.1, kvstore: {store: inmemory}, replication_factor: 1}}
ruler: {ring: RING, rule_path: DIR/rules}
ruler_storage: {backend: filesystem, filesystem: {dir: DIR/stored-rules}}
query_scheduler: {ring: RING}
frontend: {address: 127.0.0.1}
usage_stats: {enabled: false}
memberlist: {bind_addr: [127.0.0.1], bind_port: 0}
activity_tracker: {filepath: DIR/activity.log}
server: {http_listen_address: 127.0.0.1, http_listen_port: HTTP, grpc_listen_address: 127.0.0.1, grpc_listen_port: GRPC, log_level: warn}
`))
	run(t, "http://"+at+"/ready", program(t, "mimir"), "-config.file="+config)
	header := file(t, "http.yml", "http_headers: {X-Scope-OrgID: {values: ["+tenant+"]}}\n")
	return "http://" + at + "/prometheus", header, fmt.Sprintf("  - {url: %q, headers: {X-Scope-OrgID: %s}}\n", "http://"+at+"/api/v1/push", tenant)
}

// thanos is a sidecar of a Prometheus and a querier over it, and over what else is named. It returns where the tracker reads.
func thanos(t *testing.T, prometheus string, more ...string) string {
	t.Helper()
	path, sidecar, sidecarHTTP, at, grpc := program(t, "thanos"), free(t), free(t), free(t), free(t)
	run(t, "http://"+sidecarHTTP+"/-/ready", path, "sidecar", "--prometheus.url="+prometheus, "--grpc-address="+sidecar, "--http-address="+sidecarHTTP)
	args := []string{"query", "--http-address=" + at, "--grpc-address=" + grpc, "--endpoint=" + sidecar, "--query.replica-label=replica"}
	run(t, "http://"+at+"/-/ready", path, append(args, more...)...)
	return "http://" + at
}
