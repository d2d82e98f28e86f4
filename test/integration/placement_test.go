//go:build integration

package integration

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/lab"
	"github.com/voipbin/observability/internal/lab/database"
	"github.com/voipbin/observability/internal/lab/netns"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/mysql"
	recoveryreport "github.com/voipbin/observability/internal/rto/report"
)

// placementVariable is "inside" in the process that is in namespaces, and "loopback" for who wants the lesser form where both can be had.
const placementVariable = "PLACEMENT"

// TestPlacement holds docs/placement.md to two regions of real servers and what is in neither: which part notices what when a region is lost, the one
// with the traffic or the one that waits, or the link between them. Each is a network namespace. Where a host forbids these, it says so, and places
// are addresses of loopback: all but the link is tested there as well.
func TestPlacement(t *testing.T) {
	t.Parallel()
	if os.Getenv(placementVariable) == "inside" {
		testPlacement(t, inNamespaces(t))
		return
	}
	forbidden := onLoopbackOnly(t)
	t.Run("in namespaces", func(t *testing.T) {
		if forbidden != nil {
			t.Skip(forbidden)
		}
		inside(t)
	})
	if forbidden != nil {
		t.Run("on loopback", func(t *testing.T) { testPlacement(t, onLoopback()) })
	}
}

// onLoopbackOnly is why there are to be no namespaces.
func onLoopbackOnly(t *testing.T) error {
	t.Helper()
	if os.Getenv(placementVariable) == "loopback" {
		return fmt.Errorf("%s=loopback", placementVariable)
	}
	self, err := lab.Self()
	if err != nil {
		t.Fatal(err)
	}
	return netns.Forbidden(t.Context(), self)
}

// inside runs TestPlacement once more, in a namespace of its own. What comes over a network is made ready before, as there is none.
func inside(t *testing.T) {
	t.Helper()
	watchPrograms(t)
	program, err := trackerProgram()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := database.Find(t.Context(), mysql.MariaDB, suiteOf(mysql.MariaDB), filepath.Join(repo, ".lab", "trees"), nil); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestPlacement$", "-test.v", "-test.timeout=10m")
	cmd.Env = append(os.Environ(), placementVariable+"=inside", trackerVariable+"="+program)
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	netns.Isolate(cmd)
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	err = cmd.Run()
	t.Log(said.String())
	if err != nil || !strings.Contains(said.String(), "--- PASS: TestPlacement") {
		t.Errorf("in namespaces: %v", err)
	}
}

// placement is two regions and what watches them from without.
type placement struct {
	t                    *testing.T
	places               places
	outside              *outsideWorld
	a, b                 *watchRegion // with the traffic, and waiting
	inStandby, elsewhere *runningTracker
	began                time.Time
	down                 time.Duration // how long the primary region was dead
}

func testPlacement(t *testing.T, all places) {
	p := &placement{t: t, places: all, outside: startOutsideWorld(t, all.outside), began: time.Now()}
	p.build()
	p.startTrackers()
	p.a.start()
	p.b.start()
	p.within("both regions are heard of, and loss is proven small", func() bool { // Alertmanagers first wait for each other
		return p.beats(true, true) && small(p.inStandby) && small(p.elsewhere)
	})
	if all.link != nil {
		p.linkIsCut()
	}
	p.primaryDies()
	p.standbyDies()
	p.evidenceStays()
}

// build makes both regions: customers' service and a database that is written to in one, its replica in the other.
func (p *placement) build() {
	p.a, p.b = newRegion(p.t, p.places.primary, p.outside), newRegion(p.t, p.places.standby, p.outside)
	service := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	p.t.Cleanup(service.Close)
	pair := startPair(p.t, mysql.MariaDB, suiteOf(mysql.MariaDB))
	here := p.places.outside
	in := func(at *place, usual uint16, to string) *gate {
		return &gate{address: at.port(p.t, usual), in: at, from: here, to: to}
	}
	source, replica := pair.Source.Account(database.Monitor).Address, pair.Replica.Account(database.Monitor).Address
	p.a.gates = []*gate{in(p.places.primary, 80, service.Listener.Addr().String()), in(p.places.primary, 3306, source)}
	p.b.gates = []*gate{in(p.places.standby, 3306, replica)}

	// The replica asks its source from its own region, by the link between the two.
	way := &gate{address: freeHere(p.t), in: here, from: p.places.standby, to: p.a.gates[1].address}
	way.serve(p.t)
	p.t.Cleanup(way.shut)
	_, port, _ := net.SplitHostPort(way.address) // of our own making
	for _, q := range []string{"STOP SLAVE", "CHANGE MASTER TO MASTER_PORT=" + port, "START SLAVE"} {
		if err := pair.Replica.Do(p.t.Context(), q); err != nil {
			p.t.Fatal(err)
		}
	}
	newWriters(p.t, pair, trackerClock(), 1).run(1, 250*time.Millisecond)
}

// startTrackers starts one in the region that waits and one in neither.
func (p *placement) startTrackers() {
	path := fmt.Sprintf("paths:\n  - {name: api, kind: http, url: %q, interval: 500ms, timeout: 400ms}\n", "http://"+p.a.gates[0].address)
	start := func(at *place, vantage string) *runningTracker {
		return startTrackerIn(p.t, at, p.a.gates[1].address, p.b.gates[0].address, vantage, path)
	}
	p.inStandby, p.elsewhere = start(p.places.standby, "tracker-dr"), start(p.places.outside, "tracker-outside")
	p.a.watch(p.b, p.inStandby, p.elsewhere)
	p.b.watch(p.a, p.inStandby, p.elsewhere)
}

// within waits for what has to come, and notes when it came.
func (p *placement) within(what string, ok func() bool) {
	p.t.Helper()
	within(p.t, 3*time.Minute, what, ok)
	p.t.Logf("%5.1f s: %s", time.Since(p.began).Seconds(), what)
}

// beats reports whether the switches of the two regions are as they should be.
func (p *placement) beats(primary, standby bool) bool {
	return p.outside.alive(p.a.at.name) == primary && p.outside.alive(p.b.at.name) == standby
}

// small reports whether a tracker proves that next to nothing would be lost.
func small(r *runningTracker) bool {
	e := r.exposure(rto.Applied)
	return e.Provable() && e.Window.Hi < 3*time.Second
}

// linkIsCut: both regions live and neither sees the other. The tracker that waits loses sight of the service as it would if the region were dead; the
// one in neither region knows better.
func (p *placement) linkIsCut() {
	ctx := p.t.Context()
	cut := time.Now()
	if err := p.places.link.Cut(); err != nil {
		p.t.Fatal(err)
	}
	for _, r := range []*watchRegion{p.a, p.b} {
		p.within(r.at.name+": the other region cannot be scraped", func() bool { return r.sees(ctx, `sum(up{job="other-region"})`, 0) })
	}
	p.within("the primary region sees only the tracker in neither", func() bool {
		return p.a.sees(ctx, `up{job="tracker",instance="tracker-dr"}`, 0) && p.a.sees(ctx, `up{job="tracker",instance="tracker-outside"}`, 1)
	})
	const bad = `count(max by (instance) (recovery_path_good{job="tracker"}) == 0)`
	p.within("one tracker of two takes the region for dead", func() bool { return p.b.sees(ctx, bad, 1) })
	for _, r := range []*watchRegion{p.a, p.b} {
		p.within(r.at.name+" tells that exposure is high", func() bool { return p.outside.told(r.at.name, "RecoveryExposureHigh") })
	}
	if lasted := time.Since(cut); lasted < 40*time.Second { // longer than the alert on a dead region waits
		p.t.Errorf("exposure was high %v after the cut: nothing follows of a region's death", lasted)
	}
	if !p.beats(true, true) {
		p.t.Error("the switch of a region that lives went off")
	}
	for _, r := range []*watchRegion{p.a, p.b} {
		if p.outside.told(r.at.name, "RecoveryRegionDown") || r.has(ctx, "RecoveryRegionDown", "pending") {
			p.t.Errorf("%s takes a lost link for a dead region", r.at.name)
		}
	}
	if err := p.places.link.Mend(); err != nil {
		p.t.Fatal(err)
	}
	p.within("loss is proven small again", func() bool { return small(p.inStandby) && small(p.elsewhere) })
}

// primaryDies: its heart stops, two trackers see it, and the other region tells people. The trackers take down a drill of it.
func (p *placement) primaryDies() {
	drill := func(args ...string) {
		for _, r := range []*runningTracker{p.inStandby, p.elsewhere} {
			r.drill(args...)
		}
	}
	drill("start", "region_loss", "--kind=full", "--announced")
	died := time.Now()
	p.a.die()
	drill("inject", "the region and its network are gone", "--at="+died.UTC().Format(time.RFC3339Nano))
	p.within("the heart of the primary region stops, the other's goes on", func() bool { return p.beats(false, true) })
	p.within("the standby region tells that the region is down", func() bool { return p.outside.told(p.b.at.name, "RecoveryRegionDown") })
	if !p.b.sees(p.t.Context(), `count(max by (instance) (recovery_path_good{job="tracker"}) == 0)`, 2) {
		p.t.Error("the region is told to be down, and not by two trackers")
	}
	if p.outside.told(p.a.at.name, "RecoveryRegionDown") || p.outside.alive(p.a.at.name) {
		p.t.Error("the region that died told of it")
	}
	p.down = time.Since(died)
	p.a.start()
	p.within("both regions are heard of again", func() bool { return p.beats(true, true) })
	p.within("the region is told to be up again", func() bool { return p.outside.told(p.b.at.name, "resolved: RecoveryRegionDown") })
	p.within("both trackers saw it come back", func() bool {
		for _, r := range []*runningTracker{p.inStandby, p.elsewhere} {
			if s := r.snapshot(); s.Running == nil || s.Running.Recovery.Stable == 0 {
				return false
			}
		}
		return true
	})
	drill("end")
}

// standbyDies, and its tracker with it: nothing happens to calls. One tracker alone says nothing of a region, and goes on proving.
func (p *placement) standbyDies() {
	before := p.elsewhere.snapshot()
	p.b.die()
	p.inStandby.kill(syscall.SIGKILL)
	p.within("the heart of the standby region stops, the other's goes on", func() bool { return p.beats(true, false) })
	p.within("the primary region misses the tracker", func() bool { return p.a.has(p.t.Context(), "RecoveryTrackerDown", "pending") })
	p.within("the tracker in neither goes on", func() bool { return p.elsewhere.snapshot().Paths[0].Good > before.Paths[0].Good })
	p.within("exposure grows where the replica is gone", func() bool { return p.elsewhere.exposure(rto.Applied).Window.Hi > 5*time.Second })
	if p.outside.told(p.a.at.name, "RecoveryRegionDown") || p.a.has(p.t.Context(), "RecoveryRegionDown", "pending") {
		p.t.Error("the loss of the standby region is told as one of the primary")
	}
}

// evidenceStays: what the trackers took down is whole, that of the one that was lost with its region as well, and a report follows from either's alone
// and from both.
func (p *placement) evidenceStays() {
	p.elsewhere.kill(syscall.SIGTERM)
	lost, other := "--data="+filepath.Join(p.inStandby.folder, "data"), "--data="+filepath.Join(p.elsewhere.folder, "data")
	cli := func(args ...string) string {
		out, err := p.elsewhere.cli(args...)
		if err != nil {
			p.t.Errorf("tracker %v: %v: %s", args, err, out)
		}
		return out
	}
	file := filepath.Join(p.elsewhere.folder, "report.json")
	for _, data := range [][]string{{lost}, {other}, {lost, other}} {
		id, _, ended := strings.Cut(cli("drills", data[0]), "\tfull\tended\t")
		if !ended {
			p.t.Errorf("no drill that ended in %s", data)
		}
		if len(data) == 1 {
			cli("verify", data[0])
		}
		cli(append([]string{"report", id, "--format=json", "-o", file}, data...)...)
		cli(append([]string{"verify", file}, data...)...)
		var r recoveryreport.Report
		if text, err := os.ReadFile(file); err != nil || json.Unmarshal(text, &r) != nil {
			p.t.Fatalf("no report of %s: %v", data, err)
		}
		if r.Refused || r.RTO.Took.Hi < p.down || len(r.Evidence.Chains) != len(data) {
			p.t.Errorf("%s: refused %t, the region was dead for %s, told as %s, by %d chains", data, r.Refused, p.down, r.RTO.Took, len(r.Evidence.Chains))
		}
		p.t.Logf("the region was dead for %s; by %d chains of evidence for %s", p.down, len(r.Evidence.Chains), r.RTO.Took)
	}
}

// freeHere is an address of loopback at which nobody listens.
func freeHere(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
