package platform

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/exportertest"
)

// folder holds files with names, sizes and ages in hours.
func folder(t *testing.T, files map[string][2]int) string {
	t.Helper()
	dir := t.TempDir()
	for name, f := range files {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, make([]byte, f[0]), 0o600); err != nil {
			t.Fatal(err)
		}
		when := exportertest.Now().Add(-time.Duration(f[1]) * time.Hour)
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestBackupGolden(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string][2]int{"mon.sql.gz": {1000, 50}, "tue.sql.gz": {2000, 26}, "wed.sql.gz": {0, 2}, "thu.sql.gz.partial": {900, 1}})
	if err := os.Mkdir(filepath.Join(dir, "old.sql.gz"), 0o700); err != nil {
		t.Fatal(err)
	}
	suite().Golden(t, at(t, "backup:"+dir, func(o *Options) { o.Module.Files = "*.sql.gz" }), "testdata/golden/backup.prom")
	holds(t, suite().Scrape(t, at(t, "backup:"+dir+"/mon.sql.gz")), "platform_backup_files 1", "platform_backup_last_size_bytes 1000")
}

func TestNoBackups(t *testing.T) {
	t.Parallel()
	got := suite().Scrape(t, at(t, "backup:"+t.TempDir()))
	holds(t, got, "platform_up 1", "platform_backup_files 0", `platform_exporter_collector_outcome{collector="backup",outcome="empty"} 1`)
	if strings.Contains(got.Text, "timestamp_seconds ") || strings.Contains(got.Text, "size_bytes") {
		t.Errorf("an age is shown without a backup:\n%s", got.Text)
	}
	holds(t, suite().Scrape(t, at(t, "backup:/nonexistent-folder")), "platform_up 0")
}

func overHTTP(t *testing.T, h http.HandlerFunc, path string, change ...func(*Options)) *exporter.Target {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return at(t, "backup+"+server.URL+path, change...)
}

func TestBackupOverHTTP(t *testing.T) {
	t.Parallel()
	path, password := secret(t)
	target := overHTTP(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodHead || r.Header.Get("Authorization") != "Bearer "+password {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		w.Header().Set("Last-Modified", exportertest.Now().Format(http.TimeFormat))
		w.Header().Set("Content-Length", "12345")
	}, "/latest.sql.gz", func(o *Options) { o.Credentials = exporter.Credentials{PasswordFile: path} })
	holds(t, suite().Scrape(t, target), "platform_backup_last_size_bytes 12345", "platform_backup_last_timestamp_seconds 1.577934245e+09")

	f := func(h http.HandlerFunc, path string, lines ...string) {
		t.Helper()
		holds(t, suite().Scrape(t, overHTTP(t, h, path)), lines...)
	}
	f(http.NotFound, "/latest", "platform_up 1", "platform_backup_files 0")
	f(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, "/latest", "platform_up 0")
	f(func(http.ResponseWriter, *http.Request) {}, "/latest", "platform_up 0") // no Last-Modified
	f(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html></html>") }, "/bucket/", "platform_up 0")
	f(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>")
	}, "/bucket/", "platform_up 0")
	f(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "<ListBucketResult><IsTruncated>true</IsTruncated><NextMarker>again</NextMarker></ListBucketResult>")
	}, "/bucket/", "platform_up 0") // for ever
}

// object is an entry of a listing.
func object(key string, size, hours int) string {
	return fmt.Sprintf("<Contents><Key>%s</Key><LastModified>%s</LastModified><Size>%d</Size></Contents>", key, exportertest.Now().Add(-time.Duration(hours)*time.Hour).Format(time.RFC3339), size)
}

func TestBackupInABucket(t *testing.T) {
	t.Parallel()
	target := overHTTP(t, func(w http.ResponseWriter, r *http.Request) {
		page, next := object("mysql/mon.sql.gz", 10, 50)+object("mysql/readme", 5, 1), "<IsTruncated>true</IsTruncated><NextContinuationToken>2</NextContinuationToken>"
		if r.URL.Query().Get("prefix") != "mysql/" {
			page = ""
		}
		if r.URL.Query().Get("continuation-token") == "2" {
			page, next = object("mysql/tue.sql.gz", 20, 26)+object("mysql/wed.sql.gz", 0, 2), "<IsTruncated>false</IsTruncated>"
		}
		fmt.Fprint(w, `<?xml version='1.0' encoding='UTF-8'?><ListBucketResult xmlns='http://doc.s3.amazonaws.com/2006-03-01'>`+page+next+`</ListBucketResult>`)
	}, "/backups?list-type=2&prefix=mysql/", func(o *Options) { o.Module.Files = "*.sql.gz" })
	holds(t, suite().Scrape(t, target), "platform_backup_files 2", "platform_backup_last_size_bytes 20",
		"platform_backup_last_timestamp_seconds 1.577840645e+09")
}
