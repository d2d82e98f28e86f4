// Package sipp describes the callers and answerers that SIPp plays in a laboratory, and reads back what they saw. It refuses to guess:
// a count comes from SIPp's own statistics file or is an error.
package sipp

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// scenarios are written for SIPp 3.6 and 3.7.
//
//go:embed scenario/*.xml
var scenarios embed.FS

// WriteScenarios writes the scenario files to dir, where SIPp can read them.
func WriteScenarios(dir string) error {
	files, err := fs.Glob(scenarios, "scenario/*.xml")
	if err != nil {
		return err
	}
	for _, name := range files {
		text, err := scenarios.ReadFile(name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(name)), text, 0o644); err != nil {
			return fmt.Errorf("sipp scenario: %w", err)
		}
	}
	return nil
}
