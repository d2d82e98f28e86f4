// Package lab runs real daemons as child processes on loopback: Kamailio, RTPEngine, Asterisk, SIPp, our exporters, Prometheus and
// Alertmanager with the generated configuration. One code serves `make run`, the integration tests and the benchmarks. It refuses to listen anywhere but on
// loopback, to need root, and to install anything outside its folder.
package lab

import (
	"fmt"
	"os"

	"github.com/voipbin/observability/internal/lab/pkgtree"
	"github.com/voipbin/observability/internal/lab/steps"
	"github.com/voipbin/observability/internal/lab/supervise"
)

// Options says where a laboratory lives and what it is made of.
type Options struct {
	// Repo is the repository's root.
	Repo string
	// Dir is the laboratory's folder: trees, tools and run folders are below it.
	Dir string
	// Helper is the command line of a program that passes its arguments to Helper.
	Helper []string
	// Steps tells what is going on.
	Steps *steps.Reporter
	// KamailioSuite takes Kamailio from another suite of the host's mirror, such as "sid", and never from PATH; empty is the usual way.
	KamailioSuite string
	// AllowExpired accepts metadata of that suite past its date.
	AllowExpired bool
	// Media adds RTPEngine and Asterisk behind Kamailio, their exporters, and a prober that calls through all of them.
	Media bool
	// Prober adds a prober that asks Kamailio whether it is there and registers with it, in a laboratory without media; with media there always is one.
	Prober bool
	// Recovery adds a MariaDB source with a replica and a writer, and the tracker that watches them.
	Recovery bool
	// DeadTargets is the number of dispatcher targets that are probed each second and never answer, beside the first one that UserFailover
	// is sent to. Their probes are among the statistics of transactions, and after five minutes an alert tells of them; usually there are
	// none.
	DeadTargets int
	// WithoutCounters leaves the call-setup counters out of Kamailio's configuration, as on a proxy that does not include them.
	WithoutCounters bool
	// Ports are ports that have to be certain ones; 0 takes any free one.
	Ports FixedPorts
}

// observed tells whether a prober watches the laboratory, and so whether its Kamailio is a registrar too.
func (o Options) observed() bool { return o.Media || o.Prober }

// FixedPorts are ports on 127.0.0.1 chosen by the user.
type FixedPorts struct {
	Prometheus, Alertmanager, Exporter, SIP int
}

// Self is the helper command line of a program whose main calls Helper first.
func Self() ([]string, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	return []string{exe}, nil
}

// Helper does the helper program's part if args, without the program's name, ask for it: handled is then true and the program has to
// exit, with status 0 if err is nil. A test's TestMain calls it before anything else.
func Helper(args []string) (handled bool, err error) {
	if len(args) > 0 && args[0] == pkgtree.EnterCommand {
		return true, pkgtree.Enter(args[1:])
	}
	return supervise.Helper(args)
}
