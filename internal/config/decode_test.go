package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/config"
)

// server is what the files of these tests describe.
type server struct {
	Name     string
	Interval time.Duration
	Mode     string
	TLS      bool
	Limits   limits
	Nodes    []node
	Labels   map[string]string
	Words    []string
}

type limits struct {
	Calls int
	Share config.Percent
	Size  int64
	Score float64
}

type node struct{ Name, Port string }

// decodeServer knows every kind of value.
func decodeServer(m *config.Map) server {
	s := server{
		Name:     m.Required("name").String(),
		Interval: m.Optional("interval").Duration(time.Second, time.Hour),
		Mode:     m.Optional("mode").Enum("active", "standby"),
		TLS:      m.Optional("tls").Bool(true),
		Limits:   config.Object(m.Optional("limits"), decodeLimits),
		Nodes: config.Objects(m.Optional("nodes"), func(m *config.Map) node {
			return node{Name: m.Required("name").String(), Port: m.Optional("port").String()}
		}),
		Words: config.List(m.Optional("words"), config.Value.String),
	}
	for _, e := range m.Optional("labels").Entries() {
		if s.Labels == nil {
			s.Labels = make(map[string]string)
		}
		s.Labels[e.Key.String()] = e.Value.String()
	}
	return s
}

func decodeLimits(m *config.Map) limits {
	return limits{
		Calls: m.Optional("calls").Int(1, 5000),
		Share: m.Optional("share").Percent(),
		Size:  m.Optional("size").Bytes(1000),
		Score: m.Optional("score").Float(1, 5),
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	const text = `# a server
name: "edge 1"
interval: 1m30s
mode: standby
tls: false
limits: {calls: 5000, share: 99.9%, size: 100GB, score: 4.2}
nodes:
  - name: a
    port: 5060
  - {name: b}
labels:
  region: us-central1
  3.16: '3.10'
words: [x, y]
`
	var report config.Report
	got := config.Decode(&report, "f.yaml", []byte(text), decodeServer)
	if err := report.Problems().Err(); err != nil {
		t.Fatal(err)
	}
	want := server{
		Name: "edge 1", Interval: 90 * time.Second, Mode: "standby",
		Limits: limits{Calls: 5000, Share: config.Percent{Text: "99.9", Ratio: 0.999}, Size: 100e9, Score: 4.2},
		Nodes:  []node{{Name: "a", Port: "5060"}, {Name: "b"}},
		Labels: map[string]string{"region": "us-central1", "3.16": "3.10"},
		Words:  []string{"x", "y"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// problemsOf returns the problems of a file, one a line.
func problemsOf(text string) string {
	var report config.Report
	config.Decode(&report, "f.yaml", []byte(text), decodeServer)
	return report.Problems().Error()
}

// check compares the problems of a file.
func check(t *testing.T, text string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(strings.Join(want, "\n"), problemsOf(text)); diff != "" {
		t.Errorf("%q (-want +got):\n%s", text, diff)
	}
}

func TestProblemsOfAFile(t *testing.T) {
	t.Parallel()
	check(t, "", "f.yaml: the file is empty")
	check(t, "# nothing\n", "f.yaml: the file is empty")
	check(t, "- a\n", "f.yaml:1:1: want a mapping, got a list")
	check(t, "text\n", `f.yaml:1:1: want a mapping, got "text"`)
	check(t, "name: a\n---\nname: b\n", `f.yaml:2:1: a second YAML document begins here: a file holds one document: remove the "---"`)
	check(t, "name: a\n--- [\n", "f.yaml:2: not YAML: did not find expected node content")
	check(t, "name: \xff\n", "f.yaml:1:7: the file is not UTF-8: save it as UTF-8")
	check(t, "name: ä\nmode: \xff\n", "f.yaml:2:7: the file is not UTF-8: save it as UTF-8")
	check(t, "name: a\nmode: b\x00\n", "f.yaml:2:8: control character U+0000: remove it")
	check(t, "name: a\rmode: b\n", "f.yaml:1:8: line end U+000D: end lines with a line feed")
	check(t, "name: a\u2028\n", "f.yaml:1:8: line end U+2028: end lines with a line feed")
	check(t, "name: \x7f\n", "f.yaml:1:7: control character U+007F: remove it")
	check(t, "name: a\nlimits:\n\tcalls: 1\n", "f.yaml:3: not YAML: found character that cannot start any token: "+
		"indent with spaces, not tabs, and quote a value that begins with @, % or `")
	check(t, "name: a: b\n", `f.yaml:1: not YAML: mapping values are not allowed in this context: check the indentation, and quote a value that holds ": "`)
	check(t, "name: a\nwords: [x\n", "f.yaml:2: not YAML: did not find expected ',' or ']': close the list with ]")
	check(t, "name: a\nmode: *x\n", "f.yaml: not YAML: unknown anchor 'x' referenced")
	check(t, "name: a\nlimits:\n  calls: 1\n size: 2\n", "f.yaml:4: not YAML: did not find expected key: check the indentation and the quotes here and above")
	check(t, "name: a\nmode: 'b\n\n", "f.yaml:2: not YAML: found unexpected end of stream: a quote is not closed")
	check(t, "name: [x\n", "f.yaml:1: not YAML: did not find expected ',' or ']': close the list with ]")
	check(t, strings.Repeat("#", config.MaxBytes)+"\n", "f.yaml: the file is larger than 1048576 bytes")
}

func TestProblemsOfForbiddenYAML(t *testing.T) {
	t.Parallel()
	const aliases = "YAML anchors and aliases are not accepted: write the value out where it is used"
	check(t, "name: &n a\nmode: *n\n", "f.yaml:1:7: "+aliases, "f.yaml:2:7: "+aliases)
	check(t, "name: a\nlimits: &l {calls: 1}\nnodes:\n  - <<: *l\n", "f.yaml:2:9: "+aliases, "f.yaml:4:9: "+aliases)
	check(t, "name: !!binary aGk=\n", `f.yaml:1:7: YAML tag "!!binary" is not accepted: leave the tag out`)
	check(t, "name: "+strings.Repeat("[", 40)+strings.Repeat("]", 40)+"\n", "f.yaml:1:38: more than 32 levels of nesting")
}

// TestAliasBomb decodes nine levels of nine aliases each, which would write out 9^9 values.
func TestAliasBomb(t *testing.T) {
	t.Parallel()
	text := "name: &a0 x\n"
	for i := range 9 {
		text += "k" + string(rune('0'+i)) + ": &a" + string(rune('1'+i)) + " [" + strings.TrimSuffix(strings.Repeat("*a"+string(rune('0'+i))+",", 9), ",") + "]\n"
	}
	if got := problemsOf(text); !strings.Contains(got, "anchors and aliases are not accepted") {
		t.Errorf("want the aliases refused, got %q", got)
	}
}

func TestProblemsOfKeys(t *testing.T) {
	t.Parallel()
	check(t, "mode: active\n", `f.yaml:1:1: key "name" is missing`)
	check(t, "naem: a\n", `f.yaml:1:1: unknown key "naem": did you mean "name"?`)
	check(t, "nothing: a\n", `f.yaml:1:1: unknown key "nothing": known keys: interval, labels, limits, mode, name, nodes, tls, words`, `f.yaml:1:1: key "name" is missing`)
	check(t, "name: a\nxyz: 1\n", `f.yaml:2:1: unknown key "xyz": known keys: interval, labels, limits, mode, name, nodes, tls, words`)
	check(t, "name: a\nlimits: {cals: 1}\n", `f.yaml:2:10: limits: unknown key "cals": did you mean "calls"?`)
	check(t, "name: a\nname: b\nname: c\n", `f.yaml:2:1: key "name" is repeated: it stands in line 1 already`, `f.yaml:3:1: key "name" is repeated: it stands in line 1 already`)
	check(t, "name: a\n[x]: 1\n", "f.yaml:2:1: a key must be plain text")
	check(t, "name: a\n~: 1\n", "f.yaml:2:1: a key must be plain text")
	check(t, "name:\n", "f.yaml:1:6: name: has no value: write a value, or leave the key out if it is optional")
	check(t, "name: a\nmode: ~\n", "f.yaml:2:7: mode: has no value: write a value, or leave the key out if it is optional")
	check(t, "name: a\nnodes:\n  - port: 1\n", `f.yaml:3:5: nodes[0]: key "name" is missing`)
	check(t, "name: a\nnodes:\n  - name: b\n  - 7\n", `f.yaml:4:5: nodes[1]: want a mapping, got "7"`)
	check(t, "name: a\nnodes: {}\n", "f.yaml:2:8: nodes: want a list, got a mapping")
	check(t, "name: a\nlabels: [x]\n", "f.yaml:2:9: labels: want a mapping, got a list")
	check(t, "name: a\nlabels: {r: [x]}\n", "f.yaml:2:13: labels.r: want text, got a list")
}

func TestProblemsComeInTheFilesOrder(t *testing.T) {
	t.Parallel()
	check(t, "mode: actve\nname: ''\nlimits:\n  share: much\n  calls: 0\n",
		`f.yaml:1:7: mode: "actve" is not known here: did you mean "active"?`,
		"f.yaml:2:7: name: is empty",
		`f.yaml:4:10: limits.share: "much" is not a percentage: digits and a decimal point, such as 99.9%`,
		"f.yaml:5:10: limits.calls: 0 is outside 1 to 5000")
}

func TestReportIsBounded(t *testing.T) {
	t.Parallel()
	got := strings.Count(problemsOf("name: a\n"+strings.Repeat("mode: b\n", 5000)), "\n") + 1
	if want := 100; want != got {
		t.Errorf("problems: want %d, got %d", want, got)
	}
}

func TestReportOfSeveralFiles(t *testing.T) {
	t.Parallel()
	var report config.Report
	if report.Failed() {
		t.Error("a report without problems has failed")
	}
	config.Decode(&report, "b.yaml", []byte("name: [x]\n"), decodeServer)
	config.Decode(&report, "a.yaml", []byte("name: ok\ntls: maybe\n"), decodeServer)
	want := "a.yaml:2:6: tls: want true or false, got \"maybe\"\nb.yaml:1:7: name: want text, got a list"
	if diff := cmp.Diff(want, report.Problems().Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !report.Failed() {
		t.Error("a report with problems has not failed")
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	f := func(content string, wantErr string) {
		t.Helper()
		data, err := config.Read(strings.NewReader(content))
		switch {
		case wantErr == "" && (err != nil || string(data) != content):
			t.Errorf("%d bytes: want them, got %d and %v", len(content), len(data), err)
		case wantErr != "" && (err == nil || err.Error() != wantErr):
			t.Errorf("%d bytes: want error %q, got %v", len(content), wantErr, err)
		}
	}
	f("", "")
	f(strings.Repeat("x", config.MaxBytes), "")
	f(strings.Repeat("x", config.MaxBytes+1), "larger than 1048576 bytes")
	folder, err := os.Open(filepath.Dir("."))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := config.Read(folder); err == nil {
		t.Error("reading a folder: want an error, got none")
	}
	if err := folder.Close(); err != nil {
		t.Error(err)
	}
	endless := &endlessReader{}
	if _, err := config.Read(endless); err == nil || endless.read > 4*config.MaxBytes {
		t.Errorf("endless input: want an error soon, got %v after %d bytes", err, endless.read)
	}
}

// endlessReader never ends.
type endlessReader struct{ read int }

func (r *endlessReader) Read(p []byte) (int, error) {
	if r.read > 1<<30 {
		return 0, errors.New("read a gigabyte")
	}
	r.read += len(p)
	return len(p), nil
}

// Each document of a file is decoded at its place; those that are empty are passed over, and what is wrong with one is no matter of the others.
func TestDecodeEach(t *testing.T) {
	t.Parallel()
	f := func(text string, names []string, want ...string) {
		t.Helper()
		var report config.Report
		var got []string
		for _, s := range config.DecodeEach(&report, "f.yaml", []byte(text), decodeServer) {
			got = append(got, s.Name)
		}
		if diff := cmp.Diff(names, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
		if diff := cmp.Diff(strings.Join(want, "\n"), report.Problems().Error()); diff != "" {
			t.Errorf("problems of %q (-want +got):\n%s", text, diff)
		}
	}
	f("name: a\n", []string{"a"})
	f("---\nname: a\n---\n---\n# nothing\n---\nname: b\n", []string{"a", "b"})
	f("name: a\n---\nnames: b\n---\nname: c\n", []string{"a", "", "c"}, `f.yaml:3:1: unknown key "names": did you mean "name"?`)
	f("name: a\n---\n- b\n", []string{"a", ""}, "f.yaml:3:1: want a mapping, got a list")
	f("name: a\n---\nname: &x b\n", []string{"a"}, "f.yaml:3:7: YAML anchors and aliases are not accepted: write the value out where it is used")
	f("name: a\n---\n\tname: b\n", nil, "f.yaml:3: not YAML: found character that cannot start any token: indent with spaces, not tabs, and quote a value that begins with @, % or `")
	f("", nil, "f.yaml: the file is empty")
	f("a: \x01", nil, "f.yaml:1:4: control character U+0001: remove it")
	f(strings.Repeat("#", config.MaxBytes+1), nil, "f.yaml: the file is larger than 1048576 bytes")
}
