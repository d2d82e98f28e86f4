package metric_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/voipbin/observability/internal/metric"
)

// TestEveryFamilyIsListed compares the variables of this package's source with All: a family that is declared but not
// listed would be unknown to the checker, the reference and the exporters' tests.
func TestEveryFamilyIsListed(t *testing.T) {
	t.Parallel()
	listed := map[string]bool{}
	for _, name := range listedIdentifiers(t) {
		listed[name] = true
	}
	declared := declaredFamilies(t)
	if len(declared) < 50 {
		t.Fatalf("found %d declared families, the reader of the source is broken", len(declared))
	}
	for _, name := range declared {
		if !listed[name] {
			t.Errorf("%s is declared but in no list that All returns", name)
		}
	}
	if want, got := len(declared)+kitFamilies()+serviceFamilies(), len(metric.All()); want != got {
		t.Errorf("All returns %d families, want %d", got, want)
	}
}

func kitFamilies() int {
	n := 0
	for _, kit := range []metric.Kit{metric.KamailioKit, metric.RTPEngineKit, metric.AsteriskKit, metric.SIPKit, metric.PlatformKit} {
		n += len(kit.Families())
	}
	return n
}

// serviceFamilies counts those that no variable holds, for every service has them alike.
func serviceFamilies() int {
	n := 0
	for _, s := range metric.Services() {
		n += len(s.Families())
	}
	return n
}

// TestServicesRegistrations counts what the services register: 198 families of their own, five of them under a name that is another
// service's already, and nine that all have, seven of these once for each prefix.
func TestServicesRegistrations(t *testing.T) {
	t.Parallel()
	registered, shared := 0, len(metric.Services())*7+2
	for _, f := range metric.VoIPBIN() {
		registered += 1 + len(f.Also)
	}
	if got := registered - shared; got != 198 {
		t.Errorf("the services register %d families of their own, want 198", got)
	}
	if n := len(metric.Services()); n != 34 {
		t.Errorf("%d services, want 33 managers and the proxy of Asterisk", n)
	}
	for _, s := range metric.Services() {
		if f := s.RequestDuration; f != nil && f.Emitter != s.Emitter && !slices.Contains(f.Also, s.Emitter) {
			t.Errorf("%s writes %s, whose entry does not say so", s.Name, f.Name)
		}
	}
}

// sources parses the non-test files of the package.
func sources(t *testing.T) []*ast.File {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// declaredFamilies returns the package-level variables whose value is a family: a literal, or a call of one of the
// table's helpers.
func declaredFamilies(t *testing.T) []string {
	t.Helper()
	helpers := familyFunctions(t)
	var names []string
	for _, f := range sources(t) {
		for _, decl := range f.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok != token.VAR {
				continue
			}
			for _, s := range gen.Specs {
				spec := s.(*ast.ValueSpec)
				if len(spec.Values) == 1 && isFamily(spec.Values[0], helpers) {
					names = append(names, spec.Names[0].Name)
				}
			}
		}
	}
	return names
}

func isFamily(e ast.Expr, helpers map[string]bool) bool {
	switch e := e.(type) {
	case *ast.UnaryExpr:
		lit, ok := e.X.(*ast.CompositeLit)
		return ok && fmt.Sprint(lit.Type) == "Family"
	case *ast.CallExpr:
		return helpers[fmt.Sprint(e.Fun)]
	}
	return false
}

// familyFunctions returns the names of the package's functions that make a family.
func familyFunctions(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, f := range sources(t) {
		for _, decl := range f.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Recv != nil || fn.Type.Results == nil || len(fn.Type.Results.List) != 1 {
				continue
			}
			star, ok := fn.Type.Results.List[0].Type.(*ast.StarExpr)
			names[fn.Name.Name] = ok && fmt.Sprint(star.X) == "Family"
		}
	}
	return names
}

// listedIdentifiers returns every identifier used in the bodies of the functions that return []*Family.
func listedIdentifiers(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, f := range sources(t) {
		for _, decl := range f.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok {
					names = append(names, id.Name)
				}
				return true
			})
		}
	}
	return names
}

func TestNamesAreUnique(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range metric.All() {
		if seen[f.Name] {
			t.Errorf("%s is declared twice", f.Name)
		}
		seen[f.Name] = true
	}
}

// TestEntriesAreComplete holds each entry to what the reference, the checker and the boards need to know of it.
func TestEntriesAreComplete(t *testing.T) {
	t.Parallel()
	name := regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)
	for _, f := range metric.All() {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			if !name.MatchString(f.Name) {
				t.Errorf("name %q is not a Prometheus name", f.Name)
			}
			if f.Type == 0 || f.Help == "" || f.Source == "" || f.Emitter == nil {
				t.Errorf("type, help, source and emitter must be stated: %+v", f)
			}
			if !strings.HasSuffix(f.Help, ".") || strings.ToUpper(f.Help[:1]) != f.Help[:1] {
				t.Errorf("help %q is not a sentence", f.Help)
			}
			for _, l := range f.Labels {
				checkLabel(t, l)
			}
			checkUnit(t, f)
		})
	}
}

func checkLabel(t *testing.T, l metric.Label) {
	t.Helper()
	if l.Help == "" {
		t.Errorf("label %s has no help", l.Name)
	}
	if len(l.Values) == 0 && l.Bound == "" {
		t.Errorf("label %s states neither its values nor what bounds them", l.Name)
	}
	if !slices.Equal(slices.Compact(slices.Clone(l.Values)), l.Values) {
		t.Errorf("label %s repeats a value: %v", l.Name, l.Values)
	}
}

func checkUnit(t *testing.T, f *metric.Family) {
	t.Helper()
	base := strings.TrimSuffix(f.Name, "_total")
	if f.Emitter.Ours && (f.Unit == metric.Seconds || f.Unit == metric.Bytes) && !strings.HasSuffix(base, "_"+string(f.Unit)) {
		t.Errorf("unit is %s but the name does not end in it", f.Unit)
	}
	for _, u := range []metric.Unit{metric.Seconds, metric.Bytes, metric.Ratio} {
		if strings.HasSuffix(base, "_"+string(u)) && f.Unit != u {
			t.Errorf("name ends in %s but the unit is %q", u, f.Unit)
		}
	}
	if f.Emitter.Ours && f.Unit == metric.Milliseconds {
		t.Error("milliseconds are no base unit")
	}
	if f.Emitter.Ours && f.Stability != metric.Compat && f.Type == metric.Counter && !strings.HasSuffix(f.Name, "_total") {
		t.Error("a counter's name must end in _total")
	}
}

// TestPromlint runs Prometheus' own linter over the catalogue written as an exposition.
func TestPromlint(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	for _, f := range metric.All() {
		if !f.Emitter.Ours || f.Stability == metric.Compat {
			continue // the linter objects to the type itself or to the name, which another exporter decided
		}
		writeSample(&text, f)
	}
	problems, err := promlint.New(&text).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func writeSample(b *bytes.Buffer, f *metric.Family) {
	fmt.Fprintf(b, "# HELP %s %s\n# TYPE %s %s\n", f.Name, f.Help, f.Name, f.Type)
	labels := ""
	for _, l := range f.Labels {
		labels += l.Name + `="x",`
	}
	if f.Type == metric.Histogram {
		fmt.Fprintf(b, "%s_bucket{%sle=\"+Inf\"} 1\n%s_sum{%s} 1\n%s_count{%s} 1\n", f.Name, labels, f.Name, labels, f.Name, labels)
		return
	}
	fmt.Fprintf(b, "%s{%s} 1\n", f.Name, labels)
}

func TestResolve(t *testing.T) {
	t.Parallel()
	c := metric.NewCatalogue([]*metric.Family{
		{Name: "h_seconds", Type: metric.Histogram},
		{Name: "s_seconds", Type: metric.Summary},
		{Name: "g", Type: metric.Gauge},
	})
	f := func(series, wantName, wantSuffix string, wantOK bool) {
		t.Helper()
		got, suffix, ok := c.Resolve(series)
		if ok != wantOK {
			t.Fatalf("%s: found %v, want %v", series, ok, wantOK)
		}
		if ok && (got.Name != wantName || suffix != wantSuffix) {
			t.Errorf("%s: got %s %q, want %s %q", series, got.Name, suffix, wantName, wantSuffix)
		}
	}
	f("h_seconds_bucket", "h_seconds", "_bucket", true)
	f("h_seconds_sum", "h_seconds", "_sum", true)
	f("h_seconds", "h_seconds", "", true)
	f("s_seconds_count", "s_seconds", "_count", true)
	f("s_seconds_bucket", "", "", false)
	f("g_sum", "", "", false)
	f("g", "g", "", true)
	f("nothing", "", "", false)
}

// TestStableNames fails when a stable family disappears or is renamed without the changelog saying so: users' own
// queries depend on these names. To accept a change, name it in CHANGELOG.md under "Metrics changed" and rewrite
// testdata/stable_names.txt with UPDATE=1.
func TestStableNames(t *testing.T) {
	t.Parallel()
	const golden = "testdata/stable_names.txt"
	var names []string
	for _, f := range metric.All() {
		if f.Emitter.Ours && f.Stability == metric.Stable {
			names = append(names, f.Name+"{"+strings.Join(f.LabelNames(), ",")+"}")
		}
	}
	slices.Sort(names)
	got := strings.Join(names, "\n") + "\n"
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for _, n := range names {
		have[n] = true
	}
	for _, n := range strings.Split(strings.TrimSpace(string(want)), "\n") {
		if !have[n] {
			t.Errorf("stable family %s is gone", n)
		}
	}
	if got != string(want) && !t.Failed() {
		t.Error("new stable families: rewrite the list with UPDATE=1")
	}
}
