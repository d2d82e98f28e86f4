package metricdoc_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/metricdoc"
)

func TestMarkdown(t *testing.T) {
	t.Parallel()
	theirs := &metric.Emitter{Name: "other", Captures: []string{"other-1.0.prom", "other-2.0.prom"}}
	unrun := &metric.Emitter{Name: "unrun", Profile: metric.Seed, Captures: []string{"unrun-written.prom"}, Written: "written after its manual"}
	ours := &metric.Emitter{Name: "our_exporter", Ours: true}
	families := []*metric.Family{
		{Name: "other_up", Type: metric.Untyped, Emitter: theirs, Help: "Whether it is up | down.", Source: "itself", Also: []*metric.Emitter{unrun}},
		{
			Name: "unrun_wait_milliseconds", Type: metric.Gauge, Unit: metric.Milliseconds, Since: "2.0", Emitter: unrun, Help: "Wait.", Source: "itself",
			Labels: []metric.Label{{Name: "a", Help: "A.", Bound: "as"}, {Name: "b", Help: "B.", Bound: "bs"}},
		},
		{
			Name: "our_calls_total", Type: metric.Counter, Emitter: ours, Collector: "calls", Help: "Calls.", Source: "RPC calls.",
			Labels: []metric.Label{
				{Name: "class", Help: "First digit | class.", Values: []string{"2xx", "5xx"}},
				{Name: "peer", Help: "The other side.", Bound: "peers configured"},
			},
		},
		{Name: "our_up", Type: metric.Gauge, Emitter: ours, Help: "Whether the daemon answers.", Source: "the protocol"},
		{
			Name: "our_setup_seconds", Type: metric.Histogram, Unit: metric.Seconds, Emitter: ours, Collector: "calls", Since: "6.0",
			Help: "Set-up time.", Source: "events", Stability: metric.Experimental, Buckets: []float64{0.5, 1, 2.5},
		},
	}
	const want = "<!-- Generated. -->\n\n# Metrics\n\n" +
		"Every metric that this project emits, and every metric of others that its rules and boards use.\n" +
		"Prometheus adds the labels `job` and `instance` to each, and the labels of its target.\n\n" +
		"- [our_exporter](#our_exporter): 3 metrics\n- [other](#other): 1 metric\n- [unrun](#unrun): 1 metric\n" +
		"\n## our_exporter\n\n### Always present\n\n" +
		"#### `our_up`\n\nGauge, stable. Whether the daemon answers. Source: the protocol.\n\n" +
		"### Collector calls\n\n" +
		"#### `our_calls_total`\n\nCounter, stable. Calls. Source: RPC calls.\n\n" +
		"| Label | Meaning | Values |\n| --- | --- | --- |\n" +
		"| `class` | First digit \\| class. | `2xx`, `5xx` |\n" +
		"| `peer` | The other side. | open; bounded by peers configured |\n\n" +
		"#### `our_setup_seconds`\n\nHistogram, seconds, experimental, since 6.0. Set-up time. Source: events.\nBuckets: 0.5, 1, 2.5.\n" +
		"\n## other\n\nNot one of ours. Names, types and labels are proven by what was recorded of it: `internal/metric/testdata/other-1.0.prom`, `internal/metric/testdata/other-2.0.prom`.\n\n" +
		"| Metric | Type | Labels | Meaning |\n| --- | --- | --- | --- |\n" +
		"| `other_up` | untyped |  | Whether it is up \\| down. Also written by unrun: tell them apart by the label job. |\n" +
		"\n## unrun\n\nNot one of ours. Names, types and labels are those of `internal/metric/testdata/unrun-written.prom`, written after its manual.\n\n" +
		"Only in the profile `seed`.\n\n" +
		"| Metric | Type | Labels | Meaning |\n| --- | --- | --- | --- |\n" +
		"| `unrun_wait_milliseconds` | gauge, milliseconds, since 2.0 | `a`, `b` | Wait. |\n"
	if diff := cmp.Diff(want, string(metricdoc.Markdown("Generated.", families, nil))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMarkdownOfForeignWithoutCapture(t *testing.T) {
	t.Parallel()
	families := []*metric.Family{{Name: "x", Type: metric.Gauge, Emitter: &metric.Emitter{Name: "other"}, Help: "X.", Source: "x"}}
	if got := string(metricdoc.Markdown("", families, nil)); !strings.Contains(got, "## other\n\nNot one of ours.\n\n") {
		t.Errorf("got:\n%s", got)
	}
}

// TestEveryFamilyIsDescribedOnce looks for each family of the catalogue, and each of its labels below it.
func TestEveryFamilyIsDescribedOnce(t *testing.T) {
	t.Parallel()
	text := string(metricdoc.Markdown("", metric.All(), metric.Proposals()))
	for _, f := range metric.All() {
		if !f.Emitter.Ours {
			describedInTable(t, text, f)
			continue
		}
		heading := fmt.Sprintf("#### `%s`\n", f.Name)
		if got := strings.Count(text, heading); got != 1 {
			t.Errorf("%s: described %d times, want once", f.Name, got)
			continue
		}
		_, part, _ := strings.Cut(text, heading)
		part, _, _ = strings.Cut(part, "####")
		if !strings.Contains(part, f.Help) {
			t.Errorf("%s: its help is missing", f.Name)
		}
		for _, l := range f.Labels {
			if !strings.Contains(part, "| `"+l.Name+"` |") {
				t.Errorf("%s: label %s is missing", f.Name, l.Name)
			}
		}
	}
	if strings.Contains(text, "bounded by  |") || strings.Contains(text, "\n\n\n") || !strings.HasSuffix(text, "\n") || strings.HasSuffix(text, "\n\n") {
		t.Error("a gap in the text: a label without bound, or empty lines")
	}
}

func describedInTable(t *testing.T, text string, f *metric.Family) {
	t.Helper()
	start := fmt.Sprintf("| `%s` |", f.Name)
	if got := strings.Count(text, start); got != 1 {
		t.Errorf("%s: described %d times, want once", f.Name, got)
		return
	}
	_, line, _ := strings.Cut(text, start)
	line, _, _ = strings.Cut(line, "\n")
	if !strings.Contains(line, f.Help) {
		t.Errorf("%s: its help is missing", f.Name)
	}
	for _, l := range f.LabelNames() {
		if !strings.Contains(line, "`"+l+"`") {
			t.Errorf("%s: label %s is missing", f.Name, l)
		}
	}
}

func TestMarkdownOfProposals(t *testing.T) {
	t.Parallel()
	here := &metric.Family{Name: "our_up", Type: metric.Gauge, Emitter: &metric.Emitter{Name: "our_exporter", Ours: true}, Help: "Up.", Source: "x"}
	text := string(metricdoc.Markdown("", []*metric.Family{here}, []metric.Proposal{
		{Name: "our_alive", Families: []*metric.Family{here}, Why: "Named | as others."}, {Name: "our_mood", Why: "Unknown."},
	}))
	const want = "## Left out, and why\n\n" +
		"What other exporters show, or was proposed for ours, and is not here under that name. A row without metrics of ours is left out altogether.\n\n" +
		"| Proposed | Here | Why |\n| --- | --- | --- |\n| `our_alive` | `our_up` | Named \\| as others. |\n| `our_mood` |  | Unknown. |\n"
	if !strings.HasSuffix(text, want) {
		t.Errorf("want at the end:\n%s\ngot:\n%s", want, text)
	}
}
