package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/voipbin/observability/internal/rto"
)

// JSON writes the report as JSON; the same report gives the same bytes.
func JSON(w io.Writer, r Report) error {
	text, err := encode(r)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

func encode(r Report) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r); err != nil {
		return nil, fmt.Errorf("report of drill %s: %w", r.Drill, err)
	}
	return b.Bytes(), nil
}

// span shows a duration as people say it at night: finer the shorter it is, always with its unit.
func span(d time.Duration) string { return spanTo(d, resolution(d)) }

// resolution is the finest part of a duration of that length that is worth reading.
func resolution(d time.Duration) time.Duration {
	switch d = d.Abs(); {
	case d < time.Millisecond:
		return time.Microsecond
	case d < time.Second:
		return time.Millisecond
	case d < 10*time.Second:
		return 10 * time.Millisecond
	case d < 2*time.Minute:
		return 100 * time.Millisecond
	default:
		return time.Second
	}
}

func spanTo(d, res time.Duration) string {
	sign := ""
	if d = d.Round(res); d < 0 {
		sign, d = "−", -d
	}
	decimals := 0
	for r := time.Second; r > res && decimals < 3; r /= 10 {
		decimals++
	}
	whole := func(unit time.Duration) int { return int(d / unit) }
	switch {
	case d == 0:
		return "0 s"
	case d < time.Second && res < 100*time.Millisecond:
		return sign + strconv.FormatFloat(float64(d)/1e6, 'f', -1, 64) + " ms"
	case d < 2*time.Minute:
		return sign + strconv.FormatFloat(d.Seconds(), 'f', decimals, 64) + " s"
	case d < time.Hour:
		return fmt.Sprintf("%s%d min %02d s", sign, whole(time.Minute), whole(time.Second)%60)
	default:
		return fmt.Sprintf("%s%d h %02d min %02d s", sign, whole(time.Hour), whole(time.Minute)%60, whole(time.Second)%60)
	}
}

// showBracket shows both edges, or one if they look alike, or what is known if nothing bounds it from above. Edges are rounded outwards, so that
// what is shown holds the truth too, and the finer the narrower the bracket is.
func showBracket(b rto.Bracket) string {
	if b.Unbounded && b.Lo == 0 {
		return "not known"
	}
	if b.Unbounded {
		res := resolution(b.Lo)
		return "at least " + spanTo(b.Lo.Truncate(res), res)
	}
	res := resolution(b.Hi)
	for res > time.Millisecond && b.Hi < 2*time.Minute && b.Width() < 20*res {
		res /= 10
	}
	lo, hi := b.Lo.Truncate(res), b.Hi.Truncate(res)
	if hi < b.Hi {
		hi += res
	}
	switch from, to := spanTo(lo, res), spanTo(hi, res); {
	case from == to:
		return to
	case hi >= 2*time.Minute && hi < time.Hour && lo.Truncate(time.Minute) == hi.Truncate(time.Minute):
		return strings.TrimSuffix(from, " s") + " to " + to[strings.LastIndex(to, " min ")+5:]
	case lo == 0:
		return "0 to " + to
	case unit(from) == unit(to):
		return strings.TrimSuffix(from, unit(from)) + " to " + to
	default:
		return from + " to " + to
	}
}

// limit shows an objective or a budget, which people set in whole units.
func limit(d time.Duration) string {
	for _, u := range []struct {
		of   time.Duration
		name string
	}{{time.Hour, " h"}, {time.Minute, " min"}} {
		if d >= u.of && d%u.of == 0 {
			return strconv.FormatInt(int64(d/u.of), 10) + u.name
		}
	}
	return span(d)
}

// unit is the unit of a duration that has one only.
func unit(s string) string {
	if number, u, ok := strings.Cut(s, " "); ok && !strings.Contains(u, " ") && number != "" {
		return " " + u
	}
	return s
}

// showInstant shows the time of day in UTC to the millisecond; the day is on the first page.
func showInstant(i rto.Instant) string {
	if i == 0 {
		return "–"
	}
	return i.Time().Format("15:04:05.000")
}

// showMoment shows a moment's upper edge and how far its lower edge may be from it.
func showMoment(m rto.Moment) string {
	switch {
	case !m.Valid():
		return "–"
	case m.Hi.Sub(m.Lo) < time.Millisecond:
		return showInstant(m.Hi)
	default:
		return showInstant(m.Hi) + " (−" + span(m.Hi.Sub(m.Lo)) + ")"
	}
}

func showDay(m rto.Moment) string {
	if !m.Valid() {
		return "–"
	}
	return m.Hi.Time().Format("2006-01-02 15:04:05") + " UTC"
}

// maxShown is how much of a typed text a page shows; the JSON has all of it.
const maxShown = 1000

// clean makes one line of what people typed: control characters, which could draw over other text, and those that turn the direction of writing
// become spaces or a mark.
func clean(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > maxShown {
			b.WriteString(" … (cut)")
			break
		}
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			b.WriteByte(' ')
		case r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f || r == 0xfeff:
			b.WriteRune(unicode.ReplacementChar)
		default:
			b.WriteRune(r)
		}
	}
	return strings.TrimSpace(b.String())
}
