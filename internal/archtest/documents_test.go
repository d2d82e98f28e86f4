package archtest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/voipbin/observability/test/console"
)

// documents are what people read, save for what obsgen writes.
func documents(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/howto/*.md", "deploy/*/*.md"} {
		for _, file := range glob(t, pattern) {
			texts[file] = read(t, file)
		}
	}
	if len(texts) < 15 {
		t.Fatalf("only %d documents", len(texts))
	}
	return texts
}

// TestCommandsOfDocumentsAreRun: a document shows commands only where a test can run them, and a block that names a test names one that
// there is, and one that runs it reads the document. Those without a mark are run by test/docs.
func TestCommandsOfDocumentsAreRun(t *testing.T) {
	t.Parallel()
	tests := map[string]string{} // the text of the file that holds it, by name
	for _, s := range sources(t) {
		if s.test {
			text := read(t, filepath.Join("..", "..", s.name))
			for _, found := range regexp.MustCompile(`(?m)^func (Test\w+)\(t `).FindAllStringSubmatch(text, -1) {
				tests[found[1]] = text
			}
		}
	}
	named := 0
	for file, text := range documents(t) {
		blocks, err := console.Read(file, text)
		if err != nil {
			t.Error(err)
		}
		for _, b := range blocks {
			for _, name := range regexp.MustCompile(`\bTest\w+`).FindAllString(b.By+" "+b.NotRun, -1) {
				if named++; tests[name] == "" {
					t.Errorf("%s:%d: there is no test %s", file, b.Line, name)
				}
			}
			if shown := strings.TrimPrefix(file, root(t)+"/"); b.By != "" && !strings.Contains(tests[b.By], `"`+shown+`"`) {
				t.Errorf("%s:%d: %s runs commands of its own: it does not read %s", file, b.Line, b.By, shown)
			}
		}
	}
	if named == 0 {
		t.Error("no block names a test: the reading is broken")
	}
}

// TestLinksOfDocuments: what a document links to within the repository is there.
func TestLinksOfDocuments(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	followed, pictures := 0, map[string]bool{}
	for file, text := range documents(t) {
		for _, found := range link.FindAllStringSubmatch(text, -1) {
			target, anchor, _ := strings.Cut(found[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			followed++
			path := file
			pictures[filepath.Base(target)] = true
			if target != "" {
				path = filepath.Join(filepath.Dir(file), target)
			}
			if _, err := os.Stat(path); err != nil {
				t.Errorf("%s: link to %s: %v", file, found[1], err)
			} else if anchor != "" && strings.HasSuffix(path, ".md") && !anchors(read(t, path))[anchor] {
				t.Errorf("%s: %s has no heading %q", file, path, anchor)
			}
		}
	}
	if followed < 50 {
		t.Errorf("only %d links", followed)
	}
	for _, picture := range glob(t, "docs/images/*.png") {
		if !pictures[filepath.Base(picture)] {
			t.Errorf("%s is in no document", picture)
		}
	}
}

// anchors are the names by which headings are linked to: lower case, hyphens for spaces, without punctuation.
func anchors(text string) map[string]bool {
	names := map[string]bool{}
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(text, -1) {
		name := regexp.MustCompile("[^a-z0-9 _-]").ReplaceAllString(strings.ToLower(heading[1]), "")
		names[strings.ReplaceAll(name, " ", "-")] = true
	}
	return names
}
