package chromium_test

import (
	"encoding/xml"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/lab/chromium"
)

func TestFind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put := func(name string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	first, second := put("a/google-chrome", 0o755), put("b/chromium", 0o755)
	put("c/chromium", 0o644)
	own := put("own", 0o755)
	path := func(dirs ...string) string {
		for i, d := range dirs {
			dirs[i] = filepath.Join(dir, d)
		}
		return strings.Join(dirs, string(filepath.ListSeparator))
	}
	for name, test := range map[string]struct {
		env        map[string]string
		want, fail string
		none       bool
	}{
		"named":              {env: map[string]string{"CHROMIUM": own, "PATH": path("b")}, want: own},
		"in PATH":            {env: map[string]string{"PATH": path("nothing", "b")}, want: second},
		"chromium first":     {env: map[string]string{"PATH": path("a", "b")}, want: second},
		"another name":       {env: map[string]string{"PATH": path("a")}, want: first},
		"no program":         {env: map[string]string{"PATH": path("c")}, none: true, fail: "no Chromium"},
		"no PATH":            {none: true, fail: "make setup"},
		"working directory":  {env: map[string]string{"PATH": ".:"}, none: true, fail: "no Chromium"},
		"named, not there":   {env: map[string]string{"CHROMIUM": filepath.Join(dir, "gone"), "PATH": path("b")}, fail: "gone: no such file"},
		"named, a folder":    {env: map[string]string{"CHROMIUM": dir}, fail: "is a folder"},
		"named, not a thing": {env: map[string]string{"CHROMIUM": filepath.Join(dir, "c", "chromium")}, fail: "is no program"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := chromium.Find(func(v string) string { return test.env[v] })
			if got != test.want || (err != nil) != (test.fail != "") || errors.Is(err, chromium.ErrNone) != test.none {
				t.Fatalf("got %q, %v", got, err)
			}
			if err != nil && !strings.Contains(err.Error(), test.fail) {
				t.Errorf("got %v, want %s", err, test.fail)
			}
		})
	}
}

// TestFonts obtains the fonts of the host's suite and says to fontconfig where they are.
func TestFonts(t *testing.T) {
	t.Parallel()
	set, err := chromium.Fonts(t.Context(), "../../../.lab/trees", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"*/inter/Inter-Regular.*", "*/*/DejaVuSansMono.ttf"} {
		if found, err := filepath.Glob(filepath.Join(set.Dir, pattern)); err != nil || len(found) == 0 {
			t.Errorf("no %s below %s: %v", pattern, set.Dir, err)
		}
	}
	file, ok := strings.CutPrefix(set.Env, "FONTCONFIG_FILE=")
	if !ok {
		t.Fatalf("got %s", set.Env)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var conf struct {
		Dir []string `xml:"dir"`
	}
	if err := xml.Unmarshal(text, &conf); err != nil || len(conf.Dir) != 1 || conf.Dir[0] != set.Dir {
		t.Errorf("%v, %v in %s", conf.Dir, err, text)
	}
}
