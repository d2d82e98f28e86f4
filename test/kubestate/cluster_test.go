package kubestate

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"
)

// cluster stands in for the API server of Kubernetes: it lists objects by the path of their resource, and keeps a watch open in which nothing
// happens.
type cluster struct {
	t *testing.T
	// lists are the objects by path, such as /apis/apps/v1/deployments.
	lists map[string]list
	// refusing is whether the account has no right to list.
	refusing bool
	mu       sync.Mutex
	listed   map[string]bool
	watched  map[string]bool
	refused  map[string]bool
}

// list is a list of the API as it is written.
type list struct {
	Kind       string            `json:"kind"`
	APIVersion string            `json:"apiVersion"`
	Metadata   map[string]string `json:"metadata"`
	Items      []runtime.Object  `json:"items"`
}

// resources are the paths of what kinds the rules want to know of.
func resources() map[string]string {
	return map[string]string{
		"Node": "/api/v1/nodes", "Pod": "/api/v1/pods",
		"Deployment": "/apis/apps/v1/deployments", "ReplicaSet": "/apis/apps/v1/replicasets", "StatefulSet": "/apis/apps/v1/statefulsets",
		"HorizontalPodAutoscaler": "/apis/autoscaling/v2/horizontalpodautoscalers", "EndpointSlice": "/apis/discovery.k8s.io/v1/endpointslices",
		"PodDisruptionBudget": "/apis/policy/v1/poddisruptionbudgets", "Job": "/apis/batch/v1/jobs", "CronJob": "/apis/batch/v1/cronjobs",
	}
}

// newCluster reads the objects strictly into the types of their APIs: a field that Kubernetes does not have fails the test.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	text, err := os.ReadFile("testdata/cluster.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{t: t, lists: map[string]list{}, listed: map[string]bool{}, watched: map[string]bool{}, refused: map[string]bool{}}
	decoder := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	documents := yaml.NewDocumentDecoder(io.NopCloser(bytes.NewReader(text)))
	for {
		document := make([]byte, len(text))
		n, err := documents.Read(document)
		if errors.Is(err, io.EOF) {
			return c
		}
		if err != nil {
			t.Fatal(err)
		}
		object, kind, err := decoder.Decode(document[:n], nil, nil)
		if err != nil {
			t.Fatalf("%v in\n%s", err, document[:n])
		}
		c.add(object, kind)
	}
}

func (c *cluster) add(object runtime.Object, kind *schema.GroupVersionKind) {
	path, ok := resources()[kind.Kind]
	if !ok {
		c.t.Fatalf("no path is known of a %s", kind)
	}
	l := c.lists[path]
	l.Kind, l.APIVersion, l.Metadata = kind.Kind+"List", kind.GroupVersion().String(), map[string]string{"resourceVersion": "1"}
	l.Items = append(l.Items, object)
	c.lists[path] = l
}

func (c *cluster) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path == "/version" {
		c.write(w, map[string]string{"major": "1", "minor": "33", "gitVersion": "v1.33.0"})
		return
	}
	l, ok := c.lists[r.URL.Path]
	switch {
	case c.refusing:
		c.note(c.refused, r.URL.Path)
		c.refuse(w, http.StatusForbidden, "Forbidden")
	case !ok:
		// It also asks which resources of others there are.
		if !strings.HasSuffix(r.URL.Path, "/customresourcedefinitions") {
			c.t.Errorf("the exporter asked for %s, which the stand-in does not have", r.URL.Path)
		}
		c.refuse(w, http.StatusNotFound, "NotFound")
	case r.URL.Query().Has("sendInitialEvents"):
		// As a server does that cannot list by watching; the exporter then lists.
		c.refuse(w, http.StatusUnprocessableEntity, "Invalid")
	case r.URL.Query().Has("watch"):
		c.note(c.watched, r.URL.Path)
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	default:
		c.note(c.listed, r.URL.Path)
		c.write(w, l)
	}
}

func (c *cluster) refuse(w http.ResponseWriter, code int, reason string) {
	w.WriteHeader(code)
	c.write(w, map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "code": code})
}

func (c *cluster) write(w io.Writer, body any) {
	if err := json.NewEncoder(w).Encode(body); err != nil {
		c.t.Error(err)
	}
}

func (c *cluster) note(where map[string]bool, path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	where[path] = true
}

// watchedAll is whether the exporter has listed everything and now waits for what changes.
func (c *cluster) watchedAll() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.watched) == len(c.lists) && len(c.listed) == len(c.lists)
}

// refusedAll is whether the exporter was refused everything.
func (c *cluster) refusedAll() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.refused) >= len(c.lists)
}
