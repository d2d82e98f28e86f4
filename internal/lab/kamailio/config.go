// Package kamailio writes the configuration of a laboratory's Kamailio and asks it whether it is up. It refuses to be a model for
// production: it asks nobody who calls who he is, and what it does with a call depends on the called user's name.
package kamailio

import (
	"cmp"
	"embed"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"text/template"
	"time"
)

// The files are written for Kamailio 5.6 to 6.1.
//
//go:embed kamailio.cfg.tmpl dispatcher.list.tmpl
var templates embed.FS

// The timers of the laboratory's Kamailio. They are shorter than the defaults (30 and 120 seconds), so that a run need not be long.
const (
	// NoAnswer is tm's fr_timer: how long a gateway may be silent before Kamailio tells the caller 408.
	NoAnswer = 3 * time.Second
	// NoPickup is tm's fr_inv_timer: how long it may ring.
	NoPickup = 5 * time.Second
)

// probeEvery is the dispatcher's probe interval in seconds, the shortest there is: dead targets then flood the transaction statistics, as
// they do in production with a thousand targets.
const probeEvery = 1

// Config is one instance.
type Config struct {
	// Dir is the run folder, absolute: configuration, pid file and control socket go there.
	Dir string
	// Address is the loopback address that it takes calls on; empty is 127.0.0.1.
	Address string
	// Region is what X-Region says in its answers and in those that it relays; empty leaves the header out.
	Region string
	// SIPPort is the UDP and TCP port on Address.
	SIPPort int
	// CtlPort is the TCP port of the BINRPC control interface.
	CtlPort int
	// CtlSocket is the path of its unix socket.
	CtlSocket string
	// Modules is the folder with Kamailio's modules; empty means the compiled-in one.
	Modules string
	// Counters is the file with the call-setup counters, which is included; empty leaves it out.
	Counters string
	// Routes sends calls for a user to host:port on UDP.
	Routes map[string]string
	// Failover are the targets of user "failover", tried in order; the first is tried even if it never answers.
	Failover []string
	// Dead is the number of dispatcher targets that are probed and never answer.
	Dead int
	// Media is where calls to users whose names begin with MediaPrefix go; nil is nowhere.
	Media *Media
	// Password is the one by which devices register, all the same, of whatever name; empty is without a registrar, which refuses them with 405.
	// Bindings are kept in memory.
	Password string
	// Uncounted is the User-Agent of callers whose calls the counters leave out: probes, which would hide what customers see. Empty is
	// none.
	Uncounted string
}

// MediaPrefix begins the names of users whose calls go to Media; what follows is the user who is called there.
const MediaPrefix = "pbx-"

// Media is an application server and the media relay before it.
type Media struct {
	// Relay is the address of an RTPEngine as the rtpengine module takes it, such as udp:127.0.0.1:2223. A call for which it does not
	// answer is refused with 503.
	Relay string
	// Server is host:port of the application server on UDP, whom Kamailio probes each second. Where it does not answer, calls are refused
	// with 503 too.
	Server string
}

// Write writes the configuration files to Dir.
func (c Config) Write() error {
	all, err := template.New("").ParseFS(templates, "*.tmpl")
	if err != nil {
		return err
	}
	data := struct {
		Config
		NoAnswer, NoPickup int64
		ProbeEvery         int
		Targets            string
		DeadTargets        []string
		MediaPrefix        string
		Host               string
	}{c, NoAnswer.Milliseconds(), NoPickup.Milliseconds(), probeEvery, c.path("dispatcher.list"), c.deadTargets(), MediaPrefix, c.host()}
	for name, path := range map[string]string{"kamailio.cfg.tmpl": c.path("kamailio.cfg"), "dispatcher.list.tmpl": c.path("dispatcher.list")} {
		if err := writeFile(path, func(w io.Writer) error { return all.ExecuteTemplate(w, name, data) }); err != nil {
			return fmt.Errorf("kamailio configuration: %w", err)
		}
	}
	return nil
}

func (c Config) path(name string) string { return filepath.Join(c.Dir, name) }

// deadTargets are loopback addresses nobody listens on, 127.0.1.1 and up.
func (c Config) deadTargets() []string {
	targets := make([]string, c.Dead)
	for i := range targets {
		targets[i] = fmt.Sprintf("127.0.%d.%d:%d", 1+i/250, 1+i%250, c.SIPPort)
	}
	return targets
}

func writeFile(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// Args is the command line: in the foreground, logging to standard error, with memory for hundreds of calls a second (128 MB shared, of
// which it touches what it needs, 8 MB a process; 32 MB were too few at 200 calls a second).
func (c Config) Args() []string {
	args := []string{"-DD", "-E", "-f", c.path("kamailio.cfg"), "-P", c.path("kamailio.pid"), "-Y", c.Dir, "-m", "128", "-M", "8"}
	if c.Modules != "" {
		args = append(args, "-L", c.Modules)
	}
	return args
}

// SIP is the address on which it takes calls.
func (c Config) SIP() string { return c.host() + ":" + strconv.Itoa(c.SIPPort) }

func (c Config) host() string { return cmp.Or(c.Address, "127.0.0.1") }

// Unix is the control interface's unix socket as kamailio_exporter takes it.
func (c Config) Unix() string { return "unix://" + c.CtlSocket }

// TCP is the control interface's TCP address as kamailio_exporter takes it.
func (c Config) TCP() string { return "tcp://127.0.0.1:" + strconv.Itoa(c.CtlPort) }
