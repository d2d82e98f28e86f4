package pkgtree

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// source is one place that apt takes packages from, as far as naming another suite of it needs.
type source struct {
	uri, suite, signedBy string
}

// otherSuite is the sources.list(5) text for a suite of the same mirror that this host takes its own suite from.
func otherSuite(aptDir string, h host, req Request) (string, error) {
	sources, err := readSources(aptDir)
	if err != nil {
		return "", err
	}
	own, ok := ownSource(sources, h)
	if !ok {
		return "", fmt.Errorf("suite %q: no source for %q is configured below %s, so its mirror is not known", req.Suite, h.codename, aptDir)
	}
	var options []string
	if own.signedBy != "" {
		options = append(options, "signed-by="+own.signedBy)
	}
	if req.AllowExpired {
		options = append(options, "check-valid-until=no")
	}
	brackets := ""
	if len(options) > 0 {
		brackets = "[" + strings.Join(options, " ") + "] "
	}
	return fmt.Sprintf("deb %s%s %s main\n", brackets, own.uri, req.Suite), nil
}

// ownSource picks the source of the host's own suite, by code name or by one of the names that move.
func ownSource(sources []source, h host) (source, bool) {
	for _, suite := range []string{h.codename, "stable", "oldstable", "testing", "unstable", "sid"} {
		i := slices.IndexFunc(sources, func(s source) bool { return s.suite == suite })
		if i >= 0 {
			return sources[i], true
		}
	}
	return source{}, false
}

// readSources reads all the sources of an apt configuration folder, both formats.
func readSources(aptDir string) ([]source, error) {
	parts, err := filepath.Glob(filepath.Join(aptDir, "sources.list.d", "*"))
	if err != nil {
		return nil, err
	}
	var all []source
	for _, path := range append([]string{filepath.Join(aptDir, "sources.list")}, parts...) {
		parse := map[string]func(string) []source{".list": parseOneLine, ".sources": parseDeb822}[filepath.Ext(path)]
		if parse == nil {
			continue
		}
		text, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("apt sources: %w", err)
		}
		all = append(all, parse(string(text))...)
	}
	return all, nil
}

// parseOneLine reads the format "deb [options] uri suite component...".
func parseOneLine(text string) []source {
	var all []source
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "deb ")
		if !ok {
			continue
		}
		var s source
		if options, after, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(rest), "["), "]"); ok {
			rest, s.signedBy = after, signedBy(options)
		}
		if f := strings.Fields(rest); len(f) >= 2 {
			s.uri, s.suite = f[0], f[1]
			all = append(all, s)
		}
	}
	return all
}

// signedBy is the key that a line's options name, the last if there are several; empty if they name none.
func signedBy(options string) string {
	key := ""
	for o := range strings.FieldsSeq(options) {
		if v, ok := strings.CutPrefix(o, "signed-by="); ok {
			key = v
		}
	}
	return key
}

// parseDeb822 reads stanzas of "Field: value" lines. A key written into the file itself is left out: apt then asks its trusted keys.
func parseDeb822(text string) []source {
	var all []source
	for stanza := range strings.SplitSeq(text, "\n\n") {
		fields := map[string]string{}
		for line := range strings.Lines(stanza) {
			if strings.HasPrefix(line, "#") || strings.HasPrefix(line, " ") {
				continue
			}
			key, value, _ := strings.Cut(line, ":")
			fields[strings.ToLower(key)] = strings.TrimSpace(value)
		}
		types := strings.Fields(fields["types"])
		if !slices.Contains(types, "deb") || strings.EqualFold(fields["enabled"], "no") {
			continue
		}
		signedBy := fields["signed-by"]
		if !strings.HasPrefix(signedBy, "/") {
			signedBy = ""
		}
		for uri := range strings.FieldsSeq(fields["uris"]) {
			for suite := range strings.FieldsSeq(fields["suites"]) {
				all = append(all, source{uri: uri, suite: suite, signedBy: signedBy})
			}
		}
	}
	return all
}
