// Package parallel does pieces of work side by side, on as many processors as there are. It neither gathers results nor stops at errors:
// each piece puts what it finds into a place of its own, so that the order of the pieces stays that of what follows from them.
package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Each calls f for every number below n, for several at once, and returns when all are done.
func Each(n int, f func(i int)) {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				f(int(i))
			}
		})
	}
	group.Wait()
}
