package pkgtree

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseSources(t *testing.T) {
	t.Parallel()
	f := func(name string, got []source, want ...source) {
		t.Helper()
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(source{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	f("one line", parseOneLine("# deb http://commented x main\ndeb http://a.example/debian bookworm main contrib # note\ndeb-src http://a.example/debian bookworm main\n"),
		source{"http://a.example/debian", "bookworm", ""})
	f("one line with options", parseOneLine("deb [ arch=amd64 signed-by=/k.gpg ] http://a.example trixie main\ndeb\ndeb http://only\n"),
		source{"http://a.example", "trixie", "/k.gpg"})
	f("stanzas", parseDeb822("Types: deb deb-src\n# comment\nURIs: http://a.example http://b.example\nSuites: s s-updates\nSigned-By: /k.gpg\n\n"+
		"Types: deb-src\nURIs: http://c.example\nSuites: s\n\nTypes: deb\nURIs: http://d.example\nSuites: s\nEnabled: no\n\n"+
		"Types: deb\nURIs: http://e.example\nSuites: t\nSigned-By:\n -----BEGIN\n .\n"),
		source{"http://a.example", "s", "/k.gpg"}, source{"http://a.example", "s-updates", "/k.gpg"},
		source{"http://b.example", "s", "/k.gpg"}, source{"http://b.example", "s-updates", "/k.gpg"},
		source{"http://e.example", "t", ""})
}

// aptDir is an apt configuration folder with the given files below it.
func aptDir(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "sources.list.d"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestOtherSuite(t *testing.T) {
	t.Parallel()
	debian := host{"debian", "bookworm"}
	f := func(name string, files map[string]string, req Request, want string) {
		t.Helper()
		got, err := otherSuite(aptDir(t, files), debian, req)
		if err != nil || got != want {
			t.Errorf("%s: want %q, got %q, %v", name, want, got, err)
		}
	}
	f("of the host's own mirror", map[string]string{
		"sources.list.d/a.list":         "deb http://third.example stable main\n",
		"sources.list.d/debian.sources": "Types: deb\nURIs: http://m.example\nSuites: bookworm\nSigned-By: /k.gpg\n",
		"sources.list.d/x.disabled":     "deb http://never.example bookworm main\n",
	}, Request{Suite: "sid"}, "deb [signed-by=/k.gpg] http://m.example sid main\n")
	f("past its date, as asked", map[string]string{"sources.list": "deb http://m.example bookworm main\n"},
		Request{Suite: "sid", AllowExpired: true}, "deb [check-valid-until=no] http://m.example sid main\n")
	f("a name that moves", map[string]string{"sources.list": "deb http://m.example oldstable main\n"},
		Request{Suite: "sid"}, "deb http://m.example sid main\n")
	_, err := otherSuite(aptDir(t, nil), debian, Request{Suite: "sid"})
	if err == nil || !strings.Contains(err.Error(), `suite "sid": no source for "bookworm" is configured`) {
		t.Errorf("want an error that says what is missing, got %v", err)
	}
}
