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
	"github.com/voipbin/observability/internal/parallel"
)

// The files of a spec folder.
const (
	platformFile = "platform.yaml"
	slosFile     = "slos.yaml"
	alertsFile   = "alerts.yaml"
	recoveryFile = "recovery.yaml"
	servicesFile = "services.yaml"
	storesFile   = "stores.yaml"
	networkFile  = "network.yaml"
	deliveryFile = "delivery.yaml"
	scrapeFile   = "scrape.yaml"
	// inventoryFile is read last, as it names places of the others.
	inventoryFile = "inventory.yaml"
)

// Files lists the names of a spec folder's files. There is no other. The first three must be there; what the others describe
// a platform may be without.
func Files() []string {
	return []string{platformFile, slosFile, alertsFile, recoveryFile, servicesFile, storesFile, networkFile, deliveryFile, inventoryFile, scrapeFile}
}

// loader holds what is needed while the files are read.
type loader struct {
	report config.Report
	fsys   fs.FS
	folder string // the name of the folder in messages
	spec   Spec
	// later are checks of one value against others, which run when all files have been read.
	later []func()
	// names remembers where each name was first used, by kind and name.
	names map[[2]string]diag.Position
	// parsed are the files that were read and parsed ahead of their turn.
	parsed map[string]readFile
	// smallTiers allows tiers of one node, as on a single host.
	smallTiers bool
}

// Load reads a spec folder and applies the default profile, where there is one: fsys is the folder, and folder is what
// problems call it. It reports everything that is wrong in all files; when the problems hold more than warnings the spec is nil.
func Load(fsys fs.FS, folder string) (*Spec, diag.Problems) { return LoadProfile(fsys, folder, "") }

// LoadProfile is Load with the profile of a name; an empty one stands for the default.
func LoadProfile(fsys fs.FS, folder, profile string) (*Spec, diag.Problems) {
	l := &loader{fsys: fsys, folder: folder, names: make(map[[2]string]diag.Position)}
	if !l.listed() {
		return nil, l.report.Problems()
	}
	l.parseAhead()
	l.spec.Platform = decodeFile(l, platformFile, l.platform)
	l.spec.SLOs = decodeFile(l, slosFile, l.slos)
	l.spec.Alerts = decodeFile(l, alertsFile, l.alerts)
	l.spec.Recovery = optionalFile(l, recoveryFile, l.recovery)
	l.spec.Services = optionalFile(l, servicesFile, l.services)
	l.spec.Stores = optionalFile(l, storesFile, l.stores)
	l.spec.Network = optionalFile(l, networkFile, l.network)
	l.spec.Delivery = optionalFile(l, deliveryFile, l.delivery)
	l.spec.Scrape = optionalFile(l, scrapeFile, l.scrape)
	l.spec.Inventory = optionalFile(l, inventoryFile, l.inventory)
	chain := l.profileChain(profile)
	for _, check := range l.later {
		check()
	}
	if len(chain) > 0 && !l.report.Failed() {
		l.layer(chain)
	}
	if l.report.Failed() {
		return nil, l.report.Problems()
	}
	l.spec.probePorts()
	read := l.spec // a copy, so that the files' trees are not kept with it
	return &read, l.report.Problems()
}

// listed reports files that should not be in the folder. Hidden files and README.md may be.
func (l *loader) listed() bool {
	entries, err := fs.ReadDir(l.fsys, ".")
	if err != nil {
		l.fault(l.folder, "cannot be read: "+reason(err), "name the folder that holds "+strings.Join(Files(), ", "))
		return false
	}
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, ".") || name == "README.md" || name == profilesFolder || slices.Contains(Files(), name) {
			continue
		}
		hint := diag.DidYouMean(name, Files())
		if hint == "" {
			hint = "a spec folder holds " + strings.Join(Files(), ", ")
		}
		l.fault(path.Join(l.folder, name), "nothing reads this file", hint)
	}
	return true
}

// readFile is a file of the folder, or why it cannot be read.
type readFile struct {
	source *config.Source
	err    error
}

// parseAhead parses all files side by side: that of the objectives may have as much text as all others together, or ten times as much.
func (l *loader) parseAhead() {
	files := Files()
	if at := slices.Index(files, slosFile); at > 0 {
		files[0], files[at] = files[at], files[0]
	}
	read := make([]readFile, len(files))
	parallel.Each(len(files), func(i int) { read[i] = l.parse(files[i]) })
	l.parsed = make(map[string]readFile, len(files))
	for i, f := range files {
		l.parsed[f] = read[i]
	}
}

// parse reads and parses one file of the folder.
func (l *loader) parse(name string) readFile {
	f, err := l.fsys.Open(name)
	if err != nil {
		return readFile{err: err}
	}
	data, err := config.Read(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return readFile{err: err}
	}
	return readFile{source: config.Parse(path.Join(l.folder, name), data)}
}

// decodeFile decodes one file of the folder, once. A file that cannot be read is a problem and yields the zero value.
func decodeFile[T any](l *loader, name string, decode func(*config.Map) T) T {
	read, ok := l.parsed[name]
	if !ok {
		read = l.parse(name)
	}
	delete(l.parsed, name) // so that its tree is not kept
	if read.err != nil {
		var zero T
		l.fault(path.Join(l.folder, name), "cannot be read: "+reason(read.err), "")
		return zero
	}
	return config.DecodeSource(&l.report, read.source, decode)
}

// optionalFile reads one file that a folder may be without; then it yields the zero value.
func optionalFile[T any](l *loader, name string, decode func(*config.Map) T) T {
	if errors.Is(l.parsed[name].err, fs.ErrNotExist) {
		var zero T
		return zero
	}
	return decodeFile(l, name, decode)
}

// fault reports a problem of a file as a whole.
func (l *loader) fault(file, what, hint string) {
	l.report.Add(diag.Problem{Pos: diag.Position{File: file}, What: what, Hint: hint})
}

// reject reports a problem at a place.
func (l *loader) reject(at diag.Position, what, hint string) { l.report.Add(diag.At(at, what, hint)) }

// reason is an error without the path that the message names already.
func reason(err error) string {
	if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}

// unique notes a name, and reports when another of its kind has it already.
func (l *loader) unique(kind string, name config.Value) {
	l.distinct(kind, name.Raw(), name)
}

// distinct notes a name that is not written as one, and reports at a value when another of its kind has it already.
func (l *loader) distinct(kind, name string, at config.Value) {
	if name == "" {
		return // that it is missing is reported elsewhere
	}
	key := [2]string{kind, name}
	if first, taken := l.names[key]; taken {
		at.Reject(fmt.Sprintf("there is another %s %q", kind, name), "it stands at "+first.String())
		return
	}
	l.names[key] = at.Pos()
}

// afterwards has a check run when all files have been read.
func (l *loader) afterwards(check func()) { l.later = append(l.later, check) }

// exists reports, once all files have been read, when nothing of a kind has the name.
func (l *loader) exists(kind string, name config.Value) {
	l.afterwards(func() {
		if _, ok := l.names[[2]string{kind, name.Raw()}]; ok || name.Raw() == "" {
			return
		}
		var known []string
		for key := range l.names {
			if key[0] == kind {
				known = append(known, key[1])
			}
		}
		if len(known) == 0 {
			return // that there are none has been reported where they should be
		}
		slices.Sort(known)
		hint := diag.DidYouMean(name.Raw(), known)
		if hint == "" {
			hint = fmt.Sprintf("there are: %s", strings.Join(known, ", "))
		}
		name.Reject(fmt.Sprintf("there is no %s %q", kind, name.Raw()), hint)
	})
}
