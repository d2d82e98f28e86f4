package chromium

import (
	"context"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/voipbin/observability/internal/lab/pkgtree"
)

// FontSet is a folder of fonts, for fontconfig.
type FontSet struct {
	// Dir is the folder.
	Dir string
	// Env is the assignment that makes fontconfig use this folder and no other.
	Env string
}

// FontRequest says which packages hold the fonts: Inter, which Grafana draws with too, and DejaVu for the signs and the fixed width that it
// has not. Both may be used and shown freely (OFL 1.1 and Bitstream Vera's licence).
func FontRequest() pkgtree.Request {
	return pkgtree.Request{Name: "fonts", Packages: []string{"fonts-inter", "fonts-dejavu-core", "fonts-dejavu-extra"}}
}

// Fonts obtains them below the folder of trees, telling progress, which may be nil. Errors wrap pkgtree.ErrNoNetwork where that is the
// cause.
func Fonts(ctx context.Context, trees string, progress func(string)) (FontSet, error) {
	tree, err := pkgtree.Ensure(ctx, FontRequest(), trees, progress)
	if err != nil {
		return FontSet{}, err
	}
	base := filepath.Dir(tree.Root)
	set := FontSet{Dir: filepath.Join(tree.Root, "usr", "share", "fonts")}
	file := filepath.Join(base, "fonts.conf")
	if err := writeOnce(file, configuration(set.Dir, filepath.Join(base, "cache"))); err != nil {
		return FontSet{}, fmt.Errorf("fonts: %w", err)
	}
	set.Env = "FONTCONFIG_FILE=" + file
	return set, nil
}

// configuration is one of fontconfig, fonts-conf(5).
func configuration(dir, cache string) string {
	var b strings.Builder
	b.WriteString("<?xml version=\"1.0\"?>\n<!DOCTYPE fontconfig SYSTEM \"fonts.dtd\">\n<fontconfig>\n")
	element := func(name, text string) {
		b.WriteString("  <" + name + ">")
		_ = xml.EscapeText(&b, []byte(text)) // a Builder takes everything
		b.WriteString("</" + name + ">\n")
	}
	element("dir", dir)
	element("cachedir", cache)
	for _, a := range [][2]string{{"sans-serif", "Inter"}, {"system-ui", "Inter"}, {"serif", "DejaVu Serif"}, {"monospace", "DejaVu Sans Mono"}} {
		fmt.Fprintf(&b, "  <alias><family>%s</family><prefer><family>%s</family><family>DejaVu Sans</family></prefer></alias>\n", a[0], a[1])
	}
	b.WriteString("</fontconfig>\n")
	return b.String()
}

// writeOnce writes a file unless it holds that text already. It appears whole.
func writeOnce(name, text string) error {
	if there, err := os.ReadFile(name); err == nil && string(there) == text {
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+"-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // it has been renamed, unless something failed
	if _, err := f.WriteString(text); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
