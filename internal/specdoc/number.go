package specdoc

import (
	"go/ast"
	"go/token"
	"strconv"
	"strings"
	"time"
)

// units are the constants of package time.
func units() map[string]time.Duration {
	return map[string]time.Duration{"time.Nanosecond": 1, "time.Millisecond": time.Millisecond, "time.Second": time.Second, "time.Minute": time.Minute, "time.Hour": time.Hour}
}

// number is the value of an expression of numbers.
func (s *scope) number(e ast.Expr) (float64, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.INT || e.Kind == token.FLOAT {
			n, err := strconv.ParseFloat(strings.ReplaceAll(e.Value, "_", ""), 64)
			return n, err == nil
		}
	case *ast.ParenExpr:
		return s.number(e.X)
	case *ast.UnaryExpr:
		n, ok := s.number(e.X)
		return -n, ok && e.Op == token.SUB
	case *ast.Ident:
		if a, ok := s.lookup(e.Name); ok && a.expr != ast.Expr(e) {
			return a.scope.number(a.expr)
		}
		if c, ok := s.consts[e.Name]; ok {
			return s.number(c)
		}
	case *ast.SelectorExpr:
		if unit, ok := units()[typeName(e)]; ok {
			return float64(unit), true
		}
		if c, ok := s.consts[typeName(e)]; ok {
			return s.number(c)
		}
		if field, at := s.fieldOf(e); field != nil {
			return at.number(field)
		}
	case *ast.BinaryExpr:
		return s.calculated(e)
	}
	return 0, false
}

// calculated is the value of a product, a sum or a shift.
func (s *scope) calculated(e *ast.BinaryExpr) (float64, bool) {
	x, okX := s.number(e.X)
	y, okY := s.number(e.Y)
	if !okX || !okY {
		return 0, false
	}
	switch e.Op {
	case token.MUL:
		return x * y, true
	case token.ADD:
		return x + y, true
	case token.SUB:
		return x - y, true
	case token.SHL:
		return x * float64(int64(1)<<int(y)), true
	}
	return 0, false
}

// isTime reports whether an expression of numbers has a unit of time in it.
func (s *scope) isTime(e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			if a, ok := s.lookup(n.Name); ok && a.expr != ast.Expr(n) {
				found = found || a.scope.isTime(a.expr)
			} else if c, ok := s.consts[n.Name]; ok {
				found = found || s.isTime(c)
			}
		case *ast.SelectorExpr:
			_, unit := units()[typeName(n)]
			found = found || unit
			if field, at := s.fieldOf(n); field != nil {
				found = found || at.isTime(field)
			}
			return false
		}
		return !found
	})
	return found
}

// bytesText prints a number of bytes as a spec has it.
func bytesText(n int64) string {
	for _, u := range []struct {
		name string
		unit int64
	}{{"Gi", 1 << 30}, {"Mi", 1 << 20}, {"Ki", 1 << 10}} {
		if n%u.unit == 0 {
			return strconv.FormatInt(n/u.unit, 10) + u.name
		}
	}
	return strconv.FormatInt(n, 10)
}

// duration prints nanoseconds as a spec has them.
func duration(nanoseconds float64) string {
	d := time.Duration(nanoseconds)
	for _, u := range []struct {
		name string
		unit time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}} {
		if d >= u.unit && d%u.unit == 0 {
			return strconv.FormatInt(int64(d/u.unit), 10) + u.name
		}
	}
	return d.String()
}
