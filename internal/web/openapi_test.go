package web

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/budget/maintenance"
	"github.com/voipbin/observability/internal/budget/policy"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/tracker"
	"github.com/voipbin/observability/internal/whatif"
)

type nowhere struct{}

func (nowhere) Append(context.Context, rto.RecordKind, rto.Instant, any) error { return nil }

// everyRoute are the routes of a tracker that has everything.
func everyRoute(t *testing.T) gin.RoutesInfo {
	t.Helper()
	service, err := tracker.New(tracker.Options{Journal: nowhere{}, Now: func() rto.Instant { return 0 }, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	s := &site{o: Options{
		Service: service, Webhook: http.NotFoundHandler(), Budgets: (*budget.Follower)(nil), Courses: (*budget.Follower)(nil), Maintenance: (*maintenance.Book)(nil),
		Policies: (*policy.Book)(nil), Periods: (*budget.OpenReports)(nil), WhatIf: (*whatif.Engine)(nil),
	}}
	r := gin.New()
	s.routes(r)
	return r.Routes()
}

// TestEveryRouteIsDescribed, and nothing is described that is no route.
func TestEveryRouteIsDescribed(t *testing.T) {
	t.Parallel()
	routes, told := map[string]bool{}, map[string]bool{}
	for _, r := range everyRoute(t) {
		if strings.HasPrefix(r.Path, apiPath) {
			routes[r.Method+" "+r.Path] = true
		}
	}
	for _, o := range operations() {
		told[o.method+" "+apiPath+o.path] = true
	}
	for _, name := range slices.Sorted(maps.Keys(routes)) {
		if !told[name] {
			t.Errorf("%s is not described", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(told)) {
		if !routes[name] {
			t.Errorf("%s is described, and no route", name)
		}
	}
	if len(routes) < 15 {
		t.Errorf("only %d routes: this test sees too little", len(routes))
	}
}

// TestEveryParameterIsDescribed compares with what the sources read of queries, those of pages left out.
func TestEveryParameterIsDescribed(t *testing.T) {
	t.Parallel()
	pages := []string{"slo", "added", "back"}
	read, told := map[string]bool{}, map[string]bool{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\.(?:Query|DefaultQuery|QueryArray|GetQuery)\("(\w+)"`).FindAllStringSubmatch(string(text), -1) {
			read[m[1]] = true
		}
	}
	for _, o := range operations() {
		for _, p := range o.query {
			told[p.name] = true
			if !read[p.name] {
				t.Errorf("%s %s describes the parameter %s, which nobody reads", o.method, o.path, p.name)
			}
		}
	}
	for name := range read {
		if !told[name] && !slices.Contains(pages, name) {
			t.Errorf("the parameter %s is not described", name)
		}
	}
	for _, name := range pages {
		if !read[name] {
			t.Errorf("no page reads %s", name)
		}
	}
}
