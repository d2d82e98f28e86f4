package sipp

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// table builds a statistics file with the columns that are read, in an order of its own, and one that is not.
func table(rows ...string) string {
	return "CurrentCall;TotalCallCreated;CallRate(P);FailedCall(C);final200(P);final200(C);final404(C);final408(C);\n" + strings.Join(rows, "")
}

func TestParseCounts(t *testing.T) {
	t.Parallel()
	none := Counts{Final: map[int]int{}}
	f := func(name, text string, want Counts) {
		t.Helper()
		got, err := parseCounts(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	f("empty", "", none)
	f("names only", table(), none)
	f("the last line has the totals", table("1;2;1.5;0;1;1;0;0;\n", "1;9;1.5;1;0;6;2;0;\n"),
		Counts{Attempts: 9, Open: 1, Failed: 1, Final: map[int]int{200: 6, 404: 2}})
	f("a line being written is left out", table("0;2;1.5;0;1;2;0;0;\n", "0;3;1."),
		Counts{Attempts: 2, Final: map[int]int{200: 2}})
}

func TestParseCountsRefuses(t *testing.T) {
	t.Parallel()
	f := func(name, text, want string) {
		t.Helper()
		_, err := parseCounts(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want an error with %q, got %v", name, want, err)
		}
	}
	f("columns missing", "CurrentCall;\n1;\n", "column ")
	f("values missing", table("1;2;\n"), "9 names but 3 values")
	f("not a number", table("x;2;1.5;0;1;1;0;0;\n"), `column CurrentCall: strconv.Atoi: parsing "x"`)
	f("not a number in a counter", table("1;2;1.5;0;1;y;0;0;\n"), "column final200(C)")
	f("not a status", "CurrentCall;TotalCallCreated;FailedCall(C);finalXY(C);\n0;0;0;0;\n", "column finalXY(C)")
}

// TestReadCountsOfSIPp reads what SIPp 3.6.1 of Debian 12 wrote for twenty answered calls.
func TestReadCountsOfSIPp(t *testing.T) {
	t.Parallel()
	got, err := ReadCounts(filepath.Join("testdata", "sipp-3.6.1-stat.csv"))
	if err != nil {
		t.Fatal(err)
	}
	want := Counts{Attempts: 20, Final: map[int]int{200: 20}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func TestReadCountsWithoutFile(t *testing.T) {
	t.Parallel()
	got, err := ReadCounts(filepath.Join(t.TempDir(), "none.csv"))
	if err != nil || got.Attempts != 0 {
		t.Errorf("want no calls and no error before SIPp wrote anything, got %v, %v", got, err)
	}
	if _, err := ReadCounts(t.TempDir()); err == nil {
		t.Error("want an error for a folder, got none")
	}
}

// TestReadCountsOfALongRun reads a file of which only the ends are looked at.
func TestReadCountsOfALongRun(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "long.csv")
	var rows []string
	for i := range 3 * endBytes / 16 {
		rows = append(rows, fmt.Sprintf("1;%d;1.5;0;1;%d;0;0;\n", i+1, i))
	}
	if err := os.WriteFile(path, []byte(table(rows...)+"1;99"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := ReadCounts(path)
	if err != nil {
		t.Fatal(err)
	}
	want := Counts{Attempts: len(rows), Open: 1, Final: map[int]int{200: len(rows) - 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func TestReadCountsNamesTheFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bad.csv")
	if err := os.WriteFile(path, []byte("a;\nb;c;\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadCounts(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("want an error that names %s, got %v", path, err)
	}
}

func TestCountsArithmetic(t *testing.T) {
	t.Parallel()
	a := Counts{Attempts: 10, Open: 2, Failed: 1, Final: map[int]int{200: 5, 404: 2}}
	b := Counts{Attempts: 3, Final: map[int]int{200: 1, 408: 1}}
	sum := Counts{Attempts: 13, Open: 2, Failed: 1, Final: map[int]int{200: 6, 404: 2, 408: 1}}
	if diff := cmp.Diff(sum, a.Add(b)); diff != "" {
		t.Errorf("sum (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Counts{Attempts: 10, Open: 2, Failed: 1, Final: map[int]int{200: 5, 404: 2}}, sum.Since(b)); diff != "" {
		t.Errorf("difference (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(b, (Counts{}).Add(b)); diff != "" {
		t.Errorf("sum with the zero value (-want +got):\n%s", diff)
	}
	if got, want := a.Answered(), 7; got != want {
		t.Errorf("answered: want %d, got %d", want, got)
	}
	if got, want := a.Silent(), 1; got != want {
		t.Errorf("silent: want %d, got %d", want, got)
	}
	busy := Counts{Attempts: 3, Open: 2, Final: map[int]int{200: 3}}
	if got := busy.Silent(); got != 0 {
		t.Errorf("silent, while answered calls last: want 0, got %d", got)
	}
}
