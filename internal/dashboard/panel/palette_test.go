package panel

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

type vec [3]float64

// linear decodes a hue into linear RGB (IEC 61966-2-1).
func linear(t *testing.T, h Hue) vec {
	t.Helper()
	var out vec
	if len(h) != 7 || h[0] != '#' {
		t.Fatalf("hue %q: want #rrggbb", h)
	}
	for i := range out {
		n, err := strconv.ParseUint(string(h[1+2*i:3+2*i]), 16, 8)
		if err != nil {
			t.Fatalf("hue %q: %v", h, err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			out[i] = c / 12.92
		} else {
			out[i] = math.Pow((c+0.055)/1.055, 2.4)
		}
	}
	return out
}

// contrast is the ratio of WCAG 2.2 between two colours.
func contrast(a, b vec) float64 {
	luminance := func(v vec) float64 { return 0.2126*v[0] + 0.7152*v[1] + 0.0722*v[2] }
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// sights are what linear RGB becomes for normal sight and for full protanopia, deuteranopia and tritanopia: Machado,
// Oliveira and Fernandes, "A physiologically-based model for simulation of color vision deficiency", 2009, severity 1.
func sights() map[string][3]vec {
	return map[string][3]vec{
		"normal":       {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
		"protanopia":   {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
		"deuteranopia": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
		"tritanopia":   {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}},
	}
}

func apply(m [3]vec, v vec) vec {
	var out vec
	for i, row := range m {
		out[i] = min(1, max(0, row[0]*v[0]+row[1]*v[1]+row[2]*v[2]))
	}
	return out
}

// oklab is Ottosson's perceptual space, 2020.
func oklab(v vec) vec {
	l := math.Cbrt(0.4122214708*v[0] + 0.5363325363*v[1] + 0.0514459929*v[2])
	m := math.Cbrt(0.2119034982*v[0] + 0.6806995451*v[1] + 0.1073969566*v[2])
	s := math.Cbrt(0.0883024619*v[0] + 0.2817188376*v[1] + 0.6299787005*v[2])
	return vec{
		0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
		1.9779984951*l - 2.4285922050*m + 0.4505937099*s,
		0.0259040371*l + 0.7827717662*m - 0.8086757660*s,
	}
}

func distance(a, b vec) float64 {
	return math.Hypot(math.Hypot(a[0]-b[0], a[1]-b[1]), a[2]-b[2])
}

func TestHuesReadableOnBothGrounds(t *testing.T) {
	t.Parallel()
	for _, ground := range []Hue{"#181b1f", "#ffffff"} {
		for _, h := range Hues() {
			if got := contrast(linear(t, h), linear(t, ground)); got < 3 {
				t.Errorf("%s on %s: want a contrast of 3 or more, got %.2f", h, ground, got)
			}
		}
	}
}

// smallest is the distance between the two hues that are hardest to tell apart, over all kinds of sight.
func smallest(t *testing.T, hues []Hue) float64 {
	t.Helper()
	least := math.Inf(1)
	for _, m := range sights() {
		for i, a := range hues {
			for _, b := range hues[:i] {
				least = min(least, distance(oklab(apply(m, linear(t, a))), oklab(apply(m, linear(t, b)))))
			}
		}
	}
	return least
}

func TestHuesDistinctForColourBlindReaders(t *testing.T) {
	t.Parallel()
	if got := smallest(t, Hues()); got < 0.11 {
		t.Errorf("hues: want 0.11 apart or more, got %.3f", got)
	}
	okabeIto := []Hue{"#e69f00", "#56b4e9", "#009e73", "#0072b2", "#d55e00", "#cc79a7"}
	if got := smallest(t, okabeIto); got >= 0.08 || got <= 0.07 {
		t.Errorf("the palette compared with: want 0.076 apart, got %.3f", got)
	}
}

func TestSeriesLooksDiffer(t *testing.T) {
	t.Parallel()
	names := make([]string, 36)
	for i := range names {
		names[i] = "n" + strconv.Itoa(i)
	}
	seen := map[string]string{}
	looks := Series(names)
	if kin := Kin(Bad, names[:6]...); mustJSON(t, kin[1]) != mustJSON(t, ForName("n1", InColor(Bad), Dashed(10, 6))) {
		t.Errorf("second of a kin: want it dashed, got %s", mustJSON(t, kin[1]))
	}
	for _, o := range looks {
		look := mustJSON(t, o.Properties)
		if other, ok := seen[look]; ok {
			t.Errorf("%s: want a look of its own, got that of %s", o.Matcher.Options, other)
		}
		seen[look] = o.Matcher.Options
	}
}

func TestSpreadByNumber(t *testing.T) {
	t.Parallel()
	f := func(name string, want Hue) {
		t.Helper()
		var got []Hue
		for _, o := range Spread() {
			if regexp.MustCompile(strings.Trim(o.Matcher.Options, "/")).MatchString(name) {
				got = append(got, o.Properties[0].Value.(Color).Fixed)
			}
		}
		if want == "" && len(got) > 0 || want != "" && (len(got) != 1 || got[0] != want) {
			t.Errorf("%q: want the hue %q alone, got %q", name, want, got)
		}
	}
	f("kamailio-1", Amber)
	f("set 2", Violet)
	f("1 sip:10.0.0.13:5060", Crimson)
	f("1 sip:10.0.0.14:5060;transport=tcp", Sky)
	f("1 sip:10.0.0.15", Grey)
	f("sip:asterisk-16.internal:5060", Blue)
	f("sip:asterisk-16.internal", Blue)
	f("7", Amber)
	f("udp receiver", Amber)
	f("offer", Amber)
	f("TIMER", Amber)
	f("delete", Blue)
	f("ingress", Grey)
	f("", "")
}

func TestDigitsDrawCodes(t *testing.T) {
	t.Parallel()
	f := func(name string, want int) {
		t.Helper()
		got := 0
		for _, o := range Digits() {
			if regexp.MustCompile(strings.Trim(o.Matcher.Options, "/")).MatchString(name) {
				got++
			}
		}
		if got != want {
			t.Errorf("%q: want %d strokes, got %d", name, want, got)
		}
	}
	f("480", 0)
	f("4xx 404", 1)
	f("486", 1)
	f("18x", 0)
}

func TestStrokesByTheEnd(t *testing.T) {
	t.Parallel()
	f := func(name string, want ...int) {
		t.Helper()
		var got [][]int
		for _, o := range Strokes() {
			if regexp.MustCompile(strings.Trim(o.Matcher.Options, "/")).MatchString(name) {
				got = append(got, o.Properties[0].Value.(LineStyle).Dash)
			}
		}
		if want == nil && len(got) > 0 || want != nil && (len(got) != 1 || !slices.Equal(got[0], want)) {
			t.Errorf("%q: want the stroke %v alone, got %v", name, want, got)
		}
	}
	f("200")
	f("500 /")
	f("500 api-manager", 10, 6)
	f("500 /v1.0/calls", 5, 3)
	f("200 backend-3", 20, 5)
}
