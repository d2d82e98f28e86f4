package dashboard

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/spec"
)

// asked are the names in the rules and boards of a profile.
func asked(t *testing.T, s *spec.Spec) map[string]bool {
	t.Helper()
	made := ruled(t, s)
	boards, err := Build(s, catalogue(), made)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	word := regexp.MustCompile(`[a-zA-Z_:][a-zA-Z0-9_:]*`)
	add := func(text string) {
		for _, name := range word.FindAllString(text, -1) {
			names[name] = true
		}
	}
	for _, f := range made.Files {
		for _, r := range f.Make().All() {
			add(r.Record + " " + r.Expr)
		}
	}
	for _, b := range boards {
		add(string(b.JSON))
	}
	return names
}

// Each profile asks for all that it maps, under the names of its own deployment, and for nothing that only another deployment has.
func TestProfilesAskForWhatTheyMap(t *testing.T) {
	t.Parallel()
	written, err := os.ReadFile(filepath.Join("..", "metric", "testdata", "voipbin-monorepo-written.prom"))
	if err != nil {
		t.Fatal(err)
	}
	for _, profile := range []string{"seed", "monorepo", "compose-single-host"} {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			s, problems := spec.LoadProfile(os.DirFS(filepath.Join("..", "..", "spec")), "spec", profile)
			if err := problems.Err(); err != nil {
				t.Fatal(err)
			}
			names := asked(t, s)
			seriesOf := func(name string) []string { return []string{name, name + "_bucket", name + "_count", name + "_sum"} }
			there := func(name string) bool {
				return slices.ContainsFunc(seriesOf(name), func(n string) bool { return names[n] })
			}
			mapped := 0
			for _, signal := range s.Profile.Signals {
				for _, o := range s.Services.List {
					name, ok := signal.MetricOf(o)
					if !ok {
						continue
					}
					mapped++
					if !there(name) {
						t.Errorf("signal %s of %s is %s, which no rule and no board asks for", signal.Name, o.Name, name)
					}
				}
			}
			if mapped == 0 {
				t.Error("want series of services, got none")
			}
			theirs, mine := metric.Seed, metric.Monorepo
			if profile == "seed" {
				theirs, mine = mine, theirs
			}
			real := 0
			for _, f := range metric.All() {
				switch {
				case !there(f.Name):
				case f.Emitter.Profile == theirs:
					t.Errorf("%s is asked for, which only profile %s has", f.Name, theirs)
				case f.Emitter.Profile == mine:
					real++
					if profile != "seed" && !strings.Contains(string(written), "# TYPE "+f.Name+" ") {
						t.Errorf("%s is asked for, and is in no capture of the services", f.Name)
					}
				}
			}
			if real < 6 {
				t.Errorf("want the services' own metrics asked for, got %d", real)
			}
		})
	}
}
