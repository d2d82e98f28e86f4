package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/config"
)

// value decodes the file "v: TEXT" by one function and returns the result and the problems without their place.
func value[T any](text string, decode func(config.Value) T) (T, string) {
	var report config.Report
	got := config.Decode(&report, "", []byte("v: "+text+"\n"), func(m *config.Map) T { return decode(m.Optional("v")) })
	_, problem, _ := strings.Cut(report.Problems().Error(), "v: ")
	return got, problem
}

// scalar compares the result and the problem of one scalar.
func scalar[T comparable](t *testing.T, text string, decode func(config.Value) T, want T, wantProblem string) {
	t.Helper()
	got, problem := value(text, decode)
	if want != got {
		t.Errorf("%s: want %v, got %v", text, want, got)
	}
	if diff := cmp.Diff(wantProblem, problem); diff != "" {
		t.Errorf("%s: problem (-want +got):\n%s", text, diff)
	}
}

func TestString(t *testing.T) {
	t.Parallel()
	f := func(text, want, problem string) {
		t.Helper()
		scalar(t, text, config.Value.String, want, problem)
	}
	f("plain words", "plain words", "")
	f("3.10", "3.10", "")
	f("0x10", "0x10", "")
	f("2026-01-01", "2026-01-01", "")
	f("yes", "yes", "")
	f("true", "", `want text, got "true": put it in quotes if it is meant as text`)
	f("'true'", "true", "")
	f("' '", " ", "is empty")
	f(`"a\nb"`, "a\nb", "want one line, got several")
	f("{a: 1}", "", "want text, got a mapping")
	f("["+strings.Repeat("x", 80)+"]", "", "want text, got a list")
}

func TestMatch(t *testing.T) {
	t.Parallel()
	f := func(text, want, problem string) {
		t.Helper()
		match := func(v config.Value) string { return v.Match(`[a-z]|[a-z]+|[0-9]+`, "a word") }
		scalar(t, text, match, want, problem)
	}
	f("abc", "abc", "")
	f("12", "12", "")
	f("ab1", "ab1", `"ab1" is not a word`)
	f("Abc", "Abc", `"Abc" is not a word`)
	f("[]", "", "want text, got a list")
	f(strings.Repeat("ä", 70), strings.Repeat("ä", 70), `"`+strings.Repeat("ä", 60)+`…" is not a word`)
}

func TestEnum(t *testing.T) {
	t.Parallel()
	f := func(text, want, problem string) {
		t.Helper()
		scalar(t, text, func(v config.Value) string { return v.Enum("page", "ticket") }, want, problem)
	}
	f("ticket", "ticket", "")
	f("tickets", "", `"tickets" is not known here: did you mean "ticket"?`)
	f("email", "", `"email" is not known here: one of: page, ticket`)
	f("[page]", "", "want one of page, ticket, got a list")
}

func TestBool(t *testing.T) {
	t.Parallel()
	f := func(text string, want bool, problem string) {
		t.Helper()
		scalar(t, text, func(v config.Value) bool { return v.Bool(false) }, want, problem)
	}
	f("true", true, "")
	f("True", true, "")
	f("false", false, "")
	f("yes", false, `want true or false, got "yes"`)
	f("1", false, `want true or false, got "1"`)
	f("'true'", false, `want true or false, got "true"`)
}

func TestInt(t *testing.T) {
	t.Parallel()
	f := func(text string, want int, problem string) {
		t.Helper()
		scalar(t, text, func(v config.Value) int { return v.Int(-5, 65535) }, want, problem)
	}
	f("9494", 9494, "")
	f("-5", -5, "")
	f("65535", 65535, "")
	f("65536", 0, "65536 is outside -5 to 65535")
	f("5,000", 0, `"5,000" is not a whole number: digits only, without separators or units`)
	f("5_000", 0, `"5_000" is not a whole number: digits only, without separators or units`)
	f("1e3", 0, `"1e3" is not a whole number: digits only, without separators or units`)
	f("99999999999999999999", 0, `"99999999999999999999" is not a whole number: digits only, without separators or units`)
	f("[1]", 0, "want a whole number, got a list")
}

func TestFloat(t *testing.T) {
	t.Parallel()
	f := func(text string, want float64, problem string) {
		t.Helper()
		scalar(t, text, func(v config.Value) float64 { return v.Float(0, 1e9) }, want, problem)
	}
	f("0.5", 0.5, "")
	f("1e9", 1e9, "")
	f("-1", 0, "-1 is outside 0 to 1e+09")
	f(".nan", 0, `".nan" is not a number: digits and a decimal point, without separators or units`)
	f("NaN", 0, `"NaN" is not a number: digits and a decimal point, without separators or units`)
	f("inf", 0, `"inf" is not a number: digits and a decimal point, without separators or units`)
	f("many", 0, `"many" is not a number: digits and a decimal point, without separators or units`)
	f("{}", 0, "want a number, got a mapping")
}

func TestDuration(t *testing.T) {
	t.Parallel()
	f := func(text string, want time.Duration, problem string) {
		t.Helper()
		scalar(t, text, func(v config.Value) time.Duration { return v.Duration(time.Second, 400*24*time.Hour) }, want, problem)
	}
	f("15s", 15*time.Second, "")
	f("1h30m", 90*time.Minute, "")
	f("30d", 720*time.Hour, "")
	f("1w", 168*time.Hour, "")
	f("1y", 8760*time.Hour, "")
	f("1s500ms", 1500*time.Millisecond, "")
	f("500ms", 0, "500ms is shorter than 1s")
	f("0s", 0, "0s is shorter than 1s")
	f("2y", 0, "2y is longer than 400d")
	f("15", 0, `"15" is not a duration: the unit is missing: write 15s, 15m, 15h or 15d`)
	f("15 sec", 0, `"15 sec" is not a duration: write 15s`)
	f("5min", 0, `"5min" is not a duration: write 5m`)
	f("30 days", 0, `"30 days" is not a duration: write 30d`)
	f("15S", 0, `"15S" is not a duration: the units are y, w, d, h, m, s and ms`)
	f("1.5h", 0, `"1.5h" is not a duration: whole numbers with units, such as 15s, 1m30s or 30d`)
	f("30s1m", 0, `"30s1m" is not a duration: whole numbers with units, such as 15s, 1m30s or 30d`)
	f("often", 0, `"often" is not a duration: whole numbers with units, such as 15s, 1m30s or 30d`)
	f("-5s", 0, `"-5s" is not a duration: whole numbers with units, such as 15s, 1m30s or 30d`)
	f("''", 0, `"" is not a duration: whole numbers with units, such as 15s, 1m30s or 30d`)
	f("300y", 0, `"300y" is too long: the units are y, w, d, h, m, s and ms`)
	f("99999999999999999999s", 0, `"99999999999999999999s" is too long: whole numbers with units, such as 15s, 1m30s or 30d`)
	f("[15s]", 0, "want a duration, got a list")
	unbounded, problem := value("200y", func(v config.Value) time.Duration { return v.Duration(0, 0) })
	if want := 200 * 8760 * time.Hour; want != unbounded || problem != "" {
		t.Errorf("without upper bound: want %v, got %v and %q", want, unbounded, problem)
	}
}

func TestFormatDuration(t *testing.T) {
	t.Parallel()
	f := func(d time.Duration, want string) {
		t.Helper()
		if got := config.FormatDuration(d); want != got {
			t.Errorf("%v: want %q, got %q", d, want, got)
		}
	}
	f(0, "0s")
	f(-time.Second, "0s")
	f(500*time.Millisecond, "500ms")
	f(15*time.Second, "15s")
	f(90*time.Second, "1m30s")
	f(5*time.Minute, "5m")
	f(24*time.Hour, "1d")
	f(720*time.Hour, "30d")
	f(366*24*time.Hour+time.Second, "366d1s")
}

func FuzzDuration(f *testing.F) {
	for _, s := range []string{"15s", "1h30m", "30d", "1y1w1d1h1m1s1ms", "300y", "0s", "15"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := config.ParseDuration(s)
		if err != nil {
			return
		}
		if d < 0 {
			t.Errorf("%q is %v", s, d)
		}
		again, err := config.ParseDuration(config.FormatDuration(d))
		if err != nil || again != d {
			t.Errorf("%q is %v, written %q, read back as %v, %v", s, d, config.FormatDuration(d), again, err)
		}
	})
}

func TestPercent(t *testing.T) {
	t.Parallel()
	f := func(text string, want config.Percent, problem string) {
		t.Helper()
		scalar(t, text, config.Value.Percent, want, problem)
	}
	f("99.9%", config.Percent{Text: "99.9", Ratio: 0.999}, "")
	f("99.9", config.Percent{Text: "99.9", Ratio: 0.999}, "")
	f("99.99 %", config.Percent{Text: "99.99", Ratio: 0.9999}, "")
	f("99.95%", config.Percent{Text: "99.95", Ratio: 0.9995}, "")
	f("70%", config.Percent{Text: "70", Ratio: 0.7}, "")
	f("0%", config.Percent{Text: "0", Ratio: 0}, "")
	f("100%", config.Percent{Text: "100", Ratio: 1}, "")
	f("100.1%", config.Percent{}, "100.1% is more than 100%")
	f("-1%", config.Percent{}, `"-1%" is not a percentage: digits and a decimal point, such as 99.9%`)
	f("9e1", config.Percent{}, `"9e1" is not a percentage: digits and a decimal point, such as 99.9%`)
	f("most", config.Percent{}, `"most" is not a percentage: digits and a decimal point, such as 99.9%`)
	f("[1]", config.Percent{}, "want a percentage, got a list")
}

func TestBytes(t *testing.T) {
	t.Parallel()
	f := func(text string, want int64, problem string) {
		t.Helper()
		scalar(t, text, func(v config.Value) int64 { return v.Bytes(100) }, want, problem)
	}
	f("100GB", 100_000_000_000, "")
	f("100 GB", 100_000_000_000, "")
	f("1GiB", 1_073_741_824, "")
	f("512MiB", 536_870_912, "")
	f("2kB", 2000, "")
	f("1TiB", 1_099_511_627_776, "")
	f("100B", 100, "")
	f("99B", 0, "99B is less than 100 bytes")
	f("100", 0, `"100" is not a size: a whole number with a unit, such as 512MiB or 100GB`)
	f("100G", 0, `"100G" is not a size: a whole number with a unit, such as 512MiB or 100GB`)
	f("1.5GB", 0, `"1.5GB" is not a size: a whole number with a unit, such as 512MiB or 100GB`)
	f("9999999999TB", 0, "9999999999TB is too large")
	f("99999999999999999999B", 0, "99999999999999999999B is too large")
	f("{}", 0, "want a size in bytes, got a mapping")
}
