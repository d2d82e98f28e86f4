package main

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"

	"github.com/alecthomas/kingpin/v2"

	"github.com/voipbin/observability/internal/evidence"
	"github.com/voipbin/observability/internal/rto/archive"
)

// mergeCommands join the evidence of several trackers.
func mergeCommands(app *kingpin.Application) []command {
	var drill, out string
	var data []string
	c := app.Command("merge", "Join what several trackers saw of a drill into one file, which proves itself.")
	c.Arg("drill", "Id of the drill.").Required().StringVar(&drill)
	c.Flag("data", "Data folder of a tracker; may be given several times.").Required().StringsVar(&data)
	c.Flag("output", "File to write.").Short('o').Required().StringVar(&out)
	return []command{{c, func(_ context.Context, w world) error { return merge(w, drill, out, data) }}}
}

// merge writes one slice of each log, each signed with its own key.
func merge(w world, drill, out string, data []string) error {
	dirs := logs(data)
	found, err := archive.Find(drill, archive.Since(drill), dirs...)
	if err != nil {
		return err
	}
	spans, err := archive.Spans(found, dirs...)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	for _, s := range spans {
		key, err := evidence.LoadKey(filepath.Join(s.Dir, "key"))
		if err != nil {
			return fmt.Errorf("%s: %w", s.Dir, err)
		}
		if err := evidence.Export(&b, s.Dir, s.First, s.Last, key); err != nil {
			return fmt.Errorf("%s: %w", s.Dir, err)
		}
		fmt.Fprintf(w.stdout, "%s: records %d to %d\n", s.Dir, s.First, s.Last)
	}
	return writeWhole(out, b.Bytes())
}
