package binrpctest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Replay starts a server, as Start does, that answers as a daemon did whose answers are in a folder: method.bin has that to a
// method, method.a.b.bin that to one with arguments a and b. What has no file is an unknown command. Each file is read once.
func Replay(t testing.TB, network, folder string) *Server {
	t.Helper()
	if _, err := os.Stat(folder); err != nil {
		t.Fatalf("no recorded answers: %v", err)
	}
	var mu sync.Mutex
	read := make(map[string]Reply)
	server := Start(t, network)
	server.HandleOther(func(r Request) Reply {
		question := []string{r.Method}
		for _, a := range r.Args {
			question = append(question, a.Text())
		}
		file := filepath.Join(folder, filepath.Base(strings.Join(question, ".")+".bin"))
		mu.Lock()
		defer mu.Unlock()
		reply, ok := read[file]
		if ok {
			return reply
		}
		reply = Fault(500, fmt.Sprintf("command %s not found", r.Method))
		if _, err := os.Stat(file); err == nil {
			reply = Recorded(t, file)
		}
		read[file] = reply
		return reply
	})
	return server
}
