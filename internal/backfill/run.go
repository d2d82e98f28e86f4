package backfill

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/promapi"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/slo"
)

const (
	// Interval is how often records are evaluated, as by the rules of objectives at work.
	Interval = time.Minute
	// Young is how old a time must be to be filled: what is younger is in the server's head, which takes no blocks.
	// https://prometheus.io/docs/prometheus/latest/storage/#backfilling-for-recording-rules
	Young = 3 * time.Hour
	// blockLength is how long a block that promtool writes may be. By default it writes one for every record and two hours: a
	// month of one objective would be 20,000. A query for as long stays below the 11,000 points of an answer.
	blockLength = 54 * time.Hour
	// askEvery is how often the server is asked for its blocks, which it looks for once a minute.
	askEvery = time.Second
)

// Server is what is asked of the Prometheus server.
type Server interface {
	Query(ctx context.Context, expr string, at time.Time) ([]promapi.Sample, error)
	Blocks(ctx context.Context) ([]promapi.Block, error)
}

// Job is one filling.
type Job struct {
	Server Server
	// URL is the server's address, for promtool.
	URL string
	// DataDir is the folder in which the server keeps its blocks.
	DataDir  string
	Promtool string
	From, To time.Time
	// LoadWithin is how long the server may take to load the blocks of a level.
	LoadWithin time.Duration
	// Say is called with each line of progress.
	Say func(line string)
}

// Check finds out whether a level can be begun with: the server must be there and its folder the right one, and it must not
// have what is to be made.
func (j Job) Check(ctx context.Context, made []rules.Series) error {
	if err := j.sameFolder(ctx); err != nil {
		return err
	}
	for _, s := range made {
		there, err := Has(ctx, j.Server, s, j.From, j.To)
		if err != nil {
			return err
		}
		if there {
			return fmt.Errorf("the server has samples of %s between %s and %s already: end before its rules were loaded, as two values at one time contradict each other",
				s, j.From.Format(time.RFC3339), j.To.Format(time.RFC3339))
		}
	}
	return nil
}

// sameFolder finds out whether the server's blocks are in the folder. One that the server makes another of just then is not: it is
// asked again.
func (j Job) sameFolder(ctx context.Context) error {
	const tries = 3
	var strange string
	for range tries {
		blocks, err := j.Server.Blocks(ctx)
		if err != nil {
			return err
		}
		have, err := blocksIn(j.DataDir)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(blocks, func(b promapi.Block) bool { return !slices.Contains(have, b.ID) })
		if at < 0 {
			return nil
		}
		strange = blocks[at].ID
	}
	return fmt.Errorf("the server's block %s is not in %s: name the folder in which it keeps its data (--storage.tsdb.path)", strange, j.DataDir)
}

// Has reports whether a server has samples of a series between two times. A query is exact, where a list of series tells of
// the server's blocks.
func Has(ctx context.Context, server Server, s rules.Series, from, to time.Time) (bool, error) {
	found, err := server.Query(ctx, fmt.Sprintf("count(present_over_time(%s[%s]))", s, slo.FormatDuration(to.Sub(from))), to)
	return len(found) > 0, err
}

// Run fills levels, the first of which has a number for progress and errors. An error names the level to go on with.
func (j Job) Run(ctx context.Context, plan []Level, first, of int) error {
	dir, err := os.MkdirTemp("", "obsgen-backfill-")
	if err != nil {
		return err
	}
	for i, level := range plan {
		if err := j.fill(ctx, dir, level, first+i, of); err != nil {
			return errors.Join(fmt.Errorf("level %d, at which -level %d goes on: %w", first+i, first+i, err), os.RemoveAll(dir))
		}
	}
	return os.RemoveAll(dir)
}

// fill evaluates one level and waits until the server has loaded its blocks.
func (j Job) fill(ctx context.Context, dir string, l Level, number, of int) error {
	name := fmt.Sprintf("obsgen_backfill_%d", number)
	file := filepath.Join(dir, name+".yaml")
	text, err := config.Encode("", rules.RuleFile{Groups: []rules.Group{{Name: name, Interval: slo.FormatDuration(Interval), Rules: l.Rules}}})
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return err
	}
	before, err := blocksIn(j.DataDir)
	if err != nil {
		return err
	}
	j.Say(fmt.Sprintf("level %d of %d: %d records are evaluated", number, of, len(l.Rules)))
	if err := j.promtool(ctx, file); err != nil {
		return err
	}
	after, err := blocksIn(j.DataDir)
	if err != nil {
		return err
	}
	written := slices.DeleteFunc(after, func(id string) bool { return slices.Contains(before, id) })
	j.Say(fmt.Sprintf("level %d of %d: %d blocks are written; the server looks for blocks once a minute", number, of, len(written)))
	return j.await(ctx, written)
}

// promtool has the records evaluated and written as blocks.
func (j Job) promtool(ctx context.Context, file string) error {
	cmd := exec.CommandContext(ctx, j.Promtool, "tsdb", "create-blocks-from", "--max-block-duration="+slo.FormatDuration(blockLength), "--quiet", "rules",
		"--url="+j.URL, "--output-dir="+j.DataDir, fmt.Sprintf("--start=%d", j.From.Unix()), fmt.Sprintf("--end=%d", j.To.Unix()), file)
	var said bytes.Buffer
	cmd.Stderr = &said
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("promtool: %w: %s", err, lastLine(said.String()))
	}
	return nil
}

// lastLine is the last line that says something.
func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// await waits until the server has loaded blocks, or made others of them.
func (j Job) await(ctx context.Context, written []string) error {
	ctx, stop := context.WithTimeoutCause(ctx, j.LoadWithin, errors.New("too long"))
	defer stop()
	for {
		missing, err := j.missing(ctx, written)
		if err == nil && len(missing) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			if err != nil {
				return err
			}
			return fmt.Errorf("the server has not loaded %d of %d blocks within %s, %s among them: it must keep data for as long, and be allowed to read the files", len(missing), len(written), j.LoadWithin, missing[0])
		case <-time.After(askEvery):
		}
	}
}

// missing are the blocks that lie there and are not loaded. One that is gone was loaded: the server made another of it. The
// sources of that one name it only if it was written at first hand, so that the folder tells more.
func (j Job) missing(ctx context.Context, written []string) ([]string, error) {
	blocks, err := j.Server.Blocks(ctx)
	if err != nil {
		return nil, err
	}
	there, err := blocksIn(j.DataDir)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(written), func(id string) bool {
		return !slices.Contains(there, id) || slices.ContainsFunc(blocks, func(b promapi.Block) bool { return b.ID == id })
	}), nil
}

// blocksIn lists the blocks in a folder, by their names: identifiers of 26 characters (https://github.com/ulid/spec).
func blocksIn(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
			err = pathErr.Err
		}
		return nil, fmt.Errorf("data folder %s: %w", dir, err)
	}
	id := regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{26}$`)
	var blocks []string
	for _, e := range entries {
		if e.IsDir() && id.MatchString(e.Name()) {
			blocks = append(blocks, e.Name())
		}
	}
	return blocks, nil
}
