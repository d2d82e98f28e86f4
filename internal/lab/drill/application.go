package drill

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/voipbin/observability/internal/rto/mysql"
)

// The application's pace: it commits twenty times a second, so that a loss can be told to a twentieth of a second.
const (
	writeEvery  = 50 * time.Millisecond
	writeWithin = 400 * time.Millisecond
)

// write is one write that the database acknowledged: it was committed between Sent and Acknowledged.
type write struct {
	seq                int64
	sent, acknowledged time.Time
}

// application writes to whatever database it is pointed at, and remembers what was acknowledged: that is the truth about what was lost. It
// writes by itself, and once for each GET /write.
type application struct {
	server *http.Server
	url    string
	stop   context.CancelFunc
	ends   sync.WaitGroup

	mu      sync.Mutex
	db      *sql.DB
	region  string
	seq     int64
	writes  []write
	unknown []trouble // writes that were never acknowledged
	retired []*sql.DB
}

// startApplication starts it on a database. Close it.
func startApplication(ctx context.Context, account mysql.Account, region string) (*application, error) {
	a := &application{}
	if err := a.point(account, region); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // does not block
	if err != nil {
		return nil, errors.Join(err, a.closeAll())
	}
	a.url = "http://" + l.Addr().String()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /write", a.serve)
	a.server = &http.Server{Handler: mux, ReadHeaderTimeout: writeWithin}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // ended by close, after all that it is needed for
	a.stop = cancel
	a.ends.Go(func() { _ = a.server.Serve(l) }) // ends by close
	a.ends.Go(func() { a.loop(ctx) })
	return a, nil
}

// point makes it write to another database.
func (a *application) point(account mysql.Account, region string) error {
	db, err := mysql.Open(account, 4)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.db != nil {
		a.retired = append(a.retired, a.db)
	}
	a.db, a.region = db, region
	return nil
}

// write writes once. A number is never used twice: what was not acknowledged may have been written all the same.
func (a *application) write(ctx context.Context) (region string, err error) {
	ctx, cancel := context.WithTimeout(ctx, writeWithin)
	defer cancel()
	a.mu.Lock()
	a.seq++
	seq, db, region := a.seq, a.db, a.region
	a.mu.Unlock()
	sent := time.Now()
	if _, err := db.ExecContext(ctx, "INSERT INTO lab.ledger (seq, t_us) VALUES (?, ?)", seq, sent.UnixMicro()); err != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.unknown = append(a.unknown, trouble{sent, time.Now()})
		return region, err
	}
	w := write{seq, sent, time.Now()}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.writes = append(a.writes, w)
	return region, nil
}

func (a *application) serve(w http.ResponseWriter, r *http.Request) {
	region, err := a.write(r.Context())
	w.Header().Set("X-Region", region)
	if err != nil {
		http.Error(w, "the database does not take writes", http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("written\n")) // the asker is gone: nobody to tell
}

func (a *application) loop(ctx context.Context) {
	tick := time.NewTicker(writeEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_, _ = a.write(ctx) // a database that is down is what this is about
		}
	}
}

// acknowledged are all writes so far.
func (a *application) acknowledged() []write {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]write{}, a.writes...)
}

// unacknowledged counts writes that were sent before a moment and never acknowledged: the database may have them or not.
func (a *application) unacknowledged(before time.Time) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := 0
	for _, w := range a.unknown {
		if w.from.Before(before) {
			n++
		}
	}
	return n
}

// failures are all writes so far that were never acknowledged.
func (a *application) failures() []trouble {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]trouble{}, a.unknown...)
}

func (a *application) close() error {
	a.stop()
	err := a.server.Close()
	a.ends.Wait()
	return errors.Join(err, a.closeAll())
}

func (a *application) closeAll() error {
	err := a.db.Close()
	for _, db := range a.retired {
		_ = db.Close() // its server was killed
	}
	return err
}
