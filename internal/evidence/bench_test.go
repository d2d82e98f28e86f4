package evidence_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/evidence"
	"github.com/voipbin/observability/internal/rto"
)

// BenchmarkAppend is what a record of 1 kB costs with its sync, from one writer and from a hundred at once.
func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 100} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			l, err := evidence.Open(b.TempDir(), evidence.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer l.Close()
			text := body{Text: strings.Repeat("0123456789", 100)}
			var at atomic.Int64
			b.SetParallelism(max(writers/2, 1))
			b.ResetTimer()
			if writers == 1 {
				for range b.N {
					if _, err := l.Append(b.Context(), "look", day0+at.Add(1), text); err != nil {
						b.Fatal(err)
					}
				}
			} else {
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if _, err := l.Append(b.Context(), "look", day0+at.Add(1), text); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// BenchmarkDay writes an hour of a tracker that follows four stores with five replicas each, once a second, and reckons the bytes of a
// day from it, as they are written and as they are kept.
func BenchmarkDay(b *testing.B) {
	for range b.N {
		dir := b.TempDir()
		l, err := evidence.Open(dir, evidence.Options{FS: quick{}, SegmentBytes: 8 << 20})
		if err != nil {
			b.Fatal(err)
		}
		const seconds = 3600
		var written int64
		for i := range seconds {
			at := rto.Instant(day0 + int64(i)*1e9)
			r, err := l.Append(b.Context(), string(rto.RecordLook), int64(at), platform(b, at, i))
			if err != nil {
				b.Fatal(err)
			}
			written += int64(len(evidence.AppendLine(r)))
		}
		if err := l.Close(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(written)/seconds, "bytes/look")
		b.ReportMetric(float64(written)*24/1e6, "MB/day")
		b.ReportMetric(ratio(b, dir)*float64(written)*24/1e6, "MB/day-compressed")
	}
}

// ratio is compressed to plain size, of the first segment.
func ratio(b *testing.B, dir string) float64 {
	b.Helper()
	name := filepath.Join(dir, fmt.Sprintf("%020d.jsonl.gz", 1))
	info, err := os.Stat(name)
	if err != nil {
		b.Fatal(err)
	}
	var plain int64
	for r, err := range evidence.Read(dir, 1) {
		if err != nil {
			b.Fatal(err)
		}
		if plain += int64(len(evidence.AppendLine(r))); plain >= 8<<20 {
			break
		}
	}
	return float64(info.Size()) / float64(plain)
}

// platform is one look at four stores with five replicas each and six critical paths.
func platform(b *testing.B, at rto.Instant, i int) rto.Look {
	b.Helper()
	look := rto.Look{Until: at}
	ago := func(d time.Duration) rto.Instant { return at.Add(-d - time.Duration(rand.IntN(3e6))) }
	clock := func() *rto.ClockOffset {
		return &rto.ClockOffset{Offset: time.Duration(rand.IntN(2e6)), Error: time.Duration(200e3 + rand.IntN(5e5))}
	}
	for s := range 4 {
		store, server := fmt.Sprintf("store-%d", s), fmt.Sprintf("3e11fa47-71ca-11e1-9e33-c80aa94295%02d", s)
		n := 1_000_000*s + 40*i + rand.IntN(20)
		position := func(back int) rto.Position {
			p, err := rto.ParsePosition(fmt.Sprintf("%s:1-%d,8a94f357-aab4-11df-86ab-c80aa94295%02d:1-77012", server, max(n-back, 1), s))
			if err != nil {
				b.Fatal(err)
			}
			return p
		}
		look.Sources = append(look.Sources, rto.SourceSample{Store: store, Server: server, Send: ago(800 * time.Millisecond), Recv: ago(790 * time.Millisecond), Outcome: rto.OK, At: position(0), Clock: clock()})
		for r := range 5 {
			behind, age := float64(rand.IntN(2)), rand.Float64()
			look.Replicas = append(look.Replicas, rto.ReplicaSample{
				Store: store, Replica: fmt.Sprintf("us-east1-%d", r), Server: fmt.Sprintf("5e11fa47-71ca-11e1-9e33-c80aa94%02d%03d", s, r),
				Send: ago(700 * time.Millisecond), Recv: ago(660 * time.Millisecond), Outcome: rto.OK, Applied: position(rand.IntN(9)), Received: position(0), ReceivedKnown: true, ReadOnly: true,
				Threads: &rto.Threads{Receiving: "Yes", Applying: "Yes"}, Estimates: rto.Estimates{SecondsBehind: &behind, QueuedAge: &age}, Clock: clock(),
			})
		}
	}
	for p := range 6 {
		look.Probes = append(look.Probes, rto.ProbeResult{Path: fmt.Sprintf("path-%d", p), Vantage: "east", Send: ago(500 * time.Millisecond), Recv: ago(480 * time.Millisecond), Outcome: rto.OK, Grade: rto.Served, Good: true, Region: "us-central1", Code: 200})
	}
	return look
}

// quick leaves out the syncs, for what is measured in bytes.
type quick struct{ evidence.OS }

func (q quick) OpenFile(name string, flag int, perm fs.FileMode) (evidence.File, error) {
	f, err := q.OS.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return quickFile{f}, nil
}

func (quick) SyncDir(string) error { return nil }

type quickFile struct{ evidence.File }

func (quickFile) Sync() error { return nil }

// BenchmarkVerify reads 1,000 looks of that platform from a closed, compressed segment.
func BenchmarkVerify(b *testing.B) {
	dir := b.TempDir()
	l, err := evidence.Open(dir, evidence.Options{FS: quick{}})
	if err != nil {
		b.Fatal(err)
	}
	var bytes int64
	for i := range 1001 {
		at := rto.Instant(day0 + int64(i)*1e9)
		if i == 1000 {
			at = at.Add(24 * time.Hour) // another day closes the segment
		}
		r, err := l.Append(b.Context(), string(rto.RecordLook), int64(at), platform(b, at, i))
		if err != nil {
			b.Fatal(err)
		}
		bytes += int64(len(evidence.AppendLine(r)))
	}
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(bytes)
	b.ResetTimer()
	for range b.N {
		if _, fault := evidence.Verify(dir); fault != nil {
			b.Fatal(fault)
		}
	}
}
