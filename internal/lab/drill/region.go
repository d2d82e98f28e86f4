package drill

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"

	"github.com/voipbin/observability/internal/lab/asterisk"
	"github.com/voipbin/observability/internal/lab/daemon"
	"github.com/voipbin/observability/internal/lab/kamailio"
	"github.com/voipbin/observability/internal/lab/ports"
	"github.com/voipbin/observability/internal/lab/supervise"
)

// region is what takes calls in one region: a Kamailio on an address of its own, and the Asterisk behind it.
type region struct {
	name, address string
	proxy         kamailio.Config
	process       *supervise.Process
	server        *asterisk.Single
}

// startRegion starts both. The proxies of all regions listen on one port, because a name that is redirected keeps its port.
func (d *Drill) startRegion(ctx context.Context, name, address string) (*region, error) {
	r := &region{name: name, address: address}
	var err error
	if r.server, err = asterisk.Prepare(ctx, "", d.trees(), d.Helper); err != nil {
		return nil, err
	}
	d.onClose(r.server.Close)
	r.server.Healthy = true
	if err := r.server.Start(ctx, true); err != nil {
		return nil, err
	}
	return r, d.startProxy(ctx, r)
}

func (d *Drill) startProxy(ctx context.Context, r *region) error {
	control, err := d.ports.Free()
	if err != nil {
		return err
	}
	d.ports.Release(control)
	r.proxy = kamailio.Config{
		Dir: filepath.Join(d.temp, r.name), Address: r.address, Region: r.name, SIPPort: d.sipPort, CtlPort: control,
		Routes: map[string]string{asterisk.UserEcho: r.server.SIP()},
	}
	r.proxy.Failover = []string{r.server.SIP(), r.server.SIP()}
	r.proxy.CtlSocket = filepath.Join(r.proxy.Dir, "ctl")
	if r.proxy.Modules, err = kamailio.Modules(d.kamailio); err != nil {
		return err
	}
	if err := os.Mkdir(r.proxy.Dir, 0o755); err != nil {
		return err
	}
	if err := r.proxy.Write(); err != nil {
		return err
	}
	cmd, err := d.kamailio.Command(ctx, r.proxy.Args()...)
	if err != nil {
		return err
	}
	r.process, err = d.super.Start(ctx, supervise.Spec{Name: "kamailio-" + r.name, Cmd: cmd, Ready: r.proxy.Ready})
	return err
}

// kill ends both at once, as a power failure would.
func (r *region) kill() error {
	return errors.Join(r.process.Signal(syscall.SIGKILL), r.server.Process.Signal(syscall.SIGKILL))
}

// floor is what regions stand on: a folder, ports, a supervisor and Kamailio's program.
type floor struct {
	temp     string // short, because sockets are in it
	ports    *ports.Block
	super    *supervise.Supervisor
	kamailio *daemon.Program
	sipPort  int
	closers  []func() error
}

func (f *floor) onClose(c func() error) { f.closers = append(f.closers, c) }

// close ends everything, the last started first.
func (f *floor) close() error {
	var all error
	for i := len(f.closers) - 1; i >= 0; i-- {
		all = errors.Join(all, f.closers[i]())
	}
	f.closers = nil
	return all
}

// prepare makes the floor.
func (f *floor) prepare(ctx context.Context, helper []string) error {
	var err error
	if f.temp, err = os.MkdirTemp("", "drill-lab-"); err != nil {
		return err
	}
	f.onClose(func() error { return os.RemoveAll(f.temp) })
	if f.super, err = supervise.New(f.temp, helper); err != nil {
		return err
	}
	f.onClose(f.super.Close)
	if f.ports, err = ports.Claim(); err != nil {
		return err
	}
	f.onClose(f.ports.Close)
	if f.sipPort, err = f.ports.Free(); err != nil {
		return err
	}
	return f.kamailio.Enter(ctx, helper, f.temp)
}
