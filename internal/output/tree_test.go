package output_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/output"
)

// files makes generated files from pairs of path and content.
func files(pairs ...string) []output.File {
	var list []output.File
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, output.File{Path: pairs[i], Data: []byte(pairs[i+1])})
	}
	return list
}

// generate brings a folder into step and returns what went wrong.
func generate(t *testing.T, dir string, list []output.File) error {
	t.Helper()
	tree, err := output.OpenForWriting(dir)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	defer closeTree(t, tree)
	plan, err := tree.Compare(list)
	if err != nil {
		return err
	}
	return plan.Apply()
}

// content reads one side of a change.
func content(t *testing.T, of func() ([]byte, error)) []byte {
	t.Helper()
	data, err := of()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// closeTree lets other writers in.
func closeTree(t *testing.T, tree *output.Tree) {
	t.Helper()
	if err := tree.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

// mustGenerate is generate for what has to go well.
func mustGenerate(t *testing.T, dir string, list []output.File) {
	t.Helper()
	if err := generate(t, dir, list); err != nil {
		t.Fatalf("generate: %v", err)
	}
}

// contents returns every file of a folder but the manifest, hidden ones too: what is left over is seen.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || name == output.ManifestName {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		found[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// write puts a file into a folder by hand.
func write(t *testing.T, dir, name, text string) {
	t.Helper()
	full := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// read returns a file's content.
func read(t *testing.T, dir, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestGenerateWritesUpdatesAndRemoves(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made", "on", "the", "way")
	mustGenerate(t, dir, files("rules/a.yaml", "a1", "rules/b.yaml", "b1", "top.json", ""))
	want := map[string]string{"rules/a.yaml": "a1", "rules/b.yaml": "b1", "top.json": ""}
	if diff := cmp.Diff(want, contents(t, dir)); diff != "" {
		t.Errorf("first run (-want +got):\n%s", diff)
	}
	write(t, dir, "rules/notes.txt", "not ours")
	mustGenerate(t, dir, files("rules/a.yaml", "a2", "docs/c.md", "c1"))
	want = map[string]string{"rules/a.yaml": "a2", "docs/c.md": "c1", "rules/notes.txt": "not ours"}
	if diff := cmp.Diff(want, contents(t, dir)); diff != "" {
		t.Errorf("second run (-want +got):\n%s", diff)
	}
}

// TestManifestIsWhatSha256sumWrites compares with the output of "sha256sum rules/a.yaml top.json" (GNU coreutils 9.1) on
// files holding "a1" and nothing.
func TestManifestIsWhatSha256sumWrites(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mustGenerate(t, dir, files("top.json", "", "rules/a.yaml", "a1"))
	want := "f55ff16f66f43360266b95db6f8fec01d76031054306ae4a4b380598f6cfd114  rules/a.yaml\n" +
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  top.json\n"
	if diff := cmp.Diff(want, read(t, dir, output.ManifestName)); diff != "" {
		t.Errorf("manifest (-want +got):\n%s", diff)
	}
}

func TestGenerateTwiceTouchesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	list := files("rules/a.yaml", "a1", "b.json", "b1")
	mustGenerate(t, dir, list)
	before := times(t, dir)
	mustGenerate(t, dir, list)
	if diff := cmp.Diff(before, times(t, dir)); diff != "" {
		t.Errorf("times of change (-first +second run):\n%s", diff)
	}
}

// times returns when each file was last written.
func times(t *testing.T, dir string) map[string]int64 {
	t.Helper()
	found := make(map[string]int64)
	for name := range contents(t, dir) {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		found[name] = info.ModTime().UnixNano()
	}
	return found
}

func TestGenerateRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		before  []output.File     // generated first
		by      map[string]string // then changed by hand
		after   []output.File     // then generated
		wantErr string
	}{
		"to overwrite what it did not write": {
			by: map[string]string{"a": "theirs"}, after: files("a", "ours"),
			wantErr: "a: is in the way and was not generated",
		},
		"to overwrite what was changed by hand": {
			before: files("a", "v1"), by: map[string]string{"a": "edited"}, after: files("a", "v2"),
			wantErr: "a: was changed since it was generated",
		},
		"to delete what was changed by hand": {
			before: files("a", "v1", "b", "v1"), by: map[string]string{"a": "edited"}, after: files("b", "v2"),
			wantErr: "a: is no longer generated, but was changed",
		},
		"a manifest that is none": {
			before: files("a", "v1"), by: map[string]string{output.ManifestName: "nonsense\n"}, after: files("a", "v2"),
			wantErr: output.ManifestName + ":1: not a line of sha256sum",
		},
		"a manifest that names a file outside": {
			by:      map[string]string{output.ManifestName: strings.Repeat("0", 64) + "  ../victim\n"},
			wantErr: output.ManifestName + ":1: not a line of sha256sum",
		},
		"a path that leaves the folder": {after: files("../a", "x"), wantErr: `generated path "../a" is not a plain relative path`},
		"an absolute path":              {after: files("/a", "x"), wantErr: `generated path "/a" is not a plain relative path`},
		"a path with a line end":        {after: files("a\nb", "x"), wantErr: "not a plain relative path"},
		"the manifest's own path":       {after: files(output.ManifestName, "x"), wantErr: "is reserved"},
		"a path twice":                  {after: files("a", "x", "a", "y"), wantErr: `"a" is generated twice`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			mustGenerate(t, dir, test.before)
			for file, text := range test.by {
				write(t, dir, file, text)
			}
			before, manifest := contents(t, dir), manifestOf(dir)
			err := generate(t, dir, test.after)
			if err == nil || !strings.Contains(err.Error(), test.wantErr) {
				t.Errorf("error: want %q, got %v", test.wantErr, err)
			}
			if diff := cmp.Diff(before, contents(t, dir)); diff != "" {
				t.Errorf("files changed all the same (-before +after):\n%s", diff)
			}
			if want, got := manifest, manifestOf(dir); want != got {
				t.Errorf("manifest changed all the same:\nwant %s\ngot  %s", want, got)
			}
		})
	}
}

// manifestOf returns the manifest's text, or "" when there is none.
func manifestOf(dir string) string {
	data, _ := os.ReadFile(filepath.Join(dir, output.ManifestName)) // a missing one reads as empty
	return string(data)
}

func TestGenerateAccepts(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		by    map[string]string
		after []output.File
	}{
		"a file of the right content that it did not write":   {by: map[string]string{"new": "n"}, after: files("a", "v1", "b", "v1", "new", "n")},
		"a hand edit that is what is generated now":           {by: map[string]string{"a": "v2"}, after: files("a", "v2", "b", "v1")},
		"an orphan that is gone already":                      {by: map[string]string{"a": ""}, after: files("b", "v1")},
		"an own file that is missing":                         {by: map[string]string{"a": ""}, after: files("a", "v1", "b", "v1")},
		"a manifest with lines in another order and an empty": {by: map[string]string{output.ManifestName: "shuffled"}, after: files("a", "v3", "b", "v1")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			mustGenerate(t, dir, files("a", "v1", "b", "v1"))
			for file, text := range test.by {
				switch text {
				case "":
					if err := os.Remove(filepath.Join(dir, file)); err != nil {
						t.Fatal(err)
					}
				case "shuffled":
					lines := strings.Split(manifestOf(dir), "\n")
					write(t, dir, file, lines[1]+"\n\n"+lines[0]+"\n")
				default:
					write(t, dir, file, text)
				}
			}
			mustGenerate(t, dir, test.after)
			want := make(map[string]string)
			for _, f := range test.after {
				want[f.Path] = string(f.Data)
			}
			if diff := cmp.Diff(want, contents(t, dir)); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCompareSaysEveryDifferenceAndChangesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mustGenerate(t, dir, files("edited", "v1", "missing", "v1", "orphan", "v1", "same", "v1", "stale", "v1"))
	write(t, dir, "edited", "by hand")
	if err := os.Remove(filepath.Join(dir, "missing")); err != nil {
		t.Fatal(err)
	}
	before := contents(t, dir)
	tree, err := output.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer closeTree(t, tree)
	plan, err := tree.Compare(files("stale", "v2", "same", "v1", "missing", "v1", "edited", "v1", "added", "v1"))
	if err != nil {
		t.Fatal(err)
	}
	type change struct{ Path, Old, New string }
	var got []change
	for _, c := range plan.Changes() {
		if c.Path != output.ManifestName {
			got = append(got, change{c.Path, text(content(t, c.Old)), text(content(t, c.New))})
		}
	}
	want := []change{
		{"added", "none", "v1"},
		{"edited", "by hand", "v1"},
		{"missing", "none", "v1"},
		{"orphan", "v1", "none"},
		{"stale", "v1", "v2"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if err := plan.Apply(); err == nil {
		t.Error("apply on a tree that was opened for comparing: want an error, got none")
	}
	if diff := cmp.Diff(before, contents(t, dir)); diff != "" {
		t.Errorf("comparing changed files (-before +after):\n%s", diff)
	}
}

// text tells an empty file from none.
func text(data []byte) string {
	if data == nil {
		return "none"
	}
	return string(data)
}
