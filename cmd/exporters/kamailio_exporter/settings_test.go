package main

import "testing"

// TestProc: the kernel is asked for this process's own namespace alone, which nil stands for.
func TestProc(t *testing.T) {
	t.Parallel()
	for procfs, own := range map[string]bool{"/proc": true, "/proc/": true, "/proc/1234": false, "/host/proc": false} {
		if got := (&settings{procfs: procfs}).proc() == nil; got != own {
			t.Errorf("%s: taken for the own namespace: %v, want %v", procfs, got, own)
		}
	}
}
