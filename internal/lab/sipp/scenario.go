// Package sipp describes the callers and answerers that SIPp plays in a laboratory, and reads back what they saw. It refuses to guess:
// a count comes from SIPp's own statistics file or is an error.
package sipp

import (
	"embed"
	"fmt"
	"os"
	"text/template"
)

// scenarios are written for SIPp 3.6 and 3.7. They are templates, for SIPp wants a status code to be a number and not a keyword.
//
//go:embed scenario/*.xml
var scenarios embed.FS

// writeScenario writes the named scenario with data filled in.
func writeScenario(path, name string, data any) error {
	t, err := template.ParseFS(scenarios, "scenario/"+name+".xml")
	if err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("sipp scenario: %w", err)
	}
	if err := t.Execute(f, data); err != nil {
		f.Close()
		return fmt.Errorf("sipp scenario %s: %w", name, err)
	}
	return f.Close()
}
