package grafana

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Pushed is a board that is to be on a server.
type Pushed struct {
	UID, Title string
	// Folder is the title of the folder it belongs in, FolderUID its uid.
	Folder, FolderUID string
	JSON              []byte
}

// Order says what may be done on a server.
type Order struct {
	Boards []Pushed
	// UIDPrefix and Tag are those of all boards that are ours: no other is touched.
	UIDPrefix, Tag string
	// Message is kept in the history of each board.
	Message string
	// DryRun changes nothing. Prune deletes boards of ours that are not among Boards.
	DryRun, Prune bool
}

// Verdict is what was done with a board, or would be.
type Verdict string

// The verdicts. The last two are failures.
const (
	Created   Verdict = "created"
	Updated   Verdict = "updated"
	Unchanged Verdict = "unchanged"
	Deleted   Verdict = "deleted"
	Orphan    Verdict = "orphan" // ours, and not among the boards
	Refused   Verdict = "refused"
	Failed    Verdict = "failed"
)

// Result is the outcome for one board.
type Result struct {
	Verdict    Verdict
	UID, Title string
	// Detail is one line: the version that was replaced, or why not.
	Detail string
}

// Bad reports whether the board is not on the server as it should be.
func (r Result) Bad() bool { return r.Verdict == Refused || r.Verdict == Failed }

// refusal is why a board is left alone.
type refusal string

// Error is the reason, one line.
func (r refusal) Error() string { return string(r) }

// Push brings boards onto a server, one after another, and tells of each when it is done. The error is for what makes all further work useless:
// the server is not well, or does not accept the token, or the context is over.
func Push(ctx context.Context, s *Server, o Order, tell func(Result)) error {
	if _, err := s.Health(ctx); err != nil {
		return err
	}
	folders := map[string]error{}
	for _, b := range o.Boards {
		if _, known := folders[b.FolderUID]; !known {
			folders[b.FolderUID] = s.folder(ctx, b, o.DryRun)
		}
		verdict, detail, err := Failed, "", folders[b.FolderUID]
		if err == nil {
			verdict, detail, err = s.push(ctx, o, b)
		}
		var refused refusal
		switch {
		case errors.As(err, &refused):
			verdict, detail = Refused, err.Error()
		case err != nil:
			verdict, detail = Failed, err.Error()
		}
		tell(Result{Verdict: verdict, UID: b.UID, Title: b.Title, Detail: detail})
		if err := useless(ctx, err); err != nil {
			return err
		}
	}
	return s.prune(ctx, o, tell)
}

// useless is an error after which nothing else can work.
func useless(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if c := code(err); c == http.StatusUnauthorized {
		return fmt.Errorf("the server does not accept the token: %w", err)
	}
	return nil
}

// folder makes a board's folder unless it is there.
func (s *Server) folder(ctx context.Context, b Pushed, dry bool) error {
	there, err := s.Folder(ctx, b.FolderUID)
	if err != nil || there || dry {
		return err
	}
	return s.CreateFolder(ctx, b.FolderUID, b.Folder)
}

// push brings one board onto the server: it reads what is there, leaves alone what is not ours, saves against the version that it read, reads
// back, and compares.
func (s *Server) push(ctx context.Context, o Order, b Pushed) (Verdict, string, error) {
	if !strings.HasPrefix(b.UID, o.UIDPrefix) {
		return Refused, "", refusal(fmt.Sprintf("its uid does not begin with %s", o.UIDPrefix))
	}
	before, err := s.Board(ctx, b.UID)
	if err != nil {
		return Failed, "", err
	}
	verdict, detail, version := Created, "in folder "+b.Folder, 0
	if before != nil {
		switch {
		case before.Provisioned:
			return Refused, "", refusal("the server has it from a file: it can only be changed there")
		case !slices.Contains(before.Tags, o.Tag):
			return Refused, "", refusal(fmt.Sprintf("somebody else's board has its uid: it lacks the tag %s", o.Tag))
		}
		what := difference(b.JSON, before.JSON)
		if what == "" && before.FolderUID == b.FolderUID {
			return Unchanged, fmt.Sprintf("version %d", before.Version), nil
		}
		verdict, version = Updated, before.Version
		detail = fmt.Sprintf("from version %d, first difference at %s", before.Version, what)
		if what == "" {
			detail = fmt.Sprintf("moved to folder %s", b.Folder)
		}
	}
	if o.DryRun {
		return verdict, detail, nil
	}
	saved := s.Save(ctx, b.JSON, version, b.FolderUID, o.Message)
	if c := code(saved); saved != nil && c != http.StatusPreconditionFailed {
		return Failed, "", saved
	}
	return verdict, detail, s.confirm(ctx, b, saved)
}

// confirm reads a board back. A save that was refused for its version may have been ours: the first answer was lost, and we tried again.
func (s *Server) confirm(ctx context.Context, b Pushed, saved error) error {
	after, err := s.Board(ctx, b.UID)
	if err != nil {
		return errors.Join(saved, fmt.Errorf("read back: %w", err))
	}
	if after == nil {
		return errors.Join(saved, errors.New("read back: it is not there"))
	}
	what := difference(b.JSON, after.JSON)
	right := what == "" && after.FolderUID == b.FolderUID
	switch {
	case right:
		return nil
	case saved != nil:
		var status *StatusError
		if errors.As(saved, &status) && status.Status == "version-mismatch" {
			return refusal("somebody changed it meanwhile: look at what, and push again")
		}
		return refusal(saved.Error())
	case what != "":
		return fmt.Errorf("read back: it differs at %s", what)
	}
	return fmt.Errorf("read back: it is in the folder %q, want %q", after.FolderUID, b.FolderUID)
}

// prune deletes boards of ours that are wanted no more, or tells of them.
func (s *Server) prune(ctx context.Context, o Order, tell func(Result)) error {
	found, err := s.Tagged(ctx, o.Tag)
	if err != nil {
		return err
	}
	for _, uid := range slices.Sorted(maps.Keys(found)) {
		wanted := slices.ContainsFunc(o.Boards, func(b Pushed) bool { return b.UID == uid })
		if wanted || !strings.HasPrefix(uid, o.UIDPrefix) {
			continue
		}
		r := Result{Verdict: Orphan, UID: uid, Title: found[uid], Detail: "it is not generated any more: -prune deletes it"}
		if o.Prune {
			r.Verdict, r.Detail = Deleted, ""
			if !o.DryRun {
				err = s.Delete(ctx, uid)
			}
			if err != nil {
				r.Verdict, r.Detail = Failed, err.Error()
			}
		}
		tell(r)
		if err := useless(ctx, err); err != nil {
			return err
		}
	}
	return nil
}

// difference is the first place at which a board that was stored lacks what was sent, empty for none. What a server adds is no difference, nor
// are its numbers and the versions that it raises when it reads an older board.
func difference(sent, stored []byte) string {
	var trees [2]any
	for i, raw := range [][]byte{sent, stored} {
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber()
		if err := dec.Decode(&trees[i]); err != nil {
			return "the beginning"
		}
	}
	return lacks(trees[0], trees[1], "")
}

func lacks(sent, stored any, where string) string {
	switch sent := sent.(type) {
	case object:
		other, ok := stored.(object)
		if !ok {
			return placed(where)
		}
		for _, k := range slices.Sorted(maps.Keys(sent)) {
			if slices.Contains([]string{"id", "version", "schemaVersion", "pluginVersion"}, k) && (k != "id" || where == "") {
				continue
			}
			value, there := other[k]
			if !there && sent[k] == nil {
				continue
			}
			if at := lacks(sent[k], value, strings.TrimPrefix(where+"."+k, ".")); at != "" {
				return at
			}
		}
		return ""
	case list:
		other, ok := stored.(list)
		if !ok || len(other) != len(sent) {
			return placed(where)
		}
		for i := range sent {
			if at := lacks(sent[i], other[i], fmt.Sprintf("%s[%d]", where, i)); at != "" {
				return at
			}
		}
		return ""
	case json.Number:
		other, ok := stored.(json.Number)
		if a, err := sent.Float64(); ok && err == nil {
			b, err := other.Float64()
			ok = err == nil && a == b
		}
		if !ok {
			return placed(where)
		}
		return ""
	}
	if sent != stored {
		return placed(where)
	}
	return ""
}

func placed(where string) string {
	if where == "" {
		return "the beginning"
	}
	return where
}
