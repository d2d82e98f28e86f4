package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/voipbin/observability/internal/diag"
)

// printError prints what went wrong: problems of a file with the line and carets, anything else as one line.
func (p *program) printError(err error) {
	var problems diag.Problems
	if errors.As(err, &problems) {
		p.printProblems(problems)
		return
	}
	fmt.Fprintf(p.stderr, "obsgen: %v\n", err)
}

// printProblems prints problems with the lines they are about. The files are read again for it, so a line that has changed
// meanwhile is shown as it is now.
func (p *program) printProblems(problems diag.Problems) {
	source := func(file string) (string, bool) {
		data, err := os.ReadFile(file)
		return string(data), err == nil
	}
	// A failure to write to stderr can be told to nobody.
	_ = diag.Render(p.stderr, problems, source, diag.Options{Color: p.color})
}
