package kamailio

import "github.com/voipbin/observability/internal/lab/daemon"

// Modules is the folder of Kamailio's modules in the program's tree, where it has to be named because paths compiled into the daemon do
// not hold; empty otherwise.
func Modules(p *daemon.Program) (string, error) {
	if !p.Misplaced() {
		return "", nil
	}
	return p.Room().Glob("/usr/lib/*/kamailio/modules")
}
