package evidence_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/evidence"
)

// TestMain is a writer when it is told so: TestKilled and TestFullDisk start themselves as one.
func TestMain(m *testing.M) {
	if dir := os.Getenv("EVIDENCE_CHILD"); dir != "" {
		os.Exit(writeUntilKilled(dir, os.Stdout))
	}
	if dir := os.Getenv("EVIDENCE_FULL"); dir != "" {
		os.Exit(fillDisk(dir, os.Stdout))
	}
	os.Exit(m.Run())
}

// writeUntilKilled appends from eight goroutines and says of each record, after it is acknowledged, its hash.
func writeUntilKilled(dir string, stdout io.Writer) int {
	l, err := evidence.Open(dir, evidence.Options{SegmentBytes: 20_000, HeadEvery: 50 * time.Millisecond})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if o := l.Opening(); o.Torn != nil {
		fmt.Fprintf(os.Stderr, "torn: %+v\n", *o.Torn)
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for {
				length := rand.IntN(600)
				if rand.IntN(100) == 0 {
					length = 1 << 20 // a kill can come into the middle of a write this long
				}
				r, err := l.Append(context.Background(), "look", time.Now().UnixNano(), body{Text: strings.Repeat("x", length)})
				mu.Lock()
				if err == nil {
					fmt.Fprintln(stdout, r.Seq, r.Hash)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return 0
}

// TestKilled kills a writer at random moments, EVIDENCE_KILLS (10) times on one log: nothing that it acknowledged is lost, the log
// verifies, and what a kill cut is in a file of its own.
func TestKilled(t *testing.T) {
	t.Parallel()
	kills := 10
	if n, err := strconv.Atoi(os.Getenv("EVIDENCE_KILLS")); err == nil {
		kills = n
	}
	dir := filepath.Join(t.TempDir(), "log")
	acknowledged := map[string]string{}
	torn, cuts := 0, 0
	for i := range kills {
		for _, line := range killedRun(t, dir) {
			seq, hash, _ := strings.Cut(line, " ")
			if before, ok := acknowledged[seq]; ok && before != hash {
				t.Fatalf("run %d: record %s was acknowledged twice", i, seq)
			}
			acknowledged[seq] = hash
		}
		report, fault := evidence.Verify(dir)
		if fault != nil {
			t.Fatalf("run %d: %v", i, fault)
		}
		if report.TornBytes > 0 {
			cuts++
		}
		torn = len(report.Torn)
	}
	l := open(t, dir, evidence.Options{})
	o := l.Opening()
	if !o.Unclean {
		t.Error("a killed writer's log is called clean")
	}
	shut(t, l)
	report := verified(t, dir)
	found := map[string]string{}
	for _, r := range read(t, dir, 1) {
		found[strconv.FormatUint(r.Seq, 10)] = r.Hash.String()
	}
	for seq, hash := range acknowledged {
		if found[seq] != hash {
			t.Errorf("record %s was acknowledged and is lost", seq)
		}
	}
	if len(report.Torn) < cuts || torn > cuts {
		t.Errorf("%d writes were cut, %d are kept", cuts, len(report.Torn))
	}
	t.Logf("%d kills: %d records acknowledged, %d in the log, %d segments, %d torn tails", kills, len(acknowledged), report.Records, report.Segments, cuts)
}

// killedRun starts a writer, kills it some time after its first record, and returns the lines that it said as a whole.
func killedRun(t *testing.T, dir string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "EVIDENCE_CHILD="+dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(out)
	var lines []string
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			break
		}
		if lines = append(lines, strings.TrimSuffix(line, "\n")); len(lines) == 1 {
			after := time.Duration(rand.Int64N(int64(150 * time.Millisecond)))
			time.AfterFunc(after, func() { _ = cmd.Process.Kill() }) // the moment is the point of the test
		}
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != -1 {
		t.Fatalf("the writer was not killed: %v: %s", err, stderr.String())
	}
	return lines
}
