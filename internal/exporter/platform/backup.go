package platform

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

// maxBackups bounds the files of a folder or bucket that are looked at.
const maxBackups = 100_000

// backup is the place where backups are written to. Only names, times and sizes are read.
type backup struct {
	Options
	url *url.URL
	web *web

	found found // by the last Check
}

// found is what a place of backups holds. A file without a byte is no backup.
type found struct {
	files  int
	newest time.Time
	size   *float64 // nil where it is not told
}

// add counts a file.
func (f *found) add(at time.Time, size *float64) {
	if size != nil && *size == 0 {
		return
	}
	f.files++
	if at.After(f.newest) {
		f.newest, f.size = at, size
	}
}

func newBackup(o Options, u *url.URL) (*exporter.Target, error) {
	k := &backup{Options: o, url: u, web: newWeb(o.Credentials)}
	return &exporter.Target{Name: o.Name, Check: k.check, Scrapers: pick([]exporter.Scraper{part{"backup", k.show}}, o.Collectors), Close: k.web.close}, nil
}

// check looks at the place.
func (k *backup) check(ctx context.Context) (err error) {
	switch {
	case k.url.Host == "":
		k.found, err = k.onDisk(ctx)
	case strings.HasSuffix(k.url.Path, "/") || k.url.RawQuery != "":
		k.found, err = k.inBucket(ctx)
	default:
		k.found, err = k.overHTTP(ctx)
	}
	return err
}

// onDisk looks at a file, or at the files of a folder but not of those in it. A disk that hangs, as one of the network can, hangs the look;
// the kit answers without it.
func (k *backup) onDisk(ctx context.Context) (found, error) {
	var f found
	info, err := os.Stat(k.url.Path)
	if err != nil {
		return f, exporter.Failed(exporter.OutcomeTransport, err)
	}
	if !info.IsDir() {
		f.add(info.ModTime(), sizeOf(info))
		return f, nil
	}
	entries, err := os.ReadDir(k.url.Path)
	if err != nil {
		return f, exporter.Failed(exporter.OutcomeTransport, err)
	}
	if len(entries) > maxBackups {
		return f, exporter.Failed(exporter.OutcomeFault, fmt.Errorf("%d files, at most %d are looked at", len(entries), maxBackups))
	}
	for _, e := range entries {
		if ctx.Err() != nil {
			return f, ctx.Err()
		}
		if ok, _ := path.Match(k.Module.Files, e.Name()); !ok || !e.Type().IsRegular() {
			continue
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // rotated away meanwhile
		}
		if err != nil {
			return f, exporter.Failed(exporter.OutcomeTransport, err)
		}
		f.add(info.ModTime(), sizeOf(info))
	}
	return f, nil
}

func sizeOf(info fs.FileInfo) *float64 {
	size := float64(info.Size())
	return &size
}

// overHTTP asks about one file.
func (k *backup) overHTTP(ctx context.Context) (found, error) {
	var f found
	header, _, err := k.web.ask(ctx, http.MethodHead, k.url.String(), 0)
	var status *statusError
	if errors.As(err, &status) && status.status == http.StatusNotFound {
		return f, nil // the server answered: there is no backup
	}
	if err != nil {
		return f, answered(err)
	}
	at, err := http.ParseTime(header.Get("Last-Modified"))
	if err != nil {
		return f, exporter.Failed(exporter.OutcomeDecode, errors.New("the answer has no Last-Modified, so that the age is not known"))
	}
	var size *float64
	if n, err := strconv.ParseUint(header.Get("Content-Length"), 10, 63); err == nil {
		value := float64(n)
		size = &value
	}
	f.add(at, size)
	return f, nil
}

// show tells of what the check found.
func (k *backup) show(_ context.Context, b *emit.Batch) error {
	b.Add(metric.PlatformBackupFiles, float64(k.found.files))
	if k.found.files == 0 {
		return exporter.Empty(nil)
	}
	b.Add(metric.PlatformBackupTime, float64(k.found.newest.UnixMilli())/1000)
	if k.found.size != nil {
		b.Add(metric.PlatformBackupSize, *k.found.size)
	}
	return nil
}
