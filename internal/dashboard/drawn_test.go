package dashboard

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/voipbin/observability/internal/metric"
)

// platform plays the whole platform of the spec.
func platform(t *testing.T) *world {
	t.Helper()
	s := described(t)
	// As the recorded proxies have them.
	s.Platform.MediaProxies.Nodes[0].Control, s.Platform.MediaProxies.Nodes[1].Control = "udp:127.0.0.1:18305", "udp:127.0.0.1:18105"
	s.Platform.MediaServers.Nodes[0].SIP, s.Platform.MediaServers.Nodes[1].SIP = "sip:127.0.0.1:18304", "sip:127.0.0.1:18104"
	made := ruled(t, s)
	w := newWorld(t)
	var all []moving
	for i, n := range s.Platform.SIPProxies.Nodes[:2] {
		all = append(all, moved(node{proxyJob, n.Name, []string{"us-central1", "us-east1"}[i]}, exposition(t, "kamailio", "6.1.5"))...)
	}
	for i, n := range s.Platform.MediaProxies.Nodes[:3] {
		all = append(all, moved(node{mediaJob, n.Name, []string{"us-central1", "us-central1", "us-east1"}[i]}, exposition(t, "rtpengine", "12.5.1-calls"))...)
	}
	for i, n := range s.Platform.MediaServers.Nodes[:2] {
		all = append(all, moved(node{serverJob, n.Name, []string{"us-central1", "us-east1"}[i]}, exposition(t, "asterisk", "22.10.1-calls"))...)
	}
	for name, version := range map[string]string{"edge-echo": "call", "edge-register": "register"} {
		all = append(all, moved(node{"sip", name, "us-central1"}, exposition(t, "sip", version))...)
	}
	for _, n := range s.Recovery.Trackers.Nodes {
		all = append(all, moved(node{"tracker", n.Name, "us-east1"}, madeUp(s, metric.Recovery()))...)
	}
	t.Logf("%d series", len(all))
	begin := time.Now()
	w.play(t, all)
	t.Logf("played in %v", time.Since(begin))
	begin = time.Now()
	w.record(t, made)
	t.Logf("recorded in %v", time.Since(begin))
	w.alert(t, "KamailioDispatcherSetDown", "page", s.Platform.SIPProxies.Nodes[0].Name, 30*time.Minute, 41*time.Minute)
	w.alert(t, "KamailioWorkersBehind", "ticket", s.Platform.SIPProxies.Nodes[0].Name, 66*time.Minute, worldLasts)
	_ = labels.EmptyLabels()
	return w
}

func TestWorld(t *testing.T) {
	w := platform(t)
	dir := filepath.Join("/tmp", "preview-tsdb")
	os.RemoveAll(dir)
	if err := w.store.Snapshot(dir, true); err != nil {
		t.Fatal(err)
	}
}
