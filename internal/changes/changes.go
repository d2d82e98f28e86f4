// Package changes says what changed between two sets of boards and rules, in the words of a reviewer: a panel was added, a threshold moved, an
// alert waits longer. It compares meanings and not lines, and judges nothing.
package changes

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// Change is one thing that changed.
type Change struct {
	// File is where it stands now, or stood before it went.
	File string `json:"file"`
	// Subject is the board or the rule: board "Calls", alert CallsFail.
	Subject string `json:"subject"`
	// What says what changed, such as: panel "Rate": query A changed.
	What string `json:"what"`
	// Before and After are the texts that differ, where they are worth reading; one is empty for what came or went.
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// Set is what is compared: boards and rule files by their path.
type Set struct {
	boards map[string]*board // by uid, or path where there is none
	rules  []rule
	groups map[string]group // by file and name
}

// NewSet is a set of nothing.
func NewSet() *Set {
	return &Set{boards: map[string]*board{}, groups: map[string]group{}}
}

// Size is how many boards and rules there are.
func (s *Set) Size() (boards, rules int) { return len(s.boards), len(s.rules) }

// Compare returns what changed, boards first.
func Compare(before, after *Set) []Change {
	c := &comparison{}
	c.boards(before, after)
	c.groups(before, after)
	c.rules(before.rules, after.rules)
	return c.list
}

// comparison gathers changes.
type comparison struct {
	list          []Change
	file, subject string
}

func (c *comparison) on(file, subject string) { c.file, c.subject = file, subject }

func (c *comparison) say(format string, args ...any) {
	c.list = append(c.list, Change{File: c.file, Subject: c.subject, What: fmt.Sprintf(format, args...)})
}

// texts says that something changed if two texts differ, and shows both.
func (c *comparison) texts(what, before, after string) {
	if before != after {
		c.list = append(c.list, Change{File: c.file, Subject: c.subject, What: what, Before: before, After: after})
	}
}

// words says from what to what a short value changed.
func (c *comparison) words(what, before, after string) {
	if before != after {
		c.say("%s: %s -> %s", what, cmp.Or(before, "none"), cmp.Or(after, "none"))
	}
}

// keysOf returns the keys of two maps, each once, in order.
func keysOf[V any](a, b map[string]V) []string {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]V{}
	}
	maps.Copy(all, b)
	return slices.Sorted(maps.Keys(all))
}

// inOrder returns which elements of after, named by their index, keep the order that they have in before: the longest such run.
func inOrder(before, after []string) map[string]bool {
	// length[i][j] is the length of the longest common subsequence of before[i:] and after[j:].
	length := make([][]int, len(before)+1)
	for i := range length {
		length[i] = make([]int, len(after)+1)
	}
	for i := len(before) - 1; i >= 0; i-- {
		for j := len(after) - 1; j >= 0; j-- {
			length[i][j] = max(length[i+1][j], length[i][j+1])
			if before[i] == after[j] {
				length[i][j] = 1 + length[i+1][j+1]
			}
		}
	}
	kept := map[string]bool{}
	for i, j := 0, 0; i < len(before) && j < len(after); {
		switch {
		case before[i] == after[j]:
			kept[before[i]] = true
			i++
			j++
		case length[i+1][j] >= length[i][j+1]:
			i++
		default:
			j++
		}
	}
	return kept
}
