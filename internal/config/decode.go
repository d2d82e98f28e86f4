// Package config reads YAML that people write, strictly and with the place of every value, and writes YAML that programs
// read. It is the only room that knows a YAML library. It refuses what it cannot vouch for: unknown and repeated keys,
// anchors and aliases, tags, more than one document where one is meant, and files beyond its bounds. What a file means is its callers' business.
//
// Files are decoded by hand-written functions, so that the shape of a file can be read off its decoder:
//
//	var report config.Report
//	cfg := config.Decode(&report, "fleet.yaml", data, func(m *config.Map) Fleet {
//		return Fleet{
//			Name:     m.Required("name").String(),
//			Interval: cmp.Or(m.Optional("interval").Duration(time.Second, time.Hour), time.Minute),
//			Targets:  config.Objects(m.Required("targets"), decodeTarget),
//		}
//	})
//	if err := report.Problems().Err(); err != nil { ... }
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/voipbin/observability/internal/diag"
)

// Bounds of one file. They are far above what a person writes, and low enough that a hostile file costs nothing.
const (
	MaxBytes = 1 << 20 // size of a file
	maxDepth = 32      // mappings and lists within each other
)

// Read reads a file's content, at most MaxBytes of it; more is an error.
func Read(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, err
	}
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("larger than %d bytes", MaxBytes)
	}
	return data, nil
}

// document is one file while it is decoded.
type document struct {
	file   string
	data   []byte
	text   string // data again: what walks over the source of a value needs no copy of its own
	lines  []int  // byte offset of each line's first byte
	report *Report
}

// Source is one file whose text was taken apart, and of which nothing was decoded yet.
type Source struct {
	doc  *document
	root *yaml.Node // nil where the text is at fault; the document's report says how
}

// Parse takes the text of one file apart. What is wrong with it is reported once it is decoded, so that several files may be parsed side by
// side and their problems keep their order.
func Parse(file string, data []byte) *Source {
	d := &document{file: file, data: bytes.TrimPrefix(data, []byte("\ufeff")), report: &Report{}}
	root := d.parse()
	if root != nil && !d.withinBounds(root, 1) {
		root = nil
	}
	return &Source{d, root}
}

// Decode reads one file. decode is called with the file's top mapping and returns what it describes; problems go to the
// report. Where the report has problems afterwards the result is incomplete and must not be used.
func Decode[T any](report *Report, file string, data []byte, decode func(*Map) T) T {
	return DecodeSource(report, Parse(file, data), decode)
}

// DecodeSource is Decode for a file that was parsed, once.
func DecodeSource[T any](report *Report, s *Source, decode func(*Map) T) T {
	for _, p := range s.doc.report.problems {
		report.Add(p)
	}
	s.doc.report = report
	if s.root == nil {
		var zero T
		return zero
	}
	return Object(Value{doc: s.doc, node: s.root}, decode)
}

// DecodeEach reads a file of any number of documents, as Kubernetes has them, and calls decode for each that is not empty. Otherwise it is as Decode.
func DecodeEach[T any](report *Report, file string, data []byte, decode func(*Map) T) []T {
	d := &document{file: file, data: bytes.TrimPrefix(data, []byte("\ufeff")), report: report}
	if !d.readable() {
		return nil
	}
	var all []T
	decoder := yaml.NewDecoder(bytes.NewReader(d.data))
	for read := 0; ; read++ {
		var doc yaml.Node
		err := decoder.Decode(&doc)
		switch {
		case errors.Is(err, io.EOF) && read == 0:
			d.problem(diag.Position{}, 0, "the file is empty", "")
			return nil
		case errors.Is(err, io.EOF):
			return all
		case err != nil:
			d.syntaxError(err)
			return all
		}
		root := doc.Content[0]
		if v := (Value{doc: d, node: root}); v.node.Kind == yaml.ScalarNode && v.isNull() || !d.withinBounds(root, 1) {
			continue
		}
		all = append(all, Object(Value{doc: d, node: root}, decode))
	}
}

// readable takes the file apart into lines, or reports why that is not possible.
func (d *document) readable() bool {
	if len(d.data) > MaxBytes {
		d.problem(diag.Position{}, 0, fmt.Sprintf("the file is larger than %d bytes", MaxBytes), "")
		return false
	}
	if pos, what, hint := d.unreadable(); what != "" {
		d.problem(pos, 1, what, hint)
		return false
	}
	d.lines, d.text = lineStarts(d.data), string(d.data)
	return true
}

// parse returns the root of the only YAML document in the file, or nil after reporting why there is none.
func (d *document) parse() *yaml.Node {
	if !d.readable() {
		return nil
	}
	decoder := yaml.NewDecoder(bytes.NewReader(d.data))
	var doc, second yaml.Node
	switch err := decoder.Decode(&doc); {
	case errors.Is(err, io.EOF):
		d.problem(diag.Position{}, 0, "the file is empty", "")
		return nil
	case err != nil:
		d.syntaxError(err)
		return nil
	}
	switch err := decoder.Decode(&second); {
	case errors.Is(err, io.EOF):
		return doc.Content[0]
	case err != nil:
		d.syntaxError(err)
	default:
		d.problem(d.at(&second), 1, "a second YAML document begins here", `a file holds one document: remove the "---"`)
	}
	return nil
}

// withinBounds reports what this package refuses whatever the key: aliases, anchors, tags, and nesting beyond maxDepth.
func (d *document) withinBounds(n *yaml.Node, depth int) bool {
	switch {
	case depth > maxDepth:
		d.problem(d.at(n), 1, fmt.Sprintf("more than %d levels of nesting", maxDepth), "")
		return false
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		d.problem(d.at(n), 1, "YAML anchors and aliases are not accepted", "write the value out where it is used")
		return false
	case n.Style&yaml.TaggedStyle != 0:
		d.problem(d.at(n), 1, fmt.Sprintf("YAML tag %q is not accepted", n.Tag), "leave the tag out")
		return false
	}
	ok := true
	for _, child := range n.Content {
		ok = d.withinBounds(child, depth+1) && ok
	}
	return ok
}

// at is the place of a node. The library puts the empty value at the end of a file on a line that is not there.
func (d *document) at(n *yaml.Node) diag.Position {
	return diag.Position{File: d.file, Line: min(n.Line, len(d.lines)), Col: n.Column}
}

// problem adds a problem to the report; an empty position stands for the file as a whole.
func (d *document) problem(pos diag.Position, width int, what, hint string) {
	pos.File = d.file
	d.report.Add(diag.Problem{Pos: pos, Width: width, What: what, Hint: hint})
}

// lineStarts returns the byte offset of the first byte of every line.
func lineStarts(data []byte) []int {
	starts := []int{0}
	for i, b := range data {
		if b == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// unreadable finds the first rune that YAML does not allow in a file (YAML 1.2, 5.1), or that would make lines ambiguous,
// and says what it is.
func (d *document) unreadable() (pos diag.Position, what, hint string) {
	pos = diag.Position{Line: 1, Col: 1}
	for rest := d.data; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		switch {
		case r == utf8.RuneError && size == 1:
			return pos, "the file is not UTF-8", "save it as UTF-8"
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', r == 0x7f:
			return pos, fmt.Sprintf("control character %U", r), "remove it"
		case r == '\r' && !bytes.HasPrefix(rest, []byte("\r\n")), r == '\u0085', r == '\u2028', r == '\u2029':
			// YAML counts these as line ends, and no editor does: places would be wrong.
			return pos, fmt.Sprintf("line end %U", r), "end lines with a line feed"
		}
		pos.Col++
		if r == '\n' {
			pos.Line, pos.Col = pos.Line+1, 1
		}
		rest = rest[size:]
	}
	return pos, "", ""
}
