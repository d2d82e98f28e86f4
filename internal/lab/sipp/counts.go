package sipp

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"strconv"
	"strings"
)

// Counts is what callers saw.
type Counts struct {
	// Attempts is the number of calls started, each with one initial INVITE, retransmissions not counted.
	Attempts int
	// Final is the number of calls by their final SIP status, 200 to 699.
	Final map[int]int
	// Open is the number of calls that had no final answer yet or still lasted.
	Open int
	// Failed is the number of calls that SIPp gave up: without an answer, or because of a message the scenario does not have.
	Failed int
}

// Add sums two counts.
func (c Counts) Add(o Counts) Counts {
	sum := Counts{
		Attempts: c.Attempts + o.Attempts, Open: c.Open + o.Open, Failed: c.Failed + o.Failed,
		Final: maps.Clone(c.Final),
	}
	if sum.Final == nil {
		sum.Final = map[int]int{}
	}
	for code, n := range o.Final {
		sum.Final[code] += n
	}
	return sum
}

// Since is what was added since an earlier reading of the same callers.
func (c Counts) Since(earlier Counts) Counts {
	d := Counts{Attempts: c.Attempts - earlier.Attempts, Open: c.Open, Failed: c.Failed - earlier.Failed, Final: map[int]int{}}
	for code, n := range c.Final {
		if grown := n - earlier.Final[code]; grown > 0 {
			d.Final[code] = grown
		}
	}
	return d
}

// Answered is the number of calls that got a final answer of any kind.
func (c Counts) Answered() int {
	n := 0
	for _, k := range c.Final {
		n += k
	}
	return n
}

// Silent is the number of calls that ended without any final answer. It is exact when no call is open.
func (c Counts) Silent() int { return max(0, c.Attempts-c.Answered()-c.Open) }

// finalPrefix begins the names of the counters in the scenarios; the status follows.
const finalPrefix = "final"

// ReadCounts reads a caller's statistics file. A file that has no line of figures yet means that no call was started yet.
func ReadCounts(path string) (Counts, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return Counts{Final: map[int]int{}}, nil
	}
	if err != nil {
		return Counts{}, err
	}
	defer f.Close()
	ends, err := bothEnds(f)
	if err != nil {
		return Counts{}, fmt.Errorf("read %s: %w", path, err)
	}
	c, err := parseCounts(ends)
	if err != nil {
		return Counts{}, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// endBytes is more than the names or any line of values take: 1.8 kB with SIPp 3.6.1.
const endBytes = 16 << 10

// bothEnds reads the first line and the last ones, for a caller without end writes 35 MB a day.
func bothEnds(f *os.File) (string, error) {
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if info.Size() <= 2*endBytes {
		all, err := io.ReadAll(f)
		return string(all), err
	}
	head, tail := make([]byte, endBytes), make([]byte, endBytes)
	if _, err := f.ReadAt(head, 0); err != nil {
		return "", err
	}
	if _, err := f.ReadAt(tail, info.Size()-endBytes); err != nil {
		return "", err
	}
	names, _, _ := strings.Cut(string(head), "\n")
	_, values, _ := strings.Cut(string(tail), "\n") // the first of these lines is cut
	return names + "\n" + values, nil
}

// parseCounts reads the semicolon-separated table which -trace_stat writes: a line of names, then one line a second. The last complete
// line has the totals; columns ending in (C) are cumulative.
func parseCounts(text string) (Counts, error) {
	whole := text[:strings.LastIndexByte(text, '\n')+1] // a line may be in the middle of being written
	lines := strings.Split(strings.TrimSuffix(whole, "\n"), "\n")
	if len(lines) < 2 {
		return Counts{Final: map[int]int{}}, nil
	}
	names, values := strings.Split(lines[0], ";"), strings.Split(lines[len(lines)-1], ";")
	if len(names) != len(values) {
		return Counts{}, fmt.Errorf("%d names but %d values in the last line", len(names), len(values))
	}
	row := make(map[string]string, len(names))
	for i, n := range names {
		row[n] = values[i]
	}
	return countsOf(row)
}

func countsOf(row map[string]string) (Counts, error) {
	c := Counts{Final: map[int]int{}}
	for name, into := range map[string]*int{"TotalCallCreated": &c.Attempts, "CurrentCall": &c.Open, "FailedCall(C)": &c.Failed} {
		n, err := strconv.Atoi(row[name])
		if err != nil {
			return Counts{}, fmt.Errorf("column %s: %w", name, err)
		}
		*into = n
	}
	for name, value := range row {
		status, isFinal := strings.CutPrefix(strings.TrimSuffix(name, "(C)"), finalPrefix)
		if !isFinal || !strings.HasSuffix(name, "(C)") {
			continue
		}
		code, codeErr := strconv.Atoi(status)
		n, err := strconv.Atoi(value)
		if err := errors.Join(codeErr, err); err != nil {
			return Counts{}, fmt.Errorf("column %s: %w", name, err)
		}
		if n > 0 {
			c.Final[code] = n
		}
	}
	return c, nil
}
