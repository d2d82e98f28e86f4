package config_test

import (
	"testing"

	"github.com/voipbin/observability/internal/config"
)

func TestTree(t *testing.T) {
	t.Parallel()
	const file = `
redis:
  capacity: 16GB
  classes:
    - {name: sessions, size: 2GB}
    - {name: other}
    - plain
plan:
  steps: [{id: detect, title: Alerts tell}]
`
	f := func(data, path string, want bool) {
		t.Helper()
		if got := config.ParseTree([]byte(data)).Has(path); want != got {
			t.Errorf("%s: want %v, got %v", path, want, got)
		}
	}
	f(file, "redis", true)
	f(file, "redis.capacity", true)
	f(file, "redis.capacity.unit", false)
	f(file, "redis.classes.sessions.size", true)
	f(file, "redis.classes.session", false)
	f(file, "redis.classes.plain", false)
	f(file, "plan.steps.detect", true)
	f(file, "plan.steps.Alerts tell", false)
	f(file, "", false)
	f("a: [", "a", false)
	f("a: &x 1", "a", false)
	f("", "a", false)
}
