package spec

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/diag"
)

// profilesFolder holds a file for each profile.
const profilesFolder = "profiles"

// overlay is what a profile's file says, as changes of a spec that are made one after another.
type overlay struct {
	profile Profile
	extends config.Value
	changes []func(*loader)
	pos     config.Value
}

// Profiles lists the names of a spec folder's profiles in order. A folder without has none.
func Profiles(fsys fs.FS) ([]string, error) {
	entries, err := fs.ReadDir(fsys, profilesFolder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".yaml"); ok && !strings.HasPrefix(name, ".") {
			names = append(names, name)
		}
	}
	return names, err
}

// profileChain reads a profile and those that it extends; an empty name stands for the default one, which may be missing.
func (l *loader) profileChain(name string) []overlay {
	names, err := Profiles(l.fsys)
	if err != nil {
		l.fault(path.Join(l.folder, profilesFolder), "cannot be read: "+reason(err), "")
		return nil
	}
	if name == "" {
		if !slices.Contains(names, DefaultProfile) {
			return nil
		}
		name = DefaultProfile
	}
	if !slices.Contains(names, name) {
		hint := "there are no profiles"
		if len(names) > 0 {
			hint = "there are: " + strings.Join(names, ", ")
		}
		l.fault(path.Join(l.folder, profilesFolder), fmt.Sprintf("there is no profile %q", name), hint)
		return nil
	}
	return l.chain(name, names, nil)
}

// chain reads a profile and those that it extends, the most basic first.
func (l *loader) chain(name string, known, seen []string) []overlay {
	o := decodeFile(l, path.Join(profilesFolder, name+".yaml"), l.overlay)
	o.profile.Name = name
	base := o.extends.Raw()
	switch {
	case base == "":
		return []overlay{o}
	case slices.Contains(append(seen, name), base):
		o.extends.Reject(fmt.Sprintf("profile %q extends itself", base), "by way of "+strings.Join(append(seen, name), ", "))
		return nil
	case !slices.Contains(known, base):
		o.extends.Reject(fmt.Sprintf("there is no profile %q", base), "there are: "+strings.Join(known, ", "))
		return nil
	}
	return append(l.chain(base, known, append(seen, name)), o)
}

// overlay decodes a profile.
func (l *loader) overlay(m *config.Map) overlay {
	// What a profile names may have the names of what it replaces.
	own := &loader{fsys: l.fsys, folder: l.folder, names: make(map[[2]string]diag.Position), smallTiers: true}
	signals := m.Optional("signals")
	var gone []string
	o := overlay{
		extends: m.Optional("extends"), pos: m.Required("title"),
		profile: Profile{
			Pos: m.Pos(), Title: prose(m.Required("title")), Signals: config.Objects(signals, own.signal),
			Without:  config.List(m.Optional("without"), func(v config.Value) string { return v.Enum(Removable()...) }),
			Accepted: config.Objects(m.Optional("accepted"), acceptance),
			Lacks:    config.Objects(m.Optional("lacks"), lack),
			WithoutObjectives: config.List(m.Optional("without_objectives"), func(v config.Value) string {
				gone = append(gone, v.Raw())
				own.afterwards(func() { l.dropped(v, gone) })
				return identifier(v)
			}),
		},
	}
	o.extends.Match(`[a-z0-9-]+`, "the name of a profile")
	if signals.Present() && len(o.profile.Signals) == 0 {
		signals.Reject("the profile maps nothing", "name the series by which services are measured")
	}
	own.changesOf(m, &o)
	for _, check := range own.later {
		l.afterwards(check)
	}
	return o
}

// signal decodes by which series something is measured.
func (l *loader) signal(m *config.Map) Signal {
	kinds := SignalKinds()
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.Name
	}
	name, metric, absent, unit, labels := m.Required("name"), m.Optional("metric"), m.Optional("absent"), m.Optional("unit"), m.Optional("labels")
	l.unique("signal", name)
	s := Signal{Pos: m.Pos(), Metric: seriesName(metric), Absent: absent.String(), Of: m.Optional("of").String(), Scale: scale(unit)}
	if i := slices.Index(names, name.Enum(names...)); i >= 0 {
		s.SignalKind = kinds[i]
	}
	if metric.Present() == absent.Present() {
		m.Reject("a signal is a series, or there is none", `write either "metric", or in "absent" why not`)
	}
	s.Bounds = config.List(m.Optional("bounds"), func(v config.Value) float64 { return v.Float(0, maxBound) })
	if !slices.IsSorted(s.Bounds) || len(slices.Compact(slices.Clone(s.Bounds))) != len(s.Bounds) {
		m.Optional("bounds").Reject("bounds are out of order", "each is above the one before")
	}
	if unit.Present() && s.Type != "histogram" && s.Type != "" {
		unit.Reject(fmt.Sprintf("%s has no unit", s.Name), "only durations have")
	}
	s.LabelNames = make([]string, len(s.Labels))
	for _, e := range labelEntries(labels) {
		if i := slices.Index(s.Labels, e.Key.Enum(s.Labels...)); i >= 0 {
			s.LabelNames[i] = identifier(e.Value)
		}
	}
	for _, e := range labelEntries(m.Optional("except")) {
		x := SignalException{Pos: e.Key.Pos(), Service: e.Key.String()}
		if e.Value.Raw() != "none" {
			x.Metric = seriesName(e.Value)
		}
		s.Exceptions = append(s.Exceptions, x)
	}
	return s
}

// maxBound is above every bound of a bucket that a person writes.
const maxBound = 1e12

// labelEntries are the keys of a mapping that may be absent.
func labelEntries(v config.Value) []config.Entry {
	if !v.Present() {
		return nil
	}
	return v.Entries()
}

// seriesName decodes the name of a series, in which $namespace stands for a service's.
func seriesName(v config.Value) string {
	return v.Match(`(\$namespace_|[a-zA-Z_:])[a-zA-Z0-9_:]*`, "the name of a series, such as $namespace_request_process_time")
}

// scale decodes what makes seconds of a series' unit.
func scale(unit config.Value) float64 {
	if unit.Present() && unit.Enum("seconds", "milliseconds") == "milliseconds" {
		return 0.001
	}
	return 1
}

// acceptance decodes a finding that is known and stays.
func acceptance(m *config.Map) Acceptance {
	return Acceptance{
		Pos: m.Pos(), Finding: m.Required("finding").Match(`[a-z][a-z0-9-]*`, "the name of a finding"),
		About: prose(m.Optional("about")), Reason: prose(m.Required("reason")),
	}
}

// lack decodes rows of the inventory that the profile does not cover.
func lack(m *config.Map) Lack {
	return Lack{Rows: config.List(m.Required("rows"), named), Reason: prose(m.Required("reason"))}
}
