package platform

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/config"
)

// TestBadModules refuses what the sampler could not do, or could do only to the harm of a Redis, with place and way out.
func TestBadModules(t *testing.T) {
	t.Parallel()
	f := func(text string, want ...string) {
		t.Helper()
		var report config.Report
		config.Decode(&report, "m.yaml", []byte(text), func(m *config.Map) *Module {
			out, _ := ReadModule(m, "").(*Module)
			return out
		})
		if diff := cmp.Diff(strings.Join(want, "\n"), report.Problems().Error()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	f("{}")
	f(`volatile: ["amq[.]gen.*", "("]`, "m.yaml:1:27: volatile[1]: not a regular expression: error parsing regexp: missing closing ): `(`")
	f("classes: {other: 'x:*'}", "m.yaml:1:11: classes: class other is what no pattern matches: choose another name")
	f("classes: {calls: ' '}", "m.yaml:1:18: classes.calls: is empty")
	f("classes: {calls: ''}", "m.yaml:1:18: classes.calls: is empty")
	f(`classes: {calls: 'call:[0-9]'}`, `m.yaml:1:18: classes.calls: "call:[0-9]" is not a pattern of keys: write one with * and ? such as call:*, or several with spaces between them`)
	f("classes: {Calls: 'x:*'}", `m.yaml:1:11: classes: "Calls" is not a name: lower-case letters, digits, dash and underscore`)
	f("files: 'daily/*.gz'", `m.yaml:1:8: files: "daily/*.gz" is not a pattern of names: write one such as *.sql.gz`)
	f("files: '[a'", `m.yaml:1:8: files: "[a" is not a pattern of names: write one such as *.sql.gz`)
	f("commands_per_second: 20000", "m.yaml:1:22: commands_per_second: 20000 is outside 1 to 10000")
	f("scan_step: 0", "m.yaml:1:12: scan_step: 0 is outside 1 to 1000")
	var many strings.Builder
	for i := range maxClasses + 1 {
		fmt.Fprintf(&many, "  c%d: 'k%d:*'\n", i, i)
	}
	f("classes:\n"+many.String(), "m.yaml:2:3: classes: 51 classes, at most 50")
}
