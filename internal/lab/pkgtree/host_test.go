package pkgtree

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseHost(t *testing.T) {
	t.Parallel()
	f := func(text string, want host) {
		t.Helper()
		got, err := parseHost(strings.NewReader(text))
		if err != nil || got != want {
			t.Errorf("%q: want %+v, got %+v, %v", text, want, got, err)
		}
	}
	f("ID=debian\nVERSION_CODENAME=bookworm\n", host{"debian", "bookworm"})
	f("PRETTY_NAME=\"X\"\nVERSION_CODENAME='noble'\nID=\"ubuntu\"\n", host{"ubuntu", "noble"})
	f("ID=debian\n", host{"debian", ""})
	if _, err := parseHost(strings.NewReader("nothing\n")); err == nil {
		t.Error("want an error for a file of another kind, got none")
	}
	if _, err := readHost(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("want an error for a missing file, got none")
	}
}

func TestHashTellsTreesApart(t *testing.T) {
	t.Parallel()
	base, debian := Request{Name: "n", Packages: []string{"a", "b"}}, host{"debian", "bookworm"}
	f := func(name string, same bool, r Request, h host) {
		t.Helper()
		if got := r.hash(h) == base.hash(debian); got != same {
			t.Errorf("%s: want same tree %v, got %v", name, same, got)
		}
	}
	f("order of packages", true, Request{Packages: []string{"b", "a"}}, debian)
	f("other packages", false, Request{Packages: []string{"a"}}, debian)
	f("other suite", false, Request{Packages: []string{"a", "b"}, Suite: "sid"}, debian)
	f("other host", false, base, host{"debian", "trixie"})
}

func TestManifestRoundTrip(t *testing.T) {
	t.Parallel()
	sum := strings.Repeat("0f", 32)
	want := []Package{{"bash", "5.2-2+b1", "amd64", sum}, {"sip-tester", "1:3.6.1-1", "amd64", sum}}
	var text strings.Builder
	if err := writeManifest(&text, want); err != nil {
		t.Fatal(err)
	}
	got, err := readManifest(strings.NewReader(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("manifest (-want +got):\n%s", diff)
	}
	for _, bad := range []string{"x\n", sum + "  bash 5.2\n", "00  bash 5.2 amd64\n"} {
		if _, err := readManifest(strings.NewReader(text.String() + bad)); err == nil || !strings.Contains(err.Error(), "line 3: ") {
			t.Errorf("%q: want an error that names line 3, got %v", bad, err)
		}
	}
}
