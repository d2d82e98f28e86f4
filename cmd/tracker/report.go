package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/voipbin/observability/internal/evidence"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/archive"
	"github.com/voipbin/observability/internal/rto/report"
)

// reportFlags are those of tracker report.
type reportFlags struct {
	drill, format, out string
	data, earlier      []string
}

func reportCommands(app *kingpin.Application) []command {
	var f reportFlags
	c := app.Command("report", "Write the report of a drill from evidence.")
	c.Arg("drill", "Id of the drill; see tracker drills.").Required().StringVar(&f.drill)
	c.Flag("data", "Data folder of a tracker; give several to join their evidence.").Required().StringsVar(&f.data)
	c.Flag("format", "html, md or json.").Default("html").EnumVar(&f.format, "html", "md", "json")
	c.Flag("earlier", "Report in JSON of an earlier drill to compare with; may be given several times, oldest first.").StringsVar(&f.earlier)
	c.Flag("output", "File to write; the report goes to standard output without it.").Short('o').StringVar(&f.out)
	list := app.Command("drills", "List the drills in the evidence.")
	var data []string
	list.Flag("data", "Data folder of a tracker; may be given several times.").Required().StringsVar(&data)
	return []command{
		{c, func(_ context.Context, w world) error { return writeReport(w, f) }},
		{list, func(_ context.Context, w world) error { return listDrills(w, data) }},
	}
}

// logs are the evidence folders of data folders.
func logs(data []string) []string {
	out := make([]string, len(data))
	for i, d := range data {
		out[i] = evidenceDir(d)
	}
	return out
}

// writeReport writes a report. One that is refused is written all the same, NOT PROVEN as it is, and ends in a failure that names the reasons.
func writeReport(w world, f reportFlags) error {
	earlier, err := summaries(f.earlier)
	if err != nil {
		return err
	}
	found, err := archive.Find(f.drill, archive.Since(f.drill), logs(f.data)...)
	if err != nil {
		return err
	}
	r, err := archive.Report(found, earlier, logs(f.data)...)
	var refused *report.Refused
	if err != nil && !errors.As(err, &refused) {
		return err
	}
	var b bytes.Buffer
	if err := render(&b, r, f.format); err != nil {
		return err
	}
	if f.out == "" {
		if _, err := w.stdout.Write(b.Bytes()); err != nil {
			return err
		}
	} else if err := writeWhole(f.out, b.Bytes()); err != nil {
		return err
	}
	if refused != nil {
		return refused
	}
	return nil
}

// summaries are what earlier reports came to.
func summaries(files []string) ([]report.Summary, error) {
	var out []report.Summary
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var r report.Report
		if err := json.Unmarshal(text, &r); err != nil || r.Format != report.Format {
			return nil, fmt.Errorf("%s: this is no report in JSON: make it with tracker report --format=json", name)
		}
		out = append(out, r.Summary())
	}
	return out, nil
}

// writeWhole replaces a file at once: whoever reads it sees the old one or the new one.
func writeWhole(name string, content []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), ".report-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(content)
	if err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// render writes a report in a format.
func render(w io.Writer, r report.Report, format string) error {
	switch format {
	case "json":
		return report.JSON(w, r)
	case "md":
		return report.Markdown(w, r)
	}
	return report.HTML(w, r)
}

func listDrills(w world, data []string) error {
	found, err := archive.Drills(0, logs(data)...)
	if err != nil {
		return err
	}
	for _, f := range found {
		fmt.Fprintf(w.stdout, "%s\t%s\t%s\t%s\n", f.Drill.ID, f.Drill.Start.Kind, f.Drill.State, f.Drill.Began.Lo)
	}
	return nil
}

func verifyCommands(app *kingpin.Application) []command {
	var file, bundle string
	var data []string
	c := app.Command("verify", "Check evidence, or recompute a report from it: every number, every byte.")
	c.Arg("report", "Report in JSON; without it the evidence itself is checked.").StringVar(&file)
	c.Flag("data", "Data folder of a tracker; may be given several times.").StringsVar(&data)
	c.Flag("evidence", "File of tracker merge, in place of data folders.").StringVar(&bundle)
	return []command{{c, func(_ context.Context, w world) error {
		if bundle != "" {
			return verifyBundle(w, file, bundle)
		}
		if len(data) == 0 {
			return errors.New("nothing to check: name a data folder with --data, or a file with --evidence")
		}
		if err := verifyLogs(w, data); err != nil || file == "" {
			return err
		}
		return verifyReport(w, file, data)
	}}}
}

// verifyLogs checks every record, link and signature.
func verifyLogs(w world, data []string) error {
	dirs := logs(data)
	for _, d := range data {
		if _, err := os.Stat(objectivesDir(d)); err == nil { // trackers that follow no objectives have none
			dirs = append(dirs, objectivesDir(d))
		}
	}
	for _, dir := range dirs {
		r, fault := evidence.Verify(dir)
		if fault != nil {
			return fmt.Errorf("%s: %w", dir, fault)
		}
		fmt.Fprintf(w.stdout, "%s: %d records are whole, signed by %s\n", dir, r.Records, r.Head.Key)
		sayRest(w, dir, r)
		if filepath.Base(dir) == objectivesName {
			if err := verifyPeriods(w, dir); err != nil {
				return err
			}
		}
	}
	return nil
}

// sayRest says what a whole log does not prove: what came after the newest signature, what was pruned, and what a crash cut.
func sayRest(w world, dir string, r evidence.Report) {
	if r.Unsigned > 0 {
		fmt.Fprintf(w.stdout, "%s: the newest %d of them are not signed yet, the last %s after the signed head at record %d: who can write the log could have written them\n",
			dir, r.Unsigned, time.Duration(r.Last.At-r.Head.At).Round(time.Millisecond), r.Head.Seq)
	}
	if n := len(r.Pruned); n > 0 {
		records := uint64(0)
		for _, t := range r.Pruned {
			records += t.Last - t.First + 1
		}
		fmt.Fprintf(w.stdout, "%s: %d records of %d segments were pruned, the last of %s: %s\n",
			dir, records, n, rto.Instant(r.Pruned[n-1].At), r.Pruned[n-1].Why)
	}
	if r.TornBytes > 0 {
		fmt.Fprintf(w.stdout, "%s: %d bytes at the end were never acknowledged\n", dir, r.TornBytes)
	}
}

// verifyBundle checks a file of evidence, and a report against it.
func verifyBundle(w world, file, bundle string) error {
	f, err := os.Open(bundle)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // nothing was written
	if file == "" {
		whole, fault := evidence.VerifyBundle(f)
		if fault != nil {
			return fault
		}
		for _, s := range whole {
			fmt.Fprintf(w.stdout, "%s: records %d to %d of %s are whole, signed by %s\n", bundle, s.From, s.Head.Seq, s.Head.Name, s.Head.Key)
		}
		return nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	differences, err := archive.VerifyBundle(text, f)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return w.differ(file, differences)
}

func verifyReport(w world, file string, data []string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	differences, err := archive.Verify(text, logs(data)...)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return w.differ(file, differences)
}

// differ prints what differs between a report and its evidence.
func (w world) differ(file string, differences []report.Difference) error {
	for _, d := range differences {
		fmt.Fprintf(w.stderr, "%s: %s\n", file, d)
	}
	if len(differences) > 0 {
		return errReported
	}
	fmt.Fprintf(w.stdout, "%s: every number follows from the evidence\n", file)
	return nil
}
