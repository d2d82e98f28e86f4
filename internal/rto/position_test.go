package rto_test

import (
	"encoding/json"
	"testing"

	"github.com/voipbin/observability/internal/rto"
)

const (
	a = "3e11fa47-71ca-11e1-9e33-c80aa9429562"
	b = "4e11fa47-71ca-11e1-9e33-c80aa9429562"
)

func position(t testing.TB, text string) rto.Position {
	t.Helper()
	p, err := rto.ParsePosition(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p
}

func TestPositionIsCanonical(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                       "",
		a + ":1-5:7,\n" + b + ":1":               a + ":1-5:7," + b + ":1",
		a + ":7:1-5:6":                           a + ":1-7",
		a + ":1-3:2-9":                           a + ":1-9",
		a + ":1-3:tag_1:1-2:5:other:1":           a + ":1-3," + a + ":other:1," + a + ":tag_1:1-2:5",
		"0-1-123":                                "0-1-123",
		"10-2-5,2-1-7":                           "2-1-7,10-2-5",
		"0-1-5,0-2-9,0-3-7":                      "0-2-9", // gtid_binlog_state
		"0-1-0":                                  "",
		"3E11FA47-71CA-11E1-9E33-C80AA9429562:1": a + ":1",
	} {
		if got := position(t, text).String(); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestPositionRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"x", a, "0-1", "0-1-x", a + ":0", a + ":5-1", a + ":1-", "zz11fa47-71ca-11e1-9e33-c80aa9429562:1", "0-1-99999999999999999999", "-1-1-1"} {
		if p, err := rto.ParsePosition(text); err == nil {
			t.Errorf("%q was read as %q", text, p)
		}
	}
}

func TestPositionAlgebra(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ p, q, minus, union string }{
		{a + ":1-10", a + ":1-4", a + ":5-10", a + ":1-10"},
		{a + ":1-10", a + ":3-4:8", a + ":1-2:5-7:9-10", a + ":1-10"},
		{a + ":1-10", b + ":1", a + ":1-10", a + ":1-10," + b + ":1"},
		{a + ":1-3", a + ":1-9", "", a + ":1-9"},
		{a + ":5-9", a + ":1-3:5-9", "", a + ":1-3:5-9"},
		{a + ":1-3:7-9", a + ":2-8", a + ":1:9", a + ":1-9"},
		{"0-1-10", "0-1-4", "0-1-5..10", "0-1-10"},
		{"0-1-10,1-1-3", "0-2-12", "1-1-3", "0-2-12,1-1-3"},
	} {
		p, q := position(t, c.p), position(t, c.q)
		if got := p.Minus(q).String(); got != c.minus {
			t.Errorf("%s without %s is %s, want %s", p, q, got, c.minus)
		}
		if got := p.Union(q).String(); got != c.union {
			t.Errorf("%s and %s is %s, want %s", p, q, got, c.union)
		}
		if p.Contains(q) != q.Minus(p).Empty() {
			t.Errorf("%s contains %s: %v, but the difference is %s", p, q, p.Contains(q), q.Minus(p))
		}
		if got, want := p.Union(q).Count(), p.Count()+q.Minus(p).Count(); got != want {
			t.Errorf("%s and %s count %d, want %d", p, q, got, want)
		}
	}
}

func TestServersAtOneNumberHaveDiverged(t *testing.T) {
	t.Parallel()
	if p, q := position(t, "0-1-10"), position(t, "0-2-10"); !p.Diverged(q) || p.Equal(q) {
		t.Error("two servers wrote number 10, and nothing was said")
	}
	if p, q := position(t, "0-1-10"), position(t, "0-2-11"); p.Diverged(q) {
		t.Error("a promoted server that writes on is taken for one that diverged")
	}
}

func TestPositionByWriter(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		at, server string
		want       uint64
	}{
		{a + ":1-5:7," + a + ":tag:1-2," + b + ":1-9", a, 8}, {a + ":1-5", b, 0}, {a + ":1-5", "", 0},
		{"0-1-7,3-2-4", "1", 7}, {"0-1-7,3-2-4", "2", 4}, {"0-1-7", "3", 0}, {"", "1", 0},
	} {
		if got := position(t, c.at).By(c.server); got != c.want {
			t.Errorf("%s has %d by %s, want %d", c.at, got, c.server, c.want)
		}
	}
}

func TestPositionInJSON(t *testing.T) {
	t.Parallel()
	in := rto.SourceSample{At: position(t, a+":1-5")}
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var out rto.SourceSample
	if err := json.Unmarshal(text, &out); err != nil || !out.At.Equal(in.At) {
		t.Errorf("%s came back as %v, %v", text, out.At, err)
	}
}

func FuzzPosition(f *testing.F) {
	for _, s := range []string{"", a + ":1-5:7", "0-1-5,1-2-3", a + ":tag:1-2:9", a + ":1," + b + ":2-3"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		p, err := rto.ParsePosition(one)
		if err != nil {
			return
		}
		if again, err := rto.ParsePosition(p.String()); err != nil || !again.Equal(p) {
			t.Fatalf("%q is %q, which reads as %q, %v", one, p, again, err)
		}
		q, err := rto.ParsePosition(two)
		if err != nil {
			return
		}
		if u := p.Union(q); !u.Contains(p) || !u.Contains(q) || u.Count() != p.Count()+q.Minus(p).Count() {
			t.Fatalf("union of %q and %q is %q", p, q, u)
		}
		if d := p.Minus(q); p.Minus(d).Union(d).Count() != p.Count() || !p.Contains(d) {
			t.Fatalf("%q without %q is %q", p, q, d)
		}
	})
}
