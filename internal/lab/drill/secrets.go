package drill

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"github.com/voipbin/observability/internal/lab/database"
)

// maxShown bounds what is read of a page.
const maxShown = 8 << 20

// secrets are what the trackers were given and must show nowhere.
func (d *Drill) secrets() []string {
	all := []string{token, webhookToken}
	for _, u := range []database.User{database.Monitor, database.Repl, database.Canary} {
		all = append(all, d.pair.Source.Account(u).Password)
	}
	return all
}

// searchPages looks for secrets in what the trackers show to anybody.
func (d *Drill) searchPages(ctx context.Context) error {
	var all error
	for _, t := range d.trackers() {
		paths := []string{"/", "/metrics", "/api/v1/status", "/api/v1/drills"}
		if t == d.tracker { // the other one looks, and takes nothing down
			paths = append(paths, "/api/v1/drills/"+d.id, "/drills/"+d.id)
		}
		for _, path := range paths {
			text, err := page(ctx, t.url+path)
			if err == nil {
				err = leaked(d.secrets(), t.vantage+path, text)
			}
			all = errors.Join(all, err)
		}
	}
	return all
}

// searchFiles looks for secrets in evidence, reports and logs.
func (d *Drill) searchFiles() error {
	files := []string{filepath.Join(d.Folder, "manifest.json")}
	for _, format := range []string{"html", "md", "json"} {
		files = append(files, filepath.Join(d.Folder, reportName+"."+format))
	}
	for _, t := range d.trackers() {
		files = append(files, t.process.Log(), filepath.Join(d.Folder, t.data))
	}
	return searched(d.secrets(), files...)
}

// searched looks for secrets in files and in all files of folders.
func searched(secrets []string, names ...string) error {
	var all error
	for _, name := range names {
		err := filepath.WalkDir(name, func(file string, e fs.DirEntry, err error) error {
			if err != nil || !e.Type().IsRegular() {
				return err
			}
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			all = errors.Join(all, leaked(secrets, filepath.Base(file), text))
			return nil
		})
		all = errors.Join(all, err)
	}
	return all
}

// leaked is an error if one of the secrets stands in a text. It does not repeat it.
func leaked(secrets []string, where string, text []byte) error {
	for i, s := range secrets {
		if bytes.Contains(text, []byte(s)) {
			return fmt.Errorf("%s shows secret %d of the laboratory", where, i+1)
		}
	}
	return nil
}

// page reads what somebody without a token is shown.
func page(ctx context.Context, url string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	answer, err := (&http.Client{Timeout: askWithin}).Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }() // it was read
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", url, answer.Status)
	}
	return io.ReadAll(io.LimitReader(answer.Body, maxShown))
}
