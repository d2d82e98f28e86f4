package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/alecthomas/kingpin/v2"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/kamailio"
)

// settings are the values of the flags that only this exporter has. They hold for all targets.
type settings struct {
	scriptGauges     *regexp.Regexp
	profiles         []kamailio.Profile
	procfs           string
	dispatcherDetail int
	compatMethods    []string

	deprecated []deprecation // flags of the command line
	warn       sync.Once
}

func (s *settings) flags(app *kingpin.Application) {
	app.Flag("kamailio.script-gauges", "Names of script variables that go up and down; all others are counters.").
		Default(kamailio.DefaultScriptGauges).RegexpVar(&s.scriptGauges)
	app.Flag("kamailio.dialog-profiles", "Dialog profiles whose calls are counted, NAME or NAME=VALUE, with commas between; may be repeated.").
		PlaceHolder("NAME,...").SetValue(each{s.addProfile})
	app.Flag("kamailio.dispatcher-detail", "Dispatcher targets that show more than whether they are up, those that are down first; 0 is none, and no alert about single ones.").
		Default(strconv.Itoa(kamailio.DefaultDispatcherDetail)).SetValue(once{s.setDispatcherDetail})
	app.Flag("kamailio.procfs", "Folder /proc of a process in Kamailio's network namespace, such as /proc/1234, for collector sockets.").
		Default("/proc").StringVar(&s.procfs)
	app.Flag("compat.names", "Emit the names of another exporter as well, so that its queries go on working: "+oldExporter+
		" is florentchauveau/kamailio_exporter 1.x. Its own flags -u, -m and -t switch this on.").
		PlaceHolder(oldExporter).SetValue(once{func(name string) error {
		if name != oldExporter {
			return fmt.Errorf("--compat.names: %q is not known: %s is", name, oldExporter)
		}
		return switchCompatOn(app)
	}})
	app.Flag("compat.methods", "Methods whose old names are emitted, with commas between: "+strings.Join(kamailio.CompatMethods(), ", ")+".").
		Default(strings.Join(kamailio.CompatDefaultMethods(), ",")).SetValue(once{func(list string) (err error) {
		s.compatMethods, err = kamailio.ParseCompatMethods(list)
		return err
	}})
}

// setDispatcherDetail takes the value of --kamailio.dispatcher-detail.
func (s *settings) setDispatcherDetail(text string) (err error) {
	if s.dispatcherDetail, err = strconv.Atoi(text); err != nil || s.dispatcherDetail < 0 {
		return fmt.Errorf("--kamailio.dispatcher-detail: %q is not a whole number from 0 on", text)
	}
	return nil
}

// addProfile takes one item of --kamailio.dialog-profiles.
func (s *settings) addProfile(item string) error {
	p, err := kamailio.ParseProfile(item)
	if err != nil {
		return err
	}
	s.profiles = append(s.profiles, p)
	return nil
}

func (s *settings) target(c exporter.TargetConfig) (*exporter.Target, error) {
	s.warn.Do(func() {
		for _, d := range s.deprecated {
			c.Logger.Warn("deprecated flag", "flag", d.flag, "instead", d.instead)
		}
	})
	return kamailio.NewTarget(kamailio.Options{
		Address: c.Address, Collectors: c.Collectors, ScriptGauges: s.scriptGauges, Profiles: s.profiles,
		Proc: s.proc(), DispatcherDetail: s.dispatcherDetail, CompatMethods: s.compatMethods, Now: c.Now,
	})
}

// proc is the folder of another network namespace, or nil for this process's.
func (s *settings) proc() fs.FS {
	if filepath.Clean(s.procfs) == "/proc" {
		return nil
	}
	return os.DirFS(s.procfs)
}

// once is the value of a flag that is one text.
type once struct{ set func(string) error }

func (o once) Set(s string) error { return o.set(s) }
func (o once) String() string     { return "" }

// each is the value of a flag that is a list with commas between, and may be repeated.
type each struct{ add func(string) error }

func (e each) Set(list string) error {
	for item := range strings.SplitSeq(list, ",") {
		if err := e.add(item); err != nil {
			return err
		}
	}
	return nil
}

func (e each) String() string     { return "" }
func (e each) IsCumulative() bool { return true }
