package exporter

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/common/promslog"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/httpserver"
	"github.com/voipbin/observability/internal/metric"
)

// Program is what one exporter adds to the kit.
type Program struct {
	// Name is the binary's, for example kamailio_exporter.
	Name string
	// System is the daemon in lower case; it prefixes the exporter's own flags.
	System string
	// About is one sentence for --help and the landing page.
	About string
	// Port is the default TCP port to listen on.
	Port int
	// Address is the default of --<system>.address. Where it is empty the flag must be given, or --config.file.
	Address string
	// AddressHelp says which forms an address has.
	AddressHelp string
	// Login says that the daemon can ask for a user and a password: it adds --<system>.username and
	// --<system>.password-file.
	Login bool
	// Families is the exporter's whole catalogue, the kit's families included.
	Families   []*metric.Family
	Kit        metric.Kit
	Collectors []CollectorInfo
	// Flags adds the exporter's own flags; it may be nil.
	Flags func(app *kingpin.Application)
	// Module reads the exporter's own keys of a module in the configuration file, and reports there what is wrong with them;
	// relative file names start at folder. What it returns is TargetConfig.Module of the module's targets, and is compared
	// by reflect.DeepEqual to see whether a reload has changed it. nil is an exporter without such keys.
	Module func(m *config.Map, folder string) any
	// AlwaysOn says that a target has a Run, and is to be observed while it is configured, not only while it is scraped; it
	// may be nil. It holds for a target with its own module, not for one that a scrape asks for with another.
	AlwaysOn func(TargetConfig) bool
	// Handlers answer further requests, by pattern as of http.ServeMux, such as "POST /deploys"; nil is none. The web
	// configuration, which may ask for a password, holds for them as well.
	Handlers map[string]http.Handler
	// NewTarget prepares a target and dials nothing. It is called after the flags are parsed, and again when the
	// configuration is loaded. Its error says what is wrong with the address and what to write instead.
	NewTarget func(TargetConfig) (*Target, error)
}

// ownLimits are the limits of the collectors that have one of their own.
func (p Program) ownLimits() map[string]int {
	limits := make(map[string]int)
	for _, c := range p.Collectors {
		if c.Limit > 0 {
			limits[c.Name] = c.Limit
		}
	}
	return limits
}

// TargetConfig says which daemon to observe.
type TargetConfig struct {
	// Name is the target's name in the configuration, or its address.
	Name    string
	Address string
	// Collectors are the names of the collectors to run.
	Collectors  []string
	Credentials Credentials
	// Timeout bounds a scrape, and is above 0.
	Timeout time.Duration
	// Module is what Program.Module has read; nil where the configuration has nothing of it.
	Module any
	Logger *slog.Logger
	Now    func() time.Time
}

// Process is the process that a program runs in.
type Process struct {
	Args   []string // without the program's name
	Stdout io.Writer
	Stderr io.Writer
	// Hangup delivers SIGHUP, which reloads the configuration. nil delivers none.
	Hangup <-chan os.Signal
	Now    func() time.Time
}

// The exit codes of a program.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

// Run runs an exporter until ctx ends and returns the exit code: 0 after a clean stop, 1 for bad input or a failure, 2 for
// bad usage. What went wrong is on Stderr, in one line where it is one thing.
func Run(ctx context.Context, p Program, proc Process) int {
	o, code, done := parse(p, proc)
	if done {
		return code
	}
	if o.askHealth {
		if err := httpserver.CheckHealth(ctx, o.listen[0]); err != nil {
			return fail(p, proc, err)
		}
		return exitOK
	}
	logger := promslog.New(&promslog.Config{Level: o.log.Level, Format: o.log.Format, Writer: proc.Stderr})
	s, err := newSite(p, o, logger, proc.Now)
	if err == nil {
		err = httpserver.Validate(o.webConfig)
	}
	if err != nil {
		return fail(p, proc, err)
	}
	defer s.close()
	if o.checkOnly {
		fmt.Fprintln(proc.Stdout, s.summary())
		return exitOK
	}
	if err := s.serve(ctx, proc.Hangup); err != nil {
		return fail(p, proc, err)
	}
	logger.Info("stopped")
	return exitOK
}

func fail(p Program, proc Process, err error) int {
	fmt.Fprintf(proc.Stderr, "%s: %v\n", p.Name, err)
	return exitFailure
}
