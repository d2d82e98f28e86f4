package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/rto/report"
)

// hostile is what somebody types into every field that takes a text.
const hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> | a | b |\n# head\n```\n`x` **b** [l](javascript:alert(3)) <!-- &amp; \u202egnp.exe\u0007 {{.}} https://evil.example ]]>"

// TestHostileText puts it there, with the field's own word before it so that the story stays one.
func TestHostileText(t *testing.T) {
	t.Parallel()
	w := shortWorld(1)
	w.Typed = func(s string) string { return s + " " + hostile }
	r, records, _ := make3(t, w)
	var page, md bytes.Buffer
	if err := errors.Join(report.HTML(&page, r), report.Markdown(&md, r)); err != nil {
		t.Fatal(err)
	}
	checkPage(t, page.String())
	for i, line := range strings.Split(md.String(), "\n") {
		if strings.Contains(line, "<") || strings.ContainsAny(line, "\u202e\u0007") {
			t.Errorf("Markdown line %d: %q", i+1, line)
		}
	}
	checkColumns(t, md.String())
	if n := strings.Count(md.String(), "```\n"); n != 2 {
		t.Errorf("%d fences, want the two of the chart", n)
	}
	if regexp.MustCompile(`(^|[^\\])\]\(`).MatchString(md.String()) || strings.Contains(md.String(), "://") {
		t.Error("a link came through")
	}
	if diff, err := report.Verify(jsonOf(t, r), report.Input{Records: records}); err != nil || len(diff) > 0 {
		t.Errorf("%v, %v", diff, err)
	}
}

// checkColumns wants every row of a table to have as many cells as its header.
func checkColumns(t *testing.T, md string) {
	t.Helper()
	bar := regexp.MustCompile(`(^|[^\\])\|`)
	want := 0
	for i, line := range strings.Split(md, "\n") {
		if !strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "|  ") && !strings.HasPrefix(line, "| ---") {
			want = 0
			continue
		}
		n := len(bar.FindAllString(strings.ReplaceAll(line, "||", "| |"), -1))
		if want == 0 {
			want = n
		}
		if n != want {
			t.Errorf("line %d has %d bars, its header %d: %s", i+1, n, want, line)
		}
	}
}

// checkPage reads the page strictly and wants no element and no attribute that could run or fetch anything.
func checkPage(t *testing.T, page string) {
	t.Helper()
	allowed := map[string]bool{}
	for _, e := range strings.Fields("html head meta title style body main header h1 h2 h3 p code b i div span strong dl dt dd section ul ol li nav a figure figcaption svg g line text rect path polygon polyline table thead tbody tr th td") {
		allowed[e] = true
	}
	dec := xml.NewDecoder(strings.NewReader(page))
	dec.Strict, dec.AutoClose, dec.Entity = false, []string{"meta"}, xml.HTMLEntity
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the page cannot be read: %v", err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if !allowed[start.Name.Local] {
			t.Errorf("element %s", start.Name.Local)
		}
		for _, a := range start.Attr {
			name := a.Name.Local
			if strings.HasPrefix(name, "on") || name == "src" || name == "style" || name == "srcset" || name == "href" && !strings.HasPrefix(a.Value, "#") {
				t.Errorf("attribute %s=%q of %s", name, a.Value, start.Name.Local)
			}
		}
	}
	for _, never := range []string{"http://", "url(", "@import", "<script", "\u202e", "\u0007"} {
		if strings.Contains(page, never) {
			t.Errorf("the page contains %q", never)
		}
	}
}

func TestPagesNeedNothingElse(t *testing.T) {
	t.Parallel()
	for name, w := range goldens() {
		r, _, _ := make3(t, w)
		var page bytes.Buffer
		if err := report.HTML(&page, r); err != nil {
			t.Fatal(err)
		}
		checkPage(t, page.String())
		if strings.Contains(page.String(), "://") {
			t.Errorf("%s: an address", name)
		}
	}
}

// TestSameBytes makes everything twice, from records that were read twice.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	write := func() string {
		r, _, _ := make3(t, shortWorld(4))
		var b bytes.Buffer
		if err := errors.Join(report.HTML(&b, r), report.Markdown(&b, r), report.JSON(&b, r)); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	if one := write(); one != write() {
		t.Error("the same records gave other bytes")
	}
}
