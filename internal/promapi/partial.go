package promapi

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
)

// ErrPartial is wrapped by the error for an answer that not all stores took part in: a series that is missing in it may be there.
var ErrPartial = errors.New("the answer is partial")

// annotation begins what Prometheus' engine remarks about an expression; the answer is whole all the same.
const annotation = "PromQL "

// whole is ErrPartial with the first warning that is about the answer and not about the expression: that of a store of Thanos, or of a remote
// read of Prometheus, which did not answer.
func whole(warnings v1.Warnings) error {
	for _, w := range warnings {
		if !strings.HasPrefix(w, annotation) {
			return fmt.Errorf("%w: %s", ErrPartial, w)
		}
	}
	return nil
}

// wanting asks for whole answers or none: Thanos (https://thanos.io/tip/components/query.md/#partial-response) and the cluster of VictoriaMetrics
// (https://docs.victoriametrics.com/victoriametrics/cluster-victoriametrics/#cluster-availability) leave out what they cannot reach, unless they
// are told not to, and the latter says so where no client of Prometheus looks. Others do not know these parameters, and go by them.
func wanting(req *http.Request) *http.Request {
	if !strings.HasSuffix(req.URL.Path, "/query") && !strings.HasSuffix(req.URL.Path, "/query_range") {
		return req
	}
	req = req.Clone(req.Context())
	q := req.URL.Query()
	q.Set("partial_response", "false")
	q.Set("deny_partial_response", "1")
	req.URL.RawQuery = q.Encode()
	return req
}
