package grafana

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/grafana-tools/sdk"
)

// requestLimit is how long one request may take; saving a large board on a busy server takes seconds.
const requestLimit = 30 * time.Second

// Connection says how to reach a server.
type Connection struct {
	// URL is the server's address, with the path that it is served below, if any.
	URL string
	// Token is that of a service account; it is sent to URL's host alone and is in no error.
	Token string
	// Limit bounds one request; 0 means 30 seconds.
	Limit time.Duration
	// Sleep waits between two tries, and Now tells the time, for servers that ask to come back at some time.
	Sleep func(context.Context, time.Duration) error
	Now   func() time.Time
}

// Server is a Grafana server. It is asked for its health and folders through the sdk, and for boards by calls of our own: the sdk's have no
// folder uid, panic on errors without a message, and can replace another board.
type Server struct {
	base *url.URL
	http *http.Client
	sdk  *sdk.Client
}

// NewServer prepares calls to a server; none is made yet.
func NewServer(c Connection) (*Server, error) {
	base, err := url.Parse(c.URL)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, errors.New("the address of Grafana is not one such as https://grafana.example.com")
	}
	if base.User != nil {
		return nil, errors.New("the address of Grafana has credentials in it: give a token in a file")
	}
	if c.Limit == 0 {
		c.Limit = requestLimit
	}
	client := &http.Client{
		Transport:     &transport{next: http.DefaultTransport, token: c.Token, host: base.Host, limit: c.Limit, sleep: c.Sleep, now: c.Now},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	kit, err := sdk.NewClient(base.String(), "", client) // the transport has the token: the sdk takes one with a colon for a password
	if err != nil {
		return nil, err
	}
	return &Server{base: base, http: client, sdk: kit}, nil
}

// Health returns the server's version, or why it is not well.
func (s *Server) Health(ctx context.Context) (version string, err error) {
	h, err := s.sdk.GetHealth(ctx)
	if err != nil {
		return "", fmt.Errorf("health: %w", notGrafana(plainError(err)))
	}
	if h.Database != "ok" {
		return "", fmt.Errorf("health: the server's database is %q", h.Database)
	}
	return h.Version, nil
}

// notGrafana says what an answer that cannot be read means.
func notGrafana(err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return errors.New("the answer is not Grafana's")
	}
	return err
}

// Folder returns whether a folder is there.
func (s *Server) Folder(ctx context.Context, uid string) (bool, error) {
	_, err := s.sdk.GetFolderByUID(ctx, uid)
	switch {
	case code(err) == http.StatusNotFound:
		return false, nil
	case err != nil:
		return false, fmt.Errorf("folder %s: %w", uid, notGrafana(plainError(err)))
	}
	return true, nil
}

// FindFolder returns the uid of the folder that has a title or uid, empty for none.
func (s *Server) FindFolder(ctx context.Context, name string) (uid string, err error) {
	all, err := s.sdk.GetAllFolders(ctx)
	if err != nil {
		return "", fmt.Errorf("folders: %w", notGrafana(plainError(err)))
	}
	for _, f := range all {
		if f.Title == name || f.UID == name {
			return f.UID, nil
		}
	}
	return "", nil
}

// CreateFolder makes a folder. One that somebody else made meanwhile will do.
func (s *Server) CreateFolder(ctx context.Context, uid, title string) error {
	_, err := s.sdk.CreateFolder(ctx, sdk.Folder{UID: uid, Title: title})
	if c := code(err); c == http.StatusPreconditionFailed || c == http.StatusConflict {
		if there, again := s.Folder(ctx, uid); again == nil && there {
			return nil
		}
	}
	if err != nil {
		return fmt.Errorf("create folder %q: %w", title, notGrafana(plainError(err)))
	}
	return nil
}

// Stored is a board as the server has it.
type Stored struct {
	JSON        []byte
	Version     int
	FolderUID   string
	Tags        []string
	Provisioned bool
}

// Board returns a board by its uid; nil if there is none.
func (s *Server) Board(ctx context.Context, uid string) (*Stored, error) {
	var found struct {
		Dashboard json.RawMessage `json:"dashboard"`
		Meta      struct {
			FolderUID   string `json:"folderUid"`
			Provisioned bool   `json:"provisioned"`
		} `json:"meta"`
	}
	err := s.call(ctx, http.MethodGet, "api/dashboards/uid/"+uid, nil, nil, &found)
	if code(err) == http.StatusNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var part struct {
		Version int      `json:"version"`
		Tags    []string `json:"tags"`
	}
	if err := json.Unmarshal(found.Dashboard, &part); err != nil {
		return nil, errors.New("the answer is not a board")
	}
	return &Stored{
		JSON: found.Dashboard, Version: part.Version, Tags: part.Tags, FolderUID: found.Meta.FolderUID, Provisioned: found.Meta.Provisioned,
	}, nil
}

// Save stores a board in a folder if the server still has the version that is given, 0 for none; the error is a StatusError of 412 otherwise.
func (s *Server) Save(ctx context.Context, board []byte, version int, folderUID, message string) error {
	var tree object
	dec := json.NewDecoder(bytes.NewReader(board))
	dec.UseNumber()
	if err := dec.Decode(&tree); err != nil {
		return err
	}
	tree["id"] = 0 // a number of our own would name another board of the server
	tree["version"] = version
	return s.call(ctx, http.MethodPost, "api/dashboards/db", nil, object{
		"dashboard": tree, "folderUid": folderUID, "message": message, "overwrite": false,
	}, nil)
}

// Delete removes a board; one that is gone already will do.
func (s *Server) Delete(ctx context.Context, uid string) error {
	err := s.call(ctx, http.MethodDelete, "api/dashboards/uid/"+uid, nil, nil, nil)
	if code(err) == http.StatusNotFound {
		return nil
	}
	return err
}

// Tagged returns the uids and titles of all boards with a tag.
func (s *Server) Tagged(ctx context.Context, tag string) (map[string]string, error) {
	const page = 1000
	found := map[string]string{}
	for n := 1; ; n++ {
		var hits []struct {
			UID   string   `json:"uid"`
			Title string   `json:"title"`
			Tags  []string `json:"tags"`
		}
		query := url.Values{"type": {"dash-db"}, "tag": {tag}, "limit": {fmt.Sprint(page)}, "page": {fmt.Sprint(n)}}
		if err := s.call(ctx, http.MethodGet, "api/search", query, nil, &hits); err != nil {
			return nil, fmt.Errorf("search: %w", err)
		}
		before := len(found)
		for _, h := range hits {
			if slices.Contains(h.Tags, tag) { // some servers pass over a tag that they do not know
				found[h.UID] = h.Title
			}
		}
		if len(hits) < page || len(found) == before {
			return found, nil
		}
	}
}

// call sends a request and decodes the answer into out, unless that is nil.
func (s *Server) call(ctx context.Context, method, at string, query url.Values, body any, out any) error {
	u := *s.base
	u.Path = path.Join("/", u.Path, at)
	u.RawQuery = query.Encode()
	var reader io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return err
		}
		reader = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), reader)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return plainError(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return errors.New("the answer is not Grafana's")
	}
	return nil
}

// FolderUID is the uid of a folder that is ours: the prefix, and the title in letters that a uid may have.
func FolderUID(prefix, title string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(title) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else if b.Len() > 0 && !strings.HasSuffix(b.String(), "-") {
			b.WriteByte('-')
		}
	}
	return prefix + strings.TrimSuffix(b.String(), "-")
}
