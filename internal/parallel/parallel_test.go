package parallel

import (
	"runtime"
	"sync"
	"testing"
)

func TestEach(t *testing.T) {
	t.Parallel()
	for _, n := range []int{-1, 0, 1, 2, 1000} {
		done := make([]int, max(n, 0))
		Each(n, func(i int) { done[i]++ })
		for i, times := range done {
			if times != 1 {
				t.Errorf("%d of %d: want it done once, got %d times", i, n, times)
			}
		}
	}
}

// Two pieces that wait for each other end: they are under way at the same time.
func TestEachIsSideBySide(t *testing.T) {
	if runtime.GOMAXPROCS(0) < 2 {
		t.Skip("one processor")
	}
	var both sync.WaitGroup
	both.Add(2)
	Each(2, func(int) {
		both.Done()
		both.Wait()
	})
}
