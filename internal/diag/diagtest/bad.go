package diagtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// wantPrefix begins the lines at the head of a bad file that say what is wrong with it, in order.
const wantPrefix = "# want: "

// Bad gives each YAML file of a folder to a judge, as a test of its own, and holds what the judge finds to the first lines of the file. There has
// to be a file, and something wrong with each. The judge gets the file's name and its whole text, as the lines at the head count in positions.
//
// UPDATE=1 writes what is found there instead, to be read before it is committed.
func Bad(t *testing.T, folder string, judge func(t *testing.T, name, text string) []string) {
	t.Helper()
	for _, file := range badFiles(t, folder) {
		name := filepath.Base(file)
		t.Run(strings.TrimSuffix(name, ".yaml"), func(t *testing.T) {
			t.Parallel()
			text := readFile(t, file)
			want, rest := wanted(text)
			got := judge(t, name, text)
			if os.Getenv("UPDATE") != "" && len(got) > 0 {
				got = judge(t, name, head(make([]string, len(got)))+rest) // places are counted below as many lines as there will be
				if err := os.WriteFile(file, []byte(head(got)+rest), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, got); diff != "" || len(got) == 0 {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

// Shown returns what the YAML files of a folder want to be found, all together.
func Shown(t *testing.T, folder string) []string {
	t.Helper()
	var shown []string
	for _, file := range badFiles(t, folder) {
		want, _ := wanted(readFile(t, file))
		shown = append(shown, want...)
	}
	return shown
}

// wanted splits a bad file into what its first lines want and the rest.
func wanted(text string) (want []string, rest string) {
	for strings.HasPrefix(text, wantPrefix) {
		line, after, _ := strings.Cut(text, "\n")
		want, text = append(want, strings.TrimPrefix(line, wantPrefix)), after
	}
	return want, text
}

// head is the first lines of a file that wants something.
func head(want []string) string {
	var b strings.Builder
	for _, w := range want {
		b.WriteString(wantPrefix + w + "\n")
	}
	return b.String()
}

// badFiles are the files of a folder of bad ones.
func badFiles(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in %s: %v", folder, err)
	}
	return files
}

func readFile(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
