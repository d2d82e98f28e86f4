package rto

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Position is a set of transactions in a replicated history: a MySQL GTID set ("uuid:1-5:7", with tags "uuid:tag:1-5" since 8.3),
// or a MariaDB GTID position ("0-1-123"), which stands for everything up to that sequence number in its domain.
// The zero Position holds nothing. Positions are values: no method changes one.
type Position struct {
	runs map[string][]run
	// server is the server that wrote the newest transaction of a MariaDB domain: two servers at one number have diverged.
	server map[string]uint32
}

// run is an interval of sequence numbers, both ends in it.
type run struct{ from, to uint64 }

// ParsePosition reads either form; line breaks and spaces, which MySQL puts between sources, are skipped.
func ParsePosition(text string) (Position, error) {
	p := Position{runs: map[string][]run{}, server: map[string]uint32{}}
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		read := p.readMariaDB
		if strings.Contains(part, ":") {
			read = p.readMySQL
		}
		if err := read(part); err != nil {
			return Position{}, err
		}
	}
	for source, runs := range p.runs {
		p.runs[source] = merged(runs)
	}
	return p, nil
}

func (p Position) readMySQL(part string) error {
	fields := strings.Split(part, ":")
	uuid := strings.ToLower(strings.TrimSpace(fields[0]))
	if !isUUID(uuid) {
		return fmt.Errorf("GTID set: source is no UUID")
	}
	source := uuid
	for _, f := range fields[1:] {
		f = strings.TrimSpace(f)
		if f != "" && (f[0] < '0' || f[0] > '9') {
			source = uuid + ":" + strings.ToLower(f)
			continue
		}
		r, err := parseRun(f)
		if err != nil {
			return err
		}
		p.runs[source] = append(p.runs[source], r)
	}
	return nil
}

func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range s {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (c == '-') || !dash && !strings.ContainsRune("0123456789abcdef", c) {
			return false
		}
	}
	return true
}

func parseRun(text string) (run, error) {
	first, last, ranged := strings.Cut(text, "-")
	from, err := strconv.ParseUint(strings.TrimSpace(first), 10, 63)
	if err != nil || from == 0 {
		return run{}, fmt.Errorf("GTID set: an interval does not begin with a number above 0")
	}
	if !ranged {
		return run{from, from}, nil
	}
	to, err := strconv.ParseUint(strings.TrimSpace(last), 10, 63)
	if err != nil || to < from {
		return run{}, fmt.Errorf("GTID set: an interval does not end at or after its begin")
	}
	return run{from, to}, nil
}

func (p Position) readMariaDB(part string) error {
	f := strings.Split(part, "-")
	if len(f) != 3 {
		return fmt.Errorf("GTID position: want domain-server-number")
	}
	domain, err1 := strconv.ParseUint(f[0], 10, 32)
	server, err2 := strconv.ParseUint(f[1], 10, 32)
	number, err3 := strconv.ParseUint(f[2], 10, 63)
	if err1 != nil || err2 != nil || err3 != nil {
		return fmt.Errorf("GTID position: want three numbers, domain-server-number")
	}
	if number == 0 {
		return nil
	}
	source := strconv.FormatUint(domain, 10)
	// gtid_binlog_state lists a domain once for each server; the newest number is the position.
	if old := p.runs[source]; len(old) > 0 && old[0].to >= number {
		return nil
	}
	p.runs[source] = []run{{1, number}}
	p.server[source] = uint32(server)
	return nil
}

func merged(runs []run) []run {
	slices.SortFunc(runs, func(a, b run) int { return cmp.Compare(a.from, b.from) })
	out := runs[:0:0]
	for _, r := range runs {
		if n := len(out); n > 0 && r.from <= out[n-1].to+1 {
			out[n-1].to = max(out[n-1].to, r.to)
			continue
		}
		out = append(out, r)
	}
	return out
}

// Empty tells whether the position holds no transaction.
func (p Position) Empty() bool { return len(p.runs) == 0 }

// IsZero is Empty; encoding/json asks it for "omitzero".
func (p Position) IsZero() bool { return p.Empty() }

// Count is the number of transactions in the position.
func (p Position) Count() uint64 {
	var n uint64
	for _, runs := range p.runs {
		for _, r := range runs {
			n += r.to - r.from + 1
		}
	}
	return n
}

// Contains tells whether every transaction of q is in p. Of MariaDB positions only numbers are compared; see Diverged.
func (p Position) Contains(q Position) bool {
	for source, runs := range q.runs {
		if !covers(p.runs[source], runs) {
			return false
		}
	}
	return true
}

// covers tells whether the sorted, merged runs of big contain those of small.
func covers(big, small []run) bool {
	i := 0
	for _, r := range small {
		for i < len(big) && big[i].to < r.from {
			i++
		}
		if i == len(big) || big[i].from > r.from || big[i].to < r.to {
			return false
		}
	}
	return true
}

// Minus is what p holds and q does not. For MariaDB it is the open interval of numbers that q has not reached.
func (p Position) Minus(q Position) Position {
	out := Position{runs: map[string][]run{}, server: p.server}
	for source, runs := range p.runs {
		if left := without(runs, q.runs[source]); len(left) > 0 {
			out.runs[source] = left
		}
	}
	return out
}

func without(from, take []run) []run {
	var out []run
	for _, r := range from {
		for _, t := range take {
			if t.to < r.from || t.from > r.to {
				continue
			}
			if t.from > r.from {
				out = append(out, run{r.from, t.from - 1})
			}
			r.from = t.to + 1
			if r.from > r.to {
				break
			}
		}
		if r.from <= r.to {
			out = append(out, r)
		}
	}
	return out
}

// Union is what p or q holds.
func (p Position) Union(q Position) Position {
	out := Position{runs: maps.Clone(p.runs), server: maps.Clone(p.server)}
	if out.runs == nil {
		out.runs, out.server = map[string][]run{}, map[string]uint32{}
	}
	for source, runs := range q.runs {
		if s, ok := q.server[source]; ok && !covers(out.runs[source], runs) {
			out.server[source] = s
		}
		out.runs[source] = merged(slices.Concat(out.runs[source], runs))
	}
	return out
}

// By is a number that grows with each transaction that the server wrote itself: MySQL's count of its UUID, or MariaDB's newest number where that
// server (by its server_id) wrote the newest of a domain.
func (p Position) By(server string) uint64 {
	var n uint64
	for source, runs := range p.runs {
		writer, mariadb := p.server[source]
		mine := mariadb && strconv.FormatUint(uint64(writer), 10) == server || !mariadb && strings.HasPrefix(source, server) && server != ""
		if !mine {
			continue
		}
		for _, r := range runs {
			n += r.to - r.from + 1
		}
	}
	return n
}

// Diverged tells whether both are MariaDB positions that give one number of a domain to different servers: the histories share
// no future, although the numbers compare.
func (p Position) Diverged(q Position) bool {
	for domain, s := range p.server {
		t, ok := q.server[domain]
		if ok && s != t && slices.Equal(p.runs[domain], q.runs[domain]) {
			return true
		}
	}
	return false
}

// Holds tells whether everything of q is provably in p. It is Contains for MySQL. A MariaDB position of another server with a higher
// number proves nothing: that server may have written on from an older one.
func (p Position) Holds(q Position) bool {
	if !p.Contains(q) {
		return false
	}
	for domain, s := range q.server {
		if t, ok := p.server[domain]; ok && s != t {
			return false
		}
	}
	return true
}

// Equal tells whether both hold the same transactions.
func (p Position) Equal(q Position) bool { return p.Contains(q) && q.Contains(p) && !p.Diverged(q) }

// String writes the canonical form: sources sorted, intervals merged; what a difference of MariaDB positions holds is written
// "domain-server-from..to", because no GTID position can say it.
func (p Position) String() string {
	parts := make([]string, 0, len(p.runs))
	for _, source := range slices.SortedFunc(maps.Keys(p.runs), bySource) {
		parts = append(parts, p.source(source))
	}
	return strings.Join(parts, ",")
}

// bySource sorts MariaDB's domains by number and MySQL's UUIDs by text.
func bySource(a, b string) int {
	if len(a) < 36 && len(b) < 36 {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	}
	return cmp.Compare(a, b)
}

func (p Position) source(source string) string {
	if server, ok := p.server[source]; ok {
		r := p.runs[source][0]
		if r.from > 1 {
			return fmt.Sprintf("%s-%d-%d..%d", source, server, r.from, r.to)
		}
		return fmt.Sprintf("%s-%d-%d", source, server, r.to)
	}
	var b strings.Builder
	b.WriteString(source)
	for _, r := range p.runs[source] {
		fmt.Fprintf(&b, ":%d", r.from)
		if r.to > r.from {
			fmt.Fprintf(&b, "-%d", r.to)
		}
	}
	return b.String()
}

// MarshalText writes the canonical form.
func (p Position) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads the canonical form of a whole position; that of a MariaDB difference is refused.
func (p *Position) UnmarshalText(text []byte) error {
	q, err := ParsePosition(string(text))
	if err == nil {
		*p = q
	}
	return err
}
