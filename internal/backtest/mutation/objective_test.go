package mutation_test

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/rules"
)

// objective is the rules of one objective, with its stories.
type objective struct {
	name    string
	files   map[string]rules.RuleFile // all that its tests load
	mutants []mutant
	stories []*told
}

// told is one of an objective's stories.
type told struct {
	group  rules.TestGroup
	file   rules.TestFile
	play   *play
	place  map[placed]int // in the play
	checks []check
	whole  bool // all checks were made of the unchanged rules
}

// placed is where a rule stands.
type placed struct {
	file string
	at   [2]int
}

// newObjective takes an objective out of what was built. Nothing is broken that it shares with others, and what its stories say is taken
// for granted: TestStoriesHold looks after that.
func newObjective(out *rules.Output, name string) (*objective, error) {
	o := &objective{name: name, files: map[string]rules.RuleFile{}}
	for _, f := range out.Files {
		if own(f.Path, name) || path.Base(f.Path) == "callsetup.yaml" {
			o.files[f.Path] = f.Make()
		}
		if !own(f.Path, name) {
			continue
		}
		for g, group := range o.files[f.Path].Groups {
			for r, rule := range group.Rules {
				changed, err := mutants(rule)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", rule.Record+rule.Alert, err)
				}
				for _, m := range changed {
					m.file, m.at = f.Path, [2]int{g, r}
					o.mutants = append(o.mutants, m)
				}
			}
		}
	}
	known := &reads{known: map[string][]read{}}
	for _, f := range out.Tests {
		if !own(f.Path, name) {
			continue
		}
		file := f.Make()
		for _, group := range file.Tests {
			s, err := o.tell(known, file, group)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", group.Name, err)
			}
			o.stories = append(o.stories, s)
		}
	}
	return o, nil
}

// own reports whether a file is an objective's.
func own(file, name string) bool {
	rest, found := strings.CutPrefix(path.Base(file), "slo_"+name)
	return found && (strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, "-") || rest == "_test.yaml")
}

// tell puts a story on, over the rules that its file loads, in promtool's order.
func (o *objective) tell(known *reads, file rules.TestFile, group rules.TestGroup) (*told, error) {
	type ordered struct {
		file  string
		at    int
		group rules.Group
	}
	var groups []ordered
	for _, loaded := range file.RuleFiles {
		loaded = strings.TrimPrefix(loaded, "../../")
		content, ok := o.files[loaded]
		if !ok {
			return nil, fmt.Errorf("%s is not there", loaded)
		}
		for i, g := range content.Groups {
			groups = append(groups, ordered{loaded, i, g})
		}
	}
	slices.SortStableFunc(groups, func(a, b ordered) int {
		return slices.Index(file.GroupEvalOrder, a.group.Name) - slices.Index(file.GroupEvalOrder, b.group.Name)
	})
	s := &told{group: group, file: file, place: map[placed]int{}}
	var cast []part
	for _, g := range groups {
		for i, r := range g.group.Rules {
			p, err := newPart(r)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", r.Record+r.Alert, err)
			}
			s.place[placed{g.file, [2]int{g.at, i}}] = len(cast)
			cast = append(cast, p)
		}
	}
	var err error
	if s.play, err = newPlay(newEngine(), known, group, file.EvaluationInterval, cast); err != nil {
		return nil, err
	}
	s.checks, err = checks(group)
	return s, err
}

func newPart(r rules.Rule) (part, error) {
	names, err := namesRead(r)
	if err != nil {
		return part{}, err
	}
	hold, err := milliseconds(r.For)
	return part{rule: r, hold: hold, names: names}, err
}

// killed is by what a mutant is found out.
type killed struct {
	story *told
	check check
	fault error // of the rules, where a story does not even come to an end
}

// kill looks for a story that fails for a mutant; its story is nil when there is none. The story that found out the mutant before is asked first.
func (o *objective) kill(ctx context.Context, m mutant, first *told) killed {
	order := slices.Clone(o.stories)
	if at := slices.Index(order, first); at > 0 {
		order = slices.Insert(slices.Delete(order, at, at+1), 0, first)
	}
	for _, s := range order {
		place, loaded := s.place[placed{m.file, m.at}]
		if !loaded {
			continue
		}
		if k, failed := s.fails(ctx, place, m.rule); failed {
			return k
		}
	}
	return killed{}
}

// fails finds the first check that fails with another rule at a place.
func (s *told) fails(ctx context.Context, place int, changed rules.Rule) (killed, bool) {
	p, err := newPart(changed)
	if err != nil {
		return killed{story: s, fault: err}, true
	}
	if changed.Expr != s.play.cast[place].rule.Expr && !s.differs(ctx, place, p) {
		return killed{}, false
	}
	touched, play := s.play.touched(place), s.play.changed(place, p)
	for _, c := range s.checks {
		if !slices.ContainsFunc(c.names, func(n string) bool { return touched[n] }) {
			continue
		}
		if ok, err := play.passes(ctx, c); err != nil || !ok {
			return killed{s, c, err}, true
		}
	}
	return killed{}, false
}

// differs reports whether another expression at a place makes anything else at any time at which the story wants to know what the rule makes.
// Nobody notices what does not.
func (s *told) differs(ctx context.Context, place int, changed part) bool {
	for _, c := range s.checks {
		if s.whole {
			break
		}
		if _, err := s.play.passes(ctx, c); err != nil {
			return true // which shows when the check is made
		}
	}
	s.whole = true
	was, play := s.play.made[place], s.play.changed(place, changed)
	is := play.made[place]
	if changed.rule.Alert != "" {
		was, is = s.play.raw[place], play.raw[place]
	}
	find := play.ensure
	if changed.rule.Alert != "" {
		find = play.yields
	}
	for _, t := range was.times {
		if err := find(ctx, place, t); err != nil || !is.equals(was, t) {
			return true
		}
	}
	return false
}
