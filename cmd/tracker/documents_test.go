package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/spec"
	"github.com/voipbin/observability/test/console"
)

// recorded is a server with the records of the repository's own objectives, a third of whose budgets is spent.
func recorded(t *testing.T) string {
	t.Helper()
	described, problems := spec.Load(os.DirFS("../../spec"), "spec")
	if described == nil {
		t.Fatal(problems.Err())
	}
	names := make([]string, len(described.SLOs))
	for i, o := range described.SLOs {
		names[i] = o.Name
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		now := time.Now().Unix()
		expr := q.FormValue("query")
		var all []string
		for _, name := range names {
			add := func(record string, v float64) {
				all = append(all, fmt.Sprintf(`{"metric":{"__name__":%q,"slo":%q},"value":[%d,"%g"]}`, record, name, now, v))
			}
			switch {
			case strings.HasPrefix(expr, "timestamp"):
				add("", float64(now))
			case strings.Contains(expr, "over_time"):
				add("", 288)
			case !strings.HasPrefix(expr, "ALERTS"):
				add("slo:error_budget_consumed:ratio", 0.33)
				add("slo:error_budget_remaining:ratio", 0.67)
				add("slo:sli_events:increase1h", 1400)
			}
		}
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(q.URL.Path, "/query_range") {
			fmt.Fprint(w, `{"status":"success","data":{"resultType":"matrix","result":[]}}`)
			return
		}
		_, _ = w.Write(vector(all))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// told are the commands of which a document says that this test runs them.
func told(t *testing.T, file string) []console.Step {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	blocks, err := console.Read(file, string(text))
	if err != nil {
		t.Fatal(err)
	}
	var steps []console.Step
	for _, b := range blocks {
		if b.By == t.Name() {
			steps = append(steps, b.Steps...)
		}
	}
	if len(steps) == 0 {
		t.Fatalf("%s says of no command that %s runs it", file, t.Name())
	}
	return steps
}

// words takes a command line apart, without its comment.
func words(line string) []string {
	line = regexp.MustCompile(`\s+#.*`).ReplaceAllString(line, "")
	var list []string
	for _, word := range regexp.MustCompile(`(?:[^\s"]|"[^"]*")+`).FindAllString(line, -1) {
		list = append(list, strings.ReplaceAll(word, `"`, ""))
	}
	return list
}

// reader types what documents show, at the tracker that runs.
type reader struct {
	t       *testing.T
	tracker string
	drill   string // the one that was begun last
	window  string // of maintenance, the one that was entered last
}

// line is a command as the reader types it: at this tracker, with its own data, drill and window, and in this week.
func (r *reader) line(command string) []string {
	now := time.Now().UTC()
	command = regexp.MustCompile(` --url[= ]\S+`).ReplaceAllString(command, "")
	command = regexp.MustCompile(`--data[= ]\S+`).ReplaceAllString(command, "--data=data")
	command = regexp.MustCompile(`\b(?:2026-01-31-1|ID)\b`).ReplaceAllString(command, r.drill)
	command = strings.ReplaceAll(command, "2026-03-01-1", r.window)
	command = regexp.MustCompile(`--from \d{4}-\d\d-\d\d`).ReplaceAllString(command, "--from "+now.AddDate(0, 0, 7-int(now.Weekday())).Format(time.DateOnly)) // not today, and a rule's Sunday
	command = regexp.MustCompile(`--period([= ])\d{4}-\d\d `).ReplaceAllString(command, "--period${1}"+now.AddDate(0, 0, -1).Format("2006-01")+" ")
	args := words(command)[1:]
	if (args[0] == "slo" || args[0] == "drill") && !strings.Contains(command, "--data=") {
		args = append(args, "--url="+r.tracker)
	}
	if args[0] == "drill" && args[1] != "status" && !strings.Contains(command, "--token-file") {
		args = append(args, "--token-file=alice")
	}
	return args
}

// types runs a line, and remembers what it began.
func (r *reader) types(line string) (code int, said string) {
	r.t.Helper()
	var stdout, stderr strings.Builder
	args := r.line(line)
	code = run(r.t.Context(), args, &stdout, &stderr, time.Now)
	if args[0] == "drill" && args[1] == "start" {
		r.drill = strings.TrimSpace(stdout.String())
	}
	if found := regexp.MustCompile(`(?m)^(\d{4}-\d\d-\d\d-\d+): `).FindStringSubmatch(stdout.String()); found != nil {
		r.window = found[1]
	}
	return code, stdout.String() + stderr.String()
}

// TestLinesOfDocuments gives a tracker that runs each command of it that the documents show, in their order.
func TestLinesOfDocuments(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	v := newVictim(t, recorded(t))
	v.spec = filepath.Join(root, "spec")
	config, err := os.ReadFile(filepath.Join(v.folder, "tracker.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"tracker.yaml": string(config) + "hooks:\n  promote: {command: [\"true\"], limit: 10s}\n", "alice": "a-token-for-tests"} {
		if err := os.WriteFile(filepath.Join(v.folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	v.start()
	t.Chdir(v.folder) // the documents name files beside one
	r, ran := &reader{t: t, tracker: "http://" + v.address}, 0
	for _, name := range []string{"docs/howto/run-a-drill.md", "docs/recovery.md", "docs/howto/follow-budgets.md", "docs/slo.md", "deploy/ci/README.md"} {
		for _, step := range told(t, filepath.Join(root, name)) {
			if step.Command == "bin/tracker verify report.json --data=/var/lib/tracker" {
				r.types("bin/tracker report ID --data=DATA --format=json -o report.json") // as its reader has it
			}
			if code, said := r.types(step.Command); code != exitOK {
				t.Errorf("%s:%d: %s: exit code %d: %s", name, step.Line, step.Command, code, said)
			}
			ran++
		}
	}
	if ran < 25 {
		t.Errorf("only %d commands", ran)
	}
}
