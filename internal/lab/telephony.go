package lab

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/voipbin/observability/internal/lab/kamailio"
	"github.com/voipbin/observability/internal/lab/sipp"
	"github.com/voipbin/observability/internal/lab/supervise"
)

// countersFile is the include with the call-setup counters, in the repository.
const countersFile = "deploy/kamailio/observability.cfg"

// DeadTargets is enough of Options.DeadTargets for an approximation that has to tell their probes from calls.
const DeadTargets = 20

// Users whom Kamailio has a rule for; a call to one of them ends as its comment says.
const (
	UserAnswer      = "answer"      // 200, then BYE
	UserNotFound    = "notfound"    // 404 from downstream
	UserBusy        = "busy"        // 486 from downstream
	UserUnavailable = "unavailable" // 503 from downstream, which tm relays as 500
	UserRing        = "ring"        // rings; the caller hangs up: 487
	UserHole        = "hole"        // a gateway that never answers: Kamailio's own 408
	UserFailover    = "failover"    // the first gateway refuses, or never answers where targets are dead, the second answers: 200
	UserLocal404    = "local404"    // Kamailio's own 404
	UserLocal503    = "local503"    // Kamailio's own 503
)

// Gateway is a place that calls are routed to.
type Gateway struct {
	// User is the called user.
	User string
	// Code and Reason are its final answer, see sipp.Answerer.
	Code   int
	Reason string
}

// Gateways are the gateways of the usual laboratory.
func Gateways() []Gateway {
	return []Gateway{
		{UserAnswer, 200, "OK"},
		{UserNotFound, 404, "Not Found"},
		{UserBusy, 486, "Busy Here"},
		{UserUnavailable, 503, "Service Unavailable"},
		{UserRing, 0, ""},
	}
}

// Telephony is a Kamailio with its gateways.
type Telephony struct {
	run   *Run
	media *Media // nil is none
	// Config is Kamailio's configuration.
	Config kamailio.Config
	// Version is what it says it is.
	Version string
	// Proxy is Kamailio's process; Answer is the gateway that answers calls.
	Proxy, Answer *supervise.Process
	// Hole is the black-holed gateway.
	Hole *sipp.Hole
}

// StartTelephony starts the gateways, and Kamailio in front of them and of media, which may be nil.
func (r *Run) StartTelephony(ctx context.Context, gateways []Gateway, media *Media) (*Telephony, error) {
	t := &Telephony{run: r, media: media}
	routes, err := t.startGateways(ctx, gateways)
	if err != nil {
		return nil, err
	}
	if err := t.configure(routes); err != nil {
		return nil, err
	}
	if err := t.StartProxy(ctx); err != nil {
		return nil, err
	}
	t.Version, err = t.Config.Version(ctx)
	return t, err
}

func (t *Telephony) startGateways(ctx context.Context, gateways []Gateway) (map[string]string, error) {
	r := t.run
	holePort, err := r.ports.Free()
	if err != nil {
		return nil, err
	}
	hole := fmt.Sprintf("127.0.0.1:%d", holePort)
	r.ports.Release(holePort)
	if t.Hole, err = sipp.NewHole(hole); err != nil {
		return nil, err
	}
	r.onClose(t.Hole.Close)
	routes := map[string]string{UserHole: hole}
	for _, g := range gateways {
		place, err := r.place()
		if err != nil {
			return nil, err
		}
		p, err := r.startGateway(ctx, place, g)
		if err != nil {
			return nil, err
		}
		if g.User == UserAnswer {
			t.Answer = p
		}
		routes[g.User] = fmt.Sprintf("127.0.0.1:%d", place.Port)
	}
	return routes, nil
}

// place reserves what one SIPp process needs.
func (r *Run) place() (sipp.Place, error) {
	port, err := r.ports.FreeRun(sipp.PortsEach)
	return sipp.Place{Port: port, Dir: r.path(sippDir)}, err
}

func (r *Run) handOver(first, n int) {
	for port := first; port < first+n; port++ {
		r.ports.Release(port)
	}
}

func (r *Run) startGateway(ctx context.Context, place sipp.Place, g Gateway) (*supervise.Process, error) {
	a := sipp.Answerer{Place: place, Code: g.Code, Reason: g.Reason}
	if err := a.Write(); err != nil {
		return nil, err
	}
	cmd, err := r.tools.sipp.Command(ctx, a.Args()...)
	if err != nil {
		return nil, err
	}
	r.handOver(place.Port, sipp.PortsEach)
	return r.super.Start(ctx, supervise.Spec{
		Name: "gateway-" + g.User, Cmd: cmd, Screens: true,
		Ready: func(ctx context.Context) error { return sipp.Ping(ctx, fmt.Sprintf("127.0.0.1:%d", place.Port)) },
	})
}

// configure writes Kamailio's configuration. The counters are copied, so that the run folder is all that Kamailio has to see.
func (t *Telephony) configure(routes map[string]string) error {
	r := t.run
	sip, err := r.port(r.opts.Ports.SIP, "Kamailio")
	if err != nil {
		return err
	}
	ctl, err := r.ports.Free()
	if err != nil {
		return err
	}
	modules, err := kamailio.Modules(r.tools.kamailio)
	if err != nil {
		return err
	}
	t.Config = kamailio.Config{
		Dir: r.path(kamailioDir), SIPPort: sip, CtlPort: ctl, CtlSocket: filepath.Join(r.folder.Sockets, ctlName), Modules: modules,
		Routes: routes, Failover: []string{routes[UserHole], routes[UserAnswer]}, Dead: r.opts.DeadTargets, Media: t.media.route(),
	}
	if r.opts.DeadTargets == 0 { // then nothing is dead: calls fail over from a gateway that refuses them
		t.Config.Failover[0] = routes[UserUnavailable]
	}
	if t.media != nil {
		t.Config.Uncounted = userAgent
	}
	if r.opts.observed() {
		t.Config.Password = rand.Text()
	}
	if r.opts.WithoutCounters {
		return t.Config.Write()
	}
	t.Config.Counters = r.path(kamailioDir, filepath.Base(countersFile))
	if err := copyFile(filepath.Join(r.opts.Repo, countersFile), t.Config.Counters); err != nil {
		return fmt.Errorf("call-setup counters: %w", err)
	}
	return t.Config.Write()
}

// StartProxy starts Kamailio, also again after it was stopped.
func (t *Telephony) StartProxy(ctx context.Context) error {
	cmd, err := t.run.tools.kamailio.Command(ctx, t.Config.Args()...)
	if err != nil {
		return err
	}
	t.run.ports.Release(t.Config.SIPPort, t.Config.CtlPort)
	t.Proxy, err = t.run.super.Start(ctx, supervise.Spec{Name: "kamailio", Cmd: cmd, Ready: t.Config.Ready})
	return err
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}

// Leg is one kind of call in a mix.
type Leg struct {
	// User is the called user.
	User string
	// Rate is in calls per second.
	Rate float64
	// Calls is how many; 0 means without end.
	Calls int
	// Hold is how long an answered call lasts.
	Hold time.Duration
}

// StartCalls starts one SIPp caller for each leg.
func (t *Telephony) StartCalls(ctx context.Context, legs []Leg) ([]*supervise.Process, error) {
	var procs []*supervise.Process
	for _, leg := range legs {
		p, err := t.startCaller(ctx, leg)
		if err != nil {
			return nil, err
		}
		procs = append(procs, p)
	}
	return procs, nil
}

func (t *Telephony) startCaller(ctx context.Context, leg Leg) (*supervise.Process, error) {
	r := t.run
	place, err := r.place()
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	name := fmt.Sprintf("calls-%d-%s", len(r.callers)+1, leg.User)
	c := sipp.Caller{
		Place: place, Name: name, Proxy: t.Config.SIP(), User: leg.User, Rate: leg.Rate, Calls: leg.Calls, Hold: leg.Hold,
		GivesUp: leg.User == UserRing, Audio: t.media.audio(leg.User),
	}
	r.callers = append(r.callers, c)
	r.mu.Unlock()
	if err := c.Write(); err != nil {
		return nil, err
	}
	cmd, err := r.tools.sipp.Command(ctx, c.Args()...)
	if err != nil {
		return nil, err
	}
	r.handOver(place.Port, sipp.PortsEach)
	return r.super.Start(ctx, supervise.Spec{Name: name, Cmd: cmd, Screens: true, Finishes: leg.Calls > 0})
}

// Counts is what all callers saw so far.
func (r *Run) Counts() (sipp.Counts, error) {
	users, err := r.countsByUser(func(sipp.Caller) bool { return true })
	total := sipp.Counts{Final: map[int]int{}}
	for _, counts := range users {
		total = total.Add(counts)
	}
	return total, err
}

// countsByUser is what some callers saw so far, by the user they call.
func (r *Run) countsByUser(some func(sipp.Caller) bool) (map[string]sipp.Counts, error) {
	r.mu.Lock()
	callers := append([]sipp.Caller{}, r.callers...)
	r.mu.Unlock()
	users := map[string]sipp.Counts{}
	for _, c := range callers {
		if !some(c) {
			continue
		}
		counts, err := sipp.ReadCounts(c.StatFile())
		if err != nil {
			return nil, err
		}
		users[c.User] = users[c.User].Add(counts)
	}
	return users, nil
}
