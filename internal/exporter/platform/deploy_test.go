package platform

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/spec"
)

// deployed reads the modules of the configuration that is shipped.
func deployed(t *testing.T) map[string]*Module {
	t.Helper()
	const file = "deploy/platform/targets.yaml"
	data, err := os.ReadFile(filepath.Join("..", "..", "..", file))
	if err != nil {
		t.Fatal(err)
	}
	report := &config.Report{}
	modules := config.Decode(report, file, data, func(m *config.Map) map[string]*Module {
		m.Optional("targets").Present()
		found := make(map[string]*Module)
		for _, e := range m.Required("modules").Entries() {
			found[e.Key.String()] = config.Object(e.Value, func(m *config.Map) *Module {
				module, _ := ReadModule(m, "").(*Module)
				return module
			})
		}
		return found
	})
	if err := report.Problems().Err(); err != nil {
		t.Fatal(err)
	}
	return modules
}

// TestClassesAreThoseOfTheSpec holds what the sampler is told to find to what the rules compare it with: a class under another name is
// found, and no alert ever looks at it.
func TestClassesAreThoseOfTheSpec(t *testing.T) {
	t.Parallel()
	s, problems := spec.Load(os.DirFS(filepath.Join("..", "..", "..", "spec")), "spec")
	if s == nil {
		t.Fatal(problems.Err())
	}
	modules := deployed(t)
	var want []Class
	for _, c := range s.Stores.Redis.Classes {
		if len(c.Keys) > 0 {
			want = append(want, Class{Name: c.Name, Pattern: strings.Join(c.Keys, " ")})
		}
	}
	if diff := cmp.Diff(want, modules["cache"].Classes); diff != "" {
		t.Errorf("classes of keys (-spec/stores.yaml +deploy/platform/targets.yaml):\n%s", diff)
	}
	for _, q := range s.Stores.RabbitMQ.Queues {
		if got := matches(modules["broker"].Volatile, q.Example); q.Volatile != got {
			t.Errorf("queue %s: want volatile %v, got %v", q.Example, q.Volatile, got)
		}
	}
}

func matches(list []*regexp.Regexp, name string) bool {
	for _, re := range list {
		if re.MatchString(name) {
			return true
		}
	}
	return false
}
