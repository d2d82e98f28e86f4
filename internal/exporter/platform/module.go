package platform

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/exporter"
)

// Module says how targets are observed.
type Module struct {
	// Volatile are expressions of the names of queues that come and go with a pod, beside those that the broker itself can tell.
	Volatile []*regexp.Regexp
	// Classes are the classes of keys, in the order in which they are tried.
	Classes []Class
	// CommandsPerSecond bounds the sampler's load on a Redis, ScanStep the keys that one SCAN looks at, and SampleEvery says that of a class
	// every so manieth key is looked at.
	CommandsPerSecond, ScanStep, SampleEvery int
	// PassEvery is the time from the start of one pass to the next.
	PassEvery time.Duration
	// Files is the pattern of the names of backups, as of path.Match.
	Files string
	// Keep is how many versions of a service are shown.
	Keep int
}

// Class is a class of keys; its pattern may be several, separated by spaces.
type Class struct {
	Name    string
	Pattern string
}

// otherClass is the class of keys that no pattern matches.
const otherClass = "other"

// The defaults of a module, and the bounds of what it may ask for.
const (
	defaultCommands    = 200
	defaultScanStep    = 100
	defaultSampleEvery = 100
	defaultPassEvery   = 5 * time.Minute
	defaultKeep        = 5

	maxCommands    = 10_000
	maxScanStep    = 1000 // about a millisecond of the server's time
	maxSampleEvery = 1_000_000
	maxClasses     = 50
)

// DefaultModule is how targets are observed that no module says otherwise of.
func DefaultModule() Module {
	return Module{
		CommandsPerSecond: defaultCommands, ScanStep: defaultScanStep, SampleEvery: defaultSampleEvery, PassEvery: defaultPassEvery, Files: "*", Keep: defaultKeep,
	}
}

// ReadModule reads the keys that a module has besides the kit's.
func ReadModule(m *config.Map, _ string) any {
	out := DefaultModule()
	out.Volatile = config.List(m.Optional("volatile"), expression)
	if v := m.Optional("classes"); v.Present() {
		out.Classes = classes(v)
	}
	number := func(key string, into *int, low, high int) {
		if v := m.Optional(key); v.Present() {
			*into = v.Int(low, high)
		}
	}
	number("commands_per_second", &out.CommandsPerSecond, 1, maxCommands)
	number("scan_step", &out.ScanStep, 1, maxScanStep)
	number("sample_every", &out.SampleEvery, 1, maxSampleEvery)
	number("keep", &out.Keep, 1, defaultKeep)
	if v := m.Optional("pass_every"); v.Present() {
		out.PassEvery = v.Duration(time.Second, 24*time.Hour)
	}
	if v := m.Optional("files"); v.Present() {
		out.Files = v.String()
		if _, err := path.Match(out.Files, ""); err != nil || strings.Contains(out.Files, "/") {
			v.Reject(fmt.Sprintf("%q is not a pattern of names", out.Files), "write one such as *.sql.gz")
		}
	}
	return &out
}

func expression(v config.Value) *regexp.Regexp {
	re, err := regexp.Compile(v.String())
	if err != nil {
		v.Reject(fmt.Sprintf("not a regular expression: %v", err), "")
	}
	return re
}

func classes(v config.Value) []Class {
	const name = `[a-z][a-z0-9_-]*`
	var out []Class
	for _, e := range v.Entries() {
		c := Class{Name: e.Key.Match(name, "a name: lower-case letters, digits, dash and underscore"), Pattern: e.Value.String()}
		if c.Name == otherClass {
			e.Key.Reject("class other is what no pattern matches", "choose another name")
		}
		if strings.ContainsAny(c.Pattern, `[]\`) {
			e.Value.Reject(fmt.Sprintf("%q is not a pattern of keys", c.Pattern), "write one with * and ? such as call:*, or several with spaces between them")
		}
		out = append(out, c)
	}
	if len(out) > maxClasses {
		v.Rejectf("%d classes, at most %d", len(out), maxClasses)
	}
	return out
}

// ModuleOf is the module of a target, or the default where the configuration has none.
func ModuleOf(c exporter.TargetConfig) Module {
	if m, ok := c.Module.(*Module); ok {
		return *m
	}
	return DefaultModule()
}

// matcher turns patterns with * and ? into an expression that any of them matches.
func matcher(patterns string) *regexp.Regexp {
	each := strings.Fields(patterns)
	for i, p := range each {
		each[i] = strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(p))
	}
	return regexp.MustCompile("(?s)^(" + strings.Join(each, "|") + ")$")
}
