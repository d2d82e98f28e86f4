package ngtest

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/voipbin/observability/internal/protocol/bencode"
)

// Replay starts a server, as Start does, that answers as a daemon did whose answers are in a folder: statistics, list and
// query.ID in both formats, each with the suffix of its format. Without a list there are no calls. Each file is read once.
func Replay(t testing.TB, network, folder string) *Server {
	t.Helper()
	read := &recordings{t: t, folder: folder, replies: make(map[string]Reply)}
	server := Start(t, network)
	server.Handle("statistics", Recorded(t, filepath.Join(folder, "statistics")))
	none := Members("ok", bencode.Member{Key: "calls", Value: bencode.ListOf()})
	server.HandleFunc("list", func(Request) Reply { return read.reply("list", none) })
	server.HandleFunc("query", func(r Request) Reply {
		id, _ := r.Args.Lookup("call-id")
		return read.reply("query."+id.Text(), Refuse("Unknown call-id"))
	})
	return server
}

// recordings are the answers of a folder, as far as they were asked for.
type recordings struct {
	t      testing.TB
	folder string

	mu      sync.Mutex
	replies map[string]Reply
}

// reply is the answer in a file, or another where there is none.
func (r *recordings) reply(name string, other Reply) Reply {
	r.mu.Lock()
	defer r.mu.Unlock()
	if reply, ok := r.replies[name]; ok {
		return reply
	}
	reply, file := other, filepath.Join(r.folder, filepath.Base(name))
	if _, err := os.Stat(file + ".json"); err == nil {
		reply = Recorded(r.t, file)
	}
	r.replies[name] = reply
	return reply
}

// ReplayCLI makes the server print, by HandleCLI, what a daemon's command line did: cli.COMMAND.txt in a folder has what COMMAND
// printed, with dashes for the blanks in it.
func (s *Server) ReplayCLI(t testing.TB, folder string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "cli.*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		command := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "cli."), ".txt")
		s.HandleCLI(strings.ReplaceAll(command, "-", " "), string(text))
	}
}
