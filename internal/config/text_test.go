package config_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/diag"
)

// TestTextIsTiedToTheFile demands the place of a word in every style in which YAML can hold it.
func TestTextIsTiedToTheFile(t *testing.T) {
	t.Parallel()
	f := func(file string, line, col, width int) {
		t.Helper()
		var report config.Report
		config.Decode(&report, "f", []byte(file), func(m *config.Map) string {
			m.Optional("k")
			v := m.Required("v")
			text, anchors := v.Text()
			at := strings.Index(text, "BAD")
			if at < 0 {
				t.Errorf("%q: the word is not in %q", file, text)
				return ""
			}
			gotPos, gotWidth := anchors.Span(text, at, at+len("BAD"))
			want := diag.Position{File: "f", Line: line, Col: col}
			if want != gotPos || width != gotWidth {
				t.Errorf("%q: want %v width %d, got %v width %d", file, want, width, gotPos, gotWidth)
			}
			return text
		})
		if err := report.Problems().Err(); err != nil {
			t.Errorf("%q: %v", file, err)
		}
	}
	f("v: BAD\n", 1, 4, 3)
	f("v: sum(BAD)\n", 1, 8, 3)
	f("v: sum(é, BAD)\n", 1, 11, 3)
	f("v: sum(a)\n  / BAD\n", 2, 5, 3)                          // plain, folded over lines
	f("v: 'it''s BAD'\n", 1, 11, 3)                             // a doubled quote
	f("v: \"a\\\"b \\u00e9 BAD\"\n", 1, 17, 3)                  // escapes
	f("v: \"a\\n\\tBAD\"\n", 1, 10, 3)                          // escapes that write white space
	f("v: \"a \\\n  BAD\"\n", 2, 3, 3)                          // an escaped line end
	f("v: |\n  sum(a)\n  / BAD\n", 3, 5, 3)                     // literal
	f("v: |-\n\n    first\n      BAD\n", 4, 7, 3)               // literal, a line indented further
	f("v: |2 # a comment\n    BAD\n", 2, 5, 3)                  // literal, indentation stated
	f("v: >\n  sum(a)\n  / sum(\n  BAD)\n", 4, 3, 3)            // folded
	f("k: 1\n\nv: >-\n  x\n\n\n  BAD\n", 7, 3, 3)               // folded, empty lines
	f("{k: 1, v: \"BAD\"}\n", 1, 12, 3)                         // flow
	f("v: BAD # BAD in a comment\n", 1, 4, 3)                   // the comment is not the value
	f("v: |\n  # BAD is text here\n  more\n", 2, 5, 3)          // but a hash in a block is
	f("v: \"\\x43AD BAD\"\n", 1, 12, 3)                         // a number for a letter, before
	f("v: \"B\\x41D\"\n", 1, 5, 6)                              // and within: its source is wider
	f("\ufeffv: BAD\n", 1, 4, 3)                                // a byte order mark has no column
	f("v: |\r\n  sum(a)\r\n  / BAD\r\n", 3, 5, 3)               // line ends of another system
	f("k: \"é\"\nv: 'a\n\n  é BAD'\n", 4, 5, 3)                 // quoted over lines
	f("k: 1\nv: a\u00a0BAD\n", 2, 6, 3)                         // a no-break space
	f("v: |\n  "+strings.Repeat("x ", 500)+"BAD\n", 2, 1003, 3) // far to the right
}

// TestAbsentValuesAreSilent calls everything on a value that is not there.
func TestAbsentValuesAreSilent(t *testing.T) {
	t.Parallel()
	var report config.Report
	config.Decode(&report, "f", []byte("{}"), func(m *config.Map) int {
		v := m.Optional("v")
		text, anchors := v.Text()
		if v.Present() || v.String() != "" || v.Raw() != "" || v.Pos() != (diag.Position{}) || text != "" || anchors != nil {
			t.Errorf("absent: got %v %q %q %v %q %v", v.Present(), v.String(), v.Raw(), v.Pos(), text, anchors)
		}
		if v.Int(1, 2) != 0 || v.Float(1, 2) != 0 || v.Duration(1, 2) != 0 || v.Bytes(1) != 0 || v.Percent().Text != "" || v.Enum("a") != "" || !v.Bool(true) || v.Bool(false) {
			t.Error("absent: a scalar is not zero")
		}
		if v.Entries() != nil || config.List(v, config.Value.String) != nil || config.Object(v, func(*config.Map) int { return 1 }) != 0 {
			t.Error("absent: a collection is not empty")
		}
		v.Reject("never", "")
		v.Rejectf("never %d", 1)
		return 0
	})
	if got := report.Problems(); len(got) > 0 {
		t.Errorf("want no problems, got %v", got)
	}
}

func TestRejectOfAMapping(t *testing.T) {
	t.Parallel()
	var report config.Report
	config.Decode(&report, "f", []byte("a: 1\nb:\n  c: 2\n"), func(m *config.Map) int {
		m.Required("a")
		return config.Object(m.Required("b"), func(m *config.Map) int {
			m.Reject("makes no sense", "drop it")
			if want := (diag.Position{File: "f", Line: 3, Col: 3}); want != m.Pos() {
				t.Errorf("position: want %v, got %v", want, m.Pos())
			}
			return m.Required("c").Int(1, 2)
		})
	})
	if want, got := "f:3:3: b: makes no sense: drop it", report.Problems().Error(); want != got {
		t.Errorf("want %q, got %q", want, got)
	}
}

// FuzzDecode demands that no file can make the decoder panic, and that every problem and every anchor lies in the file.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("name: a\nv: |\n  sum(x)\n  / y\nnodes: [{name: b}]\n"))
	f.Add([]byte("name: &a x\nmode: *a\n<<: {}\n"))
	f.Add([]byte("v: \"a\\u00e9\\n \\x41\"\n? [k]\n: 1\n"))
	f.Add([]byte("limits: {share: 99.9%, size: 1GB}\nlabels: {a: 'it''s'}\n---\n"))
	f.Add([]byte(strings.Repeat("[", 2000)))
	f.Add([]byte("\ufeffv: >\r\n  a\r\n\r\n  b\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var report config.Report
		config.Decode(&report, "f", data, func(m *config.Map) server {
			text, anchors := m.Optional("v").Text()
			tied(t, string(data), text, anchors)
			return decodeServer(m)
		})
		lines := strings.Count(string(data), "\n") + 1
		for _, p := range report.Problems() {
			if p.Pos.Line > lines || p.Pos.Col < 0 || p.Width < 0 || p.What == "" {
				t.Errorf("problem %+v of a file with %d lines", p, lines)
			}
		}
	})
}

// tied demands that every anchor points into the file at the rune that the text has there, unless an escape writes it.
func tied(t *testing.T, file, text string, anchors diag.Anchors) {
	t.Helper()
	lines := strings.Split(strings.TrimPrefix(file, "\ufeff"), "\n")
	for _, a := range anchors {
		if a.Pos.Line < 1 || a.Pos.Line > len(lines) || a.Offset < 0 || a.Offset > len(text) {
			t.Errorf("anchor %+v in a file of %d lines and a text of %d bytes", a, len(lines), len(text))
			continue
		}
		if a.Offset == 0 { // the first anchor stands for leading white space too
			continue
		}
		rest := []rune(lines[a.Pos.Line-1])
		want := []rune(text[a.Offset:])[0]
		if a.Pos.Col < 1 || a.Pos.Col > len(rest) {
			t.Errorf("anchor %+v in a line of %d runes", a, len(rest))
			continue
		}
		if got := rest[a.Pos.Col-1]; got != want && got != '\\' && !unicode.IsSpace(want) {
			t.Errorf("anchor %+v: the text has %q there, the file %q", a, want, got)
		}
	}
}
