package main

import (
	"os"

	"github.com/alecthomas/kingpin/v2"

	"github.com/voipbin/observability/internal/spec"
)

// source is where the platform's description is read from.
type source struct {
	folder  string
	profile string // empty for the default one
}

func (s *source) flags(clause *kingpin.CmdClause) {
	clause.Flag("spec", "Folder of the platform's description.").Default("spec").StringVar(&s.folder)
	clause.Flag("spec.profile", "Name of a profile in the description's folder profiles, as obsgen's -profile: the one that the rules were generated with. Without it, the default one.").
		StringVar(&s.profile)
}

// load reads the description with its profile; the error has every problem.
func (s *source) load() (*spec.Spec, error) {
	described, problems := spec.LoadProfile(os.DirFS(s.folder), s.folder, s.profile)
	if described == nil {
		return nil, problems.Err()
	}
	return described, nil
}
