package diag

import (
	"fmt"
	"io"
	"strings"
)

// excerptWidth is how many runes of a source line are shown; with the margin they fit a terminal of 120 columns.
const excerptWidth = 108

// Options say how problems are printed.
type Options struct {
	// Color adds ANSI colours, for terminals.
	Color bool
}

// paint is the set of escape sequences in use; the zero value prints none.
type paint struct{ strong, bad, dim, off string }

// Render prints each problem on one line (file:line:col: what: hint) and below it the line of the file with carets under
// the runes that are wrong. source returns a file's content, or false when there is none to show; it may be nil.
func Render(w io.Writer, ps Problems, source func(file string) (string, bool), o Options) error {
	var c paint
	if o.Color {
		c = paint{strong: "\x1b[1m", bad: "\x1b[31m", dim: "\x1b[2m", off: "\x1b[0m"}
	}
	var out strings.Builder
	for _, p := range ps {
		c.message(&out, p)
		if source == nil {
			continue
		}
		if content, ok := source(p.Pos.File); ok {
			c.excerpt(&out, p, content)
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// message prints the line that names the problem.
func (c paint) message(out *strings.Builder, p Problem) {
	if at := p.Pos.String(); at != "" {
		fmt.Fprintf(out, "%s%s:%s ", c.strong, at, c.off)
	}
	if p.Warning {
		out.WriteString("warning: ")
	}
	fmt.Fprintf(out, "%s%s%s", c.bad, p.What, c.off)
	if p.Hint != "" {
		fmt.Fprintf(out, ": %s", p.Hint)
	}
	out.WriteByte('\n')
}

// excerpt prints the source line and its carets.
func (c paint) excerpt(out *strings.Builder, p Problem, content string) {
	e, ok := ExcerptOf(p, content, excerptWidth)
	if !ok {
		return
	}
	number := fmt.Sprintf("%5d", e.Line)
	fmt.Fprintf(out, "%s%s |%s %s\n", c.dim, number, c.off, e.Text)
	if e.Width == 0 {
		return
	}
	fmt.Fprintf(out, "%s%s |%s %s%s%s%s\n", c.dim, strings.Repeat(" ", len(number)), c.off,
		strings.Repeat(" ", e.Start), c.bad, strings.Repeat("^", e.Width), c.off)
}
