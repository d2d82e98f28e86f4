package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// objectives is how many objectives a large platform is taken to have.
const objectives = 1000

// largeSpec is the repository's spec with many objectives in place of its own: of each of the forms that it has, each over
// series of its own.
func largeSpec(tb testing.TB) string {
	tb.Helper()
	dir := tb.TempDir()
	if err := os.CopyFS(dir, os.DirFS(specFolder())); err != nil {
		tb.Fatal(err)
	}
	var text strings.Builder
	text.WriteString("slos:\n")
	for i := range objectives {
		fmt.Fprintf(&text, "  - name: objective_%d\n    title: Objective %d\n    owner: voip\n    objective: 99.%d%%\n    period: 30d\n    min_failures: 3\n    traffic: {peak_per_hour: 4000, trough_per_hour: 1000}\n", i, i, 1+i%9)
		switch i % 4 {
		case 0:
			text.WriteString("    tier: sip_proxy\n    sli:\n      errors: sum(voipbin:call_setup_failures:increase$window)\n      total: sum(voipbin:call_setup_attempts:increase$window)\n")
		case 1:
			fmt.Fprintf(&text, "    tier: sip_edge\n    sli:\n      latency: {histogram: 'sip_session_request_delay_seconds{instance=\"edge-%d\"}', threshold: 5s}\n", i)
		case 2:
			fmt.Fprintf(&text, "    tier: sip_edge\n    sli:\n      good: sum(increase(sip_probes_reached_total{instance=\"edge-%d\",grade=\"L3\"}[$window]))\n      total: sum(increase(sip_probes_total{instance=\"edge-%d\"}[$window]))\n", i, i)
		default:
			fmt.Fprintf(&text, "    tier: media_proxy\n    sli:\n      errors: sum(increase(rtpengine_stream_mos_bucket{instance=\"rtpengine-%d\",le=\"3.6\"}[$window]))\n      total: sum(increase(rtpengine_stream_mos_count{instance=\"rtpengine-%d\"}[$window]))\n", i, i)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "slos.yaml"), []byte(text.String()), 0o644); err != nil {
		tb.Fatal(err)
	}
	return dir
}

// BenchmarkThousand measures the commands over 1,000 objectives; TestFootprint measures whole processes.
func BenchmarkThousand(b *testing.B) {
	dir, out := largeSpec(b), b.TempDir()
	do := func(b *testing.B, args ...string) {
		b.Helper()
		var said strings.Builder
		if code := run(b.Context(), append(args, "-spec", dir), noEnv, nil, io.Discard, &said); code != exitOK {
			b.Fatalf("exit code %d: %.2000s", code, said.String())
		}
	}
	b.Run("check", func(b *testing.B) {
		for b.Loop() {
			do(b, "check")
		}
	})
	b.Run("generate", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			into := filepath.Join(out, "fresh")
			if err := os.RemoveAll(into); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
			do(b, "generate", "-out", into)
		}
	})
	b.Run("unchanged", func(b *testing.B) {
		do(b, "generate", "-out", out)
		for b.Loop() {
			do(b, "generate", "-out", out)
		}
	})
}
