// Package diag says what is wrong in a file that a person wrote, where, and what to try. It neither reads files nor
// decides what is wrong.
package diag

import (
	"fmt"
	"strings"
)

// Position is a place in a text file. Line and Col count from 1, Col in runes; 0 means unknown.
type Position struct {
	File      string
	Line, Col int
}

// String is file:line:col, shortened by what is unknown.
func (p Position) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Col == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Problem is one thing wrong at one place.
type Problem struct {
	Pos Position
	// Width is how many runes from Pos.Col on are wrong; 0 is taken as 1.
	Width int
	// What is wrong, in lower case, without a final period.
	What string
	// Hint is what to try; it may be empty.
	Hint string
	// Warning is true for what is allowed but probably not meant.
	Warning bool
}

// Error is the problem on one line: file:line:col: what: hint.
func (p Problem) Error() string {
	parts := make([]string, 0, 3)
	if at := p.Pos.String(); at != "" {
		parts = append(parts, at)
	}
	parts = append(parts, p.What)
	if p.Hint != "" {
		parts = append(parts, p.Hint)
	}
	return strings.Join(parts, ": ")
}

// Problems is a list of problems that is an error when it holds any.
type Problems []Problem

// Error is one line a problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Err returns the list as an error, or nil when it holds no problem beyond warnings.
func (ps Problems) Err() error {
	for _, p := range ps {
		if !p.Warning {
			return ps
		}
	}
	return nil
}

// At returns a problem at a place.
func At(pos Position, what, hint string) Problem { return Problem{Pos: pos, What: what, Hint: hint} }
