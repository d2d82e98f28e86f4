package exporter

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/common/promslog"
	promslogflag "github.com/prometheus/common/promslog/flag"
)

// defaultCollectorLimit is the number of series that one collector may emit in a scrape, unless it has a limit of its own.
const defaultCollectorLimit = 2000

// ownLimits stands for: the user did not say, so each collector has its own limit.
const ownLimits = -1

// options are the values of the flags.
type options struct {
	listen    []string
	systemd   bool
	webConfig string
	path      string
	deadlines Deadlines
	noSelf    bool

	address     string
	addressSet  bool // by the user, not by default
	credentials Credentials
	configFile  string
	checkOnly   bool
	askHealth   bool
	collectors  []string // names of those switched on, in the program's order
	limit       int
	limitSet    bool // by the user, not by default

	log promslog.Config
}

// parse reads the command line. done says that the program ends here, with this code: help or version was asked for, or
// the usage was wrong and has been said to be so.
func parse(p Program, proc Process) (o options, code int, done bool) {
	app := kingpin.New(p.Name, p.About)
	app.UsageWriter(proc.Stdout)
	app.ErrorWriter(proc.Stderr)
	app.HelpFlag.Short('h')
	app.Version(versionText(p.Name))
	ended := false
	app.Terminate(func(int) { ended = true }) // kingpin would exit

	webFlags(app, p, &o)
	enabled := collectorFlags(app, p, &o)
	if p.Flags != nil {
		p.Flags(app)
	}
	promslogflag.AddFlags(app, &o.log)
	_, err := app.Parse(proc.Args)
	if ended {
		return o, exitOK, true
	}
	if err == nil && !o.askHealth {
		err = o.check(p)
	}
	if !o.limitSet {
		o.limit = ownLimits
	}
	if err != nil {
		fmt.Fprintf(proc.Stderr, "%s: %v (--help lists the flags)\n", p.Name, err)
		return o, exitUsage, true
	}
	for i, c := range p.Collectors {
		if *enabled[i] {
			o.collectors = append(o.collectors, c.Name)
		}
	}
	return o, 0, false
}

func webFlags(app *kingpin.Application, p Program, o *options) {
	app.Flag("web.listen-address", "Address to listen on, host:port or :port; may be repeated.").
		Default(":" + strconv.Itoa(p.Port)).StringsVar(&o.listen)
	app.Flag("web.systemd-socket", "Use the sockets that systemd passes instead of --web.listen-address.").BoolVar(&o.systemd)
	app.Flag("web.config.file", "File with TLS and authentication settings, as exporter-toolkit documents it.").StringVar(&o.webConfig)
	app.Flag("web.telemetry-path", "Path of the metrics.").Default("/metrics").StringVar(&o.path)
	app.Flag("web.disable-exporter-metrics", "Leave out the metrics about the exporter's own process.").BoolVar(&o.noSelf)
	app.Flag("web.scrape-timeout-offset", "Taken off Prometheus' scrape timeout for the way there and back, at most half of it.").
		Default(defaultScrapeTimeoutOffset.String()).DurationVar(&o.deadlines.Offset)
	app.Flag("web.max-scrape-timeout", "Longest time that a scrape may take, and the time for clients that send no timeout.").
		Default(defaultMaxScrapeTimeout.String()).DurationVar(&o.deadlines.Max)
}

// collectorFlags adds the flags that say what to observe. It returns one switch for each of the program's collectors.
func collectorFlags(app *kingpin.Application, p Program, o *options) []*bool {
	help := p.AddressHelp
	if help == "" {
		help = "Address of the daemon."
	}
	app.Flag(p.System+".address", help).Default(p.Address).IsSetByUser(&o.addressSet).StringVar(&o.address)
	if p.Login {
		app.Flag(p.System+".username", "User to log in as.").StringVar(&o.credentials.Username)
		app.Flag(p.System+".password-file", "File whose first line is the password.").StringVar(&o.credentials.PasswordFile)
	}
	app.Flag("config.file", "YAML file that names many targets, to be scraped by /probe?target=NAME; without it --"+p.System+".address is scraped.").
		StringVar(&o.configFile)
	app.Flag("web.check", "Ask the exporter that runs with the same --web.listen-address whether it is well, and end: the health check of a container.").BoolVar(&o.askHealth)
	app.Flag("config.check", "Check flags and configuration, and end.").BoolVar(&o.checkOnly)
	app.Flag("collector.limit", "Series that one collector may emit in a scrape; more are dropped and counted. 0 is no limit."+ownLimitsHelp(p.Collectors)).
		Default(strconv.Itoa(defaultCollectorLimit)).IsSetByUser(&o.limitSet).IntVar(&o.limit)
	enabled := make([]*bool, len(p.Collectors))
	for i, c := range p.Collectors {
		enabled[i] = app.Flag("collector."+c.Name, "Collector "+c.Name+": "+c.Help+".").Default(strconv.FormatBool(c.Default)).Bool()
	}
	return enabled
}

// ownLimitsHelp names the collectors whose default is another.
func ownLimitsHelp(collectors []CollectorInfo) string {
	text := ""
	for _, c := range collectors {
		if c.Limit > 0 {
			text += fmt.Sprintf(" Collector %s has %d by default.", c.Name, c.Limit)
		}
	}
	return text
}

// check finds flags that contradict each other or themselves.
func (o options) check(p Program) error {
	switch {
	case o.configFile != "" && o.addressSet:
		return fmt.Errorf("--config.file and --%s.address exclude each other: name the address in the file", p.System)
	case o.configFile == "" && o.address == "":
		return fmt.Errorf("no target: give --%s.address or --config.file", p.System)
	case !regexp.MustCompile(`^(/[A-Za-z0-9_.-]*[A-Za-z0-9_])+$`).MatchString(o.path) || o.path == probePath || o.path == discoveryPath:
		return fmt.Errorf("--web.telemetry-path: %q is not a free path such as /metrics", o.path)
	case o.limit < 0:
		return fmt.Errorf("--collector.limit: %d is below 0", o.limit)
	case o.deadlines.Offset < 0:
		return errors.New("--web.scrape-timeout-offset is below 0")
	case o.deadlines.Max <= 0 || o.deadlines.Max > LongestScrape:
		return fmt.Errorf("--web.max-scrape-timeout: %s is not above 0 and at most %s", o.deadlines.Max, LongestScrape)
	}
	return nil
}
