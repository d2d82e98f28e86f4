package rules

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/diag/diagtest"
)

// TestBadObjectives judges each file of testdata/bad as the slos.yaml of this repository's spec. The first lines of the file are the expected
// problems; a warning is marked.
func TestBadObjectives(t *testing.T) {
	t.Parallel()
	diagtest.Bad(t, filepath.Join("testdata", "bad"), func(t *testing.T, _, text string) []string {
		got := judgeFile(t, text)
		for i := range got {
			got[i] = strings.TrimPrefix(got[i], "error: ")
		}
		return got
	})
}

// elsewhere are messages that no slos.yaml can earn, by the test that shows them.
func elsewhere() map[string]string {
	return map[string]string{
		"… is no bucket bound of …, so that nobody can tell how many streams are below":       "TestScoreMustBeABound",
		"the anchored modifier needs Prometheus 3.16":                                         "TestCheckAnchored of promql: the server's version is the platform's",
		"the difference of the rates of … and … is how fast a number changes, not the number": "TestKinds of dashboard/foreign: it is about boards",
	}
}

// Each message of this package, and of the one that reads expressions, has a file that shows it.
func TestEveryMessageIsShown(t *testing.T) {
	t.Parallel()
	shown := diagtest.Shown(t, filepath.Join("testdata", "bad"))
	for _, folder := range []string{".", filepath.Join("..", "promql")} {
		messages, err := diagtest.Messages(os.DirFS(folder))
		if err != nil || len(messages) < 10 {
			t.Fatalf("%d messages in %s: %v", len(messages), folder, err)
		}
		for _, m := range messages {
			if _, other := elsewhere()[m.Text]; !other && !m.In(shown) {
				t.Errorf("%s: no file of testdata/bad shows %q", filepath.Join(folder, m.At), m.Text)
			}
		}
	}
}
