package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

// metrics writes the reference of metrics.
func metrics(_ context.Context, p *program, args []string) error {
	var file string
	flags := flag.NewFlagSet("metrics", flag.ContinueOnError)
	flags.StringVar(&file, "o", "", "`file` to write to instead of standard output")
	if err := p.parse(flags, "Writes the reference of metrics as Markdown.", args); err != nil {
		return err
	}
	text := metricReference()
	if file == "" {
		_, err := p.stdout.Write(text)
		return err
	}
	if err := replaceFile(file, text); err != nil {
		return fmt.Errorf("write metric reference: %w", err)
	}
	return nil
}

// replaceFile writes a file so that it is at every moment whole: the old one or the new one.
func replaceFile(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".obsgen-*")
	if err != nil {
		return err
	}
	const mode = 0o644
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
